#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/draw.h"
#include "gateway/spotchecks/spotchecks-priv.h"

/* The draw reveals the seed: whoever asks, and whoever asks twice, gets the same ones. data: the GwSpotcheck, its seed open. */

static JsonArray *
read_items(const GwSpotcheck *spotcheck)
{
    g_autoptr(JsonNode) node = json_from_string(spotcheck->items, NULL);

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_dup_array(node) : json_array_new();
}

static bool
check_state(GwQuestion *question, const char *wanted)
{
    const GwSpotcheck *spotcheck = question->data;

    if (strcmp(spotcheck->state, wanted) == 0)
        return true;
    gw_question_fail(question, SIG_ERROR_STATE, "This spot check is %s.", spotcheck->state);
    return false;
}

static GwStatement *
make_item(const GwSpotcheck *spotcheck, const char *id, const char *unit, unsigned rank)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO spotcheck_item (spotcheck, item, kind, unit, rank) VALUES (?1,"
                         " ?2, ?3, ?4, ?5)");

    gw_statement_text(statement, spotcheck->id);
    gw_statement_text(statement, id);
    gw_statement_text(statement, json_object_get_string_member(spotcheck->plan, "kind"));
    gw_statement_text(statement, unit);
    gw_statement_int(statement, rank);
    return statement;
}

static const char *
get_unit(JsonArray *items, const char *id)
{
    for (unsigned i = 0; i < json_array_get_length(items); i++) {
        JsonObject *item = json_array_get_object_element(items, i);
        if (strcmp(json_object_get_string_member(item, "id"), id) == 0 && json_object_has_member(item, "unit"))
            return json_object_get_string_member(json_object_get_object_member(item, "unit"), "id");
    }
    return "";
}

/* Somebody else was first: the same ones are drawn. */
static void
on_conflict(GwQuestion *question)
{
    gw_spotcheck_answer(question);
}

static void
write_draw(GwQuestion *question)
{
    const GwSpotchecks *self = question->row.subject;
    const GwSpotcheck *spotcheck = question->data;
    g_autoptr(JsonArray) items = read_items(spotcheck);
    g_autoptr(GArray) entries = gw_spotcheck_get_entries(items);
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement =
        gw_statement_new("UPDATE spotcheck SET state = 'drawn', seed = ?2, drawn_ms = ?3 WHERE id ="
                         " ?1 AND state = 'planned'");
    unsigned n = (unsigned)json_object_get_int_member(spotcheck->plan, "n");

    gw_statement_text(statement, spotcheck->id);
    gw_statement_text(statement, spotcheck->seed);
    gw_statement_int(statement, gw_spotchecks_now_ms(self));
    g_ptr_array_add(statements, statement);
    gw_draw_entries(spotcheck->seed, entries);
    for (unsigned i = 0; i < n && i < entries->len; i++) {
        const GwDrawEntry *entry = &g_array_index(entries, GwDrawEntry, i);
        if (entry->lot != NULL)
            g_ptr_array_add(statements, make_item(spotcheck, entry->name, get_unit(items, entry->name), i + 1));
    }
    gw_question_write(question, statements, gw_spotcheck_answer, on_conflict);
}

static void
draw_found(GwQuestion *question)
{
    const GwSpotchecks *self = question->row.subject;
    GwSpotcheck *spotcheck = question->data;
    g_autoptr(GError) error = NULL;
    JsonObject *detail = NULL;
    char *seed = NULL;

    if (!check_state(question, "planned"))
        return;
    seed = gw_spotcheck_open_text(self, spotcheck->id, "seed", spotcheck->seed, &error);
    if (seed == NULL) {
        gw_question_fail_error(question, error);
        return;
    }
    g_free(spotcheck->seed);
    spotcheck->seed = seed;
    detail = gw_object_with_text("seed", seed);
    json_object_set_string_member(detail, "published", spotcheck->published);
    json_object_set_member(detail, "list_sha256", json_object_dup_member(spotcheck->plan, "list_sha256"));
    json_object_set_member(detail, "listed", json_object_dup_member(spotcheck->plan, "listed"));
    json_object_set_member(detail, "drawn", json_object_dup_member(spotcheck->plan, "n"));
    gw_question_log(question, "spot-check.draw", detail, write_draw);
}

static void
draw(GwQuestion *question)
{
    gw_spotcheck_find(question, draw_found);
}

/* spotchecks.replay: from what was frozen, and held against what was written down. */

