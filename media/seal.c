#include "media/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

/* RFC 3711 section 4.3.1 and 4.3.2; where the SSRC stands in a header */
static const struct {
    uint8_t key_label, salt_label, ssrc_offset;
} uses[] = {
    [MEDIA_SEAL_RTP] = { 0, 2, 8 },
    [MEDIA_SEAL_RTCP] = { 3, 5, 4 },
};

struct MediaSeal {
    const MediaSealEngine *engine;
    void *key; /* owned, by the engine */
    uint8_t ssrc_offset;
    uint8_t salt[MEDIA_SEAL_IV_BYTES];
};

/* RFC 3711 section 4.3.3 with key_derivation_rate 0; RFC 7714 section 11: the 96 bits of salt stand at the left. */
static void
derive(const MediaSrtpMaster *master, uint8_t label, uint8_t *ret_bytes, size_t size)
{
    const MediaSrtpProfileInfo *info = media_srtp_profile_get_info(master->profile);
    const uint8_t zeros[MEDIA_SRTP_MAX_KEY] = { 0 };
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t iv[16] = { 0 };
    int n;

    g_assert(size <= sizeof(zeros));
    memcpy(iv, master->salt, info->salt_size);
    iv[7] ^= label;
    EVP_EncryptInit_ex2(context, info->key_size == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr(), master->key, iv, NULL);
    EVP_EncryptUpdate(context, ret_bytes, &n, zeros, (int)size);
    EVP_CIPHER_CTX_free(context);
}

static const MediaSealEngine *const engines[] = {
#ifdef HAVE_IPSEC_MB
    &media_seal_mb,
#endif
    &media_seal_evp,
};

MediaSeal *
media_seal_new(const MediaSrtpMaster *master, MediaSealUse use, const MediaSealEngine *engine)
{
    const MediaSrtpProfileInfo *info = media_srtp_profile_get_info(master->profile);
    g_autoptr(MediaSeal) self = g_new0(MediaSeal, 1);
    uint8_t key[MEDIA_SRTP_MAX_KEY];

    g_assert(info->aead);
    derive(master, uses[use].key_label, key, info->key_size);
    derive(master, uses[use].salt_label, self->salt, sizeof(self->salt));
    self->ssrc_offset = uses[use].ssrc_offset;
    for (unsigned i = 0; self->key == NULL && i < G_N_ELEMENTS(engines); i++) {
        if (engine != NULL && engine != engines[i])
            continue;
        self->engine = engines[i];
        self->key = self->engine->new_key(key, info->key_size);
    }
    OPENSSL_cleanse(key, sizeof(key));
    return self->key != NULL ? g_steal_pointer(&self) : NULL;
}

void
media_seal_free(MediaSeal *self)
{
    if (self == NULL)
        return;
    if (self->key != NULL)
        self->engine->free_key(self->key);
    OPENSSL_cleanse(self->salt, sizeof(self->salt));
    g_free(self);
}

bool
media_seal_packet(MediaSeal *self, const MediaSealJob *job)
{
    /* RFC 7714 section 8.1: 00 00, SSRC, ROC, SEQ; section 9.1: 00 00, SSRC, 00 00, index; XORed with the salt */
    uint8_t iv[MEDIA_SEAL_IV_BYTES] = { 0 };

    memcpy(iv + 2, job->packet + self->ssrc_offset, 4);
    for (unsigned i = 0; i < 6; i++)
        iv[6 + i] = (uint8_t)(job->index >> (40 - 8 * i));
    for (unsigned i = 0; i < sizeof(iv); i++)
        iv[i] ^= self->salt[i];
    return self->engine->seal(self->key, iv, job);
}
