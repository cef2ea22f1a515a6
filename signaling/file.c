#include "signaling/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A FIFO must not hold up the thread, hence O_NONBLOCK; it changes nothing for regular files. */
enum { OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

SigFile *
sig_file_new_from_fd(int fd)
{
    SigFile *self;
    struct stat info;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return NULL;
    }
    self = g_new0(SigFile, 1);
    self->fd = fd;
    self->size = (uint64_t)info.st_size;
    g_snprintf(self->etag, sizeof self->etag, "\"%lx-%lx-%lx%03lx\"", (unsigned long)info.st_ino,
               (unsigned long)info.st_size, (unsigned long)info.st_mtim.tv_sec,
               (unsigned long)info.st_mtim.tv_nsec >> 18);
    return self;
}

SigFile *
sig_file_new(const char *path)
{
    return sig_file_new_from_fd(open(path, OPEN_FLAGS));
}

/* For kernels and sandboxes without openat2: step by step, following no link at all. */
static int
open_stepwise(int folder_fd, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, "/", 0);
    int at = fcntl(folder_fd, F_DUPFD_CLOEXEC, 0);

    for (unsigned i = 0; at >= 0 && names[i] != NULL; i++) {
        int flags = names[i + 1] != NULL ? O_PATH | O_DIRECTORY | O_CLOEXEC : OPEN_FLAGS;
        int next = strcmp(names[i], "..") != 0 ? openat(at, names[i], flags | O_NOFOLLOW) : -1;

        close(at);
        at = next;
    }
    return at;
}

SigFile *
sig_file_new_beneath(int folder_fd, const char *path)
{
    struct open_how how = { .flags = OPEN_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    int fd = (int)syscall(SYS_openat2, folder_fd, path, &how, sizeof how);

    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        fd = open_stepwise(folder_fd, path);
    return sig_file_new_from_fd(fd);
}

SigFile *
sig_file_new_from_content(const SigContent *content, void *data, const char *etag)
{
    uint64_t size;

    if (!content->open(data, &size)) {
        content->free(data);
        return NULL;
    }
    SigFile *self = g_new0(SigFile, 1);
    self->fd = -1;
    self->content = content;
    self->data = data;
    self->size = size;
    g_snprintf(self->etag, sizeof self->etag, "\"%s\"", etag);
    return self;
}

void
sig_file_free(SigFile *self)
{
    if (self->content != NULL)
        self->content->free(self->data);
    else
        close(self->fd);
    g_free(self);
}

ssize_t
sig_file_read(SigFile *self, uint64_t at, void *buffer, size_t size)
{
    ssize_t n;

    if (self->content != NULL)
        return self->content->read(self->data, at, buffer, size);
    do
        n = pread(self->fd, buffer, size, (off_t)at);
    while (n < 0 && errno == EINTR);
    return n;
}
