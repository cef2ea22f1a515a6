#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/draw.h"
#include "gateway/closed-text.h"
#include "gateway/spotchecks/spotchecks-priv.h"

static const char KEY_NAME[] = "spotchecks"; /* in the keyring, as if it were a session's */

bool
gw_spotcheck_is_closed(const GwSpotcheck *self)
{
    return self->opens_ms != 0 && self->opened_ms == 0;
}

GwSpotcheck *
gw_spotcheck_from_row(const GwRows *rows, unsigned row)
{
    GwSpotcheck *self = g_new0(GwSpotcheck, 1);
    char **const texts[] = { &self->id,        &self->from_unit, &self->who,  &self->display, &self->state,
                             &self->published, &self->head,      &self->seed, &self->reason };
    int64_t *const times[] = { &self->made_ms, &self->opens_ms, &self->opened_ms, &self->drawn_ms };
    unsigned *const numbers[] = { &self->n_drawn, &self->n_done, &self->n_skipped };
    unsigned column = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(gw_rows_text(rows, row, column++));
    for (unsigned i = 0; i < G_N_ELEMENTS(times); i++)
        *times[i] = gw_rows_int(rows, row, column++);
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
        *numbers[i] = (unsigned)gw_rows_int(rows, row, column++);
    if (!gw_spotcheck_is_closed(self)) {
        g_autoptr(JsonNode) node = json_from_string(self->head, NULL);
        if (node != NULL && JSON_NODE_HOLDS_OBJECT(node))
            self->plan = json_node_dup_object(node);
    }
    return self;
}

void
gw_spotcheck_free(void *spotcheck)
{
    GwSpotcheck *self = spotcheck;
    char *const texts[] = { self->id,        self->from_unit, self->who,   self->display, self->state,
                            self->published, self->head,      self->items, self->seed,    self->reason };

    if (self == NULL)
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_clear_pointer(&self->plan, json_object_unref);
    g_free(self);
}

char *
gw_spotcheck_open_text(const GwSpotchecks *self, const char *id, const char *which, const char *closed, GError **error)
{
    g_autofree char *whose = g_strconcat(id, ":", which, NULL);

    return gw_closed_text_open(self->gateway->keyring, (GwClosedFor){ KEY_NAME, whose }, closed, error);
}

char *
gw_spotcheck_close_text(const GwSpotchecks *self, const char *id, const char *which, const char *text, GError **error)
{
    g_autofree char *whose = g_strconcat(id, ":", which, NULL);

    return gw_closed_text_new(self->gateway->keyring, (GwClosedFor){ KEY_NAME, whose }, text, error);
}

GArray *
gw_spotcheck_get_entries(JsonArray *items)
{
    GArray *entries = gw_draw_entries_new();

    for (unsigned i = 0; i < json_array_get_length(items); i++) {
        JsonObject *item = json_array_get_object_element(items, i);
        gw_draw_entries_add(entries, json_object_get_string_member(item, "id"),
                            (unsigned)json_object_get_int_member(item, "weight"));
    }
    return entries;
}

/* As JSON: nothing but that it is there, while it is closed. */

static void
add_plan(const GwSpotchecks *self, JsonObject *object, JsonObject *plan)
{
    static const char *const names[] = { "name", "kind", "weighting", "n", "listed", "list_sha256" };
    JsonObject *unit = gw_people_unit_to_json(self->gateway->people, json_object_get_string_member(plan, "unit"));

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        json_object_set_member(object, names[i], json_object_dup_member(plan, names[i]));
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
}

static void
set_time(JsonObject *object, const char *name, int64_t ms)
{
    if (ms != 0)
        json_object_set_int_member(object, name, ms);
}

