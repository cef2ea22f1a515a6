/* gateway/archive/folder.h - a recording's folder, as a step of work on another thread
 *
 * Thread: made and freed on main; the functions on a thread of the pool. */
#pragma once

#include "gateway/archive/work.h"
#include "recorder/keyring.h"

G_BEGIN_DECLS

typedef struct {
    char *session, *path;
    const RecKeyring *keyring; /* borrowed; NULL: recordings are not encrypted */
    char *manifest_sha256;     /* NULL: it has none */
    /* For a file that is added. */
    char *name, *dir;
    GBytes *bytes;
} GwFolder;

GwFolder *gw_folder_new(GwArchive *archive, const char *session);
void gw_folder_free(void *folder);

bool gw_folder_hash_manifest(void *folder, GError **error);
/* The key first: from then on no copy of the folder can be read. Again: nothing happens. */
bool gw_folder_destroy(void *folder, GError **error);
/* Writes name (bytes) into dir of the folder, synced and encrypted as the recording is; reads it back. */
bool gw_folder_add_file(void *folder, GError **error);
/* Writes it as it is: for who has no keys. */
bool gw_folder_add_plain_file(void *folder, GError **error);
/* The file and the record of a derivative; name: its id. Again: nothing happens. */
bool gw_folder_remove_derivative(void *folder, GError **error);
bool gw_folder_read_file(void *folder, GError **error); /* into bytes; one that fits into memory */

G_END_DECLS
