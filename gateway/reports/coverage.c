#include <string.h>

#include "gateway/reports/reports-priv.h"

/* "46 of 96 offices inspected": which, by whom, for how long. */

/* What was done about one office; looked: milliseconds. */
typedef struct {
    int64_t n_inspections, looks, looked, last_ms;
} Seen;

enum { UNIT, WHO, KIND, COUNT, VALUE, LAST };

typedef struct {
    GPtrArray *offices;
    GHashTable *seen; /* unit -> Seen */
} Coverage;

static void
coverage_free(void *data)
{
    Coverage *coverage = data;

    g_ptr_array_unref(coverage->offices);
    g_hash_table_unref(coverage->seen);
    g_free(coverage);
}

static void
count(Coverage *coverage, const GwRows *rows, unsigned row)
{
    const char *unit = gw_rows_text(rows, row, UNIT), *kind = gw_rows_text(rows, row, KIND);
    Seen *seen = g_hash_table_lookup(coverage->seen, unit);

    if (!gw_fact_is_inspection(kind))
        return;
    if (seen == NULL) {
        seen = g_new0(Seen, 1);
        g_hash_table_insert(coverage->seen, g_strdup(unit), seen);
    }
    seen->n_inspections += gw_rows_int(rows, row, COUNT);
    seen->last_ms = MAX(seen->last_ms, gw_rows_int(rows, row, LAST));
    if (strcmp(kind, "look") != 0)
        return;
    seen->looks += gw_rows_int(rows, row, COUNT);
    seen->looked += gw_rows_int(rows, row, VALUE);
}

static void
set_unit(const GwQuestion *question, JsonObject *object, const char *member, const char *unit)
{
    JsonObject *json = unit != NULL ? gw_people_unit_to_json(question->row.gateway->people, unit) : NULL;

    if (json != NULL)
        json_object_set_object_member(object, member, json);
}

static JsonObject *
office_to_json(const GwQuestion *question, const Coverage *coverage, const GwOfficePlace *office)
{
    const Seen *seen = g_hash_table_lookup(coverage->seen, office->unit);
    JsonObject *object = json_object_new();
    g_autofree char *group = gw_place_get_below(office->place, gw_question_get(question, "unit"));

    set_unit(question, object, "unit", office->unit);
    set_unit(question, object, "group", group);
    json_object_set_int_member(object, "inspections", seen != NULL ? seen->n_inspections : 0);
    json_object_set_int_member(object, "looks", seen != NULL ? seen->looks : 0);
    json_object_set_int_member(object, "looked_ms", seen != NULL ? seen->looked : 0);
    if (seen != NULL && seen->last_ms != 0)
        json_object_set_int_member(object, "last_ms", seen->last_ms);
    return object;
}

/* Who looked where, and how long: one row of a person and a unit. */
static JsonObject *
looker_to_json(const GwQuestion *question, const GwRows *rows, unsigned row)
{
    JsonObject *object = json_object_new();
    g_autofree char *name = gw_fact_log_name_of(question->row.gateway, gw_rows_text(rows, row, WHO));

    gw_object_set_row_text(object, "who", rows, row, WHO);
    gw_object_set_text(object, "by", name);
    set_unit(question, object, "unit", gw_rows_text(rows, row, UNIT));
    gw_object_set_row_int(object, "looks", rows, row, COUNT);
    gw_object_set_row_int(object, "looked_ms", rows, row, VALUE);
    gw_object_set_row_int(object, "last_ms", rows, row, LAST);
    return object;
}

static void
on_groups(GwQuestion *question, const GwRows *rows)
{
    Coverage *coverage = question->data;
    JsonArray *offices = json_array_new(), *lookers = json_array_new();
    unsigned inspected = 0;

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        count(coverage, rows, i);
        if (strcmp(gw_rows_text(rows, i, KIND), "look") == 0 && json_array_get_length(lookers) < GW_REPORTS_MAX_ROWS)
            json_array_add_object_element(lookers, looker_to_json(question, rows, i));
    }
    for (unsigned i = 0; i < coverage->offices->len; i++) {
        const GwOfficePlace *office = coverage->offices->pdata[i];
        inspected += g_hash_table_contains(coverage->seen, office->unit) ? 1 : 0;
        json_array_add_object_element(offices, office_to_json(question, coverage, office));
    }
    json_object_set_int_member(question->result, "total", coverage->offices->len);
    json_object_set_int_member(question->result, "inspected", inspected);
    json_object_set_array_member(question->result, "offices", offices);
    json_object_set_array_member(question->result, "lookers", lookers);
    gw_question_reply(question);
}

static void
read_groups(void *user_data)
{
    GwQuestion *question = user_data;
    GwStatement *statement =
        gw_statement_new("SELECT unit, who, kind, count(*), sum(value), max(at_ms) FROM fact WHERE" GW_FACT_LOG_WHERE
                         "GROUP BY unit, who, kind ORDER BY sum(value) DESC LIMIT ?9");
    const GwFactFilter filter = {
        .unit = gw_question_get(question, "unit"),
        .from_ms = gw_question_get_int(question, "from_ms"),
        .until_ms = gw_question_get_int(question, "until_ms"),
    };

    gw_fact_log_bind_filter(statement, &filter);
    gw_statement_int(statement, GW_REPORTS_MAX_GROUPS);
    gw_question_query(question, statement, on_groups);
}

static void
coverage(GwQuestion *question)
{
    const GwReports *self = question->row.subject;
    GwFactFilter filter = { 0 };
    Coverage *coverage = NULL;

    if (!gw_reports_read_span(question, &filter))
        return;
    coverage = g_new0(Coverage, 1);
    coverage->offices =
        gw_offices_at(question->row.gateway->people, filter.unit, MIN(filter.until_ms, gw_reports_now_ms(self)));
    coverage->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    gw_question_set_data(question, coverage, coverage_free);
    gw_fact_log_catch_up(self->facts, read_groups, question);
}

const GwQuestionMethod gw_report_coverage_methods[] = {
    { { .name = "reports.coverage",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_REPORT_PARAM_ID("unit"),
                                      GW_REPORT_PARAM_TIME("from_ms"),
                                      GW_REPORT_PARAM_TIME("until_ms"),
                                      { NULL } },
        .summary = "Which offices below a unit were inspected, and who looked where for how long.",
        .result = "{total, inspected, offices, lookers}",
        .handle = gw_question_on_request },
      coverage },
    { { NULL }, NULL },
};
