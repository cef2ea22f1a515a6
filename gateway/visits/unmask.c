#include "gateway/visits/subjects.h"
#include "gateway/visits/visits-priv.h"

/* visits.unmask: a visitor's whole numbers, for an officer who says why. On record before it is told. */

enum { MAX_REASON = 500 };

typedef struct {
    SigRequest *request;
    JsonObject *answer; /* owned */
} Asking;

static void
on_logged(const GError *error, void *user_data)
{
    Asking *asking = user_data;

    if (error == NULL)
        sig_request_reply_object(asking->request, json_object_ref(asking->answer));
    else
        sig_request_fail(asking->request, SIG_ERROR_UNAVAILABLE,
                         "It could not be put on record, so it is not shown: try again.");
    json_object_unref(asking->answer);
    g_free(asking);
}

static void
set_text(JsonObject *object, const char *name, const char *value)
{
    if (value != NULL)
        json_object_set_string_member(object, name, value);
}

static void
handle(SigRequest *request, JsonObject *params, void *user_data)
{
    GwVisits *self = user_data;
    SigClient *client = sig_request_get_client(request);
    const GwIdentity *identity = gw_identity_of_client(client);
    const GwVisitor *visitor =
        gw_subjects_find_visitor(self->subjects, json_object_get_string_member(params, "visitor"));
    const GwSubject *subject = visitor != NULL ? gw_subjects_find(self->subjects, visitor->subject) : NULL;
    JsonObject *detail = NULL;
    Asking *asking = NULL;

    if (subject == NULL || !gw_people_reaches(self->gateway->people, identity, GW_ACCESS_OFFICER, subject->unit)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such visitor in your part of the tree.");
        return;
    }
    g_autofree char *object = g_strconcat("visitor:", visitor->id, NULL);
    const GwAuditEntry entry = {
        .who = identity->audit, .action = "visitor.unmask", .object = object, .address = sig_client_get_address(client)
    };
    detail = json_object_new();
    json_object_set_string_member(detail, "name", visitor->name);
    json_object_set_string_member(detail, "reason", json_object_get_string_member(params, "reason"));
    asking = g_new(Asking, 1);
    *asking = (Asking){ request, json_object_new() };
    set_text(asking->answer, "phone", visitor->phone);
    set_text(asking->answer, "id_number", visitor->id_number);
    gw_audit_add_then(self->gateway->audit, &entry, detail, on_logged, asking);
}

static const SigParam params_rows[] = {
    { .name = "visitor", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { .name = "reason", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_REASON, .summary = "why; it is put on record" },
    { NULL },
};

const SigMethod gw_visits_unmask = {
    .name = "visits.unmask",
    .access = GW_ACCESS_OFFICER,
    .params = params_rows,
    .summary = "A visitor's whole telephone and identity number",
    .result = "{phone?, id_number?}",
    .handle = handle,
};
