/* gateway/admin/disk-command.h - `yuanjian fsync-check`: works without a service
 *
 * Thread: main, before anything else. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* words: after the command's name. Returns an exit code. */
int gw_disk_command_run(char **words);

G_END_DECLS
