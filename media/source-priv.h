/* media/source-priv.h - the two halves of a source: main's handle and the worker's core
 *
 * The core is shared by reference between main and the worker; only the worker looks into it. */
#pragma once

#include "media/node-priv.h"
#include "media/ref-count.h"
#include "media/source.h"
#include "media/stream.h"

G_BEGIN_DECLS

typedef struct {
    MediaRefCount n_refs;
    MediaTrack *track;     /* worker only; NULL before it is made and after it is gone */
    MediaPlayout *playout; /* worker only; owned; a local source's */
    GSList *finishes;      /* worker only; owned; clips whose end main waits for */
} MediaSourceCore;

MediaSourceCore *media_source_core_ref(MediaSourceCore *self);
void media_source_core_unref(void *self);

struct MediaSource {
    unsigned n_refs;
    MediaRoom *room;            /* borrowed; valid until ended */
    MediaWorker *worker, *main; /* borrowed from the node */
    MediaKind kind;
    char mid[MEDIA_MID_MAX + 1];
    bool ended, local;
    MediaSourceCore *core;
};

/* For peer.c: a handle whose track the peer makes on the worker. */
MediaSource *media_source_new(MediaRoom *room, MediaKind kind, const char *mid);
void media_source_set_ended(MediaSource *self);

G_END_DECLS
