/* media/handshaker-priv.h - what handshake.c needs of the thread */
#pragma once

#include <openssl/ssl.h>

#include "media/handshaker.h"
#include "media/worker-priv.h"

G_BEGIN_DECLS

/* Where handshakes run. Any thread. */
MediaWorker *media_handshaker_get_thread(const MediaHandshaker *self);

/* Handshake thread. */
SSL_CTX *media_handshaker_get_context(const MediaHandshaker *self); /* borrowed */

/* Counts one more half-open handshake with this address; false: a cap is reached. Handshake thread. */
bool media_handshaker_enter(MediaHandshaker *self, const uint8_t ip[16]);
void media_handshaker_leave(MediaHandshaker *self, const uint8_t ip[16]);

G_END_DECLS
