#include "media/worker.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "media/error.h"
#include "media/gather.h"
#include "media/net.h"
#include "media/timer-wheel.h"
#include "media/worker-priv.h"

enum {
    MAX_EVENTS = 64,        /* descriptors handled per pass; the rest comes with the next */
    REAL_TIME_PRIORITY = 1, /* sched(7): the least there is, before all that is not real-time */
    NICE_WITH_SOCKETS = -10,
    NICE_BARE = 5,
};

typedef struct Post Post;
struct Post {
    Post *next;
    MediaWorkerFunc func;
    void *data;
    GDestroyNotify release;
};

/* Between posters and the worker: a stack that posters push on and the worker takes whole, then turns round.
 * closed_post at its top: the worker has gone. */
typedef struct {
    _Atomic(Post *) newest;
} PostQueue;

/* The thread's own. */
typedef struct {
    int64_t now_us;
    bool quitting;
    MediaTimerWheel wheel;
    MediaDeferred *deferred, **deferred_tail; /* asked for since the last round */
    MediaDeferred *round;                     /* the rest of the round that is running */
    struct epoll_event events[MAX_EVENTS];
    int n_events;
    MediaGather gather;
} Loop;

static Post closed_post;

struct MediaWorker {
    /* constant after new */
    unsigned index;
    uint16_t port;
    pthread_t thread;
    clockid_t cpu_clock;
    GSource *source; /* owned; a face for a GLib context has this instead of a loop */
    int epoll_fd, wake_fd;
    MediaWatch wake;
    MediaNet *net; /* owned; NULL without sockets */
    Loop *loop;    /* owned; NULL for a face */

    /* any thread */
    PostQueue posts;
    atomic_uint n_references;
    _Atomic uint64_t n_passes;
};

typedef struct {
    GSource source;
    MediaWorker *worker; /* borrowed: the worker destroys the source before it goes */
} FaceSource;

static _Thread_local MediaWorker *current_worker;

typedef enum {
    POSTED,
    POSTED_FIRST, /* the worker has to be woken */
    NOT_POSTED,   /* the queue is closed */
} PostResult;

static PostResult
post_queue_push(PostQueue *queue, Post *post)
{
    Post *newest = atomic_load_explicit(&queue->newest, memory_order_relaxed);

    do {
        if (newest == &closed_post)
            return NOT_POSTED;
        post->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(&queue->newest, &newest, post, memory_order_release,
                                                    memory_order_relaxed));
    return newest == NULL ? POSTED_FIRST : POSTED;
}

/* Everything that was posted, oldest first. */
static Post *
post_queue_take(PostQueue *queue, Post *leave)
{
    Post *post = atomic_exchange_explicit(&queue->newest, leave, memory_order_acquire);
    Post *oldest = NULL;

    while (post != NULL) {
        Post *next = post->next;

        post->next = oldest;
        oldest = post;
        post = next;
    }
    return oldest;
}

static void
post_free(Post *post)
{
    if (post->release != NULL)
        post->release(post->data);
    g_free(post);
}

static void
run_posts(MediaWorker *self)
{
    Post *post = post_queue_take(&self->posts, NULL);

    while (post != NULL) {
        Post *next = post->next;

        if (self->loop == NULL || !self->loop->quitting)
            post->func(post->data);
        post_free(post);
        post = next;
    }
}

static void
close_posts(MediaWorker *self)
{
    Post *post = post_queue_take(&self->posts, &closed_post);

    while (post != NULL) {
        Post *next = post->next;

        post_free(post);
        post = next;
    }
}

