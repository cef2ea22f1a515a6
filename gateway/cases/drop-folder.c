#include "gateway/cases/drop-folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/evidence/disk.h"

#define ENDING  ".csv"
#define UNNAMED "unnamed.csv" /* instead of a name that cannot be shown */

enum { MAX_NAME = 120, FOLDER_MODE = 0770, RESULT_MODE = 0640 };

typedef DIR DropDir;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DropDir, closedir)

/* -1 is none. */
typedef struct {
    int folder, done;
} Place;

static void
place_clear(Place *self)
{
    if (self->folder >= 0)
        close(self->folder);
    if (self->done >= 0)
        close(self->done);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

static bool
fail(const char *what, GError **error)
{
    int code = errno;

    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code), "%s: %s", what, g_strerror(code));
    return false;
}

static bool
open_place(const char *path, Place *place, GError **error)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

    place->folder = open(path, flags);
    if (place->folder < 0)
        return fail("the folder", error);
    if (mkdirat(place->folder, GW_DROP_DONE, FOLDER_MODE) < 0 && errno != EEXIST)
        return fail("the folder " GW_DROP_DONE, error);
    place->done = openat(place->folder, GW_DROP_DONE, flags);
    return place->done >= 0 || fail("the folder " GW_DROP_DONE, error);
}

void
gw_drop_file_free(void *data)
{
    GwDropFile *self = data;

    if (self == NULL)
        return;
    g_free(self->name);
    g_free(self);
}

bool
gw_drop_file_is_same(const GwDropFile *a, const GwDropFile *b)
{
    return a->inode == b->inode && a->size == b->size && a->changed_ns == b->changed_ns && a->plain == b->plain;
}

static GwDropFile
describe(const struct stat *status)
{
    return (GwDropFile){
        .inode = status->st_ino,
        .size = status->st_size,
        .changed_ns = status->st_mtim.tv_sec * G_GINT64_CONSTANT(1000000000) + status->st_mtim.tv_nsec,
        .plain = S_ISREG(status->st_mode) && status->st_nlink == 1,
    };
}

static bool
is_offered(const char *name)
{
    size_t length = strlen(name);

    return name[0] != '.' && length > strlen(ENDING) && g_ascii_strcasecmp(name + length - strlen(ENDING), ENDING) == 0;
}

static int
compare(const void *a, const void *b)
{
    const GwDropFile *one = *(GwDropFile *const *)a, *other = *(GwDropFile *const *)b;

    if (one->changed_ns != other->changed_ns)
        return one->changed_ns < other->changed_ns ? -1 : 1;
    return strcmp(one->name, other->name);
}

GPtrArray *
gw_drop_folder_list(const char *path, bool *ret_more, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(gw_drop_file_free);
    g_auto(Place) place = { -1, -1 };
    g_autoptr(DropDir) dir = NULL;
    const struct dirent *entry = NULL;

    if (!open_place(path, &place, error))
        return NULL;
    dir = fdopendir(fcntl(place.folder, F_DUPFD_CLOEXEC, 0));
    if (dir == NULL) {
        fail("the folder", error);
        return NULL;
    }
    for (unsigned i = 0; i < GW_DROP_MAX_LISTED && (entry = readdir(dir)) != NULL; i++) {
        struct stat status = { 0 };
        GwDropFile *file = NULL;
        if (!is_offered(entry->d_name) || fstatat(place.folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
            S_ISDIR(status.st_mode))
            continue;
        file = g_new(GwDropFile, 1);
        *file = describe(&status);
        file->name = g_strdup(entry->d_name);
        g_ptr_array_add(files, file);
    }
    g_ptr_array_sort(files, compare);
    *ret_more = entry != NULL;
    return g_steal_pointer(&files);
}

static bool
check_same(int fd, const GwDropFile *file, GError **error)
{
    struct stat status = { 0 };

    if (fstat(fd, &status) < 0)
        return fail("the file", error);
    const GwDropFile now = describe(&status);
    if (gw_drop_file_is_same(&now, file))
        return true;
    g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN, "the file is being written");
    return false;
}

