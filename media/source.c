#define G_LOG_DOMAIN "media.source"

#include "media/source.h"

#include "media/encodings.h"
#include "media/relay.h"
#include "media/room-sound.h"
#include "media/source-priv.h"

MediaSourceCore *
media_source_core_new(void)
{
    MediaSourceCore *self = g_new0(MediaSourceCore, 1);

    media_ref_count_init(&self->n_refs);
    return self;
}

MediaSourceCore *
media_source_core_ref(MediaSourceCore *self)
{
    media_ref_count_inc(&self->n_refs);
    return self;
}

void
media_source_core_unref(void *data)
{
    MediaSourceCore *self = data;

    if (!media_ref_count_dec(&self->n_refs))
        return;
    g_assert(self->playout == NULL);
    g_free(self);
}

MediaSource *
media_source_new(MediaRoom *room, MediaKind kind, const char *mid, unsigned n_encodings)
{
    MediaSource *self = g_new0(MediaSource, 1);

    self->n_refs = 1;
    self->room = room;
    self->worker = room->worker;
    self->main = room->node->main;
    self->n_workers = room->node->n_workers;
    self->kind = kind;
    self->n_tracks = MAX(n_encodings, 1);
    g_strlcpy(self->mid, mid, sizeof self->mid);
    self->core = media_source_core_new();
    return self;
}

void
media_source_set_ended(MediaSource *self)
{
    self->ended = true;
    for (unsigned i = 0; self->abroad != NULL && i < self->n_workers; i++)
        g_clear_pointer(&self->abroad[i].relay, media_relay_free);
}

MediaSourceCore *
media_source_open(MediaSource *self, MediaWorker *worker)
{
    if (worker == self->worker)
        return self->core;
    if (self->abroad == NULL)
        self->abroad = g_new0(MediaSourceAbroad, self->n_workers);

    MediaSourceAbroad *abroad = &self->abroad[media_worker_get_index(worker)];
    abroad->n_users++;
    if (abroad->relay == NULL && !self->ended)
        abroad->relay = media_relay_new(self, worker);
    return abroad->relay != NULL ? media_relay_get_core(abroad->relay) : NULL;
}

void
media_source_close(MediaSource *self, MediaWorker *worker)
{
    if (worker == self->worker)
        return;
    MediaSourceAbroad *abroad = &self->abroad[media_worker_get_index(worker)];

    if (--abroad->n_users == 0)
        g_clear_pointer(&abroad->relay, media_relay_free);
}

MediaSource *
media_source_ref(MediaSource *self)
{
    self->n_refs++;
    return self;
}

void
media_source_unref(MediaSource *self)
{
    if (self == NULL || --self->n_refs > 0)
        return;
    for (unsigned i = 0; self->abroad != NULL && i < self->n_workers; i++)
        media_relay_free(self->abroad[i].relay);
    g_free(self->abroad);
    media_source_core_unref(self->core);
    g_free(self);
}

MediaKind
media_source_get_kind(const MediaSource *self)
{
    return self->kind;
}

const char *
media_source_get_mid(const MediaSource *self)
{
    return self->mid;
}

MediaRoom *
media_source_get_room(const MediaSource *self)
{
    return self->room;
}

bool
media_source_get_ended(const MediaSource *self)
{
    return self->ended;
}

bool
media_source_get_speaking(const MediaSource *self)
{
    return !self->ended && media_room_sound_is_speaking(self->room->sound, self->core);
}

void
media_room_set_floor(MediaRoom *room, MediaSource *source)
{
    media_room_sound_set_floor(room->sound, source != NULL ? source->core : NULL);
}

/* What main asks of the worker; freed with its reference to the core. */
typedef struct {
    MediaSourceCore *core;
    MediaWorker *main;
    bool paused;
    MediaSink *sink;
    MediaClip *clip;
    MediaWorkerFunc func;
    void *data;
} Order;

static Order *
order_new_for(MediaSource *source, MediaSourceCore *core)
{
    Order *order = g_new0(Order, 1);

    order->core = media_source_core_ref(core);
    order->main = source->main;
    return order;
}

static Order *
order_new(MediaSource *source)
{
    return order_new_for(source, source->core);
}

static void
order_free(void *data)
{
    Order *order = data;

    g_clear_pointer(&order->clip, media_clip_unref);
    media_source_core_unref(order->core);
    g_free(order);
}

static void
post(MediaSource *self, MediaWorkerFunc func, Order *order)
{
    media_worker_post(self->worker, func, order, order_free);
}

/* Of simulcast; NULL: the track is all there is. */
static MediaEncodings *
get_encodings(const MediaSourceCore *core)
{
    return core->track != NULL ? media_track_get_encodings(core->track) : NULL;
}

