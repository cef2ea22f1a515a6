#define G_LOG_DOMAIN "media.peer"

#include "media/encodings.h"
#include "media/peer-priv.h"
#include "media/peer-stats.h"
#include "media/viewer.h"

#include <string.h>

enum {
    STATS_INTERVAL_US = G_USEC_PER_SEC,
    STATS_SHARED_US = 100 * 1000, /* peers tell together: one wake-up of the main thread for many */
};

/* What goes into the worker's totals. */
typedef struct {
    MediaTotals *totals;             /* borrowed */
    int64_t counted[MEDIA_N_TOTALS]; /* what is in them already */
    bool handshake_begun, handshake_done, handshake_failed;
    int64_t made_us, wanted_us, first_in_us; /* monotonic; 0: not yet */
    bool joined[MEDIA_N_JOINS];
} Figures;

struct MediaPeerCore {
    /* constant after new() */
    MediaWorker *worker;         /* borrowed */
    MediaHandshaker *handshaker; /* borrowed */
    MediaPeerLink *link;         /* owned reference */
    char *cname;
    bool want_stats;
    MediaRoomSound *sound; /* borrowed */

    /* worker only */
    MediaTransport *transport;
    MediaReceiver *receiver;
    MediaSender *sender;
    MediaTimer stats_timer;
    GPtrArray *sources;                      /* MediaSourceCore, owned references, in m-section order */
    MediaViewer *viewers[MEDIA_MAX_SLOTS];   /* the sender's; NULL until negotiated */
    MediaSourceCore *slots[MEDIA_MAX_SLOTS]; /* owned references; NULL: nothing */
    MediaSlotShown shown[MEDIA_MAX_SLOTS];
    Figures figures;
};

/* What main asks of the worker. One struct for all requests: they are rare. */
typedef struct {
    MediaPeerCore *core;
    MediaIceCredentials ice;
    MediaTransportRemote remote;
    MediaStream stream;
    bool has_stream;
    unsigned slot;
    MediaSlotShown shown;
    MediaSourceCore *source; /* owned reference or NULL */
    int64_t at_us;           /* when main asked */
} Order;

/* What the worker tells main. */
typedef struct {
    MediaPeerLink *link; /* owned reference */
    MediaTransportState state;
    MediaPeerStats stats;
} Report;

MediaPeerLink *
media_peer_link_ref(MediaPeerLink *self)
{
    media_ref_count_inc(&self->n_refs);
    return self;
}

void
media_peer_link_unref(void *data)
{
    MediaPeerLink *self = data;

    if (media_ref_count_dec(&self->n_refs))
        g_free(self);
}

static void
report_free(void *data)
{
    Report *report = data;

    media_peer_link_unref(report->link);
    g_free(report);
}

static void
run_report_state(void *data)
{
    Report *report = data;

    if (report->link->peer != NULL)
        media_peer_on_state(report->link->peer, report->state);
}

static void
run_report_stats(void *data)
{
    Report *report = data;

    if (report->link->peer != NULL)
        media_peer_on_stats(report->link->peer, &report->stats);
}

static Report *
report_new(MediaPeerCore *self)
{
    Report *report = g_new0(Report, 1);

    report->link = media_peer_link_ref(self->link);
    return report;
}

static void
note_handshake(Figures *figures, MediaTransportState state)
{
    figures->handshake_begun |= state != MEDIA_TRANSPORT_NEW;
    figures->handshake_done |= state == MEDIA_TRANSPORT_READY;
    figures->handshake_failed |= state == MEDIA_TRANSPORT_FAILED && !figures->handshake_done;
}

static void
on_state_changed(MediaTransport *transport, MediaTransportState state, void *user_data)
{
    MediaPeerCore *self = user_data;
    Report *report = report_new(self);

    (void)transport;
    note_handshake(&self->figures, state);
    if (state == MEDIA_TRANSPORT_READY)
        media_sender_on_ready(self->sender);
    report->state = state;
    media_worker_post(self->link->main, run_report_state, report, report_free);
}

