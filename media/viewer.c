#include "media/viewer.h"

#include <string.h>

#include "media/bitrate.h"
#include "media/resend-limit.h"
#include "media/rewriter.h"
#include "media/track-input.h"
#include "media/wire.h"

enum {
    REPLAY_BATCH = 16, /* packets per tick: 16 x 1,200 bytes in 5 ms are 31 Mbit/s */
    MAX_JOIN_PADDING = 16,
    FIRST_REPORT_US = 100 * 1000,
    RTX_HEADER_SIZE = 2, /* the original sequence number */
};

typedef enum {
    VIEWER_IDLE,      /* no track */
    VIEWER_WAITING,   /* for a key frame, or for any packet of sound */
    VIEWER_REPLAYING, /* behind the live point: what is stored goes out tick by tick */
    VIEWER_LIVE,
} ViewerState;

struct MediaViewer {
    MediaSink sink;
    MediaSenderLine *line; /* borrowed */
    MediaKind kind;
    MediaTrack *track; /* borrowed; NULL: none */
    ViewerState state;
    uint32_t epoch;   /* of the track, that the rewriter follows */
    MediaCodec codec; /* of what was sent last */
    uint32_t budget;
    uint16_t wanted_width, wanted_height;
    bool muted;
    uint64_t cursor; /* next to replay */
    MediaTimer replay_timer;
    MediaRewriter rewriter;
    MediaResendLimit resend;
    MediaBitrate bitrate;
    MediaViewerStats stats;
    uint32_t payload_bytes; /* for sender reports */
    bool sent_since_report;
};

/* A burst that is ready to be sent. */
typedef struct {
    size_t n;
    const MediaPacket *packets[MEDIA_TRACK_MAX_BURST];
    MediaRewritten rewritten[MEDIA_TRACK_MAX_BURST];
    uint8_t padding[MEDIA_TRACK_MAX_BURST];
} Burst;

static bool
is_ready(const MediaViewer *self)
{
    return media_transport_get_state(self->line->transport) == MEDIA_TRANSPORT_READY;
}

/* Muted or suspended: what comes is passed over. */
static bool
is_stopped(const MediaViewer *self)
{
    return self->muted || (self->kind == MEDIA_KIND_VIDEO && self->budget == 0);
}

/* Only packets that carry the number take one: the others would look lost. */
static uint16_t
next_transport_sequence(MediaViewer *self, size_t size)
{
    return self->rewriter.ext_transport_cc != 0 ? media_downlink_number(self->line->downlink, size) : 0;
}

static void
account(MediaViewer *self, size_t header_size, size_t payload_size, int64_t now_us)
{
    self->stats.packets++;
    self->stats.bytes += header_size + payload_size;
    media_bitrate_add(&self->bitrate, header_size + payload_size, now_us);
    self->payload_bytes += (uint32_t)payload_size;
    self->sent_since_report = true;
    if (self->line->reporting)
        return;
    if (self->line->first_sent_us == 0)
        self->line->first_sent_us = now_us;
    self->line->reporting = true;
    media_worker_start_timer(self->line->worker, &self->line->report_timer, now_us + FIRST_REPORT_US,
                             self->line->on_report, self->line->data);
}

static bool
add_to_burst(MediaViewer *self, Burst *burst, const MediaPacket *packet)
{
    if (!media_rewriter_map(&self->rewriter, packet, &burst->rewritten[burst->n]))
        return false;
    burst->padding[burst->n] = 0;
    burst->packets[burst->n++] = packet;
    return true;
}

/* Neighbours that differ by a few bytes are made equal: a run of equal packets leaves in one call. */
static void
plan_padding(Burst *burst)
{
    for (size_t i = 0; i < burst->n;) {
        uint16_t smallest = burst->packets[i]->payload_size;
        uint16_t largest = smallest;
        size_t end = i + 1;

        for (; end < burst->n; end++) {
            uint16_t size = burst->packets[end]->payload_size;
            if (MAX(largest, size) - MIN(smallest, size) > MAX_JOIN_PADDING)
                break;
            smallest = MIN(smallest, size);
            largest = MAX(largest, size);
        }
        for (; i < end; i++)
            burst->padding[i] = (uint8_t)(largest - burst->packets[i]->payload_size);
    }
}

