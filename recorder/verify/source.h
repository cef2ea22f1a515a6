/* recorder/verify/source.h - what is verified: a package (.evp), or the folder that it was unpacked into
 *
 * Entries are found by name; content is read in pieces. Names are checked before anything is opened, and nothing is
 * followed out of the folder. Ownership: the caller. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/verify/words.h"
#include "recorder/verify/zip.h"

typedef struct VerSource VerSource;

/* Only opens; NULL: errno says why. */
VerSource *ver_source_open(const char *path);
int ver_source_get_folder(const VerSource *self); /* -1: it is none */
/* Lists what is in it: VER_WORD_NONE, VER_WORD_NOT_A_PACKAGE (cannot tell), or why it is refused, with the name. */
VerWord ver_source_list(VerSource *self, const char **ret_name);
void ver_source_free(VerSource *self);

size_t ver_source_count(const VerSource *self);
const VerZipEntry *ver_source_get(const VerSource *self, size_t i);
const VerZipEntry *ver_source_find(const VerSource *self, const char *name); /* NULL: it is not there */

bool ver_source_read(VerSource *self, const VerZipEntry *entry, uint64_t offset, void *buffer, size_t size);
/* All of it with a NUL behind; free() it. NULL: not there, larger than max, or it cannot be read. */
char *ver_source_load(VerSource *self, const char *name, size_t max, size_t *ret_size);
