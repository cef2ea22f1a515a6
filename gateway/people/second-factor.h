/* gateway/people/second-factor.h - codes from a telephone beside the password (TOTP, RFC 6238), and codes for when it is lost
 *
 * Six digits, 30 s, SHA-1, one step before and after; a code is right once. Recovery codes are right once each; only their
 * SHA-256 is kept. The key itself has to be kept: it lies in the index, which only the service can read. Ownership: people/.
 * Thread: main. No clock: now_ms is given. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/people/throttle.h"
#include "gateway/store/store.h"

G_BEGIN_DECLS

typedef struct GwSecondFactors GwSecondFactors;

enum {
    GW_FACTOR_KEY_BYTES = 20,
    GW_FACTOR_DIGITS = 6,
    GW_FACTOR_STEP_S = 30,
    GW_FACTOR_WINDOW = 1, /* steps that a telephone's clock may be wrong by */
    GW_FACTOR_RECOVERY_CODES = 10,
    GW_FACTOR_MAX_TYPED = 32,
};

typedef enum {
    GW_FACTOR_WRONG,
    GW_FACTOR_RIGHT,
    GW_FACTOR_RECOVERED, /* by a recovery code, which is used up now */
} GwFactorResult;

/* Loads (blocks: start-up). */
GwSecondFactors *gw_second_factors_new(GwStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_second_factors_free(GwSecondFactors *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwSecondFactors, gw_second_factors_free)

GwThrottle *gw_second_factors_get_throttle(GwSecondFactors *self); /* of codes: callers take tries from it. Borrowed */
bool gw_second_factors_has(GwSecondFactors *self, const char *person);
unsigned gw_second_factors_get_n_codes(GwSecondFactors *self, const char *person); /* recovery codes that are left */
/* A new key (base32, owned), which counts when a code of it was given. What was there works until then. */
char *gw_second_factors_begin(GwSecondFactors *self, const char *person);
/* NULL: the code is not of the key that was begun. Otherwise it counts from now on, and these are the recovery codes. Owned. */
char **gw_second_factors_confirm(GwSecondFactors *self, const char *person, const char *code, int64_t now_ms);
GwFactorResult gw_second_factors_use(GwSecondFactors *self, const char *person, const char *typed, int64_t now_ms);
void gw_second_factors_reset(GwSecondFactors *self, const char *person);

/* The code of a step: for tests. Owned; NULL: this is no key. */
char *gw_second_factor_code(const char *key, int64_t step);

G_END_DECLS
