#define G_LOG_DOMAIN "signaling.request"

#include "signaling/method.h"

#include "signaling/server-private.h"

/* Calls of one client that are not answered yet. */
enum { MAX_PENDING = 256 };

struct SigRequest {
    SigServer *server; /* a reference */
    uint64_t client_id;
    SigCall *call;
};

SigClient *
sig_request_get_client(SigRequest *request)
{
    return g_hash_table_lookup(request->server->clients, &request->client_id);
}

static void
request_free(SigRequest *self)
{
    SigClient *client = sig_request_get_client(self);

    if (client != NULL)
        client->n_pending--;
    sig_call_free(self->call);
    sig_server_unref(self->server);
    g_free(self);
}

/* Takes text. */
static void
answer(SigRequest *self, char *text)
{
    SigClient *client = sig_request_get_client(self);

    if (client != NULL && !client->closing && self->server->listener != NULL && self->call->id != NULL)
        sig_listener_send(self->server->listener, self->client_id, text);
    else
        g_free(text);
    request_free(self);
}

void
sig_request_reply(SigRequest *request, JsonNode *result)
{
    if (result == NULL) {
        sig_request_reply_object(request, json_object_new());
        return;
    }
    answer(request, sig_rpc_reply_text(request->call->id, result));
}

void
sig_request_reply_object(SigRequest *request, JsonObject *result)
{
    JsonNode *node = json_node_init_object(json_node_alloc(), result);

    json_object_unref(result);
    sig_request_reply(request, node);
}

void
sig_request_fail(SigRequest *request, SigError code, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    answer(request, sig_rpc_error_text(request->call->id, code, message));
}

void
sig_request_fail_error(SigRequest *request, const GError *error)
{
    if (error->domain == SIG_ERROR) {
        sig_request_fail(request, (SigError)error->code, "%s", error->message);
        return;
    }
    g_info("'%s' failed: %s", request->call->method, error->message);
    sig_request_fail(request, SIG_ERROR_INTERNAL, "something went wrong here; try again");
}

void
sig_request_fail_data(SigRequest *request, const GError *error, JsonObject *data)
{
    if (error->domain != SIG_ERROR) {
        g_clear_pointer(&data, json_object_unref);
        sig_request_fail_error(request, error);
        return;
    }
    answer(request, sig_rpc_error_text_with(request->call->id, (SigError)error->code, error->message, data));
}

void
sig_request_begin(SigServer *server, SigClient *client, SigCall *call)
{
    SigRequest *self = g_new0(SigRequest, 1);
    g_autoptr(GError) error = NULL;
    const SigMethodEntry *entry;

    self->server = sig_server_ref(server);
    self->client_id = client->upgrade->id;
    self->call = call;
    server->n_requests++;
    if (++client->n_pending > MAX_PENDING) {
        sig_request_fail(self, SIG_ERROR_LIMIT, "too many calls wait for an answer");
        return;
    }
    entry = sig_methods_check(server->methods, call->method, client->access, call->params, &error);
    if (entry == NULL) {
        sig_request_fail_error(self, error);
        return;
    }
    entry->row->handle(self, call->params, entry->user_data);
}
