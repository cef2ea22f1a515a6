/* media/sequence-map.h - from a source's sequence numbers to those of one viewer, and back
 *
 * Losses of the source stay holes, so that the viewer asks for them and late arrivals fit in. What the viewer was
 * meant not to get (a pause, another track, a layer) leaves no hole. A map is a short list of runs in which the two
 * numberings differ by a constant. A run also keeps what else is constant in it (the mark), so that a packet that is
 * sent again is the same as the first time.
 * Pure: no allocation. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MEDIA_SEQUENCE_MAP_RUNS = 32 }; /* older ones are forgotten: what was in them cannot be asked for again */

typedef struct {
    uint8_t max_temporal;    /* layers above are not for this viewer */
    uint8_t base_offset;     /* viewer's TL0PICIDX - source's */
    uint16_t picture_offset; /* viewer's PictureID - source's */
} MediaSequenceMark;

typedef struct {
    uint64_t source, out; /* the first numbers of the run */
    uint8_t generation;   /* of the source: one more with every switch to another track */
    MediaSequenceMark mark;
} MediaSequenceRun;

typedef struct {
    size_t n_runs;
    uint64_t highest_source; /* forwarded or skipped, of this generation */
    uint64_t highest_out;    /* the next new number is one more */
    uint8_t generation;
    MediaSequenceMark mark; /* of what is sent now */
    MediaSequenceRun
        runs[MEDIA_SEQUENCE_MAP_RUNS]; /* oldest first; the last of all: only the newest is read in the end */
} MediaSequenceMap;

/* first: of the first packet out. */
/* A packet will be forwarded soon, see prefetch.h; what stands before the runs is there. */
void media_sequence_map_prefetch(const MediaSequenceMap *self);

void media_sequence_map_init(MediaSequenceMap *self, uint16_t first);

/* Everything before is forgotten; the packet with this number will be the next one out. */
void media_sequence_map_restart(MediaSequenceMap *self, uint64_t source);

/* The same, to another track with numbers of its own: what was sent of the last one can still be asked for. */
void media_sequence_map_switch(MediaSequenceMap *self, uint64_t source);

/* The run of a packet of this generation and the viewer's number; NULL when it lies before the restart or was skipped.
 * Borrowed until the next call. */
const MediaSequenceRun *media_sequence_map_forward(MediaSequenceMap *self, uint64_t source, uint16_t *ret_out);

/* The viewer is not to get this packet. Only the newest one leaves no hole; a late one stays one. */
void media_sequence_map_skip(MediaSequenceMap *self, uint64_t source);

/* From this packet, newer than all before, on. */
void media_sequence_map_set_mark(MediaSequenceMap *self, uint64_t source, const MediaSequenceMark *mark);

/* Which packet the viewer knows by this number; NULL when it is not known any more, or was not sent. */
const MediaSequenceRun *media_sequence_map_backward(const MediaSequenceMap *self, uint16_t out, uint64_t *ret_source);
