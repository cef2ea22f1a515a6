/* gateway/evidence/facts.h - what the store knows of a session that goes into its manifest
 *
 * Who took part, how they proved who they are, when they were there, what they were told and agreed to, what was noted.
 * Pure: rows in, JSON out. Thread: main. */
#pragma once

#include <json-glib/json-glib.h>

#include "gateway/store/store.h"
#include "recorder/recording.h"

G_BEGIN_DECLS

typedef struct {
    const GwRows *rows; /* of GW_FACTS_SQL */
    const RecRecording *recording;
    const char *unit_name; /* NULL: none */
} GwFactsInput;

/* Parts 0: the session (no row: the index was lost), 1: its events, 2: notes, 3: its entries in the log. ?1: its id. */
#define GW_FACTS_SQL                                                                                                   \
    "SELECT 0 AS part, 0 AS n, live_ms, kind, slug, unit, card, ended_ms FROM session WHERE id = ?1"                   \
    " UNION ALL SELECT 1, id, at_ms, type, who, display, detail, 0 FROM session_event WHERE session = ?1"              \
    " UNION ALL SELECT 2, id, at_ms, display, text, NULL, NULL, 0 FROM note WHERE session = ?1"                        \
    " UNION ALL SELECT 3, idx, at_us, type, NULL, NULL, NULL, 0 FROM evidence_leaf WHERE session = ?1"                 \
    " AND type IN ('session.open', 'manifest') ORDER BY part, n"

/* The first entry of this type that the log has of the session; -1: none. */
int64_t gw_facts_find_leaf(const GwRows *rows, const char *type);
const char *gw_facts_get_unit(const GwRows *rows); /* NULL: none */

/* {"session", "parties", "notices", "notes"} as manifests have them; the caller's. */
JsonObject *gw_facts_new(const GwFactsInput *input);

G_END_DECLS
