#include "media/bandwidth.h"

#include "media/delay-trend.h"
#include "media/delivery.h"
#include "media/loss-control.h"
#include "media/prefetch.h"
#include "media/probe.h"
#include "media/rate-control.h"
#include "media/rate-limit.h"
#include "media/send-history.h"

#define ARRIVAL_CYCLE_US  ((INT64_C(1) << 24) * 64 * 1000) /* of the 24-bit reference time */
#define MAX_ARRIVAL_US    (1000 * ARRIVAL_CYCLE_US)
#define MAX_CLOCK_STEP_US (INT64_C(60) * G_USEC_PER_SEC)

#define PROBE_FACTOR       2.0  /* of the estimate */
#define FIRST_PROBE_FACTOR 3.0  /* while nothing is known */
#define WANTED_HEADROOM    1.25 /* no probe goes far beyond what is wanted */

#define DRAIN_FACTOR 0.6 /* of the estimate, while a long queue is to empty */

enum {
    SOME_QUEUE_US = 15 * 1000,        /* with less, a trend is noise of large and small frames ... */
    SOME_PACKETS_BITS = 2 * 1250 * 8, /* ... or of packets, each of which takes long */
    LONG_QUEUE_US = 200 * 1000,
    SHORT_QUEUE_US = 80 * 1000,
    MAX_DRAIN_US = 8 * 1000 * 1000, /* then it was no queue: the way has become longer */
    BASE_US = 30 * 1000 * 1000,
    KNOWN_US = 2 * 1000 * 1000, /* of feedback without a complaint: then the estimate is taken as it is */
    FEEDBACK_BURST_US = G_USEC_PER_SEC / 2,
};

/* How far behind the quickest packets of the last minute the newest are: what stands in the queue. */
typedef struct {
    int64_t base_us, next_base_us; /* least of arrival - sent, of the last window and of this one */
    int64_t window_us;             /* when this one began; 0: none */
    int64_t newest_us;             /* least of the feedback that is being read; INT64_MAX: none */
    int64_t length_us;
    bool grows;
    int64_t draining_us; /* since when; 0: not */
} Queue;

struct MediaBandwidth {
    MediaSendHistory history;
    MediaDelayTrend trend;
    MediaDelivery delivery;
    MediaRateControl delay;
    MediaLossControl loss;
    MediaProbe probe;
    MediaRateLimit feedbacks;
    Queue queue;
    int64_t rtt_us;            /* 0: not known */
    int64_t last_arrival_us;   /* unwrapped, of the peer's clock; 0: none yet */
    int64_t first_feedback_us; /* 0: none yet */
    bool known;
    uint32_t remb;
    int64_t remb_us;
};

MediaBandwidth *
media_bandwidth_new(void)
{
    MediaBandwidth *self = g_new0(MediaBandwidth, 1);

    media_rate_control_init(&self->delay, MEDIA_BANDWIDTH_START);
    media_loss_control_init(&self->loss);
    return self;
}

void
media_bandwidth_free(MediaBandwidth *self)
{
    if (self == NULL)
        return;
    media_send_history_clear(&self->history);
    g_free(self);
}

uint16_t
media_bandwidth_sent(MediaBandwidth *self, size_t size, int64_t now_us)
{
    uint8_t probe = media_probe_get_id(&self->probe);

    if (probe != 0)
        media_probe_sent(&self->probe, size, now_us);
    return media_send_history_add(&self->history, size, probe, now_us);
}

void
media_bandwidth_prefetch(const MediaBandwidth *self, unsigned ahead)
{
    if (ahead == 3) {
        media_prefetch(&self->history, sizeof self->history);
        media_prefetch(&self->probe, offsetof(MediaProbe, last_id));
    } else if (ahead == 2)
        media_send_history_prefetch(&self->history);
}

static void
restart_queue(Queue *queue)
{
    *queue = (Queue){ .base_us = INT64_MAX, .next_base_us = INT64_MAX, .newest_us = INT64_MAX };
}

