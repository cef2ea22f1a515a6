/* recorder/verify/keys.h - certificates, who is trusted, and signatures (Ed25519; SM2 with SM3)
 *
 * Ownership: the caller. */
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/verify/bytes.h"
#include "recorder/verify/note.h"

enum { VER_KEYS_MAX = 64, VER_CERTIFICATE_MAX_BYTES = 64 * 1024 };

typedef enum { VER_ED25519, VER_SM2, VER_OTHER_KEY } VerKeyKind;

typedef struct {
    char *name; /* of its file */
    X509 *certificate;
    EVP_PKEY *key;
    VerKeyKind kind;
    uint8_t sha256[VER_HASH_BYTES]; /* of the certificate's DER */
} VerKey;

typedef struct {
    VerKey keys[VER_KEYS_MAX];
    size_t n;
} VerKeys;

typedef struct {
    VerKeys anchors;
    uint8_t hashes[VER_KEYS_MAX][VER_HASH_BYTES];
    size_t n_hashes;
} VerTrust;

typedef enum { VER_TRUSTED, VER_NOT_TRUSTED, VER_TRUST_UNKNOWN } VerTrusted;

/* Adds the certificates (PEM, or one in DER). False: there is none, or there is no room. */
bool ver_keys_add(VerKeys *self, const char *name, const char *data, size_t size);
void ver_keys_clear(VerKeys *self);
const VerKey *ver_keys_find(const VerKeys *self, const char *sha256);

/* These as anchors, at that time; for X509_STORE_free(). NULL: no memory. */
X509_STORE *ver_keys_new_store(const VerKeys *self, int64_t at_us);

bool ver_key_is_valid_at(const VerKey *self, int64_t at_us);
bool ver_key_verify(const VerKey *self, const void *data, size_t size, const void *signature, size_t n);
/* The key made that signature line: name and key hash fit (C2SP signed-note), and so does the signature. */
bool ver_key_signed_note(const VerKey *self, const VerNote *note, const VerNoteSignature *signature);

/* The certificate is one of the trusted, or issued by one. Unknown: nothing trusted is of its kind. */
VerTrusted ver_trust_judge(const VerTrust *self, const VerKeys *others, const VerKey *key, int64_t at_us);
