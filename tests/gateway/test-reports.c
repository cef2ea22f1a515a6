#include "report-stage.h"

#include "gateway/people/tree.h"
#include "gateway/reports/paper.h"

static const char MARCH[] = "\"unit\":\"city\",\"period\":\"2026-03\",\"language\":\"en\"";

static void
issue_and_close(ReportStage *stage)
{
    g_autofree char *ticket = ticket_stage_create(&stage->base, "i-city", "office", "2026-04-01");
    g_autofree char *object = g_strconcat("ticket:", ticket, NULL);

    ticket_stage_act(&stage->base, "o-office", "reply", ticket, ",\"text\":\"Written up\"");
    ticket_stage_act(&stage->base, "i-city", "close", ticket, "");
    report_stage_record(stage, "person:i-city", "ticket.create", object, "{\"unit\":\"office\"}");
    report_stage_record(stage, "person:i-city", "ticket.close", object, "{\"unit\":\"office\"}");
}

static char *
draft(ReportStage *stage, const char *person, const char *params)
{
    g_autofree char *all = g_strconcat("{", params, "}", NULL);
    JsonObject *answer = report_stage_ask(stage, person, "reports.draft", all);

    return g_strdup(json_object_get_string_member(json_object_get_object_member(answer, "report"), "id"));
}

static JsonObject *
get(ReportStage *stage, const char *report)
{
    return json_object_get_object_member(report_stage_act(stage, "i-city", "reports.get", report, ""), "report");
}

static void
act(ReportStage *stage, const char *person, const char *method, const char *report, unsigned n)
{
    g_autofree char *more = g_strdup_printf(",\"n\":%u", n);

    report_stage_act(stage, person, method, report, more);
}

static void
test_the_bulletin_contains_the_closed_ticket(void)
{
    ReportStage stage = { 0 };

    report_stage_begin(&stage);
    issue_and_close(&stage);
    g_autofree char *report = draft(&stage, "i-city", MARCH);
    JsonObject *body = json_object_get_object_member(get(&stage, report), "body");
    const char *problems = json_object_get_string_member(body, "problems");
    g_assert_nonnull(strstr(problems, "Files of March are missing (ticket 2026-0001, closed)"));
    g_assert_cmpstr(json_object_get_string_member(body, "orders"), ==, "None.");
    g_assert_cmpstr(json_object_get_string_member(body, "units"), ==, "Office");
    g_assert_cmpstr(json_object_get_string_member(body, "inspectors"), ==, "i-city");
    report_stage_refuse(&stage, "second-i-city", "reports.draft",
                        "{\"unit\":\"city\",\"period\":\"2026-03\",\"language\":\"zh\"}", SIG_ERROR_STATE);
    report_stage_refuse(&stage, "i-county", "reports.draft",
                        "{\"unit\":\"city\",\"period\":\"2026-03\",\"language\":\"zh\"}", SIG_ERROR_NOT_FOUND);
    report_stage_end(&stage);
}

