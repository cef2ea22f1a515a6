#include <glib.h>

#include "media/nack.h"

enum { START = 1 << 20 };

#define RECEIVE(nack, ...)                                                                                             \
    receive(nack, (const unsigned[]){ __VA_ARGS__ }, G_N_ELEMENTS(((const unsigned[]){ __VA_ARGS__ })))

/* All at one moment. */
static void
receive(MediaNack *nack, const unsigned *sequences, size_t n)
{
    for (size_t i = 0; i < n; i++)
        media_nack_received(nack, START + sequences[i], 0);
}

static void
assert_collected(MediaNack *nack, int64_t now_us, const char *expected)
{
    uint16_t sequences[MEDIA_NACK_MAX_MISSING];
    size_t n = media_nack_collect(nack, now_us, sequences, G_N_ELEMENTS(sequences));
    g_autoptr(GString) got = g_string_new(NULL);

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(got, "%s%u", i ? " " : "", sequences[i]);
    g_assert_cmpstr(got->str, ==, expected);
}

static void
test_nothing_missing(void)
{
    MediaNack nack = { 0 };

    RECEIVE(&nack, 10, 11, 12);
    assert_collected(&nack, 100000, "");
    g_assert_cmpint(media_nack_get_due_us(&nack), ==, INT64_MAX);
}

static void
test_hole_is_asked_for_after_the_reorder_window(void)
{
    MediaNack nack = { 0 };

    RECEIVE(&nack, 10, 13);
    g_assert_cmpint(media_nack_get_due_us(&nack), ==, MEDIA_NACK_REORDER_US);
    assert_collected(&nack, MEDIA_NACK_REORDER_US - 1, "");
    assert_collected(&nack, MEDIA_NACK_REORDER_US, "11 12");
}

static void
test_hole_across_wrap(void)
{
    MediaNack nack = { 0 };

    RECEIVE(&nack, 65534, 65537);
    assert_collected(&nack, MEDIA_NACK_REORDER_US, "65535 0");
}

static void
test_late_packet_closes_the_hole(void)
{
    MediaNack nack = { 0 };

    RECEIVE(&nack, 10, 13, 11);
    assert_collected(&nack, MEDIA_NACK_REORDER_US, "12");
}

static void
test_asks_again_after_a_round_trip(void)
{
    MediaNack nack = { .rtt_us = 80000 };
    int64_t now_us = MEDIA_NACK_REORDER_US;

    RECEIVE(&nack, 10, 12);
    assert_collected(&nack, now_us, "11");
    assert_collected(&nack, now_us + 79999, "");
    assert_collected(&nack, now_us + 80000, "11");
}

static void
test_round_trip_is_learned_from_the_first_answer_only(void)
{
    MediaNack nack = { 0 };

    RECEIVE(&nack, 10, 13);
    assert_collected(&nack, 15000, "11 12");
    g_assert_true(media_nack_received(&nack, START + 11, 45000));
    g_assert_cmpint(nack.rtt_us, ==, 30000);
    assert_collected(&nack, 15000 + MEDIA_NACK_RETRY_US, "12");
    media_nack_received(&nack, START + 12, 70000);
    g_assert_cmpint(nack.rtt_us, ==, 30000);
}

static void
test_gives_up_at_the_deadline(void)
{
    MediaNack nack = { 0 };

    RECEIVE(&nack, 10, 12);
    assert_collected(&nack, MEDIA_NACK_DEADLINE_US - 1, "11");
    assert_collected(&nack, MEDIA_NACK_DEADLINE_US, "");
    g_assert_cmpuint(nack.n_missing, ==, 0);
}

static void
test_gives_up_after_the_last_try(void)
{
    MediaNack nack = { .rtt_us = MEDIA_NACK_MIN_RETRY_US };
    int64_t now_us = MEDIA_NACK_REORDER_US;

    RECEIVE(&nack, 10, 12);
    for (int i = 0; i < MEDIA_NACK_MAX_TRIES; i++, now_us = media_nack_get_due_us(&nack)) {
        g_assert_cmpint(now_us, <, MEDIA_NACK_DEADLINE_US);
        assert_collected(&nack, now_us, "11");
    }
    assert_collected(&nack, now_us, "");
    g_assert_cmpuint(nack.n_missing, ==, 0);
}

static void
test_later_tries_wait_longer(void)
{
    MediaNack nack = { .rtt_us = MEDIA_NACK_MIN_RETRY_US };
    int64_t wait_us = 0, now_us = MEDIA_NACK_REORDER_US;

    RECEIVE(&nack, 10, 12);
    for (int i = 0; i < MEDIA_NACK_MAX_TRIES; i++) {
        assert_collected(&nack, now_us, "11");
        int64_t next_us = media_nack_get_due_us(&nack);
        g_assert_cmpint(next_us - now_us, ==, i < MEDIA_NACK_QUICK_TRIES ? MEDIA_NACK_MIN_RETRY_US : 2 * wait_us);
        wait_us = next_us - now_us;
        now_us = next_us;
    }
}

