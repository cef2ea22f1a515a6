#include "signaling/methods.h"

#include <string.h>

#include "signaling/json.h"
#include "signaling/openrpc.h"
#include "signaling/rpc.h"

static void
handle(SigRequest *request G_GNUC_UNUSED, JsonObject *params G_GNUC_UNUSED, void *user_data G_GNUC_UNUSED)
{
}

static const char *const kinds[] = { "meeting", "visit", NULL };
static const SigParam create_params[] = {
    { "kind", SIG_TYPE_STRING, .values = kinds, .summary = "what it is for" },
    { "minutes", SIG_TYPE_INTEGER, .optional = true, .min = 1, .max = 600 },
    { "guests", SIG_TYPE_ARRAY, .optional = true, .max = 20 },
    { NULL },
};
static const SigMethod hello = { "hello", 0, NULL, "Says who you are.", "your name", handle };
static const SigMethod create = { "sessions.create", 4, create_params, "Makes a session.", "its id", handle };
static const SigParam changed_params[] = { { "id", SIG_TYPE_STRING }, { NULL } };
static const SigEvent changed = { "sessions.changed", changed_params, "A session has changed." };

static SigMethods *
methods_new(void)
{
    SigMethods *methods = sig_methods_new();

    sig_methods_add(methods, &hello, NULL);
    sig_methods_add(methods, &create, (void *)7);
    sig_methods_add_event(methods, &changed);
    return methods;
}

typedef struct {
    const char *name;
    uint32_t access;
    const char *params;
    int code; /* -1: fine */
} CheckCase;

static const CheckCase check_cases[] = {
    { "hello", 0, "{}", -1 },
    { "hello", 1, "{}", -1 },
    { "sessions.create", 4, "{\"kind\":\"visit\"}", -1 },
    { "sessions.create", 6, "{\"kind\":\"visit\"}", -1 },
    { "sessions.create", 0, "{\"kind\":\"visit\"}", SIG_ERROR_SIGN_IN },
    { "sessions.create", 2, "{\"kind\":\"visit\"}", SIG_ERROR_FORBIDDEN },
    { "sessions.create", 2, "{}", SIG_ERROR_FORBIDDEN },
    { "sessions.create", 4, "{}", SIG_ERROR_BAD_PARAMS },
    { "Sessions.create", 4, "{}", SIG_ERROR_UNKNOWN_METHOD },
    { "", 4, "{}", SIG_ERROR_UNKNOWN_METHOD },
};

static void
test_check(void)
{
    g_autoptr(SigMethods) methods = methods_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(check_cases); i++) {
        const CheckCase *c = &check_cases[i];
        g_autoptr(JsonNode) params = sig_json_parse(c->params, strlen(c->params), NULL);
        g_autoptr(GError) error = NULL;
        const SigMethodEntry *entry =
            sig_methods_check(methods, c->name, c->access, json_node_get_object(params), &error);

        g_test_message("%s %s", c->name, c->params);
        if (c->code < 0) {
            g_assert_no_error(error);
            g_assert_cmpstr(entry->row->name, ==, c->name);
        } else {
            g_assert_null(entry);
            g_assert_error(error, SIG_ERROR, c->code);
        }
    }
}

typedef struct {
    const char *text;
    int code; /* -1: fine */
    bool has_id;
} CallCase;

static const CallCase call_cases[] = {
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}", -1, true },
    { "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"a\",\"params\":{}}", -1, true },
    { "{\"jsonrpc\":\"2.0\",\"method\":\"a\"}", -1, false },
    { "[]", SIG_ERROR_INVALID, false },
    { "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}]", SIG_ERROR_INVALID, false },
    { "7", SIG_ERROR_INVALID, false },
    { "null", SIG_ERROR_INVALID, false },
    { "{}", SIG_ERROR_INVALID, false },
    { "{\"id\":1,\"method\":\"a\"}", SIG_ERROR_INVALID, true },
    { "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"a\"}", SIG_ERROR_INVALID, true },
    { "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"a\"}", SIG_ERROR_INVALID, true },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", SIG_ERROR_INVALID, true },
    { "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"a\"}", SIG_ERROR_INVALID, false },
    { "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"a\"}", SIG_ERROR_INVALID, false },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":[1]}", SIG_ERROR_BAD_PARAMS, true },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":null}", SIG_ERROR_BAD_PARAMS, true },
};

