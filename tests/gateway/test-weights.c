#include "report-stage.h"

/* What the ranking weighs. It is March 2026; "a-city" and "a-county" are administrators. */

#define SET(unit, quarter, rest)                                                                                       \
    "{\"unit\":\"" unit "\",\"quarter\":\"" quarter "\"," rest ",\"reason\":\"decided by the bureau\"}"
#define COVERED "\"response\":0,\"in_time\":0,\"lasting\":0,\"covered\":100"
#define EVEN    "\"response\":25,\"in_time\":25,\"lasting\":25,\"covered\":25"

static void
begin(ReportStage *stage)
{
    const GwNewPerson city = { "a-city", "a-city", "City", "city", "administrator" };
    const GwNewPerson county = { "a-county", "a-county", "County", "county", "administrator" };
    g_autoptr(GError) error = NULL;

    report_stage_begin(stage);
    g_assert_nonnull(gw_directory_add_person(stage->base.gateway.people->directory, &city, &error));
    g_assert_nonnull(gw_directory_add_person(stage->base.gateway.people->directory, &county, &error));
    g_assert_no_error(error);
}

static int64_t
time_of(const ReportStage *stage, const char *quarter)
{
    GwPeriod period = { 0 };

    g_assert_true(gw_period_parse(quarter, stage->base.zone, &period));
    return period.from_ms;
}

static unsigned
version_of(const ReportStage *stage, const char *unit, const char *quarter)
{
    return gw_weights_find(stage->reports, unit, time_of(stage, quarter)).version;
}

static void
test_what_has_begun_keeps_its_weights(void)
{
    ReportStage stage = { 0 };

    begin(&stage);
    report_stage_record(&stage, "terminal:t", "roll-call.answer", "roll-call:1", "{\"unit\":\"office\"}");
    report_stage_record(&stage, "system", "roll-call.absent", "roll-call:1", "{\"unit\":\"office2\"}");
    report_stage_refuse(&stage, "a-city", "reports.set-weights", SET("city", "2026-Q1", COVERED), SIG_ERROR_BAD_PARAMS);
    report_stage_refuse(&stage, "a-city", "reports.set-weights", SET("city", "2025-Q4", COVERED), SIG_ERROR_BAD_PARAMS);
    report_stage_ask(&stage, "a-city", "reports.set-weights", SET("city", "2026-Q2", COVERED));
    JsonObject *answer =
        report_stage_ask(&stage, "i-city", "reports.ranking", "{\"unit\":\"city\",\"quarter\":\"2026-Q1\"}");
    JsonObject *formula = json_object_get_object_member(answer, "formula");
    g_assert_cmpint(json_object_get_int_member(formula, "version"), ==, 1);
    stage.base.now_ms = time_of(&stage, "2026-Q2") + 1000;
    report_stage_record(&stage, "terminal:t", "roll-call.answer", "roll-call:2", "{\"unit\":\"office\"}");
    answer = report_stage_ask(&stage, "i-city", "reports.ranking", "{\"unit\":\"city\",\"quarter\":\"2026-Q2\"}");
    formula = json_object_get_object_member(answer, "formula");
    g_assert_cmpint(json_object_get_int_member(formula, "version"), ==, 2);
    g_assert_cmpint(json_object_get_int_member(report_stage_nth(formula, "parts", 3), "weight"), ==, 100);
    /* One of two offices was inspected; that all answered weighs nothing. */
    g_assert_cmpint(json_object_get_int_member(report_stage_nth(answer, "ranking", 0), "score"), ==, 500);
    answer = report_stage_ask(&stage, "i-city", "reports.ranking", "{\"unit\":\"city\",\"quarter\":\"2026-Q1\"}");
    g_assert_cmpint(json_object_get_int_member(json_object_get_object_member(answer, "formula"), "version"), ==, 1);
    report_stage_end(&stage);
}

