#include <string.h>

#include "media/viewer-priv.h"

/* What can be chosen from, and the track that each encoding is. */
typedef struct {
    size_t n;
    MediaLayerOption options[MEDIA_MAX_LAYERS]; /* worst first */
    MediaTrack *tracks[MEDIA_MAX_ENCODINGS];    /* by rank */
} Menu;

G_STATIC_ASSERT((int)MEDIA_MAX_LAYERS >= (int)MEDIA_MAX_ENCODINGS * (int)MEDIA_MAX_TEMPORAL_LAYERS);

static unsigned
list_flowing(const MediaViewer *self, MediaTrack *tracks[MEDIA_MAX_ENCODINGS])
{
    MediaEncodings *encodings = media_track_get_encodings(self->given);

    if (encodings != NULL)
        return media_encodings_get_flowing(encodings, tracks);
    tracks[0] = self->given;
    return 1;
}

/* The next smaller encoding is as large as the viewer's tile. */
static bool
is_too_large(const MediaViewer *self, MediaTrack *const *tracks, unsigned rank)
{
    MediaTrackStats smaller;

    if (rank == 0 || self->wish.width == 0)
        return false;
    media_track_get_stats(tracks[rank - 1], &smaller);
    uint16_t width = MAX(smaller.width, smaller.height), height = MIN(smaller.width, smaller.height); /* held upright */
    return width >= MAX(self->wish.width, self->wish.height) && height >= MIN(self->wish.width, self->wish.height);
}

static uint8_t
get_name(const MediaViewer *self, const MediaTrack *track)
{
    MediaEncodings *encodings = media_track_get_encodings(self->given);
    uint8_t i = 0;

    while (encodings != NULL && i + 1u < media_encodings_get_n_tracks(encodings) &&
           media_encodings_get_track(encodings, i) != track)
        i++;
    return i;
}

static void
add_options(const MediaViewer *self, Menu *menu, MediaTrack *track, uint8_t rank)
{
    uint32_t bitrates[MEDIA_MAX_TEMPORAL_LAYERS];
    size_t n = media_track_get_layer_bitrates(track, bitrates);

    for (size_t i = 0; i < n; i++) {
        if (i == 0 && n > 2 && rank > 0)
            continue; /* a quarter of the frames: the smaller picture that moves is better */
        menu->options[menu->n++] = (MediaLayerOption){
            .encoding = get_name(self, track),
            .spatial = rank,
            .temporal = (uint8_t)i,
            .bitrate = bitrates[i],
        };
    }
}

static void
make_menu(const MediaViewer *self, Menu *ret_menu)
{
    unsigned n = list_flowing(self, ret_menu->tracks);

    ret_menu->n = 0;
    for (unsigned rank = 0; rank < n && !is_too_large(self, ret_menu->tracks, rank); rank++)
        add_options(self, ret_menu, ret_menu->tracks[rank], (uint8_t)rank);
}

size_t
media_viewer_get_layers(const MediaViewer *self, MediaViewerLayer layers[MEDIA_MAX_LAYERS])
{
    Menu menu;

    if (self->given == NULL || self->kind != MEDIA_KIND_VIDEO || self->stats.codec_refused || self->wish.stills)
        return 0;
    make_menu(self, &menu);
    for (size_t i = 0; i < menu.n; i++) {
        const MediaLayerOption *option = &menu.options[i];
        size_t at = i;

        for (; at > 0 && layers[at - 1].bitrate > option->bitrate; at--)
            layers[at] = layers[at - 1];
        layers[at] = (MediaViewerLayer){
            .bitrate = option->bitrate,
            .spatial = option->spatial,
            .temporal = option->temporal,
        };
    }
    return menu.n;
}

/* The other encoding, without a break: it is listened to until its next key frame. */
static void
prepare(MediaViewer *self, MediaTrack *track)
{
    MediaViewerTap *next = media_viewer_get_next_tap(self);

    if (next->track != track)
        media_viewer_attach(self, next, track);
    if (track != NULL)
        media_track_request_keyframe(track);
}

static void
follow(MediaViewer *self, MediaTrack *track, uint8_t temporal)
{
    MediaViewerTap *tap = media_viewer_get_tap(self);

    self->rewriter.wanted_temporal = temporal;
    if (track == tap->track) {
        prepare(self, NULL);
    } else if (self->state == MEDIA_VIEWER_WAITING || self->state == MEDIA_VIEWER_IDLE) {
        prepare(self, NULL);
        media_viewer_attach(self, tap, track);
        media_viewer_start(self);
    } else {
        prepare(self, track);
    }
}

static bool
pick(MediaViewer *self, MediaTrack **ret_track, uint8_t *ret_temporal)
{
    Menu menu;

    make_menu(self, &menu);
    if (menu.n == 0)
        return false;
    uint32_t budget = media_viewer_is_suspended(self) ? 0 : self->wish.budget;
    size_t i = media_layer_choice_pick(&self->wish.choice, menu.options, menu.n, budget,
                                       media_worker_now_us(self->line->worker));
    *ret_track = menu.tracks[menu.options[i].spatial];
    *ret_temporal = i + 1 == menu.n ? MEDIA_MAX_TEMPORAL_LAYERS - 1 : menu.options[i].temporal;
    return true;
}

