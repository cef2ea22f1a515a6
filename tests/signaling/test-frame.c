#include "signaling/frame.h"

#include <string.h>

#include "signaling/bucket.h"

typedef struct {
    const char *bytes;
    size_t size;
    SigFramesEvent event;
    uint16_t code;
} Case;

#define MASK        "\x01\x02\x03\x04"
#define BYTES(text) text, sizeof(text) - 1

static const Case cases[] = {
    { BYTES("\x81\x82" MASK "ij"), SIG_FRAMES_MESSAGE, 0 }, /* "hh" */
    { BYTES("\x81\x80" MASK), SIG_FRAMES_MESSAGE, 0 },
    { BYTES("\x89\x80" MASK), SIG_FRAMES_PING, 0 },
    { BYTES("\x8a\x82" MASK "ij"), SIG_FRAMES_PONG, 0 },
    { BYTES("\x88\x80" MASK), SIG_FRAMES_CLOSE, 1000 },
    { BYTES("\x88\x82" MASK "\x02\xea"), SIG_FRAMES_CLOSE, 1000 },
    { BYTES("\x88\x82" MASK "\x11\xae"), SIG_FRAMES_CLOSE, 4268 },
    { BYTES("\x81\x82" MASK "i"), SIG_FRAMES_MORE, 0 },
    { BYTES("\x81\x02hi"), SIG_FRAMES_BAD, 1002 },                    /* not masked */
    { BYTES("\xc1\x80" MASK), SIG_FRAMES_BAD, 1002 },                 /* RSV1 */
    { BYTES("\xa1\x80" MASK), SIG_FRAMES_BAD, 1002 },                 /* RSV2 */
    { BYTES("\x83\x80" MASK), SIG_FRAMES_BAD, 1002 },                 /* reserved opcode */
    { BYTES("\x8b\x80" MASK), SIG_FRAMES_BAD, 1002 },                 /* reserved control opcode */
    { BYTES("\x82\x80" MASK), SIG_FRAMES_BAD, 1003 },                 /* binary */
    { BYTES("\x80\x80" MASK), SIG_FRAMES_BAD, 1002 },                 /* continues nothing */
    { BYTES("\x09\x80" MASK), SIG_FRAMES_BAD, 1002 },                 /* fragmented control */
    { BYTES("\x89\xfe\x00\x7e" MASK), SIG_FRAMES_BAD, 1002 },         /* long control */
    { BYTES("\x01\x80" MASK "\x81\x80" MASK), SIG_FRAMES_BAD, 1002 }, /* text inside a message */
    { BYTES("\x81\xff\x80\0\0\0\0\0\0\0" MASK), SIG_FRAMES_BAD, 1009 },
    { BYTES("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" MASK), SIG_FRAMES_BAD, 1009 },
    { BYTES("\x81\xff\0\0\0\0\0\x10\0\x01" MASK), SIG_FRAMES_BAD, 1009 }, /* one byte over */
    { BYTES("\x81\x81" MASK "\xfe"), SIG_FRAMES_BAD, 1007 },              /* 0xff */
    { BYTES("\x88\x81" MASK "\x02"), SIG_FRAMES_BAD, 1002 },              /* half a code */
    { BYTES("\x88\x82" MASK "\x02\xef"), SIG_FRAMES_BAD, 1002 },          /* 1005 */
    { BYTES("\x88\x82" MASK "\x02\xee"), SIG_FRAMES_BAD, 1002 },          /* 1004 */
    { BYTES("\x88\x82" MASK "\x01\x02"), SIG_FRAMES_BAD, 1002 },          /* 0 */
    { BYTES("\x88\x83" MASK "\x02\xea\xfc"), SIG_FRAMES_BAD, 1007 },
};

/* The last event; in pieces of step bytes. */
static SigFramesEvent
feed(SigFrames *frames, const void *data, size_t length, size_t step)
{
    SigFramesEvent event = SIG_FRAMES_MORE;

    for (size_t at = 0; at < length && event != SIG_FRAMES_BAD; at += step) {
        const uint8_t *bytes = (const uint8_t *)data + at;
        size_t size = MIN(step, length - at);

        event = sig_frames_next(frames, &bytes, &size);
        while (size > 0 && event != SIG_FRAMES_BAD)
            event = sig_frames_next(frames, &bytes, &size);
    }
    return event;
}

static void
test_table(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t step = 1; step <= 64; step += 63) {
            SigFrames frames = { 0 };

            g_test_message("%u", i);
            g_assert_cmpint(feed(&frames, cases[i].bytes, cases[i].size, step), ==, cases[i].event);
            if (cases[i].code != 0)
                g_assert_cmpuint(frames.code, ==, cases[i].code);
            sig_frames_clear(&frames);
        }
    }
}

