#include "gateway/audit/reply.h"

static const char *const refusals[] = {
    [GW_REPLY_GRANT] = "This could not be put on record, so nothing was granted: look at the log's disk.",
    [GW_REPLY_TAKE_AWAY] = "It is done, but it could not be put on record yet: look at the log's disk.",
};

typedef struct {
    GwReplyKind kind;
    SigRequest *request;     /* one of the two */
    GwAdminRequest *command; /* likewise */
    JsonObject *answer;      /* owned */
} Reply;

static void
on_settled(const GError *error, void *user_data)
{
    g_autofree Reply *reply = user_data;

    if (error != NULL)
        json_object_unref(reply->answer);
    if (reply->request != NULL && error == NULL)
        sig_request_reply_object(reply->request, reply->answer);
    else if (reply->request != NULL)
        sig_request_fail(reply->request, SIG_ERROR_UNAVAILABLE, "%s", refusals[reply->kind]);
    else if (error == NULL)
        gw_admin_reply_object(reply->command, reply->answer);
    else
        gw_admin_fail(reply->command, SIG_ERROR_UNAVAILABLE, "%s", refusals[reply->kind]);
}

static void
settle(GwAudit *self, const Reply *reply)
{
    Reply *copy = g_memdup2(reply, sizeof *reply);

    if (copy->answer == NULL)
        copy->answer = json_object_new();
    gw_audit_settle(self, on_settled, copy);
}

void
gw_audit_reply(GwAudit *self, GwReplyKind kind, SigRequest *request, JsonObject *answer)
{
    settle(self, &(Reply){ .kind = kind, .request = request, .answer = answer });
}

void
gw_audit_reply_command(GwAudit *self, GwReplyKind kind, GwAdminRequest *command, JsonObject *answer)
{
    settle(self, &(Reply){ .kind = kind, .command = command, .answer = answer });
}
