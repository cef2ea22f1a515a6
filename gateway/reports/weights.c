#include "gateway/reports/weights.h"

#include <string.h>

#include "gateway/reports/reports-priv.h"

enum { SUM = 100, AHEAD = 4 /* quarters to choose from */ };

static const char *const names[GW_N_PARTS] = { "response", "in_time", "lasting", "covered" };

void
gw_weights_free(void *data)
{
    GwWeights *self = data;

    g_free(self->unit);
    g_free(self->quarter);
    g_free(self->display);
    g_free(self->reason);
    g_free(self);
}

static void
read_row(GwReports *self, const GwRows *rows, unsigned row)
{
    GwWeights *weights = NULL;
    GwPeriod period = { 0 };

    if (!gw_period_parse(gw_rows_text(rows, row, 2), self->zone, &period))
        return;
    weights = g_new0(GwWeights, 1);
    weights->formula.version = (unsigned)gw_rows_int(rows, row, 0);
    weights->unit = g_strdup(gw_rows_text(rows, row, 1));
    weights->quarter = g_strdup(gw_rows_text(rows, row, 2));
    weights->display = g_strdup(gw_rows_text(rows, row, 3));
    weights->reason = g_strdup(gw_rows_text(rows, row, 4));
    weights->made_ms = gw_rows_int(rows, row, 5);
    weights->from_ms = period.from_ms;
    for (GwPart part = 0; part < GW_N_PARTS; part++)
        weights->formula.weights[part] = (unsigned)gw_rows_int(rows, row, 6 + part);
    g_ptr_array_add(self->weights, weights);
}

bool
gw_weights_load(GwReports *self, GError **error)
{
    g_autoptr(GwRows) rows =
        gw_store_query(self->gateway->store,
                       gw_statement_new("SELECT version, unit, quarter, display, reason, made_ms, response, in_time,"
                                        " lasting, covered FROM ranking_weights ORDER BY version"),
                       error);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++)
        read_row(self, rows, i);
    return rows != NULL;
}

/* The newest of this very unit that was valid then; NULL: none. */
static const GwWeights *
find_of(const GwReports *self, const char *unit, int64_t at_ms)
{
    for (unsigned i = self->weights->len; i > 0; i--) {
        const GwWeights *weights = self->weights->pdata[i - 1];
        if (weights->from_ms <= at_ms && strcmp(weights->unit, unit) == 0)
            return weights;
    }
    return NULL;
}

GwFormula
gw_weights_find(const GwReports *self, const char *unit, int64_t at_ms)
{
    g_autofree char *place = NULL;
    g_auto(GStrv) ids = NULL;

    if (self->weights->len == 0)
        return gw_formula_built_in;
    /* Under which units it was then: "/province/city/office/". */
    place = gw_people_unit_place_at(self->gateway->people, unit, at_ms);
    ids = g_strsplit(place != NULL ? place : unit, "/", 0);
    for (unsigned i = g_strv_length(ids); i > 0; i--) {
        const GwWeights *found = *ids[i - 1] != '\0' ? find_of(self, ids[i - 1], at_ms) : NULL;
        if (found != NULL)
            return found->formula;
    }
    return gw_formula_built_in;
}

/* Seen. */

static JsonObject *
to_json(const GwWeights *weights)
{
    JsonObject *object = gw_formula_to_json(&weights->formula);

    json_object_set_string_member(object, "quarter", weights->quarter);
    json_object_set_string_member(object, "by", weights->display);
    json_object_set_string_member(object, "reason", weights->reason);
    json_object_set_int_member(object, "made_ms", weights->made_ms);
    return object;
}

/* The quarters after the one that is now. */
static JsonArray *
list_quarters(const GwReports *self)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(gw_reports_now_ms(self) / 1000);
    g_autoptr(GDateTime) now = g_date_time_to_timezone(utc, self->zone);
    int index = g_date_time_get_year(now) * 4 + (g_date_time_get_month(now) - 1) / 3;
    JsonArray *quarters = json_array_new();

    for (int i = index + 1; i <= index + AHEAD; i++) {
        g_autofree char *name = g_strdup_printf("%04d-Q%d", i / 4, i % 4 + 1);
        json_array_add_string_element(quarters, name);
    }
    return quarters;
}

static void
answer(GwQuestion *question)
{
    const GwReports *self = question->row.subject;
    const char *unit = gw_question_get(question, "unit");
    GwFormula now = gw_weights_find(self, unit, gw_reports_now_ms(self));
    JsonArray *rows = json_array_new();

    for (unsigned i = self->weights->len; i > 0; i--) {
        const GwWeights *weights = self->weights->pdata[i - 1];
        if (strcmp(weights->unit, unit) == 0)
            json_array_add_object_element(rows, to_json(weights));
    }
    json_object_set_object_member(question->result, "now", gw_formula_to_json(&now));
    json_object_set_array_member(question->result, "weights", rows);
    json_object_set_array_member(question->result, "quarters", list_quarters(self));
    gw_question_reply(question);
}

static bool
check_unit(GwQuestion *question, uint32_t access)
{
    const char *unit = gw_question_get(question, "unit");

    if (gw_people_get_unit(question->row.gateway->people, unit) != NULL && gw_question_reaches(question, access, unit))
        return true;
    gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such unit in your part of the tree.");
    return false;
}

static void
list(GwQuestion *question)
{
    if (check_unit(question, GW_ACCESS_INSPECTOR | GW_ACCESS_ADMINISTRATOR))
        answer(question);
}

/* Set. */

static void
on_written(GwQuestion *question)
{
    GwReports *self = question->row.subject;

    g_ptr_array_add(self->weights, g_steal_pointer(&question->data));
    answer(question);
}

