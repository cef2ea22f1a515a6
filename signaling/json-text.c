#include "signaling/json.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* What cannot stand in a string as it is. */
static const char special[] = "\"\\\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15"
                              "\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f";

static void write_node(GString *text, JsonNode *node);

static void
write_string(GString *text, const char *value)
{
    g_string_append_c(text, '"');
    for (const char *p = value; *p != '\0';) {
        size_t plain = strcspn(p, special);

        g_string_append_len(text, p, (gssize)plain);
        p += plain;
        if (*p == '"' || *p == '\\')
            g_string_append_printf(text, "\\%c", *p++);
        else if (*p != '\0')
            g_string_append_printf(text, "\\u%04x", (unsigned)*p++);
    }
    g_string_append_c(text, '"');
}

static void
write_double(GString *text, double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isfinite(value)) {
        g_string_append(text, "null");
        return;
    }
    g_ascii_dtostr(buffer, sizeof buffer, value);
    g_string_append(text, buffer);
    /* it stays a number that is not an integer for whoever reads it back */
    if (strpbrk(buffer, ".e") == NULL)
        g_string_append(text, ".0");
}

static void
write_value(GString *text, JsonNode *node)
{
    switch (json_node_get_value_type(node)) {
    case G_TYPE_STRING:
        write_string(text, json_node_get_string(node));
        return;
    case G_TYPE_BOOLEAN:
        g_string_append(text, json_node_get_boolean(node) ? "true" : "false");
        return;
    case G_TYPE_DOUBLE:
        write_double(text, json_node_get_double(node));
        return;
    default:
        g_string_append_printf(text, "%" G_GINT64_FORMAT, json_node_get_int(node));
        return;
    }
}

static void
write_object(GString *text, JsonObject *object)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *node;
    bool first = true;

    g_string_append_c(text, '{');
    json_object_iter_init_ordered(&iter, object);
    while (json_object_iter_next_ordered(&iter, &name, &node)) {
        if (!first)
            g_string_append_c(text, ',');
        first = false;
        write_string(text, name);
        g_string_append_c(text, ':');
        write_node(text, node);
    }
    g_string_append_c(text, '}');
}

static void
write_array(GString *text, JsonArray *array)
{
    g_string_append_c(text, '[');
    for (unsigned i = 0; i < json_array_get_length(array); i++) {
        if (i > 0)
            g_string_append_c(text, ',');
        write_node(text, json_array_get_element(array, i));
    }
    g_string_append_c(text, ']');
}

static void
write_node(GString *text, JsonNode *node)
{
    switch (json_node_get_node_type(node)) {
    case JSON_NODE_OBJECT:
        write_object(text, json_node_get_object(node));
        return;
    case JSON_NODE_ARRAY:
        write_array(text, json_node_get_array(node));
        return;
    case JSON_NODE_VALUE:
        write_value(text, node);
        return;
    case JSON_NODE_NULL:
        g_string_append(text, "null");
        return;
    }
}

char *
sig_json_to_text(JsonNode *node)
{
    GString *text = g_string_new(NULL);

    write_node(text, node);
    return g_string_free(text, FALSE);
}
