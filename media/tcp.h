/* media/tcp.h - ICE-TCP, the passive side (RFC 6544), framed by RFC 4571
 *
 * Ownership: MediaNet creates and frees the listener; the listener owns its connections. A connection that no check has
 *            made somebody's within 10 s is closed.
 * Thread:    new and free on main while the worker does not run, the rest on the worker.
 * A connection whose socket does not drain drops what is sent rather than waiting. */
#pragma once

#include "media/path.h"
#include "media/worker-priv.h"

G_BEGIN_DECLS

enum {
    MEDIA_TCP_MAX_CONNECTIONS = 1024, /* per worker */
    MEDIA_TCP_MAX_PER_ADDRESS = 256,  /* a whole house may be behind one */
    MEDIA_TCP_UNCLAIMED_US = 10 * G_USEC_PER_SEC,
};

typedef struct MediaTcp MediaTcp;

typedef struct {
    void (*received)(void *data, const MediaPath *path, uint8_t *bytes, size_t size);
    /* Called before the connection goes, for whatever reason but media_tcp_free(). */
    void (*closed)(void *data, MediaTcpConnection *connection);
} MediaTcpEvents;

MediaTcp *media_tcp_new(MediaWorker *worker, const MediaAddress *bind_address, const MediaTcpEvents *events, void *data,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
void media_tcp_free(MediaTcp *self);
unsigned media_tcp_get_n_connections(const MediaTcp *self);

/* Whose it is, as found by a valid check: opaque here, NULL before. Setting it stops the 10 s. */
void media_tcp_connection_set_owner(MediaTcpConnection *self, void *owner);
void *media_tcp_connection_get_owner(const MediaTcpConnection *self);
const MediaAddress *media_tcp_connection_get_remote(const MediaTcpConnection *self); /* borrowed */

/* Whole frames. false: dropped, because earlier ones have not left. */
bool media_tcp_connection_send(MediaTcpConnection *self, const uint8_t *frames, size_t size);

/* Closes it from the loop, not from inside this call; nothing is received from it any more. */
void media_tcp_connection_close(MediaTcpConnection *self);

G_END_DECLS