static void
test_calls(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(call_cases); i++) {
        const CallCase *c = &call_cases[i];
        g_autoptr(JsonNode) node = sig_json_parse(c->text, strlen(c->text), NULL), id = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(SigCall) call = sig_call_new(node, &id, &error);

        g_test_message("%s", c->text);
        if (c->code < 0) {
            g_assert_no_error(error);
            g_assert_cmpstr(call->method, ==, "a");
            g_assert_nonnull(call->params);
            g_assert_cmpint(call->id != NULL, ==, c->has_id);
        } else {
            g_assert_error(error, SIG_ERROR, c->code);
            g_assert_cmpint(id != NULL, ==, c->has_id);
        }
    }
}

static void
test_error_text(void)
{
    g_autofree char *text = sig_rpc_error_text(NULL, SIG_ERROR_NOT_FOUND, "there is no such visit");

    g_assert_cmpstr(text, ==,
                    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32003,\"message\":\"there is no such "
                    "visit\",\"data\":{\"reason\":\"not-found\"}}}");
}

static JsonObject *
get_row(JsonObject *document, const char *list, unsigned index)
{
    return json_array_get_object_element(json_object_get_array_member(document, list), index);
}

static void
test_openrpc(void)
{
    g_autoptr(SigMethods) methods = methods_new();
    g_autoptr(JsonNode) node = sig_openrpc_new(methods, "Test", "1");
    JsonObject *document = json_node_get_object(node), *method = get_row(document, "methods", 1), *kind, *minutes;

    g_assert_true(g_str_has_prefix(json_object_get_string_member(document, "openrpc"), "1."));
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(document, "methods")), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(method, "name"), ==, "sessions.create");
    g_assert_cmpint(json_object_get_int_member(method, "x-access"), ==, 4);
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(method, "params")), ==, 3);
    kind = get_row(method, "params", 0);
    g_assert_true(json_object_get_boolean_member(kind, "required"));
    kind = json_object_get_object_member(kind, "schema");
    g_assert_cmpstr(json_object_get_string_member(kind, "type"), ==, "string");
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(kind, "enum")), ==, 2);
    minutes = json_object_get_object_member(get_row(method, "params", 1), "schema");
    g_assert_cmpint(json_object_get_int_member(minutes, "maximum"), ==, 600);
    g_assert_cmpstr(json_object_get_string_member(get_row(document, "x-events", 0), "name"), ==, "sessions.changed");
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(document, "x-errors")), ==, SIG_N_ERRORS);
}

static void
answer_nothing(SigHttp *http, void *user_data)
{
    (void)user_data;
    sig_http_reply(http, 204, NULL, NULL);
}

static void
test_openrpc_routes(void)
{
    static const SigRoute rows[] = { { "PUT", "/things/{id}", 8, 100, "Puts a thing.", answer_nothing }, { NULL } };
    g_autoptr(SigMethods) methods = methods_new();
    g_autoptr(SigRouter) router = sig_router_new();
    g_autoptr(JsonNode) node = sig_openrpc_new(methods, "Test", "1");

    sig_router_add(router, rows, NULL);
    sig_openrpc_add_routes(node, router);
    JsonObject *route = get_row(json_node_get_object(node), "x-routes", 0);
    g_assert_cmpstr(json_object_get_string_member(route, "verb"), ==, "PUT");
    g_assert_cmpstr(json_object_get_string_member(route, "pattern"), ==, "/things/{id}");
    g_assert_cmpint(json_object_get_int_member(route, "x-access"), ==, 8);
    g_assert_cmpint(json_object_get_int_member(route, "max-body"), ==, 100);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signaling/methods/rights-come-before-parameters", test_check);
    g_test_add_func("/signaling/methods/calls", test_calls);
    g_test_add_func("/signaling/methods/an-error-has-code-message-and-reason", test_error_text);
    g_test_add_func("/signaling/methods/openrpc-is-complete", test_openrpc);
    g_test_add_func("/signaling/methods/openrpc-lists-http-routes", test_openrpc_routes);
    return g_test_run();
}
