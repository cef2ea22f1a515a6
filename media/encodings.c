#include "media/encodings.h"

#include <string.h>

#include "media/follower.h"
#include "media/track-input.h"

enum {
    SILENT_US =
        300 * 1000, /* behind the liveliest one: it has stopped. Nine frames at 30/s; viewers freeze meanwhile */
    PAUSES = 2, /* of one that often stumbles, twice its longest: leaving it costs key frames, which make it stumble */
};

struct MediaEncodings {
    MediaWorker *worker; /* borrowed */
    unsigned n_tracks;
    MediaTrack *tracks[MEDIA_MAX_ENCODINGS]; /* borrowed */
    GPtrArray *watches;                      /* borrowed MediaEncodingsWatch */
    GPtrArray *followers;                    /* owned MediaFollower */
    guint next_watch;                        /* while ticking */
    MediaTimer timer;
};

static void
on_tick(void *data)
{
    MediaEncodings *self = data;

    for (self->next_watch = 0; self->next_watch < self->watches->len;) {
        MediaEncodingsWatch *watch = self->watches->pdata[self->next_watch++];
        watch->tick(watch);
    }
    if (self->watches->len > 0)
        media_worker_start_timer(self->worker, &self->timer,
                                 media_worker_now_us(self->worker) + MEDIA_ENCODINGS_TICK_US, on_tick, self);
}

MediaEncodings *
media_encodings_new(MediaTrack *const *tracks, unsigned n_tracks)
{
    g_assert(n_tracks > 0 && n_tracks <= MEDIA_MAX_ENCODINGS);
    MediaEncodings *self = g_new0(MediaEncodings, 1);

    self->worker = media_track_get_worker(tracks[0]);
    self->n_tracks = n_tracks;
    memcpy(self->tracks, tracks, n_tracks * sizeof *tracks);
    self->watches = g_ptr_array_new();
    self->followers = g_ptr_array_new_with_free_func((GDestroyNotify)media_follower_free);
    for (unsigned i = 0; i < n_tracks; i++)
        media_track_set_encodings(tracks[i], self);
    return self;
}

void
media_encodings_free(MediaEncodings *self)
{
    if (self == NULL)
        return;
    while (self->followers->len > 0) {
        MediaSink *sink = media_follower_get_sink(self->followers->pdata[self->followers->len - 1]);
        g_ptr_array_set_size(self->followers, (int)self->followers->len - 1);
        if (sink->klass->track_gone != NULL)
            sink->klass->track_gone(sink, self->tracks[0]);
    }
    g_ptr_array_unref(self->followers);
    for (unsigned i = 0; i < self->n_tracks; i++)
        media_track_set_encodings(self->tracks[i], NULL);
    media_worker_stop_timer(self->worker, &self->timer);
    g_ptr_array_unref(self->watches);
    g_free(self);
}

unsigned
media_encodings_get_n_tracks(const MediaEncodings *self)
{
    return self->n_tracks;
}

MediaTrack *
media_encodings_get_track(const MediaEncodings *self, unsigned i)
{
    g_assert(i < self->n_tracks);
    return self->tracks[i];
}

typedef struct {
    MediaTrack *track;
    uint32_t pixels, bitrate;
    int64_t last_us, silent_us; /* for so long it does not count as stopped */
} Entry;

/* By size where both say it, else by what they use. */
static bool
is_larger(const Entry *one, const Entry *other)
{
    if (one->pixels != 0 && other->pixels != 0 && one->pixels != other->pixels)
        return one->pixels > other->pixels;
    return one->bitrate > other->bitrate;
}

static void
insert_sorted(Entry *entries, unsigned n, const Entry *entry)
{
    unsigned at = n;

    for (; at > 0 && is_larger(&entries[at - 1], entry); at--)
        entries[at] = entries[at - 1];
    entries[at] = *entry;
}

