/* media/rewriter.h - the header of one viewer's packets: own SSRC, numbers and times; payloads stay as they are
 *
 * A value, pure: packets in, headers out. The header of a viewer has the same length for every packet of a track, so
 * that packets of one size stay of one size. */
#pragma once

#include "media/rtp.h"
#include "media/sequence-map.h"
#include "media/sink.h"
#include "media/stream.h"
#include "media/timestamp-map.h"

G_BEGIN_DECLS

enum {
    MEDIA_REWRITER_MAX_HEADER = 64,
    MEDIA_REWRITER_NO_TYPE = 0xff,
};

typedef struct {
    uint32_t ssrc, rtx_ssrc;
    uint16_t rtx_sequence;
    uint8_t payload_types[MEDIA_N_CODECS]; /* MEDIA_REWRITER_NO_TYPE: not agreed */
    uint8_t rtx_payload_types[MEDIA_N_CODECS];
    uint8_t ext_audio_level, ext_transport_cc, ext_abs_send_time; /* 0: not agreed */
    bool two_byte;
    MediaSequenceMap sequences;
    MediaTimestampMap timestamps;
} MediaRewriter;

/* The numbers of one packet as this viewer gets it. */
typedef struct {
    bool rtx;
    uint16_t sequence; /* of the stream, also for RTX: its original sequence number */
    uint32_t timestamp;
    uint16_t transport_sequence;
    int64_t now_us;
} MediaRewritten;

/* The three random numbers are what RFC 3550 wants to be random. */
void media_rewriter_init(MediaRewriter *self, const MediaStream *stream, uint16_t sequence, uint16_t rtx_sequence,
                         uint32_t timestamp);

bool media_rewriter_accepts(const MediaRewriter *self, MediaCodec codec);
bool media_rewriter_has_rtx(const MediaRewriter *self, MediaCodec codec);

/* The packet is the first of another source, or after a break. */
void media_rewriter_restart(MediaRewriter *self, const MediaPacket *first, int64_t now_us);
/* The same from the store: first is a key frame, live the newest packet. */
void media_rewriter_restart_replay(MediaRewriter *self, const MediaPacket *first, const MediaPacket *live,
                                   int64_t now_us);

/* False when the viewer is not to get it: it lies before the restart. The same packet gets the same numbers again. */
bool media_rewriter_map(MediaRewriter *self, const MediaPacket *packet, MediaRewritten *ret_rewritten);

/* Returns the size of the header. For RTX the caller puts rewritten->sequence before the payload (RFC 4588). */
size_t media_rewriter_write_header(MediaRewriter *self, const MediaPacket *packet, const MediaRewritten *rewritten,
                                   uint8_t header[MEDIA_REWRITER_MAX_HEADER]);

G_END_DECLS