JsonObject *
gw_spotcheck_to_json(const GwSpotchecks *self, const GwIdentity *identity, const GwSpotcheck *spotcheck)
{
    JsonObject *object = gw_object_with_text("id", spotcheck->id);
    JsonObject *from = gw_people_unit_to_json(self->gateway->people, spotcheck->from_unit);

    if (from != NULL)
        json_object_set_object_member(object, "from", from);
    json_object_set_string_member(object, "by", spotcheck->display);
    json_object_set_boolean_member(object, "mine", g_strcmp0(identity->audit, spotcheck->who) == 0);
    json_object_set_string_member(object, "state", spotcheck->state);
    json_object_set_string_member(object, "published", spotcheck->published);
    json_object_set_int_member(object, "made_ms", spotcheck->made_ms);
    set_time(object, "opens_ms", spotcheck->opens_ms);
    set_time(object, "opened_ms", spotcheck->opened_ms);
    set_time(object, "drawn_ms", spotcheck->drawn_ms);
    gw_object_set_text(object, "reason", spotcheck->reason);
    if (spotcheck->plan != NULL)
        add_plan(self, object, spotcheck->plan);
    if (spotcheck->drawn_ms != 0) {
        json_object_set_string_member(object, "seed", spotcheck->seed);
        json_object_set_int_member(object, "drawn", spotcheck->n_drawn);
        json_object_set_int_member(object, "done", spotcheck->n_done);
        json_object_set_int_member(object, "skipped", spotcheck->n_skipped);
    }
    return object;
}

typedef struct {
    const GwSpotchecks *spotchecks;
    const GwSpotcheck *spotcheck;
} Telling;

static void
tell_client(SigClient *client, const GwIdentity *identity, void *user_data)
{
    const Telling *telling = user_data;
    JsonObject *params = NULL;

    if (!gw_people_reaches(telling->spotchecks->gateway->people, identity, GW_ACCESS_INSPECTOR,
                           telling->spotcheck->from_unit))
        return;
    params = json_object_new();
    json_object_set_object_member(params, "spotcheck",
                                  gw_spotcheck_to_json(telling->spotchecks, identity, telling->spotcheck));
    sig_client_notify(client, "spotcheck.changed", params);
}

void
gw_spotcheck_tell(const GwSpotchecks *self, const GwSpotcheck *spotcheck)
{
    Telling telling = { self, spotcheck };

    gw_people_foreach_client(self->gateway->people, tell_client, &telling);
}

/* One of them. */

static void
on_found(GwQuestion *question, const GwRows *rows)
{
    GwSpotcheck *spotcheck = gw_rows_get_count(rows) > 0 ? gw_spotcheck_from_row(rows, 0) : NULL;

    if (spotcheck != NULL)
        spotcheck->items = g_strdup(gw_rows_text(rows, 0, 16));
    gw_question_set_data(question, spotcheck, gw_spotcheck_free);
    if (spotcheck == NULL || !gw_question_reaches(question, GW_ACCESS_INSPECTOR, spotcheck->from_unit)) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such spot check.");
        return;
    }
    gw_question_set_object(question, "spot-check", spotcheck->id);
    question->next(question);
}

void
gw_spotcheck_find_id(GwQuestion *question, const char *id, GwQuestionStep next)
{
    GwStatement *statement = gw_statement_new("SELECT " GW_SPOTCHECK_COLUMNS ", items FROM spotcheck WHERE id = ?1");

    question->next = next;
    gw_statement_text(statement, id);
    gw_question_query(question, statement, on_found);
}

void
gw_spotcheck_find(GwQuestion *question, GwQuestionStep next)
{
    gw_spotcheck_find_id(question, gw_question_get(question, "spotcheck"), next);
}

/* With its list, and what came of those who were drawn. */

static void
add_outcome(JsonObject *item, const GwRows *rows, unsigned row)
{
    json_object_set_int_member(item, "rank", gw_rows_int(rows, row, 1));
    if (gw_rows_is_null(rows, row, 2))
        return;
    gw_object_set_row_text(item, "outcome", rows, row, 2);
    gw_object_set_row_text(item, "text", rows, row, 3);
    gw_object_set_row_text(item, "photo", rows, row, 4);
    gw_object_set_row_text(item, "by", rows, row, 5);
    gw_object_set_row_int(item, "at_ms", rows, row, 6);
}

