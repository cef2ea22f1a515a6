#include "gateway/admin/caller.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "signaling/error.h"

enum { ANSWER_S = 600 };

char *
gw_admin_get_path(const char *data_dir)
{
    return g_build_filename(data_dir, "admin.sock", NULL);
}

/* Root reaches every socket, and would be turned away without a word. */
static bool
is_ours(GSocketConnection *connection)
{
    g_autoptr(GCredentials) service = g_socket_get_credentials(g_socket_connection_get_socket(connection), NULL);

    return service == NULL || g_credentials_get_unix_user(service, NULL) == geteuid();
}

static GSocketConnection *
dial(const char *data_dir, GError **error)
{
    g_autofree char *path = gw_admin_get_path(data_dir);
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GError) cause = NULL;

    g_socket_client_set_timeout(client, ANSWER_S);
    g_autoptr(GSocketConnection) connection =
        g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, &cause);
    if (connection != NULL && is_ours(connection))
        return g_steal_pointer(&connection);
    if (connection != NULL || g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                    "%s belongs to another user; run this as the user who runs the service", data_dir);
    else
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    "no service is running on %s; start it with: yuanjian serve --data %s", data_dir, data_dir);
    return NULL;
}

/* Takes params' reference only for the text. */
static char *
make_call(const char *command, JsonObject *params)
{
    g_autoptr(JsonNode) node = json_node_alloc();
    JsonObject *call = json_object_new();

    json_object_set_string_member(call, "jsonrpc", "2.0");
    json_object_set_int_member(call, "id", 1);
    json_object_set_string_member(call, "method", command);
    json_object_set_object_member(call, "params", json_object_ref(params));
    json_node_take_object(node, call);
    g_autofree char *text = json_to_string(node, FALSE);
    return g_strconcat(text, "\n", NULL);
}

static SigError
code_of(JsonObject *failure)
{
    gint64 number = json_object_get_int_member_with_default(failure, "code", 0);

    for (SigError code = 0; code < SIG_N_ERRORS; code++) {
        if (sig_error_get_rpc_code(code) == number)
            return code;
    }
    return SIG_ERROR_INTERNAL;
}

static JsonNode *
read_answer(const char *line, GError **error)
{
    g_autoptr(JsonNode) node = line != NULL ? json_from_string(line, NULL) : NULL;
    JsonObject *answer = node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;

    if (answer == NULL) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the service went away before it answered");
        return NULL;
    }
    if (json_object_has_member(answer, "error")) {
        JsonObject *failure = json_object_get_object_member(answer, "error");
        g_set_error_literal(error, SIG_ERROR, (int)code_of(failure),
                            json_object_get_string_member_with_default(failure, "message", "it failed"));
        return NULL;
    }
    return json_object_dup_member(answer, "result");
}

JsonNode *
gw_admin_ask(const char *data_dir, const char *command, JsonObject *params, GError **error)
{
    g_autoptr(GSocketConnection) connection = dial(data_dir, error);
    g_autofree char *call = make_call(command, params);

    if (connection == NULL)
        return NULL;
    if (!g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)), call, strlen(call), NULL,
                                   NULL, error))
        return NULL;

    g_autoptr(GDataInputStream) input = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
    g_autoptr(GError) cause = NULL;
    g_autofree char *line = g_data_input_stream_read_line(input, NULL, NULL, &cause);
    if (cause != NULL) {
        g_propagate_prefixed_error(error, g_steal_pointer(&cause), "the service did not answer: ");
        return NULL;
    }
    return read_answer(line, error);
}
