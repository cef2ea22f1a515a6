#include "gateway/people/answer.h"

#include "signaling/json.h"
#include "signaling/params.h"
#include "signaling/rpc.h"

/* A page of another site can send text/plain without asking (CORS), not this. */
static bool
is_json(const char *content_type)
{
    static const char wanted[] = "application/json";
    size_t length = sizeof(wanted) - 1;

    return content_type != NULL && g_ascii_strncasecmp(content_type, wanted, length) == 0 &&
           (content_type[length] == '\0' || content_type[length] == ';' || content_type[length] == ' ');
}

JsonObject *
gw_body_read(SigHttp *http, const SigParam *rows)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = NULL;
    size_t size = 0;
    GBytes *body = sig_http_get_body(http);
    const char *bytes = body != NULL ? g_bytes_get_data(body, &size) : NULL;

    if (!is_json(sig_http_get_header(http, "content-type"))) {
        sig_http_fail(http, SIG_ERROR_INVALID, "the content type must be application/json");
        return NULL;
    }
    node = sig_json_parse(bytes != NULL ? bytes : "", size, &error);
    if (node == NULL) {
        sig_http_fail_error(http, error);
        return NULL;
    }
    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        sig_http_fail(http, SIG_ERROR_INVALID, "the body must be a JSON object");
        return NULL;
    }
    if (!sig_params_check(rows, json_node_get_object(node), &error)) {
        sig_http_fail_error(http, error);
        return NULL;
    }
    return json_node_dup_object(node);
}

void
gw_answer(SigHttp *http, JsonObject *answer)
{
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), answer);
    g_autofree char *text = json_to_string(node, FALSE);

    json_object_unref(answer);
    sig_http_reply_text(http, 200, "application/json", text);
}

void
gw_refuse(SigHttp *http, SigError code, const char *reason, const char *message, int64_t retry_after_s)
{
    g_autoptr(JsonNode) error = sig_rpc_error_node(code, message);
    JsonObject *data = json_object_get_object_member(json_node_get_object(error), "data");
    g_autoptr(JsonObject) answer = json_object_new();
    g_autoptr(JsonNode) node = NULL;
    g_autofree char *text = NULL;

    json_object_set_string_member(data, "reason", reason);
    if (retry_after_s > 0) {
        g_autofree char *seconds = g_strdup_printf("%" G_GINT64_FORMAT, retry_after_s);
        json_object_set_int_member(data, "retry_after_s", retry_after_s);
        sig_http_add_header(http, "Retry-After", seconds);
    }
    json_object_set_member(answer, "error", g_steal_pointer(&error));
    node = json_node_init_object(json_node_alloc(), answer);
    text = json_to_string(node, FALSE);
    sig_http_reply_text(http, sig_error_get_http_status(code), "application/json", text);
}
