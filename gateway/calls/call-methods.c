#include "gateway/audit/reply.h"
#include "gateway/calls/calls-priv.h"
#include "gateway/ice.h"
#include "gateway/people/answer.h"

/* What a terminal's page does when it is called, and what the administrator sets. */

enum { MAX_ID = 64, MAX_REASON = 200 };

static const char *
get_terminal(SigRequest *request)
{
    SigClient *client = sig_request_get_client(request);
    const GwIdentity *identity = client != NULL ? gw_identity_of_client(client) : NULL;

    return identity != NULL && identity->seat == GW_SEAT_TERMINAL ? identity->id : "";
}

static void
handle_answer(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCalls *self = user_data;
    const char *terminal = get_terminal(request);
    g_autoptr(GError) error = NULL;
    GwCall *call = gw_calls_answer(self, terminal, json_object_get_string_member(params, "call"), &error);

    if (call == NULL && error == NULL)
        g_set_error_literal(&error, SIG_ERROR, SIG_ERROR_STATE, "This call is over.");
    if (call == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    JsonObject *result = json_object_new();
    json_object_set_string_member(result, "session", call->session);
    json_object_set_string_member(result, "party", call->party);
    json_object_set_array_member(
        result, "ice_servers",
        gw_ice_to_json(&self->gateway->config->ice, terminal, g_get_real_time() / G_USEC_PER_SEC));
    sig_request_reply_object(request, result);
}

static void
handle_decline(SigRequest *request, JsonObject *params, void *user_data)
{
    const char *reason = json_object_get_string_member_with_default(params, "reason", "");
    g_autoptr(GError) error = NULL;

    if (gw_calls_decline(user_data, get_terminal(request), json_object_get_string_member(params, "call"), reason,
                         &error))
        sig_request_reply(request, NULL);
    else
        sig_request_fail_error(request, error);
}

/* terminals.policy */

static JsonObject *
policies_to_json(GwCalls *self, const char *terminal)
{
    JsonObject *result = json_object_new();
    JsonArray *rows = json_array_new();

    for (const GwCallKind *kind = gw_call_kinds; kind->name != NULL; kind++) {
        const GwPolicy policy = gw_policies_get(self->policies, terminal, kind);
        JsonObject *row = json_object_new();
        json_object_set_string_member(row, "kind", kind->name);
        json_object_set_string_member(row, "answer", gw_call_answers[policy.automatic]);
        json_object_set_int_member(row, "after_s", policy.after_s);
        json_array_add_object_element(rows, row);
    }
    json_object_set_array_member(result, "policies", rows);
    return result;
}

static void
note_policy(GwCalls *self, SigClient *client, const GwTerminal *terminal, JsonObject *params)
{
    g_autofree char *object = g_strconcat("terminal:", terminal->id, NULL);
    const GwAuditEntry entry = {
        .who = gw_identity_of_client(client)->audit,
        .action = "terminal.policy",
        .object = object,
        .address = sig_client_get_address(client),
    };

    gw_audit_add(self->gateway->audit, &entry, json_object_ref(params));
}

static void
handle_policy(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCalls *self = user_data;
    SigClient *client = sig_request_get_client(request);
    const char *id = json_object_get_string_member(params, "terminal");
    const char *answer = json_object_get_string_member_with_default(params, "answer", NULL);
    const GwCallKind *kind = gw_call_kind_find(json_object_get_string_member_with_default(params, "kind", NULL));
    const GwTerminal *terminal = gw_people_get_terminal(self->gateway->people, id);

    if (client == NULL || terminal == NULL ||
        !gw_people_reaches(self->gateway->people, gw_identity_of_client(client), GW_ACCESS_ADMINISTRATOR,
                           terminal->unit)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no terminal '%s' in your part of the tree.", id);
        return;
    }
    if ((answer != NULL) != (kind != NULL)) {
        sig_request_fail(request, SIG_ERROR_BAD_PARAMS, "\"kind\" and \"answer\" are given together, or neither.");
        return;
    }
    if (answer != NULL) {
        const GwPolicy policy = {
            .automatic = g_str_equal(answer, "answer"),
            .after_s = (unsigned)json_object_get_int_member_with_default(params, "after_s", 0),
        };
        gw_policies_set(self->policies, terminal->id, kind, policy);
        note_policy(self, client, terminal, params);
        gw_audit_reply(self->gateway->audit, GW_REPLY_TAKE_AWAY, request, policies_to_json(self, id));
        return;
    }
    sig_request_reply_object(request, policies_to_json(self, id));
}

/* For terminals without a page: they publish by WHIP as the call's party, and have answered by that. */
static void
handle_current(SigHttp *http, void *user_data)
{
    GwCalls *self = user_data;
    const GwIdentity *identity = gw_identity_of_http(http);
    JsonObject *answer = json_object_new();
    GwCall *call = gw_calls_current_of_terminal(self, identity->id, false);

    if (call == NULL)
        call = gw_calls_current_of_terminal(self, identity->id, true);
    if (call != NULL)
        json_object_set_object_member(answer, "call", gw_call_to_json(call));
    else
        json_object_set_null_member(answer, "call");
    sig_http_add_header(http, "Cache-Control", "no-store");
    gw_answer(http, answer);
}

#define CALL                                                                                                           \
    {                                                                                                                  \
        .name = "call", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID                                               \
    }

static const char *const kind_values[] = { "inspection", "talk", "lesson", "roll-call", "emergency", NULL };

static const SigMethod answer_row = {
    .name = "call.answer",
    .access = GW_ACCESS_TERMINAL,
    .params = (const SigParam[]){ CALL, { NULL } },
    .summary = "Answers a call that rings; then media.publish and media.watch lead into its session.",
    .result = "{session, party, ice_servers}",
    .handle = handle_answer,
};

static const SigMethod decline_row = {
    .name = "call.decline",
    .access = GW_ACCESS_TERMINAL,
    .params = (const SigParam[]){ CALL,
                                  { .name = "reason", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_REASON },
                                  { NULL } },
    .summary = "Refuses a call that rings, or leaves one that was answered.",
    .result = "{}",
    .handle = handle_decline,
};

static const SigMethod policy_row = {
    .name = "terminals.policy",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params =
        (const SigParam[]){
            { .name = "terminal", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID },
            { .name = "kind", .type = SIG_TYPE_STRING, .optional = true, .values = kind_values },
            { .name = "answer",
              .type = SIG_TYPE_STRING,
              .optional = true,
              .values = gw_call_answers,
              .summary = "\"answer\": by itself; people in the room see it" },
            { .name = "after_s", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = GW_POLICY_MAX_AFTER_S },
            { NULL } },
    .summary = "What a terminal does by itself when it is called; sets it for one kind of call where that is named.",
    .result = "{policies: [{kind, answer, after_s}]}",
    .handle = handle_policy,
};

const SigMethod *const gw_call_methods[] = { &answer_row, &decline_row, &policy_row, NULL };

#define TEXT(param)                                                                                                    \
    {                                                                                                                  \
        .name = param, .type = SIG_TYPE_STRING                                                                         \
    }

static const SigParam call_params[] = {
    TEXT("call"),
    TEXT("kind"),
    TEXT("from"),
    { .name = "from_unit", .type = SIG_TYPE_STRING, .optional = true },
    { .name = "until_ms", .type = SIG_TYPE_INTEGER, .optional = true },
    { .name = "auto", .type = SIG_TYPE_INTEGER, .optional = true },
    { .name = "answered", .type = SIG_TYPE_BOOLEAN },
    TEXT("session"),
    TEXT("party"),
    { NULL },
};

const SigEvent gw_call_events[] = {
    { "terminal.call", call_params,
      "Somebody calls: ring. auto: the terminal answers by itself so many seconds later. answered: it was, before the "
      "connection was lost; go on with it." },
    { "call.over", (const SigParam[]){ TEXT("call"), TEXT("why"), { NULL } },
      "The call rings no more, or has ended: missed, declined, cancelled, ended, left, away, interrupted." },
    { NULL },
};

const SigRoute gw_call_routes[] = {
    { "GET", "/api/v1/terminal/call", GW_ACCESS_TERMINAL, 0, "Who calls the terminal now, and where an answer leads.",
      handle_current },
    { NULL },
};
