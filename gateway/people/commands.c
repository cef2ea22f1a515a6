#include "gateway/audit/reply.h"
#include "gateway/people/people-priv.h"
#include "gateway/people/tree.h"

/* The owner's commands for units, persons, terminals, links and media tokens. */

static const char owner[] = "owner";

static void
note(GwPeople *self, const char *action, const char *object, JsonObject *detail)
{
    const GwAuditEntry entry = { .who = owner, .action = action, .object = object };

    gw_audit_add(self->audit, &entry, detail);
}

static const char *
get(JsonObject *params, const char *name)
{
    return json_object_get_string_member_with_default(params, name, NULL);
}

static const SigParam unit_add_params[] = {
    { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = 100 },
    { .name = "name_en", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = 100 },
    { .name = "tier", .type = SIG_TYPE_STRING, .min = 1, .max = 32 },
    { .name = "parent", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = 100 },
    { NULL },
};

/* By id or name; otherwise the request is answered, and NULL. */
static const GwUnit *
find_unit(GwPeople *self, GwAdminRequest *request, const char *name)
{
    const GwUnit *unit = gw_directory_find_unit(self->directory, name);

    if (unit == NULL)
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "there is no one unit '%s'; see 'unit list', or use its id", name);
    return unit;
}

static void
handle_unit_add(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    const char *parent = get(params, "parent");
    GwNewUnit new = { .name = get(params, "name"), .name_en = get(params, "name_en"), .tier = get(params, "tier") };

    if (parent != NULL) {
        const GwUnit *above = find_unit(self, request, parent);
        if (above == NULL)
            return;
        new.parent = above->id;
    }
    const GwUnit *unit = gw_directory_add_unit(self->directory, &new, &error);
    if (unit == NULL) {
        gw_admin_fail_error(request, error);
        return;
    }
    g_autofree char *object = g_strdup_printf("unit:%s", unit->id);
    note(self, "unit.add", object, NULL);
    JsonObject *answer = json_object_new();
    json_object_set_string_member(answer, "unit", unit->id);
    gw_audit_reply_command(self->audit, GW_REPLY_TAKE_AWAY, request, answer);
}

static void
handle_unit_list(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GPtrArray *units = gw_directory_list_units(self->directory);
    JsonObject *answer = json_object_new();
    JsonArray *list = json_array_new();
    (void)params;

    for (unsigned i = 0; i < units->len; i++) {
        const GwUnit *unit = units->pdata[i];
        JsonObject *object = gw_people_unit_to_json(self, unit->id);

        json_object_set_string_member(object, "tier", unit->tier);
        json_object_set_string_member(object, "parent", unit->parent != NULL ? unit->parent : "");
        json_array_add_object_element(list, object);
    }
    json_object_set_array_member(answer, "units", list);
    gw_admin_reply_object(request, answer);
}

static const SigParam unit_move_params[] = {
    { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = 100 },
    { .name = "parent", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = 100 },
    { NULL },
};

static void
handle_unit_move(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    const char *parent = get(params, "parent");
    const GwUnit *unit = find_unit(self, request, get(params, "unit"));
    const GwUnit *above = unit != NULL && parent != NULL ? find_unit(self, request, parent) : NULL;

    if (unit == NULL || (parent != NULL && above == NULL))
        return;
    if (!gw_tree_move(self->directory, unit->id, above != NULL ? above->id : NULL, gw_people_now_ms(), &error)) {
        gw_admin_fail_error(request, error);
        return;
    }
    g_autofree char *object = g_strdup_printf("unit:%s", unit->id);
    note(self, "unit.move", object, NULL);
    gw_people_tree_changed(self);
    gw_admin_reply(request, NULL);
}

static const SigParam person_add_params[] = {
    { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = GW_DIRECTORY_MAX_NAME },
    { .name = "display", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = 100 },
    { .name = "role", .type = SIG_TYPE_STRING, .values = gw_roles },
    { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = 100 },
    { NULL },
};

