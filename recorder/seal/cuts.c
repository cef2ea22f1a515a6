#include "recorder/seal/cuts.h"

GArray *
seal_cuts_new(void)
{
    GArray *cuts = g_array_new(FALSE, TRUE, sizeof(SealCut));

    return g_array_set_size(cuts, 1);
}

void
seal_cuts_offer(GArray *cuts, uint64_t offset, int64_t time_us)
{
    const SealCut *last = &g_array_index(cuts, SealCut, cuts->len - 1);
    SealCut cut = { offset, time_us };

    if (offset > last->offset && time_us - last->time_us >= SEAL_CHUNK_US)
        g_array_append_val(cuts, cut);
}
