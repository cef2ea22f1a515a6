/* gateway/people/links.h - one-time links: 256 bits, one day, one use; they let a person or a terminal in
 *
 * Only the SHA-256 is kept. A used or expired one is remembered for a week, so that its page can say what happened.
 * Ownership: people/. Thread: main. No clock: now_ms is given. */
#pragma once

#include "gateway/people/access.h"
#include "gateway/store/store.h"

G_BEGIN_DECLS

#define GW_LINK_MS          (INT64_C(24) * 3600 * 1000)
#define GW_LINK_REMEMBER_MS (INT64_C(7) * 24 * 3600 * 1000)

enum { GW_LINKS_PER_OWNER = 10 }; /* the oldest makes room */

typedef struct GwLinks GwLinks;

typedef enum {
    GW_LINK_FINE,
    GW_LINK_UNKNOWN,
    GW_LINK_USED,
    GW_LINK_EXPIRED,
} GwLinkState;

/* Loads (blocks: start-up). */
GwLinks *gw_links_new(GwStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_links_free(GwLinks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwLinks, gw_links_free)

/* The code, owned. seat: CONSOLE (owner is a person) or TERMINAL. */
char *gw_links_issue(GwLinks *self, GwSeat seat, const char *owner, int64_t now_ms);
/* FINE: it is used up now; ret_owner is owned by the caller. */
/* Whose open link of this seat it is; NULL: none. Uses nothing up. Borrowed. */
const char *gw_links_peek(GwLinks *self, const char *code, GwSeat seat, int64_t now_ms);
GwLinkState gw_links_use(GwLinks *self, const char *code, int64_t now_ms, GwSeat *ret_seat, char **ret_owner);
void gw_links_revoke_owner(GwLinks *self, GwSeat seat, const char *owner);
void gw_links_sweep(GwLinks *self, int64_t now_ms);

G_END_DECLS
