#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/spans.h"

/* What a second person must watch, how much of it has been watched, and what was found. */

#define COLUMNS                                                                                                        \
    "v.id, v.session, v.draw, v.state, v.who, v.display, v.watched_ms, v.text, v.at_ms, v.due_ms, v.finished_ms,"      \
    " EXISTS (SELECT 1 FROM recording_person p WHERE p.session = v.session AND p.role = 'officer' AND p.ref = ?1)"
enum { STATE = 3, WHO = 4, DISPLAY = 5, WATCHED = 6, WAS_THERE = 11, N_COLUMNS = 12, MAX_FINDING = 4000 };

static const char *const verdicts[] = { "in-order", "remarks", "breach", NULL };

static bool
is_finished(const char *state)
{
    return g_strv_contains(verdicts, state);
}

static int64_t
percent_of(int64_t watched_ms, int64_t duration_ms)
{
    return duration_ms > 0 ? MIN(100, watched_ms * 100 / duration_ms) : 100;
}

/* The recording's columns follow those of the review. */
static JsonObject *
row_to_json(const GwAsk *ask, const GwRows *rows, unsigned row, GHashTable *watched)
{
    JsonObject *review = json_object_new();
    const char *state = gw_rows_text(rows, row, STATE), *who = gw_rows_text(rows, row, WHO);
    int64_t *live = watched != NULL ? g_hash_table_lookup(watched, gw_rows_text(rows, row, 1)) : NULL;
    int64_t watched_ms = is_finished(state) || live == NULL ? gw_rows_int(rows, row, WATCHED) : *live;
    int64_t duration_ms = gw_rows_int(rows, row, N_COLUMNS);

    gw_object_set_row_text(review, "id", rows, row, 0);
    gw_object_set_row_text(review, "session", rows, row, 1);
    gw_object_set_row_text(review, "draw", rows, row, 2);
    json_object_set_string_member(review, "state", state);
    if (who != NULL) {
        JsonObject *assigned = gw_object_with_text("person", who);
        gw_object_set_row_text(assigned, "display", rows, row, DISPLAY);
        json_object_set_object_member(review, "assigned", assigned);
    }
    json_object_set_boolean_member(review, "mine", g_strcmp0(who, ask->asker.audit) == 0);
    json_object_set_boolean_member(review, "may_take",
                                   !is_finished(state) && gw_rows_int(rows, row, WAS_THERE) == 0 &&
                                       g_strcmp0(who, ask->asker.audit) != 0 &&
                                       (ask->asker.access & GW_ACCESS_OFFICER) != 0);
    json_object_set_int_member(review, "watched_ms", watched_ms);
    json_object_set_int_member(review, "watched_percent", percent_of(watched_ms, duration_ms));
    json_object_set_int_member(review, "needed_percent", ask->archive->gateway->config->archive.watch_percent);
    gw_object_set_row_text(review, "text", rows, row, 7);
    gw_object_set_row_int(review, "at_ms", rows, row, 8);
    gw_object_set_row_int(review, "due_ms", rows, row, 9);
    gw_object_set_row_int(review, "finished_ms", rows, row, 10);
    return review;
}

/* What was watched of the open ones by who has them, to this moment. */

static GHashTable *
count_watched(GwArchive *archive, const GwRows *rows)
{
    GHashTable *watched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    unsigned n = gw_rows_get_count(rows);

    for (unsigned i = 0, next = 0; i < n; i = next) {
        const char *session = gw_rows_text(rows, i, 0);
        g_autoptr(GArray) spans = gw_spans_new();
        int64_t *sum = g_new(int64_t, 1);
        for (next = i; next < n && strcmp(gw_rows_text(rows, next, 0), session) == 0; next++)
            gw_spans_add(spans, gw_rows_int(rows, next, 1), gw_rows_int(rows, next, 2));
        gw_views_add_live(archive, gw_rows_text(rows, i, 3), session, spans);
        *sum = gw_spans_get_length(spans);
        g_hash_table_replace(watched, g_strdup(session), sum);
    }
    return watched;
}

#define WATCHED_SQL                                                                                                    \
    "SELECT v.session, w.from_ms, w.to_ms, v.who FROM review v LEFT JOIN viewed w ON w.session = v.session"            \
    " AND w.who = v.who WHERE v.finished_ms IS NULL AND (?1 IS NULL OR v.id = ?1) AND (?2 IS NULL OR v.session = ?2)"  \
    " ORDER BY v.session, w.from_ms LIMIT 100000"

/* NULL: of any. */
static GwStatement *
make_watched(const char *review, const char *session)
{
    GwStatement *statement = gw_statement_new(WATCHED_SQL);

    gw_statement_text(statement, review);
    gw_statement_text(statement, session);
    return statement;
}

/* archive.reviews: first what was watched (kept as the detail's text would be: here, beside the rows). */

