/* media/node-priv.h - what node.c, source.c and peer*.c share of a node and a room. Main thread. */
#pragma once

#include "media/handshaker.h"
#include "media/node.h"
#include "media/totals.h"

G_BEGIN_DECLS

/* When a worker's CPU time was looked at last. */
typedef struct {
    int64_t at_us, cpu_us;
    double busy;
} MediaLoadSample;

struct MediaNode {
    MediaWorker *main;     /* owned: the main loop as a worker */
    MediaWorker **workers; /* owned */
    unsigned n_workers;
    unsigned *loads;          /* peers per worker */
    MediaTotals **totals;     /* owned; per worker */
    MediaLoadSample *samples; /* owned; per worker */
    unsigned n_rooms;
    MediaHandshaker *handshaker; /* owned */
    char **addresses;            /* owned: what candidates announce */
};

enum { MEDIA_ROOM_SPREAD = 256 }; /* peers that the room's worker has above another's before watchers go there */

struct MediaRoom {
    MediaNode *node;              /* borrowed */
    MediaWorker *worker;          /* borrowed */
    unsigned n_users;             /* peers and playouts */
    struct MediaRoomSound *sound; /* owned */
};

/* For a peer that only watches: the room's worker, or the least loaded when it has far more to do. */
MediaWorker *media_room_choose_worker(const MediaRoom *self);

G_END_DECLS
