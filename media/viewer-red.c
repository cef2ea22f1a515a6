#include "media/viewer-priv.h"

size_t
media_viewer_make_red(MediaViewer *self, const MediaPacket *packet, uint8_t payload[MEDIA_TRACK_MAX_PACKET])
{
    MediaTrack *track = media_viewer_get_tap(self)->track;
    MediaRedBlock older[MEDIA_RED_GENERATIONS];
    MediaRedBlock newest = {
        .payload_type = self->rewriter.payload_types[MEDIA_CODEC_OPUS],
        .size = packet->payload_size,
        .data = packet->data + packet->payload_offset,
    };
    size_t n = 0;

    if (self->red.now.generations == 0 || track == NULL || packet->codec != MEDIA_CODEC_OPUS)
        return 0;
    for (uint64_t back = 1; back <= self->red.now.generations; back++) {
        MediaRedBlock *block = &older[MEDIA_RED_GENERATIONS - back];
        MediaPacket before;

        if (!media_track_find(track, packet->sequence - back, &before) || before.codec != MEDIA_CODEC_OPUS)
            break;
        *block = (MediaRedBlock){
            .payload_type = newest.payload_type,
            .timestamp_offset = packet->timestamp - before.timestamp,
            .size = before.payload_size,
            .data = before.data + before.payload_offset,
        };
        n++;
    }
    size_t size = n > 0 ? media_red_build(&newest, older + MEDIA_RED_GENERATIONS - n, n, payload,
                                          MEDIA_TRACK_MAX_PACKET - MEDIA_REWRITER_MAX_HEADER)
                        : 0;
    self->stats.redundant += size > 0;
    return size;
}
