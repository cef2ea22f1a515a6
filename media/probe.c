#include "media/probe.h"

#include <glib.h>

#define MIN_ARRIVED 0.8  /* of packets and of bytes */
#define MAX_RATIO   2.0  /* arriving so much faster than it left, it was held up elsewhere and let go at once */
#define SATURATED   0.9  /* below this share of the sent rate, the line was full ... */
#define HEADROOM    0.95 /* ... and that is what it can do */
#define GOOD        0.7  /* of the target: worth trying more at once */
#define MAX_RATE    100000000.0

bool
media_probe_start(MediaProbe *self, uint32_t target, int64_t now_us)
{
    if (self->cluster.used || now_us < self->next_us || target == 0)
        return false;
    target = MIN(target, MEDIA_PROBE_MAX_RATE);
    self->last_id = (uint8_t)(self->last_id % UINT8_MAX + 1);
    self->cluster = (MediaProbeCluster){
        .used = true,
        .id = self->last_id,
        .target = target,
        .planned = MAX((size_t)((uint64_t)target * MEDIA_PROBE_US / (8 * G_USEC_PER_SEC)), MEDIA_PROBE_MIN_BYTES),
        .began_us = now_us,
    };
    return true;
}

uint8_t
media_probe_get_id(const MediaProbe *self)
{
    return self->cluster.used && !self->cluster.sent ? self->cluster.id : 0;
}

size_t
media_probe_get_due(const MediaProbe *self, int64_t now_us)
{
    const MediaProbeCluster *cluster = &self->cluster;

    if (!cluster->used || cluster->sent)
        return 0;
    uint64_t elapsed_us = (uint64_t)CLAMP(now_us - cluster->began_us, 0, MEDIA_PROBE_GIVE_UP_US) + 1000;
    size_t due = (size_t)(elapsed_us * cluster->target / (8 * G_USEC_PER_SEC)) + 1;
    return due > cluster->bytes_sent ? MIN(due - cluster->bytes_sent, cluster->planned)
                                     : 0; /* late, no more than all */
}

void
media_probe_sent(MediaProbe *self, size_t size, int64_t now_us)
{
    MediaProbeCluster *cluster = &self->cluster;

    if (!cluster->used || cluster->sent)
        return;
    cluster->n_sent++;
    cluster->bytes_sent += size;
    int64_t elapsed_us = now_us - cluster->began_us;
    cluster->sent = (cluster->bytes_sent >= cluster->planned && cluster->n_sent >= MEDIA_PROBE_MIN_PACKETS &&
                     elapsed_us >= MEDIA_PROBE_MIN_US) ||
                    elapsed_us > MEDIA_PROBE_GIVE_UP_US;
}

void
media_probe_arrived(MediaProbe *self, size_t size, int64_t sent_us, int64_t arrival_us)
{
    MediaProbeCluster *cluster = &self->cluster;

    if (!cluster->used)
        return;
    if (cluster->n_arrived == 0 || sent_us < cluster->first_sent_us)
        cluster->first_sent_us = sent_us;
    if (cluster->n_arrived == 0 || sent_us >= cluster->last_sent_us) {
        cluster->last_sent_us = sent_us;
        cluster->last_sent_size = size;
    }
    if (cluster->n_arrived == 0 || arrival_us < cluster->first_arrival_us) {
        cluster->first_arrival_us = arrival_us;
        cluster->first_arrived_size = size;
    }
    if (cluster->n_arrived == 0 || arrival_us > cluster->last_arrival_us)
        cluster->last_arrival_us = arrival_us;
    cluster->n_arrived++;
    cluster->bytes_arrived += size;
}

/* Between the first and the last packet: what left before the last did, what arrived after the first. */
static double
measure(const MediaProbeCluster *cluster)
{
    int64_t sent_us = cluster->last_sent_us - cluster->first_sent_us;
    int64_t arrived_us = cluster->last_arrival_us - cluster->first_arrival_us;

    if (sent_us <= 0 || arrived_us <= 0 || sent_us > G_USEC_PER_SEC || arrived_us > G_USEC_PER_SEC)
        return 0;
    double out = (double)(cluster->bytes_arrived - cluster->last_sent_size) * 8 * G_USEC_PER_SEC / (double)sent_us;
    double in =
        (double)(cluster->bytes_arrived - cluster->first_arrived_size) * 8 * G_USEC_PER_SEC / (double)arrived_us;
    if (in > MAX_RATIO * out)
        return 0;
    double rate = in < SATURATED * out ? HEADROOM * in : MIN(in, out);
    return MIN(rate, MAX_RATE);
}

static void
fail(MediaProbe *self, int64_t now_us)
{
    int64_t since_us = self->failed_us != 0 ? now_us - self->failed_us : INT64_MAX;

    if (since_us > MEDIA_PROBE_CALM_US)
        self->spacing_us = MEDIA_PROBE_SPACING_US;
    else if (since_us > MEDIA_PROBE_SPACING_US) /* else it is the same queue still */
        self->spacing_us = MIN(2 * self->spacing_us, MEDIA_PROBE_MAX_SPACING_US);
    self->failed_us = now_us;
    self->next_us = now_us + self->spacing_us;
}

bool
media_probe_finish(MediaProbe *self, int64_t now_us, uint32_t *ret_rate)
{
    MediaProbeCluster *cluster = &self->cluster;

    if (!cluster->used)
        return false;
    bool told = cluster->sent && cluster->n_arrived >= MIN_ARRIVED * cluster->n_sent &&
                (double)cluster->bytes_arrived >= MIN_ARRIVED * (double)cluster->bytes_sent;
    if (!told && now_us - cluster->began_us < MEDIA_PROBE_GIVE_UP_US)
        return false;
    *ret_rate = told ? (uint32_t)measure(cluster) : 0;
    cluster->used = false;
    self->next_us = now_us;
    if (told && *ret_rate == 0)
        self->next_us = now_us + MEDIA_PROBE_AGAIN_US;
    else if (*ret_rate < GOOD * cluster->target)
        fail(self, now_us);
    return true;
}

void
media_probe_hold(MediaProbe *self, int64_t now_us)
{
    self->cluster.used = false;
    fail(self, now_us);
}
