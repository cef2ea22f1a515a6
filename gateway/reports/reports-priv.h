/* gateway/reports/reports-priv.h - what the files of reports/ share
 *
 *   fact.c, fact-log.c   what was recorded, as facts
 *   period.c, formula.c, report.c   rules
 *   draft.c           a brief or bulletin, drafted from facts
 *   edit.c            list, get, save, submit, refuse, approve
 *   events.c          the facts behind a figure; the same as CSV (IF6)
 *   coverage.c, ranking.c, weights.c, offices.c
 *   document.c, paper.c, print.c   a report as HTML and as PDF */
#pragma once

#include "gateway/archive/archive-priv.h"
#include "gateway/question.h"
#include "gateway/reports/document.h"
#include "gateway/reports/formula.h"
#include "gateway/reports/period.h"
#include "gateway/reports/report.h"
#include "gateway/reports/reports.h"
#include "gateway/reports/weights.h"

G_BEGIN_DECLS

enum {
    GW_REPORTS_MAX_ID = 64,
    GW_REPORTS_MAX_TITLE = 200, /* bytes */
    GW_REPORTS_MAX_PART = 8000, /* bytes */
    GW_REPORTS_MAX_REASON = 1000,
    GW_REPORTS_MAX_ROWS = 500,     /* of one answer */
    GW_REPORTS_MAX_CSV = 5000,     /* rows of one export */
    GW_REPORTS_MAX_KINDS = 32,     /* of one filter */
    GW_REPORTS_MAX_GROUPS = 20000, /* kinds × units of one ranking or coverage */
};

struct GwReports {
    const Gateway *gateway; /* borrowed */
    GwFactLog *facts;       /* borrowed */
    GTimeZone *zone;
    GPtrArray *rows;    /* GwQuestionRow, owned */
    GPtrArray *weights; /* GwWeights, owned, by version */
    unsigned tick_source;
    /* NULL: the machine's; tests have their own. */
    int64_t (*now)(void *data);
    void *clock_data;
};

/* zone: a reference is taken. */
GwReports *gw_reports_new_at(const Gateway *gateway, GwFactLog *facts, GTimeZone *zone,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
int64_t gw_reports_now_ms(const GwReports *self);

/* What a question about one report keeps between its steps. */
typedef struct {
    GwReport *report; /* owned */
    GwQuestionStep next;
    JsonArray *figures; /* owned; {kind, count, value, units} */
    GString *parts[4];  /* owned; of a draft */
    JsonObject *body;   /* owned */
    GwReportAct act;
} GwReportAsk;

GwReportAsk *gw_report_ask_new(GwQuestion *question); /* becomes its data */

/* The parts of a report that people write, in their order on paper. */
extern const char *const gw_report_parts[]; /* "units", "good", "problems", "orders", "passed", "inspectors" */
enum { GW_REPORT_N_PARTS = 6 };

/* edit.c: the report of parameter "report", if the asker reaches its unit; then next. */
void gw_report_find(GwQuestion *question, GwQuestionStep next);
/* Its figures; then next. */
void gw_report_read_figures(GwQuestion *question, GwQuestionStep next);
/* The report of the question, read again by this id, with figures and history, is the answer. */
void gw_report_answer(GwQuestion *question);

/* print.c: all that is printed of the report of the question. */
GwDocument *gw_report_to_document(GwQuestion *question);

/* offices.c: the units without others below them, as the tree was at a time. */
typedef struct {
    const char *unit; /* borrowed from people */
    char *place;      /* owned */
} GwOfficePlace;
GPtrArray *gw_offices_at(GwPeople *people, const char *below, int64_t at_ms);
/* Of "/a/b/c/d/" what follows b: "c"; NULL: b is not in it, or the last. Owned. */
char *gw_place_get_below(const char *place, const char *unit);
/* Between which instants a question asks: "from_ms" and "until_ms". False: it has failed. */
bool gw_reports_read_span(GwQuestion *question, GwFactFilter *filter);

/* ranking.c: {version, parts: [{part, weight}]} */
JsonObject *gw_formula_to_json(const GwFormula *self);

const GwQuestionMethod *gw_reports_find_method(const char *name); /* NULL: there is none */

extern const GwQuestionMethod gw_report_draft_methods[], gw_report_edit_methods[], gw_report_event_methods[],
    gw_report_coverage_methods[], gw_report_ranking_methods[];
extern const SigRoute gw_report_print_routes[], gw_report_event_routes[];

#define GW_REPORT_PARAM_ID(member)                                                                                     \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_STRING, .min = 1, .max = GW_REPORTS_MAX_ID                                    \
    }
#define GW_REPORT_PARAM_TIME(member)                                                                                   \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_INTEGER, .min = 0, .max = INT64_MAX                                           \
    }

G_END_DECLS
