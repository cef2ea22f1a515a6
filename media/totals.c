#include "media/totals.h"

#include <stdatomic.h>

/* One writer: a load and a store are enough, and no lock is taken. */
struct MediaTotals {
    _Atomic int64_t values[MEDIA_N_TOTALS];
    _Atomic uint64_t joins[MEDIA_N_JOINS][MEDIA_N_JOIN_BUCKETS];
    _Atomic uint64_t join_us[MEDIA_N_JOINS];
};

const unsigned media_join_bounds_ms[MEDIA_N_JOIN_BUCKETS - 1] = { 5,  10,  15,  20,  30,   40,   60,
                                                                  80, 120, 200, 500, 1000, 2000, 5000 };

MediaTotals *
media_totals_new(void)
{
    return g_new0(MediaTotals, 1);
}

void
media_totals_free(MediaTotals *self)
{
    g_free(self);
}

static void
add(_Atomic int64_t *value, int64_t change)
{
    atomic_store_explicit(value, atomic_load_explicit(value, memory_order_relaxed) + change, memory_order_relaxed);
}

static void
add_unsigned(_Atomic uint64_t *value, uint64_t change)
{
    atomic_store_explicit(value, atomic_load_explicit(value, memory_order_relaxed) + change, memory_order_relaxed);
}

void
media_totals_account(MediaTotals *self, int64_t *counted, const int64_t *now)
{
    for (unsigned i = 0; i < MEDIA_N_TOTALS; i++) {
        add(&self->values[i], now[i] - counted[i]);
        counted[i] = now[i];
    }
}

void
media_totals_rebase(MediaTotals *self, int64_t *counted, const int64_t *now)
{
    for (unsigned i = 0; i < MEDIA_N_TOTALS; i++) {
        if (i >= MEDIA_TOTAL_FIRST_GAUGE)
            add(&self->values[i], now[i] - counted[i]);
        counted[i] = now[i];
    }
}

void
media_totals_add_join(MediaTotals *self, MediaJoin join, int64_t took_us)
{
    unsigned bucket = 0;

    took_us = MAX(took_us, 0);
    while (bucket < MEDIA_N_JOIN_BUCKETS - 1 && took_us > (int64_t)media_join_bounds_ms[bucket] * 1000)
        bucket++;
    add_unsigned(&self->joins[join][bucket], 1);
    add_unsigned(&self->join_us[join], (uint64_t)took_us);
}

void
media_totals_read(const MediaTotals *self, MediaTotalsView *view)
{
    for (unsigned i = 0; i < MEDIA_N_TOTALS; i++)
        view->values[i] += atomic_load_explicit(&self->values[i], memory_order_relaxed);
    for (unsigned j = 0; j < MEDIA_N_JOINS; j++) {
        for (unsigned i = 0; i < MEDIA_N_JOIN_BUCKETS; i++)
            view->joins[j].n[i] += atomic_load_explicit(&self->joins[j][i], memory_order_relaxed);
        view->joins[j].sum_us += atomic_load_explicit(&self->join_us[j], memory_order_relaxed);
    }
}
