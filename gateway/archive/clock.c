#include "gateway/archive/clock.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* 1 January of a year, well enough. */
static int64_t
year_ms(int year)
{
    return (int64_t)((year - 1970) * 365.2425) * DAY_MS;
}

bool
gw_clock_tick(GwClock *self, int64_t wall_ms, int64_t steady_us)
{
    int64_t drift_ms = (wall_ms - self->wall_ms) - (steady_us - self->steady_us) / 1000;
    bool stepped = self->wall_ms != 0 && (drift_ms > GW_CLOCK_STEP_MS || drift_ms < -GW_CLOCK_STEP_MS);

    self->wall_ms = wall_ms;
    self->steady_us = steady_us;
    if (stepped)
        self->stepped_ms = wall_ms;
    return stepped;
}

GwStatement *
gw_clock_to_statement(const GwClock *self, int64_t now_ms)
{
    GwStatement *statement = gw_statement_new("INSERT INTO archive_clock (id, at_ms, stepped_ms) VALUES (1, ?1, ?2)"
                                              " ON CONFLICT (id) DO UPDATE SET at_ms = ?1, stepped_ms = ?2");

    gw_statement_int(statement, now_ms);
    gw_statement_int(statement, self->stepped_ms);
    return statement;
}

void
gw_clock_read_row(GwClock *self, const GwRows *rows, int64_t now_ms)
{
    self->started_ms = now_ms;
    if (gw_rows_get_count(rows) == 0)
        return;
    self->last_run_ms = gw_rows_int(rows, 0, 0);
    self->stepped_ms = gw_rows_int(rows, 0, 1);
}

const char *
gw_clock_get_doubt(const GwClock *self, int64_t now_ms)
{
    if (now_ms < year_ms(GW_CLOCK_FIRST_YEAR) || now_ms >= year_ms(GW_CLOCK_LAST_YEAR))
        return "the clock shows a year that cannot be";
    if (self->newest_ms > now_ms)
        return "the clock is behind the newest recording";
    if (self->last_run_ms > now_ms)
        return "the clock is behind the last time this program ran";
    if (self->stepped_ms != 0 && ABS(now_ms - self->stepped_ms) < GW_CLOCK_STEADY_H * DAY_MS / 24)
        return "the clock was set less than a day ago";
    if (self->newest_ms != 0 && now_ms - self->newest_ms > GW_CLOCK_MAX_SILENT_DAYS * DAY_MS)
        return "nothing was recorded for so long that the clock may be wrong";
    if (self->last_run_ms != 0 && self->started_ms - self->last_run_ms > GW_CLOCK_MAX_SILENT_DAYS * DAY_MS &&
        now_ms - self->started_ms < GW_CLOCK_STEADY_H * DAY_MS / 24)
        return "this program did not run for so long that the clock may be wrong";
    return NULL;
}
