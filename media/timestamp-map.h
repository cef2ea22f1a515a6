/* media/timestamp-map.h - from a source's RTP timestamps to those of one viewer
 *
 * The viewer's line goes on without a break when another source takes over: it advances by the time that passed.
 * Packets replayed from the store (older than the live ones) are squeezed together behind the live point, so that a
 * viewer does not take their age for delay and keep it.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { MEDIA_TIMESTAMP_SQUEEZE = 16 }; /* a second of replay takes 62 ms on the viewer's line */

typedef struct {
    uint32_t clock_rate;
    uint32_t offset;   /* viewer's - source's, of live packets */
    uint32_t last_out; /* newest that was sent */
    uint32_t ahead_us; /* what is sent stands for a moment so much later */
    int64_t last_us;   /* the moment it stands for: when the first packet of its frame left; 0: nothing yet */

    uint64_t squeezed_until; /* the last packet (extended sequence number) that is squeezed; 0: none */
    uint32_t live;           /* source's timestamp of that packet */
} MediaTimestampMap;

void media_timestamp_map_init(MediaTimestampMap *self, uint32_t clock_rate, uint32_t first);

/* first: the source's timestamp of the next packet to be sent, which is a live one. */
void media_timestamp_map_restart(MediaTimestampMap *self, uint32_t first, int64_t now_us);

/* The same for a frame that takes long to get there: its timestamp is that of ahead_us later. */
void media_timestamp_map_restart_ahead(MediaTimestampMap *self, uint32_t first, uint32_t ahead_us, int64_t now_us);

/* The next packet to be sent is a stored one; those up to live_sequence (with timestamp live) are squeezed. */
void media_timestamp_map_restart_squeezed(MediaTimestampMap *self, uint32_t first, uint32_t live,
                                          uint64_t live_sequence, int64_t now_us);

/* first is of another encoding of the same picture, whose clock stands offset behind the viewer's line. The line follows
 * it as long as it neither stands still nor jumps. */
void media_timestamp_map_switch(MediaTimestampMap *self, uint32_t first, uint32_t offset, int64_t now_us);

/* Says nothing is sent: the same packet has the same timestamp whenever it is sent again. */
uint32_t media_timestamp_map_get(const MediaTimestampMap *self, uint32_t timestamp, uint64_t sequence);

void media_timestamp_map_sent(MediaTimestampMap *self, uint32_t out, int64_t now_us);

/* Where the viewer's line stands now, after something was sent. */
uint32_t media_timestamp_map_at(const MediaTimestampMap *self, int64_t now_us);
