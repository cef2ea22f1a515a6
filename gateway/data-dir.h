/* gateway/data-dir.h - the data directory, taken by one service at a time
 *
 * The lock is flock() on DIR/lock: it goes with the process, however that ends.
 * Thread: main. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes it (0700) when missing. Returns the descriptor that holds the lock, or -1: G_FILE_ERROR_AGAIN when another service
 * has it; messages name the directory. */
int gw_data_dir_take(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
