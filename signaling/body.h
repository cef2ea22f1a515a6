/* signaling/body.h - the body of a request as its bytes come: by length or chunked (RFC 9112, 7.1)
 *
 * Chunk extensions and trailers are read over, a bounded number of bytes of them.
 * Thread: whoever owns it. sig_body_clear() when done. */
#pragma once

#include "signaling/head.h"

G_BEGIN_DECLS

typedef enum {
    SIG_BODY_MORE,
    SIG_BODY_DONE,
    SIG_BODY_BAD,       /* 400 */
    SIG_BODY_TOO_LARGE, /* 413 */
} SigBodyState;

typedef struct {
    GByteArray *bytes;
    size_t max;
    uint64_t n_left; /* of the body, or of this chunk */
    bool chunked, in_chunk, in_trailer, after_chunk;
    char line[64];
    unsigned n_line, n_overhead;
} SigBody;

/* Says TOO_LARGE when the head already promises more than max. */
SigBodyState sig_body_init(SigBody *self, const SigHead *head, size_t max);
/* Moves *bytes and *size on. */
SigBodyState sig_body_take(SigBody *self, const uint8_t **bytes, size_t *size);
GBytes *sig_body_steal(SigBody *self);
void sig_body_clear(SigBody *self);

G_END_DECLS
