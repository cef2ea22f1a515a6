/* media/send-history.h - which packet left when, by its transport-wide number, until feedback tells what became of it
 *
 * Numbers are given here, one after the other. A ring that grows while what falls out of it is still waited for, up to
 * MEDIA_HISTORY_MAX. Pure. A zeroed one is ready to use. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEDIA_HISTORY_MIN = 256,                 /* packets; powers of two */
    MEDIA_HISTORY_MAX = 8192,                /* a second at 80 Mbit/s */
    MEDIA_HISTORY_WAIT_US = 4 * 1000 * 1000, /* for feedback, before a packet may be forgotten for want of room */
    MEDIA_HISTORY_OLD_US = 10 * 1000 * 1000, /* feedback about anything older is not believed */
};

typedef struct {
    uint32_t sent_us; /* the lower half of the clock */
    uint16_t size;
    uint8_t probe;
    uint8_t fate;
} MediaSendEntry;

typedef struct {
    MediaSendEntry *entries; /* owned */
    unsigned n_entries;
    unsigned n;    /* of them used: the last n numbers */
    uint16_t next; /* number */
} MediaSendHistory;

typedef struct {
    int64_t sent_us;
    uint16_t size;
    uint8_t probe; /* cluster that it belongs to; 0: none */
    bool was_lost; /* it was told to be lost before, and arrived after all */
} MediaSentPacket;

void media_send_history_clear(MediaSendHistory *self);

/* Returns the packet's number. */
uint16_t media_send_history_add(MediaSendHistory *self, size_t size, uint8_t probe, int64_t now_us);

/* One will be added soon, see prefetch.h. */
void media_send_history_prefetch(const MediaSendHistory *self);

/* False when there is nothing new in that: never sent, forgotten, told before. */
bool media_send_history_take(MediaSendHistory *self, uint16_t number, bool arrived, int64_t now_us,
                             MediaSentPacket *ret_packet);