static void
on_reviews(GwAsk *ask, const GwRows *rows)
{
    g_autoptr(GHashTable) watched = ask->data;
    JsonArray *reviews = json_array_new();
    const char *wanted = gw_ask_get(ask, "state");
    bool mine = json_object_get_boolean_member_with_default(ask->params, "mine", FALSE);

    ask->data = NULL;
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_autoptr(GwEntry) entry = gw_entry_from_row_at(rows, i, N_COLUMNS + 1);
        JsonObject *review = NULL;
        if (!gw_asker_covers(&ask->asker, ask->archive->gateway->people, entry->unit) ||
            (wanted != NULL && strcmp(wanted, gw_rows_text(rows, i, STATE)) != 0) ||
            (mine && g_strcmp0(gw_rows_text(rows, i, WHO), ask->asker.audit) != 0))
            continue;
        review = row_to_json(ask, rows, i, watched);
        if ((ask->asker.access & GW_ACCESS_OFFICER) != 0 || ask->asker.is_owner)
            json_object_set_object_member(review, "recording", gw_entry_to_json(entry));
        json_array_add_object_element(reviews, review);
    }
    json_object_set_array_member(ask->result, "reviews", reviews);
    gw_ask_reply(ask);
}

static void
on_all_watched(GwAsk *ask, const GwRows *rows)
{
    GwStatement *statement =
        gw_statement_new("SELECT " COLUMNS ", recording.duration_ms, recording.* FROM review v JOIN (SELECT"
                         " " GW_ENTRY_COLUMNS " FROM recording) AS recording ON recording.session = v.session"
                         " WHERE v.finished_ms IS NOT NULL OR recording.state <> 'destroyed'"
                         " ORDER BY v.finished_ms IS NOT NULL, v.due_ms DESC LIMIT ?2");

    ask->data = count_watched(ask->archive, rows);
    gw_statement_text(statement, ask->asker.id != NULL ? ask->asker.id : "");
    gw_statement_int(statement, GW_ARCHIVE_MAX_ROWS * 4);
    gw_ask_query(ask, statement, on_reviews);
}

static void
reviews(GwAsk *ask)
{
    gw_ask_query(ask, make_watched(NULL, NULL), on_all_watched);
}

/* In archive.get. */

static void
on_shown(GwAsk *ask, const GwRows *rows)
{
    g_autoptr(GHashTable) watched = g_steal_pointer(&ask->data);
    JsonArray *list = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        json_array_add_object_element(list, row_to_json(ask, rows, i, watched));
    json_object_set_array_member(ask->result, "reviews", list);
    ask->next(ask);
}

static void
on_shown_watched(GwAsk *ask, const GwRows *rows)
{
    GwStatement *statement = gw_statement_new("SELECT " COLUMNS ", ?3 FROM review v WHERE v.session = ?2"
                                              " AND (v.finished_ms IS NOT NULL OR ?4 = 0)");

    ask->data = count_watched(ask->archive, rows);
    gw_statement_text(statement, ask->asker.id != NULL ? ask->asker.id : "");
    gw_statement_text(statement, ask->entry->session);
    gw_statement_int(statement, ask->entry->duration_ms);
    gw_statement_int(statement, ask->entry->state == GW_ENTRY_DESTROYED); /* nobody can watch it any more */
    gw_ask_query(ask, statement, on_shown);
}

void
gw_reviews_show(GwAsk *ask, GwAskFunc next)
{
    ask->next = next;
    gw_ask_query(ask, make_watched(NULL, ask->entry->session), on_shown_watched);
}

/* One review: found with its recording; ask->detail: the row as JSON with "was_there". */

static void
on_review(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such review.");
        return;
    }
    ask->detail = row_to_json(ask, rows, 0, NULL);
    json_object_set_boolean_member(ask->detail, "was_there", gw_rows_int(rows, 0, WAS_THERE) != 0);
    gw_ask_find(ask, gw_rows_text(rows, 0, 1), ask->then);
}

static void
find(GwAsk *ask, GwAskFunc then)
{
    GwStatement *statement = gw_statement_new("SELECT " COLUMNS ", 0 FROM review v WHERE v.id = ?2");

    ask->id = g_strdup(gw_ask_get(ask, "review"));
    ask->then = then;
    gw_statement_text(statement, ask->asker.id != NULL ? ask->asker.id : "");
    gw_statement_text(statement, ask->id);
    gw_ask_query(ask, statement, on_review);
}

static void
on_answer(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0)
        json_object_set_object_member(ask->result, "review", row_to_json(ask, rows, 0, NULL));
    gw_archive_tell_changed(ask->archive, ask->entry->session);
    gw_ask_reply(ask);
}

static void
answer(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new("SELECT " COLUMNS ", ?3 FROM review v WHERE v.id = ?2");

    gw_statement_text(statement, ask->asker.id != NULL ? ask->asker.id : "");
    gw_statement_text(statement, ask->id);
    gw_statement_int(statement, ask->entry->duration_ms);
    gw_ask_query(ask, statement, on_answer);
}

static GwStatement *
make_mark(const GwAsk *ask, const char *state)
{
    GwStatement *mark = gw_statement_new("UPDATE recording SET review = ?2 WHERE session = ?1");

    gw_statement_text(mark, ask->entry->session);
    gw_statement_text(mark, state);
    return mark;
}

/* archive.review-take */

