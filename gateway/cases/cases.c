#define G_LOG_DOMAIN "gateway.cases"

#include "gateway/cases/cases.h"

#include "gateway/cases/cases-priv.h"
#include "gateway/cases/drop.h"

enum { TICK_S = 1 };

int64_t
gw_cases_now_ms(const GwCases *self)
{
    return self->now != NULL ? self->now(self->clock_data) : g_get_real_time() / 1000;
}

/* The registry. */

static char *
make_key(const char *platform, const char *person)
{
    return g_strconcat(platform, " ", person, NULL);
}

void
gw_cases_adopt(GwCases *self, GwCase *one)
{
    g_hash_table_replace(self->by_id, one->id, one);
    if (gw_case_is_open(one))
        g_hash_table_replace(self->open, make_key(one->platform, one->person), one);
}

GwCase *
gw_cases_find_open(GwCases *self, const char *platform, const char *person)
{
    g_autofree char *key = make_key(platform, person);

    return g_hash_table_lookup(self->open, key);
}

GwCase *
gw_cases_find_for(GwCases *self, const GwIdentity *identity, const char *id, GError **error)
{
    GwCase *one = g_hash_table_lookup(self->by_id, id);

    if (one != NULL && gw_people_reaches(self->gateway->people, identity, GW_CASES_SEES, one->unit))
        return one;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such case.");
    return NULL;
}

/* Telling. */

typedef struct {
    GwCases *cases;
    const char *unit, *event;
    JsonObject *params;
} Telling;

static void
tell_client(SigClient *client, const GwIdentity *identity, void *user_data)
{
    const Telling *telling = user_data;

    if (identity->seat == GW_SEAT_CONSOLE &&
        gw_people_reaches(telling->cases->gateway->people, identity, GW_CASES_SEES, telling->unit))
        sig_client_notify(client, telling->event, json_object_ref(telling->params));
}

void
gw_cases_tell_all(GwCases *self, const char *unit, const char *event, JsonObject *params)
{
    Telling telling = { self, unit, event, params };

    gw_people_foreach_client(self->gateway->people, tell_client, &telling);
    json_object_unref(params);
}

void
gw_cases_tell(GwCases *self, const GwCase *one)
{
    JsonObject *params = json_object_new();

    json_object_set_object_member(params, "case", gw_case_to_json(self, one));
    gw_cases_tell_all(self, one->unit, "case.changed", params);
}

void
gw_cases_note(GwCases *self, const GwActor *actor, const char *action, const char *object, JsonObject *detail)
{
    const GwAuditEntry entry = {
        .who = actor->audit,
        .action = action,
        .object = object,
        .address = actor->address,
    };

    gw_audit_add(self->gateway->audit, &entry, detail);
}

GwActor
gw_cases_actor_of(SigRequest *request)
{
    return gw_actor_of_client(sig_request_get_client(request));
}

static void
note_case(GwCases *self, const GwCase *one, const GwActor *actor, const char *action, JsonObject *detail)
{
    g_autofree char *object = g_strconcat("case:", one->id, NULL);

    json_object_set_string_member(detail, "unit", one->unit);
    json_object_set_string_member(detail, "person", one->person);
    gw_cases_note(self, actor, action, object, detail);
}

/* What people do. */

static bool
check_open(const GwCase *one, GError **error)
{
    if (gw_case_is_open(one))
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "This case is closed: %s closed it.", one->display);
    return false;
}

static void
write_action(GwCases *self, const GwCase *one, const GwCaseAction *action)
{
    gw_store_run(self->gateway->store, gw_case_action_to_statement(one, action), NULL, NULL);
}

static void
set_who(GwCaseAction *action, const GwActor *actor)
{
    g_free(action->who);
    g_free(action->display);
    action->who = g_strdup(actor->audit);
    action->display = g_strdup(actor->display != NULL ? actor->display : "");
}

