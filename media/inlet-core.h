/* media/inlet-core.h - the worker's half of an inlet: its socket and its tracks
 *
 * Ownership: the inlet, by way of its worker. Thread: the worker's. */
#pragma once

#include "media/track.h"

G_BEGIN_DECLS

typedef struct MediaInletCore MediaInletCore;

MediaInletCore *media_inlet_core_new(MediaWorker *worker);
void media_inlet_core_free(MediaInletCore *self); /* sinks hear track_gone */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaInletCore, media_inlet_core_free)

MediaTrack *media_inlet_core_get_track(MediaInletCore *self, MediaKind kind); /* borrowed */
void media_inlet_core_connect(MediaInletCore *self, int fd);                  /* taken; -1: none */

/* One message; any bytes are safe. */
void media_inlet_core_take(MediaInletCore *self, const uint8_t *message, size_t size);

G_END_DECLS
