/* media/stun.h - connectivity checks as an ICE-lite agent sees them (RFC 8445, RFC 8489)
 *
 * Pure: bytes in, bytes out. The structure is judged here, integrity and fingerprint by libnice's codec.
 * Nothing is ever said to anybody who has not proved to know our password. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stun/stunagent.h>

#include "media/address.h"

G_BEGIN_DECLS

enum {
    MEDIA_STUN_MAX_USERNAME =
        513, /* two ufrags and the colon (RFC 8489 section 14.3 allows 508, RFC 8839 a bit more) */
    MEDIA_STUN_MAX_REPLY = 256,
};

typedef struct {
    StunAgent agent;
} MediaStun;

/* A Binding request as it came; borrows the datagram. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
    const char *local;  /* our ufrag, local_size bytes */
    const char *remote; /* the peer's, after the colon */
    size_t local_size, remote_size;
    bool use_candidate;
    bool controlled; /* the peer believes that it is the controlled one; that is us (RFC 8445 section 6.1.1) */
} MediaStunCheck;

typedef enum {
    MEDIA_STUN_DROP,  /* not authenticated */
    MEDIA_STUN_VALID, /* answered with success */
    MEDIA_STUN_ERROR, /* authenticated, but answered with an error: 420, 487 */
} MediaStunVerdict;

void media_stun_init(MediaStun *self);

/* false: anything but a well-formed Binding request with USERNAME "a:b", MESSAGE-INTEGRITY and, last, FINGERPRINT. */
bool media_stun_parse(const uint8_t *bytes, size_t size, MediaStunCheck *ret_check);

/* Judges the request by our password; reply (MEDIA_STUN_MAX_REPLY bytes) is written unless the verdict is DROP. */
MediaStunVerdict media_stun_answer(MediaStun *self, const MediaStunCheck *check, const char *password,
                                   const MediaAddress *from, uint8_t *reply, size_t *ret_size);

G_END_DECLS
