#include "fake-worker.h"

struct MediaWorker {
    int64_t now_us;
    GPtrArray *timers; /* MediaTimer */
    MediaDeferred *deferred;
};

static MediaWorker worker;

MediaWorker *
fake_worker_reset(int64_t now_us)
{
    g_clear_pointer(&worker.timers, g_ptr_array_unref);
    worker = (MediaWorker){ .now_us = now_us, .timers = g_ptr_array_new() };
    return &worker;
}

void
fake_worker_end_pass(void)
{
    while (worker.deferred != NULL) {
        MediaDeferred *deferred = worker.deferred;

        worker.deferred = deferred->next;
        deferred->queued = false;
        deferred->func(deferred->data);
    }
}

static void
run_due(void)
{
    for (guint i = 0; i < worker.timers->len; i++) {
        MediaTimer *timer = worker.timers->pdata[i];

        if (timer->due_us > worker.now_us)
            continue;
        g_ptr_array_remove_index(worker.timers, i);
        timer->func(timer->data);
        fake_worker_end_pass();
        i = (guint)-1; /* the list may be another one now */
    }
}

void
fake_worker_advance(int64_t us)
{
    int64_t end_us = worker.now_us + us;

    fake_worker_end_pass();
    while (worker.now_us < end_us) {
        worker.now_us = MIN(worker.now_us + MEDIA_TIMER_TICK_US, end_us);
        run_due();
    }
}

MediaWorker *
fake_worker_get(void)
{
    return &worker;
}

size_t
fake_worker_get_n_timers(void)
{
    return worker.timers->len;
}

int64_t
media_worker_now_us(const MediaWorker *self)
{
    return self->now_us;
}

bool
media_worker_is_current(const MediaWorker *self G_GNUC_UNUSED)
{
    return true;
}

void
media_worker_start_timer(MediaWorker *self, MediaTimer *timer, int64_t due_us, MediaWorkerFunc func, void *data)
{
    media_worker_stop_timer(self, timer);
    timer->due_us = due_us;
    timer->func = func;
    timer->data = data;
    g_ptr_array_add(self->timers, timer);
}

void
media_worker_stop_timer(MediaWorker *self, MediaTimer *timer)
{
    g_ptr_array_remove(self->timers, timer);
}

void
media_worker_defer(MediaWorker *self, MediaDeferred *deferred, MediaWorkerFunc func, void *data)
{
    if (deferred->queued)
        return;
    *deferred = (MediaDeferred){ .next = self->deferred, .queued = true, .func = func, .data = data };
    self->deferred = deferred;
}

void
media_worker_cancel_deferred(MediaWorker *self, MediaDeferred *deferred)
{
    MediaDeferred **at = &self->deferred;

    while (*at != NULL && *at != deferred)
        at = &(*at)->next;
    if (*at != NULL)
        *at = deferred->next;
    deferred->queued = false;
}

unsigned
media_worker_get_index(const MediaWorker *self G_GNUC_UNUSED)
{
    return 0;
}

/* There is one thread. */
void
media_worker_post(MediaWorker *self G_GNUC_UNUSED, MediaWorkerFunc func, void *data, GDestroyNotify release)
{
    func(data);
    if (release != NULL)
        release(data);
}
