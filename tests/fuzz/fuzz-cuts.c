/* Whatever a file holds, it is cut inside, each time further on and at least ten seconds later. */
#include "recorder/seal/cuts.h"
#include "recorder/seal/samples.h"
#include "recorder/seal/webm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const GArray *cuts, size_t size)
{
    for (unsigned i = 1; i < cuts->len; i++) {
        const SealCut *cut = &g_array_index(cuts, SealCut, i);
        g_assert(cut->offset > cut[-1].offset && cut->offset < size);
        g_assert(cut->time_us - cut[-1].time_us >= SEAL_CHUNK_US);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GArray) clusters = seal_cuts_new(), samples = seal_cuts_new();

    seal_webm_find_cuts(data, size, clusters);
    seal_samples_find_cuts(data, size, samples);
    check(clusters, size);
    check(samples, size);
    return 0;
}
