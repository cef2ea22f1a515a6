#include <gio/gio.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "media/clip.h"
#include "media/error.h"
#include "ogg-file.h"

static void
assert_refused(const uint8_t *bytes, size_t size, MediaError code)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(media_clip_new(bytes, size, &error));
    g_assert_error(error, MEDIA_ERROR, (int)code);
}

static void
test_frames_as_they_were_written(void)
{
    g_autoptr(GByteArray) file = ogg_file_new(120, 40, 0xfc);
    g_autoptr(GError) error = NULL;
    g_autoptr(MediaClip) clip = media_clip_new(file->data, file->len, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(media_clip_get_n_frames(clip), ==, 120);
    g_assert_cmpint(media_clip_get_duration_us(clip), ==, 120 * 20000);
    MediaClipFrame frame = media_clip_get_frame(clip, 119);
    g_assert_cmpuint(frame.size, ==, 40);
    g_assert_cmpuint(frame.bytes[0], ==, 0xfc);
    g_assert_cmpuint(frame.bytes[1], ==, 119);
    g_assert_cmpint(frame.duration_us, ==, 20000);
}

/* Nothing in a short file is free to change unseen: each page has its checksum. */
static void
test_every_truncation_and_every_flipped_byte(void)
{
    g_autoptr(GByteArray) file = ogg_file_new(2, 20, 0xfc);

    for (guint size = 0; size < file->len; size++) {
        g_autofree uint8_t *exact = g_memdup2(file->data, size);
        g_autoptr(GError) error = NULL;
        g_autoptr(MediaClip) clip = media_clip_new(exact, size, &error);

        g_assert_null(clip);
        g_assert_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID);
    }
    for (guint i = 0; i < file->len; i++) {
        file->data[i] ^= 0x10;
        assert_refused(file->data, file->len, MEDIA_ERROR_INVALID);
        file->data[i] ^= 0x10;
    }
}

static void
test_what_is_not_sound(void)
{
    g_autoptr(GByteArray) empty = ogg_file_new(0, 20, 0xfc);
    g_autoptr(GByteArray) bad_toc = ogg_file_new(3, 2, 0xff); /* code 3; the count is the second byte, 0 */
    g_autoptr(GByteArray) large = ogg_file_new(3, 1201, 0xfc);
    g_autofree uint8_t *noise = g_malloc(5000);

    for (int i = 0; i < 5000; i++)
        noise[i] = (uint8_t)(i * 7919 >> 3);
    assert_refused(empty->data, empty->len, MEDIA_ERROR_INVALID);
    assert_refused(bad_toc->data, bad_toc->len, MEDIA_ERROR_INVALID);
    assert_refused(large->data, large->len, MEDIA_ERROR_INVALID);
    assert_refused(noise, 5000, MEDIA_ERROR_INVALID);
}

static void
test_two_streams_are_refused(void)
{
    g_autoptr(GByteArray) file = ogg_file_new(2, 20, 0xfc);
    g_autoptr(GByteArray) second = ogg_file_new(2, 20, 0xfc);

    g_byte_array_append(file, second->data, second->len);
    assert_refused(file->data, file->len, MEDIA_ERROR_INVALID);
}

static void
test_limits(void)
{
    g_autoptr(GByteArray) longest = ogg_file_new(MEDIA_CLIP_MAX_SECONDS * 50, 20, 0xfc);
    g_autoptr(GByteArray) too_long = ogg_file_new(MEDIA_CLIP_MAX_SECONDS * 50 + 1, 20, 0xfc);
    g_autoptr(MediaClip) clip = media_clip_new(longest->data, longest->len, NULL);
    g_autofree uint8_t *too_large = g_malloc0(MEDIA_CLIP_MAX_BYTES + 1);

    g_assert_nonnull(clip);
    assert_refused(too_long->data, too_long->len, MEDIA_ERROR_LIMIT);
    assert_refused(too_large, MEDIA_CLIP_MAX_BYTES + 1, MEDIA_ERROR_LIMIT);
}

static void
test_missing_file(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(media_clip_new_from_file("/nowhere/clip.opus", &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_from_file(void)
{
    g_autoptr(GByteArray) bytes = ogg_file_new(5, 20, 0xfc);
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    int fd = g_file_open_tmp("clip-XXXXXX.opus", &path, &error);

    g_assert_no_error(error);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, (const char *)bytes->data, bytes->len, NULL));
    g_autoptr(MediaClip) clip = media_clip_new_from_file(path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(media_clip_get_duration_us(clip), ==, 100000);
    g_remove(path);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/clip/frames-as-they-were-written", test_frames_as_they_were_written);
    g_test_add_func("/media/clip/every-truncation-and-every-flipped-byte",
                    test_every_truncation_and_every_flipped_byte);
    g_test_add_func("/media/clip/what-is-not-sound", test_what_is_not_sound);
    g_test_add_func("/media/clip/two-streams-are-refused", test_two_streams_are_refused);
    g_test_add_func("/media/clip/limits", test_limits);
    g_test_add_func("/media/clip/missing-file", test_missing_file);
    g_test_add_func("/media/clip/from-file", test_from_file);
    return g_test_run();
}
