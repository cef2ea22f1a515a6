#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/draw.h"
#include "gateway/spotchecks/spotchecks-priv.h"

/* Out of whom can be drawn: all of a kind below a unit, none forgotten. Units: those without others below. */

#define DAY_MS (INT64_C(24) * 3600 * 1000)

enum { DAYS_PER_WEIGHT = 5, OPEN_WEIGHT = 3, PAST_DAYS = 365 };

static void
candidate_free(void *data)
{
    GwCandidate *self = data;

    g_free(self->id);
    g_free(self->name);
    g_free(self->unit);
    g_free(self->reason);
    g_free(self);
}

unsigned
gw_candidate_weigh(const char *weighting, const GwCandidate *candidate, int64_t now_ms)
{
    int64_t days = candidate->last_ms > 0 ? MAX(0, now_ms - candidate->last_ms) / DAY_MS : INT64_MAX;

    if (strcmp(weighting, "days") == 0)
        return (unsigned)MIN(1 + days / DAYS_PER_WEIGHT, GW_DRAW_MAX_WEIGHT);
    if (strcmp(weighting, "tickets") == 0)
        return MIN(1 + OPEN_WEIGHT * MIN(candidate->open, 100) + MIN(candidate->past, 100), GW_DRAW_MAX_WEIGHT);
    return 1;
}

JsonObject *
gw_candidate_to_json(const GwCandidate *self, GwPeople *people)
{
    JsonObject *object = gw_object_with_text("id", self->id);
    JsonObject *unit = gw_people_unit_to_json(people, self->unit);

    gw_object_set_text(object, "name", self->name);
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    json_object_set_int_member(object, "weight", self->weight);
    if (self->last_ms > 0)
        json_object_set_int_member(object, "last_ms", self->last_ms);
    json_object_set_int_member(object, "open", self->open);
    json_object_set_int_member(object, "past", self->past);
    gw_object_set_text(object, "reason", self->reason);
    return object;
}

/* Who there is. */

typedef struct {
    const GwQuestion *question;
    const char *below;
    GHashTable *parents; /* ids of units that have others below */
    GPtrArray *list;
} Collecting;

static bool
is_below(const Collecting *self, const char *unit)
{
    return gw_people_covers(self->question->row.gateway->people, self->below, unit) &&
           gw_question_reaches(self->question, GW_ACCESS_INSPECTOR, unit);
}

static void
add(Collecting *self, const char *id, const char *name, const char *unit)
{
    GwCandidate *candidate = g_new0(GwCandidate, 1);

    candidate->id = g_strdup(id);
    candidate->name = g_strdup(name);
    candidate->unit = g_strdup(unit);
    g_ptr_array_add(self->list, candidate);
}

static void
note_parent(const GwUnit *unit, void *data)
{
    if (unit->parent != NULL && unit->closed_ms == 0)
        g_hash_table_add(data, unit->parent);
}

static void
add_unit(const GwUnit *unit, void *data)
{
    Collecting *self = data;

    if (unit->closed_ms == 0 && !g_hash_table_contains(self->parents, unit->id) && is_below(self, unit->id))
        add(self, unit->id, unit->name, unit->id);
}

static void
add_terminal(const GwTerminal *terminal, void *data)
{
    if (is_below(data, terminal->unit))
        add(data, terminal->id, terminal->name, terminal->unit);
}

static void
add_subject(const GwSubject *subject, void *data)
{
    if (is_below(data, subject->unit))
        add(data, subject->id, subject->name, subject->unit);
}

static int
compare(const void *a, const void *b)
{
    return strcmp((*(const GwCandidate *const *)a)->id, (*(const GwCandidate *const *)b)->id);
}

static GPtrArray *
list_candidates(const GwQuestion *question)
{
    const GwSpotchecks *self = question->row.subject;
    GwPeople *people = self->gateway->people;
    const char *kind = gw_question_get(question, "kind");
    g_autoptr(GHashTable) parents = g_hash_table_new(g_str_hash, g_str_equal);
    Collecting collecting = { question, gw_question_get(question, "unit"), parents,
                              g_ptr_array_new_with_free_func(candidate_free) };

    gw_people_foreach_unit(people, note_parent, parents);
    if (strcmp(kind, "unit") == 0)
        gw_people_foreach_unit(people, add_unit, &collecting);
    else if (strcmp(kind, "terminal") == 0)
        gw_people_foreach_terminal(people, add_terminal, &collecting);
    else
        gw_subjects_foreach(self->subjects, add_subject, &collecting);
    g_ptr_array_sort(collecting.list, compare);
    return collecting.list;
}

/* What has been with them: rows of scope ("i": one of them, "u": a unit, "t": a terminal), its id, last look, open tickets, closed
 * ones. ?1: since when closed ones count. */

#define TICKETS                                                                                                        \
    " UNION ALL SELECT 'u', to_unit, 0, sum(state NOT IN ('closed', 'withdrawn', 'draft')), sum(state = 'closed' AND"  \
    " made_ms >= ?1) FROM ticket WHERE kind = 'ticket' GROUP BY to_unit"
#define LOOKS                                                                                                          \
    " UNION ALL SELECT 't', substr(object, 10), max(at_ms), 0, 0 FROM audit WHERE object >= 'terminal:' AND object <"  \
    " 'terminal;' AND action = 'look' GROUP BY object"
