/* media/totals.h - the figures of all peers of a worker, summed
 *
 * Each peer keeps what it has counted so far and adds the difference about once a second and when it goes, so a packet
 * costs nothing here. Written by the worker, read by any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
    MEDIA_TOTAL_PACKETS_IN,
    MEDIA_TOTAL_PACKETS_OUT,
    MEDIA_TOTAL_BYTES_IN,
    MEDIA_TOTAL_BYTES_OUT,
    MEDIA_TOTAL_DROPPED_FORGED,
    MEDIA_TOTAL_DROPPED_POLICED,
    MEDIA_TOTAL_DROPPED_SOCKET,
    MEDIA_TOTAL_DROPPED_UNSENT,
    MEDIA_TOTAL_TRACK_PACKETS,
    MEDIA_TOTAL_RECOVERED,
    MEDIA_TOTAL_LOST,
    MEDIA_TOTAL_NACKS_OUT,
    MEDIA_TOTAL_NACKS_IN,
    MEDIA_TOTAL_PLIS_OUT,
    MEDIA_TOTAL_PLIS_IN,
    MEDIA_TOTAL_RETRANSMITTED,
    MEDIA_TOTAL_REDUNDANT,
    MEDIA_TOTAL_KEYFRAMES,
    MEDIA_TOTAL_HANDSHAKES_BEGUN,
    MEDIA_TOTAL_HANDSHAKES_DONE,
    MEDIA_TOTAL_HANDSHAKES_FAILED,
    MEDIA_TOTAL_ADDRESS_CHANGES,

    MEDIA_TOTAL_FIRST_GAUGE,
    MEDIA_TOTAL_PEERS = MEDIA_TOTAL_FIRST_GAUGE,
    MEDIA_TOTAL_READY,
    MEDIA_TOTAL_TRACKS,
    MEDIA_TOTAL_VIEWERS,
    MEDIA_TOTAL_BITRATE_UP,
    MEDIA_TOTAL_BITRATE_DOWN,
    MEDIA_TOTAL_ESTIMATE,  /* of what the way to each peer carries, summed */
    MEDIA_TOTAL_ESTIMATES, /* over so many peers */
    MEDIA_TOTAL_JITTER_US, /* summed */
    MEDIA_TOTAL_JITTERS,
    MEDIA_TOTAL_RTT_US,
    MEDIA_TOTAL_RTTS,
    MEDIA_N_TOTALS,
} MediaTotal;

/* From the offer, or from when there was something to watch, to the first packet of media. */
typedef enum {
    MEDIA_JOIN_WATCH,
    MEDIA_JOIN_PUBLISH,
    MEDIA_N_JOINS,
} MediaJoin;

enum { MEDIA_N_JOIN_BUCKETS = 15 };

extern const unsigned media_join_bounds_ms[MEDIA_N_JOIN_BUCKETS - 1]; /* the last bucket has none */

typedef struct {
    uint64_t n[MEDIA_N_JOIN_BUCKETS]; /* not cumulative */
    uint64_t sum_us;
} MediaJoins;

typedef struct {
    int64_t values[MEDIA_N_TOTALS];
    MediaJoins joins[MEDIA_N_JOINS];
} MediaTotalsView;

typedef struct MediaTotals MediaTotals;

MediaTotals *media_totals_new(void);
void media_totals_free(MediaTotals *self);

/* Worker. counted: what the caller has put in already; it becomes now. */
void media_totals_account(MediaTotals *self, int64_t *counted, const int64_t *now);
/* The same without adding to counters: something that was counted has gone. */
void media_totals_rebase(MediaTotals *self, int64_t *counted, const int64_t *now);
void media_totals_add_join(MediaTotals *self, MediaJoin join, int64_t took_us);

/* Any thread. Adds what it has to the view. */
void media_totals_read(const MediaTotals *self, MediaTotalsView *view);

G_END_DECLS