static void
on_drawn(GwQuestion *question, const GwRows *rows)
{
    const GwSpotcheck *spotcheck = question->data;
    g_autoptr(JsonArray) items = read_items(spotcheck);
    g_autoptr(GArray) entries = gw_spotcheck_get_entries(items);
    g_autofree char *hash = gw_draw_entries_hash(entries);
    g_autofree char *published = gw_draw_commit(spotcheck->seed, hash);
    JsonArray *listed = json_array_new(), *drawn = json_array_new();
    unsigned n = gw_rows_get_count(rows);
    bool same = strcmp(published, spotcheck->published) == 0;

    for (guint i = 0; i < entries->len; i++) {
        const GwDrawEntry *entry = &g_array_index(entries, GwDrawEntry, i);
        JsonObject *line = gw_object_with_text("id", entry->name);
        json_object_set_int_member(line, "weight", entry->weight);
        json_array_add_object_element(listed, line);
    }
    gw_draw_entries(spotcheck->seed, entries);
    for (unsigned i = 0; i < n; i++) {
        const char *said = gw_rows_text(rows, i, 0);
        same = same && i < entries->len && strcmp(g_array_index(entries, GwDrawEntry, i).name, said) == 0;
        json_array_add_string_element(drawn, said);
    }
    same = same && n == (unsigned)json_object_get_int_member(spotcheck->plan, "n");
    json_object_set_boolean_member(question->result, "same", same);
    json_object_set_string_member(question->result, "seed", spotcheck->seed);
    json_object_set_string_member(question->result, "list_sha256", hash);
    json_object_set_string_member(question->result, "published", published);
    json_object_set_array_member(question->result, "listed", listed);
    json_object_set_array_member(question->result, "drawn", drawn);
    gw_question_reply(question);
}

static void
replay_found(GwQuestion *question)
{
    const GwSpotcheck *spotcheck = question->data;
    GwStatement *statement = NULL;

    if (spotcheck->drawn_ms == 0) {
        gw_question_fail(question, SIG_ERROR_STATE, "Nothing was drawn yet: the seed is revealed by the draw.");
        return;
    }
    statement = gw_statement_new("SELECT item FROM spotcheck_item WHERE spotcheck = ?1 ORDER BY rank");
    gw_statement_text(statement, spotcheck->id);
    gw_question_query(question, statement, on_drawn);
}

static void
replay(GwQuestion *question)
{
    gw_spotcheck_find(question, replay_found);
}

/* spotchecks.outcome */

static void
write_outcome(GwQuestion *question)
{
    const GwSpotchecks *self = question->row.subject;
    const GwSpotcheck *spotcheck = question->data;
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new("UPDATE spotcheck_item SET outcome = ?3, text = ?4, photo = ?5, who = ?6,"
                                              " display = ?7, at_ms = ?8 WHERE spotcheck = ?1 AND item = ?2 AND outcome"
                                              " IS NULL");
    GwStatement *done =
        gw_statement_new("UPDATE spotcheck SET state = 'done' WHERE id = ?1 AND state = 'drawn' AND NOT"
                         " EXISTS (SELECT 1 FROM spotcheck_item WHERE spotcheck = ?1 AND outcome IS NULL)");

    gw_statement_text(statement, spotcheck->id);
    gw_statement_text(statement, gw_question_get(question, "item"));
    gw_statement_text(statement, gw_question_get(question, "outcome"));
    gw_statement_text(statement, gw_question_get(question, "text"));
    gw_statement_text(statement, gw_question_get(question, "photo"));
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_int(statement, gw_spotchecks_now_ms(self));
    gw_statement_text(done, spotcheck->id);
    g_ptr_array_add(statements, statement);
    g_ptr_array_add(statements, done);
    gw_question_write(question, statements, gw_spotcheck_answer, NULL);
}

static void
log_outcome(GwQuestion *question)
{
    static const char *const names[] = { "item", "outcome", "photo" };
    JsonObject *detail = json_object_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        gw_object_set_text(detail, names[i], gw_question_get(question, names[i]));
    gw_object_set_text(detail, "reason", gw_question_get(question, "text"));
    gw_question_log(question, "spot-check.outcome", detail, write_outcome);
}

static void
on_item(GwQuestion *question, const GwRows *rows)
{
    bool of_photo = strcmp(gw_question_get(question, "outcome"), "photo") == 0;

    if (gw_rows_get_count(rows) == 0)
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "This one was not drawn.");
    else if (!gw_rows_is_null(rows, 0, 0))
        gw_question_fail(question, SIG_ERROR_STATE, "%s has written down what came of this one.",
                         gw_rows_text(rows, 0, 1));
    else if (of_photo && gw_rows_int(rows, 0, 2) == 0)
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such photo of this person.");
    else
        log_outcome(question);
}

