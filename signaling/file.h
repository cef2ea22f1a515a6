/* signaling/file.h - a regular file, or content, to be sent, and the built pages
 *
 * Thread: signaling; a SigFile belongs to the reply that sends it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <glib.h>

#include "signaling/content.h"

G_BEGIN_DECLS

typedef struct {
    int fd; /* -1: content */
    const SigContent *content;
    void *data; /* of content, owned */
    uint64_t size;
    char etag[80]; /* strong, quoted */
} SigFile;

/* Regular files only; NULL for anything else. */
SigFile *sig_file_new(const char *path);
/* Takes fd (closes it on failure). */
SigFile *sig_file_new_from_fd(int fd);
/* What content reads; takes data. NULL: it cannot be opened. */
SigFile *sig_file_new_from_content(const SigContent *content, void *data, const char *etag);
/* Below a folder, whatever the links in it say; segments end with NULL. */
SigFile *sig_file_new_beneath(int folder_fd, const char *path);
void sig_file_free(SigFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SigFile, sig_file_free)

/* Bytes read (0: the file has become shorter), or -1. */
ssize_t sig_file_read(SigFile *self, uint64_t at, void *buffer, size_t size);

G_END_DECLS
