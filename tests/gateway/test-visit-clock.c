#include "gateway/visits/clock.h"
#include "gateway/visits/notices.h"
#include "gateway/visits/waiting.h"

#define MINUTE INT64_C(60000)
#define START  INT64_C(1000000)

static GwVisitClock
started(unsigned minutes)
{
    GwVisitClock clock = { .minutes = minutes };

    gw_visit_clock_start(&clock, START);
    return clock;
}

static void
test_runs_for_its_minutes(void)
{
    GwVisitClock clock = started(30);

    g_assert_cmpint(gw_visit_clock_get_end_ms(&clock, START), ==, START + 30 * MINUTE);
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 30 * MINUTE - 1), !=, 0);
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 30 * MINUTE), ==, 0);
}

static void
test_before_admission_nothing_is_due(void)
{
    GwVisitClock clock = { .minutes = 30 };

    g_assert_cmpint(gw_visit_clock_get_end_ms(&clock, START), ==, 0);
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 100 * MINUTE), ==, -1);
}

static void
test_pause_does_not_count(void)
{
    GwVisitClock clock = started(30);

    gw_visit_clock_set_hand(&clock, GW_CLOCK_PAUSED, START + 10 * MINUTE);
    g_assert_cmpint(gw_visit_clock_get_end_ms(&clock, START + 12 * MINUTE), ==, START + 32 * MINUTE);
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 90 * MINUTE), ==, -1);
    gw_visit_clock_set_hand(&clock, GW_CLOCK_RUNS, START + 14 * MINUTE);
    g_assert_cmpint(gw_visit_clock_get_end_ms(&clock, START + 20 * MINUTE), ==, START + 34 * MINUTE);
}

static void
test_lost_time_is_given_back_up_to_a_maximum(void)
{
    GwVisitClock clock = started(30);

    gw_visit_clock_set_hand(&clock, GW_CLOCK_LOST, START + MINUTE);
    gw_visit_clock_set_hand(&clock, GW_CLOCK_RUNS, START + 3 * MINUTE);
    g_assert_cmpint(gw_visit_clock_get_end_ms(&clock, START + 4 * MINUTE), ==, START + 32 * MINUTE);
    gw_visit_clock_set_hand(&clock, GW_CLOCK_LOST, START + 4 * MINUTE);
    g_assert_cmpint(gw_visit_clock_get_end_ms(&clock, START + 20 * MINUTE), ==,
                    START + 30 * MINUTE + GW_VISIT_MAX_LOST_MS);
    gw_visit_clock_set_hand(&clock, GW_CLOCK_RUNS, START + 20 * MINUTE);
    g_assert_cmpint(gw_visit_clock_get_end_ms(&clock, START + 21 * MINUTE), ==,
                    START + 30 * MINUTE + GW_VISIT_MAX_LOST_MS);
}

static void
test_dropped_in_a_pause(void)
{
    GwVisitClock clock = started(30);

    gw_visit_clock_set_hand(&clock, GW_CLOCK_PAUSED, START + 10 * MINUTE);
    gw_visit_clock_set_hand(&clock, GW_CLOCK_LOST, START + 11 * MINUTE);
    gw_visit_clock_set_hand(&clock, GW_CLOCK_PAUSED, START + 13 * MINUTE);
    gw_visit_clock_set_hand(&clock, GW_CLOCK_RUNS, START + 14 * MINUTE);
    g_assert_cmpint(clock.paused_ms, ==, 2 * MINUTE);
    g_assert_cmpint(clock.lost_ms, ==, 2 * MINUTE);
}

static void
test_warns_at_five_and_one_once(void)
{
    GwVisitClock clock = started(30);

    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 24 * MINUTE), ==, -1);
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 25 * MINUTE), ==, 5);
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 25 * MINUTE + 1000), ==, -1);
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 29 * MINUTE), ==, 1);
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 29 * MINUTE + 1000), ==, -1);
}

static void
test_extension_warns_again(void)
{
    GwVisitClock clock = started(30);

    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 29 * MINUTE), ==, 1);
    clock.minutes += 2;
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 30 * MINUTE), ==, -1);
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 31 * MINUTE), ==, 1);
    clock.minutes += 10;
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 32 * MINUTE), ==, -1);
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 37 * MINUTE), ==, 5);
}