static void
on_rtp_received(MediaTransport *transport, const uint8_t *packet, size_t size, int64_t arrival_us, void *user_data)
{
    MediaPeerCore *self = user_data;

    (void)transport;
    if (G_UNLIKELY(self->figures.first_in_us == 0))
        self->figures.first_in_us = arrival_us;
    media_receiver_on_rtp(self->receiver, packet, size, arrival_us);
}

static void
on_rtcp_received(MediaTransport *transport, const uint8_t *packet, size_t size, int64_t arrival_us, void *user_data)
{
    MediaPeerCore *self = user_data;

    (void)transport;
    media_receiver_on_rtcp(self->receiver, packet, size, arrival_us);
    media_sender_on_rtcp(self->sender, packet, size, arrival_us);
}

static const MediaTransportEvents transport_events = {
    .state_changed = on_state_changed,
    .rtp_received = on_rtp_received,
    .rtcp_received = on_rtcp_received,
};

static void
add_source_stats(MediaPeerCore *self, MediaPeerStats *stats, int64_t now_us)
{
    stats->silent_us = -1;
    stats->picture_silent_us = -1;
    stats->audio_level = -1;
    for (unsigned i = 0; i < self->sources->len; i++) {
        MediaTrack *track = ((MediaSourceCore *)g_ptr_array_index(self->sources, i))->track;
        if (track != NULL)
            media_peer_stats_add_track(stats, track, now_us);
    }
}

static void
add_viewer_stats(MediaPeerCore *self, MediaPeerStats *stats)
{
    MediaSenderStats sender;

    media_sender_get_stats(self->sender, &sender);
    stats->estimate = sender.estimate;
    for (unsigned i = 0; i < MEDIA_MAX_SLOTS; i++) {
        if (self->viewers[i] != NULL)
            media_peer_stats_add_viewer(stats, self->viewers[i], i);
    }
}

static void
collect_tracks(const MediaPeerCore *self, int64_t *values)
{
    for (unsigned i = 0; i < self->sources->len; i++) {
        MediaTrack *track = ((MediaSourceCore *)g_ptr_array_index(self->sources, i))->track;
        MediaTrackStats one;

        if (track == NULL)
            continue;
        values[MEDIA_TOTAL_BITRATE_UP] += media_encodings_get_stats(track, &one);
        values[MEDIA_TOTAL_TRACKS]++;
        values[MEDIA_TOTAL_TRACK_PACKETS] += (int64_t)one.packets;
        values[MEDIA_TOTAL_RECOVERED] += (int64_t)one.recovered;
        values[MEDIA_TOTAL_LOST] += (int64_t)one.lost;
        values[MEDIA_TOTAL_NACKS_OUT] += (int64_t)one.nacks;
        values[MEDIA_TOTAL_PLIS_OUT] += (int64_t)one.keyframe_requests;
        values[MEDIA_TOTAL_KEYFRAMES] += (int64_t)one.keyframes;
        if (one.packets == 0)
            continue;
        values[MEDIA_TOTAL_JITTER_US] += media_peer_stats_get_jitter_us(track, &one);
        values[MEDIA_TOTAL_JITTERS]++;
    }
}

static void
collect_viewers(const MediaPeerCore *self, int64_t *values)
{
    int64_t rtt_us = media_receiver_get_rtt_us(self->receiver);
    MediaSenderStats sender;

    media_sender_get_stats(self->sender, &sender);
    values[MEDIA_TOTAL_ESTIMATE] = sender.estimate;
    values[MEDIA_TOTAL_ESTIMATES] = sender.estimate > 0;
    for (unsigned i = 0; i < MEDIA_MAX_SLOTS; i++) {
        MediaViewerStats one;

        if (self->viewers[i] == NULL)
            continue;
        media_viewer_get_stats(self->viewers[i], &one);
        values[MEDIA_TOTAL_VIEWERS]++;
        values[MEDIA_TOTAL_NACKS_IN] += (int64_t)one.nacks;
        values[MEDIA_TOTAL_PLIS_IN] += (int64_t)one.plis;
        values[MEDIA_TOTAL_REDUNDANT] += (int64_t)one.redundant;
        values[MEDIA_TOTAL_RETRANSMITTED] += (int64_t)one.retransmitted;
        values[MEDIA_TOTAL_BITRATE_DOWN] += one.bitrate;
        rtt_us = MAX(rtt_us, one.rtt_us);
    }
    values[MEDIA_TOTAL_RTT_US] = rtt_us;
    values[MEDIA_TOTAL_RTTS] = rtt_us > 0;
}

