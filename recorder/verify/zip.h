/* recorder/verify/zip.h - the directory of a package that is a ZIP
 *
 * Far stricter than ZIP allows, so that every program sees the same entries: stored, no encryption, no data descriptors,
 * regular files only, entries back to back from the first byte to the directory, nothing behind it, both headers
 * agree. Reading content is the source's. Ownership: the caller. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/verify/words.h"

enum { VER_ZIP_MAX_ENTRIES = 4096, VER_ZIP_MAX_NAME = 255, VER_ZIP_MAX_DIRECTORY = 2 * 1024 * 1024 };

typedef struct {
    char *name;
    uint64_t offset; /* of the content, in the file */
    uint64_t size;
    uint32_t crc32;
} VerZipEntry;

typedef struct {
    VerZipEntry *entries;
    size_t n_entries;
} VerZip;

/* Reads exactly size bytes. */
typedef bool (*VerZipReadFunc)(void *user_data, uint64_t offset, void *buffer, size_t size);

typedef struct {
    VerZipReadFunc read;
    void *user_data;
    uint64_t size;
} VerZipFile;

/* VER_WORD_NONE: it is fine; else why it is refused, and *ret_name (owned by the caller) may name the entry. */
VerWord ver_zip_read(const VerZipFile *file, VerZip *ret_zip, char **ret_name);
void ver_zip_clear(VerZip *self);

/* Names that are refused for archives and folders alike. */
bool ver_zip_name_is_safe(const char *name, size_t size);