static void
outcome_found(GwQuestion *question)
{
    const GwSpotcheck *spotcheck = question->data;
    const char *outcome = gw_question_get(question, "outcome"), *text = gw_question_get(question, "text");
    g_autofree char *bare = g_strstrip(g_strdup(text != NULL ? text : ""));
    GwStatement *statement = NULL;

    if (strcmp(spotcheck->state, "done") != 0 && !check_state(question, "drawn"))
        return;
    if (strcmp(outcome, "skipped") == 0 && *bare == '\0') {
        gw_question_fail(question, SIG_ERROR_BAD_PARAMS, "Nobody is skipped without a reason: say it.");
        return;
    }
    statement = gw_statement_new("SELECT outcome, display, EXISTS (SELECT 1 FROM photo_request p WHERE p.id = ?3 AND"
                                 " p.subject = item AND kind = 'supervisee') FROM spotcheck_item WHERE spotcheck = ?1"
                                 " AND item = ?2");
    gw_statement_text(statement, spotcheck->id);
    gw_statement_text(statement, gw_question_get(question, "item"));
    gw_statement_text(statement, gw_question_get(question, "photo"));
    gw_question_query(question, statement, on_item);
}

static void
outcome(GwQuestion *question)
{
    gw_spotcheck_find(question, outcome_found);
}

/* spotchecks.withdraw: only while nobody knows who would be drawn. */

static void
write_withdrawn(GwQuestion *question)
{
    const GwSpotcheck *spotcheck = question->data;
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new("UPDATE spotcheck SET state = 'withdrawn', reason = ?2 WHERE id = ?1 AND"
                                              " state IN ('sealed', 'planned')");

    gw_statement_text(statement, spotcheck->id);
    gw_statement_text(statement, gw_question_get(question, "reason"));
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, gw_spotcheck_answer, NULL);
}

static void
withdraw_found(GwQuestion *question)
{
    const GwSpotcheck *spotcheck = question->data;

    if (strcmp(spotcheck->state, "sealed") != 0 && !check_state(question, "planned"))
        return;
    if (g_strcmp0(question->identity.audit, spotcheck->who) != 0) {
        gw_question_fail(question, SIG_ERROR_FORBIDDEN, "Who planned a spot check withdraws it.");
        return;
    }
    gw_question_log(question, "spot-check.withdraw", gw_object_with_text("reason", gw_question_get(question, "reason")),
                    write_withdrawn);
}

static void
withdraw(GwQuestion *question)
{
    gw_spotcheck_find(question, withdraw_found);
}

static const char *const outcomes[] = { "wall", "call", "visit", "photo", "skipped", NULL };

const GwQuestionMethod gw_spotcheck_act_methods[] = {
    { { .name = "spotchecks.draw",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_SPOTCHECK_PARAM("spotcheck"), { NULL } },
        .summary = "Draws, and reveals the seed.",
        .result = "{spotcheck, items}",
        .handle = gw_question_on_request },
      draw },
    { { .name = "spotchecks.replay",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_SPOTCHECK_PARAM("spotcheck"), { NULL } },
        .summary = "Draws again from the frozen list and the seed, and compares.",
        .result = "{same, seed, list_sha256, published, listed, drawn}",
        .handle = gw_question_on_request },
      replay },
    { { .name = "spotchecks.outcome",
        .access = GW_ACCESS_INSPECTOR,
        .params =
            (const SigParam[]){
                GW_SPOTCHECK_PARAM("spotcheck"),
                GW_SPOTCHECK_PARAM("item"),
                { .name = "outcome", .type = SIG_TYPE_STRING, .values = outcomes },
                { .name = "text", .type = SIG_TYPE_STRING, .optional = true, .max = GW_SPOTCHECKS_MAX_TEXT },
                { .name = "photo", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = GW_SPOTCHECKS_MAX_ID },
                { NULL } },
        .summary = "What came of one who was drawn: once, by whom and when; \"skipped\" with a reason in text.",
        .result = "{spotcheck, items}",
        .handle = gw_question_on_request },
      outcome },
    { { .name = "spotchecks.withdraw",
        .access = GW_ACCESS_INSPECTOR,
        .params =
            (const SigParam[]){ GW_SPOTCHECK_PARAM("spotcheck"),
                                { .name = "reason", .type = SIG_TYPE_STRING, .min = 1, .max = GW_SPOTCHECKS_MAX_TEXT },
                                { NULL } },
        .summary = "A plan of one's own will not be carried out; not after the draw.",
        .result = "{spotcheck, items?}",
        .handle = gw_question_on_request },
      withdraw },
    { { NULL }, NULL },
};
