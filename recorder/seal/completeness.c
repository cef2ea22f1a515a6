#include "recorder/seal/completeness.h"

#include <string.h>

#include "recorder/seal/gaps.h"
#include "recorder/seal/spans.h"

enum { MAX_PARTIES = 1000 };
static const char *const sides[] = { "family", "terminal" };
static const char announcer[] = "announcer"; /* spoken notices */

typedef struct {
    int64_t from_us, to_us;
    const char *track; /* borrowed */
    int64_t late_us;   /* how long its last packet was on its way; of a gap: the last before it */
} Stretch;

static const RecEvent *
find_event(const SealSession *session, const char *type)
{
    const GPtrArray *events = session->recording->events;

    for (unsigned i = 0; i < events->len; i++) {
        if (strcmp(((const RecEvent *)events->pdata[i])->type, type) == 0)
            return events->pdata[i];
    }
    return NULL;
}

/* The stretches in which media came, without silences of SEAL_MISSING_US. */
static void
add_stretches(GArray *stretches, const SealRun *run)
{
    Stretch stretch = { .track = NULL };

    for (unsigned i = 0; i < run->n; i++) {
        int64_t time_us = seal_clock_get_time(run->clock, i), late_us = run->packets[i].arrival_us - time_us;
        if (stretch.track && time_us - stretch.to_us <= SEAL_MISSING_US) {
            stretch.to_us = MAX(stretch.to_us, time_us);
            stretch.late_us = late_us;
            continue;
        }
        if (stretch.track)
            g_array_append_val(stretches, stretch);
        stretch = (Stretch){ time_us, time_us, run->track->id, late_us };
    }
    if (stretch.track)
        g_array_append_val(stretches, stretch);
}

static int
compare_stretches(gconstpointer a, gconstpointer b)
{
    const Stretch *left = a, *right = b;

    return left->from_us < right->from_us ? -1 : left->from_us > right->from_us;
}

static GArray *
list_stretches(const GPtrArray *runs, const char *party, MediaKind kind)
{
    GArray *stretches = g_array_new(FALSE, FALSE, sizeof(Stretch));

    for (unsigned i = 0; i < runs->len; i++) {
        const SealRun *run = runs->pdata[i];
        if (strcmp(run->track->party, party) == 0 && media_codec_get_kind(run->codec) == kind)
            add_stretches(stretches, run);
    }
    g_array_sort(stretches, compare_stretches);
    return stretches;
}

/* While muted packets go on, of silence or black: nothing came all the same. */
static GArray *
cut_muted(const GArray *stretches, const GArray *spans)
{
    GArray *left = g_array_new(FALSE, FALSE, sizeof(Stretch));

    for (unsigned i = 0; i < stretches->len; i++) {
        Stretch rest = g_array_index(stretches, Stretch, i);
        for (unsigned k = 0; k < spans->len; k++) {
            const SealSpan *span = &g_array_index(spans, SealSpan, k);
            if (strcmp(span->cause, "muted") != 0 || span->from_us >= rest.to_us || span->to_us <= rest.from_us)
                continue;
            Stretch before = { rest.from_us, span->from_us, rest.track, rest.late_us };
            if (before.to_us > before.from_us)
                g_array_append_val(left, before);
            rest.from_us = MIN(span->to_us, rest.to_us);
        }
        if (rest.to_us > rest.from_us)
            g_array_append_val(left, rest);
    }
    return left;
}

/* Goes on where the last one of its track and cause ended, if it does. */
static void
append_gap(GArray *gaps, const Stretch *part, const char *cause)
{
    RecGap *last = gaps->len > 0 ? &g_array_index(gaps, RecGap, gaps->len - 1) : NULL;

    if (last && last->to_us == part->from_us && strcmp(last->cause, cause) == 0 &&
        strcmp(last->track, part->track) == 0) {
        last->to_us = part->to_us;
        return;
    }
    RecGap gap = { part->from_us, part->to_us, g_strdup(cause), g_strdup(part->track) };
    g_array_append_val(gaps, gap);
}

/* Pieces of it for each cause: part of a long silence may be a pause, the rest the line's. */
static void
add_gap(RecParty *party, const GArray *spans, Stretch gap)
{
    while (gap.to_us - gap.from_us > SEAL_MISSING_US && party->gaps->len < SEAL_MAX_GAPS) {
        int64_t to_us = gap.to_us;
        for (unsigned i = 0; i < spans->len; i++) { /* the next border of something that explains a part */
            const SealSpan *span = &g_array_index(spans, SealSpan, i);
            if (span->from_us - gap.from_us > SEAL_MISSING_US && gap.to_us - span->from_us > SEAL_MISSING_US)
                to_us = MIN(to_us, span->from_us);
            if (span->to_us - gap.from_us > SEAL_MISSING_US && gap.to_us - SEAL_MISSING_US > span->to_us)
                to_us = MIN(to_us, span->to_us);
        }
        const Stretch part = { gap.from_us, to_us, gap.track, gap.late_us };
        append_gap(party->gaps, &part, seal_spans_get_cause(spans, gap.from_us, to_us, gap.late_us));
        gap.from_us = to_us;
    }
}

