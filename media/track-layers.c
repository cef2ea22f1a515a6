#include "media/track-layers.h"

#include "media/descriptor.h"

enum {
    MEMORY_US = 10 * 1000 * 1000, /* of pauses */
};

/* Whoever sends the extension may leave the layers out of the payload (Chromium does, of VP8). */
static void
read_dependency(MediaTrackLayers *self, const MediaTrackInput *input, MediaDescriptor *layer)
{
    MediaDescriptor said;

    if (input->dependency == NULL ||
        !media_dependency_read(&self->dependency, input->dependency, input->dependency_size, &said))
        return;
    layer->temporal = said.temporal;
    layer->opens = said.opens;
}

void
media_track_layers_read(MediaTrackLayers *self, const MediaTrackInput *input, MediaPacket *packet)
{
    if (input->layer != NULL) {
        packet->layer = *input->layer;
    } else {
        media_descriptor_parse(packet->codec, packet->data + packet->payload_offset, packet->payload_size,
                               &packet->layer);
        if (packet->codec != MEDIA_CODEC_VP9) /* its payload says it always */
            read_dependency(self, input, &packet->layer);
    }
    if (packet->keyframe)
        packet->layer.opens = MEDIA_MAX_TEMPORAL_LAYERS - 1; /* nothing goes back beyond it */
}

static void
note_pause(MediaTrackLayers *self, int64_t now_us)
{
    int64_t gap_us = self->last_us != 0 ? now_us - self->last_us : 0;

    self->last_us = now_us;
    if (gap_us > 0 && gap_us < MEDIA_TRACK_STOPPED_US)
        self->pause_us = MAX(gap_us, self->pause_us - self->pause_us * gap_us / MEMORY_US);
}

void
media_track_layers_count(MediaTrackLayers *self, const MediaPacket *packet)
{
    note_pause(self, packet->arrival_us);
    if (packet->layer.temporal > 0)
        media_bitrate_add(&self->bitrates[packet->layer.temporal], packet->size, packet->arrival_us);
}

size_t
media_track_layers_get_bitrates(const MediaTrackLayers *self, uint32_t total, int64_t now_us,
                                uint32_t bitrates[MEDIA_MAX_TEMPORAL_LAYERS])
{
    uint32_t above = 0;
    size_t n = 0;

    for (size_t i = MEDIA_MAX_TEMPORAL_LAYERS; i-- > 0;) {
        bitrates[i] = total > above ? total - above : 0;
        uint32_t own = i > 0 ? media_bitrate_get(&self->bitrates[i], now_us) : bitrates[i];
        if (n == 0 && own > 0)
            n = i + 1;
        above += own;
    }
    return n;
}
