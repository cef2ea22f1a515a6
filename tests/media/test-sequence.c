/* Endless sequence numbers, the map of a viewer, and its timestamps. */
#include <glib.h>

#include "media/sequence-map.h"
#include "media/sequence.h"
#include "media/timestamp-map.h"

static uint64_t
receive(MediaSequence *sequence, uint16_t number)
{
    uint64_t extended = 0;

    g_assert_cmpint(media_sequence_receive(sequence, number, &extended), !=, MEDIA_SEQUENCE_JUMPED);
    return extended;
}

static void
test_counts_on_across_wrap(void)
{
    MediaSequence sequence = { 0 };
    uint64_t first = receive(&sequence, 65534);

    g_assert_cmpuint(receive(&sequence, 1), ==, first + 3);
    g_assert_cmpuint(receive(&sequence, 65535), ==, first + 1);
    g_assert_cmpuint(receive(&sequence, 2), ==, first + 4);
}

static void
test_late_before_the_first(void)
{
    MediaSequence sequence = { 0 };
    uint64_t first = receive(&sequence, 0);

    g_assert_cmpuint(receive(&sequence, 65535), ==, first - 1);
}

static void
test_stray_packet_is_dropped(void)
{
    MediaSequence sequence = { 0 };
    uint64_t first = receive(&sequence, 100);
    uint64_t extended;

    g_assert_cmpint(media_sequence_receive(&sequence, 30000, &extended), ==, MEDIA_SEQUENCE_JUMPED);
    g_assert_cmpuint(receive(&sequence, 101), ==, first + 1);
    g_assert_cmpint(media_sequence_receive(&sequence, 30001, &extended), ==, MEDIA_SEQUENCE_JUMPED);
}

static void
test_two_after_a_jump_start_again_higher(void)
{
    MediaSequence sequence = { 0 };
    uint64_t first = receive(&sequence, 40000);
    uint64_t extended;

    g_assert_cmpint(media_sequence_receive(&sequence, 5, &extended), ==, MEDIA_SEQUENCE_JUMPED);
    g_assert_cmpint(media_sequence_receive(&sequence, 6, &extended), ==, MEDIA_SEQUENCE_RESTARTED);
    g_assert_cmpuint(extended, >, first);
    g_assert_cmpuint(extended & 0xffff, ==, 6);
}

static void
test_limits_of_a_jump(void)
{
    MediaSequence sequence = { 0 };
    uint64_t first = receive(&sequence, 10000);
    uint64_t extended;

    g_assert_cmpuint(receive(&sequence, 10000 + MEDIA_SEQUENCE_MAX_DROPOUT), ==, first + MEDIA_SEQUENCE_MAX_DROPOUT);
    g_assert_cmpint(media_sequence_receive(&sequence, 10001 + 2 * MEDIA_SEQUENCE_MAX_DROPOUT, &extended), ==,
                    MEDIA_SEQUENCE_JUMPED);
    g_assert_true(media_sequence_extend(&sequence, 10000 + MEDIA_SEQUENCE_MAX_DROPOUT - 1, &extended));
    g_assert_false(media_sequence_extend(&sequence, 10000 + MEDIA_SEQUENCE_MAX_DROPOUT + 1, &extended));
    g_assert_false(media_sequence_extend(&sequence, 10000, &extended));
}

/* The viewer's number, or -1. */
static int
forward(MediaSequenceMap *map, uint64_t source)
{
    uint16_t out;

    return media_sequence_map_forward(map, source, &out) != NULL ? out : -1;
}

static int64_t
backward(const MediaSequenceMap *map, uint16_t out)
{
    uint64_t source;

    return media_sequence_map_backward(map, out, &source) != NULL ? (int64_t)source : -1;
}

static void
test_losses_stay_holes(void)
{
    MediaSequenceMap map;

    media_sequence_map_init(&map, 65534);
    media_sequence_map_restart(&map, 1000);
    g_assert_cmpint(forward(&map, 1000), ==, 65534);
    g_assert_cmpint(forward(&map, 1003), ==, 1);
    g_assert_cmpint(forward(&map, 1001), ==, 65535); /* late */
    g_assert_cmpint(backward(&map, 0), ==, 1002);
    g_assert_cmpint(backward(&map, 1), ==, 1003);
    g_assert_cmpint(backward(&map, 2), ==, -1); /* not sent yet */
    g_assert_cmpint(backward(&map, 65533), ==, -1);
}