static void
find_gaps(RecParty *party, const GArray *stretches, const GArray *spans, const Stretch *expected)
{
    int64_t covered_us = expected->from_us, late_us = 0;
    const char *track = expected->track;

    for (unsigned i = 0; i < stretches->len; i++) {
        const Stretch *stretch = &g_array_index(stretches, Stretch, i);
        if (stretch->from_us > covered_us)
            add_gap(party, spans, (Stretch){ covered_us, MIN(stretch->from_us, expected->to_us), track, late_us });
        covered_us = MAX(covered_us, stretch->to_us);
        track = stretch->track;
        late_us = stretch->late_us;
    }
    add_gap(party, spans, (Stretch){ covered_us, expected->to_us, track, late_us });
}

static int
compare_gaps(gconstpointer a, gconstpointer b)
{
    const RecGap *left = a, *right = b;

    return left->from_us < right->from_us ? -1 : left->from_us > right->from_us;
}

/* The time in which anything at all is missing. */
static int64_t
sum_up(GArray *gaps)
{
    int64_t sum_us = 0, until_us = G_MININT64;

    g_array_sort(gaps, compare_gaps);
    for (unsigned i = 0; i < gaps->len; i++) {
        const RecGap *gap = &g_array_index(gaps, RecGap, i);
        sum_us += MAX(gap->to_us - MAX(gap->from_us, until_us), 0);
        until_us = MAX(until_us, gap->to_us);
    }
    return sum_us;
}

static bool
is_side(const char *party)
{
    return strcmp(party, sides[0]) == 0 || strcmp(party, sides[1]) == 0;
}

/* Notices come, and an officer talks into a visit, now and then: silence between is none of theirs that is missing. */
static bool
comes_at_will(const SealSession *session, const char *party)
{
    return strcmp(party, announcer) == 0 || (!is_side(party) && find_event(session, "admit"));
}

static void
keep_known_losses(GArray *gaps)
{
    for (unsigned i = gaps->len; i-- > 0;) {
        if (strcmp(g_array_index(gaps, RecGap, i).cause, "recorder") != 0)
            g_array_remove_index(gaps, i);
    }
}

static Stretch
get_expected(const SealSession *session, const char *party, GArray *const *stretches)
{
    const RecEvent *admit = find_event(session, "admit"), *end = find_event(session, "end");
    Stretch expected = { G_MAXINT64, G_MININT64, NULL, 0 };

    for (unsigned kind = 0; kind < 2; kind++) {
        for (unsigned i = 0; i < stretches[kind]->len; i++) {
            const Stretch *stretch = &g_array_index(stretches[kind], Stretch, i);
            expected.from_us = MIN(expected.from_us, stretch->from_us);
            expected.to_us = MAX(expected.to_us, stretch->to_us);
        }
    }
    if (!is_side(party))
        return expected;
    if (admit)
        expected.from_us = admit->at_us;
    expected.to_us = MAX(end ? end->at_us : session->last_us, expected.from_us);
    return expected;
}

static void
add_party(const SealSession *session, const GPtrArray *runs, const char *name)
{
    RecParty *party = rec_recording_add_party(session->recording);
    GArray *stretches[2] = { list_stretches(runs, name, MEDIA_KIND_AUDIO),
                             list_stretches(runs, name, MEDIA_KIND_VIDEO) };
    Stretch expected = get_expected(session, name, stretches);

    party->party = g_strdup(name);
    party->expected_us = expected.to_us - expected.from_us;
    bool nothing_came = stretches[0]->len + stretches[1]->len == 0;
    for (unsigned i = 0; i < 2; i++) {
        g_autoptr(GArray) came = stretches[i];
        if (came->len == 0 && !(nothing_came && i == 0))
            continue;
        g_autoptr(GArray) spans = seal_spans_new(session, name, i == 0 ? MEDIA_KIND_AUDIO : MEDIA_KIND_VIDEO);
        g_autoptr(GArray) seen = cut_muted(came, spans);
        expected.track = came->len > 0 ? ((const Stretch *)came->data)->track : "";
        find_gaps(party, seen, spans, &expected);
    }
    if (comes_at_will(session, name))
        keep_known_losses(party->gaps);
    party->missing_us = sum_up(party->gaps);
}

void
seal_completeness_find(const SealSession *session, const GPtrArray *runs)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < runs->len && g_hash_table_size(known) < MAX_PARTIES; i++) {
        const SealRun *run = runs->pdata[i];
        if (g_hash_table_add(known, run->track->party))
            add_party(session, runs, run->track->party);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(sides) && find_event(session, "admit"); i++) {
        if (!g_hash_table_contains(known, sides[i]))
            add_party(session, runs, sides[i]); /* was admitted, and nothing ever came */
    }
}
