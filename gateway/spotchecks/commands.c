#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/spotchecks/spotchecks-priv.h"
#include "signaling/params.h"

/* "spotcheck.import" {person, plan}: what spotchecks.create does, for somebody (gateway/demo/demo.h). Audited as his. */

static const SigParam import_params[] = {
    GW_SPOTCHECK_PARAM("person"),
    { .name = "plan", .type = SIG_TYPE_OBJECT },
    { NULL },
};

static void
on_made(JsonObject *result, const GError *error, void *user_data)
{
    GwAdminRequest *request = user_data;

    if (error != NULL)
        gw_admin_fail_error(request, error);
    else
        gw_admin_reply_object(request, json_object_ref(result));
}

static void
handle_import(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwSpotchecks *self = user_data;
    const GwQuestionMethod *method = gw_spotchecks_find_method("spotchecks.create");
    const GwPerson *person =
        gw_people_get_person(self->gateway->people, json_object_get_string_member(params, "person"));
    JsonObject *plan = json_object_get_object_member(params, "plan");
    const GwQuestionRow row = { self->gateway, self, method->run };
    g_autoptr(GError) error = NULL;

    if (person == NULL) {
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "there is no such person");
        return;
    }
    if (!sig_params_check(method->method.params, plan, &error)) {
        gw_admin_fail_error(request, error);
        return;
    }
    g_autofree char *audit = g_strconcat("person:", person->id, NULL);
    const GwIdentity identity = { .seat = GW_SEAT_CONSOLE,
                                  .access = person->access,
                                  .id = person->id,
                                  .display = person->display,
                                  .unit = person->unit,
                                  .audit = audit };
    gw_question_run(&row, &identity, plan, NULL, on_made, request);
}

static const GwAdminCommand rows[] = {
    { .name = "spotcheck.import", .params = import_params, .handle = handle_import },
    { NULL },
};

void
gw_spotchecks_add_commands(GwSpotchecks *self, GwAdmin *admin)
{
    gw_admin_add_commands(admin, rows, self);
}
