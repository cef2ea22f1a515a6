/* signaling/content.h - what the application reads while it is sent: an answer with Range, ETag and HEAD, as of a file
 *
 * Thread: made on main; opened, read and freed on the signaling thread (freed on main when nobody is left to answer), one call
 * at a time. Reading is waited for: it may take as long as a file's. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* static const; data: of one answer */
typedef struct {
    /* Before anything is sent; false: there is nothing (404). */
    bool (*open)(void *data, uint64_t *ret_size);
    /* Bytes read, at least one; 0 or -1: it cannot go on, and the connection is closed in the middle of the answer. */
    ssize_t (*read)(void *data, uint64_t at, void *buffer, size_t size);
    void (*free)(void *data);
} SigContent;

G_END_DECLS
