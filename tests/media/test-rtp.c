#include <glib.h>
#include <string.h>

#include "media/rtp.h"
#include "media/rtx.h"

typedef struct {
    const char *name;
    uint8_t bytes[32];
    size_t size;
    bool valid;
    uint16_t header_size, payload_size;
} Row;

#define FIXED(first) first, 96, 0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 2

static const Row rows[] = {
    { "plain", { FIXED(0x80), 7 }, 13, true, 12, 1 },
    { "header alone", { FIXED(0x80) }, 12, true, 12, 0 },
    { "eleven bytes", { FIXED(0x80) }, 11, false, 0, 0 },
    { "nothing", { 0 }, 0, false, 0, 0 },
    { "version 1", { FIXED(0x40) }, 12, false, 0, 0 },
    { "one CSRC", { FIXED(0x81), 0, 0, 0, 9, 7 }, 17, true, 16, 1 },
    { "fifteen CSRCs and no room", { FIXED(0x8f), 1, 2, 3, 4 }, 16, false, 0, 0 },
    { "extension", { FIXED(0x90), 0xbe, 0xde, 0, 1, 0x10, 5, 0, 0, 7 }, 21, true, 20, 1 },
    { "extension header cut off", { FIXED(0x90), 0xbe, 0xde, 0 }, 15, false, 0, 0 },
    { "extension beyond the end", { FIXED(0x90), 0xbe, 0xde, 0, 2, 1, 2, 3, 4 }, 20, false, 0, 0 },
    { "extension of 256 kB", { FIXED(0x90), 0xbe, 0xde, 0xff, 0xff, 1, 2, 3, 4 }, 20, false, 0, 0 },
    { "padding", { FIXED(0xa0), 7, 0, 2 }, 15, true, 12, 1 },
    { "padding alone", { FIXED(0xa0), 0, 2 }, 14, true, 12, 0 },
    { "padding of 0", { FIXED(0xa0), 7, 0 }, 14, false, 0, 0 },
    { "more padding than payload", { FIXED(0xa0), 7, 3 }, 14, false, 0, 0 },
    { "padding bit without a byte", { FIXED(0xa0) }, 12, false, 0, 0 },
};

static void
test_headers(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree uint8_t *exact = g_memdup2(rows[i].bytes, rows[i].size); /* so that reading on is seen */
        MediaRtp rtp;

        g_test_message("%s", rows[i].name);
        g_assert_cmpint(media_rtp_parse(exact, rows[i].size, &rtp), ==, rows[i].valid);
        if (!rows[i].valid)
            continue;
        g_assert_cmpuint(rtp.header_size, ==, rows[i].header_size);
        g_assert_cmpuint(rtp.payload_size, ==, rows[i].payload_size);
        g_assert_cmpuint(rtp.sequence, ==, 0x1234);
        g_assert_cmpuint(rtp.ssrc, ==, 2);
    }
}

static void
assert_extension(uint16_t profile, const uint8_t *bytes, size_t size, uint8_t id, const char *expected)
{
    g_autofree uint8_t *exact = g_memdup2(bytes, size);
    MediaRtp rtp = { .extension_profile = profile, .extension = exact, .extension_size = (uint16_t)size };
    size_t found_size = 0;
    const uint8_t *found = media_rtp_find_extension(&rtp, id, &found_size);

    if (expected == NULL) {
        g_assert_null(found);
        return;
    }
    g_assert_nonnull(found);
    g_assert_cmpmem(found, found_size, expected, strlen(expected));
}

#define ASSERT_EXTENSION(profile, id, expected, ...)                                                                   \
    assert_extension(profile, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }), id, expected)

static void
test_one_byte_elements(void)
{
    ASSERT_EXTENSION(0xbede, 1, "a", 0x10, 'a', 0, 0);
    ASSERT_EXTENSION(0xbede, 2, "bc", 0x10, 'a', 0x21, 'b', 'c');
    ASSERT_EXTENSION(0xbede, 2, "b", 0, 0, 0x20, 'b');
    ASSERT_EXTENSION(0xbede, 3, NULL, 0x10, 'a', 0, 0);
    ASSERT_EXTENSION(0xbede, 1, NULL, 0x13, 'a', 'b', 'c');  /* longer than the block */
    ASSERT_EXTENSION(0xbede, 2, NULL, 0xf0, 'a', 0x20, 'b'); /* id 15 ends the list */
    ASSERT_EXTENSION(0xbede, 15, NULL, 0xf0, 'a', 0xf0, 'b');
    ASSERT_EXTENSION(0xbede, 0, NULL, 0, 0, 0, 0);
    ASSERT_EXTENSION(0xbede, 200, NULL, 0x10, 'a', 0, 0);
    ASSERT_EXTENSION(0x1234, 1, NULL, 0x10, 'a', 0, 0);
}