/* A full machine: everything is late, so everything is asked for. What is asked for must not double what comes. */
static void
test_requests_are_earned(void)
{
    MediaNack nack = { .rtt_us = MEDIA_NACK_MIN_RETRY_US };
    unsigned n_received = 0, n_asked = 0;

    for (unsigned i = 0; i < 20000; i += 4, n_received++) { /* three of four are lost */
        uint16_t sequences[MEDIA_NACK_MAX_MISSING];

        media_nack_received(&nack, START + i, i * 1000);
        n_asked += (unsigned)media_nack_collect(&nack, i * 1000, sequences, G_N_ELEMENTS(sequences));
    }
    g_assert_cmpuint(n_asked, >=, n_received * MEDIA_NACK_EARNED_PERCENT / 100);
    g_assert_cmpuint(n_asked, <=, n_received * MEDIA_NACK_EARNED_PERCENT / 100 + MEDIA_NACK_MAX_CREDIT);
}

/* Every fifth is lost, and every fifth answer: all holes close. */
static void
test_a_fifth_may_be_lost(void)
{
    MediaNack nack = { .rtt_us = MEDIA_NACK_MIN_RETRY_US };
    unsigned n_closed = 0, n_holes = 0, n_answers = 0;

    for (unsigned i = 0; i < 20000; i++) {
        uint16_t sequences[MEDIA_NACK_MAX_MISSING];
        int64_t now_us = i * 5000;

        if (i % 5 == 4)
            n_holes++;
        else
            media_nack_received(&nack, START + i, now_us);
        size_t n = media_nack_collect(&nack, now_us, sequences, G_N_ELEMENTS(sequences));
        for (size_t k = 0; k < n; k++) {
            uint64_t sequence = START + i - (uint16_t)(START + i - sequences[k]);
            if (++n_answers % 5 != 0)
                n_closed += media_nack_received(&nack, sequence, now_us) ? 1 : 0;
        }
    }
    g_assert_cmpuint(n_closed + 20, >=, n_holes);
}

static void
test_huge_jump_keeps_the_newest(void)
{
    MediaNack nack = { 0 };

    RECEIVE(&nack, 0, 20000);
    g_assert_cmpuint(nack.n_missing, ==, MEDIA_NACK_MAX_MISSING);
    g_assert_cmpuint(nack.missing[0].sequence, ==, START + 20000 - MEDIA_NACK_MAX_MISSING);
}

static void
test_output_is_bounded(void)
{
    MediaNack nack = { 0 };
    uint16_t sequences[3];

    RECEIVE(&nack, 0, 100);
    g_assert_cmpuint(media_nack_collect(&nack, 20000, sequences, 3), ==, 3);
    g_assert_cmpuint(sequences[0], ==, 1);
    g_assert_cmpuint(media_nack_collect(&nack, 20000, sequences, 3), ==, 3);
    g_assert_cmpuint(sequences[0], ==, 4);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/nack/nothing-missing", test_nothing_missing);
    g_test_add_func("/media/nack/hole-is-asked-for-after-the-reorder-window",
                    test_hole_is_asked_for_after_the_reorder_window);
    g_test_add_func("/media/nack/hole-across-wrap", test_hole_across_wrap);
    g_test_add_func("/media/nack/late-packet-closes-the-hole", test_late_packet_closes_the_hole);
    g_test_add_func("/media/nack/asks-again-after-a-round-trip", test_asks_again_after_a_round_trip);
    g_test_add_func("/media/nack/round-trip-is-learned-from-the-first-answer-only",
                    test_round_trip_is_learned_from_the_first_answer_only);
    g_test_add_func("/media/nack/gives-up-at-the-deadline", test_gives_up_at_the_deadline);
    g_test_add_func("/media/nack/gives-up-after-the-last-try", test_gives_up_after_the_last_try);
    g_test_add_func("/media/nack/later-tries-wait-longer", test_later_tries_wait_longer);
    g_test_add_func("/media/nack/requests-are-earned", test_requests_are_earned);
    g_test_add_func("/media/nack/a-fifth-may-be-lost", test_a_fifth_may_be_lost);
    g_test_add_func("/media/nack/huge-jump-keeps-the-newest", test_huge_jump_keeps_the_newest);
    g_test_add_func("/media/nack/output-is-bounded", test_output_is_bounded);
    return g_test_run();
}