static void
collect(const MediaPeerCore *self, int64_t *values)
{
    MediaTransportStats transport;

    memset(values, 0, sizeof(int64_t) * MEDIA_N_TOTALS);
    media_transport_get_stats(self->transport, &transport);
    values[MEDIA_TOTAL_PEERS] = 1;
    values[MEDIA_TOTAL_READY] = media_transport_get_state(self->transport) == MEDIA_TRANSPORT_READY;
    values[MEDIA_TOTAL_PACKETS_IN] = (int64_t)transport.packets_in;
    values[MEDIA_TOTAL_PACKETS_OUT] = (int64_t)transport.packets_out;
    values[MEDIA_TOTAL_BYTES_IN] = (int64_t)transport.bytes_in;
    values[MEDIA_TOTAL_BYTES_OUT] = (int64_t)transport.bytes_out;
    values[MEDIA_TOTAL_DROPPED_FORGED] = (int64_t)transport.dropped_in;
    values[MEDIA_TOTAL_DROPPED_POLICED] = (int64_t)transport.policed_in;
    values[MEDIA_TOTAL_DROPPED_SOCKET] = (int64_t)transport.dropped_out;
    values[MEDIA_TOTAL_DROPPED_UNSENT] = (int64_t)transport.unsent;
    values[MEDIA_TOTAL_ADDRESS_CHANGES] = transport.address_changes;
    values[MEDIA_TOTAL_HANDSHAKES_BEGUN] = self->figures.handshake_begun;
    values[MEDIA_TOTAL_HANDSHAKES_DONE] = self->figures.handshake_done;
    values[MEDIA_TOTAL_HANDSHAKES_FAILED] = self->figures.handshake_failed;
    collect_tracks(self, values);
    collect_viewers(self, values);
}

static void
note_join(Figures *figures, MediaJoin join, int64_t wanted_us, int64_t first_us)
{
    if (figures->joined[join] || first_us == 0 || wanted_us == 0)
        return;
    figures->joined[join] = true;
    media_totals_add_join(figures->totals, join, first_us - wanted_us);
}

/* Before anything that was counted goes. */
static void
account(MediaPeerCore *self)
{
    Figures *figures = &self->figures;
    int64_t now[MEDIA_N_TOTALS];

    collect(self, now);
    media_totals_account(figures->totals, figures->counted, now);
    note_join(figures, MEDIA_JOIN_WATCH, figures->wanted_us, media_sender_get_first_sent_us(self->sender));
    note_join(figures, MEDIA_JOIN_PUBLISH, figures->made_us, figures->first_in_us);
}

/* And after it has. */
static void
rebase(MediaPeerCore *self)
{
    int64_t now[MEDIA_N_TOTALS];

    collect(self, now);
    media_totals_rebase(self->figures.totals, self->figures.counted, now);
}

static int64_t
get_next_stats_us(int64_t now_us)
{
    return (now_us + STATS_INTERVAL_US) / STATS_SHARED_US * STATS_SHARED_US;
}

static void
on_stats_timer(void *data)
{
    MediaPeerCore *self = data;
    int64_t now_us = media_worker_now_us(self->worker);
    Report *report = report_new(self);

    account(self);
    report->stats.state = media_transport_get_state(self->transport);
    media_transport_get_stats(self->transport, &report->stats.transport);
    add_source_stats(self, &report->stats, now_us);
    add_viewer_stats(self, &report->stats);
    if (report->stats.rtt_us == 0)
        report->stats.rtt_us = media_receiver_get_rtt_us(self->receiver);
    media_worker_post(self->link->main, run_report_stats, report, report_free);
    media_worker_start_timer(self->worker, &self->stats_timer, get_next_stats_us(now_us), on_stats_timer, self);
}

