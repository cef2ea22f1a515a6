/* gateway/people/throttle.h - how often somebody may guess
 *
 * Three leaky buckets per attempt: the pair of account and address, the address, the account. The last one slows
 * guessing from many addresses; an address from which the account was entered before is exempt from it, so that nobody
 * can lock a person out of the usual place. Nothing here lasts: buckets drain by themselves. Ownership: people/.
 * Thread: main. No clock: now_ms is given. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct GwThrottle GwThrottle;

enum {
    GW_THROTTLE_PAIR_TRIES = 5,
    GW_THROTTLE_PAIR_REFILL_MS = 60 * 1000,
    GW_THROTTLE_ADDRESS_TRIES = 30,
    GW_THROTTLE_ADDRESS_REFILL_MS = 20 * 1000,
    GW_THROTTLE_ACCOUNT_TRIES = 50,
    GW_THROTTLE_ACCOUNT_REFILL_MS = 30 * 1000,
    GW_THROTTLE_CODE_TRIES = 5,          /* pair */
    GW_THROTTLE_CODE_ACCOUNT_TRIES = 20, /* from everywhere: 308 a day of a million, three of which are right */
    GW_THROTTLE_CODE_REFILL_MS = 300 * 1000,
    GW_THROTTLE_MAX_BUCKETS = 20000, /* beyond that the fullest (least guessed) are forgotten */
};

GwThrottle *gw_throttle_new(void);
/* For codes of second factors, which only those guess who have the password: so few tries that six digits are enough, and
 * nobody else can use them up. */
GwThrottle *gw_throttle_new_for_codes(void);
void gw_throttle_free(GwThrottle *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwThrottle, gw_throttle_free)

/* account may be NULL (a code of unknown owner: only the address counts). True: go on, one try is taken. False:
 * ret_wait_ms says when the next one is allowed. */
bool gw_throttle_take(GwThrottle *self, const char *account, const char *address, int64_t now_ms, int64_t *ret_wait_ms);
/* The attempt was right: its try is given back, and the pair starts afresh. */
void gw_throttle_succeed(GwThrottle *self, const char *account, const char *address, int64_t now_ms);

unsigned gw_throttle_get_n_buckets(const GwThrottle *self);

G_END_DECLS
