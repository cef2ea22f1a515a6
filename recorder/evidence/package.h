/* recorder/evidence/package.h - a package (.evp): one recording with all that shows what it is, as a ZIP that can be sent in pieces
 *
 * The layout is known in advance, so any range can be read at any time and nothing lies on the disk twice. What is
 * frozen (all small entries, sizes and checksums of the large ones) is kept by the export; with it the same package
 * comes out byte for byte, also after the log has grown or the program was replaced.
 *
 * Ownership: the caller. Thread: any, one at a time; reading reads media, so not main. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/evidence/draft.h"

G_BEGIN_DECLS

#define REC_PACKAGE_CONTENT_TYPE "application/zip"

typedef struct RecPackage RecPackage;

/* After rec_package_draft_seal(), with the receipt's signatures (64 bytes; DER). The draft may be freed then. */
RecPackage *rec_package_new(const RecPackageDraft *draft, GBytes *ed25519, GBytes *sm2);
void rec_package_free(RecPackage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecPackage, rec_package_free)

/* What the export keeps (some hundred kB at most but for leaves.jsonl), and the package again. Any bytes are safe. */
GBytes *rec_package_freeze(const RecPackage *self);
RecPackage *rec_package_thaw(GBytes *frozen, GError **error) G_GNUC_WARN_UNUSED_RESULT;

uint64_t rec_package_get_size(const RecPackage *self);
const char *rec_package_get_tag(const RecPackage *self); /* hex; a strong validator for If-Range */

/* Reads size bytes at offset, which lie within the package. A large file that has changed since is an error of the
 * reader's (the vault's tags); its size is what was frozen. */
bool rec_package_read(const RecPackage *self, uint64_t offset, void *buffer, size_t size,
                      const RecPackageReader *reader, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All of it to a file descriptor, from offset on. */
bool rec_package_write(const RecPackage *self, int fd, uint64_t offset, const RecPackageReader *reader,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
