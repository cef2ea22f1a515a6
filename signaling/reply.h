/* signaling/reply.h - an answer to an HTTP request on its way to the socket
 *
 * Ownership: made on main (or on the sockets' thread for pages and errors), handed over whole.
 * Thread:    whoever holds it. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "signaling/content.h"
#include "signaling/error.h"
#include "signaling/pairs.h"

G_BEGIN_DECLS

typedef struct {
    int status;
    SigPairs *headers; /* its own; they replace ours of the same name */
    char *content_type;
    GBytes *body;    /* NULL: empty, a file or content */
    char *file_path; /* NULL: body, or content */
    const SigContent *content;
    void *content_data; /* owned until it is sent */
    char *etag;         /* of content */
} SigReply;

SigReply *sig_reply_new(int status, const char *content_type, GBytes *body);
SigReply *sig_reply_new_error(SigError code, const char *message);
void sig_reply_free(SigReply *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SigReply, sig_reply_free)

/* False, and not added, if it could break out of its line. */
bool sig_reply_add_header(SigReply *self, const char *name, const char *value);

typedef struct {
    bool tls, close;
    bool no_length; /* 204, 304 */
    uint64_t length;
    int64_t time_s; /* for Date */
} SigReplyFrame;

/* Status line and header lines with the security headers, ready to send. */
GBytes *sig_reply_make_head(const SigReply *self, const SigReplyFrame *frame);

G_END_DECLS