static void
test_short_visit_is_warned_once(void)
{
    GwVisitClock clock = started(5);

    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 1000), ==, -1);
    g_assert_cmpint(gw_visit_clock_take_due(&clock, START + 4 * MINUTE), ==, 1);
}

static void
test_clock_that_is_set_changes_nothing(void)
{
    GwVisitClock clock = started(30);
    int64_t left_ms = gw_visit_clock_get_end_ms(&clock, START + MINUTE) - (START + MINUTE);

    gw_visit_clock_shift(&clock, 60 * MINUTE);
    g_assert_cmpint(gw_visit_clock_get_end_ms(&clock, START + 61 * MINUTE) - (START + 61 * MINUTE), ==, left_ms);
    gw_visit_clock_set_hand(&clock, GW_CLOCK_PAUSED, START + 61 * MINUTE);
    gw_visit_clock_shift(&clock, -60 * MINUTE);
    gw_visit_clock_set_hand(&clock, GW_CLOCK_RUNS, START + 3 * MINUTE);
    g_assert_cmpint(gw_visit_clock_get_end_ms(&clock, START + 3 * MINUTE) - (START + 3 * MINUTE), ==, left_ms);
}

static void
test_waiting_reasons(void)
{
    static const struct {
        bool open, family, online, terminal, subject, recordable;
        const char *reason;
    } rows[] = {
        { false, true, true, true, true, true, "too-early" },
        { true, false, false, false, false, true, "family" },
        { true, false, true, true, true, true, "family" },
        { true, true, false, false, false, true, "terminal-offline" },
        { true, true, false, true, true, true, "terminal-offline" },
        { true, true, true, false, false, true, "being-fetched" },
        { true, true, true, true, false, true, "being-fetched" },
        { true, true, true, false, true, true, "being-fetched" },
        { true, true, true, true, true, false, "recorder" },
        { true, true, true, true, true, true, "officer" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GwWaitingInput input = { rows[i].open,     rows[i].family,  rows[i].online,
                                 rows[i].terminal, rows[i].subject, rows[i].recordable };
        g_test_message("row %zu", i);
        g_assert_cmpstr(gw_waiting_to_string(gw_waiting_decide(&input)), ==, rows[i].reason);
    }
}

static void
test_notices_are_whole(void)
{
    unsigned n_warnings = 0;

    for (const GwNotice *notice = gw_notices_get_all(); notice->name != NULL; notice++) {
        g_assert_true(notice->text_zh != NULL && *notice->text_zh != '\0');
        g_assert_true(notice->text_en != NULL && *notice->text_en != '\0');
        g_assert_true(gw_notices_find(notice->name) == notice);
        n_warnings += notice->warning;
    }
    g_assert_cmpuint(n_warnings, >=, 6);
    for (const GwEndCause *cause = gw_end_causes_get_all(); cause->cause != NULL; cause++)
        g_assert_true(gw_end_cause_is_known(cause->cause));
    g_assert_false(gw_end_cause_is_known("boredom"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/visits/clock/runs-for-its-minutes", test_runs_for_its_minutes);
    g_test_add_func("/visits/clock/before-admission-nothing-is-due", test_before_admission_nothing_is_due);
    g_test_add_func("/visits/clock/pause-does-not-count", test_pause_does_not_count);
    g_test_add_func("/visits/clock/lost-time-is-given-back", test_lost_time_is_given_back_up_to_a_maximum);
    g_test_add_func("/visits/clock/dropped-in-a-pause", test_dropped_in_a_pause);
    g_test_add_func("/visits/clock/warns-at-five-and-one-once", test_warns_at_five_and_one_once);
    g_test_add_func("/visits/clock/extension-warns-again", test_extension_warns_again);
    g_test_add_func("/visits/clock/short-visit-is-warned-once", test_short_visit_is_warned_once);
    g_test_add_func("/visits/waiting/clock-that-is-set-changes-nothing", test_clock_that_is_set_changes_nothing);
    g_test_add_func("/visits/waiting/reasons", test_waiting_reasons);
    g_test_add_func("/visits/notices/are-whole", test_notices_are_whole);
    return g_test_run();
}