static void
send_burst(MediaViewer *self, Burst *burst)
{
    int64_t now_us = media_worker_now_us(self->line->worker);

    if (burst->n == 0)
        return;
    if (self->kind == MEDIA_KIND_VIDEO)
        plan_padding(burst);
    for (size_t i = 0; i < burst->n; i++) {
        const MediaPacket *packet = burst->packets[i];
        MediaRewritten *rewritten = &burst->rewritten[i];
        uint8_t header[MEDIA_REWRITER_MAX_HEADER];

        rewritten->now_us = now_us;
        rewritten->transport_sequence = next_transport_sequence(self, packet->payload_size + burst->padding[i]);
        size_t header_size = media_rewriter_write_header(&self->rewriter, packet, rewritten, header);
        media_transport_send_rtp(self->line->transport, header, header_size, packet->data + packet->payload_offset,
                                 packet->payload_size, burst->padding[i]);
        media_timestamp_map_sent(&self->rewriter.timestamps, rewritten->timestamp, now_us);
        account(self, header_size, packet->payload_size, now_us);
        self->codec = packet->codec;
    }
    media_transport_flush(self->line->transport);
}

static void
wait_again(MediaViewer *self)
{
    media_worker_stop_timer(self->line->worker, &self->replay_timer);
    self->state = self->track != NULL ? VIEWER_WAITING : VIEWER_IDLE;
}

static void
replay(void *data)
{
    MediaViewer *self = data;
    MediaPacket stored[REPLAY_BATCH];
    uint64_t newest = media_track_get_newest_sequence(self->track);
    Burst burst;

    if (!is_ready(self) || self->epoch != media_track_get_epoch(self->track)) {
        wait_again(self);
        return;
    }
    burst.n = 0;
    for (; self->cursor <= newest && burst.n < REPLAY_BATCH; self->cursor++) {
        MediaPacket *packet = &stored[burst.n];
        if (media_track_find(self->track, self->cursor, packet) &&
            media_rewriter_accepts(&self->rewriter, packet->codec))
            add_to_burst(self, &burst, packet);
    }
    send_burst(self, &burst);
    if (self->cursor > newest) {
        self->state = VIEWER_LIVE;
        return;
    }
    media_worker_start_timer(self->line->worker, &self->replay_timer,
                             media_worker_now_us(self->line->worker) + MEDIA_TIMER_TICK_US, replay, self);
}

/* Sound starts with its next packet. A picture starts with what is stored since the last key frame, or waits for one.
 */
static void
start(MediaViewer *self)
{
    MediaPacket first, live;

    if (self->track == NULL || is_stopped(self))
        return;
    MediaCodec codec = media_track_get_codec(self->track);
    self->stats.codec_refused = codec != MEDIA_CODEC_NONE && !media_rewriter_accepts(&self->rewriter, codec);
    if (self->stats.codec_refused || !is_ready(self) || self->kind != MEDIA_KIND_VIDEO)
        return;
    wait_again(self);
    self->epoch = media_track_get_epoch(self->track);
    if (!media_track_find(self->track, media_track_get_keyframe_sequence(self->track), &first) ||
        !media_track_find(self->track, media_track_get_newest_sequence(self->track), &live)) {
        media_track_request_keyframe(self->track);
        return;
    }
    media_rewriter_restart_replay(&self->rewriter, &first, &live, media_worker_now_us(self->line->worker));
    self->cursor = first.sequence;
    self->state = VIEWER_REPLAYING;
    replay(self);
}

/* Whether a packet goes out now, with what that means for the state. */
static bool
take(MediaViewer *self, const MediaPacket *packet)
{
    self->stats.codec_refused = !media_rewriter_accepts(&self->rewriter, packet->codec);
    if (self->stats.codec_refused)
        return false;
    if (self->state == VIEWER_LIVE && packet->codec != self->codec && self->kind == MEDIA_KIND_VIDEO)
        self->state = VIEWER_WAITING;

    switch (self->state) {
    case VIEWER_WAITING:
        if (!packet->keyframe)
            return false;
        media_rewriter_restart(&self->rewriter, packet, media_worker_now_us(self->line->worker));
        self->state = VIEWER_LIVE;
        self->codec = packet->codec;
        return true;
    case VIEWER_REPLAYING:
        return packet->sequence < self->cursor; /* newer ones come from the store in their turn */
    case VIEWER_LIVE:
        return true;
    case VIEWER_IDLE:
        break;
    }
    return false;
}

