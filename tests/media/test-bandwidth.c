/* The estimate over a modelled line, in virtual time. Bands are wide enough to hold for any seed that was tried. */
#include "line-model.h"

#include <string.h>

#include "media/delay-trend.h"
#include "media/delivery.h"
#include "media/rate-control.h"
#include "media/send-history.h"

static const LineModel free_line = { .rate = 5000000, .queue = 200000, .delay_us = 25000 };
static const LineModel line_700k = { .rate = 700000, .queue = 60000, .delay_us = 25000 };
static const LineModel line_150k = { .rate = 150000, .queue = 60000, .delay_us = 25000 };
static const uint32_t steps[4] = { 150000, 500000, 1500000 };

#define assert_between(value, low, high)                                                                               \
    do {                                                                                                               \
        g_assert_cmpuint((value), >=, (low));                                                                          \
        g_assert_cmpuint((value), <=, (high));                                                                         \
    } while (0)

enum { SECOND = G_USEC_PER_SEC };

static void
test_converges_below_the_line(void)
{
    static const uint32_t rates[] = { 300000, 700000, 2000000, 8000000 };

    for (size_t i = 0; i < G_N_ELEMENTS(rates); i++) {
        LineModel model = line_700k;
        model.rate = rates[i];
        model.queue = rates[i] / 16; /* half a second */
        g_autoptr(LineSimulation) simulation = line_simulation_new(&model);
        LineFlow *flow = line_simulation_add(simulation, 20000000);

        line_simulation_run(simulation, 15 * SECOND);
        flow->worst_delay_us = 0;
        assert_between(line_simulation_mean(simulation, flow, 15 * SECOND), rates[i] * 7 / 10, rates[i] * 11 / 10);
        g_assert_cmpint(flow->worst_delay_us, <, 400000);
    }
}

static void
test_a_drop_is_seen_within_half_a_second(void)
{
    g_autoptr(LineSimulation) simulation = line_simulation_new(&free_line);
    LineFlow *flow = line_simulation_add(simulation, 1500000);

    line_simulation_run(simulation, 10 * SECOND);
    g_assert_cmpuint(flow->estimate, >, 1500000);
    line_simulation_set(simulation, &line_700k);
    line_simulation_run(simulation, 6 * SECOND / 10); /* a tenth of it is the way there and back */
    g_assert_cmpuint(flow->estimate, <, 700000);
    line_simulation_run(simulation, 4 * SECOND);
    flow->worst_delay_us = 0;
    assert_between(line_simulation_mean(simulation, flow, 5 * SECOND), 400000, 750000);
    g_assert_cmpint(flow->worst_delay_us, <, 400000); /* what the drop left in the queue is gone */
}

static void
test_comes_back_within_fifteen_seconds(void)
{
    g_autoptr(LineSimulation) simulation = line_simulation_new(&line_150k);
    LineFlow *flow = line_simulation_add(simulation, 1500000);

    memcpy(flow->steps, steps, sizeof steps);
    line_simulation_run(simulation, 20 * SECOND);
    g_assert_cmpuint(flow->estimate, <, 200000);
    line_simulation_set(simulation, &free_line);
    line_simulation_run(simulation, 10 * SECOND);
    g_assert_cmpuint(flow->estimate, >, 1600000);
}

/* One that sends what it was given, without layers and without probes, is not cut off from a line that is free. */
static void
test_what_arrives_is_proof(void)
{
    g_autoptr(LineSimulation) simulation = line_simulation_new(&free_line);
    LineFlow *flow = line_simulation_add(simulation, 3000000);

    flow->no_probes = true;
    flow->steps[0] = 1000; /* ... then the choice is between nothing and all of it */
    flow->steps[1] = 100000;
    line_simulation_run(simulation, 5 * SECOND);
    flow->steps[1] = 900000;
    line_simulation_run(simulation, 5 * SECOND);
    g_assert_cmpuint(flow->estimate, >=, 900000);
    g_assert_cmpuint(flow->packets_lost, ==, 0);
}

static void
test_random_loss_is_no_collapse(void)
{
    static const struct {
        unsigned percent;
        uint32_t at_least;
    } rows[] = { { 2, 1200000 }, { 5, 1000000 }, { 10, 500000 }, { 20, 300000 } };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        LineModel model = free_line;
        model.loss_percent = rows[i].percent;
        g_autoptr(LineSimulation) simulation = line_simulation_new(&model);
        LineFlow *flow = line_simulation_add(simulation, 1500000);

        line_simulation_run(simulation, 20 * SECOND);
        g_assert_cmpuint(line_simulation_mean(simulation, flow, 20 * SECOND), >, rows[i].at_least);
    }
}

