/* media/timer-wheel.h - many timers, few wake-ups: four levels of 64 slots, a slot of the lowest being one tick
 *
 * Ownership: a value inside its worker. Timers belong to whoever embeds them and must be stopped before they go.
 * Thread:    its worker's. Pure: told the time, never asks for it. */
#pragma once

#include "media/worker.h"

G_BEGIN_DECLS

enum {
    MEDIA_WHEEL_LEVELS = 4, /* 320 ms, 20 s, 22 min, 23 h */
    MEDIA_WHEEL_SLOTS = 64,
};

typedef struct {
    int64_t tick; /* the next one to run; what was due before it has run */
    uint64_t occupied[MEDIA_WHEEL_LEVELS];
    MediaTimer slots[MEDIA_WHEEL_LEVELS][MEDIA_WHEEL_SLOTS]; /* heads of circular lists */
    MediaTimer firing;                                       /* head: taken out of its slot, not yet run */
} MediaTimerWheel;

void media_timer_wheel_init(MediaTimerWheel *self, int64_t now_us);

/* Restarts a timer that runs. One that is due already runs with the next advance, not from inside this call. */
void media_timer_wheel_start(MediaTimerWheel *self, MediaTimer *timer);
void media_timer_wheel_stop(MediaTimerWheel *self, MediaTimer *timer);

/* Runs what is due. A function may start and stop any timer, its own included. */
void media_timer_wheel_advance(MediaTimerWheel *self, int64_t now_us);

/* When advance has something to do next; INT64_MAX: nothing is started. A timer far ahead moves down a level at most
 * MEDIA_WHEEL_LEVELS - 1 times, which is something to do as well. */
int64_t media_timer_wheel_get_next_us(const MediaTimerWheel *self);

G_END_DECLS
