#include "media/allocation.h"

#include <glib.h>

enum { SECOND = G_USEC_PER_SEC };

typedef struct {
    MediaAllocation allocation;
    MediaShare shares[4];
    size_t n;
    int64_t now_us;
    bool congested, pressed, guess;
    uint32_t cheapest_rate;
} Line;

static void
add(Line *line, uint32_t low, uint32_t middle, uint32_t high)
{
    line->shares[line->n++] = (MediaShare){ .n_layers = 3, .bitrates = { low, middle, high } };
    line->now_us = MAX(line->now_us, 1000 * INT64_C(1000000));
}

/* Two tenths of a second with that rate. */
static uint64_t
share_out(Line *line, uint32_t rate)
{
    MediaShare *shares[G_N_ELEMENTS(line->shares)];

    for (size_t i = 0; i < line->n; i++)
        shares[i] = &line->shares[i];
    line->now_us += SECOND / 5;
    MediaAllocationInput input = {
        .rate = rate,
        .cheapest_rate = line->cheapest_rate,
        .congested = line->congested,
        .pressed = line->pressed,
        .guess = line->guess,
        .now_us = line->now_us,
    };
    return media_allocation_update(&line->allocation, shares, line->n, &input);
}

static void
share_out_for(Line *line, uint32_t rate, int64_t us)
{
    for (int64_t end_us = line->now_us + us; line->now_us < end_us;)
        share_out(line, rate);
}

static void
test_enough_for_all_is_no_limit(void)
{
    Line line = { 0 };

    add(&line, 150, 500, 1500);
    add(&line, 150, 500, 1500);
    g_assert_cmpuint(share_out(&line, 3100), ==, 3000);
    g_assert_cmpuint(line.shares[0].budget, ==, UINT32_MAX);
    share_out(&line, UINT32_MAX);
    g_assert_cmpuint(line.shares[1].budget, ==, UINT32_MAX);
}

static void
test_everybodys_first_layer_before_anybodys_second(void)
{
    Line line = { .congested = true };

    for (int i = 0; i < 3; i++)
        add(&line, 150, 500, 1500);
    share_out(&line, 1000);
    g_assert_cmpint(line.shares[0].level, ==, 1);
    g_assert_cmpint(line.shares[1].level, ==, 0);
    g_assert_cmpint(line.shares[2].level, ==, 0);
    uint64_t sum = 0;
    for (int i = 0; i < 3; i++)
        sum += line.shares[i].budget;
    g_assert_cmpuint(sum, <=, 1000);
    g_assert_cmpuint(line.shares[0].budget, >=, 500);
    g_assert_cmpuint(line.shares[1].budget, >=, 150);
    g_assert_cmpuint(line.shares[1].budget, <, 500);
}

static void
test_below_the_cheapest_the_last_is_suspended(void)
{
    Line line = { .congested = true, .pressed = true };

    add(&line, 150, 500, 1500);
    add(&line, 150, 500, 1500);
    share_out(&line, 200);
    g_assert_cmpuint(line.shares[0].budget, >=, 150);
    g_assert_cmpuint(line.shares[1].budget, ==, 0);
    share_out(&line, 100);
    g_assert_cmpuint(line.shares[0].budget, ==, 0);
    g_assert_cmpuint(line.shares[1].budget, ==, 0);
}

static void
test_what_can_be_repaired_suspends_nobody(void)
{
    Line line = { .cheapest_rate = 160 };

    add(&line, 150, 500, 1500);
    share_out_for(&line, 100, 5 * SECOND);
    g_assert_cmpint(line.shares[0].level, ==, 0);
    line.cheapest_rate = 140;
    share_out_for(&line, 100, 5 * SECOND);
    g_assert_cmpint(line.shares[0].level, ==, MEDIA_ALLOCATION_SUSPENDED);
}

static void
test_who_has_it_keeps_it_from_who_comes(void)
{
    Line line = { .congested = true };

    add(&line, 150, 500, 1500);
    line.shares[0].n_layers = 0;
    add(&line, 150, 500, 1500);
    share_out(&line, 200);
    g_assert_cmpint(line.shares[1].level, ==, 0);
    line.shares[0].n_layers = 3;
    line.shares[0].started = true;
    line.shares[0].level = MEDIA_ALLOCATION_SUSPENDED;
    line.congested = false;
    share_out_for(&line, 200, 20 * SECOND);
    g_assert_cmpint(line.shares[0].level, ==, MEDIA_ALLOCATION_SUSPENDED);
    g_assert_cmpint(line.shares[1].level, ==, 0);
}

static void
test_a_guess_suspends_nobody(void)
{
    Line line = { .guess = true, .congested = true, .pressed = true };

    add(&line, 1200, 1500, 2500);
    share_out(&line, 1000);
    g_assert_cmpint(line.shares[0].level, ==, 0);
    line.guess = false;
    share_out(&line, 1000);
    g_assert_cmpint(line.shares[0].level, ==, MEDIA_ALLOCATION_SUSPENDED);
}

static void
test_a_moment_of_too_little_is_borne(void)
{
    Line line = { 0 };

    add(&line, 150, 500, 1500);
    share_out(&line, 2000);
    share_out(&line, 1400);
    share_out(&line, 1400);
    g_assert_cmpint(line.shares[0].level, ==, 2);
    share_out(&line, 2000);
    share_out(&line, 1400);
    g_assert_cmpint(line.shares[0].level, ==, 2);
    share_out_for(&line, 1400, SECOND);
    g_assert_cmpint(line.shares[0].level, ==, 1);
}