static void
answer_link(GwPeople *self, GwAdminRequest *request, GwSeat seat, const char *id)
{
    int64_t expires_ms = 0;
    g_autofree char *url = gw_people_make_link(self, seat, id, &expires_ms);
    g_autofree char *object = gw_people_audit_name(seat, id);
    const GwAuditEntry entry = {
        .who = owner,
        .action = seat == GW_SEAT_TERMINAL ? "terminal.link" : "person.link",
        .object = object,
    };
    JsonObject *answer = json_object_new();

    json_object_set_string_member(answer, "id", id);
    json_object_set_string_member(answer, "url", url);
    json_object_set_int_member(answer, "expires_ms", expires_ms);
    gw_people_grant_command(self, &entry, NULL, request, answer);
}

static void
handle_person_add(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwUnit *unit = find_unit(self, request, get(params, "unit"));
    const char *display = get(params, "display");

    if (unit == NULL)
        return;
    const GwNewPerson new = {
        .name = get(params, "name"),
        .display = display != NULL ? display : get(params, "name"),
        .unit = unit->id,
        .role = get(params, "role"),
    };
    const GwPersonRecord *person = gw_directory_add_person(self->directory, &new, &error);
    if (person == NULL) {
        gw_admin_fail_error(request, error);
        return;
    }
    g_autofree char *object = gw_people_audit_name(GW_SEAT_CONSOLE, person->public.id);
    note(self, "person.add", object, NULL);
    answer_link(self, request, GW_SEAT_CONSOLE, person->public.id);
}

static void
handle_person_list(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GPtrArray *persons = gw_directory_list_persons(self->directory);
    JsonObject *answer = json_object_new();
    JsonArray *list = json_array_new();
    (void)params;

    for (unsigned i = 0; i < persons->len; i++) {
        const GwPersonRecord *person = persons->pdata[i];
        JsonObject *object = gw_people_person_to_json(self, &person->public);

        json_object_set_string_member(object, "role", gw_role_to_string(person->public.access));
        json_object_set_boolean_member(object, "disabled", person->public.disabled);
        json_object_set_boolean_member(object, "has_password", person->password != NULL);
        json_array_add_object_element(list, object);
    }
    json_object_set_array_member(answer, "people", list);
    gw_admin_reply_object(request, answer);
}

static const SigParam terminal_add_params[] = {
    { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = 100 },
    { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = 100 },
    { NULL },
};

static void
handle_terminal_add(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwUnit *unit = find_unit(self, request, get(params, "unit"));

    if (unit == NULL)
        return;
    const GwNewTerminal new = { .name = get(params, "name"), .unit = unit->id };
    const GwTerminalRecord *terminal = gw_directory_add_terminal(self->directory, &new, &error);
    if (terminal == NULL) {
        gw_admin_fail_error(request, error);
        return;
    }
    g_autofree char *object = gw_people_audit_name(GW_SEAT_TERMINAL, terminal->public.id);
    note(self, "terminal.add", object, NULL);
    answer_link(self, request, GW_SEAT_TERMINAL, terminal->public.id);
}

static void
handle_terminal_list(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GPtrArray *terminals = gw_directory_list_terminals(self->directory);
    JsonObject *answer = json_object_new();
    JsonArray *list = json_array_new();
    (void)params;

    for (unsigned i = 0; i < terminals->len; i++) {
        const GwTerminal *terminal = terminals->pdata[i];
        json_array_add_object_element(list, gw_people_terminal_to_json(self, terminal->id));
    }
    json_object_set_array_member(answer, "terminals", list);
    gw_admin_reply_object(request, answer);
}

static const SigParam link_params[] = {
    { .name = "person", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = 100 },
    { .name = "terminal", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = 100 },
    { NULL },
};

