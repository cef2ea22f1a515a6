#include "recorder/seal/gaps.h"

#include <json-glib/json-glib.h>
#include <string.h>

static const int64_t NEAR_US = 500 * 1000; /* between an event and what it does to the packets */

typedef struct {
    const char *begins, *ends, *cause;
} Pair;

static const Pair pairs[] = {
    { "pause", "resume", "paused" },
    { "leave", "return", "left" },
    { "drop", "return", "left" },
};

/* An event that names a party is about that party alone. */
static bool
is_about(const RecEvent *event, const char *type, const char *party)
{
    if (strcmp(event->type, type) != 0)
        return false;
    g_autoptr(JsonNode) node = event->detail ? json_from_string(event->detail, NULL) : NULL;
    if (!node || !JSON_NODE_HOLDS_OBJECT(node))
        return true;
    JsonNode *member = json_object_get_member(json_node_get_object(node), "party");
    return !member || !JSON_NODE_HOLDS_VALUE(member) || json_node_get_value_type(member) != G_TYPE_STRING ||
           strcmp(json_node_get_string(member), party) == 0;
}

typedef struct {
    int64_t from_us, to_us;
    const char *cause;
} Span;

/* The spans in which something else than the network explains what is missing. */
static GArray *
list_spans(const SealRun *run, const SealSession *session)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(Span));
    const GPtrArray *events = session->recording->events;

    for (unsigned p = 0; p < G_N_ELEMENTS(pairs); p++) {
        Span span = { .cause = NULL };
        for (unsigned i = 0; i < events->len; i++) {
            const RecEvent *event = events->pdata[i];
            if (!span.cause && is_about(event, pairs[p].begins, run->track->party)) {
                span = (Span){ event->at_us, G_MAXINT64, pairs[p].cause };
            } else if (span.cause && is_about(event, pairs[p].ends, run->track->party)) {
                span.to_us = event->at_us;
                g_array_append_val(spans, span);
                span.cause = NULL;
            }
        }
        if (span.cause)
            g_array_append_val(spans, span);
    }
    for (unsigned i = 0; i < run->track->losses->len; i++) {
        const SealLoss *loss = &g_array_index(run->track->losses, SealLoss, i);
        Span span = { loss->from_us, loss->to_us, "recorder" };
        g_array_append_val(spans, span);
    }
    return spans;
}

/* What covers most of the gap; the network when nothing covers half of it. */
static const char *
get_cause(const GArray *spans, const RecGap *gap)
{
    for (unsigned i = 0; i < spans->len; i++) {
        const Span *span = &g_array_index(spans, Span, i);
        int64_t from_us = MAX(gap->from_us, span->from_us - NEAR_US);
        int64_t to_us = MIN(gap->to_us, span->to_us < G_MAXINT64 ? span->to_us + NEAR_US : G_MAXINT64);
        if (to_us - from_us >= (gap->to_us - gap->from_us + 1) / 2)
            return span->cause;
    }
    return "network";
}

static void
add_gap(RecFile *file, RecGap gap, const char *cause)
{
    RecGap *last = file->gaps->len > 0 ? &g_array_index(file->gaps, RecGap, file->gaps->len - 1) : NULL;

    if (last && strcmp(last->cause, cause) == 0 && gap.from_us - last->to_us < SEAL_GAP_JOIN_US) {
        last->to_us = MAX(last->to_us, gap.to_us);
        return;
    }
    if (file->gaps->len >= SEAL_MAX_GAPS || gap.to_us <= gap.from_us)
        return;
    gap.cause = g_strdup(cause);
    g_array_append_val(file->gaps, gap);
}

void
seal_gaps_find(const SealRun *run, const SealSession *session, SealRunContents *contents, RecFile *file)
{
    g_autoptr(GArray) spans = list_spans(run, session);

    for (unsigned i = contents->begin + 1; i < run->n; i++) {
        uint64_t step = run->packets[i].sequence - run->packets[i - 1].sequence;
        if (!seal_clock_is_contiguous(run->clock, i) || step == 1)
            continue;
        RecGap gap = { seal_clock_get_time(run->clock, i - 1), seal_clock_get_time(run->clock, i), NULL };
        const char *cause = get_cause(spans, &gap);
        if (strcmp(cause, "network") == 0 || strcmp(cause, "recorder") == 0) {
            SealRunLoss loss = { i, step - 1 };
            file->lost += loss.packets;
            g_array_append_val(contents->losses, loss);
        }
        add_gap(file, gap, cause);
    }
}
