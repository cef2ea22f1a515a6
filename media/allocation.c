#include "media/allocation.h"

#include <glib.h>

static uint32_t
get_cost(const MediaShare *share, int level)
{
    return level < 0 || share->n_layers == 0 ? 0 : share->bitrates[MIN((unsigned)level, share->n_layers - 1)];
}

static int
get_top(const MediaShare *share)
{
    return (int)share->n_layers - 1;
}

static void
start(MediaShare *share)
{
    if (!share->started && share->n_layers > 0) {
        share->started = true;
        share->level = get_top(share);
        share->hold_us = MEDIA_ALLOCATION_MIN_HOLD_US;
    }
    if (share->n_layers > 0)
        share->level = MIN(share->level, get_top(share));
}

static bool
may_raise(const MediaShare *share, int64_t now_us)
{
    return share->lowered_us == 0 || now_us - share->lowered_us >= share->hold_us;
}

/* Whether one may go to a level when so much is sent altogether. */
static bool
fits(const MediaShare *share, int level, double sum, const MediaAllocationInput *input)
{
    double rate = level == 0 ? MAX(input->rate, input->cheapest_rate) : input->rate;

    if (level <= share->level)
        return sum <= rate;
    return sum * MEDIA_ALLOCATION_ROOM <= rate && !input->congested && may_raise(share, input->now_us);
}

/* One round: all that stand on the level below step up while it fits; those who have that much now come first. */
static double
raise_to(MediaShare *const *shares, size_t n, int level, double sum, int *levels, const MediaAllocationInput *input)
{
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < n; i++) {
            bool has_it = shares[i]->level >= level;
            double more = sum - get_cost(shares[i], level - 1) + get_cost(shares[i], level);

            if (has_it != (round == 0) || levels[i] != level - 1 || level > get_top(shares[i]))
                continue;
            if (!fits(shares[i], level, more, input) && !(input->guess && level == 0))
                continue;
            levels[i] = level;
            sum = more;
        }
    }
    return sum;
}

static void
move(MediaShare *share, int level, int64_t now_us)
{
    if (level < share->level) {
        bool in_vain = share->raised_us != 0 && now_us - share->raised_us < MEDIA_ALLOCATION_PROVED_US;
        share->hold_us = in_vain ? MIN(2 * share->hold_us, MEDIA_ALLOCATION_MAX_HOLD_US) : MEDIA_ALLOCATION_MIN_HOLD_US;
        share->lowered_us = now_us;
    } else if (level > share->level) {
        share->raised_us = now_us;
    }
    share->level = level;
}

/* Its layer, and a part of what nobody took: rates go up and down. Less than the next layer costs. */
static void
set_budget(MediaShare *share, double spare)
{
    if (share->n_layers == 0 || share->level == get_top(share)) {
        share->budget = UINT32_MAX;
        return;
    }
    if (share->level == MEDIA_ALLOCATION_SUSPENDED) {
        share->budget = 0;
        return;
    }
    uint32_t cost = get_cost(share, share->level), next = get_cost(share, share->level + 1);
    share->budget = (uint32_t)MIN(cost + spare, MAX((double)next - 1, cost));
}

static bool
is_to_be_borne(MediaAllocation *self, double sum, const MediaAllocationInput *input)
{
    if (sum <= input->rate) {
        self->short_us = 0;
        return false;
    }
    if (self->short_us == 0)
        self->short_us = input->now_us;
    return !input->congested && input->now_us - self->short_us < MEDIA_ALLOCATION_PATIENCE_US;
}

uint64_t
media_allocation_update(MediaAllocation *self, MediaShare *const *shares, size_t n, const MediaAllocationInput *input)
{
    g_autofree int *levels = g_new(int, n + 1);
    double sum = 0, now = 0;
    uint64_t wanted = 0;

    for (size_t i = 0; i < n; i++) {
        start(shares[i]);
        levels[i] = MEDIA_ALLOCATION_SUSPENDED;
        now += get_cost(shares[i], shares[i]->level);
        wanted += get_cost(shares[i], get_top(shares[i]));
    }
    if (is_to_be_borne(self, now, input))
        return wanted;
    for (int level = 0; level < MEDIA_ALLOCATION_LAYERS; level++)
        sum = raise_to(shares, n, level, sum, levels, input);
    for (size_t i = 0; i < n; i++) {
        if (shares[i]->n_layers > 0)
            move(shares[i], levels[i], input->now_us);
    }
    double spare = n > 0 && sum < input->rate ? (input->rate - sum) / (double)n : 0;
    for (size_t i = 0; i < n; i++)
        set_budget(shares[i], spare);
    return wanted;
}
