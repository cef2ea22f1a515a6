/* gateway/archive/spans.h - parts of a recording's time, joined where they overlap
 *
 * A GArray of GwSpan, sorted. Pure. Thread: any. */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
    int64_t from, to;
} GwSpan;

GArray *gw_spans_new(void);
void gw_spans_add(GArray *spans, int64_t from, int64_t to); /* nothing when from >= to */
int64_t gw_spans_get_length(const GArray *spans);

G_END_DECLS
