#include "gateway/cases/plans.h"

#include <string.h>

#include "gateway/people/secret.h"
#include "gateway/gatherings/offices.h"
#include "signaling/json.h"

/* What an emergency needs, made when there is time: whom to ring, whom to call in, which cameras, what to say first. */

enum { MAX_NAME = 100, MAX_SENTENCE = 500, MAX_LIST = 100, MAX_TIERS = 16, NEAR_CAMERAS = 6 };

void
gw_plan_free(void *data)
{
    GwPlan *self = data;

    g_free(self->id);
    g_free(self->name);
    g_free(self->unit);
    g_free(self->display);
    json_object_unref(self->body);
    g_free(self);
}

bool
gw_plans_load(GwCases *self, GError **error)
{
    g_autoptr(GwRows) rows =
        gw_store_query(self->gateway->store,
                       gw_statement_new("SELECT id, name, unit, body, changed_ms, display FROM emergency_plan"), error);

    if (rows == NULL)
        return false;
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        const char *text = gw_rows_text(rows, i, 3);
        g_autoptr(JsonNode) node = sig_json_parse(text, strlen(text), NULL);
        GwPlan *plan = NULL;
        if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
            continue;
        plan = g_new0(GwPlan, 1);
        plan->id = g_strdup(gw_rows_text(rows, i, 0));
        plan->name = g_strdup(gw_rows_text(rows, i, 1));
        plan->unit = g_strdup(gw_rows_text(rows, i, 2));
        plan->body = json_node_dup_object(node);
        plan->changed_ms = gw_rows_int(rows, i, 4);
        plan->display = g_strdup(gw_rows_text(rows, i, 5));
        g_hash_table_insert(self->plans, plan->id, plan);
    }
    return true;
}

static void
write_plan(GwCases *self, const GwPlan *plan)
{
    GwStatement *statement = gw_statement_new(
        "INSERT INTO emergency_plan (id, name, unit, body, changed_ms, display) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, unit = excluded.unit, body = excluded.body,"
        " changed_ms = excluded.changed_ms, display = excluded.display");
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), plan->body);
    g_autofree char *text = sig_json_to_text(node);

    gw_statement_text(statement, plan->id);
    gw_statement_text(statement, plan->name);
    gw_statement_text(statement, plan->unit);
    gw_statement_text(statement, text);
    gw_statement_int(statement, plan->changed_ms);
    gw_statement_text(statement, plan->display);
    gw_store_run(self->gateway->store, statement, NULL, NULL);
}

static JsonObject *
to_json(GwCases *self, const GwPlan *plan)
{
    JsonObject *object = gw_object_with_text("id", plan->id);
    JsonObject *unit = gw_people_unit_to_json(self->gateway->people, plan->unit);
    g_autoptr(GList) members = json_object_get_members(plan->body);

    json_object_set_string_member(object, "name", plan->name);
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    for (GList *item = members; item != NULL; item = item->next)
        json_object_set_member(object, item->data, json_object_dup_member(plan->body, item->data));
    json_object_set_string_member(object, "by", plan->display);
    json_object_set_int_member(object, "changed_ms", plan->changed_ms);
    return object;
}

static const GwIdentity *
get_identity(SigRequest *request)
{
    return gw_identity_of_client(sig_request_get_client(request));
}

static bool
reaches(GwCases *self, SigRequest *request, const char *unit)
{
    return gw_people_reaches(self->gateway->people, get_identity(request), GW_ACCESS_INSPECTOR, unit);
}

GwPlan *
gw_plans_find_for(GwCases *self, const GwIdentity *identity, const char *id, GError **error)
{
    GwPlan *plan = g_hash_table_lookup(self->plans, id);

    if (plan != NULL && gw_people_reaches(self->gateway->people, identity, GW_ACCESS_INSPECTOR, plan->unit))
        return plan;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such plan.");
    return NULL;
}

/* Whom it rings: units of the chosen tiers below its own, and those that are named; what the asker reaches. */

typedef struct {
    GwCases *cases;
    const GwPlan *plan;
    const GwIdentity *identity;
    GPtrArray *units, *terminals;
} Ringing;