static void
handle_link(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const char *person_name = get(params, "person"), *terminal_name = get(params, "terminal");

    if ((person_name == NULL) == (terminal_name == NULL)) {
        gw_admin_fail(request, SIG_ERROR_BAD_PARAMS, "say either a person or a terminal");
        return;
    }
    if (person_name != NULL) {
        const GwPersonRecord *person = gw_directory_find_person(self->directory, person_name);
        if (person == NULL || person->public.disabled)
            gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "there is no person '%s' who may sign in; see 'person list'",
                          person_name);
        else
            answer_link(self, request, GW_SEAT_CONSOLE, person->public.id);
        return;
    }

    const GwTerminalRecord *terminal = gw_directory_find_terminal(self->directory, terminal_name);
    if (terminal == NULL)
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "there is no one terminal '%s'; see 'terminal list', or use its id",
                      terminal_name);
    else
        answer_link(self, request, GW_SEAT_TERMINAL, terminal->public.id);
}

enum { TOKEN_MAX_S = 3600 };

static const SigParam token_params[] = {
    { .name = "session", .type = SIG_TYPE_STRING, .min = 1, .max = 64 },
    { .name = "party", .type = SIG_TYPE_STRING, .min = 1, .max = 64 },
    { .name = "may", .type = SIG_TYPE_STRING, .min = 1, .max = 32 },
    { .name = "ttl_s", .type = SIG_TYPE_INTEGER, .optional = true, .min = 1, .max = TOKEN_MAX_S },
    { NULL },
};

/* "publish,play" */
static bool
read_rights(const char *may, GwMediaToken *grant)
{
    g_auto(GStrv) words = g_strsplit(may, ",", -1);

    for (char **word = words; *word != NULL; word++) {
        if (g_str_equal(*word, "publish"))
            grant->may_publish = true;
        else if (g_str_equal(*word, "play"))
            grant->may_play = true;
        else
            return false;
    }
    return grant->may_publish || grant->may_play;
}

static void
handle_token(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    int64_t ttl_s = json_object_get_int_member_with_default(params, "ttl_s", TOKEN_MAX_S);
    GwMediaToken grant = { .session = get(params, "session"), .party = get(params, "party"), .who = owner };
    JsonObject *detail = json_object_new();

    if (!read_rights(get(params, "may"), &grant)) {
        json_object_unref(detail);
        gw_admin_fail(request, SIG_ERROR_BAD_PARAMS, "'%s' is not publish, play or publish,play", get(params, "may"));
        return;
    }
    g_autofree char *object = g_strdup_printf("session:%s", grant.session);
    json_object_set_string_member(detail, "party", grant.party);
    json_object_set_string_member(detail, "may", get(params, "may"));
    json_object_set_int_member(detail, "ttl_s", ttl_s);

    const GwAuditEntry entry = { .who = owner, .action = "media.token", .object = object };
    g_autofree char *token = gw_people_new_media_token(self, &grant, ttl_s);
    JsonObject *answer = json_object_new();
    json_object_set_string_member(answer, "token", token);
    json_object_set_int_member(answer, "expires_ms", gw_people_now_ms() + ttl_s * 1000);
    gw_people_grant_command(self, &entry, detail, request, answer);
}

const GwAdminCommand gw_people_commands[] = {
    { "unit.add", unit_add_params, handle_unit_add },
    { "unit.list", NULL, handle_unit_list },
    { "unit.move", unit_move_params, handle_unit_move },
    { "unit.import", gw_unit_import_params, gw_people_handle_unit_import },
    { "unit.export", NULL, gw_people_handle_unit_export },
    { "person.add", person_add_params, handle_person_add },
    { "person.list", NULL, handle_person_list },
    { "person.reset-factor", gw_factor_reset_params, gw_people_handle_factor_reset },
    { "terminal.add", terminal_add_params, handle_terminal_add },
    { "terminal.list", NULL, handle_terminal_list },
    { "link", link_params, handle_link },
    { "media.token", token_params, handle_token },
    { "people.import", gw_people_import_params, gw_people_handle_import },
    { NULL },
};
