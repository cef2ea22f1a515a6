/* media/probe.h - short bursts of padding that show whether the line carries more than is sent over it
 *
 * A cluster goes out at a given rate; the rate at which it arrives is what the line can do. One cluster at a time: after
 * a good one twice as much is tried at once, after a bad one it is left alone for a while. What else leaves meanwhile
 * belongs to the cluster. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEDIA_PROBE_US = 25 * 1000,              /* how long a cluster is sent, */
    MEDIA_PROBE_MIN_US = 15 * 1000,          /* and at least, however much else leaves with it */
    MEDIA_PROBE_MAX_RATE = 50 * 1000 * 1000, /* bit/s: nobody watches more */
    MEDIA_PROBE_MIN_PACKETS = 5,
    MEDIA_PROBE_MIN_BYTES = 2400,
    MEDIA_PROBE_SPACING_US = 1000 * 1000,         /* after a queue, or one that did not get through; doubled ... */
    MEDIA_PROBE_MAX_SPACING_US = 4 * 1000 * 1000, /* ... each time again, up to this */
    MEDIA_PROBE_CALM_US = 10 * 1000 * 1000,       /* after so long without, it begins anew */
    MEDIA_PROBE_AGAIN_US = 500 * 1000,            /* after one that nothing can be told from */
    MEDIA_PROBE_GIVE_UP_US = 1000 * 1000,         /* for its feedback */
};

typedef struct {
    bool used, sent;
    uint8_t id; /* 1 ... 255 */
    uint32_t target;
    size_t planned;
    int64_t began_us;
    unsigned n_sent, n_arrived;
    size_t bytes_sent, bytes_arrived;
    size_t last_sent_size, first_arrived_size;
    int64_t first_sent_us, last_sent_us; /* of those that arrived */
    int64_t first_arrival_us, last_arrival_us;
} MediaProbeCluster;

typedef struct {
    MediaProbeCluster cluster;
    uint8_t last_id;
    int64_t next_us; /* not before */
    int64_t spacing_us, failed_us;
} MediaProbe;

/* A cluster at this rate, if one may be sent now. */
bool media_probe_start(MediaProbe *self, uint32_t target, int64_t now_us);

/* Number of the cluster that packets belong to now; 0: none. */
uint8_t media_probe_get_id(const MediaProbe *self);

/* Padding that is due by now, in bytes on the wire. */
size_t media_probe_get_due(const MediaProbe *self, int64_t now_us);

/* A packet of the cluster left. */
void media_probe_sent(MediaProbe *self, size_t size, int64_t now_us);

/* One arrived. */
void media_probe_arrived(MediaProbe *self, size_t size, int64_t sent_us, int64_t arrival_us);

/* After feedback. True once per cluster when it is known how it went: ret_rate is what got through, 0 nothing that could
 * be told. */
bool media_probe_finish(MediaProbe *self, int64_t now_us, uint32_t *ret_rate);

/* A queue has built up: nothing is tried for a while. */
void media_probe_hold(MediaProbe *self, int64_t now_us);
