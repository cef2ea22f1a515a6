#include "signaling/exchange.h"

#include <string.h>

#include "signaling/address.h"
#include "signaling/body.h"
#include "signaling/frame.h"
#include "signaling/origin.h"
#include "signaling/path.h"
#include "signaling/range.h"
#include "signaling/socket.h"

/* What of a request is still needed when its answer comes. */
struct SigExchange {
    SigHead *head; /* NULL once handed to main */
    char *address;
    bool tls, head_only, keep_alive;
    bool unread; /* bytes of this request may still come */
    char *range, *if_range, *if_none_match;
    SigPairs *params;
    const SigRouterEntry *entry;
    SigBody body;
};

void
sig_exchange_free(SigExchange *self)
{
    g_clear_pointer(&self->head, sig_head_free);
    g_clear_pointer(&self->params, sig_pairs_free);
    sig_body_clear(&self->body);
    g_free(self->address);
    g_free(self->range);
    g_free(self->if_range);
    g_free(self->if_none_match);
    g_free(self);
}

static SigExchange *
exchange_new(SigConnection *connection, SigHead *head)
{
    SigExchange *self = g_new0(SigExchange, 1);
    const SigListenerConfig *config = &connection->listener->config;
    const char *const *trusted = (const char *const *)config->trusted_proxies;
    const char *proto = sig_head_get(head, "x-forwarded-proto");

    self->head = head;
    self->address = sig_address_from_forwarded(connection->peer, sig_head_get(head, "x-forwarded-for"), trusted);
    self->tls = config->tls || (proto != NULL && g_ascii_strcasecmp(proto, "https") == 0 &&
                                sig_address_is_in(connection->peer, trusted));
    self->head_only = strcmp(head->verb, "HEAD") == 0;
    self->keep_alive = head->keep_alive;
    self->unread = head->chunked || head->length > 0;
    self->range = g_strdup(sig_head_get(head, "range"));
    self->if_range = g_strdup(sig_head_get(head, "if-range"));
    self->if_none_match = g_strdup(sig_head_get(head, "if-none-match"));
    return self;
}

static void
send_reply(SigConnection *connection, const SigReply *reply, SigFile *file, uint64_t first, uint64_t length)
{
    SigExchange *self = connection->exchange;
    bool close = self == NULL || self->unread || !self->keep_alive || connection->listener->stopping;
    SigReplyFrame frame = {
        .tls = self != NULL && self->tls,
        .close = close,
        .no_length = reply->status == 204 || reply->status == 304,
        .length = length,
        .time_s = g_get_real_time() / G_USEC_PER_SEC,
    };

    sig_connection_push(connection, sig_reply_make_head(reply, &frame));
    if (frame.no_length || length == 0 || (self != NULL && self->head_only)) {
        g_clear_pointer(&file, sig_file_free);
    } else if (file != NULL) {
        sig_connection_push_file(connection, file, first, length);
    } else {
        sig_connection_push(connection, g_bytes_ref(reply->body));
    }
    if (self == NULL || self->unread)
        sig_connection_finish(connection);
    else
        sig_connection_set_state(connection, SIG_CONNECTION_REPLYING);
}

/* RFC 9110, 13.1.2: weak comparison, which for our strong tags is equality of the quoted part. */
static bool
has_etag(const char *header, const char *etag)
{
    if (header == NULL)
        return false;
    return strcmp(header, "*") == 0 || strstr(header, etag) != NULL;
}

/* Takes file. */
static void
answer_file(SigConnection *connection, SigReply *reply, SigFile *file)
{
    SigExchange *self = connection->exchange;
    bool may_range = self->if_range == NULL || strcmp(self->if_range, file->etag) == 0;
    uint64_t first = 0, last = 0;
    g_autofree char *extent = NULL;

    sig_reply_add_header(reply, "ETag", file->etag);
    sig_reply_add_header(reply, "Accept-Ranges", "bytes");
    if (sig_pairs_get_no_case(reply->headers, "cache-control") == NULL)
        sig_reply_add_header(reply, "Cache-Control", "private, no-cache");
    if (has_etag(self->if_none_match, file->etag)) {
        reply->status = 304;
        send_reply(connection, reply, file, 0, 0);
        return;
    }
    switch (sig_range_parse(may_range ? self->range : NULL, file->size, &first, &last)) {
    case SIG_RANGE_WHOLE:
        send_reply(connection, reply, file, 0, file->size);
        return;
    case SIG_RANGE_NONE:
        reply->status = 416;
        extent = g_strdup_printf("bytes */%" G_GUINT64_FORMAT, file->size);
        sig_reply_add_header(reply, "Content-Range", extent);
        send_reply(connection, reply, file, 0, 0);
        return;
    case SIG_RANGE_PART:
        reply->status = 206;
        extent = g_strdup_printf("bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, first, last,
                                 file->size);
        sig_reply_add_header(reply, "Content-Range", extent);
        send_reply(connection, reply, file, first, last - first + 1);
        return;
    }
}

