#include "media/packet-store.h"

#include <string.h>

typedef struct {
    uint8_t *bytes;  /* owned; NULL: not in the ring */
    uint32_t lap;    /* changes whenever the chunk is written anew */
    uint8_t next;    /* in the ring */
    int64_t last_us; /* arrival of the newest packet in it */
} Chunk;

typedef struct {
    MediaPacket packet; /* sequence 0: never used */
    uint32_t lap;
    uint8_t chunk;
} Slot;

struct MediaPacketStore {
    size_t chunk_size, max_slots;
    int64_t span_us;
    unsigned n_chunks;
    uint8_t current;
    size_t used; /* of the current chunk */
    uint32_t laps;
    Chunk chunks[MEDIA_STORE_MAX_CHUNKS];

    uint64_t newest;
    size_t n_slots; /* a power of two */
    Slot *slots;    /* owned */
};

static Slot *
get_slot(const MediaPacketStore *self, uint64_t sequence)
{
    return &self->slots[sequence & (self->n_slots - 1)];
}

static void
allocate_chunk(MediaPacketStore *self, uint8_t i)
{
    self->chunks[i].bytes = g_malloc(self->chunk_size);
    self->n_chunks++;
}

MediaPacketStore *
media_packet_store_new(MediaKind kind)
{
    MediaPacketStore *self = g_new0(MediaPacketStore, 1);

    self->chunk_size = kind == MEDIA_KIND_VIDEO ? MEDIA_STORE_VIDEO_CHUNK : MEDIA_STORE_AUDIO_CHUNK;
    self->max_slots = MEDIA_STORE_MAX_SLOTS;
    self->span_us = MEDIA_STORE_SPAN_US;
    return self;
}

MediaPacketStore *
media_packet_store_new_long(void)
{
    MediaPacketStore *self = g_new0(MediaPacketStore, 1);

    self->chunk_size = MEDIA_STORE_LONG_CHUNK;
    self->max_slots = MEDIA_STORE_LONG_MAX_SLOTS;
    self->span_us = MEDIA_STORE_LONG_SPAN_US;
    return self;
}

void
media_packet_store_free(MediaPacketStore *self)
{
    if (self == NULL)
        return;
    for (unsigned i = 0; i < MEDIA_STORE_MAX_CHUNKS; i++)
        g_free(self->chunks[i].bytes);
    g_free(self->slots);
    g_free(self);
}

/* Called when the ring has grown; what is in the index moves along. */
static void
grow_index(MediaPacketStore *self)
{
    size_t wanted = self->chunk_size / 512 * self->n_chunks;

    if (self->n_slots >= self->max_slots || (self->n_slots != 0 && self->n_slots >= wanted))
        return;
    Slot *old = self->slots;
    size_t n_old = self->n_slots;
    self->n_slots = n_old == 0 ? MEDIA_STORE_MIN_SLOTS : 2 * n_old;
    self->slots = g_new0(Slot, self->n_slots);
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].packet.sequence != 0)
            *get_slot(self, old[i].packet.sequence) = old[i];
    }
    g_free(old);
}

static void
insert_chunk(MediaPacketStore *self)
{
    uint8_t i = 0;

    while (self->chunks[i].bytes != NULL)
        i++;
    allocate_chunk(self, i);
    self->chunks[i].next = self->chunks[self->current].next;
    self->chunks[self->current].next = i;
    grow_index(self);
}

static void
remove_chunk_after(MediaPacketStore *self, uint8_t i)
{
    uint8_t gone = self->chunks[i].next;

    self->chunks[i].next = self->chunks[gone].next;
    g_clear_pointer(&self->chunks[gone].bytes, g_free);
    self->chunks[gone].lap = ++self->laps;
    self->n_chunks--;
}

static void
start_chunk(MediaPacketStore *self, uint8_t i)
{
    self->current = i;
    self->used = 0;
    self->chunks[i].lap = ++self->laps;
}

/* Goes on to the oldest chunk, or to a new one while the oldest is too young to lose. */
static void
advance(MediaPacketStore *self, int64_t now_us)
{
    if (self->n_chunks == 0) {
        allocate_chunk(self, 0);
        self->chunks[0].next = 0;
        grow_index(self);
        start_chunk(self, 0);
        return;
    }

    uint8_t oldest = self->chunks[self->current].next;
    bool young = now_us - self->chunks[oldest].last_us < self->span_us;
    if (self->n_chunks < MEDIA_STORE_MIN_CHUNKS || (young && self->n_chunks < MEDIA_STORE_MAX_CHUNKS)) {
        insert_chunk(self);
    } else if (!young && self->n_chunks > MEDIA_STORE_MIN_CHUNKS) {
        uint8_t second = self->chunks[oldest].next;
        if (now_us - self->chunks[second].last_us >= self->span_us)
            remove_chunk_after(self, self->current);
    }
    start_chunk(self, self->chunks[self->current].next);
}

const MediaPacket *
media_packet_store_add(MediaPacketStore *self, const MediaPacket *packet)
{
    g_assert(packet->size <= MEDIA_STORE_AUDIO_CHUNK && packet->sequence != 0);

    if (self->n_chunks == 0 || self->used + packet->size > self->chunk_size)
        advance(self, packet->arrival_us);
    Chunk *chunk = &self->chunks[self->current];
    uint8_t *bytes = chunk->bytes + self->used;
    Slot *slot = get_slot(self, packet->sequence);

    memcpy(bytes, packet->data, packet->size);
    self->used += packet->size;
    chunk->last_us = packet->arrival_us;
    *slot = (Slot){ .packet = *packet, .lap = chunk->lap, .chunk = self->current };
    slot->packet.data = bytes;
    self->newest = MAX(self->newest, packet->sequence);
    return &slot->packet;
}

bool
media_packet_store_has(const MediaPacketStore *self, uint64_t sequence)
{
    if (self->newest == 0 || sequence > self->newest)
        return false;
    return self->newest - sequence >= self->n_slots || get_slot(self, sequence)->packet.sequence == sequence;
}

const MediaPacket *
media_packet_store_find(const MediaPacketStore *self, uint64_t sequence)
{
    if (self->n_slots == 0)
        return NULL;
    const Slot *slot = get_slot(self, sequence);

    if (slot->packet.sequence != sequence || sequence == 0 || self->chunks[slot->chunk].lap != slot->lap)
        return NULL;
    return &slot->packet;
}

uint64_t
media_packet_store_get_newest(const MediaPacketStore *self)
{
    return self->newest;
}

size_t
media_packet_store_get_size(const MediaPacketStore *self)
{
    return self->n_chunks * self->chunk_size;
}

void
media_packet_store_clear(MediaPacketStore *self)
{
    for (unsigned i = 0; i < MEDIA_STORE_MAX_CHUNKS; i++)
        g_clear_pointer(&self->chunks[i].bytes, g_free);
    g_clear_pointer(&self->slots, g_free);
    self->n_slots = 0;
    self->n_chunks = 0;
    self->newest = 0;
}
