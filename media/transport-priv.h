/* media/transport-priv.h - what a worker's MediaNet tells a transport
 *
 * Thread: the transport's worker. bytes is writable and borrowed. */
#pragma once

#include "media/path.h"
#include "media/stun.h"
#include "media/transport.h"

G_BEGIN_DECLS

/* A well-formed Binding request with a ufrag of the transport's; nothing about it is authenticated yet. */
void media_transport_on_check(MediaTransport *self, const MediaPath *path, const MediaStunCheck *check);

/* From a path that was added. */
void media_transport_on_dtls(MediaTransport *self, const MediaPath *path, const uint8_t *bytes, size_t size);
void media_transport_on_media(MediaTransport *self, const MediaPath *path, uint8_t *bytes, size_t size);

/* The path is gone (a TCP connection that closed) or has become another transport's. */
void media_transport_on_path_lost(MediaTransport *self, const MediaPath *path);

G_END_DECLS
