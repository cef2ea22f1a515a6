/* gateway/admin/prompt.h - a password for a command, from the terminal (not shown) or from a pipe
 *
 * Thread: main; blocks. For the command line. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

enum { GW_PROMPT_MAX = 256 };

/* Asks for the password of the member "by", or else "user", and adds it as "password". */
bool gw_prompt_add_password(JsonObject *params, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
