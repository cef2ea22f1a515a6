/* gateway/reports/fact.h - what an entry of the audit record means for reports: a kind, a unit, an amount
 *
 * A fact is an entry that somebody may count. Rules only, as a table. What opens something (a ticket, an absence) and what closes it
 * again carry the same key; what is open is what no later fact has closed. Pure. Thread: any. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
    const char *action, *object; /* of the entry; object may be NULL */
    const char *who;
    JsonObject *detail; /* may be NULL */
    const char *unit;   /* of what object names, found elsewhere; may be NULL */
} GwFactSource;

typedef struct {
    const char *kind;     /* a literal: "look", "answered" ... */
    const char *unit;     /* borrowed from the source */
    char *opens, *closes; /* keys, owned; NULL: neither */
    int64_t value;        /* "look": milliseconds; otherwise 1 */
} GwFact;

/* False: nothing that reports count. */
bool gw_fact_read(const GwFactSource *source, GwFact *ret_fact);
void gw_fact_clear(GwFact *self);

/* All kinds, NULL-terminated. */
extern const char *const gw_fact_kinds[];

/* Kinds that say that an office was inspected, for coverage. */
bool gw_fact_is_inspection(const char *kind);

G_END_DECLS
