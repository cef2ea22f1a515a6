#define G_LOG_DOMAIN "gateway.room"

#include "gateway/cases/room.h"
#include "signaling/json.h"

/* A room as it is written, and how it comes back after a restart. */

static JsonObject *
member_to_body(const GwMember *member)
{
    const GwCallee *base = &member->base;
    JsonObject *object = gw_object_with_text("unit", base->unit);

    gw_object_set_text(object, "terminal", base->terminal);
    json_object_set_string_member(object, "state", gw_member_state_to_string(member->state));
    json_object_set_int_member(object, "answered_ms", member->answered_ms);
    json_object_set_boolean_member(object, "seen", member->seen);
    json_object_set_boolean_member(object, "told", member->told);
    if (base->call != NULL)
        json_object_set_string_member(object, "call", gw_call_get_id(base->call));
    return object;
}

static char *
make_body(const GwRoom *self)
{
    JsonObject *body = json_object_new();
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), body);
    JsonArray *members = json_array_new();

    for (guint i = 0; i < self->base.callees->len; i++)
        json_array_add_object_element(members, member_to_body(self->base.callees->pdata[i]));
    json_object_set_array_member(body, "members", members);
    gw_object_set_text(body, "sentence", self->sentence);
    json_object_set_int_member(body, "action", self->action);
    json_object_set_int_member(body, "spot", self->base.spot != NULL ? self->base.spot->number : 0);
    if (self->cameras != NULL)
        json_object_set_array_member(body, "cameras", json_array_ref(self->cameras));
    if (self->people != NULL)
        json_object_set_array_member(body, "people", json_array_ref(self->people));
    json_object_unref(body);
    return sig_json_to_text(node);
}

void
gw_room_write(const GwRoom *self)
{
    const GwGatheringHead *head = &self->base.head;
    g_autofree char *body = make_body(self);
    GwStatement *statement = gw_statement_new(
        "INSERT INTO emergency_room (id, session, kind, name, unit, plan, case_id, who, display, opened_ms, ended_ms,"
        " members, answered, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
        " ON CONFLICT (id) DO UPDATE SET ended_ms = excluded.ended_ms, answered = excluded.answered,"
        " body = excluded.body");

    gw_statement_text(statement, head->id);
    gw_statement_text(statement, head->session);
    gw_statement_text(statement, head->kind);
    gw_statement_text(statement, head->name);
    gw_statement_text(statement, head->unit);
    gw_statement_text(statement, self->plan);
    gw_statement_text(statement, self->case_id);
    gw_statement_text(statement, head->audit);
    gw_statement_text(statement, head->display);
    gw_statement_int(statement, head->started_ms);
    gw_statement_int(statement, head->ended_ms);
    gw_statement_int(statement, self->base.callees->len);
    gw_statement_int(statement, gw_room_count_answered(self));
    gw_statement_text(statement, body);
    gw_store_run(self->cases->gateway->store, statement, NULL, NULL);
}

/* Back. What is read here was written above: a row that is not so is left as it is, and told. */

static const char *
get_text(JsonObject *object, const char *name)
{
    return json_object_get_string_member_with_default(object, name, NULL);
}

static bool
read_member(GwRoom *self, JsonObject *object)
{
    const char *unit = get_text(object, "unit"), *state = get_text(object, "state");
    GwMemberState found = GW_MEMBER_ABSENT;
    GwMember *member = NULL;

    if (unit == NULL || state == NULL || !gw_member_state_from_string(state, &found))
        return false;
    member = gw_room_add_member(self, unit, get_text(object, "terminal"));
    member->state = found;
    member->answered_ms = json_object_get_int_member_with_default(object, "answered_ms", 0);
    member->seen = json_object_get_boolean_member_with_default(object, "seen", FALSE);
    member->told = json_object_get_boolean_member_with_default(object, "told", FALSE);
    member->before = g_strdup(get_text(object, "call"));
    return true;
}

static JsonArray *
dup_list(JsonObject *body, const char *name)
{
    return json_object_has_member(body, name) ? json_array_ref(json_object_get_array_member(body, name)) : NULL;
}

static bool
read_body(GwRoom *self, const char *text)
{
    g_autoptr(JsonNode) node = json_from_string(text, NULL);
    JsonObject *body = node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    JsonArray *members =
        body != NULL && json_object_has_member(body, "members") ? json_object_get_array_member(body, "members") : NULL;

    for (guint i = 0; members != NULL && i < json_array_get_length(members); i++) {
        if (!read_member(self, json_array_get_object_element(members, i)))
            return false;
    }
    if (members == NULL)
        return false;
    self->sentence = g_strdup(get_text(body, "sentence"));
    self->action = (unsigned)json_object_get_int_member_with_default(body, "action", 0);
    GwMember *spot = gw_room_find_member(self, (unsigned)json_object_get_int_member_with_default(body, "spot", 0));
    self->base.spot = spot != NULL ? &spot->base : NULL;
    self->cameras = dup_list(body, "cameras");
    self->people = dup_list(body, "people");
    return true;
}

static void
load_one(GwCases *cases, const GwRows *rows, unsigned row)
{
    GwRoom *self = gw_room_new(cases, gw_rows_text(rows, row, 0));
    GwGatheringHead *head = &self->base.head;

    head->session = g_strdup(gw_rows_text(rows, row, 1));
    head->kind = g_strdup(gw_rows_text(rows, row, 2));
    head->name = g_strdup(gw_rows_text(rows, row, 3));
    head->unit = g_strdup(gw_rows_text(rows, row, 4));
    self->plan = g_strdup(gw_rows_text(rows, row, 5));
    self->case_id = g_strdup(gw_rows_text(rows, row, 6));
    head->audit = g_strdup(gw_rows_text(rows, row, 7));
    head->display = g_strdup(gw_rows_text(rows, row, 8));
    head->started_ms = gw_rows_int(rows, row, 9);
    if (!read_body(self, gw_rows_text(rows, row, 10))) {
        g_warning("room %s cannot be read: it stays as it is", head->id);
        gw_room_free(self);
        return;
    }
    if (!gw_room_bring_back(self, (unsigned)gw_rows_int(rows, row, 11)))
        g_warning("room %s cannot go on: its session is there already", gw_rows_text(rows, row, 0));
}

bool
gw_rooms_load(GwCases *cases, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        cases->gateway->store,
        gw_statement_new("SELECT emergency_room.id, session, emergency_room.kind, name, emergency_room.unit, plan,"
                         " case_id, who, display, opened_ms, body, coalesce(session.peers, 0) FROM emergency_room"
                         " LEFT JOIN session ON session.id = emergency_room.session"
                         " WHERE emergency_room.ended_ms = 0 AND body IS NOT NULL"),
        error);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++)
        load_one(cases, rows, i);
    return rows != NULL;
}
