/* signaling/acceptor.h - the listening sockets
 *
 * We accept ourselves and hand sockets to libwebsockets, so that a taken port has a clear message, caps are checked
 * before anything is allocated, and running out of descriptors does not spin.
 * Ownership: the listener.
 * Thread:    opened on main; from start on signaling. */
#pragma once

#include <uv.h>

#include "signaling/listener-private.h"

G_BEGIN_DECLS

/* Fails naming address and port. */
SigAcceptor *sig_acceptor_new(const char *address, uint16_t port, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Before start, or after stop and the loop has run out. */
void sig_acceptor_free(SigAcceptor *self);

uint16_t sig_acceptor_get_port(const SigAcceptor *self);
void sig_acceptor_start(SigAcceptor *self, SigListener *listener);
void sig_acceptor_stop(SigAcceptor *self);

G_END_DECLS
