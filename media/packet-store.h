/* media/packet-store.h - the last second or so of one track's packets, kept once for all who watch it
 *
 * Bytes lie in a ring of chunks that grows while it covers less than MEDIA_STORE_SPAN_US (up to a limit) and shrinks
 * when it covers more; an index by extended sequence number finds a packet in one step. So a quiet track costs a chunk,
 * and a packet costs no allocation once the ring has its size. Pure: no clock, no I/O. Packets are borrowed until the
 * ring comes round to them: at least MEDIA_STORE_MIN_CHUNKS chunks of newer packets away. */
#pragma once

#include "media/sink.h"

G_BEGIN_DECLS

enum {
    MEDIA_STORE_SPAN_US = 1000 * 1000,
    MEDIA_STORE_MIN_CHUNKS = 2,
    MEDIA_STORE_MAX_CHUNKS = 32,
    MEDIA_STORE_VIDEO_CHUNK = 32 * 1024, /* up to 1 MiB: a second at 8 Mbit/s */
    MEDIA_STORE_AUDIO_CHUNK = 8 * 1024,
    MEDIA_STORE_MIN_SLOTS = 128,
    MEDIA_STORE_MAX_SLOTS = 2048,
    /* of a picture whose key frames cannot be asked for: what came since the last one is what a new viewer is shown */
    MEDIA_STORE_LONG_SPAN_US = 6 * 1000 * 1000,
    MEDIA_STORE_LONG_CHUNK = 128 * 1024, /* up to 4 MiB: six seconds at 5 Mbit/s */
    MEDIA_STORE_LONG_MAX_SLOTS = 8192,
};

typedef struct MediaPacketStore MediaPacketStore;

MediaPacketStore *media_packet_store_new(MediaKind kind);
MediaPacketStore *media_packet_store_new_long(void);
void media_packet_store_free(MediaPacketStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaPacketStore, media_packet_store_free)

/* Copies the packet's bytes (at most MEDIA_STORE_AUDIO_CHUNK) and returns it as stored; borrowed. Numbers rise, or
 * are late by less than the index is long: see media_packet_store_has(). */
const MediaPacket *media_packet_store_add(MediaPacketStore *self, const MediaPacket *packet);

/* Whether it was ever added, or is too old to tell: then it must not be added. */
bool media_packet_store_has(const MediaPacketStore *self, uint64_t sequence);

/* NULL when it is gone. Borrowed until the next add. */
const MediaPacket *media_packet_store_find(const MediaPacketStore *self, uint64_t sequence);

uint64_t media_packet_store_get_newest(const MediaPacketStore *self); /* 0 before the first */
size_t media_packet_store_get_size(const MediaPacketStore *self);     /* bytes held */

void media_packet_store_clear(MediaPacketStore *self);

G_END_DECLS
