/* signaling/quota.h - what one address may use: connections at once, requests a second
 *
 * Thread: signaling. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/* HTTP requests; a load test starts a few hundred sessions at once. */
enum { SIG_QUOTA_REQUESTS_PER_SECOND = 200, SIG_QUOTA_REQUESTS_BURST = 2000 };

typedef struct SigQuota SigQuota;

SigQuota *sig_quota_new(unsigned max_connections);
void sig_quota_free(SigQuota *self);

/* False: too many; do not leave. */
bool sig_quota_enter(SigQuota *self, const char *address);
void sig_quota_leave(SigQuota *self, const char *address);
bool sig_quota_take_request(SigQuota *self, const char *address, int64_t now_us);
/* Forgets addresses that use nothing. */
void sig_quota_prune(SigQuota *self, int64_t now_us);

G_END_DECLS