static bool
read_all(int fd, char *bytes, size_t size, GError **error)
{
    size_t at = 0;

    while (at < size) {
        ssize_t n = read(fd, bytes + at, size - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail("the file", error);
        if (n == 0) {
            g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN, "the file is being written");
            return false;
        }
        at += (size_t)n;
    }
    return true;
}

static GBytes *
read_open(int fd, const GwDropFile *file, GError **error)
{
    g_autofree char *bytes = g_malloc((size_t)file->size + 1);

    if (!check_same(fd, file, error) || !read_all(fd, bytes, (size_t)file->size, error) || !check_same(fd, file, error))
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&bytes), (size_t)file->size);
}

GBytes *
gw_drop_folder_read(const char *path, const GwDropFile *file, size_t max, GError **error)
{
    g_auto(Place) place = { -1, -1 };
    GBytes *bytes = NULL;

    if (file->size < 0 || (uint64_t)file->size > max) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_NOMEM, "the file is too large");
        return NULL;
    }
    if (!open_place(path, &place, error))
        return NULL;
    /* O_NONBLOCK: a pipe that has taken its place does not hold us up. */
    int fd = openat(place.folder, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        fail("the file", error);
        return NULL;
    }
    bytes = read_open(fd, file, error);
    close(fd);
    return bytes;
}

/* Whoever looks into DONE can read it, and no shell or page trips over it. */
static const char *
get_shown_name(const GwDropFile *file)
{
    if (strlen(file->name) > MAX_NAME || !g_utf8_validate(file->name, -1, NULL))
        return UNNAMED;
    for (const char *letter = file->name; *letter != '\0'; letter++) {
        if (g_ascii_iscntrl(*letter))
            return UNNAMED;
    }
    return file->name;
}

static bool
write_result(const Place *place, const char *name, const char *result, GError **error)
{
    int fd = openat(place->done, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, RESULT_MODE);
    bool good = false;

    if (fd < 0)
        return fail("the result", error);
    good = fchmod(fd, RESULT_MODE) == 0 && rec_disk_write_all(fd, result, strlen(result)) && fsync(fd) == 0;
    if (!good)
        fail("the result", error);
    close(fd);
    if (!good)
        unlinkat(place->done, name, 0);
    return good;
}

/* Not over what is there already. File systems of networks do not all have that: there the result's name stands for both. */
static bool
rename_new(const Place *place, const char *from, const char *to)
{
    if (renameat2(place->folder, from, place->done, to, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    if (faccessat(place->done, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return false;
    }
    return renameat(place->folder, from, place->done, to) == 0;
}

static bool
move(const Place *place, const GwDropFile *file, const char *name, const char *result, GError **error)
{
    g_autofree char *result_name = g_strconcat(name, GW_DROP_RESULT, NULL);

    if (!write_result(place, result_name, result, error))
        return false;
    if (rename_new(place, file->name, name))
        return (fsync(place->done) == 0 && fsync(place->folder) == 0) || fail("the folder " GW_DROP_DONE, error);
    fail("moving it to " GW_DROP_DONE, error);
    unlinkat(place->done, result_name, 0);
    return false;
}

bool
gw_drop_folder_finish(const char *path, const GwDropFile *file, const char *stamp, const char *result, GError **error)
{
    const char *name = get_shown_name(file);
    g_autofree char *stem = g_strndup(name, strlen(name) - strlen(ENDING));
    g_autofree char *stamped = g_strconcat(stem, ".", stamp, ENDING, NULL);
    g_auto(Place) place = { -1, -1 };
    g_autoptr(GError) local = NULL;

    if (!open_place(path, &place, error))
        return false;
    if (move(&place, file, name, result, &local))
        return true;
    if (!g_error_matches(local, G_FILE_ERROR, G_FILE_ERROR_EXIST)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    return move(&place, file, stamped, result, error);
}
