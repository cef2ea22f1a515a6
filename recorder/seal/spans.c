#include "recorder/seal/spans.h"

#include <json-glib/json-glib.h>
#include <string.h>

enum { MAX_ENDS = 2 };
static const int64_t NEAR_US = 500 * 1000; /* between an event and what it does to the packets */

typedef struct {
    const char *begins, *ends[MAX_ENDS], *cause;
} Pair;

/* A later one does not undo an earlier one: the first that explains a gap is taken. */
static const Pair pairs[] = {
    { "pause", { "resume", NULL }, "paused" },  { "restart", { "return", NULL }, "node" },
    { "leave", { "return", "enter" }, "left" }, { "drop", { "return", NULL }, "left" },
    { "mute", { "unmute", NULL }, "muted" },
};

static const char *
get_text(JsonNode *detail, const char *name)
{
    JsonNode *member = NULL;

    if (detail && JSON_NODE_HOLDS_OBJECT(detail))
        member = json_object_get_member(json_node_get_object(detail), name);
    return member && JSON_NODE_HOLDS_VALUE(member) && json_node_get_value_type(member) == G_TYPE_STRING
               ? json_node_get_string(member)
               : NULL;
}

/* An event that names a party, or a kind of media, is about that alone. */
static bool
is_about(const RecEvent *event, const char *party, MediaKind kind)
{
    g_autoptr(JsonNode) detail = event->detail ? json_from_string(event->detail, NULL) : NULL;
    const char *named = get_text(detail, "party"), *media = get_text(detail, "kind");

    if (named && strcmp(named, party) != 0)
        return false;
    return !media || (strcmp(event->type, "mute") != 0 && strcmp(event->type, "unmute") != 0) ||
           strcmp(media, media_kind_to_string(kind)) == 0;
}

/* Who leaves has left; a terminal does not leave, it goes away. A line that broke is the network's fault. */
static const char *
get_cause(const RecEvent *event, const Pair *pair, const char *party)
{
    g_autoptr(JsonNode) detail = event->detail ? json_from_string(event->detail, NULL) : NULL;

    if (strcmp(pair->cause, "left") != 0)
        return pair->cause;
    if (strcmp(pair->begins, "drop") == 0 && g_strcmp0(get_text(detail, "why"), "no-media") == 0)
        return "network";
    return strcmp(party, "terminal") == 0 ? "terminal" : pair->cause;
}

/* A service that starts again does not know when it was killed: after the last that it wrote. */
static int64_t
get_last_before(const SealSession *session, int64_t at_us)
{
    int64_t last_us = 0;

    for (unsigned i = 0; i < session->tracks->len; i++) {
        const SealTrack *track = session->tracks->pdata[i];
        for (unsigned k = 0; k < track->packets->len; k++) {
            int64_t arrival_us = g_array_index(track->packets, SealPacket, k).arrival_us;
            if (arrival_us < at_us)
                last_us = MAX(last_us, arrival_us);
        }
    }
    return last_us > 0 ? last_us : at_us;
}

static bool
ends(const Pair *pair, const RecEvent *event)
{
    for (unsigned i = 0; i < MAX_ENDS && pair->ends[i]; i++) {
        if (strcmp(event->type, pair->ends[i]) == 0)
            return true;
    }
    return false;
}

static void
add_pairs(GArray *spans, const Pair *pair, const SealSession *session, const char *party, MediaKind kind)
{
    const GPtrArray *events = session->recording->events;
    SealSpan span = { .cause = NULL };

    for (unsigned i = 0; i < events->len; i++) {
        const RecEvent *event = events->pdata[i];
        bool begins = !span.cause && strcmp(event->type, pair->begins) == 0;
        if ((!begins && (!span.cause || !ends(pair, event))) || !is_about(event, party, kind))
            continue;
        if (begins) {
            int64_t from_us = strcmp(pair->cause, "node") == 0 ? get_last_before(session, event->at_us) : event->at_us;
            span = (SealSpan){ from_us, G_MAXINT64, get_cause(event, pair, party) };
            continue;
        }
        span.to_us = event->at_us;
        g_array_append_val(spans, span);
        span.cause = NULL;
    }
    if (span.cause)
        g_array_append_val(spans, span);
}

GArray *
seal_spans_new(const SealSession *session, const char *party, MediaKind kind)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(SealSpan));

    for (unsigned i = 0; i < G_N_ELEMENTS(pairs); i++)
        add_pairs(spans, &pairs[i], session, party, kind);
    for (unsigned i = 0; i < session->tracks->len; i++) {
        const SealTrack *track = session->tracks->pdata[i];
        for (unsigned k = 0; k < track->losses->len && track->kind == kind && strcmp(track->party, party) == 0; k++) {
            const SealLoss *loss = &g_array_index(track->losses, SealLoss, k);
            SealSpan span = { loss->from_us, loss->to_us, "recorder" };
            g_array_append_val(spans, span);
        }
    }
    return spans;
}

/* NULL: nothing covers half of it. */
static const char *
find_cause(const GArray *spans, int64_t from_us, int64_t to_us)
{
    for (unsigned i = 0; i < spans->len; i++) {
        const SealSpan *span = &g_array_index(spans, SealSpan, i);
        int64_t begin_us = MAX(from_us, span->from_us - NEAR_US);
        int64_t end_us = MIN(to_us, span->to_us < G_MAXINT64 ? span->to_us + NEAR_US : G_MAXINT64);
        if (end_us - begin_us >= (to_us - from_us + 1) / 2)
            return span->cause;
    }
    return NULL;
}

const char *
seal_spans_get_cause(const GArray *spans, int64_t from_us, int64_t to_us, int64_t late_us)
{
    const char *cause = find_cause(spans, from_us, to_us);

    if (!cause && late_us > NEAR_US)
        cause = find_cause(spans, from_us + late_us, to_us + late_us);
    return cause ? cause : "network";
}
