/* signaling/exchange.h - HTTP on a connection: one request after the other
 *
 * Ownership: its connection.
 * Thread:    signaling. */
#pragma once

#include "signaling/connection.h"

G_BEGIN_DECLS

void sig_exchange_free(SigExchange *self);

/* With the connection's input in state HEAD or BODY. False: it needs more bytes, or the state has moved on. */
bool sig_exchange_advance(SigConnection *connection);

/* The handler's answer; takes reply. */
void sig_exchange_answer(SigConnection *connection, SigReply *reply);
/* An answer of our own, after which the connection ends if the request may not have been read to its end. */
void sig_exchange_fail(SigConnection *connection, SigError code, const char *message);
/* All is sent. */
void sig_exchange_end(SigConnection *connection);

G_END_DECLS
