/* media/net.h - the network side of a worker: its sockets, and who gets what arrives (RFC 7983)
 *
 * Ownership: the worker creates and frees it; transports register and take themselves out.
 * Thread:    new and free on the main thread, while the worker's thread does not run; everything else on the worker. */
#pragma once

#include "media/path.h"
#include "media/send-run.h"
#include "media/stun.h"
#include "media/transport.h"
#include "media/worker-priv.h"

G_BEGIN_DECLS

/* Opens UDP and TCP on the same port and watches them. Fails with MEDIA_ERROR_SYSTEM. */
MediaNet *media_net_new(MediaWorker *worker, const MediaWorkerConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void media_net_free(MediaNet *self);
uint16_t media_net_get_port(const MediaNet *self);

/* Binding requests with this name of ours go to the transport. */
void media_net_add_ufrag(MediaNet *self, const char *ufrag, MediaTransport *transport);
void media_net_remove_ufrag(MediaNet *self, const char *ufrag, const MediaTransport *transport);

/* Everything else goes by the path it came on, which a valid check has proved to be the transport's. A path that was
 * another's changes hands. */
void media_net_add_path(MediaNet *self, const MediaPath *path, MediaTransport *transport);
void media_net_remove_path(MediaNet *self, const MediaPath *path, const MediaTransport *transport);

/* At once, what was gathered before it. false: dropped. */
bool media_net_send(MediaNet *self, const MediaPath *path, const uint8_t *bytes, size_t size);

MediaSendRun *media_net_get_run(MediaNet *self);
MediaStun *media_net_get_stun(MediaNet *self);

/* For a target whose path was checked just now: whether its source has to be named. Asks at most once as long as no route changes. */
void media_net_check_source(MediaNet *self, MediaSendTarget *target);

/* Sends what was gathered; the worker calls it at the end of each pass. */
void media_net_flush(MediaNet *self);

/* That came since the last call. */
unsigned media_net_take_n_datagrams(MediaNet *self);

G_END_DECLS
