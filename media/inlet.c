#define G_LOG_DOMAIN "media.inlet"

#include "media/inlet.h"

#include <unistd.h>

#include "media/inlet-core.h"
#include "media/source-priv.h"

enum { N_KINDS = 2 };

/* Made on main, shared with the worker; only the worker looks into it. */
typedef struct {
    MediaRefCount n_refs;
    MediaWorker *worker; /* borrowed */
    MediaInletCore *core;
    MediaSourceCore *sources[N_KINDS];
} Link;

struct MediaInlet {
    MediaRoom *room; /* borrowed */
    MediaSource *sources[N_KINDS];
    Link *link;
};

static void
link_unref(Link *self)
{
    if (!media_ref_count_dec(&self->n_refs))
        return;
    g_assert(self->core == NULL);
    for (unsigned i = 0; i < N_KINDS; i++)
        media_source_core_unref(self->sources[i]);
    g_free(self);
}

typedef struct {
    Link *link; /* a reference */
    int fd;     /* owned; -1: none */
} Order;

static void
order_free(void *data)
{
    Order *order = data;

    if (order->fd >= 0)
        close(order->fd);
    link_unref(order->link);
    g_free(order);
}

static void
post(MediaInlet *self, MediaWorkerFunc func, int fd)
{
    Order *order = g_new(Order, 1);

    media_ref_count_inc(&self->link->n_refs);
    *order = (Order){ .link = self->link, .fd = fd };
    media_worker_post(self->link->worker, func, order, order_free);
}

static void
run_make(void *data)
{
    Link *link = ((Order *)data)->link;

    link->core = media_inlet_core_new(link->worker);
    for (unsigned i = 0; i < N_KINDS; i++)
        link->sources[i]->track = media_inlet_core_get_track(link->core, (MediaKind)i);
}

static void
run_connect(void *data)
{
    Order *order = data;

    media_inlet_core_connect(order->link->core, order->fd);
    order->fd = -1;
}

static void
run_end(void *data)
{
    Link *link = ((Order *)data)->link;

    for (unsigned i = 0; i < N_KINDS; i++)
        link->sources[i]->track = NULL;
    g_clear_pointer(&link->core, media_inlet_core_free);
}

MediaInlet *
media_inlet_new(MediaRoom *room)
{
    MediaInlet *self = g_new0(MediaInlet, 1);

    self->room = room;
    self->link = g_new0(Link, 1);
    media_ref_count_init(&self->link->n_refs);
    self->link->worker = room->worker;
    for (unsigned i = 0; i < N_KINDS; i++) {
        self->sources[i] = media_source_new(room, (MediaKind)i, "", 0);
        self->link->sources[i] = media_source_core_ref(self->sources[i]->core);
    }
    room->n_users++;
    post(self, run_make, -1);
    return self;
}

void
media_inlet_free(MediaInlet *self)
{
    if (self == NULL)
        return;
    post(self, run_end, -1);
    for (unsigned i = 0; i < N_KINDS; i++) {
        media_source_set_ended(self->sources[i]);
        media_source_unref(self->sources[i]);
    }
    self->room->n_users--;
    link_unref(self->link);
    g_free(self);
}

MediaSource *
media_inlet_get_source(const MediaInlet *self, MediaKind kind)
{
    return self->sources[kind];
}

void
media_inlet_connect(MediaInlet *self, int fd)
{
    post(self, run_connect, fd);
}
