#include <glib.h>
#include <string.h>

#include "media/twcc.h"

static size_t
read_back(const MediaRtcpWriter *writer, MediaTwccStatus statuses[MEDIA_TWCC_WINDOW])
{
    MediaRtcpReader reader;
    MediaRtcpPacket packet;

    g_assert_true(media_rtcp_reader_init(&reader, writer->bytes, writer->size));
    g_assert_true(media_rtcp_reader_next(&reader, &packet));
    return media_twcc_read(&packet, statuses, MEDIA_TWCC_WINDOW);
}

static void
test_arrivals_and_losses_are_told(void)
{
    static const struct {
        uint16_t sequence;
        int64_t arrival_us;
    } arrivals[] = { { 65534, 1000000 }, { 65535, 1000250 }, { 2, 1300000 }, { 1, 1300500 }, { 5, 1301000 } };
    MediaTwcc twcc = { 0 };
    MediaRtcpWriter writer = { 0 };
    MediaTwccStatus statuses[MEDIA_TWCC_WINDOW];

    for (size_t i = 0; i < G_N_ELEMENTS(arrivals); i++)
        media_twcc_received(&twcc, arrivals[i].sequence, arrivals[i].arrival_us);
    g_assert_cmpuint(media_twcc_get_n_pending(&twcc), ==, 8);
    g_assert_true(media_twcc_write(&twcc, &writer, 1, 2));
    g_assert_cmpuint(media_twcc_get_n_pending(&twcc), ==, 0);

    g_assert_cmpuint(read_back(&writer, statuses), ==, 8);
    for (size_t i = 0; i < 8; i++) {
        uint16_t sequence = (uint16_t)(65534 + i);
        int64_t expected_us = -1;

        g_assert_cmpuint(statuses[i].sequence, ==, sequence);
        for (size_t k = 0; k < G_N_ELEMENTS(arrivals); k++)
            expected_us = arrivals[k].sequence == sequence ? arrivals[k].arrival_us : expected_us;
        g_assert_cmpint(statuses[i].arrived, ==, expected_us >= 0);
        if (expected_us >= 0)
            g_assert_cmpint(statuses[i].arrival_us, ==, expected_us);
    }
}

static void
test_long_runs_and_mixtures(void)
{
    MediaTwcc twcc = { 0 };
    MediaTwccStatus statuses[MEDIA_TWCC_WINDOW];
    bool sent[250];

    for (uint16_t i = 0; i < 250; i++) {
        sent[i] = i == 0 || i == 249 || (i < 100 ? i % 3 != 0 : i < 150 || i > 200);
        if (sent[i])
            media_twcc_received(&twcc, i, 1000000 + i * (i % 7 == 0 ? 1000 : 900));
    }
    MediaRtcpWriter writer = { 0 };
    g_assert_true(media_twcc_write(&twcc, &writer, 1, 2));
    g_assert_cmpuint(read_back(&writer, statuses), ==, 250);
    for (size_t i = 0; i < 250; i++)
        g_assert_cmpint(statuses[i].arrived, ==, sent[i]);
}

static void
test_a_long_pause_goes_into_two_feedbacks(void)
{
    MediaTwcc twcc = { 0 };
    MediaRtcpWriter writer = { 0 };
    MediaTwccStatus statuses[MEDIA_TWCC_WINDOW];

    media_twcc_received(&twcc, 1, 1000000);
    media_twcc_received(&twcc, 2, 60000000);
    g_assert_true(media_twcc_write(&twcc, &writer, 1, 2));
    g_assert_cmpuint(read_back(&writer, statuses), ==, 1);
    writer.size = 0;
    g_assert_true(media_twcc_write(&twcc, &writer, 1, 2));
    g_assert_cmpuint(read_back(&writer, statuses), ==, 1);
    g_assert_cmpint(statuses[0].arrival_us, ==, 60000000);
    g_assert_false(media_twcc_write(&twcc, &writer, 1, 2));
}

