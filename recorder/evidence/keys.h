/* recorder/evidence/keys.h - what the node signs with: an Ed25519 and an SM2 key, each with a certificate of its own
 *
 * DIR (0700): ed25519-N.key, sm2-N.key (PKCS#8 PEM, 0600, ours), ed25519-N.crt, sm2-N.crt (PEM); N = 1, 2 ...: the highest
 * signs, the certificates of all stay, so that what was signed before still verifies.
 * Immutable once loaded. Ownership: references. Thread: any; opening, rotating and signing block. */
#pragma once

#include "recorder/evidence/hash.h"

G_BEGIN_DECLS

enum {
    REC_KEYS_MAX_GENERATIONS = 1000,
    REC_KEYS_DAYS = 3650, /* that a certificate is good for */
    REC_ED25519_BYTES = 64,
    REC_SM2_MAX_BYTES = 80, /* DER */
};

typedef enum {
    REC_KEY_ED25519,
    REC_KEY_SM2,
    REC_KEY_KINDS,
} RecKeyKind;

typedef struct RecKeys RecKeys;

/* Makes the first generation when there is none and may_make; the certificates then say that name. KEYS: missing, readable by
 * others, of somebody else, or key and certificate do not fit; the message names the file and what to do. */
RecKeys *rec_keys_open(const char *dir, const char *name, bool may_make, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes the next generation on disk; open again to sign with it. */
bool rec_keys_rotate(const char *dir, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
RecKeys *rec_keys_ref(RecKeys *self);
void rec_keys_unref(RecKeys *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecKeys, rec_keys_unref)

typedef struct {
    uint8_t ed25519[REC_ED25519_BYTES];
    uint8_t sm2[REC_SM2_MAX_BYTES]; /* DER ECDSA-Sig-Value, SM3, ID "1234567812345678" */
    size_t sm2_size;
} RecSignatures;

/* By the current keys. */
bool rec_keys_sign(const RecKeys *self, const void *data, size_t size, RecSignatures *ret_signatures,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Certificates, oldest generation first; the last of a kind signs. */
typedef struct {
    RecKeyKind kind;
    unsigned generation;
    bool current;
    char *name, *pem, *sha256;         /* name: "ed25519-1.crt"; sha256 of the DER, hex */
    GBytes *spki, *raw;                /* raw: the 32 bytes of Ed25519; NULL of SM2 */
    int64_t not_before_s, not_after_s; /* since 1970 */
} RecCertificate;

unsigned rec_keys_get_n(const RecKeys *self);
const RecCertificate *rec_keys_get(const RecKeys *self, unsigned i);              /* borrowed */
const RecCertificate *rec_keys_get_current(const RecKeys *self, RecKeyKind kind); /* borrowed */
bool rec_keys_verify(const RecKeys *self, unsigned i, const RecSlice *data, const RecSlice *signature);
/* A certificate that signs now is not good yet, or not any more: what is signed says so, and rotation helps. */
bool rec_keys_are_valid_at(const RecKeys *self, int64_t now_s);

G_END_DECLS
