/* tests/media/fake-net.h - sockets and handshakes of the test's own, under the real net.c and transport.c
 *
 * Linked, with fake-worker.c, instead of udp.c, tcp.c and handshake.c. One for all. There is no TCP. */
#pragma once

#include "fake-worker.h"
#include "media/dtls.h"
#include "media/net.h"

/* A datagram that leaves. */
typedef void (*FakeNetFunc)(void *data, const MediaAddress *to, const uint8_t *bytes, size_t size);

void fake_net_set_up(int64_t now_us, FakeNetFunc sent, void *data);
void fake_net_tear_down(void);

/* A datagram that arrives, in a pass of its own. */
void fake_net_receive(const MediaAddress *from, const uint8_t *bytes, size_t size);
void fake_net_advance(int64_t us);

/* The handshake that was begun last ends like this. */
void fake_net_finish_handshake(const MediaDtlsResult *result);
