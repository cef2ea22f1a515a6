#include "gateway/archive/draw.h"
#include "gateway/spotchecks/spotchecks-priv.h"
#include "question-stage.h"

typedef struct {
    QuestionStage stage;
    GwSpotchecks *spotchecks;
    char *id; /* of the plan that was made last */
} Test;

static void
begin(Test *self)
{
    question_stage_open(&self->stage);
    self->spotchecks = gw_spotchecks_new(&self->stage.gateway, self->stage.subjects);
    self->spotchecks->now = question_stage_now;
    self->spotchecks->steady_us = question_stage_steady;
    self->spotchecks->clock_data = &self->stage;
    gw_spotchecks_tick(self->spotchecks);
    gw_store_flush(self->stage.scratch.store);
}

static void
end(Test *self)
{
    gw_store_flush(self->stage.scratch.store);
    gw_spotchecks_free(self->spotchecks);
    question_stage_clear(&self->stage);
    g_free(self->id);
}

static bool
try(Test *self, const char *person, const char *method, const char *params)
{
    return question_stage_try(&self->stage, self->spotchecks, gw_spotchecks_find_method(method), person, params);
}

static void
refuse(Test *self, const char *person, const char *method, const char *params, SigError code)
{
    g_assert_false(try(self, person, method, params));
    g_assert_error(self->stage.error, SIG_ERROR, (int)code);
}

/* With the id of the plan in it; more: ",\"n\":1" or "". */
static bool
act(Test *self, const char *person, const char *method, const char *more)
{
    g_autofree char *params = g_strdup_printf("{\"spotcheck\":\"%s\"%s}", self->id, more);

    return try(self, person, method, params);
}

static void
refuse_act(Test *self, const char *person, const char *method, const char *more, SigError code)
{
    g_assert_false(act(self, person, method, more));
    g_assert_error(self->stage.error, SIG_ERROR, (int)code);
}

/* As somebody with the index in his hands would. */
static void
run_sql(Test *self, GwStatement *statement)
{
    g_autoptr(GError) error = NULL;
    GwRows *rows = gw_store_query(self->stage.scratch.store, statement, &error);

    g_assert_no_error(error);
    gw_rows_free(rows);
}

/* more: as of act(). */
static bool
create(Test *self, const char *person, const char *kind, unsigned n, const char *more)
{
    static unsigned client = 0;
    g_autofree char *params =
        g_strdup_printf("{\"client\":\"c-%u\",\"name\":\"March\",\"unit\":\"county\",\"kind\":\"%s\",\"n\":%u%s}",
                        client++, kind, n, more);

    if (!try(self, person, "spotchecks.create", params))
        return false;
    g_free(self->id);
    self->id = g_strdup(question_stage_text(&self->stage, "spotcheck.id"));
    return true;
}

static unsigned
count_items(const Test *self, const char *member)
{
    JsonArray *items = json_object_get_array_member(self->stage.result, "items");
    unsigned n = 0;

    for (unsigned i = 0; i < json_array_get_length(items); i++)
        n += json_object_has_member(json_array_get_object_element(items, i), member);
    return n;
}

/* Of the first one that was drawn and of whom nothing is written down. Owned; NULL: there is none. */
static char *
get_waiting(const Test *self)
{
    JsonArray *items = json_object_get_array_member(self->stage.result, "items");

    for (unsigned i = 0; i < json_array_get_length(items); i++) {
        JsonObject *item = json_array_get_object_element(items, i);
        if (json_object_has_member(item, "rank") && !json_object_has_member(item, "outcome"))
            return g_strdup(json_object_get_string_member(item, "id"));
    }
    return NULL;
}

