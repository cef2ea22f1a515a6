#include "recorder/evidence/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
fail(GError **error, const char *verb, const char *path)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_IO, "cannot %s %s: %s", verb, path, g_strerror(errno));
    return false;
}

bool
rec_disk_write_all(int fd, const void *data, size_t size)
{
    const uint8_t *at = data;

    while (size > 0) {
        ssize_t n = write(fd, at, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

bool
rec_disk_sync_folder(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return fail(error, "open", path);
    int result = fsync(fd), code = errno;
    close(fd);
    errno = code;
    return result == 0 || fail(error, "sync", path);
}

bool
rec_disk_sync_folder_of(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);

    return rec_disk_sync_folder(folder, error);
}

bool
rec_disk_make_folder(const char *path, GError **error)
{
    return g_mkdir_with_parents(path, 0700) == 0 || fail(error, "make", path);
}

bool
rec_disk_replace(const char *path, const void *data, size_t size, mode_t mode, GError **error)
{
    g_autofree char *temporary = g_strconcat(path, ".new", NULL);

    if (unlink(temporary) != 0 && errno != ENOENT)
        return fail(error, "replace", temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return fail(error, "make", temporary);
    bool written = rec_disk_write_all(fd, data, size) && fsync(fd) == 0;
    int code = errno;
    if (close(fd) != 0 && written) {
        written = false;
        code = errno;
    }
    errno = code;
    if (written && rename(temporary, path) == 0)
        return rec_disk_sync_folder_of(path, error);
    fail(error, "write", path);
    unlink(temporary);
    return false;
}

static bool
read_all(int fd, GByteArray *into, size_t max)
{
    uint8_t buffer[16384];

    for (;;) {
        ssize_t n = read(fd, buffer, sizeof buffer);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        g_byte_array_append(into, buffer, (guint)n);
        if (into->len > max)
            return true;
    }
}

char *
rec_disk_read(const char *path, size_t max, size_t *ret_size, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0) {
        fail(error, "read", path);
        return NULL;
    }
    bool good = read_all(fd, bytes, max);
    int code = errno;
    close(fd);
    errno = code;
    if (!good) {
        fail(error, "read", path);
        return NULL;
    }
    if (bytes->len > max) {
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_LIMIT, "%s is longer than %zu bytes", path, max);
        return NULL;
    }
    *ret_size = bytes->len;
    g_byte_array_append(bytes, (const uint8_t *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
}
