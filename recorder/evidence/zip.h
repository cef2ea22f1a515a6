/* recorder/evidence/zip.h - where every byte of a ZIP of stored entries stands, known before any of them is read
 *
 * Nothing but sizes, checksums and names goes in, so the layout is a pure function: no times (1980-01-01), no data
 * descriptors, ZIP64 where 32 bits do not do. Ownership: the caller. Thread: any, one at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct RecZip RecZip;

/* Bytes that belong together: a header (bytes is set), or a piece of an entry's content. */
typedef struct {
    const uint8_t *bytes; /* borrowed; NULL: content */
    size_t entry;         /* whose content: entries count from 0 */
    uint64_t within;      /* offset in the content */
    uint64_t size;        /* how much follows here; 0: the end of the file */
} RecZipSpan;

RecZip *rec_zip_new(void);
void rec_zip_free(RecZip *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecZip, rec_zip_free)

/* Names are made by us: ASCII, relative, at most 255 bytes. */
void rec_zip_add(RecZip *self, const char *name, uint64_t size, uint32_t crc32);
/* Writes the directory; nothing is added after that. */
void rec_zip_finish(RecZip *self);

/* After rec_zip_finish(). */
uint64_t rec_zip_get_size(const RecZip *self);
RecZipSpan rec_zip_locate(const RecZip *self, uint64_t offset);

G_END_DECLS