/* The reference time goes round: the moment nearest to the last one is meant. A clock that jumps begins anew. */
static int64_t
unwrap_arrival(MediaBandwidth *self, int64_t arrival_us)
{
    int64_t ahead = (arrival_us - self->last_arrival_us) % ARRIVAL_CYCLE_US;

    if (ahead > ARRIVAL_CYCLE_US / 2)
        ahead -= ARRIVAL_CYCLE_US;
    else if (ahead < -ARRIVAL_CYCLE_US / 2)
        ahead += ARRIVAL_CYCLE_US;
    bool jumped =
        self->last_arrival_us == 0 || ABS(ahead) > MAX_CLOCK_STEP_US || self->last_arrival_us > MAX_ARRIVAL_US;
    if (jumped)
        restart_queue(&self->queue);
    self->last_arrival_us = jumped ? ARRIVAL_CYCLE_US + arrival_us : self->last_arrival_us + ahead;
    return self->last_arrival_us;
}

static void
watch_queue(Queue *queue, int64_t now_us)
{
    if (queue->newest_us == INT64_MAX)
        return;
    if (queue->window_us == 0 || now_us - queue->window_us > BASE_US) {
        queue->base_us = queue->next_base_us;
        queue->next_base_us = INT64_MAX;
        queue->window_us = now_us;
    }
    queue->next_base_us = MIN(queue->next_base_us, queue->newest_us);
    int64_t length_us = queue->newest_us - MIN(queue->base_us, queue->next_base_us);

    queue->grows = length_us > LONG_QUEUE_US && length_us > queue->length_us;
    queue->length_us = length_us;
    queue->newest_us = INT64_MAX;
    if (length_us < SHORT_QUEUE_US)
        queue->draining_us = 0;
    else if (length_us > LONG_QUEUE_US && queue->draining_us == 0)
        queue->draining_us = now_us;
    else if (queue->draining_us != 0 && now_us - queue->draining_us > MAX_DRAIN_US)
        restart_queue(queue);
}

static bool
on_status(MediaBandwidth *self, const MediaTwccStatus *status, int64_t now_us)
{
    MediaSentPacket sent;

    if (!media_send_history_take(&self->history, status->sequence, status->arrived, now_us, &sent))
        return false;
    media_loss_control_add(&self->loss, status->arrived, sent.was_lost, sent.size);
    if (!status->arrived)
        return true;
    int64_t arrival_us = unwrap_arrival(self, status->arrival_us);
    if (sent.probe == 0) { /* the queue that a probe makes is of its own making */
        self->queue.newest_us = MIN(self->queue.newest_us, arrival_us - sent.sent_us);
        media_delay_trend_add(&self->trend, sent.sent_us, arrival_us);
    }
    media_delivery_add(&self->delivery, sent.size, arrival_us);
    if (sent.probe != 0 && sent.probe == self->probe.cluster.id)
        media_probe_arrived(&self->probe, sent.size, sent.sent_us, arrival_us);
    return true;
}

static uint32_t
get_rate(const MediaBandwidth *self)
{
    return MIN(self->delay.rate, self->loss.rate);
}

static bool
is_repairable(const MediaBandwidth *self)
{
    return self->loss.smooth <= MEDIA_LOSS_MAX_INHERENT / 100.0;
}

static void
finish_probe(MediaBandwidth *self, int64_t now_us)
{
    uint32_t rate;

    if (!media_probe_finish(&self->probe, now_us, &rate) || rate == 0)
        return;
    if (rate > self->delay.rate)
        media_rate_control_set(&self->delay, rate, now_us);
    media_loss_control_raise(&self->loss, rate);
    self->known = true;
}

/* What a packet or two of a picture make, for those behind them. */
static int64_t
get_some_queue_us(const MediaBandwidth *self)
{
    int64_t packets_us = (int64_t)SOME_PACKETS_BITS * G_USEC_PER_SEC / self->delay.rate;

    return CLAMP(packets_us, SOME_QUEUE_US, SHORT_QUEUE_US);
}

static MediaDelayState
get_delay_state(const MediaBandwidth *self)
{
    if (self->queue.grows) /* on a very slow line, packets are too few for a trend */
        return MEDIA_DELAY_OVERUSE;
    if (self->trend.state == MEDIA_DELAY_OVERUSE && self->queue.length_us < get_some_queue_us(self))
        return MEDIA_DELAY_NORMAL;
    return self->trend.state;
}

