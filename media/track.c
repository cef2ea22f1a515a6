#include "media/track.h"

struct MediaTrack {
    MediaWorker *worker; /* borrowed */
    MediaKind kind;
    bool paused;
};

MediaWorker *
media_track_get_worker(const MediaTrack *self)
{
    return self->worker;
}

MediaKind
media_track_get_kind(const MediaTrack *self)
{
    return self->kind;
}

MediaCodec
media_track_get_codec(const MediaTrack *self)
{
    (void)self;
    return MEDIA_CODEC_NONE;
}

void
media_track_add_sink(MediaTrack *self, MediaSink *sink)
{
    (void)self;
    (void)sink;
}

void
media_track_remove_sink(MediaTrack *self, MediaSink *sink)
{
    (void)self;
    (void)sink;
}

void
media_track_set_paused(MediaTrack *self, bool paused)
{
    self->paused = paused;
}

bool
media_track_get_paused(const MediaTrack *self)
{
    return self->paused;
}

void
media_track_request_keyframe(MediaTrack *self)
{
    (void)self;
}

size_t
media_track_replay(MediaTrack *self, void (*func)(const MediaPacket *packet, void *data), void *data)
{
    (void)self;
    (void)func;
    (void)data;
    return 0;
}

bool
media_track_find(MediaTrack *self, uint64_t sequence, MediaPacket *ret_packet)
{
    (void)self;
    (void)sequence;
    (void)ret_packet;
    return false;
}

bool
media_track_get_sender_report(const MediaTrack *self, MediaSenderReport *ret_report)
{
    (void)self;
    (void)ret_report;
    return false;
}

void
media_track_get_stats(const MediaTrack *self, MediaTrackStats *ret_stats)
{
    (void)self;
    *ret_stats = (MediaTrackStats){ .audio_level = -1 };
}
