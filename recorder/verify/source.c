#include "recorder/verify/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/verify/bytes.h"

struct VerSource {
    int fd; /* the package, or the folder */
    bool folder;
    uint64_t size;
    VerZip zip;
    char *refused; /* name */
    const VerZipEntry *open_entry;
    int open_fd;
};

static bool
read_all(int fd, uint64_t offset, void *buffer, size_t size)
{
    uint8_t *out = buffer;

    while (size > 0) {
        ssize_t n = pread(fd, out, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        out += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return true;
}

static bool
read_package(void *user_data, uint64_t offset, void *buffer, size_t size)
{
    const VerSource *self = user_data;

    return offset <= self->size && size <= self->size - offset && read_all(self->fd, offset, buffer, size);
}

VerSource *
ver_source_open(const char *path)
{
    struct stat facts;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return NULL;
    bool known = fstat(fd, &facts) == 0;
    if (!known || !(S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode))) {
        close(fd);
        errno = known ? EINVAL : errno;
        return NULL;
    }
    VerSource *self = ver_alloc(1, sizeof *self);
    self->fd = fd;
    self->open_fd = -1;
    self->folder = S_ISDIR(facts.st_mode);
    self->size = (uint64_t)facts.st_size;
    return self;
}

int
ver_source_get_folder(const VerSource *self)
{
    return self->folder ? self->fd : -1;
}

void
ver_source_free(VerSource *self)
{
    if (!self)
        return;
    if (self->open_fd >= 0)
        close(self->open_fd);
    close(self->fd);
    ver_zip_clear(&self->zip);
    free(self->refused);
    free(self);
}

static VerWord list_folder(VerSource *self, int fd, const char *prefix);

/* One name in the folder: a file is kept, a folder of the first level is looked into, anything else is refused. */
static VerWord
list_name(VerSource *self, int folder, const char *prefix, const char *leaf)
{
    char name[VER_ZIP_MAX_NAME * 2 + 2];
    struct stat facts;
    int n = snprintf(name, sizeof name, "%s%s", prefix, leaf);

    free(self->refused);
    self->refused = ver_copy(name, n < (int)sizeof name ? (size_t)n : sizeof name - 1);
    if (n < 0 || !ver_zip_name_is_safe(name, (size_t)n))
        return VER_WORD_ZIP_NAME;
    if (fstatat(folder, leaf, &facts, AT_SYMLINK_NOFOLLOW) < 0)
        return VER_WORD_UNREADABLE;
    if (S_ISDIR(facts.st_mode) && prefix[0] == '\0') {
        int fd = openat(folder, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        name[n] = '/';
        name[n + 1] = '\0';
        return fd < 0 ? VER_WORD_UNREADABLE : list_folder(self, fd, name);
    }
    if (!S_ISREG(facts.st_mode))
        return VER_WORD_ZIP_SPECIAL;
    if (self->zip.n_entries == VER_ZIP_MAX_ENTRIES)
        return VER_WORD_ZIP_TOO_MANY;
    VerZipEntry entry = { .name = ver_copy(name, (size_t)n), .size = (uint64_t)facts.st_size };
    self->zip.entries[self->zip.n_entries++] = entry;
    return VER_WORD_NONE;
}

/* Takes the descriptor. */
static VerWord
list_folder(VerSource *self, int fd, const char *prefix)
{
    VerWord word = VER_WORD_NONE;
    DIR *dir = fdopendir(fd);
    struct dirent *found;

    if (!dir) {
        close(fd);
        return VER_WORD_UNREADABLE;
    }
    while (word == VER_WORD_NONE && (found = readdir(dir)) != NULL) {
        if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
            word = list_name(self, dirfd(dir), prefix, found->d_name);
    }
    closedir(dir);
    return word;
}

VerWord
ver_source_list(VerSource *self, const char **ret_name)
{
    VerWord word;

    if (self->folder) {
        self->zip.entries = ver_alloc(VER_ZIP_MAX_ENTRIES, sizeof *self->zip.entries);
        int fd = openat(self->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        word = fd < 0 ? VER_WORD_UNREADABLE : list_folder(self, fd, "");
        if (word == VER_WORD_NONE && !ver_source_find(self, "manifest.json"))
            word = VER_WORD_NOT_A_PACKAGE;
    } else {
        VerZipFile file = { read_package, self, self->size };
        char magic[4];
        if (!read_package(self, 0, magic, sizeof magic) || memcmp(magic, "PK", 2) != 0)
            return VER_WORD_NOT_A_PACKAGE;
        word = ver_zip_read(&file, &self->zip, &self->refused);
    }
    *ret_name = word == VER_WORD_NONE ? NULL : self->refused;
    return word;
}

size_t
ver_source_count(const VerSource *self)
{
    return self->zip.n_entries;
}

const VerZipEntry *
ver_source_get(const VerSource *self, size_t i)
{
    return &self->zip.entries[i];
}

const VerZipEntry *
ver_source_find(const VerSource *self, const char *name)
{
    for (size_t i = 0; i < self->zip.n_entries; i++) {
        if (strcmp(self->zip.entries[i].name, name) == 0)
            return &self->zip.entries[i];
    }
    return NULL;
}

static int
open_entry(VerSource *self, const VerZipEntry *entry)
{
    const char *slash = strchr(entry->name, '/');
    char folder[VER_ZIP_MAX_NAME + 1];
    int at = self->fd;

    if (slash) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - entry->name), entry->name);
        at = openat(self->fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    int fd = at < 0 ? -1 : openat(at, slash ? slash + 1 : entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (slash && at >= 0)
        close(at);
    return fd;
}

bool
ver_source_read(VerSource *self, const VerZipEntry *entry, uint64_t offset, void *buffer, size_t size)
{
    if (offset > entry->size || size > entry->size - offset)
        return false;
    if (!self->folder)
        return read_package(self, entry->offset + offset, buffer, size);
    if (self->open_entry != entry) {
        if (self->open_fd >= 0)
            close(self->open_fd);
        self->open_fd = open_entry(self, entry);
        self->open_entry = self->open_fd >= 0 ? entry : NULL;
    }
    return self->open_fd >= 0 && read_all(self->open_fd, offset, buffer, size);
}

char *
ver_source_load(VerSource *self, const char *name, size_t max, size_t *ret_size)
{
    const VerZipEntry *entry = ver_source_find(self, name);

    if (!entry || entry->size > max)
        return NULL;
    char *data = ver_alloc(entry->size + 1, 1);
    if (ver_source_read(self, entry, 0, data, entry->size)) {
        *ret_size = entry->size;
        return data;
    }
    free(data);
    return NULL;
}
