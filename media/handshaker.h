/* media/handshaker.h - the thread that does DTLS handshakes, and our certificate
 *
 * A handshake costs about a millisecond of CPU; done here, no worker's packets wait for it.
 * Ownership: MediaNode creates and frees it, after all transports are gone: after the workers, since
 *            they may be freed by what was posted last.
 * Thread:    new, free and get_fingerprint on main; everything else is between transport.c and handshaker.c. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct MediaHandshaker MediaHandshaker;

/* Makes a P-256 certificate (self-signed, 30 days, fresh at each start) and starts the thread. */
MediaHandshaker *media_handshaker_new(GError **error) G_GNUC_WARN_UNUSED_RESULT;
void media_handshaker_free(MediaHandshaker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaHandshaker, media_handshaker_free)

/* "sha-256 AB:CD:..." as in RFC 8122. Borrowed; constant. Any thread. */
const char *media_handshaker_get_fingerprint(const MediaHandshaker *self);

G_END_DECLS
