/* gateway/people/visit-codes.h - family codes: 10 letters for one visit, short-lived
 *
 * Only the SHA-256 is kept. One code a visit: a new one voids the one before. A code opens as often as it is needed (a
 * family may change the telephone); that only one device holds the visit is people/'s care.
 * Ownership: people/. Thread: main. No clock: now_ms is given. */
#pragma once

#include "gateway/people/people.h"

G_BEGIN_DECLS

typedef struct GwVisitCodes GwVisitCodes;

/* Loads (blocks: start-up). */
GwVisitCodes *gw_visit_codes_new(GwStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_visit_codes_free(GwVisitCodes *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwVisitCodes, gw_visit_codes_free)

char *gw_visit_codes_issue(GwVisitCodes *self, const char *visit, int64_t expires_ms);
/* As typed. The visit (borrowed until the next call) or NULL; ret_expired tells expired from unknown. */
const char *gw_visit_codes_find(GwVisitCodes *self, const char *typed, int64_t now_ms, int64_t *ret_expires_ms,
                                bool *ret_expired);
void gw_visit_codes_revoke(GwVisitCodes *self, const char *visit);
void gw_visit_codes_sweep(GwVisitCodes *self, int64_t now_ms); /* forgets what expired a week ago */

G_END_DECLS
