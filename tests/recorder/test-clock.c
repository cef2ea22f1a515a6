#include "recorder/seal/clock.h"

#include <string.h>

static const int64_t SECOND_US = G_USEC_PER_SEC;
static const int64_t START_US = INT64_C(1700000000) * G_USEC_PER_SEC;

enum { RATE = 48000, STEP = 960 };

typedef struct {
    GArray *packets; /* SealPacket */
    GArray *reports; /* SealReport */
} Stream;

static void
stream_init(Stream *self)
{
    self->packets = g_array_new(FALSE, TRUE, sizeof(SealPacket));
    self->reports = g_array_new(FALSE, TRUE, sizeof(SealReport));
}

static void
stream_clear(Stream *self)
{
    g_array_unref(self->packets);
    g_array_unref(self->reports);
}

static void
add(Stream *self, uint32_t timestamp, int64_t arrival_us)
{
    SealPacket packet = {
        .sequence = (1ull << 32) + self->packets->len,
        .timestamp = timestamp,
        .ssrc = 1,
        .arrival_us = START_US + arrival_us,
    };

    g_array_append_val(self->packets, packet);
}

/* n packets of 20 ms, on time, from this timestamp and time on. */
static void
add_many(Stream *self, unsigned n, uint32_t timestamp, int64_t arrival_us)
{
    for (unsigned i = 0; i < n; i++)
        add(self, timestamp + i * STEP, arrival_us + (int64_t)i * 20000);
}

static SealClock *
make_clock(Stream *self)
{
    SealClock *clock = seal_clock_new((const SealPacket *)self->packets->data, self->packets->len, RATE);

    seal_clock_add_reports(clock, self->reports);
    return clock;
}

static void
assert_time(const SealClock *clock, unsigned i, int64_t expected_us, int64_t tolerance_us)
{
    int64_t time_us = seal_clock_get_time(clock, i) - START_US;

    g_assert_cmpint(time_us, >=, expected_us - tolerance_us);
    g_assert_cmpint(time_us, <=, expected_us + tolerance_us);
}

static void
timestamps_go_round_the_end(void)
{
    Stream stream;

    stream_init(&stream);
    add_many(&stream, 100, UINT32_MAX - 10 * STEP, 0);
    g_autoptr(SealClock) clock = make_clock(&stream);
    seal_clock_finish(clock, NULL);
    for (unsigned i = 0; i < 100; i++)
        assert_time(clock, i, i * 20000, 1);
    stream_clear(&stream);
}

/* Late packets do not move what is on time. */
static void
jitter_is_smoothed(void)
{
    Stream stream;

    stream_init(&stream);
    for (unsigned i = 0; i < 500; i++)
        add(&stream, i * STEP, (int64_t)i * 20000 + (i % 5 ? 80000 * (int64_t)(i % 3) : 0));
    g_autoptr(SealClock) clock = make_clock(&stream);
    seal_clock_finish(clock, NULL);
    for (unsigned i = 0; i < 500; i++)
        assert_time(clock, i, (int64_t)i * 20000, 1);
    stream_clear(&stream);
}

/* A stall of the network for 5 s is delay, not time. */
static void
stall_is_not_a_jump(void)
{
    Stream stream;

    stream_init(&stream);
    add_many(&stream, 100, 0, 0);
    for (unsigned i = 0; i < 250; i++)
        add(&stream, (100 + i) * STEP, 7 * SECOND_US);
    add_many(&stream, 100, 350 * STEP, 7 * SECOND_US);
    g_autoptr(SealClock) clock = make_clock(&stream);
    seal_clock_finish(clock, NULL);
    for (unsigned i = 0; i < 450; i++)
        assert_time(clock, i, (int64_t)i * 20000, 1);
    stream_clear(&stream);
}

