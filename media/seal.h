/* media/seal.h - AEAD_AES_128_GCM and AEAD_AES_256_GCM for what goes out (RFC 7714), by the fastest engine there is
 *
 * Ownership: whoever made it; MediaSrtpOut.
 * Thread:    one seal belongs to one thread. */
#pragma once

#include "media/srtp-keys.h"

G_BEGIN_DECLS

enum { MEDIA_SEAL_TAG_BYTES = 16, MEDIA_SEAL_IV_BYTES = 12 };

/* packet holds the header already; ciphertext and tag are written behind it. padding bytes of RTP padding (zeros and
 * their number, RFC 3550 section 5.1) follow the payload; the P bit is the caller's. */
typedef struct {
    uint8_t *packet;
    size_t header_size;
    const uint8_t *payload;
    size_t payload_size;
    uint8_t padding;
    uint64_t index; /* RTP: roll-over counter and sequence number, 48 bits; RTCP: the SRTCP index, 31 bits */
} MediaSealJob;

typedef struct {
    const char *name;
    /* A kept key; NULL when the engine does not work on this machine. */
    void *(*new_key)(const uint8_t *key, size_t key_size);
    void (*free_key)(void *key);
    bool (*seal)(void *key, const uint8_t iv[MEDIA_SEAL_IV_BYTES], const MediaSealJob *job);
} MediaSealEngine;

extern const MediaSealEngine media_seal_evp;
#ifdef HAVE_IPSEC_MB
extern const MediaSealEngine media_seal_mb;
#endif

typedef enum {
    MEDIA_SEAL_RTP,
    MEDIA_SEAL_RTCP,
} MediaSealUse;

typedef struct MediaSeal MediaSeal;

/* Derives the session key and salt (RFC 3711 section 4.3). engine NULL: the best one. NULL when the engine does not
 * work here, which EVP always does. The profile has to be an AEAD one. */
MediaSeal *media_seal_new(const MediaSrtpMaster *master, MediaSealUse use, const MediaSealEngine *engine);
void media_seal_free(MediaSeal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaSeal, media_seal_free)

/* Never seal two packets with the same SSRC and index: one would give away the other. */
bool media_seal_packet(MediaSeal *self, const MediaSealJob *job);

G_END_DECLS
