#include "media/track.h"

#include "media/bitrate.h"
#include "media/keyframe.h"
#include "media/nack.h"
#include "media/packet-store.h"
#include "media/reception.h"
#include "media/sequence.h"
#include "media/track-input.h"
#include "media/track-layers.h"

enum {
    SILENT_US = 2 * 1000 * 1000,      /* a source this silent is not asked for key frames */
    CLOCK_DOUBT_US = 5 * 1000 * 1000, /* a sender report this far from its packets is not believed */
};

/* The newest key frame, and asking for the next. */
typedef struct {
    uint64_t sequence; /* of its first packet; 0: none since the stream began */
    uint32_t timestamp;
    int64_t arrival_us;
    bool wanted;          /* somebody waits for one that has not come */
    bool waiting;         /* timer runs */
    int64_t requested_us; /* 0: never */
    MediaTimer timer;
} Keyframes;

typedef struct {
    bool delivering;
    size_t n_packets;
    MediaDeferred deferred;
    MediaPacket packets[MEDIA_TRACK_MAX_BURST]; /* point into the store */
} Burst;

struct MediaTrack {
    MediaWorker *worker; /* borrowed */
    MediaTrackOwner owner;
    GPtrArray *sinks; /* owned array of borrowed MediaSink */
    int64_t keyframe_interval_us;
    bool paused, suppressed;
    bool reported;
    uint32_t epoch;

    MediaPacketStore *store; /* owned */
    MediaSequence sequence;
    MediaReception reception;
    MediaNack nack;
    MediaBitrate bitrate;
    MediaTrackLayers layers;
    MediaSenderReport report;
    uint64_t lost_before; /* in earlier epochs */
    Keyframes keyframes;
    MediaTrackStats stats;
    MediaPacket newest; /* data is not valid */
    Burst burst;
};

MediaTrack *
media_track_new(MediaWorker *worker, const MediaTrackOwner *owner)
{
    MEDIA_ASSERT_ON_WORKER(worker);
    MediaTrack *self = g_new0(MediaTrack, 1);

    self->worker = worker;
    self->owner = *owner;
    self->sinks = g_ptr_array_new();
    self->store = owner->kind == MEDIA_KIND_VIDEO && owner->sparse_keyframes ? media_packet_store_new_long()
                                                                             : media_packet_store_new(owner->kind);
    self->stats.audio_level = -1;
    return self;
}

void
media_track_free(MediaTrack *self)
{
    if (self == NULL)
        return;
    MEDIA_ASSERT_ON_WORKER(self->worker);
    g_assert(!self->burst.delivering);

    while (self->sinks->len > 0) {
        MediaSink *sink = g_ptr_array_steal_index(self->sinks, self->sinks->len - 1);
        if (sink->klass->track_gone != NULL)
            sink->klass->track_gone(sink, self);
    }
    media_worker_cancel_deferred(self->worker, &self->burst.deferred);
    media_worker_stop_timer(self->worker, &self->keyframes.timer);
    g_ptr_array_unref(self->sinks);
    media_packet_store_free(self->store);
    g_free(self);
}

/* Sink by sink, so that a viewer's packets of one pass leave as one run. */
static void
deliver(MediaTrack *self)
{
    if (self->burst.n_packets == 0)
        return;
    self->burst.delivering = true;
    for (guint i = 0; i < self->sinks->len; i++) {
        MediaSink *sink = self->sinks->pdata[i];
        media_sinks_prefetch(self->sinks, i);
        if (!self->suppressed || !sink->klass->for_people)
            sink->klass->packets(sink, self, self->burst.packets, self->burst.n_packets);
    }
    self->burst.delivering = false;
    self->burst.n_packets = 0;

    int64_t age_us = media_worker_now_us(self->worker) - self->keyframes.arrival_us;
    if (self->keyframe_interval_us > 0 && age_us > self->keyframe_interval_us)
        media_track_request_keyframe(self);
}

static void
on_deferred(void *data)
{
    deliver(data);
}

/* What comes from now on does not follow on what was. */
static void
begin_epoch(MediaTrack *self)
{
    self->lost_before += media_reception_get_missing(&self->reception);
    self->reception = (MediaReception){ 0 };
    media_nack_restart(&self->nack);
    media_packet_store_clear(self->store);
    self->keyframes.sequence = 0;
    self->layers.dependency = (MediaDependency){ 0 };
    self->epoch++;
}

void
media_track_restart(MediaTrack *self)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    deliver(self);
    begin_epoch(self);
    media_sequence_restart(&self->sequence);
    self->reported = false;
    self->newest = (MediaPacket){ 0 };
}

static void send_keyframe_request(MediaTrack *self);

