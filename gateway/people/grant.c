#define G_LOG_DOMAIN "gateway.people"

#include "gateway/people/people-priv.h"

/* Whoever is given a link or a token can do something that he could not do before: it is put on record first. When that fails
 * the secret has been told to nobody, and nobody will hear of it. */

static const char refusal[] = "This could not be put on record, so nothing was granted: look at the log's disk.";

typedef struct {
    SigRequest *request;     /* one of the two */
    GwAdminRequest *command; /* likewise */
    JsonObject *answer;
} Granting;

static void
on_noted(const GError *error, void *user_data)
{
    g_autofree Granting *granting = user_data;

    if (error != NULL)
        json_object_unref(granting->answer);
    if (granting->request != NULL && error == NULL)
        sig_request_reply_object(granting->request, granting->answer);
    else if (granting->request != NULL)
        sig_request_fail(granting->request, SIG_ERROR_UNAVAILABLE, "%s", refusal);
    else if (error == NULL)
        gw_admin_reply_object(granting->command, granting->answer);
    else
        gw_admin_fail(granting->command, SIG_ERROR_UNAVAILABLE, "%s", refusal);
}

static void
grant(GwPeople *self, const GwAuditEntry *entry, JsonObject *detail, const Granting *granting)
{
    Granting *copy = g_memdup2(granting, sizeof *granting);

    if (gw_audit_has_log(self->audit)) {
        gw_audit_add_then(self->audit, entry, detail, on_noted, copy);
        return;
    }
    gw_audit_add(self->audit, entry, detail);
    on_noted(NULL, copy);
}

void
gw_people_grant(GwPeople *self, const GwAuditEntry *entry, SigRequest *request, JsonObject *answer)
{
    grant(self, entry, NULL, &(Granting){ .request = request, .answer = answer });
}

void
gw_people_grant_command(GwPeople *self, const GwAuditEntry *entry, JsonObject *detail, GwAdminRequest *command,
                        JsonObject *answer)
{
    grant(self, entry, detail, &(Granting){ .command = command, .answer = answer });
}
