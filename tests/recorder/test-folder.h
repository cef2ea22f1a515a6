/* tests/recorder/test-folder.h - a temporary folder of a test, its files by name
 *
 * Ownership: the test. */
#pragma once

#include "tests/recorder/folder.h"

typedef struct {
    char *path;
} TestFolder;

static inline TestFolder *
test_folder_new(void)
{
    TestFolder *self = g_new0(TestFolder, 1);

    self->path = folder_new();
    return self;
}

static inline void
test_folder_free(TestFolder *self)
{
    folder_free(self->path);
    g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestFolder, test_folder_free)

static inline const char *
test_folder_get_path(const TestFolder *self)
{
    return self->path;
}

static inline char *
test_folder_get(const TestFolder *self, const char *name)
{
    return g_build_filename(self->path, name, NULL);
}

static inline void
test_folder_write(const TestFolder *self, const char *name, const void *bytes, gsize size)
{
    g_autofree char *path = test_folder_get(self, name);

    g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
}

static inline char *
test_folder_read(const TestFolder *self, const char *name, gsize *ret_size)
{
    g_autofree char *path = test_folder_get(self, name);
    char *bytes = NULL;

    g_assert_true(g_file_get_contents(path, &bytes, ret_size, NULL));
    return bytes;
}