GwCaseAction *
gw_cases_act(GwCases *self, GwCase *one, const GwCaseActionInput *input, const GwActor *actor, GError **error)
{
    GwCaseAction *action = NULL;
    JsonObject *detail = NULL;

    if (!check_open(one, error))
        return NULL;
    if (one->actions->len >= GW_CASES_MAX_ACTIONS) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "A case has at most %d actions: close it.",
                    GW_CASES_MAX_ACTIONS);
        return NULL;
    }
    action = g_new0(GwCaseAction, 1);
    action->n = one->actions->len + 1;
    action->action = g_strdup(input->action);
    action->result = g_strdup(input->result);
    action->session = g_strdup(input->session);
    action->request = g_strdup(input->request);
    action->note = g_strdup(input->note);
    action->began_ms = input->began_ms != 0 ? input->began_ms : gw_cases_now_ms(self);
    if (input->result != NULL)
        action->ended_ms = input->ended_ms != 0 ? input->ended_ms : gw_cases_now_ms(self);
    set_who(action, actor);
    g_ptr_array_add(one->actions, action);
    write_action(self, one, action);
    detail = gw_object_with_text("action", action->action);
    json_object_set_int_member(detail, "n", action->n);
    gw_object_set_text(detail, "result", action->result);
    gw_object_set_text(detail, "session", action->session);
    note_case(self, one, actor, "case.act", detail);
    gw_cases_tell(self, one);
    return action;
}

static void
replace_text(char **place, const char *value)
{
    g_free(*place);
    *place = g_strdup(value);
}

bool
gw_cases_set_result(GwCases *self, GwCase *one, GwCaseAction *action, const GwCaseActionInput *outcome,
                    const GwActor *actor, GError **error)
{
    JsonObject *detail = NULL;

    if (!check_open(one, error))
        return false;
    if (action->result != NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "This action has its result: %s, by %s.", action->result,
                    action->display);
        return false;
    }
    action->result = g_strdup(outcome->result);
    if (action->ended_ms == 0)
        action->ended_ms = gw_cases_now_ms(self);
    if (outcome->note != NULL)
        replace_text(&action->note, outcome->note);
    if (outcome->session != NULL)
        replace_text(&action->session, outcome->session);
    set_who(action, actor);
    write_action(self, one, action);
    detail = gw_object_with_text("action", action->action);
    json_object_set_int_member(detail, "n", action->n);
    json_object_set_string_member(detail, "result", action->result);
    note_case(self, one, actor, "case.result", detail);
    gw_cases_tell(self, one);
    return true;
}

static bool
check_decided(const GwCase *one, unsigned decided, GError **error)
{
    if (gw_case_find_action(one, decided) == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE,
                            "A case is closed by an action that has its result: call, photograph, look, then close.");
        return false;
    }
    for (guint i = 0; i < one->actions->len; i++) {
        const GwCaseAction *action = one->actions->pdata[i];
        if (action->result != NULL)
            continue;
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE,
                    "Action %u (%s) has no result yet: say what came of it, then close.", action->n, action->action);
        return false;
    }
    return true;
}

bool
gw_cases_close(GwCases *self, GwCase *one, unsigned decided, const char *note, const GwActor *actor, GError **error)
{
    const GwCaseAction *action = gw_case_find_action(one, decided);
    g_autofree char *key = make_key(one->platform, one->person);
    JsonObject *detail = NULL;

    if (!check_open(one, error) || !check_decided(one, decided, error))
        return false;
    one->closed_ms = gw_cases_now_ms(self);
    one->decided = decided;
    replace_text(&one->who, actor->audit);
    replace_text(&one->display, actor->display);
    replace_text(&one->note, note);
    g_hash_table_remove(self->open, key);
    gw_store_run(self->gateway->store, gw_case_to_statement(one), NULL, NULL);
    detail = gw_object_with_text("action", action->action);
    json_object_set_string_member(detail, "result", action->result);
    note_case(self, one, actor, "case.close", detail);
    gw_callbacks_add(self, one);
    gw_cases_tell(self, one);
    return true;
}

