#include <glib.h>
#include <string.h>

#include "media/rtcp-writer.h"

/* How many packets a compound has; -1 when it is refused. */
static int
count_packets(const uint8_t *bytes, size_t size)
{
    g_autofree uint8_t *exact = g_memdup2(bytes, size); /* so that reading on is seen */
    MediaRtcpReader reader;
    MediaRtcpPacket packet;
    int n = 0;

    if (!media_rtcp_reader_init(&reader, exact, size))
        return -1;
    while (media_rtcp_reader_next(&reader, &packet))
        n++;
    return n;
}

typedef struct {
    const char *name;
    uint8_t bytes[40];
    size_t size;
    int expected;
} Row;

static const Row rows[] = {
    { "empty RR", { 0x80, 201, 0, 1, 0, 0, 0, 1 }, 8, 1 },
    { "four bytes", { 0x80, 201, 0, 0 }, 4, -1 },
    { "three bytes", { 0x80, 201, 0 }, 3, -1 },
    { "nothing", { 0 }, 0, -1 },
    { "version 1", { 0x40, 201, 0, 1, 0, 0, 0, 1 }, 8, -1 },
    { "type 191", { 0x80, 191, 0, 1, 0, 0, 0, 1 }, 8, -1 },
    { "length beyond the end", { 0x80, 201, 0, 2, 0, 0, 0, 1 }, 8, -1 },
    { "a second one of length 0", { 0x80, 201, 0, 1, 0, 0, 0, 1, 0x80, 200, 0, 0 }, 12, -1 },
    { "RC 31 and no blocks", { 0x9f, 201, 0, 1, 0, 0, 0, 1 }, 8, -1 },
    { "SR without its figures", { 0x80, 200, 0, 1, 0, 0, 0, 1 }, 8, -1 },
    { "SDES of no chunk", { 0x80, 202, 0, 0 }, 4, 1 },
    { "SDES", { 0x81, 202, 0, 2, 0, 0, 0, 1, 1, 1, 'a', 0 }, 12, 1 },
    { "SDES without its end", { 0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, 'a', 'b' }, 12, -1 },
    { "SDES item beyond the end", { 0x81, 202, 0, 2, 0, 0, 0, 1, 1, 200, 'a', 0 }, 12, -1 },
    { "SDES of two chunks, one there", { 0x82, 202, 0, 2, 0, 0, 0, 1, 1, 1, 'a', 0 }, 12, -1 },
    { "SDES, padded to an odd end", { 0xa2, 202, 0, 3, 0, 0, 0, 1, 1, 1, 'a', 0, 0, 0, 0, 3 }, 16, -1 },
    { "BYE", { 0x81, 203, 0, 1, 0, 0, 0, 1 }, 8, 1 },
    { "BYE of two, one there", { 0x82, 203, 0, 1, 0, 0, 0, 1 }, 8, -1 },
    { "BYE with a reason", { 0x81, 203, 0, 2, 0, 0, 0, 1, 3, 'a', 'b', 'c' }, 12, 1 },
    { "BYE with a reason of 255", { 0x81, 203, 0, 2, 0, 0, 0, 1, 255, 'a', 'b', 'c' }, 12, -1 },
    { "APP", { 0x80, 204, 0, 2, 0, 0, 0, 1, 'a', 'b', 'c', 'd' }, 12, 1 },
    { "APP without a name", { 0x80, 204, 0, 1, 0, 0, 0, 1 }, 8, -1 },
    { "XR of no block", { 0x80, 207, 0, 1, 0, 0, 0, 1 }, 8, 1 },
    { "an unknown type", { 0x80, 210, 0, 0 }, 4, 1 },
    { "NACK", { 0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 0 }, 16, 1 },
    { "NACK of nothing", { 0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2 }, 12, -1 },
    { "PLI", { 0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2 }, 12, 1 },
    { "PLI cut off", { 0x81, 206, 0, 1, 0, 0, 0, 1 }, 8, -1 },
    { "FIR of nothing", { 0x84, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2 }, 12, -1 },
    { "TWCC without a count", { 0x8f, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 0 }, 16, -1 },
    { "padding", { 0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4 }, 12, 1 },
    { "padding of 0", { 0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0 }, 12, -1 },
    { "all padding", { 0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 12 }, 12, -1 },
    { "padding before the last", { 0xa0, 201, 0, 1, 0, 0, 0, 4, 0x80, 201, 0, 1, 0, 0, 0, 1 }, 16, -1 },
};

static void
test_compounds(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(count_packets(rows[i].bytes, rows[i].size), ==, rows[i].expected);
    }
}

/* A compound of everything that we write. */
static void
write_all(MediaRtcpWriter *writer)
{
    const MediaRtcpSenderInfo info = { .ntp = 0x0102030405060708, .timestamp = 9, .packets = 10, .bytes = 11 };
    const MediaRtcpReportBlock blocks[] = { { .ssrc = 21, .lost = -3 },
                                            { .ssrc = 22, .lost = 70000, .highest = 65537 } };
    const uint32_t ssrcs[] = { 1, 2, 3 };
    const uint16_t missing[] = { 65534, 65535, 0, 20 };

    g_assert_true(media_rtcp_write_sender_report(writer, 1, &info));
    g_assert_true(media_rtcp_write_receiver_report(writer, 2, blocks, 2));
    g_assert_true(media_rtcp_write_cname(writer, ssrcs, 3, "abc"));
    g_assert_true(media_rtcp_write_nack(writer, 1, 31, missing, 4));
    g_assert_true(media_rtcp_write_pli(writer, 1, 32));
    g_assert_true(media_rtcp_write_fir(writer, 1, 33, 7));
}