static void
test_plan_draw_and_outcomes(void)
{
    Test test = { 0 };

    begin(&test);
    g_assert_true(create(&test, "i-city", "unit", 2, ",\"weighting\":\"equal\""));
    g_assert_cmpstr(question_stage_text(&test.stage, "spotcheck.state"), ==, "planned");
    g_assert_cmpuint(count_items(&test, "weight"), ==, 5);
    g_assert_null(question_stage_get(&test.stage, "spotcheck.seed"));
    refuse_act(&test, "i-city", "spotchecks.replay", "", SIG_ERROR_STATE);
    /* whoever inspects a unit below does not see what is planned above */
    refuse_act(&test, "i-county", "spotchecks.get", "", SIG_ERROR_NOT_FOUND);
    refuse_act(&test, "i-other", "spotchecks.draw", "", SIG_ERROR_NOT_FOUND);
    g_assert_true(act(&test, "i-city", "spotchecks.draw", ""));
    g_assert_cmpuint(count_items(&test, "rank"), ==, 2);
    g_assert_cmpuint(strlen(question_stage_text(&test.stage, "spotcheck.seed")), ==, 64);
    refuse_act(&test, "i-city", "spotchecks.draw", "", SIG_ERROR_STATE);
    refuse_act(&test, "i-city", "spotchecks.withdraw", ",\"reason\":\"I want others\"", SIG_ERROR_STATE);
    g_assert_true(act(&test, "i-city", "spotchecks.get", ""));
    for (unsigned i = 0; i < 2; i++) {
        g_autofree char *waiting = get_waiting(&test);
        g_autofree char *bare = g_strdup_printf(",\"item\":\"%s\",\"outcome\":\"skipped\",\"text\":\"  \"", waiting);
        g_autofree char *said = g_strdup_printf(",\"item\":\"%s\",\"outcome\":\"%s\",\"text\":\"flooded\"", waiting,
                                                i == 0 ? "skipped" : "wall");
        refuse_act(&test, "i-city", "spotchecks.outcome", bare, SIG_ERROR_BAD_PARAMS);
        g_assert_true(act(&test, "i-city", "spotchecks.outcome", said));
        refuse_act(&test, "i-city", "spotchecks.outcome", said, SIG_ERROR_STATE);
        g_assert_true(act(&test, "i-city", "spotchecks.get", ""));
    }
    g_assert_cmpstr(question_stage_text(&test.stage, "spotcheck.state"), ==, "done");
    g_assert_cmpint(json_node_get_int(question_stage_get(&test.stage, "spotcheck.skipped")), ==, 1);
    refuse_act(&test, "i-city", "spotchecks.outcome", ",\"item\":\"office-x\",\"outcome\":\"wall\"",
               SIG_ERROR_NOT_FOUND);
    g_assert_cmpint(scratch_count(&test.stage.scratch, "SELECT count(*) FROM audit WHERE action LIKE 'spot-check.%'"),
                    ==, 4);
    end(&test);
}

static void
test_replay_finds_the_same(void)
{
    Test test = { 0 };

    begin(&test);
    g_assert_true(
        create(&test, "i-city", "unit", 3, ",\"weighting\":\"hand\",\"weights\":{\"office-1\":20,\"office-2\":7}"));
    g_autofree char *published = g_strdup(question_stage_text(&test.stage, "spotcheck.published"));
    g_assert_true(act(&test, "i-city", "spotchecks.draw", ""));
    g_assert_true(act(&test, "i-city", "spotchecks.replay", ""));
    g_assert_true(json_node_get_boolean(question_stage_get(&test.stage, "same")));
    g_assert_cmpstr(question_stage_text(&test.stage, "published"), ==, published);
    g_autofree char *both = g_strconcat(question_stage_text(&test.stage, "seed"), ":",
                                        question_stage_text(&test.stage, "list_sha256"), NULL);
    g_autofree char *by_hand = g_compute_checksum_for_string(G_CHECKSUM_SHA256, both, -1);
    g_assert_cmpstr(by_hand, ==, published);
    g_autofree char *list = g_compute_checksum_for_string(
        G_CHECKSUM_SHA256, "office-1 20\noffice-2 7\noffice-3 1\noffice-4 1\noffice-5 1\n", -1);
    g_assert_cmpstr(question_stage_text(&test.stage, "list_sha256"), ==, list);
    /* whoever changes who was drawn is found out */
    run_sql(&test, gw_statement_new("UPDATE spotcheck_item SET item = 'office-9' WHERE rank = 1"));
    g_assert_true(act(&test, "i-city", "spotchecks.replay", ""));
    g_assert_false(json_node_get_boolean(question_stage_get(&test.stage, "same")));
    end(&test);
}

