#define G_LOG_DOMAIN "media.room"

#include "media/room-sound.h"

#include "media/speakers.h"
#include "media/track.h"

enum { IDLE_CHECK_US = 500 * 1000 }; /* while somebody speaks: all may have gone */

typedef struct {
    MediaSink sink;
    MediaRoomSound *room;  /* borrowed */
    MediaSourceCore *core; /* owned reference */
    MediaTrack *track;     /* borrowed */
    MediaSpeaker speaker;
} Microphone;

/* What the worker may reach of main. */
typedef struct {
    MediaRefCount n_refs;
    GPtrArray *speaking; /* main only; owned references to MediaSourceCore; NULL after free */
    MediaWorkerFunc func;
    void *data;
} Face;

struct MediaRoomSound {
    /* constant */
    MediaWorker *worker, *main; /* borrowed */
    Face *face;                 /* owned reference */

    /* worker only */
    GPtrArray *microphones; /* owned Microphone */
    GPtrArray *speakers;    /* their MediaSpeaker, borrowed, in the same order */
    MediaSourceCore *floor; /* owned reference; NULL: nobody */
    int64_t decided_us;
    MediaDeferred deferred;
    MediaTimer timer;
    bool checking;
};

/* One thing that crosses. */
typedef struct {
    MediaRoomSound *room;
    Face *face;
    MediaSourceCore *core; /* owned reference or NULL */
    GPtrArray *speaking;   /* owned or NULL */
} Order;

static void
face_unref(Face *face)
{
    if (media_ref_count_dec(&face->n_refs))
        g_free(face);
}

static void
order_free(void *data)
{
    Order *order = data;

    g_clear_pointer(&order->core, media_source_core_unref);
    g_clear_pointer(&order->speaking, g_ptr_array_unref);
    g_clear_pointer(&order->face, face_unref);
    g_free(order);
}

static void
run_tell(void *data)
{
    Order *order = data;
    Face *face = order->face;

    if (face->speaking == NULL)
        return;
    g_ptr_array_unref(face->speaking);
    face->speaking = g_steal_pointer(&order->speaking);
    if (face->func != NULL)
        face->func(face->data);
}

static void
tell(MediaRoomSound *self)
{
    Order *order = g_new0(Order, 1);

    order->face = self->face;
    media_ref_count_inc(&self->face->n_refs);
    order->speaking = g_ptr_array_new_with_free_func(media_source_core_unref);
    for (guint i = 0; i < self->microphones->len; i++) {
        const Microphone *microphone = self->microphones->pdata[i];
        if (microphone->speaker.speaking)
            g_ptr_array_add(order->speaking, media_source_core_ref(microphone->core));
    }
    media_worker_post(self->main, run_tell, order, order_free);
}

static void check_later(MediaRoomSound *self);

static void
decide(void *data)
{
    MediaRoomSound *self = data;
    bool speaking = false;

    self->decided_us = media_worker_now_us(self->worker);
    unsigned changed =
        media_speakers_decide((MediaSpeaker *const *)self->speakers->pdata, self->speakers->len, self->decided_us);
    for (guint i = 0; i < self->microphones->len; i++) {
        const Microphone *microphone = self->microphones->pdata[i];

        speaking |= microphone->speaker.speaking;
        if ((changed & MEDIA_SPEAKERS_FORWARDED) != 0)
            media_track_set_suppressed(microphone->track, !microphone->speaker.forwarded);
    }
    if ((changed & MEDIA_SPEAKERS_SPEAKING) != 0)
        tell(self);
    if (speaking)
        check_later(self);
}

static void
on_timer(void *data)
{
    MediaRoomSound *self = data;

    self->checking = false;
    if (media_worker_now_us(self->worker) - self->decided_us >= MEDIA_SPEAKERS_INTERVAL_US)
        decide(self);
    else
        check_later(self);
}

static void
check_later(MediaRoomSound *self)
{
    if (self->checking)
        return;
    self->checking = true;
    media_worker_start_timer(self->worker, &self->timer, media_worker_now_us(self->worker) + IDLE_CHECK_US, on_timer,
                             self);
}

static void
on_packets(MediaSink *sink, MediaTrack *track, const MediaPacket *packets, size_t n_packets)
{
    Microphone *microphone = (Microphone *)sink;
    MediaRoomSound *self = microphone->room;
    int64_t now_us = media_worker_now_us(self->worker);

    (void)track;
    for (size_t i = 0; i < n_packets; i++) {
        if (!packets[i].recovered) /* late, and without a level where RED brought it */
            media_speaker_hear(&microphone->speaker, packets[i].audio_level, now_us);
    }
    /* not from here: it may show packets to other sinks */
    if (now_us - self->decided_us >= MEDIA_SPEAKERS_INTERVAL_US)
        media_worker_defer(self->worker, &self->deferred, decide, self);
}

