/* media/seal.h - what SRTP does to one packet: AEAD_AES_128_GCM and AEAD_AES_256_GCM (RFC 7714) by the fastest engine there is,
 * AES_CM_128_HMAC_SHA1_80 (RFC 3711) by OpenSSL
 *
 * Ownership: whoever made it; MediaSrtpOut for what goes out, MediaSrtpIn for what comes in.
 * Thread:    one seal belongs to one thread. */
#pragma once

#include "media/srtp-keys.h"

G_BEGIN_DECLS

enum {
    MEDIA_SEAL_MAX_TAG = 16,
    MEDIA_SEAL_IV_BYTES = 16, /* of which an AEAD takes 12 */
    MEDIA_SEAL_TRAILER_BYTES = 4,
    MEDIA_SEAL_AUTH_KEY_BYTES = 20, /* of HMAC-SHA1 */
};

/* What is another for every packet. */
typedef struct {
    uint8_t iv[MEDIA_SEAL_IV_BYTES];
    uint8_t trailer[MEDIA_SEAL_TRAILER_BYTES]; /* HMAC covers it behind the packet: roll-over counter, or SRTCP index */
} MediaSealNonce;

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

/* What is opened in place: header and text stand in packet, then, within size, the tag. */
typedef struct {
    const uint8_t *aad;
    size_t aad_size;
    uint8_t *text;
    size_t text_size;
    const uint8_t *tag;
} MediaOpenJob;

typedef enum {
    MEDIA_SEAL_OUT,
    MEDIA_SEAL_IN,
} MediaSealDirection;

typedef struct {
    const uint8_t *key;
    size_t key_size;
    const uint8_t *auth_key; /* MEDIA_SEAL_AUTH_KEY_BYTES; not of an AEAD */
} MediaSealKeys;

typedef struct {
    const char *name;
    bool aead;
    /* A kept key for one direction; NULL when the engine does not work on this machine. */
    void *(*new_key)(const MediaSealKeys *keys, MediaSealDirection direction);
    void (*free_key)(void *key);
    bool (*seal)(void *key, const MediaSealNonce *nonce, const MediaSealJob *job);
    bool (*open)(void *key, const MediaSealNonce *nonce, const MediaOpenJob *job);
    void (*prefetch)(const void *key); /* what a short packet reads of it, see prefetch.h */
} MediaSealEngine;

extern const MediaSealEngine media_seal_evp;
extern const MediaSealEngine media_seal_cm; /* the only one that is not of an AEAD */
#ifdef HAVE_IPSEC_MB
extern const MediaSealEngine media_seal_mb;
#endif

typedef enum {
    MEDIA_SEAL_RTP,
    MEDIA_SEAL_RTCP,
} MediaSealUse;

typedef struct MediaSeal MediaSeal;

/* Derives the session keys and salt (RFC 3711 section 4.3). engine NULL: the best one for the profile. NULL when the engine
 * does not work here, or not for the profile; those of OpenSSL always do. */
MediaSeal *media_seal_new(const MediaSrtpMaster *master, MediaSealUse use, const MediaSealEngine *engine);
MediaSeal *media_seal_new_opening(const MediaSrtpMaster *master, MediaSealUse use, const MediaSealEngine *engine);
void media_seal_free(MediaSeal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaSeal, media_seal_free)

/* Never seal two packets with the same SSRC and index: one would give away the other. */
bool media_seal_packet(MediaSeal *self, const MediaSealJob *job);

/* A packet will be sealed in so many turns (2, 1), see prefetch.h. */
void media_seal_prefetch(const MediaSeal *self, unsigned ahead);

/* Of one that opens. False: not authentic; then text is worth nothing. */
bool media_seal_open(MediaSeal *self, uint32_t ssrc, uint64_t index, const MediaOpenJob *job);

G_END_DECLS
