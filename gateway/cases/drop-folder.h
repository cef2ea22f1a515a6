/* gateway/cases/drop-folder.h - the folder in which a platform leaves files, as it is on the disk
 *
 * What ends in .csv is offered, what does not is being written or none of ours. Whoever may write there is not trusted: nothing
 * but a plain file with one name is opened, no link is followed, what is read and written is bounded. Taken files go to DONE
 * below it, with a result beside each. Blocks. Ownership: the caller. Thread: any; one at a time for a folder. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

#define GW_DROP_DONE   "done"
#define GW_DROP_RESULT ".result.csv" /* after the name of a file that was taken */

enum { GW_DROP_MAX_LISTED = 2000 /* names of a folder that are looked at */ };

/* A file as it was found: when it is the same later, nobody has written to it. */
typedef struct {
    char *name;
    uint64_t inode;
    int64_t size, changed_ns;
    bool plain; /* not a link, a pipe, a device, a file with another name */
} GwDropFile;

void gw_drop_file_free(void *file);
bool gw_drop_file_is_same(const GwDropFile *a, const GwDropFile *b);

/* GwDropFile, owned by the array: what is offered, the oldest first. Makes DONE. ret_more: there are more names than are looked
 * at. Fails with G_FILE_ERROR. */
GPtrArray *gw_drop_folder_list(const char *path, bool *ret_more, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All of it, at most max bytes. G_FILE_ERROR_AGAIN: it is not that file any more. G_FILE_ERROR_NOMEM: it is longer. */
GBytes *gw_drop_folder_read(const char *path, const GwDropFile *file, size_t max,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes the result, then moves the file beside it, both under its name, or with stamp in it where that is taken. After a
 * crash between the two the file is there still. */
bool gw_drop_folder_finish(const char *path, const GwDropFile *file, const char *stamp, const char *result,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
