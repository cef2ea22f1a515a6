#include "media/send-run.h"

#include <string.h>

#include "media/framing.h"
#include "media/rate-limit.h"

/* Writes down what would be sent: "n x size" per call. */
typedef struct {
    MediaSendRun *run;
    GString *log;
    MediaSendTarget a, b;
} RunTest;

static void
on_send(void *data, const MediaSendRun *run)
{
    RunTest *test = data;

    g_string_append_printf(test->log, "%s%ux%zu=%zu ", run->target == &test->a ? "a" : "b", run->n_segments,
                           run->segment_size, run->used);
}

static void
run_test_init(RunTest *test)
{
    memset(test, 0, sizeof(*test));
    test->run = g_new(MediaSendRun, 1);
    test->log = g_string_new(NULL);
    media_send_run_init(test->run, on_send, test);
}

static void
run_test_clear(RunTest *test)
{
    g_free(test->run);
    g_string_free(test->log, TRUE);
}

static void
add(RunTest *test, MediaSendTarget *target, size_t size)
{
    uint8_t *bytes = media_send_run_reserve(test->run, target, size);

    g_assert_nonnull(bytes);
    memset(bytes, 0xab, size);
    media_send_run_commit(test->run, size);
}

static void
test_equal_sizes_join(void)
{
    RunTest test;

    run_test_init(&test);
    for (unsigned i = 0; i < 5; i++)
        add(&test, &test.a, 1200);
    media_send_run_flush(test.run);
    media_send_run_flush(test.run);
    g_assert_cmpstr(test.log->str, ==, "a5x1200=6000 ");
    run_test_clear(&test);
}

static void
test_a_shorter_one_is_the_last(void)
{
    RunTest test;

    run_test_init(&test);
    add(&test, &test.a, 1200);
    add(&test, &test.a, 1200);
    add(&test, &test.a, 700);
    add(&test, &test.a, 700);
    add(&test, &test.a, 700);
    media_send_run_flush(test.run);
    g_assert_cmpstr(test.log->str, ==, "a3x1200=3100 a2x700=1400 ");
    run_test_clear(&test);
}

static void
test_a_longer_one_or_another_target_begins_a_run(void)
{
    RunTest test;

    run_test_init(&test);
    add(&test, &test.a, 100);
    add(&test, &test.a, 101);
    add(&test, &test.b, 101);
    add(&test, &test.a, 101);
    media_send_run_flush_target(test.run, &test.b);
    g_assert_cmpstr(test.log->str, ==, "a1x100=100 a1x101=101 b1x101=101 ");
    media_send_run_flush_target(test.run, &test.a);
    g_assert_cmpstr(test.log->str, ==, "a1x100=100 a1x101=101 b1x101=101 a1x101=101 ");
    run_test_clear(&test);
}

static void
test_runs_are_limited(void)
{
    RunTest test;

    run_test_init(&test);
    for (unsigned i = 0; i < MEDIA_RUN_MAX_SEGMENTS + 1; i++)
        add(&test, &test.a, 100);
    media_send_run_flush(test.run);
    g_assert_cmpstr(test.log->str, ==, "a64x100=6400 a1x100=100 ");
    g_string_truncate(test.log, 0);
    for (unsigned i = 0; i < 44; i++)
        add(&test, &test.a, 1500);
    media_send_run_flush(test.run);
    g_assert_cmpstr(test.log->str, ==, "a43x1500=64500 a1x1500=1500 ");
    g_assert_null(media_send_run_reserve(test.run, &test.a, 0));
    g_assert_null(media_send_run_reserve(test.run, &test.a, 2049));
    run_test_clear(&test);
}

static void
test_what_was_not_committed_never_was(void)
{
    RunTest test;

    run_test_init(&test);
    g_assert_nonnull(media_send_run_reserve(test.run, &test.a, 500));
    media_send_run_flush(test.run);
    add(&test, &test.a, 300);
    g_assert_nonnull(media_send_run_reserve(test.run, &test.a, 300));
    media_send_run_flush(test.run);
    g_assert_cmpstr(test.log->str, ==, "a1x300=300 ");
    run_test_clear(&test);
}

static void
test_refused_gso_means_one_by_one(void)
{
    RunTest test;

    run_test_init(&test);
    test.a.gso_refused = true;
    add(&test, &test.a, 300);
    add(&test, &test.a, 300);
    media_send_run_flush(test.run);
    g_assert_cmpstr(test.log->str, ==, "a1x300=300 a1x300=300 ");
    run_test_clear(&test);
}

