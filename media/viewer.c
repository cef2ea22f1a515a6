#include "media/viewer.h"

#include "media/ntp.h"
#include "media/prefetch.h"
#include "media/viewer-priv.h"

enum { REPLAY_BATCH = 16 }; /* packets per tick: 16 x 1,200 bytes in 5 ms are 31 Mbit/s */

static bool
is_ready(const MediaViewer *self)
{
    return media_transport_get_state(self->line->transport) == MEDIA_TRANSPORT_READY;
}

void
media_viewer_attach(MediaViewer *self, MediaViewerTap *tap, MediaTrack *track)
{
    if (tap->track != NULL)
        media_track_remove_sink(tap->track, &tap->sink);
    tap->track = track;
    if (track == NULL)
        return;
    g_assert(media_track_get_kind(track) == self->kind && media_track_get_worker(track) == self->line->worker);
    tap->epoch = media_track_get_epoch(track);
    media_track_add_sink(track, &tap->sink);
}

void
media_viewer_wait_again(MediaViewer *self)
{
    media_worker_stop_timer(self->line->worker, &self->replay.timer);
    media_viewer_drop_still(self);
    self->state = self->given != NULL ? MEDIA_VIEWER_WAITING : MEDIA_VIEWER_IDLE;
}

/* Another key frame came; or that one has left the store, and what comes next with it. */
static bool
has_to_start_again(const MediaViewer *self, MediaTrack *track)
{
    uint64_t keyframe = media_track_get_keyframe_sequence(track);
    MediaPacket next;

    if (keyframe == 0 && self->replay.cursor > self->replay.first)
        return !media_track_find(track, self->replay.cursor, &next);
    return keyframe != self->replay.first;
}

static void
replay(void *data)
{
    MediaViewer *self = data;
    MediaViewerTap *tap = media_viewer_get_tap(self);
    MediaPacket stored[REPLAY_BATCH];
    uint64_t newest = media_track_get_newest_sequence(tap->track);
    MediaViewerBurst burst;

    if (!is_ready(self) || tap->epoch != media_track_get_epoch(tap->track)) {
        media_viewer_wait_again(self);
        return;
    }
    if (has_to_start_again(self, tap->track)) {
        media_viewer_start(self);
        return;
    }
    burst.n = 0;
    for (; self->replay.cursor <= newest && burst.n < REPLAY_BATCH; self->replay.cursor++) {
        MediaPacket *packet = &stored[burst.n];
        if (!media_track_find(tap->track, self->replay.cursor, packet) ||
            !media_rewriter_accepts(&self->rewriter, packet->codec))
            continue;
        if (!media_downlink_take(self->line->downlink, packet->payload_size))
            break;
        media_viewer_add_to_burst(self, &burst, packet);
    }
    media_viewer_send_burst(self, &burst);
    if (self->replay.cursor > newest) {
        self->state = MEDIA_VIEWER_LIVE;
        return;
    }
    media_worker_start_timer(self->line->worker, &self->replay.timer,
                             media_worker_now_us(self->line->worker) + MEDIA_TIMER_TICK_US, replay, self);
}

/* Sound starts with its next packet. A picture starts with what is stored since the last key frame, or waits for one.
 */
void
media_viewer_start(MediaViewer *self)
{
    MediaViewerTap *tap = media_viewer_get_tap(self);
    MediaPacket first, live;

    if (self->given == NULL || self->muted)
        return;
    MediaCodec codec = media_track_get_codec(tap->track);
    self->stats.codec_refused = codec != MEDIA_CODEC_NONE && !media_rewriter_accepts(&self->rewriter, codec);
    if (self->stats.codec_refused || !is_ready(self) || self->kind != MEDIA_KIND_VIDEO)
        return;
    media_viewer_wait_again(self);
    tap->epoch = media_track_get_epoch(tap->track);
    self->before = NULL;
    if (media_viewer_is_suspended(self)) {
        bool is_wanted = self->wish.stills ? self->stills.sent_us == 0 && !media_viewer_show_stored_still(self)
                                           : self->stats.packets == 0;
        if (is_wanted)
            media_track_request_keyframe(tap->track);
        return;
    }
    if (!media_track_find(tap->track, media_track_get_keyframe_sequence(tap->track), &first) ||
        !media_track_find(tap->track, media_track_get_newest_sequence(tap->track), &live)) {
        media_track_request_keyframe(tap->track);
        return;
    }
    media_rewriter_restart_replay(&self->rewriter, &first, &live, media_worker_now_us(self->line->worker));
    self->replay.first = self->replay.cursor = first.sequence;
    self->state = MEDIA_VIEWER_REPLAYING;
    replay(self);
}

