#include "gateway/evidence/kept.h"

#include <glib/gstdio.h>
#include <string.h>

#include "recorder/evidence/checkpoint.h"
#include "tests/recorder/folder.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define NOW_MS (INT64_C(1790000000) * 1000)

static char *
make_note(RecKeys *keys, uint64_t size, int64_t at_ms)
{
    const RecCheckpoint checkpoint = { .origin = (char *)"yuanjian/test", .size = size, .at_ms = at_ms };
    g_autoptr(GError) error = NULL;
    char *note = rec_checkpoint_sign(&checkpoint, keys, &error);

    g_assert_no_error(error);
    return note;
}

static unsigned
count(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "kept", NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    unsigned n = 0;

    while (folder != NULL && g_dir_read_name(folder) != NULL)
        n++;
    return n;
}

static void
one_a_day_stays_for_a_week(void)
{
    g_autofree char *dir = folder_new(), *keys_dir = g_build_filename(dir, "keys", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(RecKeys) keys = rec_keys_open(keys_dir, "test", true, &error);
    uint64_t size = 0;

    g_assert_no_error(error);
    g_assert_null(gw_kept_find(dir, 1000, &size));
    for (unsigned hour = 0; hour < 24 * 12; hour += 6) {
        int64_t now_ms = NOW_MS + hour * INT64_C(3600) * 1000;
        g_autofree char *note = make_note(keys, 10 + hour, now_ms);
        g_assert_true(gw_kept_add(dir, note, now_ms, &error));
        g_assert_no_error(error);
    }
    g_assert_cmpuint(count(dir), ==, GW_KEPT_DAYS + 1);
    g_autofree char *note = gw_kept_find(dir, 1000, &size);
    g_assert_cmpuint(size, ==, 10 + 24 * 3); /* eight days before the last, of the twelfth day */
    g_assert_true(rec_checkpoint_verify(note, strlen(note), keys, NULL));
    g_assert_null(gw_kept_find(dir, size - 1, &size));
    folder_free(g_steal_pointer(&dir));
}

/* What is not a checkpoint, and what a crash has cut, is passed over. */
static void
what_cannot_be_read_is_passed_over(void)
{
    g_autofree char *dir = folder_new(), *keys_dir = g_build_filename(dir, "keys", NULL);
    g_autofree char *path = g_build_filename(dir, "kept", "checkpoint-3", NULL);
    g_autoptr(RecKeys) keys = rec_keys_open(keys_dir, "test", true, NULL);
    g_autofree char *note = make_note(keys, 7, NOW_MS);
    uint64_t size = 0;

    g_assert_true(gw_kept_add(dir, note, NOW_MS, NULL));
    g_assert_true(g_file_set_contents(path, "yuanjian/test\n3\n", -1, NULL));
    g_autofree char *found = gw_kept_find(dir, 1000, &size);
    g_assert_cmpstr(found, ==, note);
    g_assert_cmpuint(size, ==, 7);
    folder_free(g_steal_pointer(&dir));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/kept/one-a-day-stays-for-a-week", one_a_day_stays_for_a_week);
    g_test_add_func("/gateway/kept/what-cannot-be-read-is-passed-over", what_cannot_be_read_is_passed_over);
    return g_test_run();
}
