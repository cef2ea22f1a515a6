#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/draw.h"
#include "gateway/people/secret.h"

/* Lots are drawn over what was sealed since the last draw of a kind: a recording is in one list only, drawn or not, so
 * drawing again changes nothing. A draw is there for whom one of its recordings is; to replay it needs the whole list, which
 * has the other sessions' numbers and nothing else of them. ask->id: the draw; ask->detail: {kind, seed, percent, listed, drawn, list_sha256, items}. */

#define DAY_MS (INT64_C(24) * 3600 * 1000)

enum { REVIEW_DAYS = 7, NIGHT_HOUR = 2 };

/* ?1: the asker's unit; NULL: of the owner, who sees all. */
#define WITH_MINE                                                                                                      \
    "WITH RECURSIVE mine (id) AS (SELECT ?1 UNION SELECT unit.id FROM unit JOIN mine ON unit.parent = mine.id) "
#define IS_MINE                                                                                                        \
    "(?1 IS NULL OR EXISTS (SELECT 1 FROM draw_item m JOIN recording r ON r.session = m.session"                       \
    " WHERE m.draw = d.id AND r.unit IN mine))"

static const char *
get_unit(const GwAsk *ask)
{
    if (ask->asker.is_owner)
        return NULL;
    return ask->asker.unit != NULL ? ask->asker.unit : "";
}

/* Who may review: officers of the recording's unit or above who were not in the session. */

typedef struct {
    GwArchive *archive;
    const char *unit;
    GHashTable *in_session; /* person ids */
    GPtrArray *eligible;    /* GwPerson, borrowed */
} Search;

static void
add_eligible(const GwPerson *person, void *data)
{
    Search *search = data;

    if (!g_hash_table_contains(search->in_session, person->id) &&
        gw_people_person_reaches(search->archive->gateway->people, person->id, GW_ACCESS_OFFICER, search->unit))
        g_ptr_array_add(search->eligible, (void *)person);
}

static const GwPerson *
choose_reviewer(const Search *search, const char *seed, const char *session)
{
    g_autofree char *lot = gw_draw_get_lot(seed, session);

    if (search->eligible->len == 0)
        return NULL;
    lot[15] = '\0';
    return search->eligible->pdata[g_ascii_strtoull(lot, NULL, 16) % search->eligible->len];
}

static void
add_review(const GwAsk *ask, const char *session, const GwPerson *person, GPtrArray *statements)
{
    GwStatement *insert =
        gw_statement_new("INSERT OR IGNORE INTO review (id, session, draw, state, who, display, at_ms, due_ms)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    GwStatement *mark = gw_statement_new("UPDATE recording SET review = ?2 WHERE session = ?1");
    const char *state = person != NULL ? "taken" : "open";
    g_autofree char *id = gw_secret_new_id("review");
    g_autofree char *who = person != NULL ? g_strconcat("person:", person->id, NULL) : NULL;
    int64_t now_ms = gw_ask_now_ms(ask);

    gw_statement_text(insert, id);
    gw_statement_text(insert, session);
    gw_statement_text(insert, ask->id);
    gw_statement_text(insert, state);
    gw_statement_text(insert, who);
    gw_statement_text(insert, person != NULL ? person->display : NULL);
    gw_statement_int(insert, now_ms);
    gw_statement_int(insert, now_ms + REVIEW_DAYS * DAY_MS);
    gw_statement_text(mark, session);
    gw_statement_text(mark, state);
    g_ptr_array_add(statements, insert);
    g_ptr_array_add(statements, mark);
}

static JsonObject *
row_to_json(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    static const char *const names[] = { "id",      "kind",   "at_ms", "by",          "seed",
                                         "percent", "listed", "drawn", "list_sha256", "log" };
    JsonObject *draw = json_object_new();

    (void)ask;
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        bool is_number = i == 2 || (i >= 5 && i <= 7) || i == 9;
        if (is_number)
            gw_object_set_row_int(draw, names[i], rows, row, i);
        else
            gw_object_set_row_text(draw, names[i], rows, row, i);
    }
    return draw;
}

