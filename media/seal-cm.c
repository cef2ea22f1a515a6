#include "media/seal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "media/prefetch.h"

enum { TAG_BYTES = 10, HMAC_BYTES = 20 };

typedef struct {
    EVP_CIPHER_CTX *cipher; /* owned */
    EVP_MAC_CTX *hmac;      /* owned */
} CmKey;

static void
cm_free_key(void *key)
{
    CmKey *self = key;

    EVP_CIPHER_CTX_free(self->cipher);
    EVP_MAC_CTX_free(self->hmac);
    g_free(self);
}

static EVP_MAC_CTX *
new_hmac(const uint8_t *key)
{
    char digest[] = "SHA1";
    const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                  OSSL_PARAM_construct_end() };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);

    EVP_MAC_free(hmac);
    if (context != NULL && EVP_MAC_init(context, key, MEDIA_SEAL_AUTH_KEY_BYTES, params) != 1)
        g_clear_pointer(&context, EVP_MAC_CTX_free);
    return context;
}

static void *
cm_new_key(const MediaSealKeys *keys, MediaSealDirection direction G_GNUC_UNUSED)
{
    CmKey *self = g_new0(CmKey, 1);

    self->cipher = EVP_CIPHER_CTX_new();
    self->hmac = new_hmac(keys->auth_key);
    if (self->cipher == NULL || self->hmac == NULL ||
        EVP_EncryptInit_ex2(self->cipher, EVP_aes_128_ctr(), keys->key, NULL, NULL) != 1) {
        cm_free_key(self);
        return NULL;
    }
    return self;
}

/* RFC 3711 section 4.2: over header, ciphertext and trailer; the left 80 bits of it. */
static bool
make_tag(CmKey *self, const MediaOpenJob *what, const uint8_t *trailer, uint8_t tag[HMAC_BYTES])
{
    size_t size;

    return EVP_MAC_init(self->hmac, NULL, 0, NULL) == 1 && EVP_MAC_update(self->hmac, what->aad, what->aad_size) == 1 &&
           EVP_MAC_update(self->hmac, what->text, what->text_size) == 1 &&
           EVP_MAC_update(self->hmac, trailer, MEDIA_SEAL_TRAILER_BYTES) == 1 &&
           EVP_MAC_final(self->hmac, tag, &size, HMAC_BYTES) == 1;
}

static bool
cm_seal(void *key, const MediaSealNonce *nonce, const MediaSealJob *job)
{
    CmKey *self = key;
    uint8_t *text = job->packet + job->header_size, *out = text + job->payload_size;
    uint8_t padding[UINT8_MAX] = { 0 }, tag[HMAC_BYTES];
    const MediaOpenJob sealed = { job->packet, job->header_size, text, job->payload_size + job->padding, NULL };
    int n;

    if (EVP_EncryptInit_ex2(self->cipher, NULL, NULL, nonce->iv, NULL) != 1 ||
        EVP_EncryptUpdate(self->cipher, text, &n, job->payload, (int)job->payload_size) != 1)
        return false;
    if (job->padding > 0) {
        padding[job->padding - 1] = job->padding;
        if (EVP_EncryptUpdate(self->cipher, out, &n, padding, job->padding) != 1)
            return false;
    }
    if (!make_tag(self, &sealed, nonce->trailer, tag))
        return false;
    memcpy(out + job->padding, tag, TAG_BYTES);
    return true;
}

static bool
cm_open(void *key, const MediaSealNonce *nonce, const MediaOpenJob *job)
{
    CmKey *self = key;
    uint8_t tag[HMAC_BYTES];
    int n;

    /* counter mode: the same both ways */
    return make_tag(self, job, nonce->trailer, tag) && CRYPTO_memcmp(tag, job->tag, TAG_BYTES) == 0 &&
           EVP_EncryptInit_ex2(self->cipher, NULL, NULL, nonce->iv, NULL) == 1 &&
           EVP_EncryptUpdate(self->cipher, job->text, &n, job->text, (int)job->text_size) == 1;
}

static void
cm_prefetch(const void *key)
{
    media_prefetch(key, sizeof(CmKey));
}

const MediaSealEngine media_seal_cm = {
    .name = "cm",
    .new_key = cm_new_key,
    .free_key = cm_free_key,
    .seal = cm_seal,
    .open = cm_open,
    .prefetch = cm_prefetch,
};