static void
test_two_byte_elements(void)
{
    ASSERT_EXTENSION(0x1000, 1, "a", 1, 1, 'a', 0);
    ASSERT_EXTENSION(0x1007, 200, "bc", 1, 0, 200, 2, 'b', 'c');
    ASSERT_EXTENSION(0x1000, 15, "b", 0, 15, 1, 'b');
    ASSERT_EXTENSION(0x1000, 1, "", 1, 0, 2, 0);
    ASSERT_EXTENSION(0x1000, 2, NULL, 1, 1, 'a', 2); /* no length */
    ASSERT_EXTENSION(0x1000, 1, NULL, 1, 4, 'a', 'b');
}

static void
test_thousand_elements(void)
{
    uint8_t bytes[2000];

    for (size_t i = 0; i < sizeof bytes; i += 2) {
        bytes[i] = 0x10;
        bytes[i + 1] = (uint8_t)i;
    }
    assert_extension(0xbede, bytes, sizeof bytes, 9, NULL);
}

static void
test_written_is_read(void)
{
    for (int two_byte = 0; two_byte <= 1; two_byte++) {
        const MediaRtp rtp = { .payload_type = 111, .marker = true, .sequence = 65535, .timestamp = 7, .ssrc = 8 };
        MediaRtpWriter writer;
        MediaRtp read;
        uint8_t header[64];
        size_t size;

        media_rtp_writer_init(&writer, header, sizeof header, &rtp, two_byte);
        media_rtp_writer_add(&writer, 3, "ab", 2);
        media_rtp_writer_add(&writer, two_byte ? 99 : 4, "c", 1);
        g_assert_true(media_rtp_parse(header, media_rtp_writer_finish(&writer), &read));
        g_assert_cmpuint(read.payload_type, ==, 111);
        g_assert_true(read.marker);
        g_assert_cmpuint(read.sequence, ==, 65535);
        g_assert_cmpmem(media_rtp_find_extension(&read, 3, &size), 2, "ab", 2);
        g_assert_cmpmem(media_rtp_find_extension(&read, two_byte ? 99 : 4, &size), 1, "c", 1);
        g_assert_cmpuint(read.payload_size, ==, 0);
    }
}

static void
test_element_that_does_not_fit_is_left_out(void)
{
    const MediaRtp rtp = { .payload_type = 96 };
    MediaRtpWriter writer;
    MediaRtp read;
    uint8_t header[20];
    size_t size;

    media_rtp_writer_init(&writer, header, sizeof header, &rtp, false);
    media_rtp_writer_add(&writer, 1, "ab", 2);
    media_rtp_writer_add(&writer, 2, "cd", 2);
    media_rtp_writer_add(&writer, 3, "0123456789abcdefg", 17);
    g_assert_cmpuint(media_rtp_writer_finish(&writer), ==, 20);
    g_assert_true(media_rtp_parse(header, sizeof header, &read));
    g_assert_nonnull(media_rtp_find_extension(&read, 1, &size));
    g_assert_null(media_rtp_find_extension(&read, 2, &size));
}

static void
test_rtx_gives_back_the_lost_packet(void)
{
    static const uint8_t rtx[] = { FIXED(0xb0), 0xbe, 0xde, 0, 1, 0x10, 5, 0, 0, 0xab, 0xcd, 'x', 'y', 0, 2 };
    uint8_t bytes[MEDIA_RTX_MAX_PACKET];
    MediaRtp rtp;

    g_assert_true(media_rtp_parse(rtx, sizeof rtx, &rtp));
    size_t size = media_rtx_unwrap(&rtp, rtx, 100, 0x01020304, bytes);
    g_assert_true(media_rtp_parse(bytes, size, &rtp));
    g_assert_cmpuint(rtp.sequence, ==, 0xabcd);
    g_assert_cmpuint(rtp.ssrc, ==, 0x01020304);
    g_assert_cmpuint(rtp.payload_type, ==, 100);
    g_assert_cmpmem(bytes + rtp.header_size, rtp.payload_size, "xy", 2);
}

static void
test_rtx_without_a_packet_is_dropped(void)
{
    for (size_t payload = 0; payload <= 2; payload++) {
        static const uint8_t rtx[] = { FIXED(0x80), 1, 2 };
        uint8_t bytes[MEDIA_RTX_MAX_PACKET];
        MediaRtp rtp;

        g_assert_true(media_rtp_parse(rtx, 12 + payload, &rtp));
        g_assert_cmpuint(media_rtx_unwrap(&rtp, rtx, 100, 1, bytes), ==, 0);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/rtp/headers", test_headers);
    g_test_add_func("/media/rtp/one-byte-elements", test_one_byte_elements);
    g_test_add_func("/media/rtp/two-byte-elements", test_two_byte_elements);
    g_test_add_func("/media/rtp/thousand-elements", test_thousand_elements);
    g_test_add_func("/media/rtp/written-is-read", test_written_is_read);
    g_test_add_func("/media/rtp/element-that-does-not-fit-is-left-out", test_element_that_does_not_fit_is_left_out);
    g_test_add_func("/media/rtp/rtx-gives-back-the-lost-packet", test_rtx_gives_back_the_lost_packet);
    g_test_add_func("/media/rtp/rtx-without-a-packet-is-dropped", test_rtx_without_a_packet_is_dropped);
    return g_test_run();
}
