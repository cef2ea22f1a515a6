/* Sealing what goes out and opening what comes in, packets of 1,200 bytes. */
#include <string.h>

#include "bench/micro/part.h"
#include "media/srtp-in.h"
#include "media/srtp-out.h"

enum { PACKET_BYTES = 1200, HEADER_BYTES = 20, ROOM = PACKET_BYTES + MEDIA_SRTP_MAX_TRAILER, N_OPEN = 500 };

typedef enum {
    GCM_EVP,
    GCM_MB,
    SHA1_80,
} Cipher;

static const MediaSealEngine *
get_engine(Cipher cipher)
{
#ifdef HAVE_IPSEC_MB
    if (cipher == GCM_MB)
        return &media_seal_mb;
#endif
    return cipher == GCM_EVP ? &media_seal_evp : NULL;
}

typedef struct {
    MediaSrtpOut *out;
    MediaSrtpIn *in;
    uint16_t sequence;
    uint8_t payload[PACKET_BYTES - HEADER_BYTES];
    uint8_t (*packets)[ROOM];
    size_t size; /* of each, sealed */
} Crypto;

static void *
set_up_crypto(int how)
{
    MediaSrtpMaster master = { .profile = how == SHA1_80 ? MEDIA_SRTP_AES128_CM_SHA1_80 : MEDIA_SRTP_AEAD_AES_128_GCM };

    if (how == GCM_MB && get_engine(GCM_MB) == NULL)
        return NULL;
    MediaSrtpOut *out = media_srtp_out_new(&master, get_engine((Cipher)how));
    if (out == NULL) /* the engine does not work here */
        return NULL;
    Crypto *self = g_new0(Crypto, 1);
    self->out = out;
    self->in = media_srtp_in_new(&master, NULL);
    self->packets = g_malloc0(sizeof(self->packets[0]) * N_OPEN);
    g_assert(self->in != NULL);
    return self;
}

static void
tear_down_crypto(void *state)
{
    Crypto *self = state;

    media_srtp_out_free(self->out);
    media_srtp_in_free(self->in);
    g_free(self->packets);
    g_free(self);
}

static void
seal(Crypto *self, uint8_t *packet)
{
    uint16_t sequence = self->sequence++;
    const uint8_t header[HEADER_BYTES] = {
        0x90, 96, (uint8_t)(sequence >> 8), (uint8_t)sequence, 0, 0, 0, 0, 1, 2, 3, 4, 0xbe, 0xde, 0, 1
    };
    MediaSealJob job = {
        .packet = packet,
        .header_size = HEADER_BYTES,
        .payload = self->payload,
        .payload_size = sizeof(self->payload),
    };

    memcpy(packet, header, sizeof(header));
    bool sealed = media_srtp_out_protect_rtp(self->out, &job);
    g_assert(sealed);
}

static void
run_seal(void *state, unsigned n_ops)
{
    Crypto *self = state;

    for (unsigned i = 0; i < n_ops; i++)
        seal(self, self->packets[0]);
}

static void
prepare_open(void *state)
{
    Crypto *self = state;

    self->size = PACKET_BYTES + media_srtp_out_get_overhead(self->out);
    for (unsigned i = 0; i < N_OPEN; i++)
        seal(self, self->packets[i]);
}

static void
run_open(void *state, unsigned n_ops)
{
    Crypto *self = state;

    for (unsigned i = 0; i < n_ops; i++) {
        size_t size = self->size;
        bool opened = media_srtp_in_unprotect_rtp(self->in, self->packets[i], &size);
        g_assert(opened);
    }
}

const MicroPart micro_crypto[] = {
    { "seal, AES-GCM by OpenSSL", 20000, set_up_crypto, GCM_EVP, NULL, run_seal, tear_down_crypto },
    { "seal, AES-GCM by libIPSec_MB", 20000, set_up_crypto, GCM_MB, NULL, run_seal, tear_down_crypto },
    { "seal, AES-CM and SHA1-80 by OpenSSL", 5000, set_up_crypto, SHA1_80, NULL, run_seal, tear_down_crypto },
    { "open, AES-GCM", N_OPEN, set_up_crypto, GCM_EVP, prepare_open, run_open, tear_down_crypto },
    { "open, AES-CM and SHA1-80", N_OPEN, set_up_crypto, SHA1_80, prepare_open, run_open, tear_down_crypto },
    { NULL },
};
