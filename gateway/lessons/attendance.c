#include "gateway/lessons/attendance.h"

#define MINUTE_MS INT64_C(60000)

int64_t
gw_attendance_elapsed_ms(int64_t before_ms, int64_t now_ms)
{
    return CLAMP(now_ms - before_ms, 0, GW_ATTENDANCE_MAX_STEP_MS);
}

unsigned
gw_attendance_minutes(int64_t present_ms)
{
    return (unsigned)(present_ms / MINUTE_MS);
}

int64_t
gw_attendance_check_ms(int64_t started_ms, unsigned minutes, unsigned k, unsigned n, uint32_t luck)
{
    int64_t part_ms = MAX((int64_t)minutes - 2, 1) * MINUTE_MS / MAX(n, 1);

    return started_ms + MINUTE_MS + k * part_ms + (int64_t)((uint64_t)part_ms * luck >> 32);
}
