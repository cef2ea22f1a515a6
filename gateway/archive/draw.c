#include "gateway/archive/draw.h"

#include <stdint.h>
#include <string.h>

unsigned
gw_draw_count(unsigned n, unsigned percent)
{
    return (unsigned)(((uint64_t)n * MIN(percent, 100) + 99) / 100);
}

char *
gw_draw_get_lot(const char *seed, const char *session)
{
    g_autofree char *text = g_strconcat(seed, ":", session, NULL);

    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

typedef struct {
    const char *session;
    char *lot;
} Lot;

static int
compare_lots(const void *a, const void *b)
{
    int order = strcmp(((const Lot *)a)->lot, ((const Lot *)b)->lot);

    return order != 0 ? order : strcmp(((const Lot *)a)->session, ((const Lot *)b)->session);
}

static int
compare_sessions(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
clear_lot(void *lot)
{
    g_free(((Lot *)lot)->lot);
}

GPtrArray *
gw_draw(const char *seed, GPtrArray *sessions, unsigned percent)
{
    GPtrArray *drawn = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) lots = g_array_new(FALSE, FALSE, sizeof(Lot));
    unsigned n = gw_draw_count(sessions->len, percent);

    g_ptr_array_sort(sessions, compare_sessions);
    g_array_set_clear_func(lots, clear_lot);
    for (guint i = 0; i < sessions->len; i++) {
        Lot lot = { sessions->pdata[i], gw_draw_get_lot(seed, sessions->pdata[i]) };
        g_array_append_val(lots, lot);
    }
    g_array_sort(lots, compare_lots);
    for (unsigned i = 0; i < n; i++)
        g_ptr_array_add(drawn, g_strdup(g_array_index(lots, Lot, i).session));
    return drawn;
}

char *
gw_draw_hash_list(const GPtrArray *sessions)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    for (guint i = 0; i < sessions->len; i++) {
        g_checksum_update(sum, sessions->pdata[i], -1);
        g_checksum_update(sum, (const guchar *)"\n", 1);
    }
    return g_strdup(g_checksum_get_string(sum));
}
