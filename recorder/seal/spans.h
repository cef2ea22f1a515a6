/* recorder/seal/spans.h - when something else than their line explains that nothing came of a party
 *
 * Pure. Thread: any. */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "media/codec.h"
#include "recorder/seal/session.h"

G_BEGIN_DECLS

typedef struct {
    int64_t from_us, to_us; /* absolute */
    const char *cause;      /* static */
} SealSpan;

/* From the session's events and what could not be recorded of these kinds of the party's tracks; as kind counts what is muted. */
GArray *seal_spans_new(const SealSession *session, const char *party, MediaKind kind); /* SealSpan */
/* What covers most of the time between; "network" when nothing covers half of it. late_us: how long what came before was on its way.
 * What a slow sender made then would have come so much later, and may have met a pause. */
const char *seal_spans_get_cause(const GArray *spans, int64_t from_us, int64_t to_us, int64_t late_us);

G_END_DECLS
