#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/entry.h"

#include "gateway/archive/spans.h"

static const char *const state_names[] = {
    [GW_ENTRY_NONE] = "none",     [GW_ENTRY_RECORDING] = "recording", [GW_ENTRY_SEALING] = "sealing",
    [GW_ENTRY_SEALED] = "sealed", [GW_ENTRY_FAILED] = "failed",       [GW_ENTRY_DESTROYED] = "destroyed",
};

const char *
gw_entry_state_to_string(GwEntryState state)
{
    return state_names[state];
}

GwEntry *
gw_entry_new(const char *session)
{
    GwEntry *self = g_new0(GwEntry, 1);

    self->session = g_strdup(session);
    self->kind = g_strdup("visit");
    self->review = g_strdup("none");
    return self;
}

void
gw_entry_free(GwEntry *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->card, json_object_unref);
    g_free(self->session);
    g_free(self->unit);
    g_free(self->end_cause);
    g_free(self->kind);
    g_free(self->keep_class);
    g_free(self->review);
    g_free(self);
}

static GwEntryState
state_from_string(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(state_names); i++) {
        if (g_strcmp0(name, state_names[i]) == 0)
            return i;
    }
    return GW_ENTRY_FAILED;
}

GwEntry *
gw_entry_from_row_at(const GwRows *rows, unsigned row, unsigned at)
{
    GwEntry *self = gw_entry_new(gw_rows_text(rows, row, at));
    const char *card = gw_rows_text(rows, row, at + 4);
    g_autoptr(JsonNode) node = card != NULL ? json_from_string(card, NULL) : NULL;

    self->unit = g_strdup(gw_rows_text(rows, row, at + 1));
    self->recording_class = gw_recording_class_from_string(gw_rows_text(rows, row, at + 2));
    self->state = state_from_string(gw_rows_text(rows, row, at + 3));
    if (node != NULL && JSON_NODE_HOLDS_OBJECT(node))
        gw_entry_set_card(self, json_node_get_object(node));
    self->began_ms = gw_rows_int(rows, row, at + 5);
    self->duration_ms = gw_rows_int(rows, row, at + 6);
    self->end_cause = g_strdup(gw_rows_text(rows, row, at + 7));
    self->recovered = gw_rows_int(rows, row, at + 8) != 0;
    g_free(self->kind);
    self->kind = g_strdup(gw_rows_text(rows, row, at + 9));
    self->missing_ms = gw_rows_int(rows, row, at + 10);
    self->bytes = gw_rows_int(rows, row, at + 11);
    self->keep_class = g_strdup(gw_rows_text(rows, row, at + 12));
    self->until_ms = gw_rows_int(rows, row, at + 13);
    self->held = gw_rows_int(rows, row, at + 14) != 0;
    g_free(self->review);
    self->review = g_strdup(gw_rows_text(rows, row, at + 15));
    return self;
}

GwEntry *
gw_entry_from_row(const GwRows *rows, unsigned row)
{
    return gw_entry_from_row_at(rows, row, 0);
}

/* All words of a card in one text: what archive.list searches. */
static void
add_words(JsonNode *node, GString *words)
{
    if (JSON_NODE_HOLDS_OBJECT(node)) {
        g_autoptr(GList) values = json_object_get_values(json_node_get_object(node));
        for (GList *item = values; item != NULL; item = item->next)
            add_words(item->data, words);
    } else if (JSON_NODE_HOLDS_ARRAY(node)) {
        g_autoptr(GList) values = json_array_get_elements(json_node_get_array(node));
        for (GList *item = values; item != NULL; item = item->next)
            add_words(item->data, words);
    } else if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_string(node) != NULL) {
        g_string_append_printf(words, " %s", json_node_get_string(node));
    }
}

GwStatement *
gw_entry_to_statement(const GwEntry *self)
{
    g_autoptr(GString) words = g_string_new(self->session);
    g_autoptr(JsonNode) node = NULL;
    g_autofree char *card = NULL;
    GwStatement *statement = gw_statement_new(
        "INSERT INTO recording (session, unit, class, state, card, search, began_ms, duration_ms, end_cause, recovered,"
        " kind, missing_ms, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
        " ON CONFLICT (session) DO UPDATE SET unit = excluded.unit,"
        " class = excluded.class, state = excluded.state, card = excluded.card, search = excluded.search,"
        " began_ms = excluded.began_ms, duration_ms = excluded.duration_ms, end_cause = excluded.end_cause,"
        " recovered = excluded.recovered, kind = excluded.kind, missing_ms = excluded.missing_ms,"
        " bytes = excluded.bytes");

    if (self->card != NULL) {
        node = json_node_init_object(json_node_alloc(), self->card);
        card = json_to_string(node, FALSE);
        add_words(node, words);
    }
    gw_statement_text(statement, self->session);
    gw_statement_text(statement, self->unit);
    gw_statement_text(statement, gw_recording_class_to_string(self->recording_class));
    gw_statement_text(statement, state_names[self->state]);
    gw_statement_text(statement, card);
    gw_statement_text(statement, words->str);
    gw_statement_int(statement, self->began_ms);
    gw_statement_int(statement, self->duration_ms);
    gw_statement_text(statement, self->end_cause);
    gw_statement_int(statement, self->recovered);
    gw_statement_text(statement, self->kind);
    gw_statement_int(statement, self->missing_ms);
    gw_statement_int(statement, self->bytes);
    return statement;
}

