/* signaling/socket.h - WebSocket on a connection: calls in, replies and events out
 *
 * Limits: SIG_SOCKET_RATE messages a second (answered with limit-reached, ended with 1008 when that does not help), a
 * bounded queue (4408), a ping every 20 s and silence for 45 s.
 * Ownership: its connection.
 * Thread:    signaling. */
#pragma once

#include "signaling/connection.h"

G_BEGIN_DECLS

enum {
    SIG_SOCKET_RATE = 50,
    SIG_SOCKET_BURST = 200,
    SIG_SOCKET_MAX_QUEUED_BYTES = 1024 * 1024,
    SIG_SOCKET_MAX_QUEUED_MESSAGES = 1024,
};

/* Makes the connection a WebSocket and tells main; takes upgrade. */
void sig_socket_open(SigConnection *connection, SigUpgrade *upgrade);
/* Tells main that it has gone. */
void sig_socket_free(SigConnection *connection);

void sig_socket_on_bytes(SigConnection *connection, const uint8_t *bytes, size_t size);
void sig_socket_on_tick(SigConnection *connection);
void sig_socket_send(SigConnection *connection, const char *text);
void sig_socket_close(SigConnection *connection, uint16_t code, const char *reason);

G_END_DECLS