/* What the line's pace has no room for comes from the store, tick by tick. */
static bool
falls_behind(MediaViewer *self, const MediaPacket *packet)
{
    MediaTrack *track = media_viewer_get_tap(self)->track;

    if (self->kind != MEDIA_KIND_VIDEO || packet->sequence <= self->rewriter.sequences.highest_source ||
        media_downlink_take(self->line->downlink, packet->payload_size))
        return false;
    self->state = MEDIA_VIEWER_REPLAYING;
    self->replay.first = media_track_get_keyframe_sequence(track);
    self->replay.cursor = packet->sequence;
    media_worker_start_timer(self->line->worker, &self->replay.timer,
                             media_worker_now_us(self->line->worker) + MEDIA_TIMER_TICK_US, replay, self);
    return true;
}

/* Whether a packet goes out now, with what that means for the state. */
static bool
take(MediaViewer *self, const MediaPacket *packet)
{
    self->stats.codec_refused = !media_rewriter_accepts(&self->rewriter, packet->codec);
    if (self->stats.codec_refused)
        return false;
    if (self->state == MEDIA_VIEWER_LIVE && packet->codec != self->codec && self->kind == MEDIA_KIND_VIDEO)
        self->state = MEDIA_VIEWER_WAITING;
    if (self->muted) {
        if (self->state == MEDIA_VIEWER_LIVE)
            media_rewriter_skip(&self->rewriter, packet);
        return false;
    }
    if (media_viewer_is_suspended(self))
        return media_viewer_take_still(self, packet);

    switch (self->state) {
    case MEDIA_VIEWER_WAITING:
        if (!packet->keyframe)
            return false;
        self->before = NULL;
        media_rewriter_restart(&self->rewriter, packet, media_worker_now_us(self->line->worker));
        self->state = MEDIA_VIEWER_LIVE;
        self->codec = packet->codec;
        return !falls_behind(self, packet);
    case MEDIA_VIEWER_REPLAYING:
        return packet->sequence < self->replay.cursor; /* newer ones come from the store in their turn */
    case MEDIA_VIEWER_LIVE:
        return !falls_behind(self, packet);
    case MEDIA_VIEWER_IDLE:
        break;
    }
    return false;
}

static void
take_all(MediaViewer *self, const MediaPacket *packets, size_t n_packets)
{
    MediaViewerBurst burst;

    burst.n = 0;
    for (size_t i = 0; i < n_packets; i++) {
        if (burst.n == MEDIA_TRACK_MAX_BURST)
            media_viewer_send_burst(self, &burst);
        if (take(self, &packets[i]))
            media_viewer_add_to_burst(self, &burst, &packets[i]);
    }
    media_viewer_send_burst(self, &burst);
}

/* Nothing of it is sent before its key frame. */
static void
on_next_packets(MediaViewer *self, MediaTrack *track, const MediaPacket *packets, size_t n_packets)
{
    size_t i = 0;

    while (i < n_packets && !(packets[i].keyframe && media_rewriter_accepts(&self->rewriter, packets[i].codec)))
        i++;
    if (i == n_packets) {
        media_track_request_keyframe(track);
        return;
    }
    media_viewer_take_over(self, &packets[i]);
    self->codec = packets[i].codec;
    take_all(self, packets + i, n_packets - i);
}

static void
on_packets(MediaSink *sink, MediaTrack *track, const MediaPacket *packets, size_t n_packets)
{
    MediaViewerTap *tap = (MediaViewerTap *)sink;
    MediaViewer *self = tap->viewer;

    if (!is_ready(self)) {
        media_viewer_wait_again(self);
        return;
    }
    if (tap != media_viewer_get_tap(self)) {
        on_next_packets(self, track, packets, n_packets);
        return;
    }
    if (tap->epoch != media_track_get_epoch(track)) {
        tap->epoch = media_track_get_epoch(track);
        media_viewer_wait_again(self);
    }
    take_all(self, packets, n_packets);
    if (self->state == MEDIA_VIEWER_WAITING && !self->stats.codec_refused && !self->muted &&
        !media_viewer_is_suspended(self))
        media_track_request_keyframe(track);
}