static void
run_set_paused(void *data)
{
    Order *order = data;

    MediaEncodings *encodings = get_encodings(order->core);

    if (encodings != NULL)
        media_encodings_set_paused(encodings, order->paused);
    else if (order->core->track != NULL)
        media_track_set_paused(order->core->track, order->paused);
}

void
media_source_set_paused(MediaSource *self, bool paused)
{
    if (self->ended)
        return;
    Order *order = order_new(self);
    order->paused = paused;
    post(self, run_set_paused, order);
    for (unsigned i = 0; self->abroad != NULL && i < self->n_workers; i++) {
        if (self->abroad[i].relay == NULL)
            continue;
        Order *abroad = order_new_for(self, media_relay_get_core(self->abroad[i].relay));
        abroad->paused = paused;
        media_worker_post(self->room->node->workers[i], run_set_paused, abroad, order_free);
    }
}

static void
run_add_sink(void *data)
{
    Order *order = data;

    MediaEncodings *encodings = get_encodings(order->core);

    if (encodings != NULL)
        media_encodings_add_sink(encodings, order->sink);
    else if (order->core->track != NULL)
        media_track_add_sink(order->core->track, order->sink);
}

void
media_source_add_sink(MediaSource *self, MediaSink *sink)
{
    if (self->ended)
        return;
    Order *order = order_new(self);
    order->sink = sink;
    post(self, run_add_sink, order);
}

static void
run_remove_sink(void *data)
{
    Order *order = data;

    MediaEncodings *encodings = get_encodings(order->core);

    if (encodings != NULL)
        media_encodings_remove_sink(encodings, order->sink);
    else if (order->core->track != NULL)
        media_track_remove_sink(order->core->track, order->sink);
    media_worker_post(order->main, order->func, order->data, NULL);
}

void
media_source_remove_sink(MediaSource *self, MediaSink *sink, MediaWorkerFunc removed, void *data)
{
    Order *order = order_new(self);

    order->sink = sink;
    order->func = removed;
    order->data = data;
    post(self, run_remove_sink, order);
}

static void
run_make_playout(void *data)
{
    Order *order = data;
    MediaSourceCore *core = order->core;

    core->playout = media_playout_new(order->data);
    core->track = media_playout_get_track(core->playout);
}

MediaSource *
media_source_new_playout(MediaRoom *room)
{
    MediaSource *self = media_source_new(room, MEDIA_KIND_AUDIO, "", 0);

    self->local = true;
    room->n_users++;
    Order *order = order_new(self);
    order->data = room->worker;
    post(self, run_make_playout, order);
    return self;
}

/* The end of a clip crosses back to main with what main gave. */
typedef struct {
    MediaSourceCore *core; /* borrowed: the core outlives its playout */
    MediaWorker *main;
    MediaWorkerFunc func;
    void *data;
} Finish;

static void
on_clip_finished(void *data)
{
    Finish *finish = data;

    finish->core->finishes = g_slist_remove(finish->core->finishes, finish);
    media_worker_post(finish->main, finish->func, finish->data, NULL);
    g_free(finish);
}

static void
run_play(void *data)
{
    Order *order = data;

    if (order->core->playout == NULL)
        return;
    if (order->func == NULL) {
        media_playout_play(order->core->playout, order->clip, NULL, NULL);
        return;
    }
    Finish *finish = g_new(Finish, 1);
    *finish = (Finish){ .core = order->core, .main = order->main, .func = order->func, .data = order->data };
    order->core->finishes = g_slist_prepend(order->core->finishes, finish);
    media_playout_play(order->core->playout, order->clip, on_clip_finished, finish);
}

void
media_source_play(MediaSource *self, MediaClip *clip, MediaWorkerFunc finished, void *data)
{
    g_return_if_fail(self->local && !self->ended);

    Order *order = order_new(self);
    order->clip = media_clip_ref(clip);
    order->func = finished;
    order->data = data;
    post(self, run_play, order);
}

static void
run_stop(void *data)
{
    Order *order = data;

    if (order->core->playout != NULL)
        media_playout_stop(order->core->playout);
}

void
media_source_stop(MediaSource *self)
{
    g_return_if_fail(self->local);

    if (!self->ended)
        post(self, run_stop, order_new(self));
}

static void
run_end(void *data)
{
    MediaSourceCore *core = ((Order *)data)->core;

    core->track = NULL;
    g_clear_pointer(&core->playout, media_playout_free); /* calls nothing any more */
    while (core->finishes != NULL)
        on_clip_finished(core->finishes->data);
}

void
media_source_end(MediaSource *self)
{
    g_return_if_fail(self->local);

    if (self->ended)
        return;
    post(self, run_end, order_new(self));
    self->ended = true;
    self->room->n_users--;
}