static void
test_written_is_read(void)
{
    MediaRtcpWriter writer = { 0 };
    MediaRtcpReader reader;
    MediaRtcpPacket packet;
    MediaRtcpSenderInfo info;
    MediaRtcpReportBlock block;
    uint16_t missing[MEDIA_RTCP_NACK_SEQUENCES];

    write_all(&writer);
    g_assert_true(media_rtcp_reader_init(&reader, writer.bytes, writer.size));

    g_assert_true(media_rtcp_reader_next(&reader, &packet));
    g_assert_cmpuint(packet.type, ==, MEDIA_RTCP_SR);
    media_rtcp_get_sender_info(&packet, &info);
    g_assert_cmphex(info.ntp, ==, 0x0102030405060708);
    g_assert_cmpuint(info.bytes, ==, 11);

    g_assert_true(media_rtcp_reader_next(&reader, &packet));
    media_rtcp_get_report_block(&packet, 0, &block);
    g_assert_cmpint(block.lost, ==, -3);
    media_rtcp_get_report_block(&packet, 1, &block);
    g_assert_cmpint(block.lost, ==, 70000);
    g_assert_cmpuint(block.highest, ==, 65537);

    g_assert_true(media_rtcp_reader_next(&reader, &packet));
    g_assert_cmpuint(packet.type, ==, MEDIA_RTCP_SDES);

    g_assert_true(media_rtcp_reader_next(&reader, &packet));
    g_assert_cmpuint(media_rtcp_get_media_ssrc(&packet), ==, 31);
    g_assert_cmpuint(media_rtcp_get_n_nacks(&packet), ==, 2);
    g_assert_cmpuint(media_rtcp_get_nack(&packet, 0, missing), ==, 3);
    g_assert_cmpuint(missing[2], ==, 0);
    g_assert_cmpuint(media_rtcp_get_nack(&packet, 1, missing), ==, 1);
    g_assert_cmpuint(missing[0], ==, 20);

    g_assert_true(media_rtcp_reader_next(&reader, &packet));
    g_assert_cmpuint(packet.count, ==, MEDIA_RTCP_FMT_PLI);
    g_assert_true(media_rtcp_reader_next(&reader, &packet));
    g_assert_true(media_rtcp_fir_names(&packet, 33));
    g_assert_false(media_rtcp_fir_names(&packet, 32));
    g_assert_false(media_rtcp_reader_next(&reader, &packet));
}

/* Cut between two packets it is a shorter compound; anywhere else it is nothing. */
static void
test_every_truncation(void)
{
    MediaRtcpWriter writer = { 0 };
    unsigned n_valid = 0;

    write_all(&writer);
    for (size_t size = 0; size <= writer.size; size++)
        n_valid += count_packets(writer.bytes, size) >= 0 ? 1 : 0;
    g_assert_cmpuint(n_valid, ==, 6);
}

static void
test_nothing_is_written_that_does_not_fit(void)
{
    MediaRtcpWriter writer = { 0 };
    uint32_t ssrcs[MEDIA_RTCP_MAX_BLOCKS] = { 0 };
    g_autofree char *cname = g_strnfill(MEDIA_RTCP_MAX_CNAME, 'x');

    g_assert_false(media_rtcp_write_cname(&writer, ssrcs, MEDIA_RTCP_MAX_BLOCKS, cname));
    g_assert_cmpuint(writer.size, ==, 0);
    while (media_rtcp_write_pli(&writer, 1, 2))
        ;
    g_assert_cmpuint(writer.size, ==, MEDIA_RTCP_MAX_COMPOUND);
    g_assert_cmpint(count_packets(writer.bytes, writer.size), ==, MEDIA_RTCP_MAX_COMPOUND / 12);
}

static void
test_remb(void)
{
    static const struct {
        uint8_t exponent_mantissa[3];
        uint32_t expected;
    } table[] = {
        { { 0x00, 0x00, 0x00 }, 0 },
        { { 0x03, 0xff, 0xff }, 262143 },
        { { 0x08, 0x00, 0x01 }, 4 },
        { { 0xff, 0xff, 0xff }, UINT32_MAX }, /* 2^81 */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        uint8_t bytes[] = { 0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1, 0, 0, 0, 0, 0, 0, 9 };
        MediaRtcpReader reader;
        MediaRtcpPacket packet;
        uint32_t bitrate = 1;

        memcpy(bytes + 17, table[i].exponent_mantissa, 3);
        g_assert_true(media_rtcp_reader_init(&reader, bytes, sizeof bytes));
        g_assert_true(media_rtcp_reader_next(&reader, &packet));
        g_assert_true(media_rtcp_get_remb(&packet, &bitrate));
        g_assert_cmpuint(bitrate, ==, table[i].expected);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/rtcp/compounds", test_compounds);
    g_test_add_func("/media/rtcp/written-is-read", test_written_is_read);
    g_test_add_func("/media/rtcp/every-truncation", test_every_truncation);
    g_test_add_func("/media/rtcp/nothing-is-written-that-does-not-fit", test_nothing_is_written_that_does_not_fit);
    g_test_add_func("/media/rtcp/remb", test_remb);
    return g_test_run();
}