/* The encodings of a source go together. */
static void
on_track_gone(MediaSink *sink, MediaTrack *track G_GNUC_UNUSED)
{
    MediaViewerTap *tap = (MediaViewerTap *)sink;
    MediaViewer *self = tap->viewer;

    tap->track = NULL;
    self->before = NULL;
    if (tap != media_viewer_get_tap(self))
        return;
    media_viewer_attach(self, media_viewer_get_next_tap(self), NULL);
    self->given = NULL;
    media_viewer_wait_again(self);
}

static void
on_tick(MediaEncodingsWatch *watch)
{
    MediaViewer *self = (MediaViewer *)((char *)watch - offsetof(MediaViewer, wish.watch));

    if (is_ready(self))
        media_viewer_choose(self);
}

static void
on_prefetch(const MediaSink *sink, unsigned ahead)
{
    const MediaViewer *self = ((const MediaViewerTap *)sink)->viewer;

    if (ahead == 6)
        media_prefetch(self, offsetof(MediaViewer, rewriter.sequences.runs));
    else if (ahead == 5) {
        media_prefetch(self->line, sizeof *self->line);
        media_sequence_map_prefetch(&self->rewriter.sequences);
    } else {
        media_downlink_prefetch(self->line->downlink, ahead);
        media_transport_prefetch(self->line->transport, self->rewriter.ssrc, ahead);
    }
}

static const MediaSinkClass viewer_sink = {
    .packets = on_packets,
    .prefetch = on_prefetch,
    .track_gone = on_track_gone,
    .for_people = true,
};

/* The first numbers are random (RFC 3550 section 5.1), in the lower half so that SRTP's roll-over count is clear. */
MediaViewer *
media_viewer_new(MediaSenderLine *line, const MediaStream *stream)
{
    MediaViewer *self = g_new0(MediaViewer, 1);

    for (unsigned i = 0; i < G_N_ELEMENTS(self->taps); i++)
        self->taps[i] = (MediaViewerTap){ .sink.klass = &viewer_sink, .viewer = self };
    self->line = line;
    self->kind = stream->kind;
    self->wish.budget = UINT32_MAX;
    self->wish.watch.tick = on_tick;
    for (unsigned i = 0; i < stream->n_codecs; i++) {
        if (stream->codecs[i].codec == MEDIA_CODEC_OPUS)
            self->red.payload_type = stream->codecs[i].red_payload_type;
    }
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
    media_viewer_drop_still(self);
    g_free(self);
}

uint32_t
media_viewer_get_ssrc(const MediaViewer *self)
{
    return self->rewriter.ssrc;
}

static void
let_go(MediaViewer *self)
{
    MediaEncodings *encodings = self->given != NULL ? media_track_get_encodings(self->given) : NULL;

    if (encodings != NULL)
        media_encodings_remove_watch(encodings, &self->wish.watch);
    for (unsigned i = 0; i < G_N_ELEMENTS(self->taps); i++)
        media_viewer_attach(self, &self->taps[i], NULL);
    self->before = NULL;
}

void
media_viewer_set_track(MediaViewer *self, MediaTrack *track)
{
    MEDIA_ASSERT_ON_WORKER(self->line->worker);
    if (self->given == track)
        return;
    let_go(self);
    self->given = track;
    self->stats.codec_refused = false;
    media_viewer_wait_again(self);
    self->stills = (MediaViewerStills){ 0 }; /* the first of it need not wait */
    if (track == NULL)
        return;
    media_viewer_attach(self, media_viewer_get_tap(self), track);
    if (media_track_get_encodings(track) != NULL)
        media_encodings_add_watch(media_track_get_encodings(track), &self->wish.watch);
    media_viewer_choose_first(self);
    media_viewer_start(self);
}

MediaTrack *
media_viewer_get_track(const MediaViewer *self)
{
    return self->given;
}

