#define G_LOG_DOMAIN "media.relay"

#include "media/relay.h"

#include <string.h>

#include "media/encodings.h"
#include "media/track-input.h"

/* One of the source's tracks. */
typedef struct {
    MediaSink sink;
    MediaRelay *relay; /* borrowed */
    unsigned index;
    MediaTrack *track; /* of the source; the source's worker only; NULL: gone */

    /* the other worker only */
    MediaTrack *mirror; /* owned */
    uint32_t epoch;
    bool started;
} Lane;

struct MediaRelay {
    /* constant */
    MediaWorker *from, *to; /* borrowed */
    MediaKind kind;
    unsigned n_lanes;
    MediaSourceCore *source, *mirror; /* owned references */

    MediaRefCount n_refs; /* main, and everything that is under way */
    atomic_size_t in_flight;

    /* the source's worker only */
    bool detached;

    Lane lanes[MEDIA_MAX_ENCODINGS];

    /* the other worker only */
    bool ended;
    MediaEncodings *encodings; /* owned; NULL for a single track */
    MediaClockOffset clock;
};

/* A packet in a batch; its bytes stand behind all of these. */
typedef struct {
    uint32_t offset;
    uint16_t size;
    MediaCodec codec;
    MediaDescriptor layer;
    int8_t audio_level;
    bool recovered;
    int64_t arrival_us;
} Item;

/* What crosses, either way. */
typedef struct {
    MediaRelay *relay; /* owned reference */
    unsigned lane;
    uint32_t epoch;
    MediaSenderReport report;
    MediaClockOffset clock;
    size_t bytes; /* counted in flight */
    unsigned n_items;
    Item items[];
} Parcel;

static void
relay_unref(MediaRelay *self)
{
    if (!media_ref_count_dec(&self->n_refs))
        return;
    media_source_core_unref(self->source);
    media_source_core_unref(self->mirror);
    g_free(self);
}

static void
parcel_free(void *data)
{
    Parcel *parcel = data;

    atomic_fetch_sub_explicit(&parcel->relay->in_flight, parcel->bytes, memory_order_relaxed);
    relay_unref(parcel->relay);
    g_free(parcel);
}

static Parcel *
parcel_new(MediaRelay *relay, unsigned lane, unsigned n_items, size_t bytes)
{
    Parcel *parcel = g_malloc(sizeof *parcel + n_items * sizeof(Item) + bytes);

    *parcel = (Parcel){ .relay = relay, .lane = lane, .n_items = n_items, .bytes = bytes };
    media_ref_count_inc(&relay->n_refs);
    atomic_fetch_add_explicit(&relay->in_flight, bytes, memory_order_relaxed);
    return parcel;
}

/* The other worker. */

static void
run_request_keyframe(void *data)
{
    Parcel *parcel = data;
    Lane *lane = &parcel->relay->lanes[parcel->lane];

    if (!parcel->relay->detached && lane->track != NULL)
        media_track_request_keyframe(lane->track);
}

static void
request_keyframe(MediaTrack *track, void *user_data)
{
    Lane *lane = user_data;

    (void)track;
    media_worker_post(lane->relay->from, run_request_keyframe, parcel_new(lane->relay, lane->index, 0, 0), parcel_free);
}

static void
run_make_mirrors(void *data)
{
    MediaRelay *self = ((Parcel *)data)->relay;
    MediaTrack *tracks[MEDIA_MAX_ENCODINGS];

    for (unsigned i = 0; i < self->n_lanes; i++) {
        MediaTrackOwner owner = {
            .kind = self->kind,
            .clock = &self->clock,
            .request_keyframe = request_keyframe,
            .user_data = &self->lanes[i],
        };
        tracks[i] = self->lanes[i].mirror = media_track_new(self->to, &owner);
    }
    if (self->n_lanes > 1)
        self->encodings = media_encodings_new(tracks, self->n_lanes);
    self->mirror->track = tracks[0];
}

static void
run_end(void *data)
{
    MediaRelay *self = ((Parcel *)data)->relay;

    self->ended = true;
    self->mirror->track = NULL;
    g_clear_pointer(&self->encodings, media_encodings_free);
    for (unsigned i = 0; i < self->n_lanes; i++)
        g_clear_pointer(&self->lanes[i].mirror, media_track_free);
}

static void
run_packets(void *data)
{
    Parcel *parcel = data;
    MediaRelay *self = parcel->relay;
    Lane *lane = &self->lanes[parcel->lane];
    const uint8_t *bytes = (const uint8_t *)&parcel->items[parcel->n_items];

    if (self->ended)
        return;
    if (lane->started && lane->epoch != parcel->epoch)
        media_track_restart(lane->mirror);
    lane->started = true;
    lane->epoch = parcel->epoch;
    for (unsigned i = 0; i < parcel->n_items; i++) {
        const Item *item = &parcel->items[i];
        MediaRtp rtp;
        MediaTrackInput input = {
            .data = bytes + item->offset,
            .size = item->size,
            .rtp = &rtp,
            .codec = item->codec,
            .audio_level = item->audio_level,
            .recovered = item->recovered,
            .layer = &item->layer,
            .arrival_us = item->arrival_us,
        };

        if (media_rtp_parse(input.data, input.size, &rtp))
            media_track_accept(lane->mirror, &input);
    }
}