static void
test_who_wrote_it_does_not_approve_it(void)
{
    ReportStage stage = { 0 };

    report_stage_begin(&stage);
    g_autofree char *report = draft(&stage, "i-city", MARCH);
    report_stage_refuse_act(&stage, "second-i-city", "reports.approve", report, ",\"n\":1", SIG_ERROR_STATE);
    act(&stage, "i-city", "reports.submit", report, 1);
    report_stage_refuse_act(&stage, "i-city", "reports.approve", report, ",\"n\":2", SIG_ERROR_FORBIDDEN);
    report_stage_refuse_act(&stage, "i-city", "reports.refuse", report, ",\"n\":2,\"reason\":\"x\"",
                            SIG_ERROR_FORBIDDEN);
    report_stage_refuse_act(&stage, "i-county", "reports.approve", report, ",\"n\":2", SIG_ERROR_NOT_FOUND);
    /* Somebody who edits becomes an author, too. */
    report_stage_act(&stage, "second-i-city", "reports.refuse", report, ",\"n\":2,\"reason\":\"Name the units\"");
    report_stage_act(
        &stage, "second-i-city", "reports.save", report,
        ",\"n\":3,\"title\":\"March\",\"units\":\"Office\",\"good\":\"\",\"problems\":\"One\",\"orders\":\"\","
        "\"passed\":\"\",\"inspectors\":\"\"");
    act(&stage, "i-city", "reports.submit", report, 4);
    report_stage_refuse_act(&stage, "second-i-city", "reports.approve", report, ",\"n\":5", SIG_ERROR_FORBIDDEN);
    report_stage_refuse_act(&stage, "i-province", "reports.approve", report, ",\"n\":4", SIG_ERROR_STATE);
    act(&stage, "i-province", "reports.approve", report, 5);
    g_assert_cmpstr(json_object_get_string_member(get(&stage, report), "state"), ==, "approved");
    g_assert_cmpstr(json_object_get_string_member(get(&stage, report), "approver"), ==, "i-province");
    report_stage_end(&stage);
}

static void
test_numbers_have_no_holes(void)
{
    static const char *const months[] = { "2026-01", "2026-02", "2026-03", "2025-12" };
    ReportStage stage = { 0 };
    g_autofree char *ids[G_N_ELEMENTS(months)] = { NULL };

    report_stage_begin(&stage);
    for (unsigned i = 0; i < G_N_ELEMENTS(months); i++) {
        g_autofree char *params = g_strdup_printf("\"unit\":\"city\",\"period\":\"%s\",\"language\":\"zh\"", months[i]);
        ids[i] = draft(&stage, "i-city", params);
        act(&stage, "i-city", "reports.submit", ids[i], 1);
    }
    report_stage_act(&stage, "i-province", "reports.refuse", ids[0], ",\"n\":2,\"reason\":\"x\"");
    act(&stage, "i-province", "reports.approve", ids[1], 2);
    act(&stage, "i-province", "reports.approve", ids[2], 2);
    act(&stage, "i-province", "reports.approve", ids[3], 2);
    g_assert_false(json_object_has_member(get(&stage, ids[0]), "number"));
    g_assert_cmpint(json_object_get_int_member(get(&stage, ids[1]), "number"), ==, 1);
    g_assert_cmpint(json_object_get_int_member(get(&stage, ids[2]), "number"), ==, 2);
    g_assert_cmpint(json_object_get_int_member(get(&stage, ids[3]), "number"), ==, 1); /* of another year */
    report_stage_refuse_act(&stage, "i-province", "reports.approve", ids[1], ",\"n\":3", SIG_ERROR_STATE);
    report_stage_refuse_act(&stage, "i-city", "reports.submit", ids[1], ",\"n\":3", SIG_ERROR_STATE);
    for (unsigned i = 0; i < G_N_ELEMENTS(months); i++)
        g_clear_pointer(&ids[i], g_free);
    report_stage_end(&stage);
}

static void
test_an_approved_report_is_locked(void)
{
    ReportStage stage = { 0 };
    g_autoptr(GError) error = NULL;

    report_stage_begin(&stage);
    issue_and_close(&stage);
    g_autofree char *report = draft(&stage, "i-city", MARCH);
    act(&stage, "i-city", "reports.submit", report, 1);
    act(&stage, "i-province", "reports.approve", report, 2);
    /* Neither by hand, nor by what is recorded later. */
    g_autoptr(GwRows) rows =
        gw_store_query(stage.base.scratch.store, gw_statement_new("UPDATE report SET title = 'x'"), &error);
    g_assert_null(rows);
    g_assert_error(error, GW_STORE_ERROR, GW_STORE_ERROR_CONFLICT);
    unsigned before = report_stage_count(report_stage_act(&stage, "i-city", "reports.get", report, ""), "figures");
    report_stage_record(&stage, "system", "roll-call.absent", "roll-call:1", "{\"unit\":\"office\"}");
    g_assert_cmpuint(report_stage_count(report_stage_act(&stage, "i-city", "reports.get", report, ""), "figures"), ==,
                     before);
    report_stage_end(&stage);
}

