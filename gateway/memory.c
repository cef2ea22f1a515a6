#define G_LOG_DOMAIN "gateway.memory"

#include "gateway/memory.h"

#include <malloc.h>

enum {
    LOOK_S = 3,
    MIN_FALL = 16, /* peers: about a megabyte */
};

struct GwMemory {
    MediaNode *node; /* borrowed */
    unsigned peak;   /* peers since memory was last given back */
    guint timer;
};

bool
gw_memory_has_fallen(unsigned n_peers, unsigned *peak)
{
    *peak = MAX(*peak, n_peers);
    if (*peak - n_peers < MIN_FALL || n_peers > *peak / 2)
        return false;
    *peak = n_peers;
    return true;
}

static gboolean
on_look(void *data)
{
    GwMemory *self = data;
    unsigned n_peers = 0;

    for (unsigned i = 0; i < media_node_get_n_workers(self->node); i++) {
        MediaWorkerLoad load;
        media_node_get_load(self->node, i, &load);
        n_peers += load.peers;
    }
    if (gw_memory_has_fallen(n_peers, &self->peak))
        malloc_trim(0);
    return G_SOURCE_CONTINUE;
}

GwMemory *
gw_memory_new(MediaNode *node)
{
    GwMemory *self = g_new0(GwMemory, 1);

    self->node = node;
    self->timer = g_timeout_add_seconds(LOOK_S, on_look, self);
    return self;
}

void
gw_memory_free(GwMemory *self)
{
    if (self == NULL)
        return;
    g_source_remove(self->timer);
    g_free(self);
}