static void
on_packets(MediaSink *sink, MediaTrack *track, const MediaPacket *packets, size_t n_packets)
{
    MediaViewer *self = (MediaViewer *)sink;
    Burst burst;

    if (!is_ready(self) || is_stopped(self)) {
        wait_again(self);
        return;
    }
    if (self->epoch != media_track_get_epoch(track)) {
        self->epoch = media_track_get_epoch(track);
        wait_again(self);
    }
    burst.n = 0;
    for (size_t i = 0; i < n_packets; i++) {
        if (burst.n == MEDIA_TRACK_MAX_BURST) {
            send_burst(self, &burst);
            burst.n = 0;
        }
        if (take(self, &packets[i]))
            add_to_burst(self, &burst, &packets[i]);
    }
    send_burst(self, &burst);
    if (self->state == VIEWER_WAITING && !self->stats.codec_refused)
        media_track_request_keyframe(track);
}

static void
on_track_gone(MediaSink *sink, MediaTrack *track G_GNUC_UNUSED)
{
    MediaViewer *self = (MediaViewer *)sink;

    self->track = NULL;
    wait_again(self);
}

static const MediaSinkClass viewer_sink = {
    .packets = on_packets,
    .track_gone = on_track_gone,
    .for_people = true,
};

/* The first numbers are random (RFC 3550 section 5.1), in the lower half so that SRTP's roll-over count is clear. */
MediaViewer *
media_viewer_new(MediaSenderLine *line, const MediaStream *stream)
{
    MediaViewer *self = g_new0(MediaViewer, 1);

    self->sink.klass = &viewer_sink;
    self->line = line;
    self->kind = stream->kind;
    self->budget = UINT32_MAX;
    media_rewriter_init(&self->rewriter, stream, (uint16_t)g_random_int_range(0, 0x8000),
                        (uint16_t)g_random_int_range(0, 0x8000), g_random_int());
    return self;
}

void
media_viewer_free(MediaViewer *self)
{
    if (self == NULL)
        return;
    media_viewer_set_track(self, NULL);
    g_free(self);
}

uint32_t
media_viewer_get_ssrc(const MediaViewer *self)
{
    return self->rewriter.ssrc;
}

void
media_viewer_set_track(MediaViewer *self, MediaTrack *track)
{
    MEDIA_ASSERT_ON_WORKER(self->line->worker);
    if (self->track == track)
        return;
    if (self->track != NULL)
        media_track_remove_sink(self->track, &self->sink);
    self->track = track;
    self->stats.codec_refused = false;
    wait_again(self);
    if (track == NULL)
        return;
    g_assert(media_track_get_kind(track) == self->kind && media_track_get_worker(track) == self->line->worker);
    self->epoch = media_track_get_epoch(track);
    media_track_add_sink(track, &self->sink);
    start(self);
}

MediaTrack *
media_viewer_get_track(const MediaViewer *self)
{
    return self->track;
}

size_t
media_viewer_get_layers(const MediaViewer *self, MediaViewerLayer layers[MEDIA_MAX_LAYERS])
{
    MediaTrackStats stats;

    if (self->track == NULL || self->kind != MEDIA_KIND_VIDEO)
        return 0;
    media_track_get_stats(self->track, &stats);
    layers[0] = (MediaViewerLayer){ .bitrate = stats.bitrate };
    return stats.bitrate > 0 ? 1 : 0;
}

void
media_viewer_set_budget(MediaViewer *self, uint32_t bitrate)
{
    bool resumed = self->budget == 0 && bitrate > 0;

    self->budget = bitrate;
    if (resumed)
        start(self);
}

void
media_viewer_set_wanted_size(MediaViewer *self, uint16_t width, uint16_t height)
{
    self->wanted_width = width;
    self->wanted_height = height;
}

void
media_viewer_set_muted(MediaViewer *self, bool muted)
{
    if (self->muted == muted)
        return;
    self->muted = muted;
    wait_again(self);
    start(self);
}

void
media_viewer_on_ready(MediaViewer *self)
{
    start(self);
}

