#define G_LOG_DOMAIN "gateway.session"

#include "gateway/sessions/session-priv.h"

/* A session in the store: its row and its events. */

void
gw_session_write(GwSession *self)
{
    const Gateway *gateway = gw_sessions_get_gateway(self->sessions);
    g_autofree char *card = NULL;
    GwStatement *statement = gw_statement_new(
        "INSERT INTO session (id, kind, slug, unit, class, state, card, made_ms, live_ms, ended_ms, peers)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (id) DO UPDATE SET"
        " class = excluded.class, state = excluded.state, card = excluded.card, live_ms = excluded.live_ms,"
        " ended_ms = excluded.ended_ms, peers = excluded.peers");

    if (self->card != NULL) {
        g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), self->card);
        card = json_to_string(node, FALSE);
    }
    gw_statement_text(statement, self->id);
    gw_statement_text(statement, self->kind);
    gw_statement_text(statement, self->slug);
    gw_statement_text(statement, self->unit);
    gw_statement_text(statement, gw_recording_class_to_string(self->recording_class));
    gw_statement_text(statement, gw_session_state_to_string(self->state));
    gw_statement_text(statement, card);
    gw_statement_int(statement, self->times.made_ms);
    gw_statement_int(statement, self->times.live_since_ms);
    gw_statement_int(statement, self->times.ended_ms);
    gw_statement_int(statement, self->n_peers_ever);
    gw_store_run(gateway->store, statement, NULL, NULL);
}

void
gw_session_write_peers(GwSession *self)
{
    GwStatement *statement = gw_statement_new("UPDATE session SET peers = ?1 WHERE id = ?2");

    gw_statement_int(statement, self->n_peers_ever);
    gw_statement_text(statement, self->id);
    gw_store_run(gw_sessions_get_gateway(self->sessions)->store, statement, NULL, NULL);
}

static char *
object_to_text(JsonObject *object)
{
    if (object == NULL)
        return NULL;
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);
    return json_to_string(node, FALSE);
}

void
gw_session_begin_journal(GwSession *self)
{
    RecJournal *journal = gw_sessions_get_journal(self->sessions);
    g_autoptr(JsonObject) detail = NULL;
    g_autofree char *text = NULL;

    if (self->recording.used)
        return;
    self->recording.used = true;
    detail = json_object_new();
    json_object_set_string_member(detail, "kind", self->kind);
    if (self->unit != NULL)
        json_object_set_string_member(detail, "unit", self->unit);
    if (self->card != NULL)
        json_object_set_object_member(detail, "card", json_object_ref(self->card));
    text = object_to_text(detail);
    rec_journal_add_event(journal, self->id, GW_EVENT_SESSION, text, gw_sessions_now_ms(self->sessions) * 1000);
}

/* In the recording an event says by whom; what is not recorded leaves nothing there. */
static void
journal_event(GwSession *self, const GwActor *actor, const char *type, JsonObject *detail)
{
    RecJournal *journal = gw_sessions_get_journal(self->sessions);
    g_autoptr(JsonObject) copy = json_object_new();
    g_autofree char *text = NULL;

    if (self->recording_class != GW_CLASS_RECORDED || journal == NULL || self->times.live_since_ms == 0 ||
        self->state >= GW_SESSION_ENDED)
        return;
    if (actor->display != NULL)
        json_object_set_string_member(copy, "by", actor->display);
    if (detail != NULL) {
        g_autoptr(GList) names = json_object_get_members(detail);
        for (GList *name = names; name != NULL; name = name->next)
            json_object_set_member(copy, name->data, json_object_dup_member(detail, name->data));
    }
    text = object_to_text(copy);
    gw_session_begin_journal(self);
    rec_journal_add_event(journal, self->id, type, text, gw_sessions_now_ms(self->sessions) * 1000);
}

void
gw_session_add_event(GwSession *self, const GwActor *actor, const char *type, JsonObject *detail)
{
    const Gateway *gateway = gw_sessions_get_gateway(self->sessions);
    g_autofree char *action = g_strdup_printf("%s.%s", self->kind, type);
    g_autofree char *text = object_to_text(detail);
    GwStatement *statement = gw_statement_new(
        "INSERT INTO session_event (session, at_ms, type, who, display, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    gw_statement_text(statement, self->id);
    gw_statement_int(statement, gw_sessions_now_ms(self->sessions));
    gw_statement_text(statement, type);
    gw_statement_text(statement, actor->audit);
    gw_statement_text(statement, actor->display);
    gw_statement_text(statement, text);
    gw_store_run(gateway->store, statement, NULL, NULL);

    journal_event(self, actor, type, detail);
    GwAuditEntry entry = {
        .who = actor->audit,
        .action = action,
        .object = self->object,
        .address = actor->address,
        .session = self->id,
    };
    gw_audit_add(gateway->audit, &entry, detail);
}

void
gw_sessions_read_events(GwSessions *self, const char *session, GwStoreDone done, void *user_data)
{
    GwStatement *statement =
        gw_statement_new("SELECT at_ms, type, display, detail FROM session_event WHERE session = ?1 ORDER BY id");

    gw_statement_text(statement, session);
    gw_store_run(gw_sessions_get_gateway(self)->store, statement, done, user_data);
}

JsonArray *
gw_session_events_to_json(const GwRows *rows, int64_t origin_ms)
{
    JsonArray *events = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *event = json_object_new();
        g_autoptr(JsonNode) detail = NULL;
        json_object_set_int_member(event, "at_ms", gw_rows_int(rows, i, 0) - origin_ms);
        json_object_set_string_member(event, "type", gw_rows_text(rows, i, 1));
        if (!gw_rows_is_null(rows, i, 2))
            json_object_set_string_member(event, "by", gw_rows_text(rows, i, 2));
        if (!gw_rows_is_null(rows, i, 3))
            detail = json_from_string(gw_rows_text(rows, i, 3), NULL);
        if (detail != NULL)
            json_object_set_member(event, "detail", g_steal_pointer(&detail));
        json_array_add_object_element(events, event);
    }
    return events;
}

void
gw_sessions_add_note(GwSessions *self, const GwNoteInput *note, const GwActor *actor, GwStoreDone done, void *user_data)
{
    GwStatement *statement = gw_statement_new(
        "INSERT INTO note (session, at_ms, who, display, text) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id");

    gw_statement_text(statement, note->session);
    gw_statement_int(statement, note->at_ms);
    gw_statement_text(statement, actor->audit);
    gw_statement_text(statement, actor->display != NULL ? actor->display : actor->audit);
    gw_statement_text(statement, note->text);
    gw_store_run(gw_sessions_get_gateway(self)->store, statement, done, user_data);
}
