/* recorder/evidence/key-pair.h - one private key and its self-signed certificate, as files
 *
 * Ownership: the caller. Thread: any; blocks. */
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "recorder/evidence/keys.h"

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)

#define REC_SM2_ID "1234567812345678" /* GB/T 32918: the usual distinguishing identifier */

const char *rec_key_kind_to_string(RecKeyKind kind); /* "ed25519", "sm2" */
char *rec_key_get_path(const char *dir, RecKeyKind kind, unsigned generation, const char *suffix);

EVP_PKEY *rec_key_pair_make_key(RecKeyKind kind, GError **error) G_GNUC_WARN_UNUSED_RESULT;
X509 *rec_key_pair_make_certificate(RecKeyKind kind, EVP_PKEY *key, const char *name,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

bool rec_key_pair_write_key(const char *path, EVP_PKEY *key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool rec_key_pair_write_certificate(const char *path, X509 *certificate, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Refuses what others could read or put there. */
EVP_PKEY *rec_key_pair_read_key(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
X509 *rec_key_pair_read_certificate(const char *path, char **ret_pem, GError **error) G_GNUC_WARN_UNUSED_RESULT;

bool rec_key_pair_sign(RecKeyKind kind, EVP_PKEY *key, const RecSlice *data, uint8_t *signature, size_t *size);
bool rec_key_pair_verify(RecKeyKind kind, EVP_PKEY *key, const RecSlice *data, const RecSlice *signature);

G_END_DECLS
