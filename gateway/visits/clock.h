/* gateway/visits/clock.h - how long a visit still lasts: minutes that run only while people can see each other
 *
 * Pauses do not count against the visit; neither does the time in which a party had dropped, up to a maximum.
 * A value: zeroed is a visit that has not begun. Pure: takes the time, any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

enum { GW_VISIT_MAX_LOST_MS = 5 * 60 * 1000 }; /* of dropped time is given back */

typedef enum {
    GW_CLOCK_RUNS,
    GW_CLOCK_PAUSED,
    GW_CLOCK_LOST, /* a party has dropped */
} GwClockHand;

typedef struct {
    int64_t live_since_ms; /* 0: not admitted */
    unsigned minutes;
    int64_t paused_ms, lost_ms; /* over, so far */
    GwClockHand hand;
    int64_t since_ms; /* when the hand stopped */
    unsigned warned;  /* minutes of the last warning given; 0: none */
} GwVisitClock;

/* Somebody has set the wall clock: what it shows of the visit is as before. */
void gw_visit_clock_shift(GwVisitClock *self, int64_t step_ms);
void gw_visit_clock_start(GwVisitClock *self, int64_t now_ms);
/* From any hand to any; to the same is fine. */
void gw_visit_clock_set_hand(GwVisitClock *self, GwClockHand hand, int64_t now_ms);
/* When it will end by itself if the hand runs from now on; 0: not admitted. */
int64_t gw_visit_clock_get_end_ms(const GwVisitClock *self, int64_t now_ms);

/* What is to be said now: 5 or 1 (minutes left, each once), 0 when it is over, -1 nothing. Nothing is due in a pause.
 * A visit shorter than a warning, or extended past one, is warned when that many minutes are left. */
int gw_visit_clock_take_due(GwVisitClock *self, int64_t now_ms);

G_END_DECLS
