/* media/worker-priv.h - what the parts of a worker (its sockets, the handshake thread) need of it
 *
 * Thread: the worker's, except where it says otherwise. */
#pragma once

#include "media/worker.h"

G_BEGIN_DECLS

typedef struct MediaNet MediaNet;

/* A thread with posts and timers but without sockets (the handshake thread). Freed like any worker. Any thread. */
MediaWorker *media_worker_new_bare(const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Keeps the shell of a worker for posting beyond media_worker_free(): what is posted then is released at once, on the
 * poster's thread. Any thread. */
MediaWorker *media_worker_ref(MediaWorker *self);
void media_worker_unref(MediaWorker *self);

/* The sockets; NULL for a worker without. Constant. */
MediaNet *media_worker_get_net(const MediaWorker *self);

/* A descriptor in the worker's epoll set. events are EPOLL*; level-triggered. Also on the main thread before the
 * worker's thread runs. After unwatch, on_ready is not called any more, not even for what the same pass has found
 * already. */
typedef struct {
    void (*on_ready)(void *data, uint32_t events);
    void *data;
    int fd;
} MediaWatch;

bool media_worker_watch(MediaWorker *self, MediaWatch *watch, uint32_t events);
void media_worker_rewatch(MediaWorker *self, MediaWatch *watch, uint32_t events);
void media_worker_unwatch(MediaWorker *self, MediaWatch *watch);

G_END_DECLS