#define COLUMNS "id, kind, at_ms, display, seed, percent, listed, drawn, sha256, leaf"

static void
on_answer(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0)
        json_object_set_object_member(ask->result, "draw", row_to_json(ask, rows, 0));
    gw_ask_reply(ask);
}

static void
answer(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new("SELECT " COLUMNS " FROM draw WHERE id = ?1");

    gw_statement_text(statement, ask->id);
    gw_ask_query(ask, statement, on_answer);
}

/* Rows of session, unit, officer's id (one row each), sorted by session. */
static void
on_officers(GwAsk *ask, const GwRows *rows)
{
    GPtrArray *statements = g_ptr_array_new();
    const char *seed = json_object_get_string_member(ask->detail, "seed");
    unsigned n = gw_rows_get_count(rows);

    for (unsigned i = 0, next = 0; i < n; i = next) {
        const char *session = gw_rows_text(rows, i, 0);
        g_autoptr(GHashTable) in_session = g_hash_table_new(g_str_hash, g_str_equal);
        g_autoptr(GPtrArray) eligible = g_ptr_array_new();
        Search search = { ask->archive, gw_rows_text(rows, i, 1), in_session, eligible };
        for (next = i; next < n && strcmp(gw_rows_text(rows, next, 0), session) == 0; next++) {
            if (!gw_rows_is_null(rows, next, 2))
                g_hash_table_add(in_session, (char *)gw_rows_text(rows, next, 2));
        }
        gw_people_foreach_person(ask->archive->gateway->people, GW_ACCESS_OFFICER, add_eligible, &search);
        add_review(ask, session, choose_reviewer(&search, seed, session), statements);
    }
    if (statements->len == 0) {
        g_ptr_array_unref(statements);
        answer(ask);
        return;
    }
    gw_ask_write(ask, statements, answer);
}

static void
assign(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new(
        "SELECT i.session, r.unit, p.ref FROM draw_item i JOIN recording r ON r.session = i.session LEFT JOIN"
        " recording_person p ON p.session = i.session AND p.role = 'officer' WHERE i.draw = ?1 AND i.drawn = 1"
        " ORDER BY i.session");

    gw_statement_text(statement, ask->id);
    gw_ask_query(ask, statement, on_officers);
}

static void
add_item(const GwAsk *ask, const char *session, bool drawn, GPtrArray *statements)
{
    GwStatement *insert = gw_statement_new("INSERT INTO draw_item (draw, session, drawn) VALUES (?1, ?2, ?3)");
    GwStatement *mark = gw_statement_new("UPDATE recording SET draw = ?2 WHERE session = ?1 AND draw IS NULL");

    gw_statement_text(insert, ask->id);
    gw_statement_text(insert, session);
    gw_statement_int(insert, drawn);
    gw_statement_text(mark, session);
    gw_statement_text(mark, ask->id);
    g_ptr_array_add(statements, insert);
    g_ptr_array_add(statements, mark);
}

static void
write_draw(GwAsk *ask)
{
    JsonArray *listed = json_object_get_array_member(ask->detail, "items");
    JsonArray *drawn = json_object_get_array_member(ask->detail, "drawn_items");
    g_autoptr(GHashTable) chosen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new("INSERT INTO draw (id, kind, at_ms, who, display, seed, percent, listed,"
                                              " drawn, sha256, leaf) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
                                              " ?11)");

    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, json_object_get_string_member(ask->detail, "kind"));
    gw_statement_int(statement, gw_ask_now_ms(ask));
    gw_statement_text(statement, ask->asker.audit);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_text(statement, json_object_get_string_member(ask->detail, "seed"));
    gw_statement_int(statement, json_object_get_int_member(ask->detail, "percent"));
    gw_statement_int(statement, json_array_get_length(listed));
    gw_statement_int(statement, json_array_get_length(drawn));
    gw_statement_text(statement, json_object_get_string_member(ask->detail, "list_sha256"));
    if (ask->leaf >= 0)
        gw_statement_int(statement, ask->leaf);
    else
        gw_statement_null(statement);
    g_ptr_array_add(statements, statement);
    for (unsigned i = 0; i < json_array_get_length(drawn); i++)
        g_hash_table_add(chosen, (char *)json_array_get_string_element(drawn, i));
    for (unsigned i = 0; i < json_array_get_length(listed); i++) {
        const char *session = json_array_get_string_element(listed, i);
        add_item(ask, session, g_hash_table_contains(chosen, session), statements);
    }
    gw_ask_write(ask, statements, assign);
}