static void
test_every_figure_opens_to_its_events(void)
{
    ReportStage stage = { 0 };

    report_stage_begin(&stage);
    issue_and_close(&stage);
    report_stage_record(&stage, "person:i-city", "look", "terminal:t1",
                        "{\"unit\":\"office2\",\"from_ms\":1000,\"until_ms\":31000,\"goes_on\":false}");
    JsonObject *answer = report_stage_ask(&stage, "i-city", "reports.events",
                                          "{\"unit\":\"city\",\"from_ms\":0,\"until_ms\":1780000000000,"
                                          "\"kinds\":[\"look\",\"ticket-closed\",\"',no kind\"]}");
    g_assert_cmpuint(report_stage_count(answer, "events"), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(report_stage_nth(answer, "events", 1), "path"), ==,
                    "Ministry / Province / City / County / Second office");
    report_stage_refuse(&stage, "i-county", "reports.events",
                        "{\"unit\":\"city\",\"from_ms\":0,\"until_ms\":1780000000000}", SIG_ERROR_NOT_FOUND);
    report_stage_refuse(&stage, "i-city", "reports.events", "{\"unit\":\"city\",\"from_ms\":5,\"until_ms\":5}",
                        SIG_ERROR_BAD_PARAMS);
    report_stage_end(&stage);
}

static void
test_coverage_counts_offices(void)
{
    ReportStage stage = { 0 };

    report_stage_begin(&stage);
    for (int i = 0; i < 2; i++)
        report_stage_record(&stage, "person:i-city", "look", "terminal:t1",
                            "{\"unit\":\"office\",\"from_ms\":1000,\"until_ms\":31000,\"goes_on\":false}");
    JsonObject *answer = report_stage_ask(&stage, "i-province", "reports.coverage",
                                          "{\"unit\":\"province\",\"from_ms\":0,\"until_ms\":4000000000000}");
    g_assert_cmpint(json_object_get_int_member(answer, "total"), ==, 3);
    g_assert_cmpint(json_object_get_int_member(answer, "inspected"), ==, 1);
    JsonObject *looker = report_stage_nth(answer, "lookers", 0);
    g_assert_cmpstr(json_object_get_string_member(looker, "by"), ==, "i-city");
    g_assert_cmpint(json_object_get_int_member(looker, "looked_ms"), ==, 60000);
    report_stage_end(&stage);
}

static JsonObject *
rank(ReportStage *stage)
{
    return report_stage_ask(stage, "i-province", "reports.ranking", "{\"unit\":\"province\",\"quarter\":\"2026-Q1\"}");
}

static JsonObject *
find_ranked(JsonObject *answer, const char *unit)
{
    for (unsigned i = 0; i < report_stage_count(answer, "ranking"); i++) {
        JsonObject *row = report_stage_nth(answer, "ranking", i);
        if (g_strcmp0(json_object_get_string_member(json_object_get_object_member(row, "unit"), "id"), unit) == 0)
            return row;
    }
    g_assert_not_reached();
}