static void
test_switch_leaves_no_hole(void)
{
    MediaSequenceMap map;

    media_sequence_map_init(&map, 10);
    media_sequence_map_restart(&map, 1000);
    g_assert_cmpint(forward(&map, 1000), ==, 10);
    g_assert_cmpint(forward(&map, 1005), ==, 15);
    media_sequence_map_restart(&map, 70000);
    g_assert_cmpint(forward(&map, 69999), ==, -1); /* before the key frame */
    g_assert_cmpint(forward(&map, 70000), ==, 16);
    g_assert_cmpint(backward(&map, 15), ==, -1); /* of another track */
    g_assert_cmpint(backward(&map, 16), ==, 70000);
}

static void
test_restart_to_a_lower_number(void)
{
    MediaSequenceMap map;

    media_sequence_map_init(&map, 10);
    media_sequence_map_restart(&map, 70000);
    g_assert_cmpint(forward(&map, 70000), ==, 10);
    media_sequence_map_restart(&map, 1000);
    g_assert_cmpint(forward(&map, 1000), ==, 11);
    g_assert_cmpint(forward(&map, 1001), ==, 12);
}

static void
test_skipped_ones_close_up(void)
{
    MediaSequenceMap map;

    media_sequence_map_init(&map, 0);
    media_sequence_map_restart(&map, 1000);
    g_assert_cmpint(forward(&map, 1000), ==, 0);
    media_sequence_map_skip(&map, 1001);
    media_sequence_map_skip(&map, 1002);
    g_assert_cmpint(forward(&map, 1003), ==, 1);
    g_assert_cmpint(forward(&map, 1001), ==, -1);
    g_assert_cmpint(forward(&map, 1002), ==, -1);
    g_assert_cmpint(forward(&map, 1000), ==, 0);
    g_assert_cmpint(backward(&map, 0), ==, 1000);
    g_assert_cmpint(backward(&map, 1), ==, 1003);
}

static void
test_hole_before_a_skipped_one_stays(void)
{
    MediaSequenceMap map;

    media_sequence_map_init(&map, 0);
    media_sequence_map_restart(&map, 1000);
    g_assert_cmpint(forward(&map, 1000), ==, 0);
    media_sequence_map_skip(&map, 1002);
    g_assert_cmpint(forward(&map, 1003), ==, 2);
    g_assert_cmpint(forward(&map, 1001), ==, 1);
}

static void
test_old_runs_are_forgotten(void)
{
    MediaSequenceMap map;
    uint64_t source = 1000;

    media_sequence_map_init(&map, 0);
    media_sequence_map_restart(&map, source);
    for (int i = 0; i < 3 * MEDIA_SEQUENCE_MAP_RUNS; i++, source += 2) {
        g_assert_cmpint(forward(&map, source), ==, i);
        media_sequence_map_skip(&map, source + 1);
    }
    g_assert_cmpuint(map.n_runs, ==, MEDIA_SEQUENCE_MAP_RUNS);
    g_assert_cmpint(backward(&map, 0), ==, -1);
    g_assert_cmpint(backward(&map, 3 * MEDIA_SEQUENCE_MAP_RUNS - 1), ==, (int64_t)source - 2);
    g_assert_cmpint(forward(&map, 1000), ==, -1);
}

static void
test_timestamps_advance_by_the_time_of_a_switch(void)
{
    MediaTimestampMap map;

    media_timestamp_map_init(&map, 90000, 5000);
    media_timestamp_map_restart(&map, 777, 1000000);
    g_assert_cmpuint(media_timestamp_map_get(&map, 777, 1), ==, 5000);
    media_timestamp_map_sent(&map, 5000, 1000000);
    media_timestamp_map_restart(&map, 0xfffffff0, 1100000); /* a tenth of a second later, another source */
    g_assert_cmpuint(media_timestamp_map_get(&map, 0xfffffff0, 1), ==, 5000 + 9000);
    g_assert_cmpuint(media_timestamp_map_get(&map, 0x10, 2), ==, 5000 + 9000 + 0x20);
}