void
sig_exchange_answer(SigConnection *connection, SigReply *taken)
{
    g_autoptr(SigReply) reply = taken;
    SigFile *file;

    if (connection->exchange == NULL || connection->state != SIG_CONNECTION_WAITING)
        return;
    if (reply->file_path == NULL && reply->content == NULL) {
        send_reply(connection, reply, NULL, 0, reply->body != NULL ? g_bytes_get_size(reply->body) : 0);
        return;
    }
    file = reply->content == NULL
               ? sig_file_new(reply->file_path)
               : sig_file_new_from_content(reply->content, g_steal_pointer(&reply->content_data), reply->etag);
    if (file == NULL) {
        sig_exchange_fail(connection, SIG_ERROR_NOT_FOUND, "there is no such file");
        return;
    }
    answer_file(connection, reply, file);
}

static void
fail_with_header(SigConnection *connection, SigReply *taken, const char *name, const char *value)
{
    g_autoptr(SigReply) reply = taken;

    if (name != NULL)
        sig_reply_add_header(reply, name, value);
    if (reply->status == 429 || reply->status >= 500 || reply->status == 403)
        connection->listener->counts.refused++;
    send_reply(connection, reply, NULL, 0, g_bytes_get_size(reply->body));
}

void
sig_exchange_fail(SigConnection *connection, SigError code, const char *message)
{
    /* the handler may still answer: its answer must not meet the next request */
    if (connection->state == SIG_CONNECTION_WAITING)
        connection->exchange->keep_alive = false;
    fail_with_header(connection, sig_reply_new_error(code, message), NULL, NULL);
}

void
sig_exchange_end(SigConnection *connection)
{
    bool keep_alive = connection->exchange->keep_alive && !connection->listener->stopping;

    g_clear_pointer(&connection->exchange, sig_exchange_free);
    if (keep_alive)
        sig_connection_set_state(connection, SIG_CONNECTION_HEAD);
    else
        sig_connection_finish(connection);
}

static bool
may_change(SigConnection *connection, SigExchange *self)
{
    SigOrigins origins = { sig_head_get(self->head, "host"), self->tls,
                           (const char *const *)connection->listener->config.origins };

    if (g_strv_contains((const char *const[]){ "GET", "HEAD", "OPTIONS", NULL }, self->head->verb))
        return true;
    return sig_origin_may_change(&origins, sig_head_get(self->head, "origin"),
                                 sig_head_get(self->head, "cookie") != NULL);
}

static void
submit(SigConnection *connection)
{
    SigExchange *self = connection->exchange;
    SigHttp *http = g_new0(SigHttp, 1);

    self->unread = false;
    http->connection_id = connection->id;
    http->entry = self->entry;
    http->params = g_steal_pointer(&self->params);
    http->query = sig_pairs_new_from_query(self->head->query);
    http->cookies = sig_pairs_new_from_cookies(sig_head_get(self->head, "cookie"));
    http->address = g_strdup(self->address);
    http->tls = self->tls;
    http->body = sig_body_steal(&self->body);
    http->head = g_steal_pointer(&self->head);
    sig_connection_set_state(connection, SIG_CONNECTION_WAITING);
    sig_listener_post_http(connection->listener, http);
}

static void
on_body_state(SigConnection *connection, SigBodyState state)
{
    SigExchange *self = connection->exchange;
    g_autofree char *message = NULL;

    switch (state) {
    case SIG_BODY_MORE:
        return;
    case SIG_BODY_DONE:
        submit(connection);
        return;
    case SIG_BODY_BAD:
        sig_exchange_fail(connection, SIG_ERROR_INVALID, "the chunks of the body cannot be read");
        return;
    case SIG_BODY_TOO_LARGE:
        message =
            g_strdup_printf("the body is larger than the %zu bytes that are taken here", self->entry->row->max_body);
        sig_exchange_fail(connection, SIG_ERROR_TOO_LARGE, message);
        return;
    }
}

static void
begin_route(SigConnection *connection)
{
    SigExchange *self = connection->exchange;
    SigBodyState state;

    if (!may_change(connection, self)) {
        sig_exchange_fail(connection, SIG_ERROR_FORBIDDEN, "this page may not use the service");
        return;
    }
    state = sig_body_init(&self->body, self->head, self->entry->row->max_body);
    if (state == SIG_BODY_MORE) {
        sig_connection_set_state(connection, SIG_CONNECTION_BODY);
        /* at 8 KiB/s a body of the length that was told would be in by then */
        connection->deadline_us += (int64_t)(self->head->length / 8) * 1000;
        if (self->head->expects_continue)
            sig_connection_push(connection, g_bytes_new_static("HTTP/1.1 100 Continue\r\n\r\n", 25));
    }
    on_body_state(connection, state);
}

