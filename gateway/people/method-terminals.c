#include "gateway/people/people-priv.h"

static const SigParam add_params[] = {
    { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = 100, .summary = "as people call the room" },
    { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { NULL },
};

static const SigParam link_params[] = {
    { .name = "terminal", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { NULL },
};

static const SigParam heartbeat_params[] = {
    { .name = "version", .type = SIG_TYPE_STRING, .max = 64, .summary = "of the page" },
    { .name = "errors",
      .type = SIG_TYPE_ARRAY,
      .optional = true,
      .max = 20,
      .summary = "what went wrong since the last" },
    { .name = "visible", .type = SIG_TYPE_BOOLEAN, .summary = "whether the page is in front" },
    { NULL },
};

enum { MAX_ERROR_LETTERS = 300 };

static JsonObject *
record_to_json(GwPeople *self, const GwTerminalRecord *terminal)
{
    JsonObject *object = gw_people_terminal_to_json(self, terminal->public.id);
    JsonArray *errors = json_array_new();

    if (terminal->public.version != NULL)
        json_object_set_string_member(object, "version", terminal->public.version);
    if (terminal->public.last_seen_ms != 0)
        json_object_set_int_member(object, "last_seen_ms", terminal->public.last_seen_ms);
    for (GList *link = terminal->errors.head; link != NULL; link = link->next)
        json_array_add_string_element(errors, link->data);
    json_object_set_array_member(object, "errors", errors);
    return object;
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    const GPtrArray *terminals = gw_directory_list_terminals(self->directory);
    JsonObject *answer = json_object_new();
    JsonArray *list = json_array_new();
    (void)params;

    for (unsigned i = 0; i < terminals->len; i++) {
        const GwTerminalRecord *terminal = terminals->pdata[i];
        if (gw_people_reaches(self, identity, GW_ACCESS_ADMINISTRATOR, terminal->public.unit))
            json_array_add_object_element(list, record_to_json(self, terminal));
    }
    json_object_set_array_member(answer, "terminals", list);
    sig_request_reply_object(request, answer);
}

const SigMethod gw_method_terminals_list = {
    .name = "terminals.list",
    .access = GW_ACCESS_ADMINISTRATOR,
    .summary = "The terminals of the asker's unit and below",
    .result = "{terminals: [{id, name, unit, online, version?, last_seen_ms?, errors: [string]}]}",
    .handle = handle_list,
};

static void
answer_link(GwPeople *self, SigRequest *request, const char *action, const GwTerminalRecord *terminal)
{
    SigClient *client = sig_request_get_client(request);
    g_autofree char *object = gw_people_audit_name(GW_SEAT_TERMINAL, terminal->public.id);
    const GwAuditEntry entry = {
        .who = gw_identity_of_client(client)->audit,
        .action = action,
        .object = object,
        .address = sig_client_get_address(client),
    };
    int64_t expires_ms = 0;
    g_autofree char *link = gw_people_make_link(self, GW_SEAT_TERMINAL, terminal->public.id, &expires_ms);
    JsonObject *answer = json_object_new();

    json_object_set_object_member(answer, "terminal", record_to_json(self, terminal));
    json_object_set_string_member(answer, "link", link);
    json_object_set_int_member(answer, "expires_ms", expires_ms);
    gw_people_grant(self, &entry, request, answer);
}

static void
handle_add(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwNewTerminal new = {
        .name = json_object_get_string_member(params, "name"),
        .unit = json_object_get_string_member(params, "unit"),
    };

    if (!gw_people_ask_unit(self, request, new.unit))
        return;
    const GwTerminalRecord *terminal = gw_directory_add_terminal(self->directory, &new, &error);
    if (terminal == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    answer_link(self, request, "terminal.add", terminal);
}

const SigMethod gw_method_terminals_add = {
    .name = "terminals.add",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = add_params,
    .summary = "Adds a terminal; the link pairs a device with it",
    .result = "{terminal, link, expires_ms}",
    .handle = handle_add,
};

static void
handle_link(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    SigClient *client = sig_request_get_client(request);
    const char *id = json_object_get_string_member(params, "terminal");
    const GwTerminalRecord *terminal = gw_directory_get_terminal(self->directory, id);

    if (terminal == NULL ||
        !gw_people_reaches(self, gw_identity_of_client(client), GW_ACCESS_ADMINISTRATOR, terminal->public.unit)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "there is no terminal '%s' in your part of the tree", id);
        return;
    }
    answer_link(self, request, "terminal.link", terminal);
}

const SigMethod gw_method_terminals_link = {
    .name = "terminals.link",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = link_params,
    .summary = "A pairing link; the old device is signed out when it is used",
    .result = "{terminal, link, expires_ms}",
    .handle = handle_link,
};

static void
take_errors(GwTerminalRecord *terminal, JsonArray *errors)
{
    for (unsigned i = 0; errors != NULL && i < json_array_get_length(errors); i++) {
        JsonNode *node = json_array_get_element(errors, i);
        const char *text = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;

        if (text == NULL)
            continue;
        g_autofree char *cut = g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), MAX_ERROR_LETTERS));
        gw_directory_add_terminal_error(terminal, cut);
    }
}

static void
handle_heartbeat(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    GwTerminalRecord *terminal = gw_directory_get_terminal(self->directory, identity->id);
    JsonObject *answer = json_object_new();

    if (json_object_has_member(params, "errors"))
        take_errors(terminal, json_object_get_array_member(params, "errors"));
    gw_people_terminal_alive(self, terminal, json_object_get_string_member(params, "version"));
    json_object_set_int_member(answer, "now_ms", gw_people_now_ms());
    sig_request_reply_object(request, answer);
}

const SigMethod gw_method_terminal_heartbeat = {
    .name = "terminal.heartbeat",
    .access = GW_ACCESS_TERMINAL,
    .params = heartbeat_params,
    .summary = "The terminal is alive; every 10 s, 30 s without is offline",
    .result = "{now_ms}",
    .handle = handle_heartbeat,
};