static void
on_items(GwQuestion *question, const GwRows *rows)
{
    const GwSpotchecks *self = question->row.subject;
    const GwSpotcheck *spotcheck = question->data;
    g_autoptr(JsonNode) node = json_from_string(spotcheck->items, NULL);
    JsonArray *items = node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_dup_array(node) : json_array_new();
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < json_array_get_length(items); i++) {
        JsonObject *item = json_array_get_object_element(items, i);
        g_hash_table_insert(by_id, (char *)json_object_get_string_member(item, "id"), item);
    }
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *item = g_hash_table_lookup(by_id, gw_rows_text(rows, i, 0));
        if (item != NULL)
            add_outcome(item, rows, i);
    }
    json_object_set_object_member(question->result, "spotcheck",
                                  gw_spotcheck_to_json(self, &question->identity, spotcheck));
    json_object_set_array_member(question->result, "items", items);
    gw_question_reply(question);
}

static void
show(GwQuestion *question)
{
    const GwSpotchecks *self = question->row.subject;
    const GwSpotcheck *spotcheck = question->data;
    GwStatement *statement = NULL;

    if (gw_spotcheck_is_closed(spotcheck)) {
        json_object_set_object_member(question->result, "spotcheck",
                                      gw_spotcheck_to_json(self, &question->identity, spotcheck));
        gw_question_reply(question);
        return;
    }
    statement = gw_statement_new("SELECT item, rank, outcome, text, photo, display, at_ms FROM spotcheck_item WHERE"
                                 " spotcheck = ?1 ORDER BY rank");
    gw_statement_text(statement, spotcheck->id);
    gw_question_query(question, statement, on_items);
}

static void
tell_and_show(GwQuestion *question)
{
    gw_spotcheck_tell(question->row.subject, question->data);
    show(question);
}

void
gw_spotcheck_answer(GwQuestion *question)
{
    const char *colon = strchr(question->object, ':');
    g_autofree char *id = g_strdup(colon + 1);

    gw_spotcheck_find_id(question, id, tell_and_show);
}

static void
get(GwQuestion *question)
{
    gw_spotcheck_find(question, show);
}

static void
on_list(GwQuestion *question, const GwRows *rows)
{
    const GwSpotchecks *self = question->row.subject;
    JsonArray *list = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows) && json_array_get_length(list) < GW_SPOTCHECKS_MAX_ROWS; i++) {
        GwSpotcheck *spotcheck = gw_spotcheck_from_row(rows, i);
        if (gw_question_reaches(question, GW_ACCESS_INSPECTOR, spotcheck->from_unit))
            json_array_add_object_element(list, gw_spotcheck_to_json(self, &question->identity, spotcheck));
        gw_spotcheck_free(spotcheck);
    }
    json_object_set_array_member(question->result, "spotchecks", list);
    gw_question_reply(question);
}

static void
list(GwQuestion *question)
{
    GwStatement *statement =
        gw_statement_new("SELECT " GW_SPOTCHECK_COLUMNS " FROM spotcheck ORDER BY row DESC LIMIT ?1");

    gw_statement_int(statement, GW_SPOTCHECKS_MAX_ROWS * 10); /* the index knows no rights */
    gw_question_query(question, statement, on_list);
}

const GwQuestionMethod gw_spotcheck_methods[] = {
    { { .name = "spotchecks.list",
        .access = GW_ACCESS_INSPECTOR,
        .summary = "Spot checks of units that the asker inspects, newest first.",
        .result = "{spotchecks}",
        .handle = gw_question_on_request },
      list },
    { { .name = "spotchecks.get",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_SPOTCHECK_PARAM("spotcheck"), { NULL } },
        .summary =
            "One spot check with its frozen list, who was drawn, and what came of it; of a sealed one only that it is"
            " there.",
        .result = "{spotcheck, items?}",
        .handle = gw_question_on_request },
      get },
    { { NULL }, NULL },
};
