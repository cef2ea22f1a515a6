#include "signaling/rpc.h"

#include <stdbool.h>
#include <string.h>

#include "signaling/json.h"

enum { MAX_ID_LENGTH = 128, MAX_METHOD_LENGTH = 128 };

static bool
is_id(JsonNode *node)
{
    if (JSON_NODE_HOLDS_NULL(node))
        return true;
    if (!JSON_NODE_HOLDS_VALUE(node))
        return false;
    if (json_node_get_value_type(node) == G_TYPE_STRING)
        return strlen(json_node_get_string(node)) <= MAX_ID_LENGTH;
    return json_node_get_value_type(node) == G_TYPE_INT64;
}

static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
        return NULL;
    return json_node_get_string(node);
}

static bool
knows_all(JsonObject *object, GError **error)
{
    static const char *const known[] = { "jsonrpc", "id", "method", "params", NULL };
    g_autoptr(GList) names = json_object_get_members(object);

    for (GList *name = names; name != NULL; name = name->next) {
        if (g_strv_contains(known, name->data))
            continue;
        g_set_error(error, SIG_ERROR, SIG_ERROR_INVALID, "a call has no member '%.64s'", (const char *)name->data);
        return false;
    }
    return true;
}

SigCall *
sig_call_new(JsonNode *message, JsonNode **ret_id, GError **error)
{
    g_autoptr(SigCall) self = NULL;
    JsonObject *object;
    JsonNode *id, *params;

    *ret_id = NULL;
    if (!JSON_NODE_HOLDS_OBJECT(message)) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_INVALID, "%s",
                    JSON_NODE_HOLDS_ARRAY(message) ? "batches are not taken: send the calls one by one"
                                                   : "a call is a JSON object");
        return NULL;
    }
    object = json_node_get_object(message);
    id = json_object_get_member(object, "id");
    if (id != NULL && !is_id(id)) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_INVALID, "'id' must be a string (up to %d bytes) or an integer",
                    MAX_ID_LENGTH);
        return NULL;
    }
    self = g_new0(SigCall, 1);
    self->id = id != NULL ? json_node_copy(id) : NULL;
    self->method = g_strdup(get_text(object, "method"));
    if (g_strcmp0(get_text(object, "jsonrpc"), "2.0") != 0 || self->method == NULL ||
        strlen(self->method) > MAX_METHOD_LENGTH) {
        *ret_id = g_steal_pointer(&self->id);
        g_set_error(error, SIG_ERROR, SIG_ERROR_INVALID, "a call needs \"jsonrpc\": \"2.0\" and a 'method'");
        return NULL;
    }
    if (!knows_all(object, error)) {
        *ret_id = g_steal_pointer(&self->id);
        return NULL;
    }
    params = json_object_get_member(object, "params");
    if (params != NULL && !JSON_NODE_HOLDS_OBJECT(params)) {
        *ret_id = g_steal_pointer(&self->id);
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "'params' must be an object: parameters are by name");
        return NULL;
    }
    self->params = params != NULL ? json_object_ref(json_node_get_object(params)) : json_object_new();
    return g_steal_pointer(&self);
}

void
sig_call_free(SigCall *self)
{
    g_clear_pointer(&self->id, json_node_unref);
    g_clear_pointer(&self->params, json_object_unref);
    g_free(self->method);
    g_free(self);
}

static char *
to_text(JsonObject *object)
{
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);

    json_object_unref(object);
    return sig_json_to_text(node);
}

static JsonObject *
answer_new(JsonNode *id)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "jsonrpc", "2.0");
    json_object_set_member(object, "id", id != NULL ? json_node_copy(id) : json_node_init_null(json_node_alloc()));
    return object;
}

JsonNode *
sig_rpc_error_node(SigError code, const char *message)
{
    g_autoptr(JsonObject) error = json_object_new();
    JsonObject *data = json_object_new();
    g_autofree char *valid = g_utf8_make_valid(message, -1);

    json_object_set_string_member(data, "reason", sig_error_get_reason(code));
    json_object_set_int_member(error, "code", sig_error_get_rpc_code(code));
    json_object_set_string_member(error, "message", valid);
    json_object_set_object_member(error, "data", data);
    return json_node_init_object(json_node_alloc(), error);
}

char *
sig_rpc_reply_text(JsonNode *id, JsonNode *result)
{
    JsonObject *answer = answer_new(id);

    json_object_set_member(answer, "result", result);
    return to_text(answer);
}

char *
sig_rpc_error_text(JsonNode *id, SigError code, const char *message)
{
    JsonObject *answer = answer_new(id);

    json_object_set_member(answer, "error", sig_rpc_error_node(code, message));
    return to_text(answer);
}

char *
sig_rpc_event_text(const char *event, JsonObject *params)
{
    JsonObject *message = json_object_new();

    json_object_set_string_member(message, "jsonrpc", "2.0");
    json_object_set_string_member(message, "method", event);
    json_object_set_object_member(message, "params", params != NULL ? params : json_object_new());
    return to_text(message);
}

char *
sig_rpc_error_text_with(JsonNode *id, SigError code, const char *message, JsonObject *data)
{
    g_autoptr(JsonObject) own = data;
    JsonObject *answer = answer_new(id);
    JsonNode *error = sig_rpc_error_node(code, message);
    JsonObject *target = json_object_get_object_member(json_node_get_object(error), "data");
    g_autoptr(GList) names = own != NULL ? json_object_get_members(own) : NULL;

    for (GList *name = names; name != NULL; name = name->next)
        json_object_set_member(target, name->data, json_node_copy(json_object_get_member(own, name->data)));
    json_object_set_member(answer, "error", error);
    return to_text(answer);
}
