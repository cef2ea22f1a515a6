/* media/worker.h - one media thread, its sockets, its clock, and the queue into it
 *
 * Ownership: MediaNode creates and frees workers.
 * Thread:    what lives on a worker is created, used and freed there; other threads reach it only by posting.
 *            A worker never waits for another thread, a disk or a name server.
 * The main loop is wrapped as a worker too (media_worker_new_for_context), so answers come back the same way. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct MediaWorker MediaWorker;
typedef void (*MediaWorkerFunc)(void *data);

typedef struct {
    unsigned index;           /* 0 ... n - 1 */
    const char *bind_address; /* numeric; "::" takes IPv4 too */
    uint16_t port;            /* UDP and TCP; 0: any, see media_worker_get_port() */
} MediaWorkerConfig;

/* Opens the sockets, then starts the thread. Fails with MEDIA_ERROR_SYSTEM, naming address and port. Main thread. */
MediaWorker *media_worker_new(const MediaWorkerConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A worker face for an existing GLib context (the main loop): posting and is_current only, no sockets, no timers.
 * Call on the thread that runs the context. */
MediaWorker *media_worker_new_for_context(GMainContext *context);

/* Runs what is still queued, then joins the thread. Main thread. */
void media_worker_free(MediaWorker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaWorker, media_worker_free)

/* Any thread. Runs func(data) later on the worker, in posting order, then release(data) (may be NULL).
 * If the worker is freed first, only release runs. */
void media_worker_post(MediaWorker *self, MediaWorkerFunc func, void *data, GDestroyNotify release);

/* Any thread. */
bool media_worker_is_current(const MediaWorker *self);
unsigned media_worker_get_index(const MediaWorker *self);
uint16_t media_worker_get_port(const MediaWorker *self);

/* CPU microseconds the thread has used. Any thread. */
int64_t media_worker_get_cpu_us(const MediaWorker *self);

/* How often it woke up. Any thread. */
uint64_t media_worker_get_n_passes(const MediaWorker *self);

/* The worker's clock (CLOCK_MONOTONIC, us), read once per pass of the loop. Worker thread. */
int64_t media_worker_now_us(const MediaWorker *self);

/* Timers. Embed a MediaTimer in the object that owns it; zeroed memory is a stopped timer. Resolution is one tick
 * of the wheel (MEDIA_TIMER_TICK_US), so that many timers share one wake-up; never early. func runs from the loop,
 * may restart its own timer and may free its owner. Worker thread. */
enum { MEDIA_TIMER_TICK_US = 5000 };

typedef struct MediaTimer MediaTimer;
struct MediaTimer {
    MediaTimer *prev, *next; /* the wheel's; NULL when stopped */
    int64_t due_us;
    MediaWorkerFunc func;
    void *data;
};

void media_worker_start_timer(MediaWorker *self, MediaTimer *timer, int64_t due_us, MediaWorkerFunc func, void *data);
void media_worker_stop_timer(MediaWorker *self, MediaTimer *timer); /* a stopped one is fine */

/* Calls func(data) once at the end of the pass in which packets were drained (before sleeping), however often it was
 * asked for in that pass: forward what was gathered. Embed like a timer. Worker thread. */
typedef struct MediaDeferred MediaDeferred;
struct MediaDeferred {
    MediaDeferred *next; /* the worker's */
    bool queued;
    MediaWorkerFunc func;
    void *data;
};

void media_worker_defer(MediaWorker *self, MediaDeferred *deferred, MediaWorkerFunc func, void *data);
void media_worker_cancel_deferred(MediaWorker *self, MediaDeferred *deferred); /* one that is not queued is fine */

/* First line of every function that is not "any thread". */
#define MEDIA_ASSERT_ON_WORKER(worker) g_assert(media_worker_is_current(worker))

G_END_DECLS
