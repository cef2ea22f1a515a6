/* media/handshake.h - a transport's handle on its handshake, which runs on the handshake thread
 *
 * Ownership: the transport creates and frees it; the other half goes by itself.
 * Thread:    the transport's worker; events come there from the loop. Not after free. */
#pragma once

#include "media/dtls.h"
#include "media/handshaker.h"
#include "media/worker.h"

G_BEGIN_DECLS

enum {
    MEDIA_MAX_HANDSHAKES = 1024,            /* half open, on the whole node: 90 KiB each */
    MEDIA_MAX_HANDSHAKES_PER_ADDRESS = 128, /* a whole house may be behind one and come back from a power cut at once */
    MEDIA_MAX_HANDSHAKE_BACKLOG = 32,       /* datagrams of one transport on their way to the thread */
};

typedef struct MediaHandshake MediaHandshake;

typedef struct {
    void (*flight)(void *data, const MediaDtlsFlight *flight); /* to be sent; borrowed */
    /* Once. result is NULL when it failed; last_flight is for the late (media_dtls_get_last_flight). */
    void (*finished)(void *data, const MediaDtlsResult *result, const MediaDtlsFlight *last_flight);
} MediaHandshakeEvents;

/* ip: the peer's address, for the cap per address. events must outlive it. */
MediaHandshake *media_handshake_new(MediaHandshaker *handshaker, MediaWorker *worker, const uint8_t ip[16],
                                    const MediaHandshakeEvents *events, void *data);
void media_handshake_free(MediaHandshake *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaHandshake, media_handshake_free)

/* A datagram from the peer. Dropped when too many are on their way; while a cap is reached it is as if it had been
 * lost, so the peer tries again. */
void media_handshake_receive(MediaHandshake *self, const uint8_t *bytes, size_t size);

G_END_DECLS