static void
forget(Microphone *microphone)
{
    MediaRoomSound *self = microphone->room;
    bool spoke = microphone->speaker.speaking;

    g_ptr_array_remove(self->speakers, &microphone->speaker);
    g_ptr_array_remove(self->microphones, microphone); /* frees it */
    if (spoke)
        tell(self);
}

static void
on_track_gone(MediaSink *sink, MediaTrack *track)
{
    (void)track;
    forget((Microphone *)sink);
}

static const MediaSinkClass microphone_sink = {
    .packets = on_packets,
    .track_gone = on_track_gone,
};

static void
microphone_free(void *data)
{
    Microphone *microphone = data;

    media_source_core_unref(microphone->core);
    g_free(microphone);
}

static bool
is_known(const MediaRoomSound *self, const MediaTrack *track)
{
    for (guint i = 0; i < self->microphones->len; i++) {
        if (((Microphone *)self->microphones->pdata[i])->track == track)
            return true;
    }
    return false;
}

void
media_room_sound_add(MediaRoomSound *self, MediaSourceCore *core)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);

    if (core->track == NULL || media_track_get_kind(core->track) != MEDIA_KIND_AUDIO || is_known(self, core->track) ||
        self->microphones->len == MEDIA_ROOM_MAX_MICROPHONES)
        return;
    Microphone *microphone = g_new0(Microphone, 1);
    microphone->sink.klass = &microphone_sink;
    microphone->room = self;
    microphone->core = media_source_core_ref(core);
    microphone->track = core->track;
    media_speaker_init(&microphone->speaker);
    microphone->speaker.has_floor = core == self->floor;
    microphone->speaker.forwarded = true; /* as its track is, until the next decision */
    g_ptr_array_add(self->microphones, microphone);
    g_ptr_array_add(self->speakers, &microphone->speaker);
    media_track_add_sink(core->track, &microphone->sink);
}

MediaRoomSound *
media_room_sound_new(MediaWorker *worker, MediaWorker *main)
{
    MediaRoomSound *self = g_new0(MediaRoomSound, 1);

    self->worker = worker;
    self->main = main;
    self->microphones = g_ptr_array_new_with_free_func(microphone_free);
    self->speakers = g_ptr_array_new();
    self->face = g_new0(Face, 1);
    media_ref_count_init(&self->face->n_refs);
    self->face->speaking = g_ptr_array_new_with_free_func(media_source_core_unref);
    return self;
}

static void
run_free(void *data)
{
    MediaRoomSound *self = data;

    media_worker_cancel_deferred(self->worker, &self->deferred);
    media_worker_stop_timer(self->worker, &self->timer);
}

/* Also when the worker went first: then all of it ends on main. */
static void
release(void *data)
{
    MediaRoomSound *self = data;

    g_ptr_array_unref(self->speakers);
    g_ptr_array_unref(self->microphones);
    g_clear_pointer(&self->floor, media_source_core_unref);
    face_unref(self->face);
    g_free(self);
}

void
media_room_sound_free(MediaRoomSound *self)
{
    if (self == NULL)
        return;
    self->face->func = NULL;
    g_clear_pointer(&self->face->speaking, g_ptr_array_unref);
    media_worker_post(self->worker, run_free, self, release);
}

static void
run_set_floor(void *data)
{
    Order *order = data;
    MediaRoomSound *self = order->room;

    g_clear_pointer(&self->floor, media_source_core_unref);
    self->floor = g_steal_pointer(&order->core);
    for (guint i = 0; i < self->microphones->len; i++) {
        Microphone *microphone = self->microphones->pdata[i];
        microphone->speaker.has_floor = microphone->core == self->floor;
    }
    decide(self);
}

void
media_room_sound_set_floor(MediaRoomSound *self, MediaSourceCore *core)
{
    Order *order = g_new0(Order, 1);

    order->room = self;
    order->core = core != NULL ? media_source_core_ref(core) : NULL;
    media_worker_post(self->worker, run_set_floor, order, order_free);
}

void
media_room_sound_set_func(MediaRoomSound *self, MediaWorkerFunc func, void *data)
{
    self->face->func = func;
    self->face->data = data;
}

bool
media_room_sound_is_speaking(const MediaRoomSound *self, const MediaSourceCore *core)
{
    return g_ptr_array_find(self->face->speaking, core, NULL);
}
