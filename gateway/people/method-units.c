#include "gateway/audit/reply.h"
#include "gateway/people/people-priv.h"
#include "gateway/people/tree.h"

enum { MAX_NAME = 100, MAX_TIER = 32, MAX_AREAS_TEXT = 4000 };

#define UNIT_PARAM                                                                                                     \
    {                                                                                                                  \
        .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id"                                  \
    }
#define AREAS_PARAM                                                                                                    \
    {                                                                                                                  \
        .name = "areas", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_AREAS_TEXT,                             \
        .summary = "townships that it serves, separated by ';'; empty: none"                                           \
    }

static const SigParam add_params[] = {
    { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_NAME },
    { .name = "name_en", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_NAME, .summary = "for English pages" },
    { .name = "tier",
      .type = SIG_TYPE_STRING,
      .min = 1,
      .max = MAX_TIER,
      .summary = "a label: county, office, prison ..." },
    { .name = "parent", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    AREAS_PARAM,
    { NULL },
};

static const SigParam change_params[] = {
    UNIT_PARAM,
    { .name = "name", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = MAX_NAME },
    { .name = "name_en", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_NAME, .summary = "empty: none" },
    { .name = "tier", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = MAX_TIER },
    AREAS_PARAM,
    { NULL },
};

static const SigParam move_params[] = {
    UNIT_PARAM,
    { .name = "parent", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id: under which it is from now on" },
    { NULL },
};

static const SigParam close_params[] = {
    UNIT_PARAM,
    { .name = "closed", .type = SIG_TYPE_BOOLEAN, .summary = "false: opens it again" },
    { NULL },
};

static const SigParam unit_params[] = { UNIT_PARAM, { NULL } };

static JsonObject *
row_of(GwPeople *self, const GwUnit *unit)
{
    JsonObject *object = gw_people_unit_to_json(self, unit->id);
    JsonArray *areas = json_array_new();

    json_object_set_string_member(object, "tier", unit->tier);
    if (unit->parent != NULL)
        json_object_set_string_member(object, "parent", unit->parent);
    else
        json_object_set_null_member(object, "parent");
    for (char **area = unit->areas; area != NULL && *area != NULL; area++)
        json_array_add_string_element(areas, *area);
    json_object_set_array_member(object, "areas", areas);
    if (unit->closed_ms != 0)
        json_object_set_int_member(object, "closed_ms", unit->closed_ms);
    return object;
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    const GPtrArray *units = gw_directory_list_units(self->directory);
    JsonObject *answer = json_object_new();
    JsonArray *list = json_array_new();
    (void)params;

    for (unsigned i = 0; i < units->len; i++) {
        const GwUnit *unit = units->pdata[i];
        if (gw_people_reaches(self, identity, GW_ACCESS_CONSOLE, unit->id))
            json_array_add_object_element(list, row_of(self, unit));
    }
    json_object_set_array_member(answer, "units", list);
    sig_request_reply_object(request, answer);
}

static const SigMethod list = {
    .name = "units.list",
    .access = GW_ACCESS_CONSOLE,
    .summary = "The units of the asker's part of the tree",
    .result = "{units: [{id, name, name_en?, tier, parent, areas: [string], closed_ms?}]}",
    .handle = handle_list,
};

static const char *
get(JsonObject *params, const char *name)
{
    return json_object_get_string_member_with_default(params, name, NULL);
}

static void
answer_unit(GwPeople *self, SigRequest *request, const GwUnit *unit, const char *action, JsonObject *detail)
{
    g_autofree char *object = g_strdup_printf("unit:%s", unit->id);
    JsonObject *answer = json_object_new();

    gw_people_note_request(self, request, action, object, detail);
    json_object_set_object_member(answer, "unit", row_of(self, unit));
    gw_audit_reply(self->audit, GW_REPLY_TAKE_AWAY, request, answer);
}

static void
handle_add(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwNewUnit new = { .name = get(params, "name"),
                            .name_en = get(params, "name_en"),
                            .tier = get(params, "tier"),
                            .parent = get(params, "parent"),
                            .areas = get(params, "areas") };

    if (!gw_people_ask_unit(self, request, new.parent))
        return;
    const GwUnit *unit = gw_directory_add_unit(self->directory, &new, &error);
    if (unit != NULL)
        answer_unit(self, request, unit, "unit.add", NULL);
    else
        sig_request_fail_error(request, error);
}

static const SigMethod add = {
    .name = "units.add",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = add_params,
    .summary = "Adds a unit below one of the asker's part of the tree",
    .result = "{unit}",
    .handle = handle_add,
};

static void
handle_change(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwUnit *unit = gw_people_get_unit(self, get(params, "unit"));
    const GwUnitChange change = { get(params, "name"), get(params, "name_en"), get(params, "tier"),
                                  get(params, "areas") };
    JsonObject *detail = NULL;

    if (!gw_people_ask_unit(self, request, get(params, "unit")))
        return;
    detail = json_object_new();
    json_object_set_string_member(detail, "before", unit->name);
    if (gw_tree_change(self->directory, unit->id, &change, gw_people_now_ms(), &error)) {
        json_object_set_string_member(detail, "name", unit->name);
        answer_unit(self, request, unit, "unit.change", detail);
        return;
    }
    json_object_unref(detail);
    sig_request_fail_error(request, error);
}

static const SigMethod change_row = {
    .name = "units.change",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = change_params,
    .summary = "Gives a unit another name, tier or townships; what is not said stays",
    .result = "{unit}",
    .handle = handle_change,
};

static void
handle_move(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwUnit *unit = gw_people_get_unit(self, get(params, "unit"));
    const char *parent = get(params, "parent");
    JsonObject *detail = NULL;

    if (!gw_people_ask_unit(self, request, get(params, "unit")) || !gw_people_ask_unit(self, request, parent))
        return;
    /* Out of the asker's reach, or from there, is for somebody above. */
    if (!gw_people_ask_unit(self, request, unit->parent != NULL ? unit->parent : ""))
        return;
    detail = json_object_new();
    json_object_set_string_member(detail, "from", unit->parent);
    json_object_set_string_member(detail, "to", parent);
    if (!gw_tree_move(self->directory, unit->id, parent, gw_people_now_ms(), &error)) {
        json_object_unref(detail);
        sig_request_fail_error(request, error);
        return;
    }
    answer_unit(self, request, unit, "unit.move", detail);
    gw_people_tree_changed(self);
}

static const SigMethod move = {
    .name = "units.move",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = move_params,
    .summary = "Puts a unit, with all below it, under another; what was keeps the place it had then",
    .result = "{unit}",
    .handle = handle_move,
};

static void
handle_close(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwUnit *unit = gw_people_get_unit(self, get(params, "unit"));
    bool closed = json_object_get_boolean_member(params, "closed");

    if (!gw_people_ask_unit(self, request, get(params, "unit")))
        return;
    if (gw_tree_close(self->directory, unit->id, closed, gw_people_now_ms(), &error))
        answer_unit(self, request, unit, closed ? "unit.close" : "unit.open", NULL);
    else
        sig_request_fail_error(request, error);
}

static const SigMethod close_row = {
    .name = "units.close",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = close_params,
    .summary = "Closes a unit that nobody has a post in, or opens it again; its past stays",
    .result = "{unit}",
    .handle = handle_close,
};

static void
add_place(GwPeople *self, JsonArray *places, const GwUnit *unit, const GwPlace *place)
{
    JsonObject *object = json_object_new();
    g_autofree char *path = gw_people_unit_path_at(self, unit->id, place->from_ms);

    json_object_set_string_member(object, "name", place->name);
    json_object_set_string_member(object, "path", path);
    if (place->from_ms != 0)
        json_object_set_int_member(object, "from_ms", place->from_ms);
    if (place->until_ms != 0)
        json_object_set_int_member(object, "until_ms", place->until_ms);
    json_array_add_object_element(places, object);
}

static void
handle_history(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwUnit *unit = gw_people_get_unit(self, get(params, "unit"));
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    JsonObject *answer = NULL;
    JsonArray *places = NULL;
    GwPlace now = { 0 };

    if (unit == NULL || !gw_people_reaches(self, identity, GW_ACCESS_CONSOLE, unit->id)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "there is no unit '%s' in your part of the tree",
                         get(params, "unit"));
        return;
    }
    const GPtrArray *before = ((const GwUnitRecord *)unit)->places;
    answer = json_object_new();
    places = json_array_new();
    for (guint i = 0; i < before->len; i++) {
        add_place(self, places, unit, before->pdata[i]);
        now.from_ms = ((const GwPlace *)before->pdata[i])->until_ms;
    }
    now.name = unit->name;
    add_place(self, places, unit, &now);
    json_object_set_array_member(answer, "places", places);
    sig_request_reply_object(request, answer);
}

static const SigMethod history = {
    .name = "units.history",
    .access = GW_ACCESS_CONSOLE,
    .params = unit_params,
    .summary = "Where a unit was, and what it was called, oldest first",
    .result = "{places: [{name, path, from_ms?, until_ms?}]}",
    .handle = handle_history,
};

const SigMethod *const gw_unit_methods[] = { &list, &add, &change_row, &move, &close_row, &history, NULL };