static void
on_keyframe_timer(void *data)
{
    MediaTrack *self = data;

    self->keyframes.waiting = false;
    if (!self->keyframes.wanted || self->sinks->len == 0)
        return;
    if (media_worker_now_us(self->worker) - self->stats.last_packet_us < SILENT_US)
        send_keyframe_request(self);
}

static void
send_keyframe_request(MediaTrack *self)
{
    Keyframes *keyframes = &self->keyframes;
    int64_t now_us = media_worker_now_us(self->worker);

    if (keyframes->waiting)
        return;
    if (keyframes->requested_us == 0 || now_us - keyframes->requested_us >= MEDIA_KEYFRAME_SPACING_US) {
        keyframes->requested_us = now_us;
        self->stats.keyframe_requests++;
        self->owner.request_keyframe(self, self->owner.user_data);
    }
    keyframes->waiting = true;
    media_worker_start_timer(self->worker, &keyframes->timer, keyframes->requested_us + MEDIA_KEYFRAME_SPACING_US,
                             on_keyframe_timer, self);
}

void
media_track_request_keyframe(MediaTrack *self)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    if (self->owner.kind != MEDIA_KIND_VIDEO || self->paused || self->owner.request_keyframe == NULL)
        return;
    self->keyframes.wanted = true;
    send_keyframe_request(self);
}

/* A key frame may begin in several packets of one timestamp (SPS, then IDR), which may come in any order. */
static void
note_keyframe(MediaTrack *self, const MediaPacket *packet, const MediaKeyframe *keyframe)
{
    Keyframes *keyframes = &self->keyframes;

    if (keyframes->sequence != 0 && packet->timestamp == keyframes->timestamp) {
        keyframes->sequence = MIN(keyframes->sequence, packet->sequence);
        return;
    }
    if (packet->sequence < keyframes->sequence)
        return;
    keyframes->sequence = packet->sequence;
    keyframes->timestamp = packet->timestamp;
    keyframes->arrival_us = packet->arrival_us;
    keyframes->wanted = false;
    self->stats.keyframes++;
    self->stats.width = packet->codec == MEDIA_CODEC_AV1 ? self->layers.dependency.width : keyframe->width;
    self->stats.height = packet->codec == MEDIA_CODEC_AV1 ? self->layers.dependency.height : keyframe->height;
}

static bool
take_sequence(MediaTrack *self, const MediaTrackInput *input, uint64_t *ret_sequence)
{
    if (input->recovered)
        return media_sequence_extend(&self->sequence, input->rtp->sequence, ret_sequence) &&
               !media_packet_store_has(self->store, *ret_sequence);

    switch (media_sequence_receive(&self->sequence, input->rtp->sequence, ret_sequence)) {
    case MEDIA_SEQUENCE_JUMPED:
        return false;
    case MEDIA_SEQUENCE_RESTARTED:
        deliver(self);
        begin_epoch(self);
        return true;
    case MEDIA_SEQUENCE_OK:
        break;
    }
    return !media_packet_store_has(self->store, *ret_sequence);
}

static void
count(MediaTrack *self, const MediaPacket *packet)
{
    if (packet->recovered)
        media_reception_recovered(&self->reception);
    else
        media_reception_received(&self->reception, packet->sequence, packet->timestamp, packet->arrival_us,
                                 media_codec_get_clock_rate(packet->codec));
    self->stats.recovered += packet->recovered ? 1 : 0;
    self->stats.packets++;
    self->stats.bytes += packet->size;
    self->stats.last_packet_us = packet->arrival_us;
    media_bitrate_add(&self->bitrate, packet->size, packet->arrival_us);
    media_track_layers_count(&self->layers, packet);
    if (packet->sequence >= self->newest.sequence) {
        self->newest = *packet;
        self->stats.audio_level = packet->audio_level;
    }
}

static void
keep(MediaTrack *self, const MediaPacket *packet)
{
    if (self->burst.n_packets == MEDIA_TRACK_MAX_BURST)
        deliver(self);
    self->burst.packets[self->burst.n_packets++] = *media_packet_store_add(self->store, packet);
    media_worker_defer(self->worker, &self->burst.deferred, on_deferred, self);
}

