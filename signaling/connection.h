/* signaling/connection.h - one accepted socket: bytes in, bytes out, deadlines
 *
 * libwebsockets carries it as a "raw" socket (TLS, readiness, partial writes). Its HTTP and WebSocket roles are not
 * used: the 4.1.6 of Debian accepts bare LF, folded headers and unmasked frames, hides the address as sent, cannot be
 * kept from h2c and CONNECT, and has assertions in those state machines that a peer can reach. What a byte means is
 * decided by head.h, body.h and frame.h, which do no I/O.
 *
 * exchange.h is HTTP on a connection, socket.h WebSocket.
 * Ownership: the listener's table; freed when libwebsockets says the socket is closed.
 * Thread:    signaling. */
#pragma once

#include <libwebsockets.h>

#include "signaling/file.h"
#include "signaling/listener-private.h"

G_BEGIN_DECLS

typedef struct SigExchange SigExchange;
typedef struct SigSocket SigSocket;

typedef enum {
    SIG_CONNECTION_HEAD,      /* reads a request's head */
    SIG_CONNECTION_BODY,      /* reads its body */
    SIG_CONNECTION_WAITING,   /* for the handler; reads nothing */
    SIG_CONNECTION_REPLYING,  /* until all is sent; reads nothing */
    SIG_CONNECTION_WEBSOCKET, /* frames both ways */
    SIG_CONNECTION_CLOSING,   /* sends what is queued; drops what comes */
} SigConnectionState;

typedef struct {
    GQueue chunks; /* of GBytes */
    size_t offset; /* into the first */
    size_t n_bytes;
    SigFile *file; /* after the chunks; NULL: none */
    uint64_t file_at, file_left;
} SigOutput;

struct SigConnection {
    SigListener *listener;
    struct lws *wsi; /* NULL until libwebsockets has taken the socket */
    uint64_t id;
    char *peer;
    SigConnectionState state;
    bool in_quota, paused, shut;
    int64_t deadline_us; /* the socket is dropped then; 0: none */
    GByteArray *input;   /* what is not yet understood */
    SigOutput output;
    SigExchange *exchange; /* HEAD, BODY, WAITING, REPLYING */
    SigSocket *socket;     /* WEBSOCKET */
};

SigConnection *sig_connection_new(SigListener *listener, uint64_t id, const char *peer);
void sig_connection_free(SigConnection *self);

/* From libwebsockets; false: close the socket. */
bool sig_connection_on_bytes(SigConnection *self, const uint8_t *bytes, size_t size);
bool sig_connection_on_writable(SigConnection *self);
void sig_connection_on_tick(SigConnection *self);

/* Takes bytes; they leave when the socket can. */
void sig_connection_push(SigConnection *self, GBytes *bytes);
/* Takes file; its bytes follow all chunks. */
void sig_connection_push_file(SigConnection *self, SigFile *file, uint64_t first, uint64_t length);
/* Writes now what the socket takes at once. */
void sig_connection_flush(SigConnection *self);

void sig_connection_set_state(SigConnection *self, SigConnectionState state);
/* Sends what is queued, then ends our half, then waits shortly for the peer's (an early close would take unread answers
 * with it). */
void sig_connection_finish(SigConnection *self);
/* At once; freed from the loop. */
void sig_connection_kill(SigConnection *self);

G_END_DECLS