static void
jumps_of_timestamps_follow_arrival(void)
{
    Stream stream;
    int64_t step_us;

    stream_init(&stream);
    add_many(&stream, 100, 0, 0);
    add_many(&stream, 100, 2000000000, 2 * SECOND_US);  /* forward */
    add_many(&stream, 100, 7, 4 * SECOND_US);           /* back */
    add_many(&stream, 100, 100 * STEP, 60 * SECOND_US); /* stood still for a minute */
    g_autoptr(SealClock) clock = make_clock(&stream);
    seal_clock_finish(clock, NULL);
    assert_time(clock, 99, 1980000, 1);
    assert_time(clock, 100, 2 * SECOND_US, 1);
    assert_time(clock, 200, 4 * SECOND_US, 1);
    assert_time(clock, 300, 60 * SECOND_US, 1);
    assert_time(clock, 399, 61980000, 1);
    g_assert_false(seal_clock_get_step(clock, 100, &step_us));
    g_assert_true(seal_clock_get_step(clock, 101, &step_us));
    g_assert_cmpint(step_us, ==, 20000);
    stream_clear(&stream);
}

/* However wild the timestamps are: bounded work, and never back. */
static void
times_never_go_back(void)
{
    Stream stream;
    g_autoptr(GRand) random = g_rand_new_with_seed(3);

    stream_init(&stream);
    for (unsigned i = 0; i < 20000; i++)
        add(&stream, g_rand_int(random), (int64_t)i * 5000 + g_rand_int_range(random, 0, 3000000));
    g_autoptr(SealClock) clock = make_clock(&stream);
    seal_clock_finish(clock, NULL);
    for (unsigned i = 1; i < 20000; i++)
        g_assert_cmpint(seal_clock_get_time(clock, i), >, seal_clock_get_time(clock, i - 1));
    stream_clear(&stream);
}

/* An hour with clocks 100 ppm apart ends as right as it began. */
static void
drift_is_followed(void)
{
    Stream stream;

    stream_init(&stream);
    for (unsigned i = 0; i < 3600 * 50; i++) {
        int64_t time_us = (int64_t)i * 20002;
        add(&stream, i * STEP, time_us + (i * 7919 % 40) * 1000);
    }
    g_autoptr(SealClock) clock = make_clock(&stream);
    seal_clock_finish(clock, NULL);
    for (unsigned i = 0; i < 3600 * 50; i += 1000)
        assert_time(clock, i, (int64_t)i * 20002, 10000);
    stream_clear(&stream);
}

static void
add_report(Stream *self, uint32_t timestamp, int64_t ntp_us, int64_t arrival_us)
{
    SealReport report = {
        .ssrc = 1,
        .timestamp = timestamp,
        .ntp_us = START_US + ntp_us,
        .arrival_us = START_US + arrival_us,
    };

    g_array_append_val(self->reports, report);
}

static void
reports_take_delay_out(void)
{
    Stream stream;
    int64_t offset_us;

    stream_init(&stream);
    add_many(&stream, 500, 5000, 300000); /* 300 ms late, all of them */
    for (unsigned i = 0; i < 10; i++)
        add_report(&stream, 5000 + i * RATE, i * SECOND_US - 77 * SECOND_US, i * SECOND_US + 300000);
    g_autoptr(SealClock) clock = make_clock(&stream);
    g_autoptr(SealCurve) curve = seal_curve_new();
    g_assert_true(seal_clock_get_offset(clock, &offset_us));
    g_assert_cmpint(offset_us, ==, 77 * SECOND_US + 300000);
    seal_curve_add(curve, START_US - 77 * SECOND_US, 77 * SECOND_US); /* another track came without delay */
    seal_curve_finish(curve);
    seal_clock_finish(clock, curve);
    for (unsigned i = 0; i < 500; i++)
        assert_time(clock, i, i * 20000, 2);
    stream_clear(&stream);
}

static void
clock_that_was_set_is_not_used(void)
{
    Stream stream;
    int64_t offset_us;

    stream_init(&stream);
    add_many(&stream, 500, 0, 0);
    for (unsigned i = 0; i < 10; i++)
        add_report(&stream, i * RATE, i * SECOND_US + (i > 5 ? 3600 * SECOND_US : 0), i * SECOND_US);
    g_autoptr(SealClock) clock = make_clock(&stream);
    g_assert_false(seal_clock_get_offset(clock, &offset_us));
    stream_clear(&stream);
}

