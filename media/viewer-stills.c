#include "media/viewer-priv.h"

enum {
    STILL_US = 4 * 1000 * 1000,      /* between two stills */
    STILL_ASK_US = 8 * 1000 * 1000,  /* a key frame costs those who share the encoding */
    WISHED_ASK_US = 6 * 1000 * 1000, /* that nothing else is wanted of it is not the line's fault */
    /* the first of those come quickly: a page whose element is not there yet when it comes shows the second */
    EARLY_US = 1500 * 1000,
    N_EARLY = 3,
    STILL_BATCH = 8,
    STILL_WHOLE_US = 500 * 1000, /* whose last packet has not come by then is sent as it is */
};

static bool
is_under_way(const MediaViewerStills *stills)
{
    return stills->kept != NULL && stills->cursor <= media_packet_store_get_newest(stills->kept);
}

void
media_viewer_drop_still(MediaViewer *self)
{
    MediaViewerStills *stills = &self->stills;

    if (stills->on_its_way && is_under_way(stills)) /* what is not whole is not shown: as if it had not been sent */
        self->rewriter.timestamps = stills->line;
    stills->on_its_way = false;
    media_worker_stop_timer(self->line->worker, &stills->timer);
    g_clear_pointer(&stills->kept, media_packet_store_free);
}

const MediaPacket *
media_viewer_find_still(const MediaViewer *self, uint64_t sequence)
{
    return self->stills.kept != NULL ? media_packet_store_find(self->stills.kept, sequence) : NULL;
}

/* Each still is a run of its own: what lies between two of them was never meant for the viewer. Browsers delay sound by what
 * pictures arrive late, measured at any packet: a still has the time of the middle of its journey, so that it is as much
 * early as late. False: it is larger than the store, and its beginning gone. */
static bool
set_out(MediaViewer *self)
{
    MediaViewerStills *stills = &self->stills;
    const MediaPacket *first = media_packet_store_find(stills->kept, stills->cursor);
    uint32_t journey_us = media_downlink_get_duration_us(self->line->downlink, stills->n_packets, stills->size);

    if (first == NULL)
        return false;
    stills->on_its_way = true;
    stills->line = self->rewriter.timestamps;
    self->before = NULL;
    self->state = MEDIA_VIEWER_LIVE;
    self->codec = first->codec;
    media_rewriter_restart_ahead(&self->rewriter, first, journey_us / 2, media_worker_now_us(self->line->worker));
    return true;
}

static void
send_still(void *data)
{
    MediaViewer *self = data;
    MediaViewerStills *stills = &self->stills;
    MediaViewerBurst burst;

    if (!stills->on_its_way && !set_out(self)) {
        media_viewer_drop_still(self);
        return;
    }
    burst.n = 0;
    for (; is_under_way(stills) && burst.n < STILL_BATCH; stills->cursor++) {
        const MediaPacket *packet = media_packet_store_find(stills->kept, stills->cursor);
        if (packet == NULL)
            continue;
        if (!media_downlink_take(self->line->downlink, packet->payload_size))
            break;
        media_viewer_add_to_burst(self, &burst, packet);
    }
    media_viewer_send_burst(self, &burst);
    if (is_under_way(stills))
        media_worker_start_timer(self->line->worker, &stills->timer,
                                 media_worker_now_us(self->line->worker) + MEDIA_TIMER_TICK_US, send_still, self);
}

static void
begin(MediaViewer *self, const MediaPacket *first)
{
    MediaViewerStills *stills = &self->stills;
    int64_t now_us = media_worker_now_us(self->line->worker);

    if (stills->kept == NULL)
        stills->kept = media_packet_store_new(MEDIA_KIND_VIDEO);
    media_packet_store_clear(stills->kept);
    stills->timestamp = first->timestamp;
    stills->sent_us = now_us;
    stills->n_begun++;
    stills->n_packets = stills->size = 0;
    stills->on_its_way = false;
    stills->cursor = first->sequence;
    media_worker_start_timer(self->line->worker, &stills->timer, now_us + STILL_WHOLE_US, send_still, self);
}

bool
media_viewer_take_still(MediaViewer *self, const MediaPacket *packet)
{
    MediaViewerStills *stills = &self->stills;
    int64_t now_us = media_worker_now_us(self->line->worker);
    int64_t age_us = stills->sent_us != 0 ? now_us - stills->sent_us : INT64_MAX;
    bool is_early = self->wish.stills && stills->n_begun < N_EARLY;
    int64_t gap_us = is_early ? EARLY_US : STILL_US;
    int64_t ask_us = is_early ? EARLY_US : self->wish.stills ? WISHED_ASK_US : STILL_ASK_US;
    bool is_part = stills->kept != NULL && packet->timestamp == stills->timestamp;

    if (!is_part && packet->keyframe && age_us >= gap_us && !is_under_way(stills)) {
        begin(self, packet);
        is_part = true;
    }
    if (!is_part) {
        if (age_us >= ask_us && now_us - stills->asked_us >= ask_us) {
            stills->asked_us = now_us;
            media_track_request_keyframe(media_viewer_get_tap(self)->track);
        }
        return false;
    }
    media_packet_store_add(stills->kept, packet);
    stills->n_packets++;
    stills->size += packet->payload_size;
    if (packet->sequence < stills->cursor)
        return stills->on_its_way; /* it came late: its place has gone by */
    if (packet->marker || stills->on_its_way)
        media_worker_start_timer(self->line->worker, &stills->timer, now_us, send_still, self);
    return false;
}

bool
media_viewer_show_stored_still(MediaViewer *self)
{
    MediaTrack *track = media_viewer_get_tap(self)->track;
    uint64_t sequence = media_track_get_keyframe_sequence(track);
    MediaPacket packet;

    if (sequence == 0 || !media_track_find(track, sequence, &packet))
        return false;
    for (uint32_t timestamp = packet.timestamp;
         media_track_find(track, sequence, &packet) && packet.timestamp == timestamp; sequence++)
        media_viewer_take_still(self, &packet);
    return true;
}
