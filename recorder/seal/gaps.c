#include "recorder/seal/gaps.h"

#include <string.h>

#include "recorder/seal/spans.h"

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
    g_autoptr(GArray) spans = seal_spans_new(session, run->track->party, media_codec_get_kind(run->codec));

    for (unsigned i = contents->begin + 1; i < run->n; i++) {
        uint64_t step = run->packets[i].sequence - run->packets[i - 1].sequence;
        if (!seal_clock_is_contiguous(run->clock, i) || step == 1)
            continue;
        RecGap gap = { seal_clock_get_time(run->clock, i - 1), seal_clock_get_time(run->clock, i), NULL, NULL };
        int64_t late_us = run->packets[i - 1].arrival_us - gap.from_us;
        const char *cause = seal_spans_get_cause(spans, gap.from_us, gap.to_us, late_us);
        if (strcmp(cause, "network") == 0 || strcmp(cause, "recorder") == 0) {
            SealRunLoss loss = { i, step - 1 };
            file->lost += loss.packets;
            g_array_append_val(contents->losses, loss);
        }
        add_gap(file, gap, cause);
    }
}
