#include "media/red.h"

#include <string.h>

#include "media/wire.h"

enum { OPUS = 111 };

static MediaRedBlock
make_block(const char *text, uint32_t offset)
{
    return (MediaRedBlock){
        .payload_type = OPUS,
        .timestamp_offset = offset,
        .size = (uint16_t)strlen(text),
        .data = (const uint8_t *)text,
    };
}

static void
assert_block(const MediaRedBlock *block, const char *text, uint32_t offset)
{
    g_assert_cmpmem(block->data, block->size, text, strlen(text));
    g_assert_cmpuint(block->timestamp_offset, ==, offset);
    g_assert_cmpuint(block->payload_type, ==, OPUS);
}

static void
test_both_ways(void)
{
    const MediaRedBlock older[] = { make_block("oldest", 1920), make_block("old", 960) };
    const MediaRedBlock newest = make_block("new!", 0);

    for (size_t n = 0; n <= 2; n++) {
        uint8_t bytes[100];
        MediaRedBlock blocks[MEDIA_RED_MAX_OLDER + 1];
        size_t n_blocks, size = media_red_build(&newest, older + 2 - n, n, bytes, sizeof bytes);

        g_assert_cmpuint(size, ==, 1 + 4 + n * 4 + (n > 0 ? 3 : 0) + (n > 1 ? 6 : 0));
        g_assert_true(media_red_parse(bytes, size, blocks, &n_blocks));
        g_assert_cmpuint(n_blocks, ==, n + 1);
        assert_block(&blocks[n], "new!", 0);
        if (n > 0)
            assert_block(&blocks[n - 1], "old", 960);
        if (n > 1)
            assert_block(&blocks[0], "oldest", 1920);
    }
}

/* As Chromium writes it: one block of 20 ms before. */
static void
test_known_bytes(void)
{
    static const uint8_t bytes[] = { 0x80 | OPUS, 0x0f, 0x00, 0x02, OPUS, 0xaa, 0xab, 0xba, 0xbb, 0xbc };
    MediaRedBlock blocks[MEDIA_RED_MAX_OLDER + 1];
    size_t n_blocks;

    g_assert_true(media_red_parse(bytes, sizeof bytes, blocks, &n_blocks));
    g_assert_cmpuint(n_blocks, ==, 2);
    assert_block(&blocks[0], "\xaa\xab", 960);
    assert_block(&blocks[1], "\xba\xbb\xbc", 0);
}

static void
test_what_cannot_be_said(void)
{
    g_autofree char *longest = g_strnfill(MEDIA_RED_MAX_BLOCK, 'x'), *longer = g_strnfill(MEDIA_RED_MAX_BLOCK + 1, 'x');
    const MediaRedBlock newest = make_block("new", 0);
    const struct {
        MediaRedBlock block;
        bool fits;
    } cases[] = {
        { make_block(longest, 960), true },
        { make_block(longer, 960), false },
        { make_block("a", MEDIA_RED_MAX_OFFSET), true },
        { make_block("a", MEDIA_RED_MAX_OFFSET + 1), false },
        { make_block("a", 0), false },
        { make_block("a", (uint32_t)-960), false },
        { make_block("", 960), false },
    };
    uint8_t bytes[1400];

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t size = media_red_build(&newest, &cases[i].block, 1, bytes, sizeof bytes);
        g_assert_cmpuint(size, ==, cases[i].fits ? 8 + cases[i].block.size : 4);
    }
    /* the nearer one fails: the one before it must not take its place */
    const MediaRedBlock older[] = { make_block("oldest", 1920), make_block(longer, 960) };
    g_assert_cmpuint(media_red_build(&newest, older, 2, bytes, sizeof bytes), ==, 4);
    /* no room */
    g_assert_cmpuint(media_red_build(&newest, older, 1, bytes, 13), ==, 4);
    g_assert_cmpuint(media_red_build(&newest, older, 1, bytes, 14), ==, 14);
    g_assert_cmpuint(media_red_build(&newest, NULL, 0, bytes, 3), ==, 0);
}

static void
test_garbage(void)
{
    static const uint8_t whole[] = { 0xef, 0x1e, 0x00, 0x02, 0xef, 0x0f, 0x00, 0x03, 0x6f, 'a', 'b', 'c', 'd', 'e' };
    MediaRedBlock blocks[MEDIA_RED_MAX_OLDER + 1];
    uint8_t many[200];
    size_t n_blocks;

    for (size_t size = 0; size < sizeof whole; size++)
        g_assert_false(media_red_parse(whole, size, blocks, &n_blocks));
    g_assert_true(media_red_parse(whole, sizeof whole, blocks, &n_blocks));
    g_assert_cmpuint(blocks[2].size, ==, 0); /* nothing new: allowed */

    /* ten blocks: the nearest are read; forty: nobody sends that */
    for (size_t i = 0; i < 40; i++)
        memcpy(many + i * 4, "\xef\x0f\x00\x00", 4);
    many[9 * 4] = OPUS;
    g_assert_true(media_red_parse(many, 9 * 4 + 2, blocks, &n_blocks));
    g_assert_cmpuint(n_blocks, ==, MEDIA_RED_MAX_OLDER + 1);
    many[9 * 4] = 0xef;
    many[40 * 4] = OPUS;
    g_assert_false(media_red_parse(many, 40 * 4 + 2, blocks, &n_blocks));
}

