#include "signaling/connection.h"

#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>

#include "signaling/exchange.h"
#include "signaling/socket.h"

#define SECONDS INT64_C(1000000)

enum {
    /* of one request that waits behind another; more is not read from the socket */
    MAX_PIPELINED = 2 * SIG_LISTENER_CHUNK,
};

/* How long each state may last; a state that makes progress is extended by whoever sees it. */
static const int64_t patience_us[] = {
    [SIG_CONNECTION_HEAD] = 60 * SECONDS,     [SIG_CONNECTION_BODY] = 30 * SECONDS,
    [SIG_CONNECTION_WAITING] = 120 * SECONDS, [SIG_CONNECTION_REPLYING] = 30 * SECONDS,
    [SIG_CONNECTION_WEBSOCKET] = 0,           [SIG_CONNECTION_CLOSING] = 5 * SECONDS,
};
static const int64_t first_head_us = 10 * SECONDS, head_us = 10 * SECONDS, linger_us = 2 * SECONDS;

SigConnection *
sig_connection_new(SigListener *listener, uint64_t id, const char *peer)
{
    SigConnection *self = g_new0(SigConnection, 1);

    self->listener = listener;
    self->id = id;
    self->peer = g_strdup(peer);
    self->input = g_byte_array_new();
    g_queue_init(&self->output.chunks);
    self->deadline_us = listener->now_us + first_head_us;
    return self;
}

static void
clear_output(SigOutput *output)
{
    g_queue_clear_full(&output->chunks, (GDestroyNotify)g_bytes_unref);
    g_clear_pointer(&output->file, sig_file_free);
    output->n_bytes = output->offset = 0;
    output->file_left = 0;
}

void
sig_connection_free(SigConnection *self)
{
    if (self->socket != NULL)
        sig_socket_free(self);
    g_clear_pointer(&self->exchange, sig_exchange_free);
    clear_output(&self->output);
    g_byte_array_unref(self->input);
    g_free(self->peer);
    g_free(self);
}

/* While a request is answered nothing is read; nor while libwebsockets holds the rest of a write, because it would ask
 * again and again for bytes that it then leaves. */
static void
update_pause(SigConnection *self)
{
    bool paused = self->state == SIG_CONNECTION_WAITING || self->state == SIG_CONNECTION_REPLYING ||
                  lws_partial_buffered(self->wsi) != 0;

    if (paused == self->paused)
        return;
    self->paused = paused;
    lws_rx_flow_control(self->wsi, !paused);
}

void
sig_connection_set_state(SigConnection *self, SigConnectionState state)
{
    self->state = state;
    self->deadline_us = patience_us[state] > 0 ? self->listener->now_us + patience_us[state] : 0;
    update_pause(self);
}