static bool
names(const GwPlan *plan, const char *list, const char *word)
{
    JsonArray *array = json_object_get_array_member(plan->body, list);

    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (g_strcmp0(json_array_get_string_element(array, i), word) == 0)
            return true;
    }
    return false;
}

static void
add_unit(const GwUnit *unit, void *data)
{
    const Ringing *ringing = data;
    GwPeople *people = ringing->cases->gateway->people;
    const GwTerminal *terminal = NULL;
    bool by_tier = names(ringing->plan, "tiers", unit->tier) && gw_people_covers(people, ringing->plan->unit, unit->id);

    if (unit->closed_ms != 0 || (!by_tier && !names(ringing->plan, "units", unit->id)) ||
        !gw_people_reaches(people, ringing->identity, GW_ACCESS_INSPECTOR, unit->id))
        return;
    terminal = gw_offices_terminal_of(people, unit->id);
    g_ptr_array_add(ringing->units, unit->id);
    g_ptr_array_add(ringing->terminals, terminal != NULL ? terminal->id : NULL);
}

static JsonArray *
find_cameras(GwCases *self, const GwIdentity *identity, const GwPlan *plan, const GwPosition *at)
{
    g_autoptr(JsonArray) near = NULL;
    JsonArray *ids = NULL, *named = json_object_get_array_member(plan->body, "cameras");

    if (json_array_get_length(named) > 0)
        return json_array_ref(named);
    ids = json_array_new();
    near = at != NULL ? gw_places_near(self, identity, *at, NEAR_CAMERAS) : json_array_new();
    for (guint i = 0; i < json_array_get_length(near); i++)
        json_array_add_string_element(ids, json_object_get_string_member(json_array_get_object_element(near, i), "id"));
    return ids;
}

GwRoom *
gw_plans_open(GwCases *self, const GwPlan *plan, const GwCase *one, const GwIdentity *identity, const GwActor *actor,
              GError **error)
{
    g_autoptr(GPtrArray) units = g_ptr_array_new(), terminals = g_ptr_array_new();
    Ringing ringing = { self, plan, identity, units, terminals };
    const GwCaseAlarm *seen = one != NULL ? gw_case_get_last_seen(one) : NULL;
    const GwPosition *at = seen != NULL ? &seen->alarm.at : gw_places_find(self, "unit", plan->unit);
    g_autoptr(JsonArray) cameras = find_cameras(self, identity, plan, at);

    gw_people_foreach_unit(self->gateway->people, add_unit, &ringing);
    if (units->len == 0 || units->len > GW_ROOM_MAX_MEMBERS) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE,
                    "This plan would ring %u units: choose tiers or units so that it is 1 to %d.", units->len,
                    GW_ROOM_MAX_MEMBERS);
        return NULL;
    }
    const GwRoomWish wish = {
        .kind = "emergency",
        .name = plan->name,
        .unit = plan->unit,
        .sentence = json_object_get_string_member_with_default(plan->body, "sentence", NULL),
        .plan = plan->id,
        .case_id = one != NULL ? one->id : NULL,
        .units = units,
        .terminals = terminals,
        .cameras = cameras,
        .people = json_object_get_array_member(plan->body, "people"),
    };
    return gw_rooms_open(self, &wish, actor, error);
}

/* Methods. */

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    g_autoptr(GList) plans = g_hash_table_get_values(self->plans);
    JsonObject *answer = json_object_new();
    JsonArray *rows = json_array_new();

    (void)params;
    for (GList *item = plans; item != NULL; item = item->next) {
        const GwPlan *plan = item->data;
        if (reaches(self, request, plan->unit))
            json_array_add_object_element(rows, to_json(self, plan));
    }
    json_object_set_array_member(answer, "plans", rows);
    sig_request_reply_object(request, answer);
}

static const char *const lists[] = { "tiers", "units", "people", "cameras" };