static void
test_fragments(void)
{
    static const char bytes[] = "\x01\x82" MASK "ij" /* hh */
                                "\x89\x81" MASK "`"  /* a ping in between: a */
                                "\x80\x82" MASK "hk";
    const uint8_t *at = (const uint8_t *)bytes;
    size_t size = sizeof bytes - 1;
    SigFrames frames = { 0 };

    g_assert_cmpint(sig_frames_next(&frames, &at, &size), ==, SIG_FRAMES_PING);
    g_assert_cmpmem(frames.control, frames.n_control, "a", 1);
    g_assert_cmpint(sig_frames_next(&frames, &at, &size), ==, SIG_FRAMES_MESSAGE);
    g_assert_cmpmem(frames.message->data, frames.message->len, "hhii", 4);
    g_assert_cmpint(sig_frames_next(&frames, &at, &size), ==, SIG_FRAMES_MORE);
    g_assert_null(frames.message);
    sig_frames_clear(&frames);
}

static void
test_endless_fragments(void)
{
    SigFrames frames = { 0 };
    SigFramesEvent event = feed(&frames, "\x01\x80" MASK, 6, 6);

    for (unsigned i = 1; i < SIG_FRAMES_MAX_FRAGMENTS; i++) {
        g_assert_cmpint(event, ==, SIG_FRAMES_MORE);
        event = feed(&frames, "\x00\x80" MASK, 6, 6);
    }
    g_assert_cmpint(event, ==, SIG_FRAMES_MORE);
    g_assert_cmpint(feed(&frames, "\x00\x80" MASK, 6, 6), ==, SIG_FRAMES_BAD);
    g_assert_cmpuint(frames.code, ==, 1009);
    sig_frames_clear(&frames);
}

static void
test_nothing_is_allocated_for_a_length(void)
{
    SigFrames frames = { 0 };

    feed(&frames, "\x81\xff\0\0\0\0\0\x10\0\0" MASK, 14, 14);
    g_assert_cmpuint(frames.message->len, ==, 0);
    g_assert_cmpuint(frames.n_left, ==, SIG_FRAMES_MAX_MESSAGE);
    sig_frames_clear(&frames);
}

static void
test_written(void)
{
    static const size_t sizes[] = { 0, 125, 126, 65535, 65536 };
    static const size_t headers[] = { 2, 2, 4, 4, 10 };

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *text = g_strnfill(sizes[i], 'x');
        g_autoptr(GBytes) frame = sig_frame_new(SIG_FRAME_TEXT, text, sizes[i]);

        g_assert_cmpuint(g_bytes_get_size(frame), ==, headers[i] + sizes[i]);
    }
}

static void
test_close_reason_is_cut(void)
{
    g_autoptr(GString) reason = g_string_new(NULL);
    g_autoptr(GBytes) frame = NULL;
    const uint8_t *bytes;
    size_t size;

    for (unsigned i = 0; i < 100; i++)
        g_string_append(reason, "\xe8\xbf\x9c");
    frame = sig_frame_new_close(4409, reason->str);
    bytes = g_bytes_get_data(frame, &size);
    g_assert_cmpuint(size, ==, 2 + 2 + 123);
    g_assert_cmpuint(bytes[2] << 8 | bytes[3], ==, 4409);
    g_assert_true(g_utf8_validate((const char *)bytes + 4, 123, NULL));
}

static void
test_accept_key(void)
{
    g_autofree char *accept = sig_frame_accept_key("dGhlIHNhbXBsZSBub25jZQ=="); /* RFC 6455, 1.3 */

    g_assert_cmpstr(accept, ==, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    g_assert_null(sig_frame_accept_key(""));
    g_assert_null(sig_frame_accept_key("dGhlIHNhbXBsZSBub25jZQ"));
    g_assert_null(sig_frame_accept_key("!!!!!!!!!!!!!!!!!!!!!!=="));
}

static void
test_bucket(void)
{
    static const SigRate rate = { 50, 200 };
    SigBucket bucket = { 0 };
    int64_t now_us = 1000000;

    for (unsigned i = 0; i < 200; i++)
        g_assert_true(sig_bucket_take(&bucket, &rate, now_us));
    g_assert_false(sig_bucket_take(&bucket, &rate, now_us));
    g_assert_false(sig_bucket_take(&bucket, &rate, now_us + 19999));
    g_assert_true(sig_bucket_take(&bucket, &rate, now_us + 20000));
    g_assert_false(sig_bucket_take(&bucket, &rate, now_us + 20000));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signaling/frame/table", test_table);
    g_test_add_func("/signaling/frame/fragments-with-a-ping-between", test_fragments);
    g_test_add_func("/signaling/frame/endless-fragments-are-refused", test_endless_fragments);
    g_test_add_func("/signaling/frame/nothing-is-allocated-for-a-length", test_nothing_is_allocated_for_a_length);
    g_test_add_func("/signaling/frame/lengths-are-written-in-three-ways", test_written);
    g_test_add_func("/signaling/frame/a-close-reason-is-cut-between-characters", test_close_reason_is_cut);
    g_test_add_func("/signaling/frame/the-accept-key-of-the-standard", test_accept_key);
    g_test_add_func("/signaling/bucket/so-many-at-once-and-so-many-a-second", test_bucket);
    return g_test_run();
}
