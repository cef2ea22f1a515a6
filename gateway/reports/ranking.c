#include <string.h>

#include "gateway/reports/reports-priv.h"

/* The units right below one, by the formula, in a quarter. What counts is the place that a unit had when something was recorded; the
 * offices that were to be inspected are those of the quarter's end. */

enum { PLACE, UNIT, KIND, COUNT, OBJECTS };

typedef struct {
    char *unit;
    GwShare shares[GW_N_PARTS];
    int64_t overdue, reopened;
    GHashTable *offices, *inspected; /* ids, owned */
    int score;
} Ranked;

typedef struct {
    GPtrArray *ranked; /* Ranked, owned */
    GwPeriod period;
    GwFormula formula; /* of the quarter */
    int64_t until_ms;  /* of the quarter, or now */
} Ranking;

static void
ranked_free(void *data)
{
    Ranked *ranked = data;

    g_hash_table_unref(ranked->offices);
    g_hash_table_unref(ranked->inspected);
    g_free(ranked->unit);
    g_free(ranked);
}

static void
ranking_free(void *data)
{
    Ranking *ranking = data;

    g_ptr_array_unref(ranking->ranked);
    g_free(ranking);
}

static Ranked *
find(const Ranking *ranking, const char *unit)
{
    Ranked *ranked = NULL;

    for (unsigned i = 0; i < ranking->ranked->len; i++) {
        ranked = ranking->ranked->pdata[i];
        if (strcmp(ranked->unit, unit) == 0)
            return ranked;
    }
    ranked = g_new0(Ranked, 1);
    ranked->unit = g_strdup(unit);
    ranked->offices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    ranked->inspected = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_ptr_array_add(ranking->ranked, ranked);
    return ranked;
}

static void
count(const GwQuestion *question, const GwRows *rows, unsigned row)
{
    g_autofree char *below = gw_place_get_below(gw_rows_text(rows, row, PLACE), gw_question_get(question, "unit"));
    Ranked *ranked = below != NULL ? find(question->data, below) : NULL;
    const char *kind = gw_rows_text(rows, row, KIND);
    int64_t n = gw_rows_int(rows, row, COUNT), objects = gw_rows_int(rows, row, OBJECTS);

    if (ranked == NULL)
        return;
    if (strcmp(kind, "answered") == 0)
        ranked->shares[GW_PART_RESPONSE].of += n;
    if (strcmp(kind, "answered") == 0 || strcmp(kind, "absent") == 0)
        ranked->shares[GW_PART_RESPONSE].all += n;
    if (strcmp(kind, "ticket-issued") == 0)
        ranked->shares[GW_PART_IN_TIME].all += objects;
    if (strcmp(kind, "ticket-overdue") == 0)
        ranked->overdue += objects; /* one that climbs again is overdue once */
    if (strcmp(kind, "ticket-replied") == 0)
        ranked->shares[GW_PART_LASTING].all += n;
    if (strcmp(kind, "ticket-reopened") == 0)
        ranked->reopened += n;
    if (!gw_fact_is_inspection(kind))
        return;
    g_hash_table_add(ranked->inspected, g_strdup(gw_rows_text(rows, row, UNIT)));
    g_hash_table_add(ranked->offices, g_strdup(gw_rows_text(rows, row, UNIT)));
}

static void
finish_shares(const GwFormula *formula, Ranked *ranked)
{
    GwShare *in_time = &ranked->shares[GW_PART_IN_TIME], *lasting = &ranked->shares[GW_PART_LASTING];

    in_time->of = MAX(0, in_time->all - ranked->overdue);
    lasting->of = MAX(0, lasting->all - ranked->reopened);
    ranked->shares[GW_PART_COVERED] = (GwShare){
        .of = g_hash_table_size(ranked->inspected),
        .all = g_hash_table_size(ranked->offices),
    };
    ranked->score = gw_formula_get_score(formula, ranked->shares);
}

static int
compare(const void *a, const void *b)
{
    const Ranked *one = *(Ranked *const *)a, *other = *(Ranked *const *)b;

    return one->score != other->score ? other->score - one->score : strcmp(one->unit, other->unit);
}

static JsonObject *
ranked_to_json(const GwQuestion *question, const Ranked *ranked, unsigned rank)
{
    JsonObject *object = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(question->row.gateway->people, ranked->unit);
    JsonArray *parts = json_array_new();

    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    json_object_set_int_member(object, "rank", rank);
    json_object_set_int_member(object, "score", ranked->score);
    for (GwPart part = 0; part < GW_N_PARTS; part++) {
        JsonObject *json = gw_object_with_text("part", gw_part_to_string(part));
        json_object_set_int_member(json, "of", ranked->shares[part].of);
        json_object_set_int_member(json, "all", ranked->shares[part].all);
        json_object_set_int_member(json, "permille", gw_share_get_permille(&ranked->shares[part]));
        json_array_add_object_element(parts, json);
    }
    json_object_set_array_member(object, "parts", parts);
    return object;
}