static int64_t
read_clock_us(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
on_wake(void *data, uint32_t events G_GNUC_UNUSED)
{
    MediaWorker *self = data;
    uint64_t count;

    /* before the posts are taken: one that comes later wakes again */
    (void)!read(self->wake_fd, &count, sizeof(count));
}

static int
get_timeout_ms(const Loop *loop)
{
    int64_t next_us = media_timer_wheel_get_next_us(&loop->wheel);
    int64_t wait_us;

    if (loop->deferred != NULL)
        return 0;
    if (next_us == INT64_MAX)
        return -1;
    wait_us = next_us - read_clock_us(CLOCK_MONOTONIC);
    return wait_us <= 0 ? 0 : (int)MIN((wait_us + 999) / 1000, G_MAXINT);
}

static void
run_deferred(Loop *loop)
{
    loop->round = loop->deferred;
    loop->deferred = NULL;
    loop->deferred_tail = &loop->deferred;
    while (loop->round != NULL) {
        MediaDeferred *deferred = loop->round;

        loop->round = deferred->next;
        deferred->next = NULL;
        deferred->queued = false;
        deferred->func(deferred->data);
    }
}

/* Not while epoll waits: it would wake at the first packet. */
static void
gather(const Loop *loop)
{
    int64_t next_us = media_gather_get_next_us(&loop->gather);
    struct timespec next = { .tv_sec = next_us / G_USEC_PER_SEC, .tv_nsec = next_us % G_USEC_PER_SEC * 1000 };

    if (next_us != 0 && loop->deferred == NULL)
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
}

static void
run_pass(MediaWorker *self)
{
    Loop *loop = self->loop;

    gather(loop);
    loop->n_events = epoll_wait(self->epoll_fd, loop->events, MAX_EVENTS, get_timeout_ms(loop));
    loop->now_us = read_clock_us(CLOCK_MONOTONIC);
    atomic_store_explicit(&self->n_passes, atomic_load_explicit(&self->n_passes, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    media_gather_pass(&loop->gather, self->net != NULL ? media_net_take_n_datagrams(self->net) : 0, loop->now_us);
    /* posts before sockets: what main has told a peer may already have brought that peer here */
    for (int i = 0; i < loop->n_events; i++) {
        if (loop->events[i].data.ptr == &self->wake)
            on_wake(self, loop->events[i].events);
    }
    run_posts(self);
    for (int i = 0; i < loop->n_events; i++) {
        MediaWatch *watch = loop->events[i].data.ptr;

        if (watch != NULL && watch != &self->wake)
            watch->on_ready(watch->data, loop->events[i].events);
    }
    loop->n_events = 0;
    media_timer_wheel_advance(&loop->wheel, loop->now_us);
    run_deferred(loop);
    if (self->net != NULL)
        media_net_flush(self->net);
}

/* Packets that are there now come before handshakes, of which a burst may come, and before all else: a frame that waits until
 * others have used up their slices is 25 ms late while fifty people join. Where real time is not allowed (LimitRTPRIO= and
 * LimitNICE= of the unit) a larger share has to do. */
static void
set_priority(const MediaWorker *self)
{
    const struct sched_param real_time = { .sched_priority = REAL_TIME_PRIORITY };

    if (self->net != NULL && sched_setscheduler(gettid(), SCHED_RR, &real_time) == 0)
        return;
    setpriority(PRIO_PROCESS, (id_t)gettid(), self->net != NULL ? NICE_WITH_SOCKETS : NICE_BARE);
}

static void *
worker_main(void *data)
{
    MediaWorker *self = data;

    set_priority(self);
    current_worker = self;
    while (!self->loop->quitting)
        run_pass(self);
    current_worker = NULL;
    return NULL;
}

static bool
fail_errno(GError **error, const char *what)
{
    int code = errno;

    g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_SYSTEM, "cannot %s: %s", what, g_strerror(code));
    return false;
}

static MediaWorker *
loop_worker_new(unsigned index, GError **error)
{
    g_autoptr(MediaWorker) self = g_new0(MediaWorker, 1);

    atomic_init(&self->n_references, 1);
    self->index = index;
    self->loop = g_new0(Loop, 1);
    self->loop->deferred_tail = &self->loop->deferred;
    self->loop->now_us = read_clock_us(CLOCK_MONOTONIC);
    media_timer_wheel_init(&self->loop->wheel, self->loop->now_us);

    self->wake_fd = -1;
    self->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (self->epoll_fd < 0) {
        fail_errno(error, "create an epoll set");
        return NULL;
    }
    self->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    self->wake = (MediaWatch){ .on_ready = on_wake, .data = self, .fd = self->wake_fd };
    if (self->wake_fd < 0 || !media_worker_watch(self, &self->wake, EPOLLIN)) {
        fail_errno(error, "create an event descriptor");
        return NULL;
    }
    return g_steal_pointer(&self);
}

static bool
start_thread(MediaWorker *self, const char *name, GError **error)
{
    int code = pthread_create(&self->thread, NULL, worker_main, self);

    if (code != 0) {
        errno = code;
        self->thread = 0;
        return fail_errno(error, "start a thread");
    }
    pthread_setname_np(self->thread, name);
    pthread_getcpuclockid(self->thread, &self->cpu_clock);
    return true;
}

MediaWorker *
media_worker_new(const MediaWorkerConfig *config, GError **error)
{
    g_autoptr(MediaWorker) self = loop_worker_new(config->index, error);
    char name[16];

    if (self == NULL)
        return NULL;
    self->net = media_net_new(self, config, error);
    if (self->net == NULL)
        return NULL;
    self->port = media_net_get_port(self->net);
    g_snprintf(name, sizeof(name), "media-%u", config->index);
    if (!start_thread(self, name, error))
        return NULL;
    return g_steal_pointer(&self);
}

MediaWorker *
media_worker_new_bare(const char *name, GError **error)
{
    g_autoptr(MediaWorker) self = loop_worker_new(0, error);

    if (self == NULL || !start_thread(self, name, error))
        return NULL;
    return g_steal_pointer(&self);
}

static gboolean
face_dispatch(GSource *source, GSourceFunc callback G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
    /* before the posts are taken: one that comes later wakes again */
    g_source_set_ready_time(source, -1);
    run_posts(((FaceSource *)source)->worker);
    return G_SOURCE_CONTINUE;
}

MediaWorker *
media_worker_new_for_context(GMainContext *context)
{
    static GSourceFuncs funcs = { .dispatch = face_dispatch };
    MediaWorker *self = g_new0(MediaWorker, 1);

    atomic_init(&self->n_references, 1);
    self->epoll_fd = -1;
    self->wake_fd = -1;
    self->thread = pthread_self();
    pthread_getcpuclockid(self->thread, &self->cpu_clock);
    self->source = g_source_new(&funcs, sizeof(FaceSource));
    ((FaceSource *)self->source)->worker = self;
    g_source_set_ready_time(self->source, -1);
    g_source_attach(self->source, context);
    return self;
}

static void
quit(void *data)
{
    ((MediaWorker *)data)->loop->quitting = true;
}

MediaWorker *
media_worker_ref(MediaWorker *self)
{
    atomic_fetch_add_explicit(&self->n_references, 1, memory_order_relaxed);
    return self;
}

void
media_worker_unref(MediaWorker *self)
{
    if (atomic_fetch_sub_explicit(&self->n_references, 1, memory_order_acq_rel) != 1)
        return;
    /* only now: who posts at the last moment may still write to it */
    if (self->wake_fd >= 0)
        close(self->wake_fd);
    if (self->source != NULL)
        g_source_unref(self->source);
    g_free(self);
}

void
media_worker_free(MediaWorker *self)
{
    if (self == NULL)
        return;
    if (self->loop != NULL && self->thread != 0) {
        g_assert(!media_worker_is_current(self));
        media_worker_post(self, quit, self, NULL);
        pthread_join(self->thread, NULL);
    }
    if (self->source != NULL)
        g_source_destroy(self->source);
    close_posts(self);
    g_clear_pointer(&self->net, media_net_free);
    if (self->epoll_fd >= 0)
        close(self->epoll_fd);
    g_clear_pointer(&self->loop, g_free);
    media_worker_unref(self);
}

void
media_worker_post(MediaWorker *self, MediaWorkerFunc func, void *data, GDestroyNotify release)
{
    Post *post = g_new(Post, 1);
    const uint64_t one = 1;
    PostResult result;

    post->func = func;
    post->data = data;
    post->release = release;
    result = post_queue_push(&self->posts, post);
    if (result == NOT_POSTED)
        post_free(post);
    if (result != POSTED_FIRST)
        return;
    if (self->source != NULL)
        g_source_set_ready_time(self->source, 0);
    else
        (void)!write(self->wake_fd, &one, sizeof(one));
}

bool
media_worker_is_current(const MediaWorker *self)
{
    if (self->source != NULL)
        return pthread_equal(self->thread, pthread_self());
    return current_worker == self;
}

unsigned
media_worker_get_index(const MediaWorker *self)
{
    return self->index;
}

uint16_t
media_worker_get_port(const MediaWorker *self)
{
    return self->port;
}

MediaNet *
media_worker_get_net(const MediaWorker *self)
{
    return self->net;
}

int64_t
media_worker_get_cpu_us(const MediaWorker *self)
{
    return read_clock_us(self->cpu_clock);
}

uint64_t
media_worker_get_n_passes(const MediaWorker *self)
{
    return atomic_load_explicit(&self->n_passes, memory_order_relaxed);
}

int64_t
media_worker_now_us(const MediaWorker *self)
{
    return self->loop != NULL ? self->loop->now_us : read_clock_us(CLOCK_MONOTONIC);
}

void
media_worker_start_timer(MediaWorker *self, MediaTimer *timer, int64_t due_us, MediaWorkerFunc func, void *data)
{
    MEDIA_ASSERT_ON_WORKER(self);

    timer->due_us = due_us;
    timer->func = func;
    timer->data = data;
    media_timer_wheel_start(&self->loop->wheel, timer);
}

void
media_worker_stop_timer(MediaWorker *self, MediaTimer *timer)
{
    media_timer_wheel_stop(&self->loop->wheel, timer);
}

void
media_worker_defer(MediaWorker *self, MediaDeferred *deferred, MediaWorkerFunc func, void *data)
{
    MEDIA_ASSERT_ON_WORKER(self);

    deferred->func = func;
    deferred->data = data;
    if (deferred->queued)
        return;
    deferred->queued = true;
    deferred->next = NULL;
    *self->loop->deferred_tail = deferred;
    self->loop->deferred_tail = &deferred->next;
}

/* The link that points at deferred; NULL when it is not in this list. */
static MediaDeferred **
find_link(MediaDeferred **link, const MediaDeferred *deferred)
{
    while (*link != NULL && *link != deferred)
        link = &(*link)->next;
    return *link != NULL ? link : NULL;
}

void
media_worker_cancel_deferred(MediaWorker *self, MediaDeferred *deferred)
{
    Loop *loop = self->loop;
    MediaDeferred **link;

    if (!deferred->queued)
        return;
    link = find_link(&loop->round, deferred);
    if (link == NULL)
        link = find_link(&loop->deferred, deferred);
    g_assert(link != NULL);
    *link = deferred->next;
    if (loop->deferred_tail == &deferred->next)
        loop->deferred_tail = link;
    deferred->next = NULL;
    deferred->queued = false;
}

bool
media_worker_watch(MediaWorker *self, MediaWatch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    return epoll_ctl(self->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) == 0;
}

void
media_worker_rewatch(MediaWorker *self, MediaWatch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    epoll_ctl(self->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void
media_worker_unwatch(MediaWorker *self, MediaWatch *watch)
{
    epoll_ctl(self->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int i = 0; i < self->loop->n_events; i++)
        if (self->loop->events[i].data.ptr == watch)
            self->loop->events[i].data.ptr = NULL;
}