static void
test_over_tcp_lengths_stand_before(void)
{
    RunTest test;

    run_test_init(&test);
    test.a.path.connection = (MediaTcpConnection *)&test; /* only compared with NULL */
    add(&test, &test.a, 0x102);
    add(&test, &test.a, 0x102);
    g_assert_cmpuint(test.run->bytes[0], ==, 1);
    g_assert_cmpuint(test.run->bytes[1], ==, 2);
    g_assert_cmpuint(test.run->bytes[0x104], ==, 1);
    g_assert_cmpuint(test.run->bytes[0x106], ==, 0xab);
    media_send_run_flush(test.run);
    g_assert_cmpstr(test.log->str, ==, "a2x260=520 ");
    run_test_clear(&test);
}

/* frames */

static bool
log_frame(void *data, uint8_t *packet, size_t size)
{
    g_string_append_printf(data, "%zu:%02x ", size, packet[0]);
    return packet[0] != 0xee;
}

static void
test_frames_in_any_pieces(void)
{
    static const uint8_t stream[] = { 0, 1, 0x80, 0, 3, 1, 2, 3, 0, 2, 0x16, 9 };

    for (size_t piece = 1; piece <= sizeof(stream); piece++) {
        g_autoptr(GString) log = g_string_new(NULL);
        MediaFraming framing = { .used = 0 };

        for (size_t i = 0; i < sizeof(stream); i += piece)
            g_assert_true(media_framing_push(&framing, stream + i, MIN(piece, sizeof(stream) - i), log_frame, log));
        g_assert_cmpstr(log->str, ==, "1:80 3:01 2:16 ");
    }
}

static void
test_frame_lengths_are_limited(void)
{
    static const struct {
        uint16_t length;
        bool good;
    } cases[] = {
        { 0, false }, { 1, true }, { MEDIA_MAX_PACKET, true }, { MEDIA_MAX_PACKET + 1, false }, { 65535, false }
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const uint8_t header[] = { (uint8_t)(cases[i].length >> 8), (uint8_t)cases[i].length };
        const uint8_t body[MEDIA_MAX_PACKET] = { 0x80 };
        g_autoptr(GString) log = g_string_new(NULL);
        MediaFraming framing = { .used = 0 };

        g_assert_cmpint(media_framing_push(&framing, header, 2, log_frame, log), ==, cases[i].good);
        if (!cases[i].good)
            continue;
        g_assert_true(media_framing_push(&framing, body, cases[i].length, log_frame, log));
        g_assert_cmpuint(log->len, >, 0);
        g_assert_cmpuint(framing.used, ==, 0);
    }
}

static void
test_receiver_may_end_the_stream(void)
{
    static const uint8_t stream[] = { 0, 1, 0xee, 0, 1, 0x80 };
    g_autoptr(GString) log = g_string_new(NULL);
    MediaFraming framing = { .used = 0 };

    g_assert_false(media_framing_push(&framing, stream, sizeof(stream), log_frame, log));
    g_assert_cmpstr(log->str, ==, "1:ee ");
}

static void
test_rate_is_averaged(void)
{
    MediaRateLimit limit = { 0 };
    unsigned n = 0;

    for (unsigned i = 0; i < 5000; i++)
        n += media_rate_limit_take(&limit, 1, 1000, G_USEC_PER_SEC, 1);
    g_assert_cmpuint(n, ==, 1000); /* the burst */
    for (int64_t now_us = 1; now_us <= 2 * G_USEC_PER_SEC; now_us += 100)
        n += media_rate_limit_take(&limit, 1, 1000, G_USEC_PER_SEC, now_us);
    g_assert_cmpuint(n, >=, 2998);
    g_assert_cmpuint(n, <=, 3000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/send-run/equal-sizes-join", test_equal_sizes_join);
    g_test_add_func("/media/send-run/a-shorter-one-is-the-last", test_a_shorter_one_is_the_last);
    g_test_add_func("/media/send-run/a-longer-one-or-another-target-begins-a-run",
                    test_a_longer_one_or_another_target_begins_a_run);
    g_test_add_func("/media/send-run/runs-are-limited", test_runs_are_limited);
    g_test_add_func("/media/send-run/what-was-not-committed-never-was", test_what_was_not_committed_never_was);
    g_test_add_func("/media/send-run/refused-gso-means-one-by-one", test_refused_gso_means_one_by_one);
    g_test_add_func("/media/send-run/over-tcp-lengths-stand-before", test_over_tcp_lengths_stand_before);
    g_test_add_func("/media/framing/frames-in-any-pieces", test_frames_in_any_pieces);
    g_test_add_func("/media/framing/lengths-are-limited", test_frame_lengths_are_limited);
    g_test_add_func("/media/framing/receiver-may-end-the-stream", test_receiver_may_end_the_stream);
    g_test_add_func("/media/rate-limit/rate-is-averaged", test_rate_is_averaged);
    return g_test_run();
}
