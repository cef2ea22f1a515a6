/* gateway/evidence/time-stamps.h - tokens of outside time-stamp servers (RFC 3161) over the log's checkpoints
 *
 * Asked at each manifest's checkpoint and once an hour when the log has grown. DIR/log/time/checkpoint-SIZE and .tsr; of a
 * manifest's also DIR/archive/SESSION/time/. A server that does not answer, or whose answer is refused, is asked again: the state
 * is "pending" until then, over restarts too. Nothing waits for it.
 * Ownership: main. Thread: main; asking is done on threads of its own. */
#pragma once

#include "gateway/gateway.h"

G_BEGIN_DECLS

typedef struct GwTimeStamps GwTimeStamps;

enum {
    GW_TIME_STAMPS_MAX_PENDING = 1000, /* beyond that the oldest are left for the next start */
    GW_TIME_STAMPS_HOUR_S = 3600,
};

typedef enum {
    GW_TIME_STAMP_NONE, /* no server is configured */
    GW_TIME_STAMP_PENDING,
    GW_TIME_STAMP_GOOD,
} GwTimeStampState;

const char *gw_time_stamp_state_to_string(GwTimeStampState state); /* "none", "pending", "good" */

/* Sets the evidence's published function. */
GwTimeStamps *gw_time_stamps_new(const Gateway *gateway, const char *archive_dir);
void gw_time_stamps_free(GwTimeStamps *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwTimeStamps, gw_time_stamps_free)

/* The checkpoint of this size is asked for; session: NULL, or whose manifest it covers. */
void gw_time_stamps_add(GwTimeStamps *self, const char *session, uint64_t size);

GwTimeStampState gw_time_stamps_get_state(const GwTimeStamps *self); /* of all that was asked for */
unsigned gw_time_stamps_get_n_pending(const GwTimeStamps *self);
/* Since when the oldest of them waits, as far as is known after a restart; 0: none does. */
int64_t gw_time_stamps_get_since_ms(const GwTimeStamps *self);

/* For tests: what the timers do. */
void gw_time_stamps_retry(GwTimeStamps *self);
void gw_time_stamps_tick(GwTimeStamps *self);

G_END_DECLS
