/* The figures of a stream: losses, jitter, bit rate, clocks; and what bounds resending and SSRCs. */
#include <glib.h>

#include "media/bitrate.h"
#include "media/ntp.h"
#include "media/opus-toc.h"
#include "media/reception.h"
#include "media/resend-limit.h"
#include "media/ssrc-table.h"

enum { FIRST = 1 << 20 };

static void
test_fraction_lost_is_of_the_interval(void)
{
    MediaReception reception = { 0 };
    MediaRtcpReportBlock block;

    for (uint64_t i = 0; i < 100; i++) {
        if (i % 4 != 1)
            media_reception_received(&reception, FIRST + i, 0, 0, 90000);
    }
    media_reception_report(&reception, &block);
    g_assert_cmpuint(block.fraction_lost, ==, 64);
    g_assert_cmpint(block.lost, ==, 25);
    g_assert_cmpuint(block.highest, ==, FIRST + 99);
    media_reception_received(&reception, FIRST + 100, 0, 0, 90000);
    media_reception_report(&reception, &block);
    g_assert_cmpuint(block.fraction_lost, ==, 0);
    g_assert_cmpint(block.lost, ==, 25);
}

static void
test_recovered_ones_are_not_missing(void)
{
    MediaReception reception = { 0 };
    MediaRtcpReportBlock block;

    media_reception_received(&reception, FIRST, 0, 0, 90000);
    media_reception_received(&reception, FIRST + 3, 0, 0, 90000);
    g_assert_cmpuint(media_reception_get_missing(&reception), ==, 2);
    media_reception_recovered(&reception);
    g_assert_cmpuint(media_reception_get_missing(&reception), ==, 1);
    media_reception_report(&reception, &block);
    g_assert_cmpint(block.lost, ==, 2); /* the line lost both */
}

static void
test_late_before_the_first_is_not_a_huge_loss(void)
{
    MediaReception reception = { 0 };

    media_reception_received(&reception, FIRST, 0, 0, 90000);
    media_reception_received(&reception, FIRST - 2, 0, 0, 90000);
    g_assert_cmpuint(media_reception_get_missing(&reception), ==, 1);
}

static void
test_jitter_of_an_even_stream_is_nothing(void)
{
    MediaReception reception = { 0 };

    for (uint64_t i = 0; i < 50; i++)
        media_reception_received(&reception, FIRST + i, (uint32_t)i * 960, (int64_t)i * 20000, 48000);
    g_assert_cmpuint(media_reception_get_jitter(&reception), ==, 0);
}

static void
test_jitter_approaches_the_spread(void)
{
    MediaReception reception = { 0 };

    for (uint64_t i = 0; i < 500; i++)
        media_reception_received(&reception, FIRST + i, (uint32_t)i * 960, (int64_t)i * 20000 + (i % 2 ? 10000 : 0),
                                 48000);
    g_assert_cmpuint(media_reception_get_jitter(&reception), >=, 450);
    g_assert_cmpuint(media_reception_get_jitter(&reception), <=, 480);
}

static void
test_timestamp_jump_is_not_jitter(void)
{
    MediaReception reception = { 0 };

    media_reception_received(&reception, FIRST, 0, 0, 90000);
    media_reception_received(&reception, FIRST + 1, 0x80000000, 0, 90000);
    g_assert_cmpuint(media_reception_get_jitter(&reception), ==, 0);
}

static void
test_bitrate_of_the_last_second(void)
{
    MediaBitrate bitrate = { 0 };

    for (int i = 0; i < 300; i++)
        media_bitrate_add(&bitrate, 1000, i * 10000);
    g_assert_cmpuint(media_bitrate_get(&bitrate, 2999999), ==, 800000);
    g_assert_cmpuint(media_bitrate_get(&bitrate, 3500000), <, 500000);
    g_assert_cmpuint(media_bitrate_get(&bitrate, 9000000), ==, 0);
    media_bitrate_add(&bitrate, 1000, 9000000);
    g_assert_cmpuint(media_bitrate_get(&bitrate, 9000000), ==, 8000);
}

static void
test_ntp_reads_back(void)
{
    static const int64_t times_us[] = { 0, 1, 999999, 1000000, INT64_C(3900000000123457) };

    for (size_t i = 0; i < G_N_ELEMENTS(times_us); i++)
        g_assert_cmpint(media_ntp_to_us(media_ntp_from_us(times_us[i])), ==, times_us[i]);
    g_assert_cmphex(media_ntp_from_us(1500000), ==, UINT64_C(0x180000000));
    g_assert_cmphex(media_ntp_middle(UINT64_C(0x1122334455667788)), ==, 0x33445566);
}