static void
test_a_unit_that_moves_keeps_its_past(void)
{
    ReportStage stage = { 0 };
    g_autoptr(GError) error = NULL;

    report_stage_begin(&stage);
    report_stage_record(&stage, "terminal:t", "roll-call.answer", "roll-call:1", "{\"unit\":\"office\"}");
    report_stage_record(&stage, "system", "roll-call.absent", "roll-call:1", "{\"unit\":\"office2\"}");
    report_stage_record(&stage, "terminal:t", "roll-call.answer", "roll-call:1", "{\"unit\":\"office3\"}");
    JsonObject *answer = rank(&stage);
    g_assert_cmpint(json_object_get_int_member(find_ranked(answer, "city2"), "rank"), ==, 1);
    g_assert_cmpint(json_object_get_int_member(find_ranked(answer, "city2"), "score"), ==, 1000);
    /* (40 × 500 + 15 × 500) / 55: nothing of tickets. */
    g_assert_cmpint(json_object_get_int_member(find_ranked(answer, "city"), "score"), ==, 500);
    stage.base.now_ms += DAY_MS;
    g_assert_true(gw_tree_move(stage.base.gateway.people->directory, "office2", "city2", stage.base.now_ms, &error));
    report_stage_record(&stage, "terminal:t", "roll-call.answer", "roll-call:2", "{\"unit\":\"office2\"}");
    answer = rank(&stage);
    JsonObject *response = report_stage_nth(find_ranked(answer, "city"), "parts", 0);
    g_assert_cmpint(json_object_get_int_member(response, "of"), ==, 1);
    g_assert_cmpint(json_object_get_int_member(response, "all"), ==, 2);
    response = report_stage_nth(find_ranked(answer, "city2"), "parts", 0);
    g_assert_cmpint(json_object_get_int_member(response, "all"), ==, 2);
    answer = report_stage_ask(&stage, "i-city", "reports.events",
                              "{\"unit\":\"city\",\"from_ms\":0,\"until_ms\":4000000000000,\"kinds\":[\"absent\"]}");
    g_assert_cmpstr(json_object_get_string_member(report_stage_nth(answer, "events", 0), "path"), ==,
                    "Ministry / Province / City / County / Second office");
    report_stage_end(&stage);
}

static void
test_the_formula_is_whole_numbers(void)
{
    static const struct {
        GwShare shares[GW_N_PARTS];
        int score;
    } cases[] = {
        { { { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 } }, -1 },
        { { { 1, 1 }, { 0, 0 }, { 0, 0 }, { 0, 0 } }, 1000 },
        { { { 0, 5 }, { 0, 5 }, { 0, 5 }, { 0, 5 } }, 0 },
        { { { 2, 3 }, { 1, 1 }, { 1, 1 }, { 1, 1 } }, 866 },  /* (40 × 666 + 60 × 1000) / 100 */
        { { { 1, 2 }, { 0, 0 }, { 0, 0 }, { 1, 3 } }, 454 },  /* (40 × 500 + 15 × 333) / 55 */
        { { { 9, 3 }, { 0, 0 }, { 0, 0 }, { -4, 3 } }, 727 }, /* never more than all, or less than none */
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(gw_formula_get_score(&gw_formula_built_in, cases[i].shares), ==, cases[i].score);
}

static void
test_a_period_is_as_long_as_it_is(void)
{
    static const struct {
        const char *text;
        int64_t from_ms, hours; /* hours 0: refused */
    } cases[] = {
        { "2026-03", INT64_C(1772319600000), 31 * 24 - 1 },
        { "2026-10", INT64_C(1790805600000), 31 * 24 + 1 },
        { "2026-W13", INT64_C(1774220400000), 7 * 24 - 1 },
        { "2026-W01", INT64_C(1766962800000), 7 * 24 },
        { "2026-W53", INT64_C(1798412400000), 7 * 24 },
        { "2025-W53", 0, 0 },
        { "2026-Q1", INT64_C(1767222000000), 90 * 24 - 1 },
        { "2026-Q5", 0, 0 },
        { "2026-00", 0, 0 },
        { "2026-13", 0, 0 },
        { "2026-W00", 0, 0 },
        { "2026-3", 0, 0 },
        { "1999-01", 0, 0 },
        { "2026-Q11", 0, 0 },
        { "2026/03", 0, 0 },
        { "", 0, 0 },
    };
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(SUMMER_ZONE);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        GwPeriod period = { 0 };
        if (gw_period_parse(cases[i].text, zone, &period) != (cases[i].hours != 0))
            g_error("'%s'", cases[i].text);
        if (cases[i].hours == 0)
            continue;
        g_assert_cmpint(period.from_ms, ==, cases[i].from_ms);
        g_assert_cmpint(period.until_ms - period.from_ms, ==, cases[i].hours * 3600 * 1000);
    }
}