static void
test_unwrap(void)
{
    const MediaRedBlock older[] = { make_block("oldest", 1920), make_block("old", 960) };
    const MediaRedBlock newest = make_block("new!", 0);
    const uint8_t header[] = { 0x90, 0x80 | 63, 0x00, 0x01, 0, 0, 0x10, 0,    1, 2,
                               3,    4,         0xbe, 0xde, 0, 1, 0x20, 0x95, 0, 0 };
    uint8_t packet[100];
    MediaRtp rtp;
    MediaRedUnwrapped unwrapped;

    memcpy(packet, header, sizeof header);
    size_t size = sizeof header + media_red_build(&newest, older, 2, packet + sizeof header, 60);
    g_assert_true(media_rtp_parse(packet, size, &rtp));
    g_assert_true(media_red_unwrap(&rtp, packet, OPUS, &unwrapped));
    g_assert_cmpuint(unwrapped.n, ==, 3);

    static const struct {
        uint16_t sequence;
        uint32_t timestamp;
        const char *text;
    } expected[] = { { 1, 0x1000, "new!" }, { 0, 0x1000 - 960, "old" }, { 65535, 0x1000 - 1920, "oldest" } };
    for (size_t i = 0; i < 3; i++) {
        g_assert_true(media_rtp_parse(unwrapped.packets[i], unwrapped.sizes[i], &rtp));
        g_assert_cmpuint(rtp.payload_type, ==, OPUS);
        g_assert_cmpuint(rtp.sequence, ==, expected[i].sequence);
        g_assert_cmpuint(rtp.timestamp, ==, expected[i].timestamp);
        g_assert_cmpuint(rtp.ssrc, ==, 0x01020304);
        g_assert_true(rtp.marker == (i == 0));
        g_assert_true((rtp.extension != NULL) == (i == 0));
        g_assert_cmpmem(unwrapped.packets[i] + rtp.header_size, rtp.payload_size, expected[i].text,
                        strlen(expected[i].text));
    }
    g_assert_true(media_rtp_parse(packet, size, &rtp));
    g_assert_false(media_red_unwrap(&rtp, packet, OPUS + 1, &unwrapped)); /* of something else */
    packet[sizeof header + 3] = 0xff;
    g_assert_false(media_red_unwrap(&rtp, packet, OPUS, &unwrapped));
}

static void
test_switch(void)
{
    MediaRedSwitch state = { 0 };
    int64_t now_us = G_USEC_PER_SEC;

    media_red_switch_update(&state, 7, now_us);
    g_assert_cmpuint(state.generations, ==, 0);
    media_red_switch_update(&state, 8, now_us);
    g_assert_cmpuint(state.generations, ==, 1);
    media_red_switch_update(&state, 26, now_us);
    g_assert_cmpuint(state.generations, ==, 2);
    media_red_switch_update(&state, 5, now_us += 60 * G_USEC_PER_SEC); /* better, but not calm */
    g_assert_cmpuint(state.generations, ==, 2);
    for (unsigned second = 0; second < 9; second++)
        media_red_switch_update(&state, 2, now_us += G_USEC_PER_SEC);
    g_assert_cmpuint(state.generations, ==, 2);
    media_red_switch_update(&state, 3, now_us += G_USEC_PER_SEC); /* begins anew */
    for (unsigned second = 0; second < 10; second++)
        media_red_switch_update(&state, 2, now_us += G_USEC_PER_SEC);
    g_assert_cmpuint(state.generations, ==, 2);
    media_red_switch_update(&state, 2, now_us + G_USEC_PER_SEC);
    g_assert_cmpuint(state.generations, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/red/both-ways", test_both_ways);
    g_test_add_func("/media/red/known-bytes", test_known_bytes);
    g_test_add_func("/media/red/what-cannot-be-said", test_what_cannot_be_said);
    g_test_add_func("/media/red/garbage", test_garbage);
    g_test_add_func("/media/red/unwrapped-as-plain-packets", test_unwrap);
    g_test_add_func("/media/red/on-at-3-percent-off-after-10-calm-seconds", test_switch);
    return g_test_run();
}