/* A queue too short to be seen in the delay: only the losses tell. */
static void
test_loss_of_a_full_line_is_heeded(void)
{
    LineModel model = { .rate = 500000, .queue = 3000, .delay_us = 25000 };
    g_autoptr(LineSimulation) simulation = line_simulation_new(&model);
    LineFlow *flow = line_simulation_add(simulation, 1500000);

    line_simulation_run(simulation, 20 * SECOND);
    assert_between(line_simulation_mean(simulation, flow, 10 * SECOND), 150000, 700000);
}

static void
test_jitter_does_not_starve(void)
{
    LineModel model = free_line;
    model.jitter_us = 30000;
    g_autoptr(LineSimulation) simulation = line_simulation_new(&model);
    LineFlow *flow = line_simulation_add(simulation, 1500000);

    line_simulation_run(simulation, 10 * SECOND);
    g_assert_cmpuint(line_simulation_mean(simulation, flow, 20 * SECOND), >, 1200000);
}

static void
test_of_two_flows_none_starves(void)
{
    LineModel model = { .rate = 2000000, .queue = 120000, .delay_us = 25000 };
    g_autoptr(LineSimulation) simulation = line_simulation_new(&model);
    LineFlow *one = line_simulation_add(simulation, 3000000), *two = line_simulation_add(simulation, 3000000);

    line_simulation_run(simulation, 60 * SECOND);
    uint64_t before_one = one->bytes_arrived, before_two = two->bytes_arrived;
    line_simulation_run(simulation, 60 * SECOND);
    uint64_t got_one = (one->bytes_arrived - before_one) * 8 / 60, got_two = (two->bytes_arrived - before_two) * 8 / 60;
    assert_between(got_one + got_two, 1300000, 2100000);
    g_assert_cmpuint(MIN(got_one, got_two), >, 200000);
}

static void
test_feedback_may_be_lost_twice_or_disordered(void)
{
    LineModel model = line_700k;
    model.feedback_loss_percent = 30;
    model.feedback_twice = model.feedback_disordered = true;
    g_autoptr(LineSimulation) simulation = line_simulation_new(&model);
    LineFlow *flow = line_simulation_add(simulation, 1500000);

    line_simulation_run(simulation, 15 * SECOND);
    assert_between(line_simulation_mean(simulation, flow, 15 * SECOND), 300000, 850000);
}

static void
test_unknown_until_the_first_feedback(void)
{
    g_autoptr(MediaBandwidth) bandwidth = media_bandwidth_new();
    MediaTwccStatus never_sent = { .sequence = 1, .arrived = true, .arrival_us = 5 };

    g_assert_cmpuint(media_bandwidth_get(bandwidth, 1), ==, UINT32_MAX);
    media_bandwidth_on_feedback(bandwidth, &never_sent, 1, 1000);
    g_assert_cmpuint(media_bandwidth_get(bandwidth, 1000), ==, UINT32_MAX);
    uint16_t number = media_bandwidth_sent(bandwidth, 1000, 2000);
    g_assert_cmpuint(media_bandwidth_sent(bandwidth, 1000, 2000), ==, (uint16_t)(number + 1));
    media_bandwidth_on_feedback(bandwidth, &(MediaTwccStatus){ number, true, 5 }, 1, 3000);
    g_assert_cmpuint(media_bandwidth_get(bandwidth, 3000), ==, MEDIA_BANDWIDTH_START);
    g_assert_false(media_bandwidth_is_known(bandwidth));
}

static void
test_remb_is_a_bound_for_a_while(void)
{
    g_autoptr(MediaBandwidth) bandwidth = media_bandwidth_new();

    media_bandwidth_on_remb(bandwidth, 300000, SECOND);
    g_assert_cmpuint(media_bandwidth_get(bandwidth, 2 * SECOND), ==, 300000);
    media_bandwidth_on_remb(bandwidth, 0, SECOND);
    g_assert_cmpuint(media_bandwidth_get(bandwidth, 2 * SECOND), >, 0);
    g_assert_cmpuint(media_bandwidth_get(bandwidth, SECOND + MEDIA_BANDWIDTH_REMB_US), ==, UINT32_MAX);
}