/* Straight from the track's store, as RTX (RFC 4588) where that was agreed, else the same packet again. */
static void
resend(MediaViewer *self, const MediaPacket *packet, MediaRewritten *rewritten)
{
    const uint8_t *payload = packet->data + packet->payload_offset;
    uint8_t header[MEDIA_REWRITER_MAX_HEADER];
    uint8_t rtx[RTX_HEADER_SIZE + MEDIA_TRACK_MAX_PACKET];
    size_t size = packet->payload_size;

    rewritten->now_us = media_worker_now_us(self->line->worker);
    rewritten->transport_sequence = next_transport_sequence(self, size);
    rewritten->rtx = media_rewriter_has_rtx(&self->rewriter, packet->codec);
    size_t header_size = media_rewriter_write_header(&self->rewriter, packet, rewritten, header);
    if (rewritten->rtx) {
        media_wire_put_16(rtx, rewritten->sequence);
        memcpy(rtx + RTX_HEADER_SIZE, payload, size);
        payload = rtx;
        size += RTX_HEADER_SIZE;
    }
    media_transport_send_rtp(self->line->transport, header, header_size, payload, size, 0);
    media_bitrate_add(&self->bitrate, header_size + size, rewritten->now_us);
    self->stats.retransmitted++;
}

bool
media_viewer_can_pad(const MediaViewer *self)
{
    return is_ready(self) && self->rewriter.ext_transport_cc != 0 && self->codec != MEDIA_CODEC_NONE &&
           media_rewriter_has_rtx(&self->rewriter, self->codec);
}

bool
media_viewer_send_padding(MediaViewer *self, uint8_t size)
{
    const MediaPacket nothing = { .codec = self->codec, .audio_level = -1 };
    MediaRewritten rewritten = {
        .rtx = true,
        .timestamp = self->rewriter.timestamps.last_out,
        .now_us = media_worker_now_us(self->line->worker),
    };
    uint8_t header[MEDIA_REWRITER_MAX_HEADER];

    if (!media_viewer_can_pad(self))
        return false;
    rewritten.transport_sequence = next_transport_sequence(self, size);
    size_t header_size = media_rewriter_write_header(&self->rewriter, &nothing, &rewritten, header);
    media_transport_send_rtp(self->line->transport, header, header_size, header, 0, size);
    return true;
}

void
media_viewer_on_nack(MediaViewer *self, const uint16_t *sequences, size_t n_sequences)
{
    int64_t now_us = media_worker_now_us(self->line->worker);
    uint32_t rate = media_bitrate_get(&self->bitrate, now_us);

    self->stats.nacks += n_sequences;
    if (self->track == NULL || !is_ready(self))
        return;
    for (size_t i = 0; i < n_sequences; i++) {
        MediaRewritten rewritten;
        MediaPacket packet;
        uint64_t source;

        if (!media_sequence_map_backward(&self->rewriter.sequences, sequences[i], &source) ||
            !media_track_find(self->track, source, &packet) || !media_rewriter_accepts(&self->rewriter, packet.codec) ||
            !media_rewriter_map(&self->rewriter, &packet, &rewritten))
            continue;
        if (media_resend_limit_take(&self->resend, sequences[i], packet.size, rate, now_us))
            resend(self, &packet, &rewritten);
    }
}

void
media_viewer_on_keyframe_request(MediaViewer *self)
{
    self->stats.plis++;
    if (self->track != NULL && self->kind == MEDIA_KIND_VIDEO && !self->stats.codec_refused)
        media_track_request_keyframe(self->track);
}

void
media_viewer_on_report_block(MediaViewer *self, const MediaRtcpReportBlock *block)
{
    self->stats.loss_percent = (uint8_t)(block->fraction_lost * 100 / 256);
}

bool
media_viewer_report(MediaViewer *self, MediaRtcpSenderInfo *ret_info)
{
    int64_t now_us = media_worker_now_us(self->line->worker);
    uint32_t timestamp;
    int64_t local_us;

    if (!self->sent_since_report || self->track == NULL || self->epoch != media_track_get_epoch(self->track) ||
        !media_track_get_clock(self->track, &timestamp, &local_us))
        return false;
    self->sent_since_report = false;
    timestamp += self->rewriter.timestamps.offset;
    timestamp += (uint32_t)((now_us - local_us) * self->rewriter.timestamps.clock_rate / G_USEC_PER_SEC);
    *ret_info = (MediaRtcpSenderInfo){
        .ntp = media_ntp_from_monotonic(now_us),
        .timestamp = timestamp,
        .packets = (uint32_t)self->stats.packets,
        .bytes = self->payload_bytes,
    };
    return true;
}

void
media_viewer_get_stats(const MediaViewer *self, MediaViewerStats *ret_stats)
{
    *ret_stats = self->stats;
    ret_stats->bitrate = media_bitrate_get(&self->bitrate, media_worker_now_us(self->line->worker));
    ret_stats->rtt_us = self->line->rtt_us;
}
