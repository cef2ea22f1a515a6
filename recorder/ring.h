/* recorder/ring.h - a bounded queue of byte records from one thread to one other, without locks
 *
 * Records are contiguous and 16-aligned. The producer never waits: what does not fit is refused.
 * Ownership: the caller; freed when neither thread uses it any more.
 * Thread:    reserve and commit: the producer; peek and pop: the consumer; new and free: anybody, alone. */
#pragma once

#include <glib.h>
#include <stddef.h>

G_BEGIN_DECLS

typedef struct RecRing RecRing;

/* bytes is rounded up to a power of two. */
RecRing *rec_ring_new(size_t bytes);
void rec_ring_free(RecRing *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecRing, rec_ring_free)

/* Room for a record of size bytes, or NULL when it does not fit now. Nothing is seen before the commit. */
void *rec_ring_reserve(RecRing *self, size_t size);
void rec_ring_commit(RecRing *self);

/* The oldest record, or NULL; it stays valid until it is popped. */
const void *rec_ring_peek(RecRing *self, size_t *ret_size);
void rec_ring_pop(RecRing *self);

/* Any thread, as of a moment ago. */
size_t rec_ring_get_used(const RecRing *self);
size_t rec_ring_get_capacity(const RecRing *self);

G_END_DECLS