void
sig_connection_kill(SigConnection *self)
{
    clear_output(&self->output);
    self->state = SIG_CONNECTION_CLOSING;
    lws_set_timeout(self->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    /* outside its callbacks libwebsockets notices a new timeout only when something else wakes it */
    lws_cancel_service(self->listener->context);
}

void
sig_connection_finish(SigConnection *self)
{
    sig_connection_set_state(self, SIG_CONNECTION_CLOSING);
    lws_callback_on_writable(self->wsi);
}

void
sig_connection_push(SigConnection *self, GBytes *bytes)
{
    size_t size = g_bytes_get_size(bytes);

    if (size == 0) {
        g_bytes_unref(bytes);
        return;
    }
    self->output.n_bytes += size;
    g_queue_push_tail(&self->output.chunks, bytes);
    lws_callback_on_writable(self->wsi);
}

void
sig_connection_push_file(SigConnection *self, SigFile *file, uint64_t first, uint64_t length)
{
    g_assert(self->output.file == NULL);
    self->output.file = file;
    self->output.file_at = first;
    self->output.file_left = length;
    lws_callback_on_writable(self->wsi);
}

static size_t
take_chunks(SigOutput *output, uint8_t *buffer, size_t max)
{
    size_t taken = 0;
    GBytes *first;

    while (taken < max && (first = g_queue_peek_head(&output->chunks)) != NULL) {
        size_t size, n;
        const uint8_t *bytes = g_bytes_get_data(first, &size);

        n = MIN(size - output->offset, max - taken);
        memcpy(buffer + taken, bytes + output->offset, n);
        taken += n;
        output->offset += n;
        output->n_bytes -= n;
        if (output->offset < size)
            break;
        g_bytes_unref(g_queue_pop_head(&output->chunks));
        output->offset = 0;
    }
    return taken;
}

/* False: the file has become shorter than what was promised. */
static bool
take_file(SigOutput *output, uint8_t *buffer, size_t max, size_t *taken)
{
    size_t wanted = (size_t)MIN(output->file_left, max - *taken);
    ssize_t n = wanted > 0 ? sig_file_read(output->file, output->file_at, buffer + *taken, wanted) : 0;

    if (n < 0 || (n == 0 && wanted > 0))
        return false;
    output->file_at += (uint64_t)n;
    output->file_left -= (uint64_t)n;
    *taken += (size_t)n;
    if (output->file_left == 0)
        g_clear_pointer(&output->file, sig_file_free);
    return true;
}

static bool
has_output(const SigConnection *self)
{
    return self->output.n_bytes > 0 || self->output.file != NULL;
}

static bool
write_some(SigConnection *self)
{
    uint8_t *buffer = self->listener->write_buffer + LWS_PRE;
    size_t n = take_chunks(&self->output, buffer, SIG_LISTENER_CHUNK);

    if (self->output.n_bytes == 0 && self->output.file != NULL &&
        !take_file(&self->output, buffer, SIG_LISTENER_CHUNK, &n))
        return false;
    if (n > 0 && lws_write(self->wsi, buffer, n, LWS_WRITE_RAW) < 0)
        return false;
    if (self->state == SIG_CONNECTION_REPLYING)
        self->deadline_us = self->listener->now_us + patience_us[SIG_CONNECTION_REPLYING];
    update_pause(self);
    lws_callback_on_writable(self->wsi);
    return true;
}

void
sig_connection_flush(SigConnection *self)
{
    while (has_output(self) && !lws_partial_buffered(self->wsi) && !lws_send_pipe_choked(self->wsi)) {
        if (!write_some(self)) {
            sig_connection_kill(self);
            return;
        }
    }
}

static void
advance(SigConnection *self)
{
    while ((self->state == SIG_CONNECTION_HEAD || self->state == SIG_CONNECTION_BODY) && self->input->len > 0 &&
           sig_exchange_advance(self))
        continue;
    if (self->state == SIG_CONNECTION_HEAD && self->input->len > 0)
        self->deadline_us = MIN(self->deadline_us, self->listener->now_us + head_us);
    if (self->state == SIG_CONNECTION_WEBSOCKET && self->input->len > 0) {
        g_autoptr(GByteArray) early = g_steal_pointer(&self->input);

        self->input = g_byte_array_new();
        sig_socket_on_bytes(self, early->data, early->len);
    }
}

bool
sig_connection_on_bytes(SigConnection *self, const uint8_t *bytes, size_t size)
{
    if (self->state == SIG_CONNECTION_CLOSING)
        return true;
    if (self->state == SIG_CONNECTION_WEBSOCKET) {
        sig_socket_on_bytes(self, bytes, size);
        return true;
    }
    if (self->input->len + size > MAX_PIPELINED)
        return false;
    g_byte_array_append(self->input, bytes, (unsigned)size);
    advance(self);
    return true;
}

static void
end_our_half(SigConnection *self)
{
    SSL *ssl = lws_get_ssl(self->wsi);

    self->shut = true;
    self->deadline_us = self->listener->now_us + linger_us;
    if (ssl != NULL)
        SSL_shutdown(ssl);
    shutdown(lws_get_socket_fd(self->wsi), SHUT_WR);
}

bool
sig_connection_on_writable(SigConnection *self)
{
    update_pause(self);
    if (has_output(self))
        return write_some(self);
    if (self->state == SIG_CONNECTION_REPLYING) {
        sig_exchange_end(self);
        advance(self);
    } else if (self->state == SIG_CONNECTION_CLOSING && !self->shut) {
        end_our_half(self);
    }
    return true;
}

void
sig_connection_on_tick(SigConnection *self)
{
    if (self->wsi == NULL)
        return;
    if (self->state == SIG_CONNECTION_WEBSOCKET)
        sig_socket_on_tick(self);
    if (self->deadline_us == 0 || self->listener->now_us < self->deadline_us)
        return;
    if (self->state == SIG_CONNECTION_WAITING) {
        sig_exchange_fail(self, SIG_ERROR_UNAVAILABLE, "this took too long; try again");
        return;
    }
    sig_connection_kill(self);
}
