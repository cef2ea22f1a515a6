/* signaling/head.h - the head of an HTTP/1.1 request: request line and header lines
 *
 * Reads bytes only; strict where RFC 9112 lets a server choose, because what two readers understand differently can be
 * smuggled past one of them: refused are bare CR or LF, folded lines, white space before ':', control characters, two
 * values of what may come once, Content-Length beside Transfer-Encoding, and codings other than chunked.
 * Thread: any; a plain value. */
#pragma once

#include <stdint.h>

#include "signaling/pairs.h"

G_BEGIN_DECLS

enum { SIG_HEAD_MAX_SIZE = 16 * 1024, SIG_HEAD_MAX_LINES = SIG_PAIRS_MAX };

typedef struct {
    char *verb;
    char *path;  /* as sent, still encoded; begins with '/' */
    char *query; /* as sent; NULL when there is no '?' */
    SigPairs *headers;
    uint64_t length; /* of the body; 0 when it has none or is chunked */
    bool has_length, chunked;
    bool keep_alive, expects_continue;
} SigHead;

typedef enum {
    SIG_HEAD_MORE, /* not yet whole */
    SIG_HEAD_DONE,
    SIG_HEAD_BAD, /* answer 400 and close */
} SigHeadState;

/* ret_head and ret_used (bytes of the head) are written on DONE, error on BAD (SIG_ERROR_INVALID). */
SigHeadState sig_head_parse(const uint8_t *bytes, size_t size, SigHead **ret_head, size_t *ret_used, GError **error);
void sig_head_free(SigHead *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SigHead, sig_head_free)

const char *sig_head_get(const SigHead *self, const char *name); /* borrowed; any case; NULL when absent */
/* Whether a comma-separated list such as Connection or Accept-Encoding names token (";q=0" counts as absent). */
bool sig_head_lists(const SigHead *self, const char *name, const char *token);

G_END_DECLS
