/* gateway/lessons/attendance.h - how long somebody was there by this machine's clock, and when presence is checked
 *
 * Pure; the time is given from outside. Thread: any. */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

enum { GW_ATTENDANCE_MAX_STEP_MS = 10 * 1000 };

/* What counts of the time between two looks: nothing when the clock was set back, no more than a few seconds when it was set
 * forward or nobody looked. */
int64_t gw_attendance_elapsed_ms(int64_t before_ms, int64_t now_ms);
/* Whole minutes. */
unsigned gw_attendance_minutes(int64_t present_ms);

/* When check k of n (from 0) of a lesson is due: somewhere in the k-th of n equal parts of it, as luck (below 2^32) has it; a
 * minute at both ends is left out. */
int64_t gw_attendance_check_ms(int64_t started_ms, unsigned minutes, unsigned k, unsigned n, uint32_t luck);

G_END_DECLS
