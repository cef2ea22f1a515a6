/* media/sequence-map.h - from a source's sequence numbers to those of one viewer, and back
 *
 * Losses of the source stay holes, so that the viewer asks for them and late arrivals fit in. What the viewer was
 * meant not to get (a pause, another track, a layer) leaves no hole. A map is a short list of runs in which the two
 * numberings differ by a constant.
 * Pure: no allocation. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MEDIA_SEQUENCE_MAP_RUNS = 32 }; /* older ones are forgotten: what was in them cannot be asked for again */

typedef struct {
    uint64_t source, out; /* the first numbers of the run */
} MediaSequenceRun;

typedef struct {
    size_t n_runs;
    MediaSequenceRun runs[MEDIA_SEQUENCE_MAP_RUNS]; /* oldest first */
    uint64_t highest_source;                        /* forwarded or skipped, since the restart */
    uint64_t highest_out;                           /* the next new number is one more */
} MediaSequenceMap;

/* first: of the first packet out. */
void media_sequence_map_init(MediaSequenceMap *self, uint16_t first);

/* Everything before is forgotten; the packet with this number will be the next one out. */
void media_sequence_map_restart(MediaSequenceMap *self, uint64_t source);

/* The viewer's number for a packet; false when it lies before the restart or was skipped. */
bool media_sequence_map_forward(MediaSequenceMap *self, uint64_t source, uint16_t *ret_out);

/* The viewer is not to get this packet. Only the newest one leaves no hole; a late one stays one. */
void media_sequence_map_skip(MediaSequenceMap *self, uint64_t source);

/* Which packet the viewer knows by this number; false when it is not known any more, or was not sent. */
bool media_sequence_map_backward(const MediaSequenceMap *self, uint16_t out, uint64_t *ret_source);
