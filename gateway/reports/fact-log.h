/* gateway/reports/fact-log.h - what the gateway recorded, as facts with a unit, for logs, bulletins, rankings and coverage
 *
 * Made from the audit record, entry by entry, and never changed: each has the entry's number, and the place in the tree that its
 * unit had then, so that a unit that is moved keeps its past where it was. Every figure of a report is a count of facts and can
 * be opened to them. Ownership: reports. Thread: main. */
#pragma once

#include "gateway/question.h"
#include "gateway/reports/fact.h"

G_BEGIN_DECLS

typedef struct GwFactLog GwFactLog;

enum {
    GW_FACT_LOG_AT_ONCE = 500,     /* entries of one step */
    GW_FACT_LOG_MAX_DETAIL = 2000, /* bytes of an entry's detail that are kept */
};

GwFactLog *gw_fact_log_new(const Gateway *gateway);
void gw_fact_log_free(GwFactLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwFactLog, gw_fact_log_free)

/* Takes in what was recorded since; then is called when it is there, or when the store cannot be asked (with what was there
 * before). NULL: nobody waits. */
typedef void (*GwFactLogDone)(void *user_data);
void gw_fact_log_catch_up(GwFactLog *self, GwFactLogDone then, void *user_data);

/* What of the facts; all borrowed. */
typedef struct {
    const char *unit;  /* of it and of what was below it then */
    const char *kinds; /* ",look,answered," or NULL: all */
    const char *who;   /* as in the audit record; NULL: anybody */
    const char *at;    /* of this very unit; NULL: any below */
    const char *below; /* also of this one and of what was below it then; NULL: any */
    int64_t from_ms, until_ms;
    int64_t upto; /* not after this one; 0: all */
} GwFactFilter;

/* The condition that goes with gw_fact_log_bind_filter(), for a statement on "fact": eight parameters, ?1 to ?8. */
#define GW_FACT_LOG_WHERE                                                                                              \
    " instr(place, ?1) > 0 AND (?2 IS NULL OR instr(?2, ',' || kind || ',') > 0) AND (?3 IS NULL OR who = ?3)"         \
    " AND (?4 IS NULL OR unit = ?4) AND at_ms >= ?5 AND at_ms < ?6 AND (?7 = 0 OR id <= ?7)"                           \
    " AND (?8 IS NULL OR instr(place, '/' || ?8 || '/') > 0) "

void gw_fact_log_bind_filter(GwStatement *statement, const GwFactFilter *filter);

/* One fact as pages have it: columns GW_FACT_COLUMNS. */
#define GW_FACT_COLUMNS "id, at_ms, kind, unit, place, who, object, value, detail"
JsonObject *gw_fact_log_row_to_json(const Gateway *gateway, const GwRows *rows, unsigned row);
/* What somebody is called: "person:ID" is the name that people see. Owned. */
char *gw_fact_log_name_of(const Gateway *gateway, const char *who);

/* Whether an inspector who asks reaches that unit; otherwise the question has failed: there is no such unit. */
bool gw_fact_log_check_unit(GwQuestion *question, const char *unit);

G_END_DECLS
