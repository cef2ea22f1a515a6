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

MediaSourceCore *media_source_core_new(void);
MediaSourceCore *media_source_core_ref(MediaSourceCore *self);
void media_source_core_unref(void *self);

/* A worker that is not the source's, and whose peers watch it. */
typedef struct {
    struct MediaRelay *relay; /* owned; NULL when the source has ended */
    unsigned n_users;
} MediaSourceAbroad;

struct MediaSource {
    unsigned n_refs;
    MediaRoom *room;            /* borrowed; valid until ended */
    MediaWorker *worker, *main; /* borrowed from the node */
    unsigned n_workers;         /* of the node */
    MediaKind kind;
    unsigned n_tracks; /* encodings, at least 1 */
    char mid[MEDIA_MID_MAX + 1];
    bool ended, local;
    MediaSourceCore *core;
    MediaSourceAbroad *abroad; /* owned; by index of the worker; NULL: nobody watches from another one */
};

/* For peer.c: a handle whose track the peer makes on the worker. */
MediaSource *media_source_new(MediaRoom *room, MediaKind kind, const char *mid, unsigned n_encodings);
void media_source_set_ended(MediaSource *self);

/* What a slot of a peer on this worker is fed with; borrowed, until closed as often. NULL: it has ended. */
MediaSourceCore *media_source_open(MediaSource *self, MediaWorker *worker);
void media_source_close(MediaSource *self, MediaWorker *worker);

G_END_DECLS