static void
begin_page(SigConnection *connection, const char *const *segments)
{
    SigExchange *self = connection->exchange;
    bool gzip = sig_head_lists(self->head, "accept-encoding", "gzip");
    g_autoptr(SigReply) reply = NULL;
    SigPage page;

    if (!sig_pages_find(connection->listener->pages, segments, gzip, &page)) {
        sig_exchange_fail(connection, SIG_ERROR_NOT_FOUND, "there is nothing at this address");
        return;
    }
    if (strcmp(self->head->verb, "GET") != 0 && !self->head_only) {
        sig_file_free(page.file);
        reply = sig_reply_new_error(SIG_ERROR_INVALID, "pages can only be read");
        reply->status = 405;
        fail_with_header(connection, g_steal_pointer(&reply), "Allow", "GET, HEAD");
        return;
    }
    reply = sig_reply_new(200, page.content_type, NULL);
    sig_reply_add_header(reply, "Cache-Control", page.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    sig_reply_add_header(reply, "Vary", "Accept-Encoding");
    if (page.gzip)
        sig_reply_add_header(reply, "Content-Encoding", "gzip");
    answer_file(connection, reply, page.file);
}

static void
begin_upgrade(SigConnection *connection)
{
    SigExchange *self = connection->exchange;
    const SigHead *head = self->head;
    const char *key = sig_head_get(head, "sec-websocket-key"), *version = sig_head_get(head, "sec-websocket-version");
    SigOrigins origins = { sig_head_get(head, "host"), self->tls,
                           (const char *const *)connection->listener->config.origins };
    g_autofree char *accept = key != NULL ? sig_frame_accept_key(key) : NULL, *answer = NULL;
    SigUpgrade *upgrade;

    if (strcmp(head->verb, "GET") != 0 || self->unread || accept == NULL ||
        !sig_head_lists(head, "upgrade", "websocket") || !sig_head_lists(head, "connection", "upgrade") ||
        g_strcmp0(version, "13") != 0) {
        SigReply *reply = sig_reply_new_error(SIG_ERROR_INVALID, "this address speaks WebSocket, version 13");

        reply->status = accept != NULL && version != NULL && strcmp(version, "13") == 0 ? 400 : 426;
        sig_reply_add_header(reply, "Upgrade", "websocket");
        fail_with_header(connection, reply, "Sec-WebSocket-Version", "13");
        return;
    }
    if (!sig_origin_may_upgrade(&origins, sig_head_get(head, "origin"), sig_head_get(head, "cookie") != NULL)) {
        sig_exchange_fail(connection, SIG_ERROR_FORBIDDEN, "this page may not use the service");
        return;
    }
    upgrade = g_new0(SigUpgrade, 1);
    upgrade->id = connection->id;
    upgrade->address = g_strdup(self->address);
    upgrade->query = sig_pairs_new_from_query(head->query);
    upgrade->cookies = sig_pairs_new_from_cookies(sig_head_get(head, "cookie"));
    answer = g_strdup_printf("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: %s\r\n\r\n",
                             accept);
    sig_connection_push(connection, g_bytes_new(answer, strlen(answer)));
    g_clear_pointer(&connection->exchange, sig_exchange_free);
    sig_socket_open(connection, upgrade);
}

static void
begin(SigConnection *connection, SigHead *head)
{
    SigExchange *self = connection->exchange = exchange_new(connection, head);
    SigListener *listener = connection->listener;
    g_auto(GStrv) segments = sig_path_split(head->path);
    g_autofree char *allow = NULL;

    if (!sig_quota_take_request(listener->quota, self->address, listener->now_us)) {
        sig_exchange_fail(connection, SIG_ERROR_LIMIT, "too many requests; wait a little");
        return;
    }
    if (g_strcmp0(head->path, listener->config.websocket_path) == 0) {
        begin_upgrade(connection);
        return;
    }
    if (segments == NULL) {
        sig_exchange_fail(connection, SIG_ERROR_NOT_FOUND, "there is nothing at this address");
        return;
    }
    self->entry = sig_router_find(listener->router, head->verb, (const char *const *)segments, &self->params, &allow);
    if (self->entry != NULL) {
        begin_route(connection);
    } else if (allow != NULL) {
        SigReply *reply = sig_reply_new_error(SIG_ERROR_INVALID, "this address has other verbs; see Allow");

        reply->status = 405;
        fail_with_header(connection, reply, "Allow", allow);
    } else {
        begin_page(connection, (const char *const *)segments);
    }
}

static bool
advance_head(SigConnection *connection)
{
    g_autoptr(GError) error = NULL;
    SigHead *head;
    size_t used;

    switch (sig_head_parse(connection->input->data, connection->input->len, &head, &used, &error)) {
    case SIG_HEAD_MORE:
        return false;
    case SIG_HEAD_BAD:
        sig_exchange_fail(connection, SIG_ERROR_INVALID, error->message);
        return false;
    case SIG_HEAD_DONE:
        break;
    }
    g_byte_array_remove_range(connection->input, 0, (unsigned)used);
    begin(connection, head);
    return true;
}

bool
sig_exchange_advance(SigConnection *connection)
{
    const uint8_t *bytes = connection->input->data;
    size_t size = connection->input->len;
    SigBodyState state;

    if (connection->state == SIG_CONNECTION_HEAD)
        return advance_head(connection);
    state = sig_body_take(&connection->exchange->body, &bytes, &size);
    g_byte_array_remove_range(connection->input, 0, connection->input->len - (unsigned)size);
    on_body_state(connection, state);
    return state != SIG_BODY_MORE;
}
