#define G_LOG_DOMAIN "gateway.admin"

#include "gateway/admin/admin.h"

#include <errno.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signaling/json.h"
#include "signaling/params.h"
#include "signaling/rpc.h"

typedef struct {
    const GwAdminCommand *row;
    void *user_data;
} Command;

struct GwAdmin {
    char *path;
    GSocketService *service;
    GHashTable *commands; /* name -> Command, owned */
    GHashTable *callers;  /* set of Caller, each with a reference */
};

/* One connection. It asks, waits for the answer, and may ask again. */
typedef struct {
    GwAdmin *admin; /* NULL when it has gone */
    GSocketConnection *connection;
    GDataInputStream *input;
    JsonNode *id; /* of the call that is being answered */
    char *reply;
} Caller;

struct GwAdminRequest {
    Caller *caller;   /* a reference; NULL: from inside */
    GwAdminDone done; /* from inside */
    void *user_data;
};

static void read_next(Caller *caller);

static void
caller_clear(void *data)
{
    Caller *caller = data;

    g_object_unref(caller->input);
    g_object_unref(caller->connection);
    g_clear_pointer(&caller->id, json_node_unref);
    g_free(caller->reply);
}

static void
caller_unref(void *data)
{
    g_rc_box_release_full(data, caller_clear);
}

static void
caller_drop(Caller *caller)
{
    if (caller->admin != NULL)
        g_hash_table_remove(g_steal_pointer(&caller->admin)->callers, caller);
}

static void
on_written(GObject *source, GAsyncResult *result, void *user_data)
{
    Caller *caller = user_data;

    g_clear_pointer(&caller->reply, g_free);
    if (caller->admin != NULL && g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, NULL, NULL))
        read_next(caller);
    else
        caller_drop(caller);
    caller_unref(caller);
}

/* Takes text. */
static void
send_reply(Caller *caller, char *text)
{
    GOutputStream *output = g_io_stream_get_output_stream(G_IO_STREAM(caller->connection));

    g_clear_pointer(&caller->id, json_node_unref);
    caller->reply = g_strconcat(text, "\n", NULL);
    g_free(text);
    g_output_stream_write_all_async(output, caller->reply, strlen(caller->reply), G_PRIORITY_DEFAULT, NULL, on_written,
                                    g_rc_box_acquire(caller));
}

static GwAdminRequest *
request_new(Caller *caller, GwAdminDone done, void *user_data)
{
    GwAdminRequest *request = g_new0(GwAdminRequest, 1);

    request->caller = caller != NULL ? g_rc_box_acquire(caller) : NULL;
    request->done = done;
    request->user_data = user_data;
    return request;
}

static void
request_free(GwAdminRequest *request)
{
    if (request->caller != NULL)
        caller_unref(request->caller);
    g_free(request);
}

static void
finish(GwAdminRequest *request, JsonNode *result, const GError *error)
{
    Caller *caller = request->caller;

    if (caller == NULL)
        request->done(result, error, request->user_data);
    else if (caller->admin != NULL)
        send_reply(caller, error != NULL ? sig_rpc_error_text(caller->id, (SigError)error->code, error->message)
                                         : sig_rpc_reply_text(caller->id, json_node_ref(result)));
    request_free(request);
}

void
gw_admin_reply(GwAdminRequest *request, JsonNode *result)
{
    g_autoptr(JsonNode) owned = result;

    if (owned == NULL) {
        owned = json_node_new(JSON_NODE_OBJECT);
        json_node_take_object(owned, json_object_new());
    }
    finish(request, owned, NULL);
}

void
gw_admin_reply_object(GwAdminRequest *request, JsonObject *result)
{
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);

    json_node_take_object(node, result);
    gw_admin_reply(request, node);
}

void
gw_admin_fail(GwAdminRequest *request, SigError code, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    va_list arguments;

    va_start(arguments, format);
    error = g_error_new_valist(SIG_ERROR, (int)code, format, arguments);
    va_end(arguments);
    finish(request, NULL, error);
}

void
gw_admin_fail_error(GwAdminRequest *request, const GError *error)
{
    if (error->domain == SIG_ERROR) {
        finish(request, NULL, error);
        return;
    }
    /* The owner may read causes; pages may not. */
    g_message("a command failed: %s", error->message);
    gw_admin_fail(request, SIG_ERROR_INTERNAL, "%s", error->message);
}

/* Takes request. */
static void
dispatch(GwAdmin *self, GwAdminRequest *request, const char *name, JsonObject *params)
{
    const Command *command = g_hash_table_lookup(self->commands, name);
    g_autoptr(GError) error = NULL;

    if (command == NULL) {
        gw_admin_fail(request, SIG_ERROR_UNKNOWN_METHOD, "the service knows no command '%.64s'", name);
        return;
    }
    if (!sig_params_check(command->row->params, params, &error)) {
        gw_admin_fail_error(request, error);
        return;
    }
    command->row->handle(request, params, command->user_data);
}

void
gw_admin_call(GwAdmin *self, const char *command, JsonObject *params, GwAdminDone done, void *user_data)
{
    dispatch(self, request_new(NULL, done, user_data), command, params);
}

