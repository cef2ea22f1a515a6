/* gateway/evidence/leaf.h - an entry of the node's log: one line of JSON
 *
 * {"type":T,"at_us":N,"session":S,...}: what docs/evidence.md lists. Pure. Thread: any. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
    const char *type;    /* "audit", "session.open" ... */
    const char *session; /* NULL: of none */
    int64_t at_us;       /* CLOCK_REALTIME */
} GwLeafHead;

/* fields: borrowed, may be NULL. Never longer than REC_LOG_MAX_ENTRY: a "detail" that makes it so is replaced by {"omitted":
 * bytes, "sha256": of its text}, and if that is not enough all of fields is. */
GBytes *gw_leaf_new(const GwLeafHead *head, JsonObject *fields);

/* NULL when the bytes are no such line. Owned. */
JsonObject *gw_leaf_parse(GBytes *leaf);
const char *gw_leaf_get(JsonObject *leaf, const char *name); /* NULL: it is not there, or no string; borrowed */
int64_t gw_leaf_get_number(JsonObject *leaf, const char *name);

/* A member's JSON text; NULL: it is not there. Owned. */
char *gw_leaf_get_text(JsonObject *leaf, const char *name);

/* {"type":"key",...}: the certificates that sign from now on. */
GBytes *gw_leaf_new_key(int64_t at_us, unsigned generation, const char *ed25519_sha256, const char *sm2_sha256);

G_END_DECLS
