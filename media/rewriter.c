#include "media/rewriter.h"

#include <string.h>

#include "media/wire.h"

enum { ONE_BYTE_MAX_ID = 14 };

void
media_rewriter_init(MediaRewriter *self, const MediaStream *stream, uint16_t sequence, uint16_t rtx_sequence,
                    uint32_t timestamp)
{
    *self = (MediaRewriter){
        .ssrc = stream->ssrc,
        .rtx_ssrc = stream->rtx_ssrc,
        .rtx_sequence = rtx_sequence,
        .ext_audio_level = stream->kind == MEDIA_KIND_AUDIO ? stream->ext_audio_level : 0,
        .ext_transport_cc = stream->ext_transport_cc,
        .ext_abs_send_time = stream->ext_abs_send_time,
    };
    self->two_byte = self->ext_audio_level > ONE_BYTE_MAX_ID || self->ext_transport_cc > ONE_BYTE_MAX_ID ||
                     self->ext_abs_send_time > ONE_BYTE_MAX_ID;
    memset(self->payload_types, MEDIA_REWRITER_NO_TYPE, sizeof self->payload_types);
    memset(self->rtx_payload_types, MEDIA_REWRITER_NO_TYPE, sizeof self->rtx_payload_types);
    for (unsigned i = stream->n_codecs; i-- > 0;) { /* the most wanted of two for one codec wins */
        const MediaStreamCodec *row = &stream->codecs[i];

        self->payload_types[row->codec] = row->payload_type;
        self->rtx_payload_types[row->codec] =
            row->rtx_payload_type != 0 && stream->rtx_ssrc != 0 ? row->rtx_payload_type : MEDIA_REWRITER_NO_TYPE;
    }
    media_sequence_map_init(&self->sequences, sequence);
    media_timestamp_map_init(&self->timestamps, stream->kind == MEDIA_KIND_AUDIO ? 48000 : 90000, timestamp);
}

bool
media_rewriter_accepts(const MediaRewriter *self, MediaCodec codec)
{
    return self->payload_types[codec] != MEDIA_REWRITER_NO_TYPE;
}

bool
media_rewriter_has_rtx(const MediaRewriter *self, MediaCodec codec)
{
    return self->rtx_payload_types[codec] != MEDIA_REWRITER_NO_TYPE;
}

void
media_rewriter_restart(MediaRewriter *self, const MediaPacket *first, int64_t now_us)
{
    media_sequence_map_restart(&self->sequences, first->sequence);
    media_timestamp_map_restart(&self->timestamps, first->timestamp, now_us);
}

void
media_rewriter_restart_replay(MediaRewriter *self, const MediaPacket *first, const MediaPacket *live, int64_t now_us)
{
    media_sequence_map_restart(&self->sequences, first->sequence);
    media_timestamp_map_restart_squeezed(&self->timestamps, first->timestamp, live->timestamp, live->sequence, now_us);
}

bool
media_rewriter_map(MediaRewriter *self, const MediaPacket *packet, MediaRewritten *ret_rewritten)
{
    uint16_t sequence;

    if (!media_sequence_map_forward(&self->sequences, packet->sequence, &sequence))
        return false;
    *ret_rewritten = (MediaRewritten){
        .sequence = sequence,
        .timestamp = media_timestamp_map_get(&self->timestamps, packet->timestamp, packet->sequence),
    };
    return true;
}

/* 24 bits of 6.18 fixed point seconds. */
static uint32_t
to_abs_send_time(int64_t now_us)
{
    return (uint32_t)(((uint64_t)now_us % (64 * G_USEC_PER_SEC) << 18) / G_USEC_PER_SEC) & 0xffffff;
}

size_t
media_rewriter_write_header(MediaRewriter *self, const MediaPacket *packet, const MediaRewritten *rewritten,
                            uint8_t header[MEDIA_REWRITER_MAX_HEADER])
{
    MediaRtp rtp = {
        .payload_type = rewritten->rtx ? self->rtx_payload_types[packet->codec] : self->payload_types[packet->codec],
        .marker = packet->marker,
        .sequence = rewritten->rtx ? self->rtx_sequence++ : rewritten->sequence,
        .timestamp = rewritten->timestamp,
        .ssrc = rewritten->rtx ? self->rtx_ssrc : self->ssrc,
    };
    MediaRtpWriter writer;
    uint8_t value[3];

    media_rtp_writer_init(&writer, header, MEDIA_REWRITER_MAX_HEADER, &rtp, self->two_byte);
    if (self->ext_transport_cc != 0) {
        media_wire_put_16(value, rewritten->transport_sequence);
        media_rtp_writer_add(&writer, self->ext_transport_cc, value, 2);
    }
    if (self->ext_abs_send_time != 0) {
        media_wire_put_24(value, to_abs_send_time(rewritten->now_us));
        media_rtp_writer_add(&writer, self->ext_abs_send_time, value, 3);
    }
    if (self->ext_audio_level != 0 && packet->audio_level >= 0) {
        value[0] = (uint8_t)packet->audio_level;
        media_rtp_writer_add(&writer, self->ext_audio_level, value, 1);
    }
    return media_rtp_writer_finish(&writer);
}