bool
media_track_accept(MediaTrack *self, const MediaTrackInput *input)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    const MediaRtp *rtp = input->rtp;
    MediaKeyframe keyframe;
    uint64_t sequence;

    if (input->size > MEDIA_TRACK_MAX_PACKET || !take_sequence(self, input, &sequence))
        return false;

    MediaPacket packet = {
        .data = input->data,
        .size = (uint16_t)input->size,
        .payload_offset = rtp->header_size,
        .payload_size = rtp->payload_size,
        .payload_type = rtp->payload_type,
        .marker = rtp->marker,
        .keyframe = media_keyframe_parse(input->codec, input->data + rtp->header_size, rtp->payload_size, &keyframe),
        .recovered = input->recovered,
        .audio_level = input->audio_level,
        .codec = input->codec,
        .sequence = sequence,
        .timestamp = rtp->timestamp,
        .arrival_us = input->arrival_us,
    };
    if (input->may_nack && !self->paused && media_nack_received(&self->nack, sequence, input->arrival_us))
        packet.recovered = true; /* sent again as it was, without RTX */
    if (self->owner.kind == MEDIA_KIND_VIDEO)
        media_track_layers_read(&self->layers, input, &packet);
    count(self, &packet);
    if (self->paused)
        return true;
    if (packet.keyframe && self->owner.kind == MEDIA_KIND_VIDEO)
        note_keyframe(self, &packet, &keyframe);
    keep(self, &packet);
    if (self->keyframes.wanted && !self->keyframes.waiting)
        send_keyframe_request(self);
    return true;
}

void
media_track_set_paused(MediaTrack *self, bool paused)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    if (self->paused == paused)
        return;
    self->paused = paused;
    self->burst.n_packets = 0;
    begin_epoch(self);
    if (!paused)
        media_track_request_keyframe(self);
}

bool
media_track_get_paused(const MediaTrack *self)
{
    return self->paused;
}

/* The beginning of what somebody says, before it was known that they speak. */
static void
catch_up(MediaTrack *self)
{
    uint64_t newest = media_packet_store_get_newest(self->store), sequence = newest;
    int64_t from_us = media_worker_now_us(self->worker) - MEDIA_TRACK_CATCH_UP_US;
    const MediaPacket *packet;

    while (sequence > 0 && newest - sequence < MEDIA_TRACK_MAX_BURST &&
           (packet = media_packet_store_find(self->store, sequence)) != NULL && packet->arrival_us >= from_us)
        sequence--;
    for (self->burst.n_packets = 0; sequence < newest; self->burst.n_packets++)
        self->burst.packets[self->burst.n_packets] = *media_packet_store_find(self->store, ++sequence);
    self->burst.delivering = true;
    for (guint i = 0; self->burst.n_packets > 0 && i < self->sinks->len; i++) {
        MediaSink *sink = self->sinks->pdata[i];
        if (sink->klass->for_people)
            sink->klass->packets(sink, self, self->burst.packets, self->burst.n_packets);
    }
    self->burst.delivering = false;
    self->burst.n_packets = 0;
}

void
media_track_set_suppressed(MediaTrack *self, bool suppressed)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    if (self->suppressed == suppressed)
        return;
    deliver(self);
    self->suppressed = suppressed;
    if (suppressed)
        return;
    self->epoch++;
    if (self->owner.kind == MEDIA_KIND_AUDIO)
        catch_up(self);
}

static void
update_keyframe_interval(MediaTrack *self)
{
    self->keyframe_interval_us = 0;
    for (guint i = 0; i < self->sinks->len; i++) {
        int64_t interval_us = ((MediaSink *)self->sinks->pdata[i])->keyframe_interval_us;

        if (interval_us > 0 && (self->keyframe_interval_us == 0 || interval_us < self->keyframe_interval_us))
            self->keyframe_interval_us = interval_us;
    }
}

void
media_track_add_sink(MediaTrack *self, MediaSink *sink)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    g_assert(!self->burst.delivering && sink->klass->packets != NULL);

    deliver(self); /* a new sink sees what arrives from now on */
    g_ptr_array_add(self->sinks, sink);
    update_keyframe_interval(self);
}

void
media_track_remove_sink(MediaTrack *self, MediaSink *sink)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    g_assert(!self->burst.delivering);

    g_ptr_array_remove(self->sinks, sink);
    update_keyframe_interval(self);
}

size_t
media_track_replay(MediaTrack *self, void (*func)(const MediaPacket *packet, void *data), void *data)
{
    uint64_t sequence = media_track_get_keyframe_sequence(self);
    uint64_t newest = media_packet_store_get_newest(self->store);
    size_t n = 0;

    for (; sequence != 0 && sequence <= newest; sequence++) {
        const MediaPacket *packet = media_packet_store_find(self->store, sequence);
        if (packet == NULL)
            continue;
        func(packet, data);
        n++;
    }
    return n;
}

bool
media_track_find(MediaTrack *self, uint64_t sequence, MediaPacket *ret_packet)
{
    const MediaPacket *packet = media_packet_store_find(self->store, sequence);

    if (packet == NULL)
        return false;
    *ret_packet = *packet;
    return true;
}