/* Any numbers, any times, clocks that turn back and forth: the estimate stays within its bounds, the work too. */
static void
test_garbage_is_harmless(void)
{
    g_autoptr(MediaBandwidth) bandwidth = media_bandwidth_new();
    g_autoptr(GRand) random = g_rand_new_with_seed(3);
    int64_t now_us = SECOND;

    for (int i = 0; i < 20000; i++) {
        MediaTwccStatus statuses[40];
        uint16_t number = media_bandwidth_sent(bandwidth, (size_t)g_rand_int_range(random, 0, 2000), now_us);

        for (size_t k = 0; k < G_N_ELEMENTS(statuses); k++)
            statuses[k] =
                (MediaTwccStatus){ (uint16_t)(number - g_rand_int_range(random, -5, 50)), g_rand_boolean(random),
                                   ((int64_t)g_rand_int(random) << 8) * (k % 2) + (int64_t)k * 100 };
        media_bandwidth_on_feedback(bandwidth, statuses, G_N_ELEMENTS(statuses), now_us);
        media_bandwidth_probe(bandwidth, g_rand_int(random), now_us);
        g_assert_cmpuint(media_bandwidth_get(bandwidth, now_us), >=, 5000);
        now_us += g_rand_int_range(random, 0, 30000);
    }
}

static void
test_a_flood_of_feedback_is_not_looked_at(void)
{
    g_autoptr(MediaBandwidth) bandwidth = media_bandwidth_new();
    uint16_t number = 0;

    for (int i = 0; i < 1000; i++)
        number = media_bandwidth_sent(bandwidth, 1000, SECOND);
    for (int i = 0; i < 1000; i++)
        media_bandwidth_on_feedback(bandwidth, &(MediaTwccStatus){ (uint16_t)(number - i), false, 0 }, 1, SECOND + 1);
    media_bandwidth_on_feedback(bandwidth, &(MediaTwccStatus){ number, true, 0 }, 1, 3 * SECOND);
    g_assert_cmpfloat(media_bandwidth_get_loss(bandwidth), <=, 1.0);
    /* of 1,000 losses 50 were heard: the rest of the second is not enough to pay for more */
    g_assert_cmpuint(media_bandwidth_get(bandwidth, 3 * SECOND), >, MEDIA_BANDWIDTH_START / 3);
}

static void
test_history_is_bounded_and_told_once(void)
{
    MediaSendHistory history = { .next = 65530 };
    MediaSentPacket packet;
    uint16_t first = media_send_history_add(&history, 100, 3, 5000);

    g_assert_cmpuint(first, ==, 65530);
    g_assert_false(media_send_history_take(&history, (uint16_t)(first + 1), true, 6000, &packet));
    g_assert_true(media_send_history_take(&history, first, false, 6000, &packet));
    g_assert_false(media_send_history_take(&history, first, false, 6000, &packet));
    g_assert_true(media_send_history_take(&history, first, true, 6000, &packet));
    g_assert_true(packet.was_lost && packet.sent_us == 5000 && packet.size == 100 && packet.probe == 3);
    g_assert_false(media_send_history_take(&history, first, true, 6000, &packet));
    for (int i = 0; i < 3 * MEDIA_HISTORY_MAX; i++)
        media_send_history_add(&history, 100, 0, 7000 + i);
    g_assert_cmpuint(history.n_entries, ==, MEDIA_HISTORY_MAX);
    g_assert_true(
        media_send_history_take(&history, (uint16_t)(history.next - MEDIA_HISTORY_MAX), true, 40000, &packet));
    g_assert_cmpint(packet.sent_us, ==, 7000 + 2 * MEDIA_HISTORY_MAX);
    g_assert_false(
        media_send_history_take(&history, (uint16_t)(history.next - MEDIA_HISTORY_MAX - 1), true, 40000, &packet));
    g_assert_false(media_send_history_take(&history, (uint16_t)(history.next - 1), true, 40000 + MEDIA_HISTORY_OLD_US,
                                           &packet)); /* long after */
    media_send_history_clear(&history);
}

static void
test_a_slow_flow_needs_little_history(void)
{
    MediaSendHistory history = { 0 };

    for (int i = 0; i < 1000; i++)
        media_send_history_add(&history, 100, 0, (int64_t)i * 20000);
    g_assert_cmpuint(history.n_entries, ==, MEDIA_HISTORY_MIN);
    media_send_history_clear(&history);
}

