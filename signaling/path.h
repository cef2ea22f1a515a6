/* signaling/path.h - the path of an address as clean segments, and the patterns that routes match it with
 *
 * Thread: any. */
#pragma once

#include <stdbool.h>

#include "signaling/pairs.h"

G_BEGIN_DECLS

enum { SIG_PATH_MAX_SEGMENTS = 32, SIG_PATH_MAX_LENGTH = 2048 };

/* "/visit/A%20B" as { "visit", "A B", NULL }; "/" as { "", NULL }. NULL for what no honest client sends: segments that
 * are empty (but the last), "." or "..", or that decode to '/', '\', control characters, something that is still
 * encoded, or not to UTF-8. Free with g_strfreev(). */
char **sig_path_split(const char *path);

/* Whether segments match "/api/v1/{a}/{b}"; params (may be NULL) receives the named ones. */
bool sig_path_match(const char *pattern, const char *const *segments, SigPairs *params);

G_END_DECLS
