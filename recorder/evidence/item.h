/* recorder/evidence/item.h - one entry of a package, before and after the package is frozen; draft.c and package.c share it */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/error.h"

G_BEGIN_DECLS

enum { REC_PACKAGE_MAX_ITEMS = 4000 };

typedef struct {
    char *name;
    GBytes *bytes; /* NULL: large; a reader gives it */
    uint64_t size;
    uint32_t crc32;
    char *sha256; /* hex; NULL until the draft is sealed; not kept by the frozen form */
} RecPackageItem;

RecPackageItem *rec_package_item_new(const char *name, GBytes *bytes, uint64_t size);
void rec_package_item_free(RecPackageItem *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecPackageItem, rec_package_item_free)

/* Where the entry stands: entries are sorted by rank, then by name; -1: no package has such a name. */
int rec_package_item_rank(const char *name);
/* For g_ptr_array_sort(). */
int rec_package_item_compare(gconstpointer a, gconstpointer b);
/* Borrowed; NULL: it is not there. */
RecPackageItem *rec_package_item_find(const GPtrArray *items, const char *name);

/* For tables of bytes that are kept in memory. */
uint32_t rec_package_crc32(uint32_t crc32, const void *data, size_t size); /* begins with 0 */

G_END_DECLS
