/* gateway/people/tokens.h - session tokens: what a cookie (or a terminal's Bearer header) holds
 *
 * Opaque, 256 bits; only the SHA-256 is kept, in memory and in the store. A token has a seat, an owner (person,
 * terminal or visit) and an end; a console's also ends when it was not used for a while. Ownership: people/. Thread:
 * main. No clock: now_ms is given. */
#pragma once

#include "gateway/people/access.h"
#include "gateway/store/store.h"

G_BEGIN_DECLS

#define GW_TOKEN_CONSOLE_IDLE_MS (INT64_C(12) * 3600 * 1000)
#define GW_TOKEN_CONSOLE_MS      (INT64_C(24) * 3600 * 1000)
#define GW_TOKEN_TERMINAL_MS     (INT64_C(400) * 24 * 3600 * 1000)

enum { GW_TOKEN_MAX_DEVICE = 200 };
enum { GW_TOKENS_PER_OWNER = 20 }; /* the one that was used least recently makes room */

typedef struct {
    char *hash, *owner;
    GwSeat seat;
    int64_t made_ms, used_ms, expires_ms;
    char *address, *device; /* where it was made: the browser's address and what it says it is; may be NULL */
} GwToken;

typedef struct GwTokens GwTokens;

/* revoked is called for every token that ends, before it is gone; it must not call back. */
typedef void (*GwTokenRevoked)(const GwToken *token, void *user_data);

/* Loads (blocks: start-up). */
GwTokens *gw_tokens_new(GwStore *store, GwTokenRevoked revoked, void *user_data,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_tokens_free(GwTokens *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwTokens, gw_tokens_free)

/* The secret, owned. expires_ms 0: what is usual for the seat. */
char *gw_tokens_issue(GwTokens *self, GwSeat seat, const char *owner, int64_t expires_ms, int64_t now_ms);
/* Where the token of this secret was made. What a browser says of itself is cut to GW_TOKEN_MAX_DEVICE bytes. */
void gw_tokens_set_origin(GwTokens *self, const char *secret, const char *address, const char *device);
void gw_tokens_foreach(GwTokens *self, GwSeat seat, const char *owner, void (*func)(const GwToken *token, void *data),
                       void *data); /* func must not revoke */
/* NULL: unknown, of another seat, or over. Counts as use. secret may be NULL. Borrowed until the next call. */
const GwToken *gw_tokens_use(GwTokens *self, GwSeat seat, const char *secret, int64_t now_ms);
void gw_tokens_touch(GwTokens *self, const char *hash, int64_t now_ms); /* used, by an open connection */

void gw_tokens_revoke(GwTokens *self, const char *hash);
void gw_tokens_revoke_owner(GwTokens *self, GwSeat seat, const char *owner, const char *except_hash); /* NULL: all */
void gw_tokens_sweep(GwTokens *self, int64_t now_ms); /* ends what is over; every minute */
unsigned gw_tokens_get_count(const GwTokens *self);

G_END_DECLS
