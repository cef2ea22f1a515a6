#include "gateway/archive/draw.h"

#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

enum { SEED_BYTES = 32 };

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

GArray *
gw_draw_entries_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(GwDrawEntry));
}

static void
clear_entry(void *entry)
{
    g_free(((GwDrawEntry *)entry)->lot);
}

void
gw_draw_entries_add(GArray *entries, const char *name, unsigned weight)
{
    const GwDrawEntry entry = { name, MIN(weight, GW_DRAW_MAX_WEIGHT), NULL };

    g_array_set_clear_func(entries, clear_entry);
    g_array_append_val(entries, entry);
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(((const GwDrawEntry *)a)->name, ((const GwDrawEntry *)b)->name);
}

static int
compare_lots(const void *a, const void *b)
{
    const GwDrawEntry *left = a, *right = b;
    int order = 0;

    if ((left->lot == NULL) != (right->lot == NULL))
        return left->lot == NULL ? 1 : -1;
    order = g_strcmp0(left->lot, right->lot);
    return order != 0 ? order : compare_names(a, b);
}

/* The lowest of as many lots as the weight says; NULL: of none. */
static char *
draw_lot(const char *seed, const GwDrawEntry *entry)
{
    char *lowest = entry->weight > 0 ? gw_draw_get_lot(seed, entry->name) : NULL;

    for (unsigned i = 2; i <= entry->weight; i++) {
        g_autofree char *name = g_strdup_printf("%s:%u", entry->name, i);
        char *lot = gw_draw_get_lot(seed, name);
        if (strcmp(lot, lowest) < 0) {
            g_free(lowest);
            lowest = lot;
        } else {
            g_free(lot);
        }
    }
    return lowest;
}

void
gw_draw_entries(const char *seed, GArray *entries)
{
    for (guint i = 0; i < entries->len; i++) {
        GwDrawEntry *entry = &g_array_index(entries, GwDrawEntry, i);
        g_free(entry->lot);
        entry->lot = draw_lot(seed, entry);
    }
    g_array_sort(entries, compare_lots);
}

static int
compare_sessions(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
gw_draw(const char *seed, GPtrArray *sessions, unsigned percent)
{
    GPtrArray *drawn = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) entries = gw_draw_entries_new();
    unsigned n = gw_draw_count(sessions->len, percent);

    g_ptr_array_sort(sessions, compare_sessions);
    for (guint i = 0; i < sessions->len; i++)
        gw_draw_entries_add(entries, sessions->pdata[i], 1);
    gw_draw_entries(seed, entries);
    for (unsigned i = 0; i < n; i++)
        g_ptr_array_add(drawn, g_strdup(g_array_index(entries, GwDrawEntry, i).name));
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

char *
gw_draw_entries_hash(GArray *entries)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    g_array_sort(entries, compare_names);
    for (guint i = 0; i < entries->len; i++) {
        const GwDrawEntry *entry = &g_array_index(entries, GwDrawEntry, i);
        g_ptr_array_add(lines, g_strdup_printf("%s %u", entry->name, entry->weight));
    }
    return gw_draw_hash_list(lines);
}

char *
gw_draw_commit(const char *seed, const char *list_sha256)
{
    return gw_draw_get_lot(seed, list_sha256);
}

char *
gw_draw_new_seed(void)
{
    unsigned char bytes[SEED_BYTES];
    GString *seed = g_string_new(NULL);

    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        g_error("there are no random numbers");
    for (unsigned i = 0; i < sizeof(bytes); i++)
        g_string_append_printf(seed, "%02x", bytes[i]);
    return g_string_free(seed, FALSE);
}
