/* signaling/route.h - what one HTTP address is: a row of data and a handler
 *
 * Ownership: rows are static const and outlive the server. A SigHttp belongs to its handler until it is answered.
 * Thread:    handlers run on main and may answer at once or later, from main. Files are read on the signaling thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "signaling/content.h"
#include "signaling/error.h"

G_BEGIN_DECLS

typedef struct SigHttp SigHttp;

typedef struct {
    const char *verb;    /* "GET" (answers HEAD too), "POST", "PATCH", "DELETE", "OPTIONS", "PUT" */
    const char *pattern; /* "/api/v1/archive/{session}/{track}": {name} is one segment, percent-decoded, never with '/',
                            "..", NUL or a control character (such a request is 404 before the handler) */
    uint32_t access;     /* bits of the application, as for methods; 0: open to anybody */
    size_t max_body;     /* bytes; larger is 413 */
    const char *summary; /* for the documents */
    void (*handle)(SigHttp *http, void *user_data);
} SigRoute;

/* Borrowed, NULL when absent. */
const char *sig_http_get_verb(SigHttp *self);
const char *sig_http_get_path(SigHttp *self);
const char *sig_http_get_param(SigHttp *self, const char *name); /* of the pattern */
const char *sig_http_get_query(SigHttp *self, const char *name);
const char *sig_http_get_cookie(SigHttp *self, const char *name);
const char *sig_http_get_header(SigHttp *self, const char *name); /* lower case: authorization, content-type, accept,
                                                                     if-match, if-none-match, range, origin, user-agent,
                                                                     x-requested-with */
const char *sig_http_get_address(SigHttp *self);
GBytes *sig_http_get_body(SigHttp *self);
bool sig_http_is_tls(SigHttp *self); /* so cookies can be Secure */

void sig_http_set_data(SigHttp *self, void *data, GDestroyNotify release);
void *sig_http_get_data(SigHttp *self);

/* Before the answer. Names and values with CR, LF or NUL are refused (dropped with a warning). */
void sig_http_add_header(SigHttp *self, const char *name, const char *value);

/* Exactly one of these; each frees self. */
void sig_http_reply(SigHttp *self, int status, const char *content_type,
                    GBytes *body); /* body may be NULL; not taken */
void sig_http_reply_text(SigHttp *self, int status, const char *content_type, const char *text);
/* A file, with Range (one range: 206; unsatisfiable: 416), ETag and HEAD. path is the application's own, not the peer's. */
void sig_http_reply_file(SigHttp *self, const char *path, const char *content_type);
/* The same for what is read by content; data is taken. etag: of what never changes, without quotes: letters, digits, - and _. */
void sig_http_reply_content(SigHttp *self, const SigContent *content, void *data, const char *etag,
                            const char *content_type);
/* {"error": {"code": -32003, "message": ..., "data": {"reason": "not-found"}}} with the code's HTTP status. */
void sig_http_fail(SigHttp *self, SigError code, const char *format, ...) G_GNUC_PRINTF(3, 4);
void sig_http_fail_error(SigHttp *self, const GError *error);

G_END_DECLS
