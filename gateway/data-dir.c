#include "gateway/data-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <sys/file.h>
#include <unistd.h>

static int
fail(const char *path, int code, GError **error)
{
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code), "the data directory %s cannot be used: %s",
                path, g_strerror(code));
    return -1;
}

int
gw_data_dir_take(const char *path, GError **error)
{
    g_autofree char *lock = g_build_filename(path, "lock", NULL);

    if (g_mkdir_with_parents(path, 0700) != 0)
        return fail(path, errno, error);

    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(path, errno, error);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;

    int code = errno;
    close(fd);
    if (code != EWOULDBLOCK)
        return fail(path, code, error);
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN,
                "another service is running on the data directory %s; stop it, or choose another with --data", path);
    return -1;
}