static void
on_conflict(GwQuestion *question)
{
    gw_question_fail(question, SIG_ERROR_STATE, "Somebody else has just set weights: look at them, then set yours.");
}

static void
write_weights(GwQuestion *question)
{
    const GwWeights *weights = question->data;
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement =
        gw_statement_new("INSERT INTO ranking_weights (version, unit, quarter, who, display, reason, made_ms, response,"
                         " in_time, lasting, covered) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");

    gw_statement_int(statement, weights->formula.version);
    gw_statement_text(statement, weights->unit);
    gw_statement_text(statement, weights->quarter);
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, weights->display);
    gw_statement_text(statement, weights->reason);
    gw_statement_int(statement, weights->made_ms);
    for (GwPart part = 0; part < GW_N_PARTS; part++)
        gw_statement_int(statement, weights->formula.weights[part]);
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, on_written, on_conflict);
}

static bool
read_weights(GwQuestion *question, GwFormula *formula)
{
    unsigned sum = 0;

    for (GwPart part = 0; part < GW_N_PARTS; part++) {
        formula->weights[part] = (unsigned)gw_question_get_int(question, names[part]);
        sum += formula->weights[part];
    }
    if (sum == SUM)
        return true;
    gw_question_fail(question, SIG_ERROR_BAD_PARAMS, "The weights are %u together: they have to be %d.", sum, SUM);
    return false;
}

static bool
read_quarter(GwQuestion *question, const GwReports *self, int64_t *ret_from_ms)
{
    GwPeriod period = { 0 };

    if (gw_period_parse(gw_question_get(question, "quarter"), self->zone, &period) &&
        period.kind == GW_PERIOD_QUARTER && period.from_ms > gw_reports_now_ms(self)) {
        *ret_from_ms = period.from_ms;
        return true;
    }
    gw_question_fail(question, SIG_ERROR_BAD_PARAMS,
                     "Weights are set for a quarter that has not begun: who is ranked knows them before they count.");
    return false;
}

static unsigned
get_next_version(const GwReports *self)
{
    const GwWeights *last = self->weights->len > 0 ? self->weights->pdata[self->weights->len - 1] : NULL;

    return 1 + (last != NULL ? last->formula.version : gw_formula_built_in.version);
}

static JsonObject *
make_detail(const GwWeights *weights)
{
    JsonObject *detail = gw_object_with_text("quarter", weights->quarter);

    json_object_set_string_member(detail, "unit", weights->unit);
    json_object_set_string_member(detail, "reason", weights->reason);
    for (GwPart part = 0; part < GW_N_PARTS; part++)
        json_object_set_int_member(detail, names[part], weights->formula.weights[part]);
    return detail;
}

static void
set_weights(GwQuestion *question)
{
    const GwReports *self = question->row.subject;
    GwFormula formula = { .version = get_next_version(self) };
    g_autofree char *id = g_strdup_printf("%u", formula.version);
    GwWeights *weights = NULL;
    int64_t from_ms = 0;

    if (!check_unit(question, GW_ACCESS_ADMINISTRATOR) || !read_weights(question, &formula) ||
        !read_quarter(question, self, &from_ms))
        return;
    if (self->weights->len >= GW_WEIGHTS_MAX) {
        gw_question_fail(question, SIG_ERROR_LIMIT, "Weights were set %d times already.", GW_WEIGHTS_MAX);
        return;
    }
    weights = g_new0(GwWeights, 1);
    *weights = (GwWeights){
        .formula = formula,
        .unit = g_strdup(gw_question_get(question, "unit")),
        .quarter = g_strdup(gw_question_get(question, "quarter")),
        .display = g_strdup(question->identity.display),
        .reason = g_strdup(gw_question_get(question, "reason")),
        .from_ms = from_ms,
        .made_ms = gw_reports_now_ms(self),
    };
    gw_question_set_data(question, weights, gw_weights_free);
    gw_question_set_object(question, "weights", id);
    gw_question_log(question, "ranking.set-weights", make_detail(weights), write_weights);
}

#define WEIGHT(member)                                                                                                 \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_INTEGER, .min = 0, .max = SUM                                                 \
    }

const GwQuestionMethod gw_report_weights_methods[] = {
    { { .name = "reports.weights",
        .access = GW_ACCESS_INSPECTOR | GW_ACCESS_ADMINISTRATOR,
        .params = (const SigParam[]){ GW_REPORT_PARAM_ID("unit"), { NULL } },
        .summary =
            "What the parts of the ranking weigh for a unit now, what was and will be, newest first, and for which "
            "quarters they can be set.",
        .result =
            "{now: {version, parts: [{part, weight}]}, weights: [{version, parts, quarter, by, reason, made_ms}], "
            "quarters}",
        .handle = gw_question_on_request },
      list },
    { { .name = "reports.set-weights",
        .access = GW_ACCESS_ADMINISTRATOR,
        .params =
            (const SigParam[]){ GW_REPORT_PARAM_ID("unit"),
                                { .name = "quarter",
                                  .type = SIG_TYPE_STRING,
                                  .min = 1,
                                  .max = GW_PERIOD_MAX_TEXT,
                                  .summary = "from this one on: 2026-Q3" },
                                WEIGHT("response"),
                                WEIGHT("in_time"),
                                WEIGHT("lasting"),
                                WEIGHT("covered"),
                                { .name = "reason", .type = SIG_TYPE_STRING, .min = 1, .max = GW_REPORTS_MAX_REASON },
                                { NULL } },
        .summary =
            "Weights of a unit's ranking and of those below, together 100, from a quarter on that has not begun.",
        .result = "as reports.weights",
        .handle = gw_question_on_request },
      set_weights },
    { { NULL }, NULL },
};
