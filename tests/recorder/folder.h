/* tests/recorder/folder.h - a temporary folder of a test */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <sys/stat.h>

/* In memory where there is such a place: these tests sync a lot. */
static inline char *
folder_new(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strdup("/dev/shm/yuanjian-XXXXXX");

    if (g_mkdtemp(path))
        return g_steal_pointer(&path);
    char *other = g_dir_make_tmp("yuanjian-XXXXXX", &error);
    g_assert_no_error(error);
    return other;
}

/* Removes it with all that is in it. */
static inline void
folder_free(char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        if (g_file_test(inner, G_FILE_TEST_IS_DIR) && !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
            folder_free(g_steal_pointer(&inner));
        else
            g_assert_cmpint(g_unlink(inner), ==, 0);
    }
    g_clear_pointer(&dir, g_dir_close);
    g_rmdir(path);
    g_free(path);
}
