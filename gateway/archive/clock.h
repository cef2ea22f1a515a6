/* gateway/archive/clock.h - whether this machine knows what time it is, well enough to destroy something by it
 *
 * A value. The time is given from outside; nothing is destroyed while it is unsure. Thread: main. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/store.h"

G_BEGIN_DECLS

enum {
    GW_CLOCK_FIRST_YEAR = 2024,
    GW_CLOCK_LAST_YEAR = 2075,
    GW_CLOCK_STEP_MS = 5000,       /* wall and monotonic clock further apart than this: somebody has set it */
    GW_CLOCK_STEADY_H = 24,        /* after a step */
    GW_CLOCK_MAX_SILENT_DAYS = 40, /* without anything recorded, or without this program running */
};

typedef struct {
    int64_t wall_ms, steady_us; /* at the last tick; 0: there was none */
    int64_t stepped_ms;         /* when it was last found to be stepped; 0: never */
    int64_t newest_ms;          /* of what is in the archive; 0: nothing is */
    int64_t last_run_ms;        /* when this program ran last before it was started; 0: never */
    int64_t started_ms;
    int64_t saved_ms; /* when the next run was last left word */
} GwClock;

/* Each second or so. True: a step was found now. */
bool gw_clock_tick(GwClock *self, int64_t wall_ms, int64_t steady_us);

/* What is left for the next run; row: of "SELECT at_ms, stepped_ms FROM archive_clock". */
GwStatement *gw_clock_to_statement(const GwClock *self, int64_t now_ms);
void gw_clock_read_row(GwClock *self, const GwRows *rows, int64_t now_ms);

/* NULL: it is sure. Otherwise a sentence of why not; constant. */
const char *gw_clock_get_doubt(const GwClock *self, int64_t now_ms);

G_END_DECLS
