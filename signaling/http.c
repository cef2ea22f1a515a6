#define G_LOG_DOMAIN "signaling.http"

#include "signaling/route.h"

#include <string.h>

#include "signaling/server-private.h"

void
sig_http_free(SigHttp *self)
{
    if (self->release != NULL)
        self->release(self->data);
    g_clear_pointer(&self->head, sig_head_free);
    g_clear_pointer(&self->params, sig_pairs_free);
    g_clear_pointer(&self->query, sig_pairs_free);
    g_clear_pointer(&self->cookies, sig_pairs_free);
    g_clear_pointer(&self->body, g_bytes_unref);
    g_clear_pointer(&self->reply, sig_reply_free);
    g_free(self->address);
    g_clear_pointer(&self->server, sig_server_unref);
    g_free(self);
}

const char *
sig_http_get_verb(SigHttp *self)
{
    return self->head->verb;
}

const char *
sig_http_get_path(SigHttp *self)
{
    return self->head->path;
}

const char *
sig_http_get_param(SigHttp *self, const char *name)
{
    return sig_pairs_get(self->params, name);
}

const char *
sig_http_get_query(SigHttp *self, const char *name)
{
    return sig_pairs_get(self->query, name);
}

const char *
sig_http_get_cookie(SigHttp *self, const char *name)
{
    return sig_pairs_get(self->cookies, name);
}

const char *
sig_http_get_header(SigHttp *self, const char *name)
{
    return sig_head_get(self->head, name);
}

const char *
sig_http_get_address(SigHttp *self)
{
    return self->address;
}

GBytes *
sig_http_get_body(SigHttp *self)
{
    return self->body;
}

bool
sig_http_is_tls(SigHttp *self)
{
    return self->tls;
}

void
sig_http_set_data(SigHttp *self, void *data, GDestroyNotify release)
{
    if (self->release != NULL)
        self->release(self->data);
    self->data = data;
    self->release = release;
}

void *
sig_http_get_data(SigHttp *self)
{
    return self->data;
}

void
sig_http_add_header(SigHttp *self, const char *name, const char *value)
{
    if (!sig_reply_add_header(self->reply, name, value))
        g_warning("a header was left out, because it holds a character that it must not: '%.32s'", name);
}

static void
answer(SigHttp *self, SigReply *reply)
{
    g_autoptr(SigReply) owned = reply;

    if (self->server->listener != NULL)
        sig_listener_reply(self->server->listener, self->connection_id, g_steal_pointer(&owned));
    sig_http_free(self);
}

void
sig_http_reply(SigHttp *self, int status, const char *content_type, GBytes *body)
{
    SigReply *reply = g_steal_pointer(&self->reply);

    reply->status = status;
    reply->content_type = g_strdup(content_type);
    reply->body = body != NULL ? g_bytes_ref(body) : NULL;
    answer(self, reply);
}

void
sig_http_reply_text(SigHttp *self, int status, const char *content_type, const char *text)
{
    g_autoptr(GBytes) body = g_bytes_new(text, strlen(text));

    sig_http_reply(self, status, content_type, body);
}

void
sig_http_reply_file(SigHttp *self, const char *path, const char *content_type)
{
    SigReply *reply = g_steal_pointer(&self->reply);

    reply->status = 200;
    reply->content_type = g_strdup(content_type);
    reply->file_path = g_strdup(path);
    answer(self, reply);
}

void
sig_http_reply_content(SigHttp *self, const SigContent *content, void *data, const char *etag, const char *content_type)
{
    SigReply *reply = g_steal_pointer(&self->reply);

    reply->status = 200;
    reply->content_type = g_strdup(content_type);
    reply->content = content;
    reply->content_data = data;
    reply->etag = g_strdup(etag);
    answer(self, reply);
}

/* The headers that were added stay: Access-Control-*, Retry-After ... */
static void
fail(SigHttp *self, SigError code, const char *message)
{
    SigReply *reply = sig_reply_new_error(code, message);
    SigReply *collected = self->reply;

    for (unsigned i = 0; i < sig_pairs_get_length(collected->headers); i++)
        sig_reply_add_header(reply, sig_pairs_get_name(collected->headers, i),
                             sig_pairs_get_value(collected->headers, i));
    answer(self, reply);
}

void
sig_http_fail(SigHttp *self, SigError code, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    fail(self, code, message);
}

void
sig_http_fail_error(SigHttp *self, const GError *error)
{
    if (error->domain == SIG_ERROR) {
        fail(self, (SigError)error->code, error->message);
        return;
    }
    g_info("%s %s failed: %s", self->head->verb, self->head->path, error->message);
    fail(self, SIG_ERROR_INTERNAL, "something went wrong here; try again");
}

void
sig_http_begin(SigServer *server, SigHttp *http)
{
    const SigRoute *row = http->entry->row;
    uint32_t access = 0;

    http->server = sig_server_ref(server);
    http->reply = sig_reply_new(200, NULL, NULL);
    server->n_requests++;
    if (server->events.http_access != NULL)
        access = server->events.http_access(http, server->user_data);
    if (row->access != 0 && access == 0)
        sig_http_fail(http, SIG_ERROR_SIGN_IN, "sign in, or send a token");
    else if (row->access != 0 && (access & row->access) == 0)
        sig_http_fail(http, SIG_ERROR_FORBIDDEN, "your role or token may not do this");
    else
        row->handle(http, http->entry->user_data);
}
