#include "media/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "media/prefetch.h"

enum {
    E_BIT = 0x80, /* RFC 3711 section 3.4: this SRTCP packet is encrypted */
};

/* RFC 3711 section 4.3.1 and 4.3.2; where the SSRC stands in a header */
static const struct {
    uint8_t key_label, auth_label, salt_label, ssrc_offset;
} uses[] = {
    [MEDIA_SEAL_RTP] = { 0, 1, 2, 8 },
    [MEDIA_SEAL_RTCP] = { 3, 4, 5, 4 },
};

struct MediaSeal {
    const MediaSealEngine *engine;
    void *key; /* owned, by the engine */
    MediaSealUse use;
    uint8_t salt[MEDIA_SRTP_MAX_SALT]; /* zeros behind the shorter one of an AEAD */
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
    &media_seal_cm,
};

static MediaSeal *
new_for(const MediaSrtpMaster *master, MediaSealUse use, MediaSealDirection direction, const MediaSealEngine *engine)
{
    const MediaSrtpProfileInfo *info = media_srtp_profile_get_info(master->profile);
    g_autoptr(MediaSeal) self = g_new0(MediaSeal, 1);
    uint8_t key[MEDIA_SRTP_MAX_KEY], auth_key[MEDIA_SEAL_AUTH_KEY_BYTES];
    const MediaSealKeys keys = { key, info->key_size, auth_key };

    derive(master, uses[use].key_label, key, info->key_size);
    derive(master, uses[use].auth_label, auth_key, sizeof(auth_key));
    derive(master, uses[use].salt_label, self->salt, info->salt_size);
    self->use = use;
    for (unsigned i = 0; self->key == NULL && i < G_N_ELEMENTS(engines); i++) {
        if (engines[i]->aead != info->aead || (engine != NULL && engine != engines[i]))
            continue;
        self->engine = engines[i];
        self->key = self->engine->new_key(&keys, direction);
    }
    OPENSSL_cleanse(key, sizeof(key));
    OPENSSL_cleanse(auth_key, sizeof(auth_key));
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

static void
write_number(uint8_t *bytes, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

/* The SSRC, the index in 48 bits, XORed with the salt: behind two zeros and 96 bits long for an AEAD (RFC 7714 sections
 * 8.1 and 9.1), behind four and 128 bits long otherwise (RFC 3711 section 4.1.1). */
static void
make_nonce(const MediaSeal *self, const uint8_t ssrc[4], uint64_t index, MediaSealNonce *ret_nonce)
{
    uint8_t *iv = ret_nonce->iv;
    unsigned start = self->engine->aead ? 2 : 4;

    memset(iv, 0, MEDIA_SEAL_IV_BYTES);
    memcpy(iv + start, ssrc, 4);
    write_number(iv + start + 4, index, 6);
    for (unsigned i = 0; i < MEDIA_SRTP_MAX_SALT; i++)
        iv[i] ^= self->salt[i];
    write_number(ret_nonce->trailer, self->use == MEDIA_SEAL_RTP ? index >> 16 : index, MEDIA_SEAL_TRAILER_BYTES);
    ret_nonce->trailer[0] |= self->use == MEDIA_SEAL_RTP ? 0 : E_BIT;
}

bool
media_seal_packet(MediaSeal *self, const MediaSealJob *job)
{
    MediaSealNonce nonce;

    make_nonce(self, job->packet + uses[self->use].ssrc_offset, job->index, &nonce);
    return self->engine->seal(self->key, &nonce, job);
}

void
media_seal_prefetch(const MediaSeal *self, unsigned ahead)
{
    if (ahead == 2)
        media_prefetch(self, sizeof *self);
    else
        self->engine->prefetch(self->key);
}

bool
media_seal_open(MediaSeal *self, uint32_t ssrc, uint64_t index, const MediaOpenJob *job)
{
    MediaSealNonce nonce;
    uint8_t bytes[4];

    write_number(bytes, ssrc, sizeof(bytes));
    make_nonce(self, bytes, index, &nonce);
    return self->engine->open(self->key, &nonce, job);
}
