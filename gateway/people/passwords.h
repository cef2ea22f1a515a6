/* gateway/people/passwords.h - Argon2id on a few threads of its own, so that main never waits
 *
 * 19 MiB, two passes, one lane (OWASP's minimum for Argon2id): about 20 ms of one processor.
 * Ownership: main; freeing waits for the threads and drops what was not answered. Thread: main, also callbacks. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct GwPasswords GwPasswords;

enum {
    GW_PASSWORD_MEMORY_KIB = 19456,
    GW_PASSWORD_PASSES = 2,
    GW_PASSWORDS_THREADS = 2,
    GW_PASSWORDS_MAX_WAITING = 64,
    GW_PASSWORD_MIN_LETTERS = 10,
    GW_PASSWORD_MAX_BYTES = 256,
};

GwPasswords *gw_passwords_new(void);
void gw_passwords_free(GwPasswords *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwPasswords, gw_passwords_free)

/* encoded: of a hash; borrowed; NULL when it failed or of a verification. right: of a verification. */
typedef void (*GwPasswordDone)(const char *encoded, bool right, void *user_data);

/* False, and no answer, when too many are waiting. */
bool gw_passwords_hash(GwPasswords *self, const char *password, GwPasswordDone done, void *user_data);
/* encoded NULL (no such person, or without a password): takes as long as any, and is wrong. */
bool gw_passwords_verify(GwPasswords *self, const char *encoded, const char *password, GwPasswordDone done,
                         void *user_data);

G_END_DECLS
