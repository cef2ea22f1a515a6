/* gateway/reports/report.h - one brief or bulletin: where it stands, and who may do what with it
 *
 * A value read from its row. Rules only. Thread: main. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/store.h"

G_BEGIN_DECLS

typedef enum {
    GW_REPORT_DRAFT,
    GW_REPORT_IN_REVIEW,
    GW_REPORT_REFUSED,  /* with a reason; it may be edited and sent again */
    GW_REPORT_APPROVED, /* locked, numbered */
    GW_REPORT_N_STATES,
} GwReportState;

typedef enum {
    GW_REPORT_SAVE,
    GW_REPORT_SUBMIT,
    GW_REPORT_REFUSE,
    GW_REPORT_APPROVE,
    GW_REPORT_N_ACTS,
} GwReportAct;

typedef struct {
    char *id, *kind, *unit, *period, *language, *title, *body;
    char *display, *approver, *sha256; /* of some NULL */
    GwReportState state;
    bool wrote;               /* the asker has written on it */
    unsigned year, number, n; /* number 0: none yet */
    int64_t from_ms, until_ms, made_ms, upto;
} GwReport;

/* ?1: the asker, as in the audit record. */
#define GW_REPORT_COLUMNS                                                                                              \
    "id, kind, unit, period, language, title, body, display, approver, sha256, state, year, number, n, from_ms, "      \
    "until_ms,"                                                                                                        \
    " made_ms, upto, EXISTS (SELECT 1 FROM report_event e WHERE e.report = report.id AND e.who = ?1"                   \
    " AND e.type IN ('draft', 'save', 'submit'))"

GwReport *gw_report_from_row(const GwRows *rows, unsigned row);
void gw_report_free(GwReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwReport, gw_report_free)

const char *gw_report_state_to_string(GwReportState state);
const char *gw_report_act_to_string(GwReportAct act);
GwReportState gw_report_get_next(GwReportAct act);
/* NULL: it may be done. Otherwise why not, a sentence, constant; ret_theirs: it is for somebody else. */
const char *gw_report_refuse(const GwReport *self, GwReportAct act, bool *ret_theirs);

G_END_DECLS
