/* signaling/params.h - a call's parameters against the rows that describe them
 *
 * Thread: any. */
#pragma once

#include <stdbool.h>

#include "signaling/method.h"

G_BEGIN_DECLS

/* Control characters: a row of up to SIG_PARAMS_LINE bytes is one line (a name, an id) and may hold none; a longer one
 * (a note) may hold newline and tab; beyond SIG_PARAMS_LONG_TEXT (SDP) CR as well. */
enum { SIG_PARAMS_LINE = 256, SIG_PARAMS_LONG_TEXT = 4096, SIG_PARAMS_DEFAULT_ITEMS = 1024 };

/* rows may be NULL: no parameters. Fails with SIG_ERROR_BAD_PARAMS, naming the parameter and what it should be. */
bool sig_params_check(const SigParam *rows, JsonObject *params, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same as JSON Schema words: "string", "integer" ... */
const char *sig_type_to_string(SigType type);

/* The longest text that a row allows. */
int64_t sig_param_get_max_length(const SigParam *row);

G_END_DECLS
