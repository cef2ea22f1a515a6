/* gateway/archive/work.h - one step of a question that reads or writes the disk, on another thread
 *
 * Thread: main; run is called on a thread of GLib's pool and touches nothing but its data. */
#pragma once

#include "gateway/archive/ask.h"

G_BEGIN_DECLS

/* false with an error. */
typedef bool (*GwWorkFunc)(void *data, GError **error);
/* error: NULL when it worked; both borrowed. Not called after the archive is freed (then the question is dropped, too). */
typedef void (*GwWorkDone)(GwAsk *ask, void *data, const GError *error);

/* data is freed after done. */
void gw_work_run(GwAsk *ask, GwWorkFunc run, void *data, GDestroyNotify release, GwWorkDone done);

G_END_DECLS