/* Half a second of which a good part passed without a packet. */
static void
test_pauses_between_frames_are_no_limit(void)
{
    MediaDelivery delivery = { 0 };
    MediaRateControl control;

    for (int64_t ms = 0; ms < 1000; ms += 10) {
        if (ms < 500 || ms >= 700)
            media_delivery_add(&delivery, 875, 1000 * SECOND + ms * 1000); /* 700 kbit/s */
    }
    assert_between(media_delivery_get(&delivery), 350000, 450000);
    assert_between(media_delivery_get_latest(&delivery), 650000, 750000);

    media_rate_control_init(&control, 710000);
    MediaRateInput input = {
        .delay = MEDIA_DELAY_OVERUSE,
        .delivered = media_delivery_get(&delivery),
        .latest = media_delivery_get_latest(&delivery),
        .now_us = SECOND,
    };
    g_assert_true(media_rate_control_update(&control, &input));
    assert_between(control.rate, 550000, 650000);
}

static void
test_a_growing_queue_is_overuse_and_an_emptying_one_underuse(void)
{
    MediaDelayTrend trend = { 0 };
    int64_t delay_us = 0;

    for (int i = 0; i < 40; i++)
        g_assert_cmpint(media_delay_trend_add(&trend, SECOND + i * 20000, 5 * SECOND + i * 20000), ==,
                        MEDIA_DELAY_NORMAL);
    for (int i = 40; i < 60; i++) {
        delay_us += 5000;
        media_delay_trend_add(&trend, SECOND + i * 20000, 5 * SECOND + i * 20000 + delay_us);
    }
    g_assert_cmpint(trend.state, ==, MEDIA_DELAY_OVERUSE);
    for (int i = 60; i < 90; i++) {
        delay_us = MAX(delay_us - 5000, 0);
        media_delay_trend_add(&trend, SECOND + i * 20000, 5 * SECOND + i * 20000 + delay_us);
    }
    g_assert_cmpint(trend.state, ==, MEDIA_DELAY_UNDERUSE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/bandwidth/converges-below-the-line", test_converges_below_the_line);
    g_test_add_func("/media/bandwidth/a-drop-is-seen-within-half-a-second", test_a_drop_is_seen_within_half_a_second);
    g_test_add_func("/media/bandwidth/comes-back-within-fifteen-seconds", test_comes_back_within_fifteen_seconds);
    g_test_add_func("/media/bandwidth/what-arrives-is-proof", test_what_arrives_is_proof);
    g_test_add_func("/media/bandwidth/random-loss-is-no-collapse", test_random_loss_is_no_collapse);
    g_test_add_func("/media/bandwidth/loss-of-a-full-line-is-heeded", test_loss_of_a_full_line_is_heeded);
    g_test_add_func("/media/bandwidth/jitter-does-not-starve", test_jitter_does_not_starve);
    g_test_add_func("/media/bandwidth/of-two-flows-none-starves", test_of_two_flows_none_starves);
    g_test_add_func("/media/bandwidth/feedback-may-be-lost-twice-or-disordered",
                    test_feedback_may_be_lost_twice_or_disordered);
    g_test_add_func("/media/bandwidth/unknown-until-the-first-feedback", test_unknown_until_the_first_feedback);
    g_test_add_func("/media/bandwidth/remb-is-a-bound-for-a-while", test_remb_is_a_bound_for_a_while);
    g_test_add_func("/media/bandwidth/garbage-is-harmless", test_garbage_is_harmless);
    g_test_add_func("/media/bandwidth/a-flood-of-feedback-is-not-looked-at", test_a_flood_of_feedback_is_not_looked_at);
    g_test_add_func("/media/bandwidth/history-is-bounded-and-told-once", test_history_is_bounded_and_told_once);
    g_test_add_func("/media/bandwidth/a-slow-flow-needs-little-history", test_a_slow_flow_needs_little_history);
    g_test_add_func("/media/bandwidth/pauses-between-frames-are-no-limit", test_pauses_between_frames_are_no_limit);
    g_test_add_func("/media/bandwidth/a-growing-queue-is-overuse-and-an-emptying-one-underuse",
                    test_a_growing_queue_is_overuse_and_an_emptying_one_underuse);
    return g_test_run();
}
