/* media/node-priv.h - what node.c, source.c and peer*.c share of a node and a room. Main thread. */
#pragma once

#include "media/handshaker.h"
#include "media/node.h"

G_BEGIN_DECLS

struct MediaNode {
    MediaWorker *main;     /* owned: the main loop as a worker */
    MediaWorker **workers; /* owned */
    unsigned n_workers;
    unsigned *loads;             /* peers per worker */
    MediaHandshaker *handshaker; /* owned */
    char **addresses;            /* owned: what candidates announce */
};

struct MediaRoom {
    MediaNode *node;     /* borrowed */
    MediaWorker *worker; /* borrowed */
    unsigned n_users;    /* peers and playouts */
};

G_END_DECLS