static void
test_nobody_is_left_out_without_a_reason(void)
{
    Test test = { 0 };

    begin(&test);
    g_assert_false(create(&test, "i-city", "unit", 1, ",\"weighting\":\"equal\",\"excluded\":{\"office-1\":\" \"}"));
    g_assert_error(test.stage.error, SIG_ERROR, SIG_ERROR_BAD_PARAMS);
    g_assert_false(create(&test, "i-city", "unit", 1, ",\"weighting\":\"equal\",\"excluded\":{\"office-x\":\"no\"}"));
    g_assert_false(create(&test, "i-city", "unit", 1, ",\"weighting\":\"hand\",\"weights\":{\"office-1\":0}"));
    g_assert_false(create(&test, "i-city", "unit", 1, ",\"weighting\":\"hand\",\"weights\":{\"office-1\":21}"));
    g_assert_false(create(&test, "i-city", "unit", 1, ",\"weighting\":\"equal\",\"weights\":{\"office-1\":2}"));
    g_assert_false(create(&test, "i-city", "unit", 6, ",\"weighting\":\"equal\""));
    g_assert_false(create(&test, "i-city", "terminal", 1, ",\"weighting\":\"equal\""));
    g_assert_error(test.stage.error, SIG_ERROR, SIG_ERROR_STATE);
    g_assert_false(create(&test, "i-other", "unit", 1, ",\"weighting\":\"equal\""));
    g_assert_error(test.stage.error, SIG_ERROR, SIG_ERROR_NOT_FOUND);
    g_assert_true(create(&test, "i-city", "unit", 4,
                         ",\"weighting\":\"equal\",\"excluded\":{\"office-3\":\"rebuilt until May\"}"));
    g_assert_cmpuint(count_items(&test, "reason"), ==, 1);
    g_assert_true(act(&test, "i-city", "spotchecks.draw", ""));
    g_assert_cmpint(scratch_count(&test.stage.scratch, "SELECT count(*) FROM spotcheck_item WHERE item = 'office-3'"),
                    ==, 0);
    g_assert_cmpint(scratch_count(&test.stage.scratch, "SELECT count(*) FROM spotcheck_item"), ==, 4);
    end(&test);
}

static void
test_sealed_plan_opens_at_its_time(void)
{
    Test test = { 0 };
    g_autofree char *more =
        g_strdup_printf(",\"weighting\":\"equal\",\"opens_ms\":%" G_GINT64_FORMAT, STARTED_MS + DAY_MS);

    begin(&test);
    g_assert_false(create(&test, "i-city", "unit", 2, ",\"weighting\":\"equal\",\"opens_ms\":1000"));
    g_assert_true(create(&test, "i-city", "unit", 2, more));
    g_assert_cmpstr(question_stage_text(&test.stage, "spotcheck.state"), ==, "sealed");
    g_assert_nonnull(question_stage_text(&test.stage, "spotcheck.published"));
    static const char *const hidden[] = { "name", "unit", "kind", "n", "list_sha256", "seed", "weighting", "listed" };
    for (unsigned i = 0; i < G_N_ELEMENTS(hidden); i++)
        g_assert_false(
            json_object_has_member(json_object_get_object_member(test.stage.result, "spotcheck"), hidden[i]));
    g_assert_false(json_object_has_member(test.stage.result, "items"));
    refuse_act(&test, "i-city", "spotchecks.draw", "", SIG_ERROR_STATE);
    g_assert_cmpint(scratch_count(&test.stage.scratch,
                                  "SELECT count(*) FROM spotcheck WHERE head LIKE '%March%' OR items"
                                  " LIKE '%office%'"),
                    ==, 0);
    g_assert_cmpint(scratch_count(&test.stage.scratch, "SELECT count(*) FROM audit WHERE detail LIKE '%county%'"), ==,
                    0);
    question_stage_go_on(&test.stage, DAY_MS - 1);
    gw_spotchecks_tick(test.spotchecks);
    gw_store_flush(test.stage.scratch.store);
    g_assert_true(act(&test, "i-city", "spotchecks.get", ""));
    g_assert_cmpstr(question_stage_text(&test.stage, "spotcheck.state"), ==, "sealed");
    question_stage_go_on(&test.stage, 1);
    gw_spotchecks_tick(test.spotchecks);
    gw_store_flush(test.stage.scratch.store);
    g_assert_true(act(&test, "i-city", "spotchecks.get", ""));
    g_assert_cmpstr(question_stage_text(&test.stage, "spotcheck.state"), ==, "planned");
    g_assert_cmpuint(count_items(&test, "weight"), ==, 5);
    g_assert_true(act(&test, "i-city", "spotchecks.draw", ""));
    g_assert_true(act(&test, "i-city", "spotchecks.replay", ""));
    g_assert_true(json_node_get_boolean(question_stage_get(&test.stage, "same")));
    end(&test);
}