static void
test_paper_has_an_end(void)
{
    g_autoptr(GwDocument) document = gw_document_new("zh");
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *page = NULL;

    for (unsigned i = 0; i < 400; i++)
        g_string_append(text, "走访记录缺五份,请补齐 <script>&amp;\n");
    gw_document_add(document, GW_BLOCK_TITLE, NULL, "月通报 <b>");
    for (unsigned i = 0; i < 2 * GW_DOCUMENT_MAX_BLOCKS; i++)
        gw_document_add(document, GW_BLOCK_TEXT, NULL, i < 20 ? text->str : "");
    gw_document_add_bar(document, "beyond", 1, 0);
    g_assert_cmpuint(document->blocks->len, ==, GW_DOCUMENT_MAX_BLOCKS);
    bytes = gw_paper_make(document, &error);
    g_assert_no_error(error);
    g_assert_true(g_str_has_prefix(g_bytes_get_data(bytes, NULL), "%PDF-"));
    page = gw_document_to_html(document);
    g_assert_null(strstr(page, "<script>"));
    g_assert_nonnull(strstr(page, "月通报 &lt;b&gt;"));
}

static void
test_an_alarm_opens_its_case_once(void)
{
    g_autoptr(JsonObject) detail = json_object_new();
    const GwFactSource alarm = { .who = "platform:p", .action = "case.alarm", .object = "case:1", .detail = detail };
    const GwFactSource lesson = { .who = "person:i", .action = "lesson.sign", .object = "lesson:1", .detail = detail };
    GwFact fact = { 0 };

    json_object_set_string_member(detail, "unit", "office");
    g_assert_true(gw_fact_read(&lesson, &fact));
    g_assert_cmpstr(fact.kind, ==, "lesson");
    gw_fact_clear(&fact);
    json_object_set_boolean_member(detail, "joined", false);
    g_assert_true(gw_fact_read(&alarm, &fact));
    g_assert_cmpstr(fact.kind, ==, "case-opened");
    g_assert_cmpstr(fact.opens, ==, "case:1");
    gw_fact_clear(&fact);
    json_object_set_boolean_member(detail, "joined", true);
    g_assert_false(gw_fact_read(&alarm, &fact));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/reports/the-bulletin-contains-the-closed-ticket",
                    test_the_bulletin_contains_the_closed_ticket);
    g_test_add_func("/gateway/reports/who-wrote-it-does-not-approve-it", test_who_wrote_it_does_not_approve_it);
    g_test_add_func("/gateway/reports/numbers-have-no-holes", test_numbers_have_no_holes);
    g_test_add_func("/gateway/reports/an-approved-report-is-locked", test_an_approved_report_is_locked);
    g_test_add_func("/gateway/reports/every-figure-opens-to-its-events", test_every_figure_opens_to_its_events);
    g_test_add_func("/gateway/reports/coverage-counts-offices", test_coverage_counts_offices);
    g_test_add_func("/gateway/reports/a-unit-that-moves-keeps-its-past", test_a_unit_that_moves_keeps_its_past);
    g_test_add_func("/gateway/reports/the-formula-is-whole-numbers", test_the_formula_is_whole_numbers);
    g_test_add_func("/gateway/reports/a-period-is-as-long-as-it-is", test_a_period_is_as_long_as_it_is);
    g_test_add_func("/gateway/reports/an-alarm-opens-its-case-once", test_an_alarm_opens_its_case_once);
    g_test_add_func("/gateway/reports/paper-has-an-end", test_paper_has_an_end);
    return g_test_run();
}
