#define G_LOG_DOMAIN "media.handshake"

#include "media/handshake.h"

#include <stdatomic.h>
#include <string.h>

#include "media/handshaker-priv.h"

/* Both halves in one: each side touches its own part only, what crosses is copied into messages. */
struct MediaHandshake {
    /* constant after new */
    MediaHandshaker *handshaker; /* borrowed */
    MediaWorker *worker;         /* reference: a report may come when it has gone */
    uint8_t ip[16];
    const MediaHandshakeEvents *events;

    /* worker */
    void *data;
    bool freed;

    /* handshake thread */
    MediaDtls *dtls; /* owned; NULL before the first datagram and after the end */
    bool finished;
    MediaTimer timer;

    atomic_uint n_references; /* the transport's and one per message on its way */
    atomic_uint n_backlog;
};

/* Crosses with a reference. */
typedef struct {
    MediaHandshake *handshake;
    bool finished;
    bool has_result;
    MediaDtlsResult result;
    MediaDtlsFlight flight;
} Report;

typedef struct {
    MediaHandshake *handshake;
    size_t size;
    uint8_t bytes[];
} Datagram;

static MediaHandshake *
handshake_ref(MediaHandshake *self)
{
    atomic_fetch_add_explicit(&self->n_references, 1, memory_order_relaxed);
    return self;
}

static void
handshake_unref(void *data)
{
    MediaHandshake *self = data;

    if (atomic_fetch_sub_explicit(&self->n_references, 1, memory_order_acq_rel) != 1)
        return;
    media_worker_unref(self->worker);
    g_free(self);
}

/* on the worker */

static void
on_report(void *data)
{
    Report *report = data;
    MediaHandshake *self = report->handshake;

    if (self->freed)
        return;
    if (!report->finished)
        self->events->flight(self->data, &report->flight);
    else
        self->events->finished(self->data, report->has_result ? &report->result : NULL, &report->flight);
}

static void
report_free(void *data)
{
    Report *report = data;

    handshake_unref(report->handshake);
    OPENSSL_cleanse(&report->result, sizeof(report->result));
    g_free(report);
}

/* on the handshake thread */

static Report *
report_new(MediaHandshake *self, const MediaDtlsFlight *flight)
{
    Report *report = g_new0(Report, 1);

    report->handshake = handshake_ref(self);
    report->flight.size = flight->size;
    memcpy(report->flight.bytes, flight->bytes, flight->size);
    return report;
}

static void
send_flight(MediaHandshake *self)
{
    const MediaDtlsFlight *flight = media_dtls_take_flight(self->dtls);

    if (flight != NULL)
        media_worker_post(self->worker, on_report, report_new(self, flight), report_free);
}

static void
end(MediaHandshake *self)
{
    if (self->dtls == NULL)
        return;
    media_worker_stop_timer(media_handshaker_get_thread(self->handshaker), &self->timer);
    media_handshaker_leave(self->handshaker, self->ip);
    g_clear_pointer(&self->dtls, media_dtls_free);
}

static void on_time(void *data);

static void
after_step(MediaHandshake *self, MediaDtlsStatus status)
{
    Report *report;

    send_flight(self);
    if (status == MEDIA_DTLS_RUNNING) {
        media_worker_start_timer(media_handshaker_get_thread(self->handshaker), &self->timer,
                                 media_dtls_get_next_us(self->dtls), on_time, self);
        return;
    }
    report = report_new(self, media_dtls_get_last_flight(self->dtls));
    report->finished = true;
    if (status == MEDIA_DTLS_DONE) {
        report->has_result = true;
        report->result = *media_dtls_get_result(self->dtls);
    } else {
        g_debug("handshake failed: %s", media_dtls_get_failure(self->dtls));
    }
    media_worker_post(self->worker, on_report, report, report_free);
    self->finished = true;
    end(self);
}

static void
on_time(void *data)
{
    MediaHandshake *self = data;

    after_step(self,
               media_dtls_on_time(self->dtls, media_worker_now_us(media_handshaker_get_thread(self->handshaker))));
}

static void
on_datagram(void *data)
{
    Datagram *datagram = data;
    MediaHandshake *self = datagram->handshake;
    int64_t now_us = media_worker_now_us(media_handshaker_get_thread(self->handshaker));

    atomic_fetch_sub_explicit(&self->n_backlog, 1, memory_order_relaxed);
    if (self->finished)
        return;
    if (self->dtls == NULL) {
        if (!media_handshaker_enter(self->handshaker, self->ip))
            return;
        self->dtls = media_dtls_new(media_handshaker_get_context(self->handshaker), now_us);
    }
    after_step(self, media_dtls_receive(self->dtls, datagram->bytes, datagram->size, now_us));
}

static void
datagram_free(void *data)
{
    handshake_unref(((Datagram *)data)->handshake);
    g_free(data);
}

static void
on_close(void *data)
{
    MediaHandshake *self = data;

    self->finished = true;
    end(self);
}

/* on the worker */

MediaHandshake *
media_handshake_new(MediaHandshaker *handshaker, MediaWorker *worker, const uint8_t ip[16],
                    const MediaHandshakeEvents *events, void *data)
{
    MediaHandshake *self = g_new0(MediaHandshake, 1);

    self->handshaker = handshaker;
    self->worker = media_worker_ref(worker);
    memcpy(self->ip, ip, sizeof(self->ip));
    self->events = events;
    self->data = data;
    atomic_init(&self->n_references, 1);
    return self;
}

void
media_handshake_free(MediaHandshake *self)
{
    if (self == NULL)
        return;
    self->freed = true;
    media_worker_post(media_handshaker_get_thread(self->handshaker), on_close, self, handshake_unref);
}

void
media_handshake_receive(MediaHandshake *self, const uint8_t *bytes, size_t size)
{
    Datagram *datagram;

    if (atomic_fetch_add_explicit(&self->n_backlog, 1, memory_order_relaxed) >= MEDIA_MAX_HANDSHAKE_BACKLOG) {
        atomic_fetch_sub_explicit(&self->n_backlog, 1, memory_order_relaxed);
        return;
    }
    datagram = g_malloc(sizeof(*datagram) + size);
    datagram->handshake = handshake_ref(self);
    datagram->size = size;
    memcpy(datagram->bytes, bytes, size);
    media_worker_post(media_handshaker_get_thread(self->handshaker), on_datagram, datagram, datagram_free);
}
