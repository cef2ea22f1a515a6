#include "media/seal.h"

#ifdef HAVE_IPSEC_MB

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>
#include <string.h>

#include "media/prefetch.h"

enum {
    FIRST_BYTES = 384,
    LAST_BYTES = 256 + 64, /* with the manager */
};

typedef struct {
    struct gcm_key_data data; /* first: the library wants 64 bytes of alignment */
    IMB_MGR *manager;         /* borrowed */
    size_t key_size;
} MbKey;

/* The direct calls that we use only read function pointers from it, so one serves all threads. Never freed. */
static IMB_MGR *
get_manager(void)
{
    static gsize once;
    static IMB_MGR *manager;

    if (g_once_init_enter(&once)) {
        manager = alloc_mb_mgr(0);
        if (manager != NULL) {
            init_mb_mgr_auto(manager, NULL);
            if (imb_get_errno(manager) != 0)
                g_clear_pointer(&manager, free_mb_mgr);
        }
        g_once_init_leave(&once, 1);
    }
    return manager;
}

static void *
mb_new_key(const MediaSealKeys *keys, MediaSealDirection direction G_GNUC_UNUSED)
{
    IMB_MGR *manager = get_manager();
    MbKey *self;

    if (manager == NULL)
        return NULL;
    self = g_aligned_alloc0(1, (sizeof(MbKey) + 63) & ~(size_t)63, 64);
    self->manager = manager;
    self->key_size = keys->key_size;
    if (keys->key_size == 32)
        IMB_AES256_GCM_PRE(manager, keys->key, &self->data);
    else
        IMB_AES128_GCM_PRE(manager, keys->key, &self->data);
    return self;
}

static void
mb_free_key(void *key)
{
    OPENSSL_cleanse(key, sizeof(MbKey));
    g_aligned_free(key);
}

static void
seal_padded(MbKey *self, const uint8_t *iv, const MediaSealJob *job, uint8_t *out)
{
    struct gcm_context_data context;
    uint8_t padding[UINT8_MAX] = { 0 };
    uint8_t *tag = out + job->payload_size + job->padding;

    padding[job->padding - 1] = job->padding;
    if (self->key_size == 32) {
        IMB_AES256_GCM_INIT(self->manager, &self->data, &context, iv, job->packet, job->header_size);
        IMB_AES256_GCM_ENC_UPDATE(self->manager, &self->data, &context, out, job->payload, job->payload_size);
        IMB_AES256_GCM_ENC_UPDATE(self->manager, &self->data, &context, out + job->payload_size, padding, job->padding);
        IMB_AES256_GCM_ENC_FINALIZE(self->manager, &self->data, &context, tag, MEDIA_SEAL_MAX_TAG);
        return;
    }
    IMB_AES128_GCM_INIT(self->manager, &self->data, &context, iv, job->packet, job->header_size);
    IMB_AES128_GCM_ENC_UPDATE(self->manager, &self->data, &context, out, job->payload, job->payload_size);
    IMB_AES128_GCM_ENC_UPDATE(self->manager, &self->data, &context, out + job->payload_size, padding, job->padding);
    IMB_AES128_GCM_ENC_FINALIZE(self->manager, &self->data, &context, tag, MEDIA_SEAL_MAX_TAG);
}

static bool
mb_seal(void *key, const MediaSealNonce *nonce, const MediaSealJob *job)
{
    MbKey *self = key;
    struct gcm_context_data context;
    uint8_t *out = job->packet + job->header_size;
    uint8_t *tag = out + job->payload_size;

    if (job->padding > 0)
        seal_padded(self, nonce->iv, job, out);
    else if (self->key_size == 32)
        IMB_AES256_GCM_ENC(self->manager, &self->data, &context, out, job->payload, job->payload_size, nonce->iv,
                           job->packet, job->header_size, tag, MEDIA_SEAL_MAX_TAG);
    else
        IMB_AES128_GCM_ENC(self->manager, &self->data, &context, out, job->payload, job->payload_size, nonce->iv,
                           job->packet, job->header_size, tag, MEDIA_SEAL_MAX_TAG);
    return true;
}

static bool
mb_open(void *key, const MediaSealNonce *nonce, const MediaOpenJob *job)
{
    MbKey *self = key;
    struct gcm_context_data context;
    uint8_t tag[MEDIA_SEAL_MAX_TAG];

    if (self->key_size == 32)
        IMB_AES256_GCM_DEC(self->manager, &self->data, &context, job->text, job->text, job->text_size, nonce->iv,
                           job->aad, job->aad_size, tag, sizeof(tag));
    else
        IMB_AES128_GCM_DEC(self->manager, &self->data, &context, job->text, job->text, job->text_size, nonce->iv,
                           job->aad, job->aad_size, tag, sizeof(tag));
    return CRYPTO_memcmp(tag, job->tag, sizeof(tag)) == 0;
}

/* The round keys stand first, and behind them the powers of the hash key: eight or, in descending order, 48 of them, of which a
 * packet reads as many of the lowest as it has blocks. */
static void
mb_prefetch(const void *key)
{
    media_prefetch(key, FIRST_BYTES);
    media_prefetch((const uint8_t *)key + sizeof(MbKey) - LAST_BYTES, LAST_BYTES);
}

const MediaSealEngine media_seal_mb = {
    .name = "ipsec-mb",
    .aead = true,
    .new_key = mb_new_key,
    .free_key = mb_free_key,
    .seal = mb_seal,
    .open = mb_open,
    .prefetch = mb_prefetch,
};

#endif