static void
run_report(void *data)
{
    Parcel *parcel = data;
    MediaRelay *self = parcel->relay;

    if (self->ended)
        return;
    self->clock = parcel->clock;
    media_track_set_sender_report(self->lanes[parcel->lane].mirror, &parcel->report);
}

/* The source's worker. */

static void
post_packets(Lane *lane, const MediaPacket *packets, size_t n_packets)
{
    MediaRelay *self = lane->relay;
    size_t bytes = 0;

    for (size_t i = 0; i < n_packets; i++)
        bytes += packets[i].size;
    if (atomic_load_explicit(&self->in_flight, memory_order_relaxed) + bytes > MEDIA_RELAY_MAX_IN_FLIGHT)
        return;
    Parcel *parcel = parcel_new(self, lane->index, (unsigned)n_packets, bytes);
    uint8_t *out = (uint8_t *)&parcel->items[n_packets];
    uint32_t offset = 0;

    parcel->epoch = media_track_get_epoch(lane->track);
    for (size_t i = 0; i < n_packets; i++) {
        const MediaPacket *packet = &packets[i];

        parcel->items[i] = (Item){
            .offset = offset,
            .size = packet->size,
            .codec = packet->codec,
            .layer = packet->layer,
            .audio_level = packet->audio_level,
            .recovered = packet->recovered,
            .arrival_us = packet->arrival_us,
        };
        memcpy(out + offset, packet->data, packet->size);
        offset += packet->size;
    }
    media_worker_post(self->to, run_packets, parcel, parcel_free);
}

static void
on_packets(MediaSink *sink, MediaTrack *track, const MediaPacket *packets, size_t n_packets)
{
    (void)track;
    post_packets((Lane *)sink, packets, n_packets);
}

static void
on_sender_report(MediaSink *sink, MediaTrack *track, const MediaSenderReport *report)
{
    Lane *lane = (Lane *)sink;
    Parcel *parcel = parcel_new(lane->relay, lane->index, 0, 0);

    parcel->report = *report;
    parcel->clock = media_track_get_clock_offset(track);
    media_worker_post(lane->relay->to, run_report, parcel, parcel_free);
}

static void
on_track_gone(MediaSink *sink, MediaTrack *track)
{
    (void)track;
    ((Lane *)sink)->track = NULL;
}

static const MediaSinkClass relay_sink = {
    .packets = on_packets,
    .sender_report = on_sender_report,
    .track_gone = on_track_gone,
    .for_people = true,
};

/* What a viewer would be shown that joins now. */
static void
send_stored(const MediaPacket *packet, void *data)
{
    MediaPacket first = *packet;

    first.recovered = false; /* to the mirror it is new */
    post_packets(data, &first, 1);
}

static void
attach(Lane *lane, MediaTrack *track)
{
    MediaSenderReport report;

    lane->track = track;
    lane->sink.klass = &relay_sink;
    media_track_add_sink(track, &lane->sink);
    media_track_replay(track, send_stored, lane);
    if (media_track_get_sender_report(track, &report))
        on_sender_report(&lane->sink, track, &report);
}

static void
run_attach(void *data)
{
    MediaRelay *self = ((Parcel *)data)->relay;
    MediaTrack *only = self->source->track;
    MediaEncodings *encodings = only != NULL ? media_track_get_encodings(only) : NULL;

    if (encodings == NULL && only != NULL)
        attach(&self->lanes[0], only);
    for (unsigned i = 0; encodings != NULL && i < MIN(self->n_lanes, media_encodings_get_n_tracks(encodings)); i++)
        attach(&self->lanes[i], media_encodings_get_track(encodings, i));
}

static void
run_detach(void *data)
{
    MediaRelay *self = ((Parcel *)data)->relay;

    self->detached = true;
    for (unsigned i = 0; i < self->n_lanes; i++) {
        if (self->lanes[i].track != NULL)
            media_track_remove_sink(self->lanes[i].track, &self->lanes[i].sink);
        self->lanes[i].track = NULL;
    }
}

/* Main. */

MediaRelay *
media_relay_new(const MediaSource *source, MediaWorker *to)
{
    MediaRelay *self = g_new0(MediaRelay, 1);

    self->from = source->worker;
    self->to = to;
    self->kind = source->kind;
    self->n_lanes = source->n_tracks;
    self->source = media_source_core_ref(source->core);
    self->mirror = media_source_core_new();
    media_ref_count_init(&self->n_refs);
    atomic_init(&self->in_flight, 0);
    for (unsigned i = 0; i < MEDIA_MAX_ENCODINGS; i++) {
        self->lanes[i].relay = self;
        self->lanes[i].index = i;
    }
    media_worker_post(to, run_make_mirrors, parcel_new(self, 0, 0, 0),
                      parcel_free); /* before any slot is fed with it */
    media_worker_post(self->from, run_attach, parcel_new(self, 0, 0, 0), parcel_free);
    return self;
}

MediaSourceCore *
media_relay_get_core(const MediaRelay *self)
{
    return self->mirror;
}

void
media_relay_free(MediaRelay *self)
{
    if (self == NULL)
        return;
    /* to each by itself: either may be gone before the other could tell it */
    media_worker_post(self->from, run_detach, parcel_new(self, 0, 0, 0), parcel_free);
    media_worker_post(self->to, run_end, parcel_new(self, 0, 0, 0), parcel_free);
    relay_unref(self);
}