static void
on_line(Caller *caller, const char *line, size_t length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) message = sig_json_parse(line, length, &error);
    g_autoptr(SigCall) call = message != NULL ? sig_call_new(message, &caller->id, &error) : NULL;

    if (call == NULL) {
        gw_admin_fail_error(request_new(caller, NULL, NULL), error);
        return;
    }
    caller->id = call->id != NULL ? json_node_ref(call->id) : json_node_init_null(json_node_alloc());
    g_info("owner: %s", call->method);
    dispatch(caller->admin, request_new(caller, NULL, NULL), call->method, call->params);
}

static void
on_filled(GObject *source, GAsyncResult *result, void *user_data)
{
    Caller *caller = user_data;
    GBufferedInputStream *input = G_BUFFERED_INPUT_STREAM(source);
    gssize got = g_buffered_input_stream_fill_finish(input, result, NULL);

    if (got <= 0 || caller->admin == NULL)
        caller_drop(caller);
    else
        read_next(caller);
    caller_unref(caller);
}

/* A whole line is taken out of the buffer and run; otherwise more is read, up to the limit. */
static void
read_next(Caller *caller)
{
    GBufferedInputStream *input = G_BUFFERED_INPUT_STREAM(caller->input);
    gsize have = 0;
    const char *bytes = g_buffered_input_stream_peek_buffer(input, &have);
    const char *end = have > 0 ? memchr(bytes, '\n', have) : NULL;

    if (end != NULL) {
        gsize length = (gsize)(end - bytes);
        g_autofree char *line = g_strndup(bytes, length);

        if (g_input_stream_skip(G_INPUT_STREAM(input), length + 1, NULL, NULL) == (gssize)length + 1)
            on_line(caller, line, length);
        return;
    }
    if (have >= GW_ADMIN_MAX_LINE) {
        caller_drop(caller);
        return;
    }
    if (have == g_buffered_input_stream_get_buffer_size(input))
        g_buffered_input_stream_set_buffer_size(input, have * 2);
    g_buffered_input_stream_fill_async(input, -1, G_PRIORITY_DEFAULT, NULL, on_filled, g_rc_box_acquire(caller));
}

/* The file's mode keeps others out; this also holds for a descriptor that was passed on. */
static bool
is_owner(GSocketConnection *connection)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GCredentials) credentials = g_socket_get_credentials(g_socket_connection_get_socket(connection), &error);

    return credentials != NULL && g_credentials_get_unix_user(credentials, NULL) == geteuid();
}

static gboolean
on_incoming(GSocketService *service, GSocketConnection *connection, GObject *source, void *user_data)
{
    GwAdmin *self = user_data;
    (void)service;
    (void)source;

    if (!is_owner(connection) || g_hash_table_size(self->callers) >= GW_ADMIN_MAX_CLIENTS) {
        g_message("a caller of the owner's socket was turned away");
        return TRUE;
    }

    Caller *caller = g_rc_box_new0(Caller);
    caller->admin = self;
    caller->connection = g_object_ref(connection);
    caller->input = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
    g_hash_table_add(self->callers, caller);
    read_next(caller);
    return TRUE;
}

static bool
listen_on(GwAdmin *self, GError **error)
{
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(self->path);
    mode_t before = umask(0177);
    bool fine = g_socket_listener_add_address(G_SOCKET_LISTENER(self->service), address, G_SOCKET_TYPE_STREAM,
                                              G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, error);

    umask(before);
    if (!fine)
        g_prefix_error(error, "%s: ", self->path);
    return fine;
}

GwAdmin *
gw_admin_new(const char *path, GError **error)
{
    g_autoptr(GwAdmin) self = g_new0(GwAdmin, 1);

    self->path = g_strdup(path);
    self->service = g_socket_service_new();
    self->commands = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    self->callers = g_hash_table_new_full(NULL, NULL, caller_unref, NULL);
    g_unlink(path); /* the data directory is locked: whoever made this has gone */
    if (!listen_on(self, error))
        return NULL;
    g_signal_connect(self->service, "incoming", G_CALLBACK(on_incoming), self);
    return g_steal_pointer(&self);
}

void
gw_admin_free(GwAdmin *self)
{
    GHashTableIter iter;
    void *key = NULL;

    if (self == NULL)
        return;
    g_socket_service_stop(self->service);
    g_socket_listener_close(G_SOCKET_LISTENER(self->service));
    g_object_unref(self->service);
    g_unlink(self->path);
    g_hash_table_iter_init(&iter, self->callers);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        ((Caller *)key)->admin = NULL;
    g_hash_table_unref(self->callers);
    g_hash_table_unref(self->commands);
    g_free(self->path);
    g_free(self);
}

void
gw_admin_add_commands(GwAdmin *self, const GwAdminCommand *rows, void *user_data)
{
    for (const GwAdminCommand *row = rows; row->name != NULL; row++) {
        Command *command = g_new0(Command, 1);

        command->row = row;
        command->user_data = user_data;
        g_assert(!g_hash_table_contains(self->commands, row->name));
        g_hash_table_insert(self->commands, (char *)row->name, command);
    }
}
