#include "media/rewriter.h"

#include <string.h>

#include "media/wire.h"

enum {
    ONE_BYTE_MAX_ID = 14,
    NO_PICTURE = 0xffff,
};

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
        .wanted_temporal = MEDIA_MAX_TEMPORAL_LAYERS - 1,
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

/* The numbers of the next pictures follow on those that were sent. */
static void
begin_pictures(MediaRewriter *self, const MediaPacket *first)
{
    const MediaPictureLine *line = &self->pictures;
    const MediaDescriptor *layer = &first->layer;
    MediaSequenceMark mark = { .max_temporal = self->wanted_temporal };

    if (layer->picture_at != 0 && line->numbered)
        mark.picture_offset = (uint16_t)(line->picture + 1 - layer->picture);
    if (layer->base_at != 0 && line->based)
        mark.base_offset = (uint8_t)(line->base + 1 - layer->base);
    self->sequences.mark = mark;
    self->pictures.dropped = NO_PICTURE;
    self->frame_timestamp = first->timestamp;
}

void
media_rewriter_restart(MediaRewriter *self, const MediaPacket *first, int64_t now_us)
{
    media_rewriter_restart_ahead(self, first, 0, now_us);
}

void
media_rewriter_restart_ahead(MediaRewriter *self, const MediaPacket *first, uint32_t ahead_us, int64_t now_us)
{
    begin_pictures(self, first);
    media_sequence_map_restart(&self->sequences, first->sequence);
    media_timestamp_map_restart_ahead(&self->timestamps, first->timestamp, ahead_us, now_us);
}

void
media_rewriter_restart_replay(MediaRewriter *self, const MediaPacket *first, const MediaPacket *live, int64_t now_us)
{
    begin_pictures(self, first);
    media_sequence_map_restart(&self->sequences, first->sequence);
    media_timestamp_map_restart_squeezed(&self->timestamps, first->timestamp, live->timestamp, live->sequence, now_us);
}

void
media_rewriter_switch(MediaRewriter *self, const MediaPacket *first, uint32_t offset, int64_t now_us)
{
    begin_pictures(self, first);
    media_sequence_map_switch(&self->sequences, first->sequence);
    self->before = self->timestamps;
    media_timestamp_map_switch(&self->timestamps, first->timestamp, offset, now_us);
}

/* Up where the stream says that it decodes from there, down with the next frame. */
static void
adjust_layer(MediaRewriter *self, const MediaPacket *packet)
{
    MediaSequenceMark mark = self->sequences.mark;
    const MediaDescriptor *layer = &packet->layer;

    if (self->wanted_temporal > mark.max_temporal) {
        if (layer->temporal <= mark.max_temporal && layer->opens > mark.max_temporal)
            mark.max_temporal = MIN(layer->opens, self->wanted_temporal);
        else if (layer->enters && layer->temporal == mark.max_temporal + 1)
            mark.max_temporal++;
    } else if (packet->timestamp != self->frame_timestamp) {
        mark.max_temporal = self->wanted_temporal;
    }
    if (mark.max_temporal != self->sequences.mark.max_temporal)
        media_sequence_map_set_mark(&self->sequences, packet->sequence, &mark);
}

/* VP8's receivers wait for pictures whose numbers are missing; VP9's know which ones they need. */
static void
leave_out(MediaRewriter *self, const MediaPacket *packet)
{
    const MediaDescriptor *layer = &packet->layer;

    if (packet->codec == MEDIA_CODEC_VP8 && layer->picture_at != 0 && layer->picture != self->pictures.dropped) {
        self->pictures.dropped = layer->picture;
        self->sequences.mark.picture_offset--;
    }
    media_sequence_map_skip(&self->sequences, packet->sequence);
}

static void
note_picture(MediaPictureLine *line, const MediaDescriptor *layer, const MediaSequenceMark *mark)
{
    if (layer->picture_at != 0) {
        line->numbered = true;
        line->picture = (uint16_t)(layer->picture + mark->picture_offset);
    }
    if (layer->base_at != 0) {
        line->based = true;
        line->base = (uint8_t)(layer->base + mark->base_offset);
    }
}

bool
media_rewriter_map(MediaRewriter *self, const MediaPacket *packet, MediaRewritten *ret_rewritten)
{
    bool newest = packet->sequence > self->sequences.highest_source;
    uint16_t sequence;

    if (newest) {
        if (self->wanted_temporal != self->sequences.mark.max_temporal)
            adjust_layer(self, packet);
        self->frame_timestamp = packet->timestamp;
        if (packet->layer.temporal > self->sequences.mark.max_temporal) {
            leave_out(self, packet);
            return false;
        }
    }
    const MediaSequenceRun *run = media_sequence_map_forward(&self->sequences, packet->sequence, &sequence);
    if (run == NULL)
        return false;
    if (newest)
        note_picture(&self->pictures, &packet->layer, &run->mark);
    media_rewriter_repeat(self, run, packet, sequence, ret_rewritten);
    return true;
}

void
media_rewriter_skip(MediaRewriter *self, const MediaPacket *packet)
{
    if (packet->sequence > self->sequences.highest_source)
        leave_out(self, packet);
}

const MediaSequenceRun *
media_rewriter_find(const MediaRewriter *self, uint16_t sequence, uint64_t *ret_source)
{
    return media_sequence_map_backward(&self->sequences, sequence, ret_source);
}

bool
media_rewriter_is_current(const MediaRewriter *self, const MediaSequenceRun *run)
{
    return run->generation == self->sequences.generation;
}

void
media_rewriter_repeat(const MediaRewriter *self, const MediaSequenceRun *run, const MediaPacket *packet,
                      uint16_t sequence, MediaRewritten *ret_rewritten)
{
    const MediaTimestampMap *timestamps = media_rewriter_is_current(self, run) ? &self->timestamps : &self->before;

    *ret_rewritten = (MediaRewritten){
        .empty = packet->layer.temporal > run->mark.max_temporal,
        .base_offset = run->mark.base_offset,
        .picture_offset = run->mark.picture_offset,
        .sequence = sequence,
        .timestamp = media_timestamp_map_get(timestamps, packet->timestamp, packet->sequence),
    };
}

bool
media_rewriter_is_shifted(const MediaRewritten *rewritten)
{
    return rewritten->base_offset != 0 || rewritten->picture_offset != 0;
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
        .marker = packet->marker && !rewritten->empty,
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
