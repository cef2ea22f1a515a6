#include "media/sender.h"

struct MediaSender {
    MediaTransport *transport; /* borrowed */
};

struct MediaViewer {
    MediaTrack *track; /* borrowed */
};

MediaSender *
media_sender_new(MediaTransport *transport, const char *cname)
{
    MediaSender *self = g_new0(MediaSender, 1);

    (void)cname;
    self->transport = transport;
    return self;
}

void
media_sender_free(MediaSender *self)
{
    g_free(self);
}

MediaViewer *
media_sender_add_viewer(MediaSender *self, const MediaStream *stream)
{
    (void)self;
    (void)stream;
    return NULL;
}

void
media_sender_remove_viewer(MediaSender *self, MediaViewer *viewer)
{
    (void)self;
    (void)viewer;
}

void
media_sender_on_rtcp(MediaSender *self, const uint8_t *packet, size_t size, int64_t arrival_us)
{
    (void)self;
    (void)packet;
    (void)size;
    (void)arrival_us;
}

void
media_sender_on_ready(MediaSender *self)
{
    (void)self;
}

void
media_viewer_set_track(MediaViewer *self, MediaTrack *track)
{
    self->track = track;
}

MediaTrack *
media_viewer_get_track(const MediaViewer *self)
{
    return self->track;
}

void
media_viewer_get_stats(const MediaViewer *self, MediaViewerStats *ret_stats)
{
    (void)self;
    *ret_stats = (MediaViewerStats){ 0 };
}