static void
test_a_queue_is_not(void)
{
    Line line = { 0 };

    add(&line, 150, 500, 1500);
    share_out(&line, 2000);
    line.congested = true;
    share_out(&line, 1400);
    g_assert_cmpint(line.shares[0].level, ==, 1);
}

static void
test_a_short_queue_suspends_nobody_at_once(void)
{
    Line line = { .congested = true };

    add(&line, 150, 500, 1500);
    share_out_for(&line, 140, SECOND);
    g_assert_cmpint(line.shares[0].level, ==, 0);
    share_out(&line, 160);
    share_out_for(&line, 140, SECOND);
    g_assert_cmpint(line.shares[0].level, ==, 0);
    share_out(&line, 140);
    g_assert_cmpint(line.shares[0].level, ==, MEDIA_ALLOCATION_SUSPENDED);
}

static void
test_a_long_queue_does(void)
{
    Line line = { .congested = true, .pressed = true };

    add(&line, 150, 500, 1500);
    share_out(&line, 140);
    g_assert_cmpint(line.shares[0].level, ==, MEDIA_ALLOCATION_SUSPENDED);
}

static void
test_going_up_needs_room_and_time(void)
{
    Line line = { .congested = true };

    add(&line, 150, 500, 1500);
    share_out(&line, 1400);
    line.congested = false;
    share_out_for(&line, 1600, 10 * SECOND); /* 1,500 is more than nine tenths */
    g_assert_cmpint(line.shares[0].level, ==, 1);
    line.congested = true;
    share_out(&line, 400);
    line.congested = false;
    share_out(&line, 5000);
    g_assert_cmpint(line.shares[0].level, ==, 0);
    share_out_for(&line, 5000, SECOND);
    g_assert_cmpint(line.shares[0].level, ==, 2);
}

/* A rate that goes up and down every second: it changes less and less. */
static void
test_layers_do_not_flap(void)
{
    Line line = { 0 };
    unsigned n_changes = 0;

    add(&line, 150, 500, 1500);
    for (int i = 0; i < 60; i++) {
        int before = line.shares[0].level;

        line.congested = i % 2 == 0;
        share_out_for(&line, i % 2 == 0 ? 1000 : 2000, SECOND);
        n_changes += line.shares[0].level != before;
    }
    g_assert_cmpuint(n_changes, <=, 24);
}

/* It went up and down again until it waits for long; then the line becomes a free one. */
static void
test_plenty_is_not_waited_for(void)
{
    Line line = { 0 };

    add(&line, 150, 500, 1500);
    for (int i = 0; i < 4; i++) {
        line.congested = true;
        share_out_for(&line, 160, SECOND);
        line.congested = false;
        share_out_for(&line, 600, line.shares[0].hold_us);
        g_assert_cmpint(line.shares[0].level, ==, 1);
    }
    line.congested = true;
    share_out(&line, 160);
    line.congested = false;
    share_out_for(&line, 600, 2 * SECOND);
    g_assert_cmpint(line.shares[0].level, ==, 0);
    share_out(&line, 3000);
    g_assert_cmpint(line.shares[0].level, ==, 2);
}

static void
test_layers_that_come_and_go(void)
{
    Line line = { 0 };

    add(&line, 150, 500, 1500);
    share_out(&line, 2000);
    line.shares[0].n_layers = 1;
    share_out(&line, 2000);
    g_assert_cmpuint(line.shares[0].budget, ==, UINT32_MAX);
    line.shares[0].n_layers = 0;
    g_assert_cmpuint(share_out(&line, 2000), ==, 0);
    g_assert_cmpuint(line.shares[0].budget, ==, UINT32_MAX);
    line.shares[0].n_layers = 3;
    share_out_for(&line, 2000, SECOND);
    g_assert_cmpint(line.shares[0].level, ==, 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/allocation/enough-for-all-is-no-limit", test_enough_for_all_is_no_limit);
    g_test_add_func("/media/allocation/everybodys-first-layer-before-anybodys-second",
                    test_everybodys_first_layer_before_anybodys_second);
    g_test_add_func("/media/allocation/below-the-cheapest-the-last-is-suspended",
                    test_below_the_cheapest_the_last_is_suspended);
    g_test_add_func("/media/allocation/what-can-be-repaired-suspends-nobody",
                    test_what_can_be_repaired_suspends_nobody);
    g_test_add_func("/media/allocation/who-has-it-keeps-it-from-who-comes", test_who_has_it_keeps_it_from_who_comes);
    g_test_add_func("/media/allocation/a-guess-suspends-nobody", test_a_guess_suspends_nobody);
    g_test_add_func("/media/allocation/a-moment-of-too-little-is-borne", test_a_moment_of_too_little_is_borne);
    g_test_add_func("/media/allocation/a-queue-is-not", test_a_queue_is_not);
    g_test_add_func("/media/allocation/a-short-queue-suspends-nobody-at-once",
                    test_a_short_queue_suspends_nobody_at_once);
    g_test_add_func("/media/allocation/a-long-queue-does", test_a_long_queue_does);
    g_test_add_func("/media/allocation/going-up-needs-room-and-time", test_going_up_needs_room_and_time);
    g_test_add_func("/media/allocation/layers-do-not-flap", test_layers_do_not_flap);
    g_test_add_func("/media/allocation/plenty-is-not-waited-for", test_plenty_is_not_waited_for);
    g_test_add_func("/media/allocation/layers-that-come-and-go", test_layers_that_come_and_go);
    return g_test_run();
}