static void
test_timestamps_never_stand_still_at_a_switch(void)
{
    MediaTimestampMap map;

    media_timestamp_map_init(&map, 90000, 5000);
    media_timestamp_map_restart(&map, 777, 1000000);
    media_timestamp_map_sent(&map, 5000, 1000000);
    media_timestamp_map_restart(&map, 777, 1000000);
    g_assert_cmpuint(media_timestamp_map_get(&map, 777, 1), ==, 5001);
}

static void
test_a_frame_that_takes_long_has_a_later_time(void)
{
    enum { SECOND = G_USEC_PER_SEC };
    MediaTimestampMap map;

    media_timestamp_map_init(&map, 90000, 5000);
    media_timestamp_map_restart(&map, 777, SECOND);
    media_timestamp_map_sent(&map, 5000, SECOND);
    media_timestamp_map_sent(&map, 5000, 3 * SECOND); /* its last packet */
    g_assert_cmpuint(media_timestamp_map_at(&map, 2 * SECOND), ==, 5000 + 90000);
    media_timestamp_map_restart_ahead(&map, 9999, 2 * SECOND, 4 * SECOND);
    uint32_t out = media_timestamp_map_get(&map, 9999, 1);
    g_assert_cmpuint(out, ==, 5000 + 5 * 90000);
    media_timestamp_map_sent(&map, out, 4 * SECOND);
    media_timestamp_map_sent(&map, out, 8 * SECOND);
    g_assert_cmpuint(media_timestamp_map_at(&map, 4 * SECOND), ==, out - 2 * 90000);
    g_assert_cmpuint(media_timestamp_map_at(&map, 9 * SECOND), ==, out + 3 * 90000);
}

static void
test_replay_is_squeezed_and_joins_the_live_line(void)
{
    MediaTimestampMap map;

    media_timestamp_map_init(&map, 90000, 0);
    media_timestamp_map_restart_squeezed(&map, 10000, 100000, 50, 1000000); /* a second of it */
    uint32_t first = media_timestamp_map_get(&map, 10000, 20);
    uint32_t second = media_timestamp_map_get(&map, 13600, 21);
    uint32_t live = media_timestamp_map_get(&map, 100000, 50);

    g_assert_cmpuint(second - first, ==, 3600 / MEDIA_TIMESTAMP_SQUEEZE);
    g_assert_cmpuint(live - first, ==, 90000 / MEDIA_TIMESTAMP_SQUEEZE);
    g_assert_cmpuint(media_timestamp_map_get(&map, 103600, 51) - live, ==, 3600);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/sequence/counts-on-across-wrap", test_counts_on_across_wrap);
    g_test_add_func("/media/sequence/late-before-the-first", test_late_before_the_first);
    g_test_add_func("/media/sequence/stray-packet-is-dropped", test_stray_packet_is_dropped);
    g_test_add_func("/media/sequence/two-after-a-jump-start-again-higher", test_two_after_a_jump_start_again_higher);
    g_test_add_func("/media/sequence/limits-of-a-jump", test_limits_of_a_jump);
    g_test_add_func("/media/sequence-map/losses-stay-holes", test_losses_stay_holes);
    g_test_add_func("/media/sequence-map/switch-leaves-no-hole", test_switch_leaves_no_hole);
    g_test_add_func("/media/sequence-map/restart-to-a-lower-number", test_restart_to_a_lower_number);
    g_test_add_func("/media/sequence-map/skipped-ones-close-up", test_skipped_ones_close_up);
    g_test_add_func("/media/sequence-map/hole-before-a-skipped-one-stays", test_hole_before_a_skipped_one_stays);
    g_test_add_func("/media/sequence-map/old-runs-are-forgotten", test_old_runs_are_forgotten);
    g_test_add_func("/media/timestamp-map/advances-by-the-time-of-a-switch",
                    test_timestamps_advance_by_the_time_of_a_switch);
    g_test_add_func("/media/timestamp-map/never-stands-still-at-a-switch",
                    test_timestamps_never_stand_still_at_a_switch);
    g_test_add_func("/media/timestamps/a-frame-that-takes-long-has-a-later-time",
                    test_a_frame_that_takes_long_has_a_later_time);
    g_test_add_func("/media/timestamp-map/replay-is-squeezed-and-joins-the-live-line",
                    test_replay_is_squeezed_and_joins_the_live_line);
    return g_test_run();
}