static void
test_clock_offset_is_of_the_fastest_report(void)
{
    MediaClockOffset clock = { 0 };
    uint64_t ntp = media_ntp_from_us(INT64_C(50000000000));

    media_clock_offset_learn(&clock, ntp, 1080000); /* 80 ms in a queue */
    media_clock_offset_learn(&clock, ntp, 1020000);
    g_assert_cmpint(media_clock_offset_to_local_us(&clock, ntp), ==, 1020000);
    media_clock_offset_learn(&clock, ntp, 1084000);
    g_assert_cmpint(media_clock_offset_to_local_us(&clock, ntp), ==, 1021000); /* creeps */
    media_clock_offset_learn(&clock, ntp, 9000000);                            /* their clock was set back */
    g_assert_cmpint(media_clock_offset_to_local_us(&clock, ntp), ==, 9000000);
}

static void
test_same_packet_not_twice_at_once(void)
{
    MediaResendLimit limit = { 0 };

    g_assert_true(media_resend_limit_take(&limit, 7, 1000, 0, 1000000));
    g_assert_false(media_resend_limit_take(&limit, 7, 1000, 0, 1000000 + MEDIA_RESEND_SPACING_US - 1));
    g_assert_true(media_resend_limit_take(&limit, 8, 1000, 0, 1000000));
    g_assert_true(media_resend_limit_take(&limit, 7, 1000, 0, 1000000 + MEDIA_RESEND_SPACING_US));
}

static void
test_resending_is_within_its_budget(void)
{
    MediaResendLimit limit = { 0 };
    size_t sent = 0;

    for (unsigned i = 0; i < 65536; i++)
        sent += media_resend_limit_take(&limit, (uint16_t)i, 1200, 4000000, 1000000) ? 1200 : 0;
    g_assert_cmpuint(sent, <=, MEDIA_RESEND_BURST);
    g_assert_cmpuint(sent, >, MEDIA_RESEND_BURST - 1200);
    sent = 0;
    for (unsigned i = 0; i < 65536; i++)
        sent += media_resend_limit_take(&limit, (uint16_t)i, 1200, 4000000, 1100000) ? 1200 : 0;
    g_assert_cmpuint(sent, <=, 50000 + 1200); /* a tenth of a second at 4 Mbit/s */
}

static void
test_ssrcs_are_found_and_bounded(void)
{
    MediaSsrcTable table = { 0 };
    uint8_t stream;

    for (uint32_t i = 0; i < MEDIA_SSRC_TABLE_MAX; i++)
        g_assert_true(media_ssrc_table_set(&table, i * 7919, (uint8_t)i));
    g_assert_false(media_ssrc_table_set(&table, 1, 0));
    g_assert_true(media_ssrc_table_set(&table, 7919, 9)); /* one that is there may move */
    for (uint32_t i = 0; i < MEDIA_SSRC_TABLE_MAX; i += 2)
        media_ssrc_table_remove(&table, i * 7919);
    for (uint32_t i = 0; i < MEDIA_SSRC_TABLE_MAX; i++) {
        g_assert_cmpint(media_ssrc_table_find(&table, i * 7919, &stream), ==, i % 2 == 1);
        if (i % 2 == 1)
            g_assert_cmpuint(stream, ==, i == 1 ? 9 : i);
    }
    g_assert_cmpuint(table.n_used, ==, MEDIA_SSRC_TABLE_MAX / 2);
}