unsigned
media_encodings_get_flowing(const MediaEncodings *self, MediaTrack *tracks[MEDIA_MAX_ENCODINGS])
{
    Entry entries[MEDIA_MAX_ENCODINGS];
    int64_t newest_us = 0;
    unsigned n = 0, n_flowing = 0;

    for (unsigned i = 0; i < self->n_tracks; i++) {
        MediaTrackStats stats;

        media_track_get_stats(self->tracks[i], &stats);
        if (stats.last_packet_us == 0)
            continue;
        Entry entry = {
            .track = self->tracks[i],
            .pixels = (uint32_t)stats.width * stats.height,
            .bitrate = stats.bitrate,
            .last_us = stats.last_packet_us,
            .silent_us = CLAMP(PAUSES * stats.pause_us, SILENT_US, MEDIA_TRACK_STOPPED_US),
        };
        newest_us = MAX(newest_us, entry.last_us);
        insert_sorted(entries, n++, &entry);
    }
    for (unsigned i = 0; i < n; i++) {
        if (newest_us - entries[i].last_us < entries[i].silent_us)
            tracks[n_flowing++] = entries[i].track;
    }
    return n_flowing;
}

MediaTrack *
media_encodings_get_best(const MediaEncodings *self)
{
    MediaTrack *tracks[MEDIA_MAX_ENCODINGS];
    unsigned n = media_encodings_get_flowing(self, tracks);

    return n > 0 ? tracks[n - 1] : self->tracks[0];
}

void
media_encodings_add_watch(MediaEncodings *self, MediaEncodingsWatch *watch)
{
    g_ptr_array_add(self->watches, watch);
    if (self->watches->len == 1)
        media_worker_start_timer(self->worker, &self->timer,
                                 media_worker_now_us(self->worker) + MEDIA_ENCODINGS_TICK_US, on_tick, self);
}

void
media_encodings_remove_watch(MediaEncodings *self, MediaEncodingsWatch *watch)
{
    guint i;

    if (!g_ptr_array_find(self->watches, watch, &i))
        return;
    g_ptr_array_remove_index(self->watches, i);
    if (i < self->next_watch)
        self->next_watch--;
}

void
media_encodings_add_sink(MediaEncodings *self, MediaSink *sink)
{
    g_ptr_array_add(self->followers, media_follower_new(self, sink));
}

void
media_encodings_remove_sink(MediaEncodings *self, MediaSink *sink)
{
    for (guint i = 0; i < self->followers->len; i++) {
        if (media_follower_get_sink(self->followers->pdata[i]) == sink) {
            g_ptr_array_remove_index(self->followers, i);
            return;
        }
    }
}

void
media_encodings_set_paused(MediaEncodings *self, bool paused)
{
    for (unsigned i = 0; i < self->n_tracks; i++)
        media_track_set_paused(self->tracks[i], paused);
}

uint32_t
media_encodings_get_stats(const MediaTrack *track, MediaTrackStats *ret_stats)
{
    const MediaEncodings *self = media_track_get_encodings(track);
    MediaTrackStats best;
    uint32_t bitrate = 0;

    if (self == NULL) {
        media_track_get_stats(track, ret_stats);
        return ret_stats->bitrate;
    }
    media_track_get_stats(media_encodings_get_best(self), &best);
    best.packets = best.bytes = best.lost = best.recovered = 0;
    best.keyframes = best.nacks = best.keyframe_requests = 0;
    for (unsigned i = 0; i < self->n_tracks; i++) {
        MediaTrackStats one;

        media_track_get_stats(self->tracks[i], &one);
        bitrate += one.bitrate;
        best.packets += one.packets;
        best.bytes += one.bytes;
        best.lost += one.lost;
        best.recovered += one.recovered;
        best.keyframes += one.keyframes;
        best.nacks += one.nacks;
        best.keyframe_requests += one.keyframe_requests;
    }
    *ret_stats = best;
    return bitrate;
}
