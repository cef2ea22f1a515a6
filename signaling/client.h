/* signaling/client.h - one WebSocket connection, as main sees it
 *
 * Ownership: the server; valid from client_opened to client_closed.
 * Thread:    main. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

#include "signaling/method.h"

G_BEGIN_DECLS

/* Of the upgrade request; borrowed; NULL when absent. */
const char *sig_client_get_cookie(SigClient *self, const char *name);
const char *sig_client_get_query(SigClient *self, const char *name);
const char *sig_client_get_address(SigClient *self); /* numeric, of the peer (or what a trusted proxy says) */
uint64_t sig_client_get_id(SigClient *self);         /* never used twice */

/* Which methods it may call (bits of SigMethod.access). 0 at first. */
void sig_client_set_access(SigClient *self, uint32_t access);
uint32_t sig_client_get_access(SigClient *self);
void sig_client_set_data(SigClient *self, void *data);
void *sig_client_get_data(SigClient *self);

/* Sends an event. Takes params (may be NULL). A client that does not read is dropped, never waited for. */
void sig_client_notify(SigClient *self, const char *event, JsonObject *params);

/* The WebSocket close code (RFC 6455; 4000-4999 are ours) and a short reason; client_closed follows from the loop. */
void sig_client_close(SigClient *self, uint16_t code, const char *reason);

enum {
    SIG_CLOSE_SIGN_IN = 4401,   /* token missing, expired, revoked: sign in again */
    SIG_CLOSE_ELSEWHERE = 4409, /* the same seat was opened on another device */
    SIG_CLOSE_SLOW = 4408,      /* it did not read */
};

G_END_DECLS
