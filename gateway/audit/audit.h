/* gateway/audit/audit.h - everything that happens, once, in order
 *
 * One entry = who did what to what, when, from where. Written to the store's audit table (append only: triggers refuse
 * UPDATE and DELETE) and shown to the audit pages. An entry that cannot be written (disk full) is kept and tried again.
 * With a log of the node (gateway/evidence) each entry is a leaf of it first, and the table is the index of those leaves.
 * Ownership: main. Thread: main. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "gateway/evidence/evidence.h"
#include "gateway/store/store.h"

G_BEGIN_DECLS

typedef struct GwAudit GwAudit;

GwAudit *gw_audit_new(GwStore *store);
void gw_audit_free(GwAudit *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwAudit, gw_audit_free)
void gw_audit_set_evidence(GwAudit *self, GwEvidence *evidence); /* borrowed; NULL: the table alone */

typedef struct {
    const char *who;     /* "person:ID", "visit:ID/family", "terminal:ID", "system", "owner" (command line) */
    const char *action;  /* "visit.admit", "sign-in", "sign-in.refused", "archive.view" ... */
    const char *object;  /* "visit:ID", "session:ID", "person:ID"; may be NULL */
    const char *address; /* of the connection; may be NULL */
    const char *session; /* its id, where object does not say it; may be NULL */
} GwAuditEntry;

/* detail: taken, may be NULL. */
void gw_audit_add(GwAudit *self, const GwAuditEntry *entry, JsonObject *detail);

bool gw_audit_has_log(const GwAudit *self);

/* For what must not be done unless it is on record (an export, a deletion, a right that is granted): do it in done, when there
 * is no error. The entry is synced then; it is never kept for later. */
typedef void (*GwAuditDone)(const GError *error, void *user_data);
void gw_audit_add_then(GwAudit *self, const GwAuditEntry *entry, JsonObject *detail, GwAuditDone done, void *user_data);

/* Everything that was added so far is on record, and what was written to the store before is committed: an answer given then
 * survives a crash. Or (error) some of it waits for the disk. */
void gw_audit_settle(GwAudit *self, GwAuditDone done, void *user_data);

/* Newest first: rows of id, at_ms, who, action, object, detail (JSON text), address, and of the recording that the object is (NULL:
 * it is none) unit and began_ms; entries before this id (0: all). */
void gw_audit_list(GwAudit *self, int64_t before, unsigned limit, GwStoreDone done, void *user_data);

enum { GW_AUDIT_MAX_KEPT = 10000 }; /* entries that wait for the disk; beyond that the oldest are given up, and told */

unsigned gw_audit_get_n_kept(const GwAudit *self);
void gw_audit_retry(GwAudit *self); /* every 5 s by itself */

G_END_DECLS
