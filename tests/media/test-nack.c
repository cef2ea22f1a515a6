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
    for (int i = 0; i < MEDIA_NACK_MAX_TRIES; i++, now_us += MEDIA_NACK_MIN_RETRY_US)
        assert_collected(&nack, now_us, "11");
    assert_collected(&nack, now_us, "");
    g_assert_cmpuint(nack.n_missing, ==, 0);
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
    g_test_add_func("/media/nack/huge-jump-keeps-the-newest", test_huge_jump_keeps_the_newest);
    g_test_add_func("/media/nack/output-is-bounded", test_output_is_bounded);
    return g_test_run();
}
