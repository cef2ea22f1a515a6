/* recorder/evidence/disk.h - files that are there whole or not at all
 *
 * Blocks. Thread: any. Errors are REC_EVIDENCE_ERROR_IO and name the path. */
#pragma once

#include <sys/types.h>

#include "recorder/evidence/error.h"
#include "recorder/evidence/hash.h"

G_BEGIN_DECLS

/* Writes PATH.new, syncs, renames, syncs the folder. */
bool rec_disk_replace(const char *path, const void *data, size_t size, mode_t mode,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool rec_disk_make_folder(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT; /* with parents, 0700 */
bool rec_disk_sync_folder(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool rec_disk_sync_folder_of(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* LIMIT when it is longer than that. */
char *rec_disk_read(const char *path, size_t max, size_t *ret_size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool rec_disk_write_all(int fd, const void *data, size_t size); /* errno on failure */

G_END_DECLS
