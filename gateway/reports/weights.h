/* gateway/reports/weights.h - what the parts of the ranking weigh: of a unit, for it and those below, from a quarter on
 *
 * An administrator sets them for a quarter that has not begun, so that everybody knows them before they count; what has begun keeps
 * the weights that it began with. The nearest unit above counts; nobody has set any: the built-in ones, version 1. Each set is a new
 * version, and none is changed or deleted.
 * Ownership: GwReports. Thread: main. */
#pragma once

#include "gateway/question.h"
#include "gateway/reports/formula.h"
#include "gateway/reports/reports.h"

G_BEGIN_DECLS

enum { GW_WEIGHTS_MAX = 1000 }; /* versions */

typedef struct {
    GwFormula formula;
    char *unit, *quarter, *display, *reason;
    int64_t from_ms, made_ms;
} GwWeights;

bool gw_weights_load(GwReports *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_weights_free(void *weights);
/* What counts for the ranking of this unit at that time. */
GwFormula gw_weights_find(const GwReports *self, const char *unit, int64_t at_ms);

extern const GwQuestionMethod gw_report_weights_methods[];

G_END_DECLS
