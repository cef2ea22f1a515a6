/* gateway/cameras/onvif-call.h - one question to a camera by ONVIF: SOAP over HTTP, with WS-Security and HTTP digest
 *
 * Blocks for some seconds at most: on a thread of its own (onvif.c). Plain HTTP without redirects; what comes back is bounded.
 * Ownership: the caller. Thread: any. */
#pragma once

#include <stdint.h>

#include "gateway/cameras/onvif-reply.h"

G_BEGIN_DECLS

typedef struct {
    const char *user, *password; /* NULL or "": without */
    int64_t ahead_s;             /* the camera's clock before ours: what it is told is dated by its own */
} GwOnvifLogin;

/* The whole request. nonce: 16 bytes. now_s: UTC. */
char *gw_onvif_make_request(const GwOnvifLogin *login, const char *body, const uint8_t *nonce, int64_t now_s);

/* body: the element inside of the envelope. Errors are of SIG_ERROR, with what to do. */
bool gw_onvif_call(const GwOnvifLogin *login, const char *address, const char *body, GwOnvifReply *ret_reply,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A picture; its content type is what its first bytes are. */
GBytes *gw_onvif_fetch(const GwOnvifLogin *login, const char *address, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