static void
order_free(void *data)
{
    Order *order = data;

    if (order->source != NULL)
        media_source_core_unref(order->source);
    g_free(order);
}

static Order *
order_new(MediaPeerCore *core)
{
    Order *order = g_new0(Order, 1);

    order->core = core;
    order->at_us = g_get_monotonic_time();
    return order;
}

static void
post(MediaWorkerFunc func, Order *order)
{
    media_worker_post(order->core->worker, func, order, order_free);
}

static void
run_start(void *data)
{
    Order *order = data;
    MediaPeerCore *self = order->core;

    self->transport = media_transport_new(self->worker, self->handshaker, &order->ice, &transport_events, self);
    self->receiver = media_receiver_new(self->transport);
    self->sender = media_sender_new(self->transport, self->cname);
    account(self);
    if (self->want_stats)
        media_worker_start_timer(self->worker, &self->stats_timer, get_next_stats_us(media_worker_now_us(self->worker)),
                                 on_stats_timer, self);
}

MediaPeerCore *
media_peer_core_new(MediaWorker *worker, MediaHandshaker *handshaker, MediaPeerLink *link,
                    const MediaPeerCoreConfig *config)
{
    MediaPeerCore *self = g_new0(MediaPeerCore, 1);

    self->worker = worker;
    self->handshaker = handshaker;
    self->link = media_peer_link_ref(link);
    self->cname = g_strdup(config->cname);
    self->want_stats = config->want_stats;
    self->sound = config->sound;
    self->figures.totals = config->totals;
    self->figures.made_us = g_get_monotonic_time();
    self->sources = g_ptr_array_new_with_free_func(media_source_core_unref);
    Order *order = order_new(self);
    order->ice = *config->ice;
    post(run_start, order);
    return self;
}

/* The tracks go with the receiver; nobody may find them through a source any more. */
static void
forget_tracks(MediaPeerCore *self)
{
    for (unsigned i = 0; i < self->sources->len; i++)
        ((MediaSourceCore *)g_ptr_array_index(self->sources, i))->track = NULL;
}

static void
run_free(void *data)
{
    MediaPeerCore *self = ((Order *)data)->core;

    const int64_t nothing[MEDIA_N_TOTALS] = { 0 };

    media_worker_stop_timer(self->worker, &self->stats_timer);
    account(self);
    media_totals_rebase(self->figures.totals, self->figures.counted, nothing);
    media_sender_free(self->sender);
    media_receiver_free(self->receiver);
    forget_tracks(self);
    media_transport_free(self->transport);
    for (unsigned i = 0; i < MEDIA_MAX_SLOTS; i++) {
        if (self->slots[i] != NULL)
            media_source_core_unref(self->slots[i]);
    }
    g_ptr_array_unref(self->sources);
    media_peer_link_unref(self->link);
    g_free(self->cname);
    g_free(self);
}

void
media_peer_core_free(MediaPeerCore *self)
{
    post(run_free, order_new(self));
}

static void
run_set_remote(void *data)
{
    Order *order = data;

    media_transport_set_remote(order->core->transport, &order->remote);
}

void
media_peer_core_set_remote(MediaPeerCore *self, const MediaTransportRemote *remote)
{
    Order *order = order_new(self);

    order->remote = *remote;
    post(run_set_remote, order);
}

static void
run_restart_ice(void *data)
{
    Order *order = data;

    media_transport_restart_ice(order->core->transport, &order->ice);
}

void
media_peer_core_restart_ice(MediaPeerCore *self, const MediaIceCredentials *ice)
{
    Order *order = order_new(self);

    order->ice = *ice;
    post(run_restart_ice, order);
}

