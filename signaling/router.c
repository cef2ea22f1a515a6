#include "signaling/router.h"

#include <string.h>

#include "signaling/path.h"

struct SigRouter {
    GArray *entries;
};

SigRouter *
sig_router_new(void)
{
    SigRouter *self = g_new0(SigRouter, 1);

    self->entries = g_array_new(FALSE, FALSE, sizeof(SigRouterEntry));
    return self;
}

void
sig_router_free(SigRouter *self)
{
    g_array_unref(self->entries);
    g_free(self);
}

void
sig_router_add(SigRouter *self, const SigRoute *rows, void *user_data)
{
    for (const SigRoute *row = rows; row->verb != NULL; row++) {
        SigRouterEntry entry = { row, user_data };

        g_assert(row->pattern[0] == '/' && row->handle != NULL);
        g_array_append_val(self->entries, entry);
    }
}

unsigned
sig_router_get_length(const SigRouter *self)
{
    return self->entries->len;
}

const SigRouterEntry *
sig_router_get(const SigRouter *self, unsigned index)
{
    return &g_array_index(self->entries, SigRouterEntry, index);
}

static bool
answers(const SigRoute *row, const char *verb)
{
    return strcmp(row->verb, verb) == 0 || (strcmp(verb, "HEAD") == 0 && strcmp(row->verb, "GET") == 0);
}

static unsigned
count_names(const char *pattern)
{
    unsigned n = 0;

    for (const char *p = strchr(pattern, '{'); p != NULL; p = strchr(p + 1, '{'))
        n++;
    return n;
}

static void
add_allow(GString *allow, const char *verb)
{
    g_string_append_printf(allow, "%s%s", allow->len > 0 ? ", " : "", verb);
    if (strcmp(verb, "GET") == 0)
        g_string_append(allow, ", HEAD");
}

const SigRouterEntry *
sig_router_find(const SigRouter *self, const char *verb, const char *const *segments, SigPairs **ret_params,
                char **ret_allow)
{
    g_autoptr(GString) allow = g_string_new(NULL);
    const SigRouterEntry *best = NULL;

    for (unsigned i = 0; i < self->entries->len; i++) {
        const SigRouterEntry *entry = sig_router_get(self, i);

        if (!sig_path_match(entry->row->pattern, segments, NULL))
            continue;
        add_allow(allow, entry->row->verb);
        if (answers(entry->row, verb) &&
            (best == NULL || count_names(entry->row->pattern) < count_names(best->row->pattern)))
            best = entry;
    }
    if (best == NULL) {
        *ret_allow = allow->len > 0 ? g_string_free(g_steal_pointer(&allow), FALSE) : NULL;
        return NULL;
    }
    *ret_params = sig_pairs_new();
    sig_path_match(best->row->pattern, segments, *ret_params);
    return best;
}