static JsonObject *
make_body(JsonObject *params)
{
    JsonObject *body = json_object_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++) {
        JsonArray *from =
            json_object_has_member(params, lists[i]) ? json_object_get_array_member(params, lists[i]) : NULL;
        JsonArray *to = json_array_new();
        for (guint k = 0; from != NULL && k < json_array_get_length(from); k++) {
            JsonNode *node = json_array_get_element(from, k);
            if (json_node_get_value_type(node) == G_TYPE_STRING &&
                strlen(json_node_get_string(node)) <= GW_CASES_MAX_ID)
                json_array_add_string_element(to, json_node_get_string(node));
        }
        json_object_set_array_member(body, lists[i], to);
    }
    gw_object_set_text(body, "sentence", json_object_get_string_member_with_default(params, "sentence", NULL));
    return body;
}

/* What is named has to be the asker's: a plan is no way into another part of the tree. */
static bool
check_named(GwCases *self, SigRequest *request, JsonObject *body)
{
    JsonArray *units = json_object_get_array_member(body, "units"),
              *cameras = json_object_get_array_member(body, "cameras");
    JsonArray *people = json_object_get_array_member(body, "people");

    for (guint i = 0; i < json_array_get_length(units); i++) {
        if (!reaches(self, request, json_array_get_string_element(units, i)))
            return false;
    }
    for (guint i = 0; i < json_array_get_length(cameras); i++) {
        const GwCamera *camera = self->needs.cameras != NULL
                                     ? gw_cameras_find(self->needs.cameras, json_array_get_string_element(cameras, i))
                                     : NULL;
        if (camera == NULL || !reaches(self, request, camera->unit))
            return false;
    }
    for (guint i = 0; i < json_array_get_length(people); i++) {
        const GwPerson *person = gw_people_get_person(self->gateway->people, json_array_get_string_element(people, i));
        if (person == NULL || !reaches(self, request, person->unit))
            return false;
    }
    return true;
}

/* Otherwise the request is answered. */
static GwPlan *
find_or_make(GwCases *self, SigRequest *request, JsonObject *params)
{
    const char *id = json_object_get_string_member_with_default(params, "plan", NULL);
    g_autoptr(GError) error = NULL;
    GwPlan *plan = id != NULL ? gw_plans_find_for(self, get_identity(request), id, &error) : NULL;

    if (id != NULL && plan == NULL) {
        sig_request_fail_error(request, error);
        return NULL;
    }
    if (plan != NULL)
        return plan;
    if (g_hash_table_size(self->plans) >= GW_PLANS_MAX) {
        sig_request_fail(request, SIG_ERROR_LIMIT, "There are %d plans already: delete one.", GW_PLANS_MAX);
        return NULL;
    }
    plan = g_new0(GwPlan, 1);
    plan->id = gw_secret_new_id("plan");
    plan->body = json_object_new();
    g_hash_table_insert(self->plans, plan->id, plan);
    return plan;
}

static void
set_text(char **place, const char *value)
{
    g_free(*place);
    *place = g_strdup(value);
}

static void
note(GwCases *self, const GwActor *actor, const char *action, const GwPlan *plan)
{
    g_autofree char *object = g_strconcat("plan:", plan->id, NULL);
    JsonObject *detail = gw_object_with_text("name", plan->name);

    json_object_set_string_member(detail, "unit", plan->unit);
    gw_cases_note(self, actor, action, object, detail);
}

static void
handle_save(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    const char *unit = json_object_get_string_member(params, "unit");
    g_autoptr(JsonObject) body = make_body(params);
    JsonObject *answer = NULL;
    GwPlan *plan = NULL;

    if (!reaches(self, request, unit) || !check_named(self, request, body)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND,
                         "There is no such unit, person or camera in your part of the tree.");
        return;
    }
    plan = find_or_make(self, request, params);
    if (plan == NULL)
        return;
    const GwActor actor = gw_cases_actor_of(request);
    set_text(&plan->name, json_object_get_string_member(params, "name"));
    set_text(&plan->unit, unit);
    set_text(&plan->display, actor.display);
    json_object_unref(plan->body);
    plan->body = json_object_ref(body);
    plan->changed_ms = gw_cases_now_ms(self);
    write_plan(self, plan);
    note(self, &actor, "emergency.save-plan", plan);
    answer = json_object_new();
    json_object_set_object_member(answer, "plan", to_json(self, plan));
    sig_request_reply_object(request, answer);
}