void
media_viewer_choose(MediaViewer *self)
{
    MediaTrack *track;
    uint8_t temporal;

    if (self->given == NULL || self->kind != MEDIA_KIND_VIDEO || self->muted)
        return;
    if (!media_viewer_is_suspended(self) && self->wish.budget == UINT32_MAX &&
        media_track_get_encodings(self->given) == NULL) {
        self->rewriter.wanted_temporal = MEDIA_MAX_TEMPORAL_LAYERS - 1;
        return; /* nothing to choose */
    }
    if (pick(self, &track, &temporal))
        follow(self, track, temporal);
}

static bool
has_keyframe(MediaTrack *track)
{
    return media_track_get_keyframe_sequence(track) != 0;
}

void
media_viewer_choose_first(MediaViewer *self)
{
    MediaViewerTap *tap = media_viewer_get_tap(self);
    MediaTrack *tracks[MEDIA_MAX_ENCODINGS], *track;
    uint8_t temporal;

    self->wish.choice = (MediaLayerChoice){ 0 };
    if (self->kind != MEDIA_KIND_VIDEO || !pick(self, &track, &temporal))
        return;
    self->rewriter.wanted_temporal = temporal;
    for (unsigned i = list_flowing(self, tracks); i-- > 0 && !has_keyframe(track);) {
        if (has_keyframe(tracks[i]) && !media_viewer_is_suspended(self))
            track = tracks[i];
    }
    if (track != tap->track)
        media_viewer_attach(self, tap, track);
}

/* How far the new track's timestamps are behind the viewer's line, so that what was taken at the same moment has the
 * same. */
static uint32_t
align(MediaTrack *from, MediaTrack *to, const MediaTimestampMap *line)
{
    uint32_t old_timestamp, new_timestamp;
    int64_t old_us, new_us;

    if (!media_track_get_clock(from, &old_timestamp, &old_us) || !media_track_get_clock(to, &new_timestamp, &new_us))
        return line->offset;
    int64_t ahead_us = new_us - old_us;
    return line->offset + old_timestamp - new_timestamp + (uint32_t)(ahead_us * line->clock_rate / G_USEC_PER_SEC);
}

void
media_viewer_take_over(MediaViewer *self, const MediaPacket *first)
{
    MediaViewerTap *old = media_viewer_get_tap(self);
    MediaViewerTap *next = media_viewer_get_next_tap(self);
    uint32_t offset = align(old->track, next->track, &self->rewriter.timestamps);

    media_worker_stop_timer(self->line->worker, &self->replay.timer);
    media_rewriter_switch(&self->rewriter, first, offset, media_worker_now_us(self->line->worker));
    self->before = old->track;
    self->before_epoch = old->epoch;
    media_viewer_attach(self, old, NULL);
    self->active = 1 - self->active;
    self->state = MEDIA_VIEWER_LIVE;
    self->stats.switches++;
}

/* Between what moves and stills: neither follows on the other. */
static void
begin_anew(MediaViewer *self, int64_t asked_us)
{
    media_viewer_wait_again(self);
    self->stills = (MediaViewerStills){ .asked_us = asked_us };
    self->wish.choice = (MediaLayerChoice){ 0 };
}

static void
change_budget(MediaViewer *self, uint32_t bitrate)
{
    bool was_suspended = media_viewer_is_suspended(self);

    self->wish.budget = bitrate;
    self->stats.suspended = bitrate == 0 && !self->wish.stills;
    if (media_viewer_is_suspended(self) != was_suspended)
        begin_anew(self, media_worker_now_us(self->line->worker));
}

void
media_viewer_set_budget(MediaViewer *self, uint32_t bitrate)
{
    MEDIA_ASSERT_ON_WORKER(self->line->worker);
    if (self->kind != MEDIA_KIND_VIDEO)
        return;
    bool resumed = media_viewer_is_suspended(self) && bitrate > 0;

    change_budget(self, bitrate);
    media_viewer_choose(self);
    if (resumed && self->state == MEDIA_VIEWER_WAITING)
        media_viewer_start(self);
}

void
media_viewer_set_stills(MediaViewer *self, bool stills)
{
    bool was_suspended = media_viewer_is_suspended(self);

    MEDIA_ASSERT_ON_WORKER(self->line->worker);
    if (self->kind != MEDIA_KIND_VIDEO || self->wish.stills == stills)
        return;
    self->wish.stills = stills;
    self->stats.suspended = self->wish.budget == 0 && !stills;
    if (media_viewer_is_suspended(self) == was_suspended)
        return;
    begin_anew(self, 0);
    media_viewer_choose(self);
    media_viewer_start(self);
}

void
media_viewer_set_wanted_size(MediaViewer *self, uint16_t width, uint16_t height)
{
    MEDIA_ASSERT_ON_WORKER(self->line->worker);
    self->wish.width = width;
    self->wish.height = height;
    media_viewer_choose(self);
}
