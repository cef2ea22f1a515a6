/* media/node.h - all media of this process: workers, handshakes, addresses. And rooms, which live on one worker.
 *
 * Ownership: main owns the node; rooms, peers and sources are freed before it.
 * Thread:    main. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/totals.h"
#include "media/worker.h"

G_BEGIN_DECLS

typedef struct MediaNode MediaNode;
typedef struct MediaRoom MediaRoom;

typedef struct {
    unsigned n_workers;           /* 0: one per core */
    uint16_t port;                /* of worker 0; worker n has port + n; 0: any free ones (tests) */
    const char *bind_address;     /* numeric; "::" takes both families */
    const char *const *addresses; /* NULL-terminated: what candidates announce; NULL: the machine's own, loopback
                                     last. Firefox wants an address that is not loopback. */
} MediaNodeConfig;

/* Fails with MEDIA_ERROR_SYSTEM and a message that names the port. */
MediaNode *media_node_new(const MediaNodeConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void media_node_free(MediaNode *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaNode, media_node_free)

unsigned media_node_get_n_workers(const MediaNode *self);

/* On the worker with the fewest peers. */
MediaRoom *media_room_new(MediaNode *node);
void media_room_free(MediaRoom *self); /* after its peers and sources */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaRoom, media_room_free)
unsigned media_room_get_worker_index(const MediaRoom *self);

/* Told on main when somebody in the room begins or ceases to speak; see media_source_get_speaking(). */
void media_room_set_speaking_func(MediaRoom *self, MediaWorkerFunc func, void *data);

/* One worker, for /metrics and for judging whose fault it is. */
typedef struct {
    int64_t cpu_us;
    uint64_t passes; /* how often it woke up */
    double busy;     /* share of the last second or so that it used a core; 0 ... 1 */
    unsigned peers;  /* and rooms and playouts, as placing counts them */
} MediaWorkerLoad;

void media_node_get_load(MediaNode *self, unsigned worker, MediaWorkerLoad *ret_load);
unsigned media_node_get_n_rooms(const MediaNode *self);
void media_node_get_totals(const MediaNode *self, MediaTotalsView *ret_view);

G_END_DECLS