/* Some senders extrapolate from their first packet: twice as fast as time goes. */
static void
reports_that_run_away_are_not_used(void)
{
    Stream stream;
    int64_t offset_us;

    stream_init(&stream);
    add_many(&stream, 500, 0, 0);
    for (unsigned i = 1; i < 10; i += 4)
        add_report(&stream, 2 * i * RATE, i * SECOND_US, i * SECOND_US);
    g_autoptr(SealClock) clock = make_clock(&stream);
    g_assert_false(seal_clock_get_offset(clock, &offset_us));
    stream_clear(&stream);
}

static void
reports_of_a_moment_have_to_agree(void)
{
    for (unsigned ahead = 0; ahead < 2; ahead++) {
        Stream stream;
        int64_t offset_us;

        stream_init(&stream);
        add_many(&stream, 300, 0, 0);
        add_report(&stream, 2 * RATE + ahead * RATE, 2 * SECOND_US, 2 * SECOND_US);
        add_report(&stream, 2 * RATE + ahead * RATE + RATE / 4, 2250000, 2250000); /* too soon to confirm it */
        g_autoptr(SealClock) clock = make_clock(&stream);
        g_assert_cmpint(seal_clock_get_offset(clock, &offset_us), ==, ahead == 0);
        stream_clear(&stream);
    }
}

static void
one_strange_report_spoils_nothing(void)
{
    Stream stream;
    int64_t offset_us;

    stream_init(&stream);
    add_many(&stream, 500, 0, 0);
    for (unsigned i = 0; i < 10; i++)
        add_report(&stream, i * RATE + (i == 5 ? 3 * RATE : 0), i * SECOND_US, i * SECOND_US);
    g_autoptr(SealClock) clock = make_clock(&stream);
    g_assert_true(seal_clock_get_offset(clock, &offset_us));
    g_assert_cmpint(offset_us, ==, 0);
    stream_clear(&stream);
}

static void
curve_ignores_delay_and_keeps_jumps(void)
{
    g_autoptr(SealCurve) curve = seal_curve_new();

    for (int64_t x = 0; x < 600; x++)
        seal_curve_add(curve, x * SECOND_US, (x / 60 == 4 ? 900000 : 1000) + x % 7 * 10000);
    for (int64_t x = 600; x < 1200; x++)
        seal_curve_add(curve, x * SECOND_US, -5 * SECOND_US + x % 7 * 10000);
    seal_curve_finish(curve);
    g_assert_cmpuint(seal_curve_get_size(curve), ==, 20);
    g_assert_cmpint(seal_curve_get(curve, -SECOND_US), ==, 1000);
    g_assert_cmpint(seal_curve_get(curve, 0), ==, 1000);
    g_assert_cmpint(seal_curve_get(curve, 270 * SECOND_US), <, 30000);
    g_assert_cmpint(seal_curve_get(curve, 2000 * SECOND_US), ==, -5 * SECOND_US);
    g_assert_cmpint(seal_curve_get(curve, 1000 * SECOND_US), ==, -5 * SECOND_US);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/clock/timestamps-go-round-the-end", timestamps_go_round_the_end);
    g_test_add_func("/recorder/clock/jitter-is-smoothed", jitter_is_smoothed);
    g_test_add_func("/recorder/clock/stall-is-not-a-jump", stall_is_not_a_jump);
    g_test_add_func("/recorder/clock/jumps-of-timestamps-follow-arrival", jumps_of_timestamps_follow_arrival);
    g_test_add_func("/recorder/clock/times-never-go-back", times_never_go_back);
    g_test_add_func("/recorder/clock/drift-is-followed", drift_is_followed);
    g_test_add_func("/recorder/clock/reports-take-delay-out", reports_take_delay_out);
    g_test_add_func("/recorder/clock/reports-that-run-away-are-not-used", reports_that_run_away_are_not_used);
    g_test_add_func("/recorder/clock/reports-of-a-moment-have-to-agree", reports_of_a_moment_have_to_agree);
    g_test_add_func("/recorder/clock/one-strange-report-spoils-nothing", one_strange_report_spoils_nothing);
    g_test_add_func("/recorder/clock/clock-that-was-set-is-not-used", clock_that_was_set_is_not_used);
    g_test_add_func("/recorder/clock/curve-ignores-delay-and-keeps-jumps", curve_ignores_delay_and_keeps_jumps);
    return g_test_run();
}
