#include "media/seal.h"

#include <openssl/evp.h>

#include "media/prefetch.h"

enum { CONTEXT_BYTES = 192 }; /* OpenSSL's own, about */

static void *
evp_new_key(const MediaSealKeys *keys, MediaSealDirection direction)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher = keys->key_size == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();

    if (context == NULL)
        return NULL;
    if (EVP_CipherInit_ex2(context, cipher, keys->key, NULL, direction == MEDIA_SEAL_OUT, NULL) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return context;
}

static void
evp_free_key(void *key)
{
    EVP_CIPHER_CTX_free(key);
}

static bool
evp_seal(void *key, const MediaSealNonce *nonce, const MediaSealJob *job)
{
    uint8_t *out = job->packet + job->header_size;
    int n;

    if (EVP_EncryptInit_ex2(key, NULL, NULL, nonce->iv, NULL) != 1 ||
        EVP_EncryptUpdate(key, NULL, &n, job->packet, (int)job->header_size) != 1 ||
        EVP_EncryptUpdate(key, out, &n, job->payload, (int)job->payload_size) != 1)
        return false;
    out += job->payload_size;
    if (job->padding > 0) {
        uint8_t padding[UINT8_MAX] = { 0 };

        padding[job->padding - 1] = job->padding;
        if (EVP_EncryptUpdate(key, out, &n, padding, job->padding) != 1)
            return false;
        out += job->padding;
    }
    return EVP_EncryptFinal_ex(key, out, &n) == 1 &&
           EVP_CIPHER_CTX_ctrl(key, EVP_CTRL_AEAD_GET_TAG, MEDIA_SEAL_MAX_TAG, out) == 1;
}

static bool
evp_open(void *key, const MediaSealNonce *nonce, const MediaOpenJob *job)
{
    uint8_t last[EVP_MAX_BLOCK_LENGTH];
    int n;

    return EVP_DecryptInit_ex2(key, NULL, NULL, nonce->iv, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(key, EVP_CTRL_AEAD_SET_TAG, MEDIA_SEAL_MAX_TAG, (void *)job->tag) == 1 &&
           EVP_DecryptUpdate(key, NULL, &n, job->aad, (int)job->aad_size) == 1 &&
           EVP_DecryptUpdate(key, job->text, &n, job->text, (int)job->text_size) == 1 &&
           EVP_DecryptFinal_ex(key, last, &n) == 1;
}

static void
evp_prefetch(const void *key)
{
    media_prefetch(key, CONTEXT_BYTES);
}

const MediaSealEngine media_seal_evp = {
    .name = "evp",
    .aead = true,
    .new_key = evp_new_key,
    .free_key = evp_free_key,
    .seal = evp_seal,
    .open = evp_open,
    .prefetch = evp_prefetch,
};
