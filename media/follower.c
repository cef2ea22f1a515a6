#include "media/follower.h"

#include <string.h>

#include "media/sequence-map.h"
#include "media/timestamp-map.h"
#include "media/track-input.h"
#include "media/wire.h"

enum {
    HOLD_US = 2 * 1000 * 1000, /* a larger encoding must have flowed for this long */
    VIDEO_CLOCK = 90000,
};

typedef struct {
    MediaSink sink;
    MediaFollower *follower; /* borrowed */
    MediaTrack *track;       /* borrowed; NULL: none */
    uint32_t epoch;
} Tap;

struct MediaFollower {
    MediaEncodings *encodings; /* borrowed */
    MediaEncodingsWatch watch;
    MediaSink *sink; /* borrowed */
    Tap taps[2];
    unsigned active;         /* the tap that is followed; the other one's key frame is waited for, if it has a track */
    int64_t better_since_us; /* a larger one flows; 0: none does */
    bool started;
    uint32_t ssrc;
    MediaSequenceMap sequences;
    MediaTimestampMap timestamps;
};

static void
attach(MediaFollower *self, Tap *tap, MediaTrack *track)
{
    if (tap->track == track)
        return;
    if (tap->track != NULL)
        media_track_remove_sink(tap->track, &tap->sink);
    tap->track = track;
    if (track == NULL)
        return;
    tap->sink.keyframe_interval_us = self->sink->keyframe_interval_us;
    tap->epoch = media_track_get_epoch(track);
    media_track_add_sink(track, &tap->sink);
}

/* As the sink sees it. False: it lies before what the sink began with. */
static bool
pass_on(MediaFollower *self, MediaTrack *track, const MediaPacket *packet)
{
    uint8_t bytes[MEDIA_TRACK_MAX_PACKET];
    MediaPacket changed = *packet;
    uint16_t sequence;
    const MediaSequenceRun *run = media_sequence_map_forward(&self->sequences, packet->sequence, &sequence);

    if (run == NULL)
        return false;
    changed.sequence = run->out + (packet->sequence - run->source);
    changed.timestamp = media_timestamp_map_get(&self->timestamps, packet->timestamp, packet->sequence);
    changed.data = bytes;
    memcpy(bytes, packet->data, packet->size);
    media_wire_put_16(bytes + 2, sequence);
    media_wire_put_32(bytes + 4, changed.timestamp);
    media_wire_put_32(bytes + 8, self->ssrc);
    self->sink->klass->packets(self->sink, track, &changed, 1);
    media_timestamp_map_sent(&self->timestamps, changed.timestamp, packet->arrival_us);
    return true;
}

static void
begin(MediaFollower *self, const MediaPacket *first)
{
    if (self->started) {
        media_sequence_map_restart(&self->sequences, first->sequence);
        media_timestamp_map_restart(&self->timestamps, first->timestamp, first->arrival_us);
        return;
    }
    self->started = true;
    self->ssrc = media_wire_get_32(first->data + 8);
    media_sequence_map_init(&self->sequences, (uint16_t)first->sequence);
    media_sequence_map_restart(&self->sequences, first->sequence);
    media_timestamp_map_init(&self->timestamps, VIDEO_CLOCK, first->timestamp);
    media_timestamp_map_restart(&self->timestamps, first->timestamp, first->arrival_us);
}

static void
take_over(MediaFollower *self, const MediaPacket *first)
{
    Tap *old = &self->taps[self->active];
    Tap *next = &self->taps[1 - self->active];
    uint32_t old_timestamp, new_timestamp;
    int64_t old_us, new_us;

    if (!self->started || old->epoch != media_track_get_epoch(old->track) ||
        !media_track_get_clock(old->track, &old_timestamp, &old_us) ||
        !media_track_get_clock(next->track, &new_timestamp, &new_us)) {
        begin(self, first);
    } else {
        uint32_t offset = self->timestamps.offset + old_timestamp - new_timestamp +
                          (uint32_t)((new_us - old_us) * VIDEO_CLOCK / G_USEC_PER_SEC);
        media_sequence_map_restart(&self->sequences, first->sequence);
        media_timestamp_map_switch(&self->timestamps, first->timestamp, offset, first->arrival_us);
    }
    attach(self, old, NULL);
    self->active = 1 - self->active;
}

static void
on_packets(MediaSink *sink, MediaTrack *track, const MediaPacket *packets, size_t n_packets)
{
    Tap *tap = (Tap *)sink;
    MediaFollower *self = tap->follower;

    for (size_t i = 0; i < n_packets; i++) {
        if (tap != &self->taps[self->active]) {
            if (!packets[i].keyframe)
                continue;
            take_over(self, &packets[i]);
        } else if (!self->started || tap->epoch != media_track_get_epoch(track)) {
            begin(self, &packets[i]);
        }
        tap->epoch = media_track_get_epoch(track);
        pass_on(self, track, &packets[i]);
    }
}

static void
on_sender_report(MediaSink *sink, MediaTrack *track, const MediaSenderReport *report)
{
    Tap *tap = (Tap *)sink;
    MediaFollower *self = tap->follower;
    MediaSenderReport changed = *report;

    if (!self->started || tap != &self->taps[self->active] || self->sink->klass->sender_report == NULL)
        return;
    changed.ssrc = self->ssrc;
    changed.timestamp += self->timestamps.offset;
    self->sink->klass->sender_report(self->sink, track, &changed);
}

static bool
is_flowing(MediaFollower *self, const MediaTrack *track)
{
    MediaTrack *tracks[MEDIA_MAX_ENCODINGS];
    unsigned n = media_encodings_get_flowing(self->encodings, tracks);

    for (unsigned i = 0; i < n; i++) {
        if (tracks[i] == track)
            return true;
    }
    return false;
}

static void
on_tick(MediaEncodingsWatch *watch)
{
    MediaFollower *self = (MediaFollower *)((char *)watch - offsetof(MediaFollower, watch));
    Tap *tap = &self->taps[self->active];
    Tap *next = &self->taps[1 - self->active];
    MediaTrack *best = media_encodings_get_best(self->encodings);
    int64_t now_us = media_worker_now_us(media_track_get_worker(best));

    if (best == tap->track) {
        self->better_since_us = 0;
        attach(self, next, NULL);
        return;
    }
    if (self->better_since_us == 0)
        self->better_since_us = now_us;
    if (self->started && is_flowing(self, tap->track) && now_us - self->better_since_us < HOLD_US)
        return;
    attach(self, next, best);
    media_track_request_keyframe(best);
}

MediaFollower *
media_follower_new(MediaEncodings *encodings, MediaSink *sink)
{
    static const MediaSinkClass klass = { .packets = on_packets, .sender_report = on_sender_report };
    MediaFollower *self = g_new0(MediaFollower, 1);

    for (unsigned i = 0; i < G_N_ELEMENTS(self->taps); i++)
        self->taps[i] = (Tap){ .sink.klass = &klass, .follower = self };
    self->encodings = encodings;
    self->sink = sink;
    self->watch.tick = on_tick;
    attach(self, &self->taps[0], media_encodings_get_best(encodings));
    media_encodings_add_watch(encodings, &self->watch);
    return self;
}

void
media_follower_free(MediaFollower *self)
{
    if (self == NULL)
        return;
    media_encodings_remove_watch(self->encodings, &self->watch);
    for (unsigned i = 0; i < G_N_ELEMENTS(self->taps); i++)
        attach(self, &self->taps[i], NULL);
    g_free(self);
}

MediaSink *
media_follower_get_sink(const MediaFollower *self)
{
    return self->sink;
}
