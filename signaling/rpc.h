/* signaling/rpc.h - JSON-RPC 2.0 objects: calls in; replies, errors and events out
 *
 * Parameters are by name. Batches are refused: a page has a connection and needs none, and they would hide many calls
 * from the rate limit.
 * Thread: any; a SigCall belongs to whoever holds it. */
#pragma once

#include <json-glib/json-glib.h>

#include "signaling/error.h"

G_BEGIN_DECLS

typedef struct {
    JsonNode *id; /* NULL: a notification, never answered */
    char *method;
    JsonObject *params; /* never NULL */
} SigCall;

/* Fails with SIG_ERROR_INVALID or BAD_PARAMS; ret_id is then the id to answer with, or NULL. */
SigCall *sig_call_new(JsonNode *message, JsonNode **ret_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void sig_call_free(SigCall *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SigCall, sig_call_free)

/* {"code", "message", "data": {"reason"}} */
JsonNode *sig_rpc_error_node(SigError code, const char *message);

/* Text to send. id may be NULL (null); result is taken. */
char *sig_rpc_reply_text(JsonNode *id, JsonNode *result);
char *sig_rpc_error_text(JsonNode *id, SigError code, const char *message);
char *sig_rpc_error_text_with(JsonNode *id, SigError code, const char *message, JsonObject *data); /* takes data */
char *sig_rpc_event_text(const char *event, JsonObject *params); /* takes params, may be NULL */

G_END_DECLS