JsonObject *
gw_formula_to_json(const GwFormula *self)
{
    JsonObject *formula = json_object_new();
    JsonArray *parts = json_array_new();

    json_object_set_int_member(formula, "version", self->version);
    for (GwPart part = 0; part < GW_N_PARTS; part++) {
        JsonObject *json = gw_object_with_text("part", gw_part_to_string(part));
        json_object_set_int_member(json, "weight", self->weights[part]);
        json_array_add_object_element(parts, json);
    }
    json_object_set_array_member(formula, "parts", parts);
    return formula;
}

static void
on_groups(GwQuestion *question, const GwRows *rows)
{
    const Ranking *ranking = question->data;
    JsonArray *list = json_array_new();
    unsigned rank = 0;

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        count(question, rows, i);
    for (unsigned i = 0; i < ranking->ranked->len; i++)
        finish_shares(&ranking->formula, ranking->ranked->pdata[i]);
    g_ptr_array_sort(ranking->ranked, compare);
    for (unsigned i = 0; i < ranking->ranked->len; i++) {
        const Ranked *ranked = ranking->ranked->pdata[i], *before = i > 0 ? ranking->ranked->pdata[i - 1] : NULL;
        rank = before != NULL && before->score == ranked->score ? rank : i + 1;
        json_array_add_object_element(list, ranked_to_json(question, ranked, rank));
    }
    json_object_set_object_member(question->result, "formula", gw_formula_to_json(&ranking->formula));
    json_object_set_array_member(question->result, "ranking", list);
    json_object_set_int_member(question->result, "from_ms", ranking->period.from_ms);
    json_object_set_int_member(question->result, "until_ms", ranking->period.until_ms);
    gw_question_reply(question);
}

static void
read_groups(void *user_data)
{
    GwQuestion *question = user_data;
    const Ranking *ranking = question->data;
    GwStatement *statement =
        gw_statement_new("SELECT place, unit, kind, count(*), count(DISTINCT object) FROM fact WHERE" GW_FACT_LOG_WHERE
                         "GROUP BY place, unit, kind ORDER BY place LIMIT ?9");
    const GwFactFilter filter = {
        .unit = gw_question_get(question, "unit"),
        .from_ms = ranking->period.from_ms,
        .until_ms = ranking->period.until_ms,
    };

    gw_fact_log_bind_filter(statement, &filter);
    gw_statement_int(statement, GW_REPORTS_MAX_GROUPS);
    gw_question_query(question, statement, on_groups);
}

/* Every unit right below that has offices, also one of which nothing was recorded. */
static void
add_offices(const GwQuestion *question, const Ranking *ranking)
{
    const char *unit = gw_question_get(question, "unit");
    g_autoptr(GPtrArray) offices = gw_offices_at(question->row.gateway->people, unit, ranking->until_ms);

    for (unsigned i = 0; i < offices->len; i++) {
        const GwOfficePlace *office = offices->pdata[i];
        g_autofree char *below = gw_place_get_below(office->place, unit);
        if (below != NULL)
            g_hash_table_add(find(ranking, below)->offices, g_strdup(office->unit));
    }
}

static void
rank(GwQuestion *question)
{
    const GwReports *self = question->row.subject;
    GwPeriod period = { 0 };
    Ranking *ranking = NULL;

    if (!gw_fact_log_check_unit(question, gw_question_get(question, "unit")))
        return;
    if (!gw_period_parse(gw_question_get(question, "quarter"), self->zone, &period) ||
        period.kind != GW_PERIOD_QUARTER || period.from_ms > gw_reports_now_ms(self)) {
        gw_question_fail(question, SIG_ERROR_BAD_PARAMS, "The quarter is one that has begun: 2026-Q1.");
        return;
    }
    ranking = g_new0(Ranking, 1);
    ranking->ranked = g_ptr_array_new_with_free_func(ranked_free);
    ranking->period = period;
    ranking->formula = gw_weights_find(self, gw_question_get(question, "unit"), period.from_ms);
    ranking->until_ms = MIN(period.until_ms - 1, gw_reports_now_ms(self));
    gw_question_set_data(question, ranking, ranking_free);
    add_offices(question, ranking);
    gw_fact_log_catch_up(self->facts, read_groups, question);
}

const GwQuestionMethod gw_report_ranking_methods[] = {
    { { .name = "reports.ranking",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_REPORT_PARAM_ID("unit"),
                                      { .name = "quarter",
                                        .type = SIG_TYPE_STRING,
                                        .min = 1,
                                        .max = GW_PERIOD_MAX_TEXT,
                                        .summary = "2026-Q1" },
                                      { NULL } },
        .summary = "The units right below one, by the open formula.",
        .result = "{formula: {version, parts: [{part, weight}]}, ranking, from_ms, until_ms}",
        .handle = gw_question_on_request },
      rank },
    { { NULL }, NULL },
};