bool
gw_cases_assign(GwCases *self, GwCase *one, const char *unit, const GwActor *actor, GError **error)
{
    const GwUnit *found = gw_people_get_unit(self->gateway->people, unit);
    g_autofree char *before = g_strdup(one->unit);
    JsonObject *detail = NULL;

    if (!check_open(one, error))
        return false;
    if (found == NULL || found->closed_ms != 0) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such unit.");
        return false;
    }
    detail = gw_object_with_text("from", before);
    replace_text(&one->unit, found->id);
    one->unit_known = true;
    gw_store_run(self->gateway->store, gw_case_to_statement(one), NULL, NULL);
    note_case(self, one, actor, "case.assign", detail);
    gw_cases_tell(self, one);
    return true;
}

/* Time, and building. */

void
gw_cases_tick(GwCases *self)
{
    gw_callbacks_tick(self);
    gw_drops_tick(self->drops);
}

static gboolean
on_tick(void *data)
{
    gw_cases_tick(data);
    return G_SOURCE_CONTINUE;
}

static void
add_rows(GwCases *self)
{
    SigServer *server = self->gateway->server;

    sig_server_add_methods(server, gw_case_methods, self);
    sig_server_add_methods(server, gw_platform_methods, self);
    sig_server_add_methods(server, gw_delivery_methods, self);
    sig_server_add_methods(server, gw_map_methods, self);
    sig_server_add_methods(server, gw_plan_methods, self);
    sig_server_add_methods(server, gw_room_methods, self);
    sig_server_add_events(server, gw_case_events);
    sig_server_add_routes(server, gw_alarm_routes, self);
    sig_server_add_routes(server, gw_map_routes, self);
}

static bool
on_bearer(const char *secret, GwPlatformSeat *ret_seat, void *user_data)
{
    GwPlatform *platform = gw_platforms_find_by_secret(user_data, secret);

    if (platform == NULL)
        return false;
    gw_platforms_hear(user_data, platform);
    *ret_seat = (GwPlatformSeat){ platform->id, platform->name, platform->unit, platform->may };
    return true;
}

GwCases *
gw_cases_new(const Gateway *gateway, const GwCasesNeeds *needs, GError **error)
{
    g_autoptr(GwCases) self = g_new0(GwCases, 1);

    self->gateway = gateway;
    self->needs = *needs;
    self->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, gw_case_free);
    self->open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->platforms = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, gw_platform_free);
    self->places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->callbacks = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, gw_callback_free);
    self->plans = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, gw_plan_free);
    gw_gatherings_init(&self->rooms, &gw_room_kind, gateway, needs->sessions, needs->calls);
    self->gone = g_cancellable_new();
    if (!gw_platforms_load(self, error) || !gw_cases_load(self, error) || !gw_callbacks_load(self, error) ||
        !gw_places_load(self, error) || !gw_plans_load(self, error))
        return NULL;
    self->drops = gw_drops_new(self, error);
    if (self->drops == NULL)
        return NULL;
    gw_people_set_platform_lookup(gateway->people, on_bearer, self);
    if (needs->sessions != NULL) {
        if (!gw_rooms_load(self, error))
            return NULL;
        gw_gatherings_open(&self->rooms);
    }
    if (gateway->server != NULL) {
        add_rows(self);
        self->tick_source = g_timeout_add_seconds(TICK_S, on_tick, self);
    }
    return g_steal_pointer(&self);
}

void
gw_cases_free(GwCases *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel(self->gone);
    g_clear_handle_id(&self->tick_source, g_source_remove);
    gw_drops_free(self->drops);
    gw_gatherings_clear(&self->rooms);
    g_hash_table_unref(self->plans);
    g_hash_table_unref(self->callbacks);
    g_hash_table_unref(self->places);
    g_hash_table_unref(self->open);
    g_hash_table_unref(self->by_id);
    g_hash_table_unref(self->platforms);
    g_object_unref(self->gone);
    g_free(self);
}

void
gw_cases_add_commands(GwCases *self, GwAdmin *admin)
{
    gw_admin_add_commands(admin, gw_platform_commands, self);
    gw_admin_add_commands(admin, gw_place_commands, self);
    gw_admin_add_commands(admin, gw_alarm_commands, self);
}
