#include "media/playout.h"

struct MediaPlayout {
    MediaWorker *worker; /* borrowed */
};

MediaPlayout *
media_playout_new(MediaWorker *worker)
{
    MediaPlayout *self = g_new0(MediaPlayout, 1);

    self->worker = worker;
    return self;
}

void
media_playout_free(MediaPlayout *self)
{
    g_free(self);
}

MediaTrack *
media_playout_get_track(MediaPlayout *self)
{
    (void)self;
    return NULL;
}

void
media_playout_play(MediaPlayout *self, MediaClip *clip, MediaWorkerFunc finished, void *data)
{
    (void)self;
    (void)clip;
    (void)finished;
    (void)data;
}

void
media_playout_stop(MediaPlayout *self)
{
    (void)self;
}
