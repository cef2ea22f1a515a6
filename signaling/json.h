/* signaling/json.h - a strict, bounded JSON reader (RFC 8259) for what peers send
 *
 * json-glib's own parser recurses without a limit, keeps the last of two equal keys and reads several dialects, so
 * nothing from outside reaches it: this reader builds the nodes itself.
 * Refused: more than SIG_JSON_MAX_SIZE bytes, SIG_JSON_MAX_DEPTH levels or SIG_JSON_MAX_NODES values; a byte order mark;
 * anything after the value; equal keys; invalid UTF-8; lone surrogates; U+0000; numbers that are not finite.
 * Thread: any. */
#pragma once

#include <json-glib/json-glib.h>
#include <stddef.h>

G_BEGIN_DECLS

enum {
    SIG_JSON_MAX_SIZE = 1024 * 1024,
    SIG_JSON_MAX_DEPTH = 32,
    SIG_JSON_MAX_NODES = 65536,
};

/* Fails with SIG_ERROR_PARSE (or SIG_ERROR_TOO_LARGE), naming the byte where it stopped. */
JsonNode *sig_json_parse(const char *bytes, size_t size, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* On one line. json-glib 1.6 would write 1e+20 as "1e+20.0", which is not JSON; numbers that are not finite become null. */
char *sig_json_to_text(JsonNode *node);

G_END_DECLS
