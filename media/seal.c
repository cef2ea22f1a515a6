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

static MediaSeal *
new_for(const MediaSrtpMaster *master, MediaSealUse use, MediaSealDirection direction, const MediaSealEngine *engine)
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
        self->key = self->engine->new_key(key, info->key_size, direction);
    }
    OPENSSL_cleanse(key, sizeof(key));
    return self->key != NULL ? g_steal_pointer(&self) : NULL;
}

MediaSeal *
media_seal_new(const MediaSrtpMaster *master, MediaSealUse use, const MediaSealEngine *engine)
{
    return new_for(master, use, MEDIA_SEAL_OUT, engine);
}

MediaSeal *
media_seal_new_opening(const MediaSrtpMaster *master, MediaSealUse use, const MediaSealEngine *engine)
{
    return new_for(master, use, MEDIA_SEAL_IN, engine);
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

/* RFC 7714 section 8.1: 00 00, SSRC, ROC, SEQ; section 9.1: 00 00, SSRC, 00 00, index; XORed with the salt */
static void
make_iv(const MediaSeal *self, const uint8_t ssrc[4], uint64_t index, uint8_t iv[MEDIA_SEAL_IV_BYTES])
{
    memset(iv, 0, 2);
    memcpy(iv + 2, ssrc, 4);
    for (unsigned i = 0; i < 6; i++)
        iv[6 + i] = (uint8_t)(index >> (40 - 8 * i));
    for (unsigned i = 0; i < MEDIA_SEAL_IV_BYTES; i++)
        iv[i] ^= self->salt[i];
}

bool
media_seal_packet(MediaSeal *self, const MediaSealJob *job)
{
    uint8_t iv[MEDIA_SEAL_IV_BYTES];

    make_iv(self, job->packet + self->ssrc_offset, job->index, iv);
    return self->engine->seal(self->key, iv, job);
}

bool
media_seal_open(MediaSeal *self, uint32_t ssrc, uint64_t index, const MediaOpenJob *job)
{
    const uint8_t bytes[4] = { (uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8), (uint8_t)ssrc };
    uint8_t iv[MEDIA_SEAL_IV_BYTES];

    make_iv(self, bytes, index, iv);
    return self->engine->open(self->key, iv, job);
}