static void
test_a_set_clock_opens_nothing(void)
{
    Test test = { 0 };
    g_autofree char *more =
        g_strdup_printf(",\"weighting\":\"equal\",\"opens_ms\":%" G_GINT64_FORMAT, STARTED_MS + DAY_MS);

    begin(&test);
    g_assert_true(create(&test, "i-city", "unit", 2, more));
    test.stage.now_ms += 2 * DAY_MS; /* nothing of which has passed */
    gw_spotchecks_tick(test.spotchecks);
    gw_store_flush(test.stage.scratch.store);
    g_assert_true(act(&test, "i-city", "spotchecks.get", ""));
    g_assert_cmpstr(question_stage_text(&test.stage, "spotcheck.state"), ==, "sealed");
    end(&test);
}

static void
test_withdrawn_before_the_draw(void)
{
    Test test = { 0 };

    begin(&test);
    g_assert_true(create(&test, "i-county", "supervisee", 1, ",\"weighting\":\"equal\""));
    refuse_act(&test, "i-city", "spotchecks.withdraw", ",\"reason\":\"not mine\"", SIG_ERROR_FORBIDDEN);
    g_assert_true(act(&test, "i-county", "spotchecks.withdraw", ",\"reason\":\"fog\""));
    g_assert_cmpstr(question_stage_text(&test.stage, "spotcheck.state"), ==, "withdrawn");
    refuse_act(&test, "i-county", "spotchecks.draw", "", SIG_ERROR_STATE);
    end(&test);
}

static void
test_a_photo_is_of_whom_was_drawn(void)
{
    Test test = { 0 };

    begin(&test);
    g_assert_true(create(&test, "i-county", "supervisee", 3, ",\"weighting\":\"days\""));
    g_assert_true(act(&test, "i-county", "spotchecks.draw", ""));
    run_sql(&test, gw_statement_new(
                       "INSERT INTO photo_request (id, subject, unit, who, display, reason, hash, made_ms, expires_ms)"
                       " VALUES ('photo-1', 's-2', 'office-2', 'x', 'x', 'x', 'x', 0, 0)"));
    refuse_act(&test, "i-county", "spotchecks.outcome", ",\"item\":\"s-1\",\"outcome\":\"photo\"", SIG_ERROR_NOT_FOUND);
    refuse_act(&test, "i-county", "spotchecks.outcome", ",\"item\":\"s-1\",\"outcome\":\"photo\",\"photo\":\"photo-1\"",
               SIG_ERROR_NOT_FOUND);
    g_assert_true(
        act(&test, "i-county", "spotchecks.outcome", ",\"item\":\"s-2\",\"outcome\":\"photo\",\"photo\":\"photo-1\""));
    end(&test);
}

