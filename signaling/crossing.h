/* signaling/crossing.h - one direction between main and signaling: the only place where threads meet
 *
 * Ownership: the server makes one each way.
 * Thread:    post from any; run on the receiving thread only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct SigCrossing SigCrossing;
typedef void (*SigCrossingFunc)(void *data);

/* wake is called on the posting thread when the queue stops being empty. It must make the receiver call run. */
SigCrossing *sig_crossing_new(SigCrossingFunc wake, void *wake_data);
/* What is still queued is released, not run. Nobody may post any more. */
void sig_crossing_free(SigCrossing *self);

/* func(data) on the receiver, in posting order, then release(data) (may be NULL). If the crossing is freed first only
 * release runs. */
void sig_crossing_post(SigCrossing *self, SigCrossingFunc func, void *data, GDestroyNotify release);
void sig_crossing_run(SigCrossing *self);

G_END_DECLS