static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}

static void
add_person(const GwEntry *self, const char *role, JsonNode *node, GPtrArray *statements)
{
    JsonObject *person = node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    const char *name = person != NULL ? get_text(person, "name") : NULL;
    const char *refs[] = { person != NULL ? get_text(person, "id") : NULL,
                           person != NULL ? get_text(person, "number") : NULL };

    if (name == NULL)
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(refs); i++) {
        if (refs[i] == NULL && i > 0)
            continue;
        GwStatement *statement = gw_statement_new(
            "INSERT OR IGNORE INTO recording_person (session, role, name, ref) VALUES (?1, ?2, ?3, ?4)");
        gw_statement_text(statement, self->session);
        gw_statement_text(statement, role);
        gw_statement_text(statement, name);
        gw_statement_text(statement, refs[i] != NULL ? refs[i] : "");
        g_ptr_array_add(statements, statement);
    }
}

void
gw_entry_add_person_statements(const GwEntry *self, GPtrArray *statements)
{
    JsonNode *visitors = self->card != NULL ? json_object_get_member(self->card, "visitors") : NULL;

    if (self->card != NULL)
        add_person(self, "subject", json_object_get_member(self->card, "subject"), statements);
    if (visitors != NULL && JSON_NODE_HOLDS_ARRAY(visitors)) {
        g_autoptr(GList) list = json_array_get_elements(json_node_get_array(visitors));
        for (GList *item = list; item != NULL; item = item->next)
            add_person(self, "visitor", item->data, statements);
    }
    GwStatement *officers = gw_statement_new(
        "INSERT OR IGNORE INTO recording_person (session, role, name, ref) SELECT DISTINCT session, 'officer',"
        " coalesce(display, who), substr(who, 8) FROM session_event WHERE session = ?1 AND who LIKE 'person:%'");
    gw_statement_text(officers, self->session);
    g_ptr_array_add(statements, officers);
}

void
gw_entry_set_card(GwEntry *self, JsonObject *card)
{
    g_clear_pointer(&self->card, json_object_unref);
    self->card = card != NULL ? json_object_ref(card) : NULL;
}

/* What somebody muted, paused or left is not missing. */
static bool
is_loss(const RecGap *gap)
{
    return g_strcmp0(gap->cause, "muted") != 0 && g_strcmp0(gap->cause, "paused") != 0 &&
           g_strcmp0(gap->cause, "left") != 0;
}

/* Each moment once, whatever lacked in it. */
static int64_t
count_losses_us(const GArray *gaps)
{
    g_autoptr(GArray) losses = gw_spans_new();

    for (guint i = 0; gaps != NULL && i < gaps->len; i++) {
        const RecGap *gap = &g_array_index(gaps, RecGap, i);
        if (is_loss(gap))
            gw_spans_add(losses, gap->from_us, gap->to_us);
    }
    return gw_spans_get_length(losses);
}

/* Of the party that has lost most, by what the sealer found; in recordings of before: of the file that has. */
static int64_t
count_missing_ms(const RecRecording *recording)
{
    int64_t most_us = 0;

    for (guint i = 0; i < recording->parties->len; i++)
        most_us = MAX(most_us, count_losses_us(((const RecParty *)recording->parties->pdata[i])->gaps));
    for (guint i = 0; recording->parties->len == 0 && i < recording->files->len; i++)
        most_us = MAX(most_us, count_losses_us(((const RecFile *)recording->files->pdata[i])->gaps));
    return most_us / 1000;
}

