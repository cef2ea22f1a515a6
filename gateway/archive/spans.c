#include "gateway/archive/spans.h"

GArray *
gw_spans_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(GwSpan));
}

void
gw_spans_add(GArray *spans, int64_t from, int64_t to)
{
    GwSpan added = { from, to };
    guint at = 0;

    if (from >= to)
        return;
    while (at < spans->len && g_array_index(spans, GwSpan, at).to < added.from)
        at++;
    while (at < spans->len && g_array_index(spans, GwSpan, at).from <= added.to) {
        const GwSpan *other = &g_array_index(spans, GwSpan, at);
        added.from = MIN(added.from, other->from);
        added.to = MAX(added.to, other->to);
        g_array_remove_index(spans, at);
    }
    g_array_insert_val(spans, at, added);
}

int64_t
gw_spans_get_length(const GArray *spans)
{
    int64_t length = 0;

    for (guint i = 0; i < spans->len; i++)
        length += g_array_index(spans, GwSpan, i).to - g_array_index(spans, GwSpan, i).from;
    return length;
}
