/* gateway/duty/duty.h - who is on duty: the roster, the daily log that writes itself, the hand-over
 *
 * Times are UTC in the store and a clock on the wall on the page; a night in which the clock is set is as long as it is. Ownership:
 * the service. Thread: main. */
#pragma once

#include "gateway/reports/fact-log.h"

G_BEGIN_DECLS

typedef struct GwDuty GwDuty;

/* facts: borrowed, outlives it. */
GwDuty *gw_duty_new(const Gateway *gateway, GwFactLog *facts);
void gw_duty_free(GwDuty *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwDuty, gw_duty_free)

G_END_DECLS
