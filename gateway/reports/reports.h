/* gateway/reports/reports.h - weekly briefs, monthly bulletins, the quarterly ranking, coverage
 *
 * All of it is drafted from facts, edited by a person, and opens to its facts. Ownership: the service. Thread: main; a PDF is drawn
 * on a thread of its own. */
#pragma once

#include "gateway/reports/fact-log.h"

G_BEGIN_DECLS

typedef struct GwReports GwReports;

/* Loads (blocks: start-up). facts: borrowed, outlives it. */
GwReports *gw_reports_new(const Gateway *gateway, GwFactLog *facts, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_reports_free(GwReports *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwReports, gw_reports_free)

G_END_DECLS