static JsonArray *
names_to_json(const GPtrArray *names)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < names->len; i++)
        json_array_add_string_element(array, names->pdata[i]);
    return array;
}

static void
on_list(GwAsk *ask, const GwRows *rows)
{
    g_autoptr(GPtrArray) listed = g_ptr_array_new();
    g_autofree char *seed = gw_draw_new_seed();
    g_autofree char *object = g_strconcat("draw:", ask->id, NULL);
    unsigned percent = (unsigned)json_object_get_int_member(ask->detail, "percent");
    JsonObject *detail = NULL;

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        g_ptr_array_add(listed, (char *)gw_rows_text(rows, i, 0));
    if (listed->len == 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "Nothing was sealed since the last draw.");
        return;
    }
    g_autoptr(GPtrArray) drawn = gw_draw(seed, listed, percent);
    g_autofree char *hash = gw_draw_hash_list(listed);
    json_object_set_string_member(ask->detail, "seed", seed);
    json_object_set_string_member(ask->detail, "list_sha256", hash);
    json_object_set_int_member(ask->detail, "listed", listed->len);
    json_object_set_int_member(ask->detail, "drawn", drawn->len);
    detail = json_object_new();
    g_autoptr(GList) names = json_object_get_members(ask->detail);
    for (GList *name = names; name != NULL; name = name->next)
        json_object_set_member(detail, name->data, json_object_dup_member(ask->detail, name->data));
    json_object_set_array_member(ask->detail, "items", names_to_json(listed));
    json_object_set_array_member(ask->detail, "drawn_items", names_to_json(drawn));
    gw_ask_log(ask, "archive.draw", object, detail, write_draw);
}

static void
draw(GwAsk *ask)
{
    const char *kind = gw_ask_get(ask, "kind");
    int percent = gw_rules_get(ask->archive->gateway->config->archive.review, kind);
    GwStatement *statement = NULL;

    if (percent <= 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "No share of this kind is to be reviewed: see [archive] review.");
        return;
    }
    statement = gw_statement_new(
        WITH_MINE "SELECT session FROM recording WHERE (?1 IS NULL OR recording.unit IN mine) AND kind = ?2"
                  " AND state = 'sealed' AND draw IS NULL ORDER BY session LIMIT ?3");
    ask->id = gw_secret_new_id("draw");
    ask->detail = gw_object_with_text("kind", kind);
    json_object_set_int_member(ask->detail, "percent", percent);
    gw_statement_text(statement, get_unit(ask));
    gw_statement_text(statement, kind);
    gw_statement_int(statement, GW_DRAW_MAX_LISTED);
    gw_ask_query(ask, statement, on_list);
}

/* archive.draws */

static void
on_draws(GwAsk *ask, const GwRows *rows)
{
    gw_ask_list(ask, rows, "draws", row_to_json);
    gw_ask_reply(ask);
}

static void
draws(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new(WITH_MINE "SELECT " COLUMNS " FROM draw d WHERE " IS_MINE " ORDER BY at_ms DESC LIMIT ?2");

    gw_statement_text(statement, get_unit(ask));
    gw_statement_int(statement, GW_ARCHIVE_MAX_ROWS);
    gw_ask_query(ask, statement, on_draws);
}

/* archive.draw-replay: the list as it was frozen, drawn again. */