static void
run_add_stream(void *data)
{
    Order *order = data;
    MediaPeerCore *self = order->core;

    order->source->track = media_receiver_add_stream(self->receiver, &order->stream);
    if (!g_ptr_array_find(self->sources, order->source, NULL))
        g_ptr_array_add(self->sources, media_source_core_ref(order->source));
    media_room_sound_add(self->sound, order->source);
}

void
media_peer_core_add_stream(MediaPeerCore *self, const MediaStream *stream, MediaSourceCore *source)
{
    Order *order = order_new(self);

    order->stream = *stream;
    order->source = media_source_core_ref(source);
    post(run_add_stream, order);
}

static void
run_remove_stream(void *data)
{
    Order *order = data;
    MediaPeerCore *self = order->core;

    account(self);
    media_receiver_remove_stream(self->receiver, order->stream.mid);
    order->source->track = NULL;
    g_ptr_array_remove(self->sources, order->source);
    rebase(self);
}

void
media_peer_core_remove_stream(MediaPeerCore *self, const char *mid, MediaSourceCore *source)
{
    Order *order = order_new(self);

    g_strlcpy(order->stream.mid, mid, sizeof order->stream.mid);
    order->source = media_source_core_ref(source);
    post(run_remove_stream, order);
}

static void
feed(MediaPeerCore *self, unsigned slot)
{
    if (self->viewers[slot] != NULL)
        media_viewer_set_track(self->viewers[slot], self->slots[slot] != NULL ? self->slots[slot]->track : NULL);
}

static void
apply_shown(MediaPeerCore *self, unsigned slot)
{
    if (self->viewers[slot] == NULL)
        return;
    const MediaSlotShown *shown = &self->shown[slot];
    media_viewer_set_wanted_size(self->viewers[slot], shown->width, shown->height);
    media_viewer_set_stills(self->viewers[slot], shown->stills);
}

static void
run_set_viewer(void *data)
{
    Order *order = data;
    MediaPeerCore *self = order->core;
    MediaViewer **viewer = &self->viewers[order->slot];

    account(self);
    if (*viewer != NULL)
        media_sender_remove_viewer(self->sender, *viewer);
    *viewer = order->has_stream ? media_sender_add_viewer(self->sender, &order->stream) : NULL;
    rebase(self);
    apply_shown(self, order->slot);
    feed(self, order->slot);
    if (media_transport_get_state(self->transport) == MEDIA_TRANSPORT_READY)
        media_sender_on_ready(self->sender);
}

void
media_peer_core_set_viewer(MediaPeerCore *self, unsigned slot, const MediaStream *stream)
{
    Order *order = order_new(self);

    order->slot = slot;
    order->has_stream = stream != NULL;
    if (stream != NULL)
        order->stream = *stream;
    post(run_set_viewer, order);
}

static void
run_set_slot_source(void *data)
{
    Order *order = data;
    MediaPeerCore *self = order->core;

    if (self->slots[order->slot] != NULL)
        media_source_core_unref(self->slots[order->slot]);
    self->slots[order->slot] = g_steal_pointer(&order->source);
    if (self->slots[order->slot] != NULL && self->figures.wanted_us == 0)
        self->figures.wanted_us = MAX(self->figures.made_us, order->at_us);
    feed(self, order->slot);
}

void
media_peer_core_set_slot_source(MediaPeerCore *self, unsigned slot, MediaSourceCore *source)
{
    Order *order = order_new(self);

    order->slot = slot;
    order->source = source != NULL ? media_source_core_ref(source) : NULL;
    post(run_set_slot_source, order);
}

static void
run_set_slot_shown(void *data)
{
    Order *order = data;

    order->core->shown[order->slot] = order->shown;
    apply_shown(order->core, order->slot);
}

void
media_peer_core_set_slot_shown(MediaPeerCore *self, unsigned slot, const MediaSlotShown *shown)
{
    Order *order = order_new(self);

    order->slot = slot;
    order->shown = *shown;
    post(run_set_slot_shown, order);
}
