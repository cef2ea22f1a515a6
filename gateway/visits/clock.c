#include "gateway/visits/clock.h"

#define MINUTE_MS INT64_C(60000)

void
gw_visit_clock_shift(GwVisitClock *self, int64_t step_ms)
{
    if (self->live_since_ms != 0)
        self->live_since_ms += step_ms;
    if (self->hand != GW_CLOCK_RUNS)
        self->since_ms += step_ms;
}

void
gw_visit_clock_start(GwVisitClock *self, int64_t now_ms)
{
    self->live_since_ms = now_ms;
    self->hand = GW_CLOCK_RUNS;
    self->since_ms = 0;
}

static int64_t
standing_ms(const GwVisitClock *self, int64_t now_ms)
{
    return MAX(now_ms - self->since_ms, 0);
}

void
gw_visit_clock_set_hand(GwVisitClock *self, GwClockHand hand, int64_t now_ms)
{
    if (hand == self->hand)
        return;
    if (self->hand == GW_CLOCK_PAUSED)
        self->paused_ms += standing_ms(self, now_ms);
    if (self->hand == GW_CLOCK_LOST)
        self->lost_ms = MIN(self->lost_ms + standing_ms(self, now_ms), GW_VISIT_MAX_LOST_MS);
    self->hand = hand;
    self->since_ms = hand == GW_CLOCK_RUNS ? 0 : now_ms;
}

int64_t
gw_visit_clock_get_end_ms(const GwVisitClock *self, int64_t now_ms)
{
    int64_t paused_ms = self->paused_ms, lost_ms = self->lost_ms;

    if (self->live_since_ms == 0)
        return 0;
    if (self->hand == GW_CLOCK_PAUSED)
        paused_ms += standing_ms(self, now_ms);
    if (self->hand == GW_CLOCK_LOST)
        lost_ms = MIN(lost_ms + standing_ms(self, now_ms), GW_VISIT_MAX_LOST_MS);
    return self->live_since_ms + self->minutes * MINUTE_MS + paused_ms + lost_ms;
}

/* The same warning twice, or five minutes after one minute, would only confuse. */
static int
warn(GwVisitClock *self, unsigned minutes)
{
    bool again = self->warned != 0 && self->warned <= minutes;

    if (again || minutes >= self->minutes)
        return -1;
    self->warned = minutes;
    return (int)minutes;
}

int
gw_visit_clock_take_due(GwVisitClock *self, int64_t now_ms)
{
    if (self->live_since_ms == 0 || self->hand == GW_CLOCK_PAUSED)
        return -1;
    int64_t left_ms = gw_visit_clock_get_end_ms(self, now_ms) - now_ms;
    if (left_ms <= 0)
        return 0;
    if (left_ms <= MINUTE_MS)
        return warn(self, 1);
    if (left_ms > 5 * MINUTE_MS) {
        self->warned = 0; /* also after an extension */
        return -1;
    }
    if (self->warned == 1)
        self->warned = 5;
    return warn(self, 5);
}
