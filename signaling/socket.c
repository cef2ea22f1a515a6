#include "signaling/socket.h"

#include <string.h>

#include "signaling/bucket.h"
#include "signaling/frame.h"
#include "signaling/json.h"

#define SECONDS INT64_C(1000000)

enum {
    CLOSE_GOING_AWAY = 1001,
    CLOSE_POLICY = 1008,
    /* messages over the rate before the connection ends */
    MAX_OVER_RATE = 200,
};

static const SigRate message_rate = { SIG_SOCKET_RATE, SIG_SOCKET_BURST };
static const int64_t ping_us = 20 * SECONDS, dead_us = 45 * SECONDS, max_message_us = 30 * SECONDS;

struct SigSocket {
    SigFrames frames;
    SigBucket bucket;
    unsigned n_over_rate;
    int64_t heard_us, pinged_us;
    int64_t message_us; /* when the message that is coming in began; 0: none */
};

void
sig_socket_open(SigConnection *connection, SigUpgrade *upgrade)
{
    SigSocket *self = g_new0(SigSocket, 1);

    self->heard_us = self->pinged_us = connection->listener->now_us;
    connection->socket = self;
    sig_connection_set_state(connection, SIG_CONNECTION_WEBSOCKET);
    sig_listener_post_upgrade(connection->listener, upgrade);
}

void
sig_socket_free(SigConnection *connection)
{
    SigSocket *self = g_steal_pointer(&connection->socket);

    sig_listener_post_closed(connection->listener, connection->id);
    sig_frames_clear(&self->frames);
    g_free(self);
}

void
sig_socket_close(SigConnection *connection, uint16_t code, const char *reason)
{
    sig_connection_push(connection, sig_frame_new_close(code, reason));
    sig_socket_free(connection);
    sig_connection_finish(connection);
}

/* What does not fit is first offered to the socket: a client that reads is not slow because much was said at once. */
static bool
has_room(SigConnection *connection, size_t size)
{
    const SigOutput *output = &connection->output;

    for (unsigned i = 0; i < 2; i++) {
        if (output->n_bytes == 0 || (output->n_bytes + size <= SIG_SOCKET_MAX_QUEUED_BYTES &&
                                     output->chunks.length < SIG_SOCKET_MAX_QUEUED_MESSAGES))
            return true;
        if (i == 0)
            sig_connection_flush(connection);
    }
    return false;
}

static void
drop_slow(SigConnection *connection)
{
    SigOutput *output = &connection->output;
    GBytes *first = output->offset > 0 ? g_queue_pop_head(&output->chunks) : NULL;

    connection->listener->counts.dropped_slow++;
    g_queue_clear_full(&output->chunks, (GDestroyNotify)g_bytes_unref);
    output->n_bytes = 0;
    /* a frame that has begun must end before the close frame */
    if (first != NULL) {
        output->n_bytes = g_bytes_get_size(first) - output->offset;
        g_queue_push_tail(&output->chunks, first);
    }
    sig_socket_close(connection, SIG_CLOSE_SLOW, "too slow: messages were not read");
}

static void
push_frame(SigConnection *connection, SigFrameOpcode opcode, const void *payload, size_t size)
{
    if (!has_room(connection, size)) {
        if (connection->socket != NULL)
            drop_slow(connection);
        return;
    }
    if (connection->socket != NULL)
        sig_connection_push(connection, sig_frame_new(opcode, payload, size));
}

void
sig_socket_send(SigConnection *connection, const char *text)
{
    if (connection->socket != NULL)
        push_frame(connection, SIG_FRAME_TEXT, text, strlen(text));
}

static void
send_error(SigConnection *connection, JsonNode *id, SigError code, const char *message)
{
    g_autofree char *text = sig_rpc_error_text(id, code, message);

    sig_socket_send(connection, text);
}

static bool
is_over_rate(SigConnection *connection)
{
    SigSocket *self = connection->socket;

    if (sig_bucket_take(&self->bucket, &message_rate, connection->listener->now_us)) {
        self->n_over_rate = 0;
        return false;
    }
    connection->listener->counts.refused++;
    if (++self->n_over_rate > MAX_OVER_RATE)
        sig_socket_close(connection, CLOSE_POLICY, "too many messages");
    return true;
}

static void
on_message(SigConnection *connection, const GByteArray *message)
{
    bool over_rate = is_over_rate(connection);
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = NULL, id = NULL;
    SigCall *call = NULL;

    if (connection->socket == NULL)
        return;
    node = sig_json_parse((const char *)message->data, message->len, &error);
    if (node != NULL)
        call = sig_call_new(node, &id, &error);
    if (call == NULL) {
        send_error(connection, id, (SigError)error->code, error->message);
        return;
    }
    /* main gets the call alone: json-glib's objects are not to be shared between threads, not even to be freed */
    g_clear_pointer(&node, json_node_unref);
    if (!over_rate) {
        sig_listener_post_call(connection->listener, connection->id, call);
        return;
    }
    if (call->id != NULL)
        send_error(connection, call->id, SIG_ERROR_LIMIT, "too many calls; wait a little");
    sig_call_free(call);
}

static void
on_ping(SigConnection *connection)
{
    const SigFrames *frames = &connection->socket->frames;

    if (!is_over_rate(connection))
        push_frame(connection, SIG_FRAME_PONG, frames->control, frames->n_control);
}

static void
on_event(SigConnection *connection, SigFramesEvent event)
{
    SigFrames *frames = &connection->socket->frames;

    switch (event) {
    case SIG_FRAMES_MESSAGE:
        on_message(connection, frames->message);
        return;
    case SIG_FRAMES_PING:
        on_ping(connection);
        return;
    case SIG_FRAMES_CLOSE:
        sig_socket_close(connection, frames->code, NULL);
        return;
    case SIG_FRAMES_BAD:
        sig_socket_close(connection, frames->code, "that is not how WebSocket is spoken here");
        return;
    case SIG_FRAMES_PONG:
        is_over_rate(connection);
        return;
    case SIG_FRAMES_MORE:
        return;
    }
}

void
sig_socket_on_bytes(SigConnection *connection, const uint8_t *bytes, size_t size)
{
    int64_t now_us = connection->listener->now_us;

    connection->socket->heard_us = now_us;
    for (;;) {
        SigFramesEvent event = sig_frames_next(&connection->socket->frames, &bytes, &size);

        if (event == SIG_FRAMES_MORE)
            break;
        on_event(connection, event);
        if (connection->socket == NULL)
            return;
    }
    if (!connection->socket->frames.in_message)
        connection->socket->message_us = 0;
    else if (connection->socket->message_us == 0)
        connection->socket->message_us = now_us;
}

void
sig_socket_on_tick(SigConnection *connection)
{
    SigSocket *self = connection->socket;
    int64_t now_us = connection->listener->now_us;

    if (connection->listener->stopping) {
        sig_socket_close(connection, CLOSE_GOING_AWAY, "the service is stopping");
        return;
    }
    if (now_us - self->heard_us > dead_us) {
        sig_connection_kill(connection);
        sig_socket_free(connection);
        return;
    }
    if (self->message_us != 0 && now_us - self->message_us > max_message_us) {
        sig_socket_close(connection, CLOSE_POLICY, "the message does not end");
        return;
    }
    if (now_us - self->pinged_us < ping_us)
        return;
    self->pinged_us = now_us;
    push_frame(connection, SIG_FRAME_PING, NULL, 0);
}