static void
write_take(GwAsk *ask)
{
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new("UPDATE review SET state = 'taken', who = ?2, display = ?3 WHERE id = ?1"
                                              " AND finished_ms IS NULL");

    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, ask->asker.audit);
    gw_statement_text(statement, ask->asker.display);
    g_ptr_array_add(statements, statement);
    g_ptr_array_add(statements, make_mark(ask, "taken"));
    gw_ask_write(ask, statements, answer);
}

static bool
check_open(GwAsk *ask)
{
    if (!is_finished(json_object_get_string_member(ask->detail, "state")))
        return true;
    gw_ask_fail(ask, SIG_ERROR_STATE, "This review is finished.");
    return false;
}

static void
take_found(GwAsk *ask)
{
    if (!check_open(ask))
        return;
    if (json_object_get_boolean_member(ask->detail, "was_there")) {
        gw_ask_note(ask, "archive.refused", NULL, gw_object_with_text("reason", "an officer of the session"));
        gw_ask_fail(ask, SIG_ERROR_FORBIDDEN, "Whoever was in a session does not review it: a colleague does.");
        return;
    }
    gw_ask_log(ask, "archive.review-taken", NULL, gw_object_with_text("review", ask->id), write_take);
}

static void
take(GwAsk *ask)
{
    find(ask, take_found);
}

/* archive.review-finish */

static void
write_finish(GwAsk *ask)
{
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement =
        gw_statement_new("UPDATE review SET state = ?2, text = ?3, watched_ms = ?4, finished_ms = ?5"
                         " WHERE id = ?1 AND finished_ms IS NULL");

    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, gw_ask_get(ask, "verdict"));
    gw_statement_text(statement, gw_ask_get(ask, "text"));
    gw_statement_int(statement, ask->number);
    gw_statement_int(statement, gw_ask_now_ms(ask));
    g_ptr_array_add(statements, statement);
    g_ptr_array_add(statements, make_mark(ask, gw_ask_get(ask, "verdict")));
    gw_ask_write(ask, statements, answer);
}

static void
on_watched(GwAsk *ask, const GwRows *rows)
{
    g_autoptr(GHashTable) watched = count_watched(ask->archive, rows);
    const int64_t *sum = g_hash_table_lookup(watched, ask->entry->session);
    unsigned needed = ask->archive->gateway->config->archive.watch_percent;
    JsonObject *detail = NULL;

    ask->number = sum != NULL ? *sum : 0;
    if (percent_of(ask->number, ask->entry->duration_ms) < needed) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "You have watched %d %% of it; %u %% are needed.",
                    (int)percent_of(ask->number, ask->entry->duration_ms), needed);
        return;
    }
    detail = gw_object_with_text("review", ask->id);
    gw_object_set_text(detail, "verdict", gw_ask_get(ask, "verdict"));
    gw_object_set_text(detail, "text", gw_ask_get(ask, "text"));
    json_object_set_int_member(detail, "watched_ms", ask->number);
    gw_ask_log(ask, "archive.review-finished", NULL, detail, write_finish);
}

static void
finish_found(GwAsk *ask)
{
    const char *verdict = gw_ask_get(ask, "verdict"), *text = gw_ask_get(ask, "text");

    if (!check_open(ask))
        return;
    if (!json_object_get_boolean_member(ask->detail, "mine")) {
        gw_ask_fail(ask, SIG_ERROR_FORBIDDEN, "Somebody else reviews this recording: take it first.");
        return;
    }
    if (strcmp(verdict, "in-order") != 0 && (text == NULL || *text == '\0')) {
        gw_ask_fail(ask, SIG_ERROR_BAD_PARAMS, "Say what was found.");
        return;
    }
    gw_views_flush_session(ask->archive, ask->entry->session);
    gw_ask_query(ask, make_watched(ask->id, NULL), on_watched);
}

static void
finish(GwAsk *ask)
{
    find(ask, finish_found);
}

const GwArchiveMethod gw_review_methods[] = {
    { { .name = "archive.reviews",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_AUDITOR,
        .params = (const SigParam[]){ { .name = "state", .type = SIG_TYPE_STRING, .optional = true, .max = 32 },
                                      { .name = "mine", .type = SIG_TYPE_BOOLEAN, .optional = true },
                                      { NULL } },
        .summary = "Recordings that a second person must watch, open ones first.",
        .result = "{reviews}",
        .handle = gw_ask_on_request },
      reviews },
    { { .name = "archive.review-take",
        .access = GW_ACCESS_OFFICER,
        .params = (const SigParam[]){ GW_PARAM_ID("review"), { NULL } },
        .summary = "Takes a review; not for who was in that session.",
        .result = "{review}",
        .handle = gw_ask_on_request },
      take },
    { { .name = "archive.review-finish",
        .access = GW_ACCESS_OFFICER,
        .params = (const SigParam[]){ GW_PARAM_ID("review"),
                                      { .name = "verdict", .type = SIG_TYPE_STRING, .values = verdicts },
                                      { .name = "text", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_FINDING },
                                      { NULL } },
        .summary = "Says what was found, once enough was watched.",
        .result = "{review}",
        .handle = gw_ask_on_request },
      finish },
    { { NULL }, NULL },
};