static void
handle_delete(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwPlan *plan =
        gw_plans_find_for(self, get_identity(request), json_object_get_string_member(params, "plan"), &error);
    GwStatement *statement = NULL;

    if (plan == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    const GwActor actor = gw_cases_actor_of(request);
    note(self, &actor, "emergency.delete-plan", plan);
    statement = gw_statement_new("DELETE FROM emergency_plan WHERE id = ?1");
    gw_statement_text(statement, plan->id);
    gw_store_run(self->gateway->store, statement, NULL, NULL);
    g_hash_table_remove(self->plans, plan->id);
    sig_request_reply(request, NULL);
}

/* emergency.choices */

typedef struct {
    GwCases *cases;
    SigRequest *request;
    JsonArray *rows;
} Choices;

static void
add_person(const GwPerson *person, void *data)
{
    const Choices *choices = data;
    JsonObject *row = NULL;

    if (person->disabled || !reaches(choices->cases, choices->request, person->unit))
        return;
    row = gw_object_with_text("id", person->id);
    json_object_set_string_member(row, "name", person->display);
    json_object_set_object_member(row, "unit", gw_people_unit_to_json(choices->cases->gateway->people, person->unit));
    json_array_add_object_element(choices->rows, row);
}

static void
handle_choices(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    Choices choices = { self, request, json_array_new() };
    JsonObject *answer = json_object_new();

    (void)params;
    gw_people_foreach_person(self->gateway->people, GW_ACCESS_INSPECTOR, add_person, &choices);
    json_object_set_array_member(answer, "people", choices.rows);
    sig_request_reply_object(request, answer);
}

#define LIST(member, most)                                                                                             \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_ARRAY, .optional = true, .max = most                                          \
    }

static const SigMethod list_row = {
    .name = "emergency.plans",
    .access = GW_ACCESS_INSPECTOR,
    .summary = "Plans for emergencies of the asker's part of the tree.",
    .result = "{plans: [{id, name, unit, tiers, units, people, cameras, sentence?, by, changed_ms}]}",
    .handle = handle_list,
};

static const SigMethod choices_row = {
    .name = "emergency.choices",
    .access = GW_ACCESS_INSPECTOR,
    .summary = "Who can be called in.",
    .result = "{people: [{id, name, unit}]}",
    .handle = handle_choices,
};

static const SigMethod save_row = {
    .name = "emergency.save-plan",
    .access = GW_ACCESS_INSPECTOR,
    .params =
        (const SigParam[]){ { .name = "plan",
                              .type = SIG_TYPE_STRING,
                              .optional = true,
                              .min = 1,
                              .max = GW_CASES_MAX_ID,
                              .summary = "none: a new one" },
                            { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_NAME },
                            { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = GW_CASES_MAX_ID },
                            LIST("tiers", MAX_TIERS),
                            LIST("units", MAX_LIST),
                            LIST("people", MAX_LIST),
                            LIST("cameras", MAX_LIST),
                            { .name = "sentence", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_SENTENCE },
                            { NULL } },
    .summary = "Makes or changes a plan: tiers below its unit and units that ring, people who are called in, cameras "
               "(none: the "
               "nearest), what is said first.",
    .result = "{plan}",
    .handle = handle_save,
};

static const SigMethod delete_row = {
    .name = "emergency.delete-plan",
    .access = GW_ACCESS_INSPECTOR,
    .params =
        (const SigParam[]){ { .name = "plan", .type = SIG_TYPE_STRING, .min = 1, .max = GW_CASES_MAX_ID }, { NULL } },
    .summary = "Takes a plan off the list; rooms that were opened by it stay on record.",
    .result = "{}",
    .handle = handle_delete,
};

const SigMethod *const gw_plan_methods[] = { &list_row, &choices_row, &save_row, &delete_row, NULL };
