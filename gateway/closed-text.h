/* gateway/closed-text.h - a text at rest that nobody is to read from the index
 *
 * AES-256-GCM under a key of the node's keyring, bound to what it belongs to. As base64.
 * Thread: main. */
#pragma once

#include "recorder/keyring.h"

G_BEGIN_DECLS

/* Whose key, and to what it is bound: the id of the row. */
typedef struct {
    const char *key, *id;
} GwClosedFor;

/* Owned. Fails with SIG_ERROR_UNAVAILABLE where there is no keyring, or it cannot be written. */
char *gw_closed_text_new(const RecKeyring *keyring, GwClosedFor whose, const char *text,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Fails where the keyring is another one, or the text was changed or belongs to another row. */
char *gw_closed_text_open(const RecKeyring *keyring, GwClosedFor whose, const char *closed,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
