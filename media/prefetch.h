/* media/prefetch.h - memory that will be touched soon is fetched while others are served
 *
 * A worker that sleeps between frames finds what belongs to a hundred viewers cold, and waiting for it costs more than the work.
 * So whoever is about to be served is announced several turns ahead, one step of pointers a turn: what a step reads, an earlier
 * one has fetched. Hints alone: nothing depends on them. */
#pragma once

#include <stddef.h>

enum { MEDIA_PREFETCH_AHEAD = 7 }; /* turns: the longest way, from a track to the key of a viewer's peer */

static inline void
media_prefetch(const void *object, size_t size)
{
    for (size_t at = 0; at < size; at += 64)
        __builtin_prefetch((const char *)object + at, 1);
}
