/* gateway/people/secret.h - random secrets, and the only form in which they are kept
 *
 * Thread: any. Returned strings are owned by the caller. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum {
    GW_SECRET_BYTES = 32,
    GW_SECRET_MAX = 128, /* longer ones are not looked up */
    GW_CODE_LENGTH = 10,
};

char *gw_secret_new(void);                    /* 256 bits, base64url */
char *gw_secret_new_code(void);               /* for people to type: see docs/protocol.md */
char *gw_secret_new_id(const char *prefix);   /* "p" -> "p-2f0c9a61b3d4e5f6": not secret, never used twice */
char *gw_secret_hash(const char *secret);     /* SHA-256, hex */
char *gw_secret_read_code(const char *typed); /* upper case, no '-' or blanks; NULL when it cannot be a code */

G_END_DECLS
