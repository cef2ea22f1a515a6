#include "media/peer-stats.h"

#include "media/encodings.h"
#include "media/viewer.h"

uint32_t
media_peer_stats_get_jitter_us(const MediaTrack *track, const MediaTrackStats *stats)
{
    uint32_t rate = media_codec_get_clock_rate(media_track_get_codec(track));

    return rate != 0 ? (uint32_t)((uint64_t)stats->jitter * G_USEC_PER_SEC / rate) : 0;
}

void
media_peer_stats_add_track(MediaPeerStats *self, const MediaTrack *track, int64_t now_us)
{
    MediaTrackStats one;

    self->up_bitrate += media_encodings_get_stats(track, &one);
    self->up_loss_percent = MAX(self->up_loss_percent, one.loss_percent);
    if (media_track_get_kind(track) == MEDIA_KIND_AUDIO)
        self->audio_level = one.audio_level;
    int64_t silent_us = one.last_packet_us == 0 ? now_us : now_us - one.last_packet_us;
    if (self->silent_us < 0 || silent_us < self->silent_us)
        self->silent_us = silent_us;
    if (media_track_get_kind(track) == MEDIA_KIND_VIDEO && one.packets > 0)
        self->picture_silent_us = MAX(self->picture_silent_us, silent_us);
    self->up_jitter_us = MAX(self->up_jitter_us, media_peer_stats_get_jitter_us(track, &one));
    if (self->n_sources < G_N_ELEMENTS(self->sources))
        self->sources[self->n_sources++] = one;
}

void
media_peer_stats_add_viewer(MediaPeerStats *self, const MediaViewer *viewer, unsigned slot)
{
    MediaViewerLayer layers[MEDIA_MAX_LAYERS];
    MediaViewerStats one;

    media_viewer_get_stats(viewer, &one);
    size_t n_layers = media_viewer_get_layers(viewer, layers);
    self->wanted += n_layers > 0 ? layers[n_layers - 1].bitrate : one.bitrate;
    if (one.suspended && media_viewer_get_track(viewer) != NULL)
        self->suspended[slot / 64] |= UINT64_C(1) << slot % 64;
    self->down_bitrate += one.bitrate;
    self->down_loss_percent = MAX(self->down_loss_percent, one.loss_percent);
    self->rtt_us = MAX(self->rtt_us, one.rtt_us);
}
