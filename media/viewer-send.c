#include <string.h>

#include "media/viewer-priv.h"
#include "media/wire.h"

enum {
    MAX_JOIN_PADDING = 16,
    FIRST_REPORT_US = 100 * 1000,
    RTX_HEADER_SIZE = 2, /* the original sequence number */
};

/* Only packets that carry the number take one: the others would look lost. */
static uint16_t
next_transport_sequence(MediaViewer *self, size_t payload_size)
{
    return self->rewriter.ext_transport_cc != 0 ? media_downlink_number(self->line->downlink, payload_size) : 0;
}

static void
account(MediaViewer *self, size_t header_size, size_t payload_size, int64_t now_us)
{
    self->stats.packets++;
    self->stats.bytes += header_size + payload_size;
    media_bitrate_add(&self->bitrate, header_size + payload_size, now_us);
    self->payload.bytes += (uint32_t)payload_size;
    self->payload.any = true;
    if (self->line->reporting)
        return;
    if (self->line->first_sent_us == 0)
        self->line->first_sent_us = now_us;
    self->line->reporting = true;
    media_worker_start_timer(self->line->worker, &self->line->report_timer, now_us + FIRST_REPORT_US,
                             self->line->on_report, self->line->data);
}

void
media_viewer_add_to_burst(MediaViewer *self, MediaViewerBurst *burst, const MediaPacket *packet)
{
    g_assert(burst->n < MEDIA_TRACK_MAX_BURST);
    if (!media_rewriter_map(&self->rewriter, packet, &burst->rewritten[burst->n]))
        return;
    burst->padding[burst->n] = 0;
    burst->packets[burst->n++] = packet;
}

static uint16_t
get_size(const MediaViewerBurst *burst, size_t i)
{
    return burst->rewritten[i].empty ? 0 : burst->packets[i]->payload_size;
}

/* Neighbours that differ by a few bytes are made equal: a run of equal packets leaves in one call. */
static void
plan_padding(MediaViewerBurst *burst)
{
    for (size_t i = 0; i < burst->n;) {
        uint16_t smallest = get_size(burst, i);
        uint16_t largest = smallest;
        size_t end = i + 1;

        for (; end < burst->n; end++) {
            uint16_t size = get_size(burst, end);
            if (MAX(largest, size) - MIN(smallest, size) > MAX_JOIN_PADDING)
                break;
            smallest = MIN(smallest, size);
            largest = MAX(largest, size);
        }
        for (; i < end; i++)
            burst->padding[i] = (uint8_t)(largest - get_size(burst, i));
    }
}

/* As it lies in the store, where nothing in it has to change. */
static const uint8_t *
get_payload(const MediaPacket *packet, const MediaRewritten *rewritten, uint8_t copy[MEDIA_TRACK_MAX_PACKET])
{
    const uint8_t *payload = packet->data + packet->payload_offset;

    if (!media_rewriter_is_shifted(rewritten) || rewritten->empty)
        return payload;
    memcpy(copy, payload, packet->payload_size);
    media_descriptor_shift(&packet->layer, copy, rewritten->picture_offset, rewritten->base_offset);
    return copy;
}

void
media_viewer_send_burst(MediaViewer *self, MediaViewerBurst *burst)
{
    int64_t now_us = media_worker_now_us(self->line->worker);

    if (burst->n == 0)
        return;
    if (self->kind == MEDIA_KIND_VIDEO)
        plan_padding(burst);
    for (size_t i = 0; i < burst->n; i++) {
        const MediaPacket *packet = burst->packets[i];
        MediaRewritten *rewritten = &burst->rewritten[i];
        uint8_t header[MEDIA_REWRITER_MAX_HEADER];
        uint8_t copy[MEDIA_TRACK_MAX_PACKET];
        size_t red_size = rewritten->empty ? 0 : media_viewer_make_red(self, packet, copy);
        size_t size = red_size > 0 ? red_size : get_size(burst, i);
        uint8_t padding = rewritten->empty ? MAX(burst->padding[i], 1) : burst->padding[i];

        rewritten->now_us = now_us;
        rewritten->transport_sequence = next_transport_sequence(self, size + padding);
        size_t header_size = media_rewriter_write_header(&self->rewriter, packet, rewritten, header);
        const uint8_t *payload = red_size > 0 ? copy : get_payload(packet, rewritten, copy);
        if (red_size > 0)
            header[1] = (uint8_t)((header[1] & 0x80) | self->red.payload_type);
        media_transport_send_rtp(self->line->transport, header, header_size, payload, size, padding);
        media_timestamp_map_sent(&self->rewriter.timestamps, rewritten->timestamp, now_us);
        account(self, header_size, size, now_us);
        self->codec = packet->codec;
    }
    media_transport_flush(self->line->transport);
    burst->n = 0;
}

void
media_viewer_resend(MediaViewer *self, const MediaPacket *packet, MediaRewritten *rewritten)
{
    uint8_t header[MEDIA_REWRITER_MAX_HEADER];
    uint8_t copy[MEDIA_TRACK_MAX_PACKET];
    uint8_t rtx[RTX_HEADER_SIZE + MEDIA_TRACK_MAX_PACKET];
    const uint8_t *payload = get_payload(packet, rewritten, copy);
    size_t size = rewritten->empty ? 0 : packet->payload_size;

    rewritten->now_us = media_worker_now_us(self->line->worker);
    rewritten->rtx = media_rewriter_has_rtx(&self->rewriter, packet->codec);
    rewritten->transport_sequence = next_transport_sequence(self, size + (rewritten->rtx ? RTX_HEADER_SIZE : 0));
    size_t header_size = media_rewriter_write_header(&self->rewriter, packet, rewritten, header);
    if (rewritten->rtx) {
        media_wire_put_16(rtx, rewritten->sequence);
        memcpy(rtx + RTX_HEADER_SIZE, payload, size);
        payload = rtx;
        size += RTX_HEADER_SIZE;
    }
    media_transport_send_rtp(self->line->transport, header, header_size, payload, size, size == 0 ? 1 : 0);
    media_bitrate_add(&self->bitrate, header_size + size, rewritten->now_us);
    self->stats.retransmitted++;
}

bool
media_viewer_can_pad(const MediaViewer *self)
{
    return media_transport_get_state(self->line->transport) == MEDIA_TRANSPORT_READY &&
           self->rewriter.ext_transport_cc != 0 && self->codec != MEDIA_CODEC_NONE &&
           media_rewriter_has_rtx(&self->rewriter, self->codec);
}

bool
media_viewer_send_padding(MediaViewer *self, uint8_t size)
{
    MediaPacket nothing = { .codec = self->codec, .audio_level = -1 };
    uint8_t header[MEDIA_REWRITER_MAX_HEADER];

    if (!media_viewer_can_pad(self))
        return false;
    MediaRewritten rewritten = {
        .rtx = true,
        .timestamp = self->rewriter.timestamps.last_out,
        .transport_sequence = next_transport_sequence(self, size),
        .now_us = media_worker_now_us(self->line->worker),
    };
    size_t header_size = media_rewriter_write_header(&self->rewriter, &nothing, &rewritten, header);
    media_transport_send_rtp(self->line->transport, header, header_size, header, 0, size);
    return true;
}