void
media_bandwidth_on_feedback(MediaBandwidth *self, const MediaTwccStatus *statuses, size_t n, int64_t now_us)
{
    bool any = false;

    if (!media_rate_limit_take(&self->feedbacks, 1, MEDIA_BANDWIDTH_FEEDBACKS_PER_S, FEEDBACK_BURST_US, now_us))
        return;
    for (size_t i = 0; i < n; i++)
        any = on_status(self, &statuses[i], now_us) || any;
    if (!any)
        return;
    watch_queue(&self->queue, now_us);
    if (self->first_feedback_us == 0)
        self->first_feedback_us = now_us;

    uint32_t delivered = media_delivery_get(&self->delivery);
    MediaRateInput input = {
        .delay = get_delay_state(self),
        .delivered = delivered,
        .latest = media_delivery_get_latest(&self->delivery),
        .carried = is_repairable(self) ? (uint32_t)(delivered / (1 - self->loss.smooth)) : delivered,
        .rtt_us = self->rtt_us,
        .now_us = now_us,
    };
    bool was_cut = media_rate_control_update(&self->delay, &input);
    was_cut = media_loss_control_update(&self->loss, get_rate(self), now_us) || was_cut;
    if (input.delay == MEDIA_DELAY_OVERUSE || was_cut)
        media_probe_hold(&self->probe, now_us);
    else
        finish_probe(self, now_us);
    self->known = self->known || was_cut || now_us - self->first_feedback_us > KNOWN_US;
}

void
media_bandwidth_on_rtt(MediaBandwidth *self, int64_t rtt_us)
{
    self->rtt_us = rtt_us;
}

void
media_bandwidth_on_remb(MediaBandwidth *self, uint32_t bitrate, int64_t now_us)
{
    self->remb = MAX(bitrate, (uint32_t)MEDIA_RATE_MIN);
    self->remb_us = now_us;
}

/* rate: of the estimators, once there is one. */
static uint32_t
limit(const MediaBandwidth *self, uint32_t rate, int64_t now_us)
{
    if (self->first_feedback_us == 0)
        rate = UINT32_MAX;
    if (self->queue.draining_us != 0)
        rate = (uint32_t)(DRAIN_FACTOR * rate);
    if (self->remb != 0 && now_us - self->remb_us < MEDIA_BANDWIDTH_REMB_US)
        rate = MIN(rate, self->remb);
    return rate;
}

uint32_t
media_bandwidth_get(const MediaBandwidth *self, int64_t now_us)
{
    return limit(self, get_rate(self), now_us);
}

uint32_t
media_bandwidth_get_repairable(const MediaBandwidth *self, int64_t now_us)
{
    return limit(self, is_repairable(self) ? self->delay.rate : get_rate(self), now_us);
}

bool
media_bandwidth_is_known(const MediaBandwidth *self)
{
    return self->known || self->remb != 0;
}

bool
media_bandwidth_is_congested(const MediaBandwidth *self)
{
    return get_delay_state(self) == MEDIA_DELAY_OVERUSE || self->queue.draining_us != 0;
}

bool
media_bandwidth_is_pressed(const MediaBandwidth *self)
{
    return media_bandwidth_is_congested(self) &&
           (self->queue.draining_us != 0 || self->queue.length_us >= SHORT_QUEUE_US);
}

double
media_bandwidth_get_loss(const MediaBandwidth *self)
{
    return self->loss.loss;
}

bool
media_bandwidth_probe(MediaBandwidth *self, uint32_t wanted, int64_t now_us)
{
    uint32_t rate = get_rate(self);
    uint32_t ignored;

    /* one that nobody answers ends by time */
    if (self->first_feedback_us == 0 || (media_probe_finish(&self->probe, now_us, &ignored) && ignored == 0))
        return false;
    if (wanted <= rate || media_bandwidth_is_congested(self) || !is_repairable(self))
        return false;
    double target = (self->known ? PROBE_FACTOR : FIRST_PROBE_FACTOR) * rate;
    return media_probe_start(&self->probe, (uint32_t)MIN(target, WANTED_HEADROOM * wanted), now_us);
}

size_t
media_bandwidth_get_padding(const MediaBandwidth *self, int64_t now_us)
{
    return media_probe_get_due(&self->probe, now_us);
}

bool
media_bandwidth_is_probing(const MediaBandwidth *self)
{
    return media_probe_get_id(&self->probe) != 0;
}
