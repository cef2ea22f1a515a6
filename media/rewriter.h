/* media/rewriter.h - what one viewer's packets look like: own SSRC, numbers and times
 *
 * Payloads stay as they are, but for the picture numbers in the descriptors of VP8 and VP9, where another encoding took
 * over or layers are left out. Temporal layers are left out whole, taken up again only where that decodes.
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

/* Where the viewer's picture numbers stand. */
typedef struct {
    bool numbered, based; /* any was sent */
    uint16_t picture;
    uint8_t base;
    uint16_t dropped; /* the source's number of the frame that was left out last */
} MediaPictureLine;

typedef struct {
    uint32_t ssrc, rtx_ssrc;
    uint16_t rtx_sequence;
    uint8_t payload_types[MEDIA_N_CODECS]; /* MEDIA_REWRITER_NO_TYPE: not agreed */
    uint8_t rtx_payload_types[MEDIA_N_CODECS];
    uint8_t ext_audio_level, ext_transport_cc, ext_abs_send_time; /* 0: not agreed */
    bool two_byte;
    uint8_t wanted_temporal;  /* the highest layer that the viewer is to get, once that is possible */
    uint32_t frame_timestamp; /* of the newest packet that came */
    MediaPictureLine pictures;
    MediaTimestampMap timestamps, before; /* of this generation and the last */
    MediaSequenceMap sequences;           /* the last: it is long, and little of it is read for a packet */
} MediaRewriter;

/* The numbers of one packet as this viewer gets it. */
typedef struct {
    bool rtx;
    bool empty; /* it came too late to leave no hole: padding fills its place */
    uint8_t base_offset;
    uint16_t picture_offset;
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
/* The same of a frame that takes long to get there, see timestamp-map.h. */
void media_rewriter_restart_ahead(MediaRewriter *self, const MediaPacket *first, uint32_t ahead_us, int64_t now_us);
/* The same from the store: first is a key frame, live the newest packet. */
void media_rewriter_restart_replay(MediaRewriter *self, const MediaPacket *first, const MediaPacket *live,
                                   int64_t now_us);

/* The same, of another encoding of the picture that is being sent; offset: see timestamp-map.h. What was sent of the
 * last one can still be sent again. */
void media_rewriter_switch(MediaRewriter *self, const MediaPacket *first, uint32_t offset, int64_t now_us);

/* Whether it is the next of its generation; its numbers. False when the viewer is not to get it: it lies before the
 * restart, or in a layer that is left out. */
bool media_rewriter_map(MediaRewriter *self, const MediaPacket *packet, MediaRewritten *ret_rewritten);

/* The viewer is not to get this packet, whatever its layer. */
void media_rewriter_skip(MediaRewriter *self, const MediaPacket *packet);

/* Which packet the viewer knows by this number, and in which generation (see sequence-map.h) to look for it. */
const MediaSequenceRun *media_rewriter_find(const MediaRewriter *self, uint16_t sequence, uint64_t *ret_source);
bool media_rewriter_is_current(const MediaRewriter *self, const MediaSequenceRun *run);
/* The same numbers again. */
void media_rewriter_repeat(const MediaRewriter *self, const MediaSequenceRun *run, const MediaPacket *packet,
                           uint16_t sequence, MediaRewritten *ret_rewritten);

/* Whether the payload must be copied and given to media_descriptor_shift(). */
bool media_rewriter_is_shifted(const MediaRewritten *rewritten);

/* Returns the size of the header. For RTX the caller puts rewritten->sequence before the payload (RFC 4588). */
size_t media_rewriter_write_header(MediaRewriter *self, const MediaPacket *packet, const MediaRewritten *rewritten,
                                   uint8_t header[MEDIA_REWRITER_MAX_HEADER]);

G_END_DECLS
