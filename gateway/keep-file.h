/* gateway/keep-file.h - bytes onto the disk from main: a whole file, synced with its folder, by another thread
 *
 * Ownership: folder, name and bytes are copied or referenced. Thread: main. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* gone: it was cancelled meanwhile, whoever asked is no more there; error: NULL when the file is there. */
typedef void (*GwFileKept)(bool gone, const GError *error, void *user_data);
void gw_keep_file(const char *folder, const char *name, GBytes *bytes, GCancellable *gone, GwFileKept kept,
                  void *user_data);

G_END_DECLS