static void
test_the_nearest_above_counts_and_the_newest_of_it(void)
{
    ReportStage stage = { 0 };

    begin(&stage);
    report_stage_ask(&stage, "a-city", "reports.set-weights", SET("city", "2026-Q3", COVERED));
    report_stage_ask(&stage, "a-county", "reports.set-weights", SET("county", "2026-Q3", EVEN));
    report_stage_ask(&stage, "a-city", "reports.set-weights", SET("city", "2026-Q2", EVEN));
    g_assert_cmpuint(version_of(&stage, "city", "2026-Q1"), ==, 1);
    g_assert_cmpuint(version_of(&stage, "city", "2026-Q2"), ==, 4);
    g_assert_cmpuint(version_of(&stage, "city", "2026-Q3"), ==, 4);
    g_assert_cmpuint(version_of(&stage, "county", "2026-Q2"), ==, 4);
    g_assert_cmpuint(version_of(&stage, "county", "2026-Q3"), ==, 3);
    g_assert_cmpuint(version_of(&stage, "province", "2026-Q3"), ==, 1);
    g_assert_cmpuint(version_of(&stage, "city2", "2026-Q3"), ==, 1);
    report_stage_end(&stage);
}

static void
test_they_are_a_hundred_together_and_of_ones_own_tree(void)
{
    ReportStage stage = { 0 };

    begin(&stage);
    report_stage_refuse(&stage, "a-city", "reports.set-weights",
                        SET("city", "2026-Q2", "\"response\":25,\"in_time\":25,\"lasting\":25,\"covered\":26"),
                        SIG_ERROR_BAD_PARAMS);
    report_stage_refuse(&stage, "a-city", "reports.set-weights",
                        SET("city", "2026-Q2", "\"response\":-1,\"in_time\":51,\"lasting\":25,\"covered\":25"),
                        SIG_ERROR_BAD_PARAMS);
    report_stage_refuse(&stage, "a-city", "reports.set-weights", SET("city", "2026-W20", EVEN), SIG_ERROR_BAD_PARAMS);
    report_stage_refuse(&stage, "a-county", "reports.set-weights", SET("city", "2026-Q2", EVEN), SIG_ERROR_NOT_FOUND);
    report_stage_refuse(&stage, "a-city", "reports.set-weights", SET("city2", "2026-Q2", EVEN), SIG_ERROR_NOT_FOUND);
    report_stage_refuse(&stage, "i-county", "reports.set-weights", SET("county", "2026-Q2", EVEN), SIG_ERROR_NOT_FOUND);
    report_stage_refuse(&stage, "i-county", "reports.weights", "{\"unit\":\"city\"}", SIG_ERROR_NOT_FOUND);
    JsonObject *answer = report_stage_ask(&stage, "i-city", "reports.weights", "{\"unit\":\"city\"}");
    g_assert_cmpuint(report_stage_count(answer, "weights"), ==, 0);
    g_assert_cmpuint(report_stage_count(answer, "quarters"), ==, 4);
    g_assert_cmpstr(json_array_get_string_element(json_object_get_array_member(answer, "quarters"), 0), ==, "2026-Q2");
    g_assert_cmpstr(json_array_get_string_element(json_object_get_array_member(answer, "quarters"), 3), ==, "2027-Q1");
    report_stage_end(&stage);
}

static void
test_they_stay_over_a_restart(void)
{
    ReportStage stage = { 0 };
    g_autoptr(GError) error = NULL;

    begin(&stage);
    report_stage_ask(&stage, "a-city", "reports.set-weights", SET("city", "2026-Q2", EVEN));
    g_clear_pointer(&stage.reports, gw_reports_free);
    stage.reports = gw_reports_new_at(&stage.base.gateway, stage.facts, stage.base.zone, &error);
    g_assert_no_error(error);
    const GwFormula formula = gw_weights_find(stage.reports, "city", time_of(&stage, "2026-Q2"));
    g_assert_cmpuint(formula.version, ==, 2);
    g_assert_cmpuint(formula.weights[GW_PART_LASTING], ==, 25);
    report_stage_end(&stage);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reports/weights/what-has-begun-keeps-its-weights", test_what_has_begun_keeps_its_weights);
    g_test_add_func("/reports/weights/the-nearest-above-counts-and-the-newest-of-it",
                    test_the_nearest_above_counts_and_the_newest_of_it);
    g_test_add_func("/reports/weights/they-are-a-hundred-together-and-of-ones-own-tree",
                    test_they_are_a_hundred_together_and_of_ones_own_tree);
    g_test_add_func("/reports/weights/they-stay-over-a-restart", test_they_stay_over_a_restart);
    return g_test_run();
}
