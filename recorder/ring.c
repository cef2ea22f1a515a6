#include "recorder/ring.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    ALIGN = 16,
    CACHE_LINE = 64,
};

/* A record is preceded by its header; size SKIP says that the rest up to the end of the buffer is unused. */
typedef struct {
    uint64_t size;
    uint64_t unused;
} Header;

static const uint64_t SKIP = UINT64_MAX;

struct RecRing {
    /* constant */
    uint8_t *bytes;
    uint64_t capacity;
    /* producer */
    alignas(CACHE_LINE) _Atomic uint64_t head; /* bytes ever written */
    uint64_t tail_seen;
    uint64_t next; /* head after the commit */
    /* consumer */
    alignas(CACHE_LINE) _Atomic uint64_t tail; /* bytes ever read */
};

static uint64_t
get_span(uint64_t size)
{
    return sizeof(Header) + ((size + ALIGN - 1) & ~(uint64_t)(ALIGN - 1));
}

RecRing *
rec_ring_new(size_t bytes)
{
    RecRing *self = g_aligned_alloc0(1, sizeof *self, CACHE_LINE);

    self->capacity = 2 * sizeof(Header);
    while (self->capacity < bytes)
        self->capacity *= 2;
    self->bytes = g_aligned_alloc(1, self->capacity, CACHE_LINE);
    return self;
}

void
rec_ring_free(RecRing *self)
{
    if (!self)
        return;
    g_aligned_free(self->bytes);
    g_aligned_free(self);
}

static bool
has_room(RecRing *self, uint64_t head, uint64_t span)
{
    if (head + span - self->tail_seen <= self->capacity)
        return true;
    self->tail_seen = atomic_load_explicit(&self->tail, memory_order_acquire);
    return head + span - self->tail_seen <= self->capacity;
}

void *
rec_ring_reserve(RecRing *self, size_t size)
{
    uint64_t head = atomic_load_explicit(&self->head, memory_order_relaxed);
    uint64_t offset = head & (self->capacity - 1);
    uint64_t left = self->capacity - offset;

    if (size > self->capacity - sizeof(Header))
        return NULL;
    uint64_t span = get_span(size);
    uint64_t skip = span > left ? left : 0;
    if (!has_room(self, head, skip + span))
        return NULL;

    if (skip > 0)
        ((Header *)(self->bytes + offset))->size = SKIP;
    offset = (head + skip) & (self->capacity - 1);
    ((Header *)(self->bytes + offset))->size = size;
    self->next = head + skip + span;
    return self->bytes + offset + sizeof(Header);
}

void
rec_ring_commit(RecRing *self)
{
    atomic_store_explicit(&self->head, self->next, memory_order_release);
}

const void *
rec_ring_peek(RecRing *self, size_t *ret_size)
{
    uint64_t head = atomic_load_explicit(&self->head, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&self->tail, memory_order_relaxed);

    if (head == tail)
        return NULL;
    uint64_t offset = tail & (self->capacity - 1);
    const Header *header = (const Header *)(self->bytes + offset);
    if (header->size == SKIP) {
        atomic_store_explicit(&self->tail, tail + self->capacity - offset, memory_order_release);
        header = (const Header *)self->bytes;
    }
    *ret_size = header->size;
    return header + 1;
}

void
rec_ring_pop(RecRing *self)
{
    uint64_t tail = atomic_load_explicit(&self->tail, memory_order_relaxed);
    const Header *header = (const Header *)(self->bytes + (tail & (self->capacity - 1)));

    atomic_store_explicit(&self->tail, tail + get_span(header->size), memory_order_release);
}

size_t
rec_ring_get_used(const RecRing *self)
{
    uint64_t tail = atomic_load_explicit(&self->tail, memory_order_relaxed);
    uint64_t head = atomic_load_explicit(&self->head, memory_order_relaxed);

    return head > tail ? head - tail : 0;
}

size_t
rec_ring_get_capacity(const RecRing *self)
{
    return self->capacity;
}
