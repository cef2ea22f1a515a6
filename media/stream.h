/* media/stream.h - what SDP agreed about one m-section, as plain data
 *
 * Made by sdp.c on the main thread, copied to the worker, read by receiver.c and sender.c. A value: nothing to free. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/codec.h"

G_BEGIN_DECLS

enum {
    MEDIA_MAX_STREAM_CODECS = 8,
    MEDIA_MID_MAX = 16,
    MEDIA_MAX_ENCODINGS = 3, /* of one source; more that are offered are not taken */
    MEDIA_RID_MAX = 16,
};

typedef struct {
    MediaCodec codec;
    uint8_t payload_type;
    uint8_t rtx_payload_type;                /* RFC 4588; 0: none (0 is PCMU and never RTX here) */
    uint8_t red_payload_type;                /* RFC 2198, of Opus; 0: none */
    bool nack, pli, fir, transport_cc, remb; /* RTCP feedback agreed for it */
} MediaStreamCodec;

/* One of several encodings of the same picture, told apart by rid (RFC 8852) or, by older senders, by SSRC alone. */
typedef struct {
    char rid[MEDIA_RID_MAX + 1]; /* "": none */
    uint32_t ssrc, rtx_ssrc;     /* 0: not said */
} MediaStreamEncoding;

typedef struct {
    MediaKind kind;
    char mid[MEDIA_MID_MAX + 1];
    unsigned n_codecs;
    MediaStreamCodec codecs[MEDIA_MAX_STREAM_CODECS]; /* most wanted first */

    /* RFC 8285 ids (1 ... 14 one byte, up to 255 two byte); 0: not agreed */
    uint8_t ext_mid, ext_rid, ext_repaired_rid, ext_audio_level, ext_transport_cc, ext_abs_send_time;
    uint8_t ext_dependency; /* AV1's Dependency Descriptor */

    /* receiving: what the offer said (0: not said, learn from MID or payload type); sending: what we announced */
    uint32_t ssrc, rtx_ssrc;

    /* receiving, simulcast: as offered; 0: one encoding, as above */
    unsigned n_encodings;
    MediaStreamEncoding encodings[MEDIA_MAX_ENCODINGS];
} MediaStream;

G_END_DECLS
