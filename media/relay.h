/* media/relay.h - a source on another worker: its packets cross once, whatever the number of viewers there
 *
 * A sink of each of the source's tracks copies every burst into one block and posts it to the other worker, where a
 * mirror track keeps it in a store of its own: viewers there lose, ask again and join as at home. Requests for key
 * frames go back; sender reports come along, so that sound and picture stay in step.
 * Ownership: the source (source.c) makes one per other worker that has viewers, and frees it with the last of them.
 * Thread:    main, all of it. */
#pragma once

#include "media/source-priv.h"

G_BEGIN_DECLS

typedef struct MediaRelay MediaRelay;

enum { MEDIA_RELAY_MAX_IN_FLIGHT = 4 * 1024 * 1024 }; /* bytes; what a stalled worker misses is lost to its viewers */

/* source has not ended; to is another worker than its own. */
MediaRelay *media_relay_new(const MediaSource *source, MediaWorker *to);
void media_relay_free(MediaRelay *self); /* returns at once; the mirror's viewers lose their track */

/* What slots on the other worker are given in place of the source. Borrowed. */
MediaSourceCore *media_relay_get_core(const MediaRelay *self);

G_END_DECLS
