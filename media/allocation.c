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
may_raise(const MediaShare *share, bool plenty, int64_t now_us)
{
    int64_t hold_us = plenty ? MEDIA_ALLOCATION_MIN_HOLD_US : share->hold_us;

    return share->lowered_us == 0 || now_us - share->lowered_us >= hold_us;
}

/* Whether one may go to a level when so much is sent altogether. */
static bool
fits(const MediaShare *share, int level, double sum, const MediaAllocationInput *input)
{
    double rate = level == 0 ? MAX(input->rate, input->cheapest_rate) : input->rate;

    if (level <= share->level)
        return sum <= rate;
    return sum * MEDIA_ALLOCATION_ROOM <= rate && !input->congested &&
           may_raise(share, sum * MEDIA_ALLOCATION_PLENTY <= rate, input->now_us);
}

/* It went up lately, and nobody knows yet whether that was right. */
static bool
is_on_trial(const MediaShare *share, int64_t now_us)
{
    return share->raised_us != 0 && now_us - share->raised_us < MEDIA_ALLOCATION_PROVED_US;
}

/* What is decided in one look. */
typedef struct {
    MediaShare *const *shares;
    size_t n;
    const MediaAllocationInput *input;
    bool last_is_borne; /* nobody who moves is suspended */
    int *levels;
    double sum; /* of what they cost */
} Look;

/* One round: all that stand on the level below step up while it fits; those who have that much now come first. */
static void
raise_to(Look *look, int level)
{
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < look->n; i++) {
            const MediaShare *share = look->shares[i];
            bool has_it = share->level >= level;
            bool kept = level == 0 && (look->input->guess ||
                                       (look->last_is_borne && has_it && !is_on_trial(share, look->input->now_us)));
            double more = look->sum - get_cost(share, level - 1) + get_cost(share, level);

            if (has_it != (round == 0) || look->levels[i] != level - 1 || level > get_top(share))
                continue;
            if (!kept && !fits(share, level, more, look->input))
                continue;
            look->levels[i] = level;
            look->sum = more;
        }
    }
}

static void
move(MediaShare *share, int level, int64_t now_us)
{
    if (level < share->level) {
        share->hold_us = is_on_trial(share, now_us) ? MIN(2 * share->hold_us, MEDIA_ALLOCATION_MAX_HOLD_US)
                                                    : MEDIA_ALLOCATION_MIN_HOLD_US;
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

/* Since when it has been short of that; 0: it is not. */
static void
note_short(int64_t *since_us, bool is_short, int64_t now_us)
{
    if (!is_short)
        *since_us = 0;
    else if (*since_us == 0)
        *since_us = now_us;
}

static bool
is_to_be_borne(const MediaAllocation *self, const MediaAllocationInput *input)
{
    return self->short_us != 0 && !input->congested && input->now_us - self->short_us < MEDIA_ALLOCATION_PATIENCE_US;
}

/* A single encoding has nothing to step down to: a queue that comes and goes must not stop it for a second. */
static bool
is_last_borne(const MediaAllocation *self, const MediaAllocationInput *input)
{
    return !input->pressed && input->now_us - self->last_short_us < MEDIA_ALLOCATION_LAST_PATIENCE_US;
}

uint64_t
media_allocation_update(MediaAllocation *self, MediaShare *const *shares, size_t n, const MediaAllocationInput *input)
{
    g_autofree int *levels = g_new(int, n + 1);
    Look look = { .shares = shares, .n = n, .input = input, .levels = levels };
    double now = 0, cheapest = 0;
    uint64_t wanted = 0;

    for (size_t i = 0; i < n; i++) {
        start(shares[i]);
        levels[i] = MEDIA_ALLOCATION_SUSPENDED;
        now += get_cost(shares[i], shares[i]->level);
        cheapest += get_cost(shares[i], 0);
        wanted += get_cost(shares[i], get_top(shares[i]));
    }
    note_short(&self->short_us, now > input->rate, input->now_us);
    note_short(&self->last_short_us, cheapest > MAX(input->rate, input->cheapest_rate), input->now_us);
    if (is_to_be_borne(self, input))
        return wanted;
    look.last_is_borne = is_last_borne(self, input);
    for (int level = 0; level < MEDIA_ALLOCATION_LAYERS; level++)
        raise_to(&look, level);
    for (size_t i = 0; i < n; i++) {
        if (shares[i]->n_layers > 0)
            move(shares[i], levels[i], input->now_us);
    }
    double spare = n > 0 && look.sum < input->rate ? (input->rate - look.sum) / (double)n : 0;
    for (size_t i = 0; i < n; i++)
        set_budget(shares[i], spare);
    return wanted;
}