static void
test_opus_durations(void)
{
    static const struct {
        uint8_t bytes[2];
        size_t size;
        int64_t duration_us;
    } table[] = {
        { { 0 }, 0, 0 },
        { { 0x78 }, 1, 20000 },          /* hybrid, 20 ms, one frame */
        { { 0xfc }, 1, 20000 },          /* CELT, 20 ms, one frame */
        { { 0xe0 }, 1, 2500 },           /* CELT, 2.5 ms */
        { { 0x19 }, 1, 120000 },         /* SILK, 60 ms, two frames */
        { { 0x18 | 3 }, 1, 0 },          /* the count is missing */
        { { 0x18 | 3, 2 }, 2, 120000 },  /* */
        { { 0x18 | 3, 3 }, 2, 0 },       /* 180 ms */
        { { 0xe0 | 3, 48 }, 2, 120000 }, /* the most frames there can be */
        { { 0xe0 | 3, 49 }, 2, 0 },
        { { 0xe0 | 3, 0 }, 2, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        g_assert_cmpint(media_opus_get_duration_us(table[i].bytes, table[i].size), ==, table[i].duration_us);
}

/* A packet whose frames do not fit in it was cut on its way, or is something else. */
static void
test_opus_frames_must_fit(void)
{
    static const struct {
        uint8_t bytes[12];
        size_t size;
        int64_t duration_us;
    } table[] = {
        { { 0xf9, 1, 2, 3, 4 }, 5, 40000 },          /* two frames of one size */
        { { 0xf9, 1, 2, 3 }, 4, 0 },                 /* one byte was cut off */
        { { 0xfa, 2, 1, 2, 3 }, 5, 40000 },          /* two, the first of two bytes */
        { { 0xfa, 4, 1, 2, 3 }, 5, 0 },              /* of four: there are three */
        { { 0xfa, 252, 0, 1 }, 4, 0 },               /* of 252 */
        { { 0xfa, 252 }, 2, 0 },                     /* its length was cut off */
        { { 0xfa }, 1, 0 },                          /* */
        { { 0xfb, 2, 1, 2, 3, 4 }, 6, 40000 },       /* two of one size, counted */
        { { 0xfb, 2, 1, 2, 3 }, 5, 0 },              /* */
        { { 0xfb, 0x82, 1, 1, 2 }, 5, 40000 },       /* with a length */
        { { 0xfb, 0x83, 1, 9, 1, 2 }, 6, 0 },        /* the second is longer than what is there */
        { { 0xfb, 0x42, 2, 1, 2, 0, 0 }, 7, 40000 }, /* with padding */
        { { 0xfb, 0x42, 7, 1, 2, 0, 0 }, 7, 0 },     /* more of it than there is */
        { { 0xfb, 0x42, 255, 255 }, 4, 0 },          /* */
        { { 0xef, 0x0f, 0, 9, 0x6f, 0xf8 }, 6, 0 },  /* RFC 2198: an older one of nine bytes, then the newest */
    };
    static const uint8_t whole[1 + 1275 + 1] = { 0xf8 };

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        g_assert_cmpint(media_opus_get_duration_us(table[i].bytes, table[i].size), ==, table[i].duration_us);
    g_assert_cmpint(media_opus_get_duration_us(whole, sizeof whole - 1), ==, 20000);
    g_assert_cmpint(media_opus_get_duration_us(whole, sizeof whole), ==, 0); /* no frame is so long */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/reception/fraction-lost-is-of-the-interval", test_fraction_lost_is_of_the_interval);
    g_test_add_func("/media/reception/recovered-ones-are-not-missing", test_recovered_ones_are_not_missing);
    g_test_add_func("/media/reception/late-before-the-first-is-not-a-huge-loss",
                    test_late_before_the_first_is_not_a_huge_loss);
    g_test_add_func("/media/reception/jitter-of-an-even-stream-is-nothing", test_jitter_of_an_even_stream_is_nothing);
    g_test_add_func("/media/reception/jitter-approaches-the-spread", test_jitter_approaches_the_spread);
    g_test_add_func("/media/reception/timestamp-jump-is-not-jitter", test_timestamp_jump_is_not_jitter);
    g_test_add_func("/media/bitrate/of-the-last-second", test_bitrate_of_the_last_second);
    g_test_add_func("/media/ntp/reads-back", test_ntp_reads_back);
    g_test_add_func("/media/ntp/clock-offset-is-of-the-fastest-report", test_clock_offset_is_of_the_fastest_report);
    g_test_add_func("/media/resend-limit/same-packet-not-twice-at-once", test_same_packet_not_twice_at_once);
    g_test_add_func("/media/resend-limit/within-its-budget", test_resending_is_within_its_budget);
    g_test_add_func("/media/ssrc-table/found-and-bounded", test_ssrcs_are_found_and_bounded);
    g_test_add_func("/media/opus-toc/durations", test_opus_durations);
    g_test_add_func("/media/opus-toc/frames-must-fit", test_opus_frames_must_fit);
    return g_test_run();
}