static void
test_weights(void)
{
    static const struct {
        const char *weighting;
        int days; /* -1: never */
        unsigned open, past, weight;
    } cases[] = {
        { "equal", -1, 9, 9, 1 },   { "days", -1, 0, 0, 20 },   { "days", 0, 0, 0, 1 },
        { "days", 4, 0, 0, 1 },     { "days", 5, 0, 0, 2 },     { "days", 94, 0, 0, 19 },
        { "days", 95, 0, 0, 20 },   { "days", 4000, 0, 0, 20 }, { "tickets", -1, 0, 0, 1 },
        { "tickets", -1, 1, 2, 6 }, { "tickets", 0, 7, 0, 20 }, { "tickets", 0, 4000000000U, 4000000000U, 20 },
        { "hand", -1, 3, 3, 1 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const GwCandidate candidate = { .last_ms = cases[i].days < 0 ? 0 : STARTED_MS - cases[i].days * DAY_MS,
                                        .open = cases[i].open,
                                        .past = cases[i].past };
        g_assert_cmpuint(gw_candidate_weigh(cases[i].weighting, &candidate, STARTED_MS), ==, cases[i].weight);
    }
}

/* Of 2,000 draws of one among two, who has nineteen lots of twenty is drawn nineteen times of twenty. */
static void
test_who_weighs_more_is_drawn_more(void)
{
    unsigned heavy = 0;

    for (unsigned i = 0; i < 2000; i++) {
        g_autoptr(GArray) entries = gw_draw_entries_new();
        g_autofree char *seed = g_strdup_printf("seed-%u", i);
        gw_draw_entries_add(entries, "a", 1);
        gw_draw_entries_add(entries, "b", 19);
        gw_draw_entries_add(entries, "c", 0);
        gw_draw_entries(seed, entries);
        heavy += strcmp(g_array_index(entries, GwDrawEntry, 0).name, "b") == 0;
        g_assert_null(g_array_index(entries, GwDrawEntry, 2).lot);
    }
    g_assert_cmpuint(heavy, >, 1850);
    g_assert_cmpuint(heavy, <, 1950);
}

static void
test_history_weighs(void)
{
    Test test = { 0 };

    begin(&test);
    GwStatement *statement =
        gw_statement_new("INSERT INTO rollcall_office (rollcall, number, unit, name, state, called_ms,"
                         " until_ms, answered_ms, calls) VALUES ('r', 1, 'office-2', 'x', 'answered',"
                         " 0, 0, ?1, 1)");
    run_sql(&test,
            gw_statement_new(
                "INSERT INTO rollcall (id, session, name, unit, person, display, clock_s, class, state, started_ms,"
                " ended_ms, total, answered) VALUES ('r', 's', 'x', 'county', 'x', 'x', 60, 'recorded', 'ended',"
                " 0, 0, 1, 1)"));
    gw_statement_int(statement, STARTED_MS - 10 * DAY_MS);
    run_sql(&test, statement);
    g_assert_true(
        try(&test, "i-county", "spotchecks.preview", "{\"unit\":\"county\",\"kind\":\"unit\",\"weighting\":\"days\"}"));
    JsonArray *items = json_object_get_array_member(test.stage.result, "items");
    g_assert_cmpuint(json_array_get_length(items), ==, 5);
    g_assert_cmpint(json_object_get_int_member(json_array_get_object_element(items, 0), "weight"), ==, 20);
    g_assert_cmpint(json_object_get_int_member(json_array_get_object_element(items, 1), "weight"), ==, 3);
    refuse(&test, "i-other", "spotchecks.preview", "{\"unit\":\"county\",\"kind\":\"unit\",\"weighting\":\"days\"}",
           SIG_ERROR_NOT_FOUND);
    end(&test);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/spotchecks/plan-draw-and-outcomes", test_plan_draw_and_outcomes);
    g_test_add_func("/gateway/spotchecks/replay-finds-the-same", test_replay_finds_the_same);
    g_test_add_func("/gateway/spotchecks/nobody-is-left-out-without-a-reason",
                    test_nobody_is_left_out_without_a_reason);
    g_test_add_func("/gateway/spotchecks/sealed-plan-opens-at-its-time", test_sealed_plan_opens_at_its_time);
    g_test_add_func("/gateway/spotchecks/a-set-clock-opens-nothing", test_a_set_clock_opens_nothing);
    g_test_add_func("/gateway/spotchecks/withdrawn-before-the-draw", test_withdrawn_before_the_draw);
    g_test_add_func("/gateway/spotchecks/a-photo-is-of-whom-was-drawn", test_a_photo_is_of_whom_was_drawn);
    g_test_add_func("/gateway/spotchecks/weights", test_weights);
    g_test_add_func("/gateway/spotchecks/who-weighs-more-is-drawn-more", test_who_weighs_more_is_drawn_more);
    g_test_add_func("/gateway/spotchecks/history-weighs", test_history_weighs);
    return g_test_run();
}