void
media_track_set_sender_report(MediaTrack *self, const MediaSenderReport *report)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    self->report = *report;
    self->reported = true;
    if (self->paused)
        return;
    deliver(self);
    for (guint i = 0; i < self->sinks->len; i++) {
        MediaSink *sink = self->sinks->pdata[i];
        if (sink->klass->sender_report != NULL)
            sink->klass->sender_report(sink, self, report);
    }
}

bool
media_track_get_sender_report(const MediaTrack *self, MediaSenderReport *ret_report)
{
    if (self == NULL || !self->reported)
        return false;
    *ret_report = self->report;
    return true;
}

bool
media_track_get_clock(const MediaTrack *self, uint32_t *ret_timestamp, int64_t *ret_local_us)
{
    if (self->newest.sequence == 0)
        return false;
    *ret_timestamp = self->newest.timestamp;
    *ret_local_us = self->newest.arrival_us;
    if (!self->reported || self->owner.clock == NULL || !self->owner.clock->known)
        return true;

    int64_t local_us = media_clock_offset_to_local_us(self->owner.clock, self->report.ntp);
    int64_t rate = media_codec_get_clock_rate(self->newest.codec);
    int64_t ahead = (int32_t)(self->newest.timestamp - self->report.timestamp);
    int64_t doubt_us = ahead * G_USEC_PER_SEC / rate - (self->newest.arrival_us - local_us);
    if (ABS(doubt_us) < CLOCK_DOUBT_US) {
        *ret_timestamp = self->report.timestamp;
        *ret_local_us = local_us;
    }
    return true;
}

MediaClockOffset
media_track_get_clock_offset(const MediaTrack *self)
{
    return self->owner.clock != NULL ? *self->owner.clock : (MediaClockOffset){ 0 };
}

bool
media_track_report(MediaTrack *self, MediaRtcpReportBlock *ret_block)
{
    if (!self->reception.started)
        return false;
    media_reception_report(&self->reception, ret_block);
    self->stats.loss_percent = (uint8_t)(ret_block->fraction_lost * 100 / 256);
    if (self->reported) {
        int64_t since_us = media_worker_now_us(self->worker) - self->report.arrival_us;
        ret_block->last_sr = media_ntp_middle(self->report.ntp);
        ret_block->since_last_sr = (uint32_t)(since_us * 65536 / G_USEC_PER_SEC);
    }
    return true;
}

size_t
media_track_collect_nacks(MediaTrack *self, uint16_t *sequences, size_t max)
{
    size_t n = media_nack_collect(&self->nack, media_worker_now_us(self->worker), sequences, max);

    self->stats.nacks += n;
    return n;
}

int64_t
media_track_get_nack_due_us(const MediaTrack *self)
{
    return media_nack_get_due_us(&self->nack);
}

int64_t
media_track_get_rtt_us(const MediaTrack *self)
{
    return self->nack.rtt_us;
}

uint32_t
media_track_get_epoch(const MediaTrack *self)
{
    return self->epoch;
}

uint64_t
media_track_get_keyframe_sequence(const MediaTrack *self)
{
    return media_packet_store_find(self->store, self->keyframes.sequence) != NULL ? self->keyframes.sequence : 0;
}

uint64_t
media_track_get_newest_sequence(const MediaTrack *self)
{
    return media_packet_store_get_newest(self->store);
}

MediaWorker *
media_track_get_worker(const MediaTrack *self)
{
    return self->worker;
}

MediaKind
media_track_get_kind(const MediaTrack *self)
{
    return self->owner.kind;
}

MediaCodec
media_track_get_codec(const MediaTrack *self)
{
    return self->newest.codec;
}

void
media_track_set_encodings(MediaTrack *self, MediaEncodings *encodings)
{
    self->layers.encodings = encodings;
}

MediaEncodings *
media_track_get_encodings(const MediaTrack *self)
{
    return self->layers.encodings;
}

size_t
media_track_get_layer_bitrates(const MediaTrack *self, uint32_t bitrates[MEDIA_MAX_TEMPORAL_LAYERS])
{
    int64_t now_us = media_worker_now_us(self->worker);
    uint32_t total = media_bitrate_get(&self->bitrate, now_us);

    return media_track_layers_get_bitrates(&self->layers, total, now_us, bitrates);
}

void
media_track_get_stats(const MediaTrack *self, MediaTrackStats *ret_stats)
{
    uint64_t missing = media_reception_get_missing(&self->reception);

    *ret_stats = self->stats;
    ret_stats->lost = self->lost_before + (missing > self->nack.n_missing ? missing - self->nack.n_missing : 0);
    ret_stats->jitter = media_reception_get_jitter(&self->reception);
    ret_stats->bitrate = media_bitrate_get(&self->bitrate, media_worker_now_us(self->worker));
    ret_stats->pause_us = self->layers.pause_us;
}