/* The event that begins a recording says of whom it is; the last one why it ended. */
static void
take_event(GwEntry *self, const RecEvent *event)
{
    g_autoptr(JsonNode) node = event->detail != NULL ? json_from_string(event->detail, NULL) : NULL;
    JsonObject *detail = node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;

    if (detail == NULL)
        return;
    if (g_str_equal(event->type, "end") && self->end_cause == NULL)
        self->end_cause = g_strdup(get_text(detail, "cause"));
    if (!g_str_equal(event->type, GW_EVENT_SESSION) || self->described)
        return;
    JsonNode *card = json_object_get_member(detail, "card");
    self->described = true;
    if (card != NULL && JSON_NODE_HOLDS_OBJECT(card) && self->card == NULL)
        gw_entry_set_card(self, json_node_get_object(card));
    if (self->unit == NULL)
        self->unit = g_strdup(get_text(detail, "unit"));
    if (get_text(detail, "kind") != NULL) {
        g_free(self->kind);
        self->kind = g_strdup(get_text(detail, "kind"));
    }
}

void
gw_entry_set_recording(GwEntry *self, const RecRecording *recording)
{
    self->state = GW_ENTRY_SEALED;
    self->recording_class = GW_CLASS_RECORDED;
    self->began_ms = recording->began_us / 1000;
    self->duration_ms = recording->duration_us / 1000;
    self->recovered = recording->recovered;
    self->missing_ms = count_missing_ms(recording);
    for (guint i = 0; i < recording->events->len; i++)
        take_event(self, recording->events->pdata[i]);
    self->bytes = 0;
    for (guint i = 0; i < recording->files->len; i++)
        self->bytes += (int64_t)((const RecFile *)recording->files->pdata[i])->bytes;
}

JsonObject *
gw_entry_to_json(const GwEntry *self)
{
    static const char *const of_card[] = { "visit", "subject", "visitors", "unit", "terminal" };
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "session", self->session);
    for (unsigned i = 0; self->card != NULL && i < G_N_ELEMENTS(of_card); i++) {
        JsonNode *node = json_object_get_member(self->card, of_card[i]);
        if (node != NULL)
            json_object_set_member(object, of_card[i], json_node_copy(node));
    }
    json_object_set_int_member(object, "began_ms", self->began_ms);
    json_object_set_int_member(object, "duration_ms", self->duration_ms);
    if (self->end_cause != NULL)
        json_object_set_string_member(object, "end_cause", self->end_cause);
    json_object_set_string_member(object, "recording_class", gw_recording_class_to_string(self->recording_class));
    json_object_set_string_member(object, "state", state_names[self->state]);
    if (self->state == GW_ENTRY_SEALING)
        json_object_set_double_member(object, "progress", self->progress);
    json_object_set_boolean_member(object, "recovered", self->recovered);
    json_object_set_string_member(object, "kind", self->kind);
    json_object_set_int_member(object, "bytes", self->bytes);
    json_object_set_int_member(object, "missing_ms", self->missing_ms);
    json_object_set_boolean_member(object, "held", self->held);
    json_object_set_string_member(object, "review", self->review);
    if (self->until_ms != 0) {
        JsonObject *retention = json_object_new();
        json_object_set_string_member(retention, "class", self->keep_class != NULL ? self->keep_class : "");
        json_object_set_int_member(retention, "until_ms", self->until_ms);
        json_object_set_object_member(object, "retention", retention);
    }
    return object;
}

static JsonArray *
gaps_to_json(const RecFile *file)
{
    JsonArray *gaps = json_array_new();

    for (guint i = 0; file->gaps != NULL && i < file->gaps->len; i++) {
        const RecGap *gap = &g_array_index(file->gaps, RecGap, i);
        JsonObject *row = json_object_new();
        json_object_set_int_member(row, "from_ms", gap->from_us / 1000);
        json_object_set_int_member(row, "to_ms", gap->to_us / 1000);
        json_object_set_string_member(row, "cause", gap->cause != NULL ? gap->cause : "network");
        json_array_add_object_element(gaps, row);
    }
    return gaps;
}

JsonObject *
gw_entry_file_to_json(const char *session, const RecFile *file)
{
    g_autofree char *url = g_strdup_printf("/api/v1/archive/%s/%s", session, file->file);
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "track", file->track);
    json_object_set_string_member(object, "party", file->party);
    json_object_set_string_member(object, "kind", media_kind_to_string(file->kind));
    json_object_set_string_member(object, "codec", media_codec_get_name(file->codec));
    json_object_set_string_member(object, "url", url);
    json_object_set_string_member(object, "content_type", file->content_type);
    json_object_set_int_member(object, "start_ms", file->start_us / 1000);
    json_object_set_int_member(object, "duration_ms", file->duration_us / 1000);
    if (file->width != 0) {
        json_object_set_int_member(object, "width", file->width);
        json_object_set_int_member(object, "height", file->height);
    }
    json_object_set_int_member(object, "bytes", (int64_t)file->bytes);
    json_object_set_array_member(object, "gaps", gaps_to_json(file));
    return object;
}
