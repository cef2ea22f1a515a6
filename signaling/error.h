/* signaling/error.h - how a request can fail, as its sender sees it
 *
 * Each code has a JSON-RPC 2.0 number, an HTTP status and a stable word ("reason") that pages translate. The message is an
 * English sentence that says what to do. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SIG_ERROR (sig_error_quark())

typedef enum {
    SIG_ERROR_PARSE,          /* -32700, 400 "parse-error" */
    SIG_ERROR_INVALID,        /* -32600, 400 "invalid-request" */
    SIG_ERROR_UNKNOWN_METHOD, /* -32601, 404 "unknown-method" */
    SIG_ERROR_BAD_PARAMS,     /* -32602, 400 "bad-params" */
    SIG_ERROR_INTERNAL,       /* -32603, 500 "internal-error" */
    SIG_ERROR_SIGN_IN,        /* -32001, 401 "sign-in-required": no token, or one that is expired or revoked */
    SIG_ERROR_FORBIDDEN,      /* -32002, 403 "forbidden" */
    SIG_ERROR_NOT_FOUND,      /* -32003, 404 "not-found": also what belongs to somebody else */
    SIG_ERROR_STATE,          /* -32004, 409 "wrong-state" */
    SIG_ERROR_LIMIT,          /* -32005, 429 "limit-reached" */
    SIG_ERROR_UNAVAILABLE,    /* -32006, 503 "unavailable": disk, store; try again */
    SIG_ERROR_MEDIA,          /* -32007, 400 "bad-media": SDP that cannot be used */
    SIG_ERROR_TOO_LARGE,      /* -32008, 413 "too-large" */
    SIG_N_ERRORS,
} SigError;

GQuark sig_error_quark(void);
int sig_error_get_rpc_code(SigError error);
int sig_error_get_http_status(SigError error);
const char *sig_error_get_reason(SigError error);

G_END_DECLS