#define CHECKED " FROM spotcheck_item WHERE outcome IS NOT NULL AND outcome <> 'skipped'"

static GwStatement *
make_history(const char *kind, int64_t now_ms)
{
    GwStatement *statement = NULL;

    if (strcmp(kind, "unit") == 0)
        statement =
            gw_statement_new("SELECT 'u', unit, max(answered_ms), 0, 0 FROM rollcall_office WHERE answered_ms > 0"
                             " GROUP BY unit UNION ALL SELECT 'u', unit, max(at_ms), 0, 0" CHECKED
                             " AND kind <> 'supervisee' GROUP BY unit" LOOKS TICKETS);
    else if (strcmp(kind, "terminal") == 0)
        statement =
            gw_statement_new("SELECT 'i', terminal, max(answered_ms), 0, 0 FROM rollcall_office WHERE answered_ms"
                             " > 0 AND terminal IS NOT NULL GROUP BY terminal UNION ALL SELECT 'i', item,"
                             " max(at_ms), 0, 0" CHECKED " AND kind = 'terminal' GROUP BY item" LOOKS TICKETS);
    else
        statement =
            gw_statement_new("SELECT 'i', subject, max(received_ms), 0, 0 FROM photo_request WHERE received_ms > 0"
                             " GROUP BY subject UNION ALL SELECT 'i', item, max(at_ms), 0, 0" CHECKED
                             " AND kind = 'supervisee' GROUP BY item" TICKETS);
    gw_statement_int(statement, now_ms - PAST_DAYS * DAY_MS);
    return statement;
}

typedef struct {
    int64_t last_ms;
    unsigned open, past;
} History;

static void
merge(GHashTable *histories, const char *scope, const char *id, const History *more)
{
    char *key = g_strconcat(scope, ":", id, NULL);
    History *history = g_hash_table_lookup(histories, key);

    if (history == NULL) {
        history = g_new0(History, 1);
        g_hash_table_insert(histories, key, history);
    } else {
        g_free(key);
    }
    history->last_ms = MAX(history->last_ms, more->last_ms);
    history->open += more->open;
    history->past += more->past;
}

static GHashTable *
read_histories(const GwQuestion *question, const GwRows *rows)
{
    GHashTable *histories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    bool of_units = strcmp(gw_question_get(question, "kind"), "unit") == 0;

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        const char *scope = gw_rows_text(rows, i, 0), *id = gw_rows_text(rows, i, 1);
        const History more = { gw_rows_int(rows, i, 2), (unsigned)gw_rows_int(rows, i, 3),
                               (unsigned)gw_rows_int(rows, i, 4) };
        const GwTerminal *terminal =
            strcmp(scope, "t") == 0 && of_units ? gw_people_get_terminal(question->row.gateway->people, id) : NULL;
        if (terminal != NULL)
            merge(histories, "u", terminal->unit, &more);
        else
            merge(histories, strcmp(scope, "t") == 0 ? "i" : scope, id, &more);
    }
    return histories;
}

static void
add_history(GwCandidate *candidate, GHashTable *histories, const char *scope, const char *id, bool with_look)
{
    g_autofree char *key = g_strconcat(scope, ":", id, NULL);
    const History *history = g_hash_table_lookup(histories, key);

    if (history == NULL)
        return;
    if (with_look)
        candidate->last_ms = MAX(candidate->last_ms, history->last_ms);
    candidate->open += history->open;
    candidate->past += history->past;
}

static void
on_history(GwQuestion *question, const GwRows *rows)
{
    const GwSpotchecks *self = question->row.subject;
    GPtrArray *list = list_candidates(question);
    g_autoptr(GHashTable) histories = read_histories(question, rows);
    const char *weighting = gw_question_get(question, "weighting");
    bool of_units = strcmp(gw_question_get(question, "kind"), "unit") == 0;
    int64_t now_ms = gw_spotchecks_now_ms(self);

    for (unsigned i = 0; i < list->len; i++) {
        GwCandidate *candidate = list->pdata[i];
        add_history(candidate, histories, "i", candidate->id, true);
        add_history(candidate, histories, "u", candidate->unit, of_units);
        candidate->weight = gw_candidate_weigh(weighting, candidate, now_ms);
    }
    gw_question_set_data(question, list, (GDestroyNotify)g_ptr_array_unref);
    if (list->len == 0)
        gw_question_fail(question, SIG_ERROR_STATE, "There is nobody of this kind in this part of the tree.");
    else if (list->len > GW_SPOTCHECKS_MAX_LISTED)
        gw_question_fail(question, SIG_ERROR_LIMIT, "A list has at most %u lines: choose a smaller part of the tree.",
                         (unsigned)GW_SPOTCHECKS_MAX_LISTED);
    else
        question->next(question);
}

void
gw_candidates_collect(GwQuestion *question, GwQuestionStep next)
{
    const GwSpotchecks *self = question->row.subject;

    if (!gw_question_reaches(question, GW_ACCESS_INSPECTOR, gw_question_get(question, "unit"))) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such unit.");
        return;
    }
    question->next = next;
    gw_question_query(question, make_history(gw_question_get(question, "kind"), gw_spotchecks_now_ms(self)),
                      on_history);
}
