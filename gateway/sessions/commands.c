#include "gateway/sessions/session-priv.h"

/* session.* of the owner's command line. */

static const GwActor owner = { .audit = "owner" };

static const char *const kinds[] = { "meeting", NULL };

static void
handle_create(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    bool privileged = json_object_get_boolean_member_with_default(params, "privileged", FALSE);
    bool unkept = json_object_get_boolean_member_with_default(params, "unkept", FALSE);
    GwRecordingClass recording_class = unkept ? GW_CLASS_UNKEPT : GW_CLASS_RECORDED;
    GwSession *session =
        gw_sessions_create_meeting(user_data, json_object_get_string_member_with_default(params, "name", NULL),
                                   privileged ? GW_CLASS_PRIVILEGED : recording_class, &owner, &error);

    if (session == NULL) {
        gw_admin_fail_error(request, error);
        return;
    }
    JsonObject *result = json_object_new();
    json_object_set_string_member(result, "session", session->id);
    gw_admin_reply_object(request, result);
}

static void
add_row(void *data, void *user_data)
{
    const GwSession *session = data;
    JsonObject *row = json_object_new();

    json_object_set_string_member(row, "id", session->id);
    json_object_set_string_member(row, "kind", session->kind);
    if (session->slug != NULL)
        json_object_set_string_member(row, "name", session->slug);
    json_object_set_string_member(row, "state", gw_session_state_to_string(session->state));
    json_object_set_string_member(row, "recording_class", gw_recording_class_to_string(session->recording_class));
    if (session->times.live_since_ms != 0)
        json_object_set_int_member(row, "began_ms", session->times.live_since_ms);
    json_object_set_int_member(row, "parties", session->parties->len);
    json_array_add_object_element(user_data, row);
}

static void
handle_list(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    JsonArray *rows = json_array_new();
    JsonObject *result = json_object_new();

    (void)params;
    gw_sessions_foreach(user_data, add_row, rows);
    json_object_set_array_member(result, "sessions", rows);
    gw_admin_reply_object(request, result);
}

static void
handle_end(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwSession *session = gw_sessions_find(user_data, json_object_get_string_member(params, "session"));
    const char *cause = json_object_get_string_member_with_default(params, "cause", "other");

    if (session == NULL) {
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "There is no such session: see \"session list\".");
        return;
    }
    bool ended = session->handler->end != NULL
                     ? session->handler->end(session, &owner, cause, session->user_data, &error)
                     : gw_session_end(session, &owner, cause, NULL, &error);
    if (!ended) {
        gw_admin_fail_error(request, error);
        return;
    }
    gw_admin_reply(request, NULL);
}

static const GwAdminCommand rows[] = {
    { .name = "session.create",
      .params = (const SigParam[]){ { .name = "kind", .type = SIG_TYPE_STRING, .values = kinds },
                                    { .name = "name", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = 64 },
                                    { .name = "privileged", .type = SIG_TYPE_BOOLEAN, .optional = true },
                                    { .name = "unkept", .type = SIG_TYPE_BOOLEAN, .optional = true },
                                    { .name = "now", .type = SIG_TYPE_BOOLEAN, .optional = true },
                                    { NULL } },
      .handle = handle_create },
    { .name = "session.list", .handle = handle_list },
    { .name = "session.end",
      .params = (const SigParam[]){ { .name = "session", .type = SIG_TYPE_STRING, .min = 1, .max = 64 },
                                    { .name = "cause", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = 32 },
                                    { NULL } },
      .handle = handle_end },
    { NULL },
};

void
gw_sessions_add_commands(GwSessions *self, GwAdmin *admin)
{
    gw_admin_add_commands(admin, rows, self);
}