static void
on_replay(GwAsk *ask, const GwRows *rows)
{
    g_autoptr(GPtrArray) listed = g_ptr_array_new();
    g_autoptr(GHashTable) said = g_hash_table_new(g_str_hash, g_str_equal);
    bool same = true;

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_ptr_array_add(listed, (char *)gw_rows_text(rows, i, 3));
        if (gw_rows_int(rows, i, 4) != 0)
            g_hash_table_add(said, (char *)gw_rows_text(rows, i, 3));
    }
    if (listed->len == 0) {
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such draw.");
        return;
    }
    g_autoptr(GPtrArray) drawn = gw_draw(gw_rows_text(rows, 0, 0), listed, (unsigned)gw_rows_int(rows, 0, 1));
    g_autofree char *hash = gw_draw_hash_list(listed);
    for (guint i = 0; i < drawn->len; i++)
        same = same && g_hash_table_contains(said, drawn->pdata[i]);
    same = same && drawn->len == g_hash_table_size(said) && strcmp(hash, gw_rows_text(rows, 0, 2)) == 0;
    json_object_set_boolean_member(ask->result, "same", same);
    json_object_set_string_member(ask->result, "seed", gw_rows_text(rows, 0, 0));
    json_object_set_string_member(ask->result, "list_sha256", hash);
    json_object_set_array_member(ask->result, "listed", names_to_json(listed));
    json_object_set_array_member(ask->result, "drawn", names_to_json(drawn));
    gw_ask_reply(ask);
}

static void
replay(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new(WITH_MINE "SELECT d.seed, d.percent, d.sha256, i.session, i.drawn FROM draw d JOIN draw_item i"
                                   " ON i.draw = d.id WHERE d.id = ?2 AND " IS_MINE " ORDER BY i.session");

    gw_statement_text(statement, get_unit(ask));
    gw_statement_text(statement, gw_ask_get(ask, "draw"));
    gw_ask_query(ask, statement, on_replay);
}

/* Every night, each kind. */

static void
on_night(JsonObject *result, const GError *error, void *user_data)
{
    (void)result;
    (void)user_data;
    if (error != NULL && !g_error_matches(error, SIG_ERROR, SIG_ERROR_STATE))
        g_warning("the lots of this night were not drawn: %s", error->message);
}

static void
draw_kind(GwArchive *self, const char *kind)
{
    static const GwAsker nobody = { .audit = (char *)"system", .display = (char *)"system", .is_owner = true };
    const GwAskRow row = { .archive = self, .run = draw };
    g_autoptr(JsonObject) params = gw_object_with_text("kind", kind);

    gw_ask_run(&row, &nobody, params, on_night, self);
}

void
gw_draws_tick(GwArchive *self)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(gw_sessions_now_ms(self->sessions) / 1000);
    int64_t day = now != NULL ? g_date_time_get_year(now) * 366 + g_date_time_get_day_of_year(now) : 0;
    char **rules = self->gateway->config->archive.review;

    if (now == NULL || day == self->jobs.drawn_day || g_date_time_get_hour(now) < NIGHT_HOUR)
        return;
    self->jobs.drawn_day = day;
    for (char **rule = rules; rule != NULL && *rule != NULL; rule++) {
        g_autofree char *kind = g_strndup(*rule, strcspn(*rule, ":"));
        if (strcmp(kind, "*") != 0 && gw_rules_get(rules, kind) > 0)
            draw_kind(self, kind);
    }
}

const GwArchiveMethod gw_draw_methods[] = {
    { { .name = "archive.review-draw",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_AUDITOR,
        .params = (const SigParam[]){ { .name = "kind", .type = SIG_TYPE_STRING, .min = 1, .max = 32 }, { NULL } },
        .summary = "Draws lots over what was sealed since the last draw, and gives out the reviews.",
        .result = "{draw}",
        .handle = gw_ask_on_request },
      draw },
    { { .name = "archive.draws",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_AUDITOR,
        .summary = "Draws of lots, newest first.",
        .result = "{draws}",
        .handle = gw_ask_on_request },
      draws },
    { { .name = "archive.draw-replay",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_AUDITOR,
        .params = (const SigParam[]){ GW_PARAM_ID("draw"), { NULL } },
        .summary = "Draws the same lots again from the frozen list and the seed.",
        .result = "{same, seed, list_sha256, listed, drawn}",
        .handle = gw_ask_on_request },
      replay },
    { { NULL }, NULL },
};
