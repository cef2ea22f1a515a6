#include "recorder/verify/keys.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHAIN = 4 };
static const char SM2_ID[] = "1234567812345678";

/* Takes the certificate. */
static bool
add(VerKeys *self, const char *name, X509 *certificate)
{
    VerKey key = { .certificate = certificate, .kind = VER_OTHER_KEY };
    unsigned char *der = NULL;
    int size = certificate ? i2d_X509(certificate, &der) : -1;

    if (size <= 0 || self->n == VER_KEYS_MAX) {
        OPENSSL_free(der);
        X509_free(certificate);
        return false;
    }
    ver_hash_of(VER_SHA256, der, (size_t)size, key.sha256);
    OPENSSL_free(der);
    key.key = X509_get_pubkey(certificate);
    if (key.key && EVP_PKEY_is_a(key.key, "ED25519"))
        key.kind = VER_ED25519;
    else if (key.key && EVP_PKEY_is_a(key.key, "SM2"))
        key.kind = VER_SM2;
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    if (id && ASN1_OCTET_STRING_set(id, (const unsigned char *)SM2_ID, (int)strlen(SM2_ID)) == 1)
        X509_set0_distinguishing_id(certificate, id); /* for SM2 signatures by an issuer */
    key.name = ver_copy(name, strlen(name));
    self->keys[self->n++] = key;
    return true;
}

bool
ver_keys_add(VerKeys *self, const char *name, const char *data, size_t size)
{
    const unsigned char *der = (const unsigned char *)data;
    size_t before = self->n;

    if (size > VER_CERTIFICATE_MAX_BYTES)
        return false;
    if (size > 0 && der[0] == 0x30)
        return add(self, name, d2i_X509(NULL, &der, (long)size));
    BIO *bio = BIO_new_mem_buf(data, (int)size);
    X509 *certificate = NULL;
    while (bio && (certificate = PEM_read_bio_X509(bio, NULL, NULL, (void *)"")) != NULL &&
           add(self, name, certificate))
        ;
    BIO_free(bio);
    ERR_clear_error();
    return self->n > before;
}

void
ver_keys_clear(VerKeys *self)
{
    for (size_t i = 0; i < self->n; i++) {
        free(self->keys[i].name);
        X509_free(self->keys[i].certificate);
        EVP_PKEY_free(self->keys[i].key);
    }
    self->n = 0;
}

const VerKey *
ver_keys_find(const VerKeys *self, const char *sha256)
{
    uint8_t hash[VER_HASH_BYTES];

    if (!ver_unhex(sha256, hash))
        return NULL;
    for (size_t i = 0; i < self->n; i++) {
        if (memcmp(self->keys[i].sha256, hash, sizeof hash) == 0)
            return &self->keys[i];
    }
    return NULL;
}

bool
ver_key_is_valid_at(const VerKey *self, int64_t at_us)
{
    time_t at = (time_t)(at_us / 1000000);
    int from = ASN1_TIME_cmp_time_t(X509_get0_notBefore(self->certificate), at);
    int to = ASN1_TIME_cmp_time_t(X509_get0_notAfter(self->certificate), at);

    return (from == -1 || from == 0) && (to == 0 || to == 1);
}

bool
ver_key_verify(const VerKey *self, const void *data, size_t size, const void *signature, size_t n)
{
    bool sm2 = self->kind == VER_SM2;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key = sm2 ? EVP_PKEY_CTX_new(self->key, NULL) : NULL;
    bool ready = context && self->kind != VER_OTHER_KEY;

    if (sm2 && key && ready) {
        ready = EVP_PKEY_CTX_set1_id(key, SM2_ID, (int)strlen(SM2_ID)) == 1;
        EVP_MD_CTX_set_pkey_ctx(context, key);
    }
    bool fits = ready && (!sm2 || key) &&
                EVP_DigestVerifyInit(context, NULL, sm2 ? EVP_sm3() : NULL, NULL, self->key) == 1 &&
                EVP_DigestVerify(context, signature, n, data, size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_CTX_free(key);
    ERR_clear_error();
    return fits;
}

/* What is hashed for the four bytes: name, newline, the kind of key, the key. */
static bool
hash_key(const VerKey *self, const char *name, uint8_t ret_hash[VER_HASH_BYTES])
{
    uint8_t raw[32];
    unsigned char *der = NULL;
    size_t n = sizeof raw;
    VerHash *hash = ver_hash_new(VER_SHA256);
    bool known;

    ver_hash_add(hash, name, strlen(name));
    if (self->kind == VER_ED25519) {
        known = EVP_PKEY_get_raw_public_key(self->key, raw, &n) == 1;
        ver_hash_add(hash, "\n\x01", 2);
        ver_hash_add(hash, raw, n);
    } else {
        int size = i2d_PUBKEY(self->key, &der);
        known = size > 0;
        ver_hash_add(hash, "\n\xffsm2", 5);
        ver_hash_add(hash, der, known ? (size_t)size : 0);
        OPENSSL_free(der);
    }
    ver_hash_finish(hash, ret_hash);
    ver_hash_free(hash);
    return known;
}

bool
ver_key_signed_note(const VerKey *self, const VerNote *note, const VerNoteSignature *signature)
{
    uint8_t hash[VER_HASH_BYTES];

    return self->kind != VER_OTHER_KEY && hash_key(self, signature->name, hash) &&
           memcmp(hash, signature->key, 4) == 0 &&
           ver_key_verify(self, note->text, note->size, signature->bytes, signature->size);
}

X509_STORE *
ver_keys_new_store(const VerKeys *self, int64_t at_us)
{
    X509_STORE *store = X509_STORE_new();

    for (size_t i = 0; store && i < self->n; i++)
        X509_STORE_add_cert(store, self->keys[i].certificate);
    if (!store)
        return NULL;
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(param, (time_t)(at_us / 1000000));
    X509_VERIFY_PARAM_set_depth(param, MAX_CHAIN);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    return store;
}

static bool
chain_fits(const VerTrust *self, const VerKeys *others, const VerKey *key, int64_t at_us)
{
    X509_STORE *store = ver_keys_new_store(&self->anchors, at_us);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    bool ready = store && context && between;

    for (size_t i = 0; ready && i < others->n; i++)
        sk_X509_push(between, others->keys[i].certificate);
    bool fits =
        ready && X509_STORE_CTX_init(context, store, key->certificate, between) == 1 && X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    sk_X509_free(between);
    ERR_clear_error();
    return fits;
}

VerTrusted
ver_trust_judge(const VerTrust *self, const VerKeys *others, const VerKey *key, int64_t at_us)
{
    bool of_this_kind = false;

    for (size_t i = 0; i < self->n_hashes; i++) {
        if (memcmp(self->hashes[i], key->sha256, VER_HASH_BYTES) == 0)
            return VER_TRUSTED;
    }
    if (self->anchors.n > 0 && chain_fits(self, others, key, at_us))
        return VER_TRUSTED;
    for (size_t i = 0; i < self->anchors.n; i++)
        of_this_kind |= self->anchors.keys[i].kind == key->kind || self->anchors.keys[i].kind == VER_OTHER_KEY;
    return of_this_kind ? VER_NOT_TRUSTED : VER_TRUST_UNKNOWN;
}