static void
test_late_packet_is_told_again(void)
{
    MediaTwcc twcc = { 0 };
    MediaRtcpWriter writer = { 0 };
    MediaTwccStatus statuses[MEDIA_TWCC_WINDOW];

    media_twcc_received(&twcc, 1, 1000000);
    media_twcc_received(&twcc, 3, 1001000);
    g_assert_true(media_twcc_write(&twcc, &writer, 1, 2));
    media_twcc_received(&twcc, 2, 1100000);
    writer.size = 0;
    g_assert_true(media_twcc_write(&twcc, &writer, 1, 2));
    g_assert_cmpuint(read_back(&writer, statuses), ==, 2);
    g_assert_true(statuses[0].arrived);
    g_assert_cmpint(statuses[0].arrival_us, ==, 1100000);
}

static void
test_jumps_and_floods_are_bounded(void)
{
    MediaTwcc twcc = { 0 };
    uint32_t random = 1;

    for (int i = 0; i < 20000; i++) {
        MediaRtcpWriter writer = { 0 };

        random = random * 1664525 + 1013904223;
        media_twcc_received(&twcc, (uint16_t)(random >> (i % 2000 < 1000 ? 16 : 26)), i * 1000);
        g_assert_cmpuint(media_twcc_get_n_pending(&twcc), <=, MEDIA_TWCC_WINDOW);
        if (i % 50 == 0)
            g_assert_true(media_twcc_write(&twcc, &writer, 1, 2));
    }
}

/* A feedback packet with the given count and chunks. */
static size_t
read_raw(uint16_t count, const uint8_t *tail, size_t tail_size)
{
    uint8_t bytes[64] = { 0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 1, 0 };
    size_t size = 20 + tail_size;
    g_autofree uint8_t *exact = NULL;
    MediaTwccStatus statuses[MEDIA_TWCC_WINDOW];
    MediaRtcpReader reader;
    MediaRtcpPacket packet;

    g_assert_true(size % 4 == 0 && size <= sizeof bytes);
    bytes[3] = (uint8_t)(size / 4 - 1);
    bytes[14] = (uint8_t)(count >> 8);
    bytes[15] = (uint8_t)count;
    memcpy(bytes + 20, tail, tail_size);
    exact = g_memdup2(bytes, size);
    g_assert_true(media_rtcp_reader_init(&reader, exact, size));
    g_assert_true(media_rtcp_reader_next(&reader, &packet));
    return media_twcc_read(&packet, statuses, G_N_ELEMENTS(statuses));
}

static void
test_malformed_feedback_says_nothing(void)
{
    static const uint8_t run_of_lost[] = { 0x1f, 0xff, 0, 0 };
    static const uint8_t run_of_small[] = { 0x20, 0x04, 1, 2 };
    static const uint8_t empty_run[] = { 0, 0, 0, 0 };
    static const uint8_t reserved[] = { 0x60, 0x01, 0, 0 };

    g_assert_cmpuint(read_raw(65535, run_of_lost, 4), ==, 0);
    g_assert_cmpuint(read_raw(MEDIA_TWCC_WINDOW + 1, run_of_lost, 4), ==, 0);
    g_assert_cmpuint(read_raw(MEDIA_TWCC_WINDOW, run_of_lost, 4), ==, MEDIA_TWCC_WINDOW);
    g_assert_cmpuint(read_raw(2, run_of_small, 4), ==, 2);
    g_assert_cmpuint(read_raw(3, run_of_small, 4), ==, 0); /* a delta is missing */
    g_assert_cmpuint(read_raw(1, empty_run, 4), ==, 0);
    g_assert_cmpuint(read_raw(1, reserved, 4), ==, 0);
    g_assert_cmpuint(read_raw(9, run_of_lost, 0), ==, 0); /* no chunk */
    g_assert_cmpuint(read_raw(0, empty_run, 4), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/twcc/arrivals-and-losses-are-told", test_arrivals_and_losses_are_told);
    g_test_add_func("/media/twcc/long-runs-and-mixtures", test_long_runs_and_mixtures);
    g_test_add_func("/media/twcc/a-long-pause-goes-into-two-feedbacks", test_a_long_pause_goes_into_two_feedbacks);
    g_test_add_func("/media/twcc/late-packet-is-told-again", test_late_packet_is_told_again);
    g_test_add_func("/media/twcc/jumps-and-floods-are-bounded", test_jumps_and_floods_are_bounded);
    g_test_add_func("/media/twcc/malformed-feedback-says-nothing", test_malformed_feedback_says_nothing);
    return g_test_run();
}
