/* gateway/admin/scrub-command.h - `yuanjian scrub`: the service reads its archive again, while progress is shown
 *
 * Thread: main, before anything else; blocks. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* words: after the command's name. Returns an exit code: 0, or 65 when something is damaged. */
int gw_scrub_command_run(char **words);

G_END_DECLS
