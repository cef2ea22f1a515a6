#include "signaling/error.h"

typedef struct {
    int rpc_code;
    int http_status;
    const char *reason;
} ErrorRow;

static const ErrorRow rows[SIG_N_ERRORS] = {
    [SIG_ERROR_PARSE] = { -32700, 400, "parse-error" },
    [SIG_ERROR_INVALID] = { -32600, 400, "invalid-request" },
    [SIG_ERROR_UNKNOWN_METHOD] = { -32601, 404, "unknown-method" },
    [SIG_ERROR_BAD_PARAMS] = { -32602, 400, "bad-params" },
    [SIG_ERROR_INTERNAL] = { -32603, 500, "internal-error" },
    [SIG_ERROR_SIGN_IN] = { -32001, 401, "sign-in-required" },
    [SIG_ERROR_FORBIDDEN] = { -32002, 403, "forbidden" },
    [SIG_ERROR_NOT_FOUND] = { -32003, 404, "not-found" },
    [SIG_ERROR_STATE] = { -32004, 409, "wrong-state" },
    [SIG_ERROR_LIMIT] = { -32005, 429, "limit-reached" },
    [SIG_ERROR_UNAVAILABLE] = { -32006, 503, "unavailable" },
    [SIG_ERROR_MEDIA] = { -32007, 400, "bad-media" },
    [SIG_ERROR_TOO_LARGE] = { -32008, 413, "too-large" },
};

G_DEFINE_QUARK(sig - error - quark, sig_error)

int
sig_error_get_rpc_code(SigError error)
{
    g_assert(error < SIG_N_ERRORS);
    return rows[error].rpc_code;
}

int
sig_error_get_http_status(SigError error)
{
    g_assert(error < SIG_N_ERRORS);
    return rows[error].http_status;
}

const char *
sig_error_get_reason(SigError error)
{
    g_assert(error < SIG_N_ERRORS);
    return rows[error].reason;
}