void
media_viewer_set_muted(MediaViewer *self, bool muted)
{
    MEDIA_ASSERT_ON_WORKER(self->line->worker);
    if (self->muted == muted)
        return;
    self->muted = muted;
    if (self->kind == MEDIA_KIND_VIDEO)
        media_viewer_wait_again(self); /* for a key frame; sound goes on where it is */
    media_viewer_start(self);
}

void
media_viewer_on_ready(MediaViewer *self)
{
    if (self->state == MEDIA_VIEWER_WAITING)
        media_viewer_start(self);
}

/* Where what was sent in this run still lies; NULL: nowhere. */
static MediaTrack *
find_track(MediaViewer *self, const MediaSequenceRun *run)
{
    if (media_rewriter_is_current(&self->rewriter, run))
        return media_viewer_get_tap(self)->track;
    return self->before != NULL && media_track_get_epoch(self->before) == self->before_epoch ? self->before : NULL;
}

static bool
find_sent(MediaViewer *self, const MediaSequenceRun *run, uint64_t source, MediaPacket *ret_packet)
{
    MediaTrack *track = find_track(self, run);
    const MediaPacket *still = media_viewer_find_still(self, source);

    if (still == NULL)
        return track != NULL && media_track_find(track, source, ret_packet);
    *ret_packet = *still;
    return true;
}

void
media_viewer_on_nack(MediaViewer *self, const uint16_t *sequences, size_t n_sequences)
{
    int64_t now_us = media_worker_now_us(self->line->worker);
    uint32_t rate = media_bitrate_get(&self->bitrate, now_us);

    self->stats.nacks += n_sequences;
    if (self->given == NULL || !is_ready(self))
        return;
    for (size_t i = 0; i < n_sequences; i++) {
        uint64_t source;
        const MediaSequenceRun *run = media_rewriter_find(&self->rewriter, sequences[i], &source);
        MediaRewritten rewritten;
        MediaPacket packet;

        if (run == NULL || !find_sent(self, run, source, &packet) ||
            !media_rewriter_accepts(&self->rewriter, packet.codec) ||
            !media_resend_limit_take(&self->resend, sequences[i], packet.size, rate, now_us))
            continue;
        media_rewriter_repeat(&self->rewriter, run, &packet, sequences[i], &rewritten);
        media_viewer_resend(self, &packet, &rewritten);
    }
}

void
media_viewer_on_keyframe_request(MediaViewer *self)
{
    self->stats.plis++;
    if (self->given == NULL || self->kind != MEDIA_KIND_VIDEO || self->stats.codec_refused || self->muted ||
        media_viewer_is_suspended(self))
        return;
    media_track_request_keyframe(media_viewer_get_tap(self)->track);
}

void
media_viewer_on_report_block(MediaViewer *self, const MediaRtcpReportBlock *block)
{
    self->stats.loss_percent = (uint8_t)(block->fraction_lost * 100 / 256);
    if (self->red.payload_type != 0)
        media_red_switch_update(&self->red.now, block->fraction_lost, media_worker_now_us(self->line->worker));
}

bool
media_viewer_report(MediaViewer *self, MediaRtcpSenderInfo *ret_info)
{
    const MediaViewerTap *tap = media_viewer_get_tap(self);
    int64_t now_us = media_worker_now_us(self->line->worker);
    uint32_t timestamp;
    int64_t local_us;

    if (!self->payload.any || tap->track == NULL || tap->epoch != media_track_get_epoch(tap->track) ||
        !media_track_get_clock(tap->track, &timestamp, &local_us))
        return false;
    self->payload.any = false;
    timestamp += self->rewriter.timestamps.offset;
    timestamp += (uint32_t)((now_us - local_us) * self->rewriter.timestamps.clock_rate / G_USEC_PER_SEC);
    if (media_viewer_is_suspended(self) || self->state == MEDIA_VIEWER_WAITING) /* stills have a time of their own */
        timestamp = media_timestamp_map_at(&self->rewriter.timestamps, now_us);
    *ret_info = (MediaRtcpSenderInfo){
        .ntp = media_ntp_from_monotonic(now_us),
        .timestamp = timestamp,
        .packets = (uint32_t)self->stats.packets,
        .bytes = self->payload.bytes,
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
