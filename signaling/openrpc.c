#include "signaling/openrpc.h"

#include "signaling/params.h"

static void
add_string_limits(JsonObject *schema, const SigParam *row)
{
    if (row->values != NULL) {
        JsonArray *values = json_array_new();

        for (unsigned i = 0; row->values[i] != NULL; i++)
            json_array_add_string_element(values, row->values[i]);
        json_object_set_array_member(schema, "enum", values);
        return;
    }
    /* ours count bytes, JSON Schema characters: never fewer bytes than characters, so this is the looser bound */
    json_object_set_int_member(schema, "maxLength", sig_param_get_max_length(row));
    if (row->min > 0)
        json_object_set_int_member(schema, "minLength", 1);
}

static JsonObject *
schema_new(const SigParam *row)
{
    JsonObject *schema = json_object_new();

    json_object_set_string_member(schema, "type", sig_type_to_string(row->type));
    if (row->type == SIG_TYPE_STRING)
        add_string_limits(schema, row);
    if (row->type == SIG_TYPE_INTEGER && row->min < row->max) {
        json_object_set_int_member(schema, "minimum", row->min);
        json_object_set_int_member(schema, "maximum", row->max);
    }
    if (row->type == SIG_TYPE_ARRAY) {
        json_object_set_int_member(schema, "minItems", row->min);
        json_object_set_int_member(schema, "maxItems", row->max > 0 ? row->max : SIG_PARAMS_DEFAULT_ITEMS);
    }
    return schema;
}

static JsonArray *
params_new(const SigParam *rows)
{
    JsonArray *params = json_array_new();

    for (const SigParam *row = rows; row != NULL && row->name != NULL; row++) {
        JsonObject *param = json_object_new();

        json_object_set_string_member(param, "name", row->name);
        if (row->summary != NULL)
            json_object_set_string_member(param, "summary", row->summary);
        json_object_set_boolean_member(param, "required", !row->optional);
        json_object_set_object_member(param, "schema", schema_new(row));
        json_array_add_object_element(params, param);
    }
    return params;
}

static JsonObject *
method_new(const SigMethod *row)
{
    JsonObject *method = json_object_new(), *result = json_object_new(), *schema = json_object_new();

    json_object_set_string_member(schema, "type", "object");
    json_object_set_string_member(result, "name", "result");
    if (row->result != NULL)
        json_object_set_string_member(result, "summary", row->result);
    json_object_set_object_member(result, "schema", schema);

    json_object_set_string_member(method, "name", row->name);
    if (row->summary != NULL)
        json_object_set_string_member(method, "summary", row->summary);
    json_object_set_string_member(method, "paramStructure", "by-name");
    json_object_set_array_member(method, "params", params_new(row->params));
    json_object_set_object_member(method, "result", result);
    json_object_set_int_member(method, "x-access", row->access);
    return method;
}

static JsonObject *
event_new(const SigEvent *row)
{
    JsonObject *event = json_object_new();

    json_object_set_string_member(event, "name", row->name);
    if (row->summary != NULL)
        json_object_set_string_member(event, "summary", row->summary);
    json_object_set_array_member(event, "params", params_new(row->params));
    return event;
}

static JsonArray *
errors_new(void)
{
    JsonArray *errors = json_array_new();

    for (SigError error = 0; error < SIG_N_ERRORS; error++) {
        JsonObject *row = json_object_new();

        json_object_set_int_member(row, "code", sig_error_get_rpc_code(error));
        json_object_set_string_member(row, "reason", sig_error_get_reason(error));
        json_array_add_object_element(errors, row);
    }
    return errors;
}

JsonNode *
sig_openrpc_new(const SigMethods *methods, const char *title, const char *version)
{
    g_autoptr(JsonObject) document = json_object_new();
    JsonObject *info = json_object_new();
    JsonArray *rows = json_array_new(), *events = json_array_new();

    json_object_set_string_member(info, "title", title);
    json_object_set_string_member(info, "version", version);
    for (unsigned i = 0; i < sig_methods_get_length(methods); i++)
        json_array_add_object_element(rows, method_new(sig_methods_get(methods, i)));
    for (unsigned i = 0; i < sig_methods_get_n_events(methods); i++)
        json_array_add_object_element(events, event_new(sig_methods_get_event(methods, i)));

    json_object_set_string_member(document, "openrpc", "1.2.6");
    json_object_set_object_member(document, "info", info);
    json_object_set_array_member(document, "methods", rows);
    json_object_set_array_member(document, "x-events", events);
    json_object_set_array_member(document, "x-errors", errors_new());
    return json_node_init_object(json_node_alloc(), document);
}

static JsonObject *
route_new(const SigRoute *row)
{
    JsonObject *route = json_object_new();

    json_object_set_string_member(route, "verb", row->verb);
    json_object_set_string_member(route, "pattern", row->pattern);
    if (row->summary != NULL)
        json_object_set_string_member(route, "summary", row->summary);
    json_object_set_int_member(route, "max-body", (int64_t)row->max_body);
    json_object_set_int_member(route, "x-access", row->access);
    return route;
}

void
sig_openrpc_add_routes(JsonNode *document, const SigRouter *router)
{
    JsonArray *routes = json_array_new();

    for (unsigned i = 0; i < sig_router_get_length(router); i++)
        json_array_add_object_element(routes, route_new(sig_router_get(router, i)->row));
    json_object_set_array_member(json_node_get_object(document), "x-routes", routes);
}
