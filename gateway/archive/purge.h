/* gateway/archive/purge.h - lawful deletion: planned by one person, approved by another, undone for some days, carried out
 *
 *   purge.c       the plan, frozen with its list, and who decides
 *   purge-run.c   carrying it out
 * Thread: main. */
#pragma once

#include "gateway/archive/archive-priv.h"

G_BEGIN_DECLS

enum {
    GW_PURGE_MAX_ITEMS = 10000,
    GW_PURGE_EXPIRES_DAYS = 30, /* a plan that nobody approved */
};

#define GW_PURGE_COLUMNS                                                                                               \
    "purge.id, purge.state, purge.unit, rule, reason, who, display, at_ms, recordings, bytes, archive_recordings,"     \
    " archive_bytes, held, approver, approver_display, approved_ms, approve_reason, executes_ms, undone_by, "          \
    "undone_ms,"                                                                                                       \
    " undo_reason, stopped, done_ms"
enum {
    GW_PURGE_ID,
    GW_PURGE_STATE,
    GW_PURGE_UNIT,
    GW_PURGE_RULE,
    GW_PURGE_REASON,
    GW_PURGE_WHO,
    GW_PURGE_DISPLAY,
    GW_PURGE_AT,
    GW_PURGE_RECORDINGS,
    GW_PURGE_BYTES,
    GW_PURGE_ARCHIVE_RECORDINGS,
    GW_PURGE_ARCHIVE_BYTES,
    GW_PURGE_HELD,
    GW_PURGE_APPROVER,
    GW_PURGE_APPROVER_DISPLAY,
    GW_PURGE_APPROVED_MS,
    GW_PURGE_APPROVE_REASON,
    GW_PURGE_EXECUTES_MS,
    GW_PURGE_UNDONE_BY,
    GW_PURGE_UNDONE_MS,
    GW_PURGE_UNDO_REASON,
    GW_PURGE_STOPPED,
    GW_PURGE_DONE_MS,
    GW_PURGE_N_COLUMNS,
};

JsonObject *gw_purge_to_json(const GwAsk *ask, const GwRows *rows, unsigned row);
GwStatement *gw_purge_find_statement(const char *id); /* GW_PURGE_COLUMNS */
GwStatement *gw_purge_items_statement(const char *id);
JsonArray *gw_purge_items_to_json(const GwAsk *ask, const GwRows *rows);

/* NULL: this much may be destroyed. Otherwise a sentence; owned. lately: what other purges of the last day take. */
typedef struct {
    int64_t recordings, bytes;
} GwPurgeAmount;
char *gw_purge_check_amount(const GwPurgeAmount *amount, const GwPurgeAmount *lately, const GwPurgeAmount *archive,
                            unsigned percent);

G_END_DECLS
