#include "signaling/params.h"

#include <string.h>

static const char *const type_names[] = {
    [SIG_TYPE_STRING] = "string",   [SIG_TYPE_INTEGER] = "integer", [SIG_TYPE_NUMBER] = "number",
    [SIG_TYPE_BOOLEAN] = "boolean", [SIG_TYPE_OBJECT] = "object",   [SIG_TYPE_ARRAY] = "array",
};

const char *
sig_type_to_string(SigType type)
{
    return type_names[type];
}

int64_t
sig_param_get_max_length(const SigParam *row)
{
    return row->max > 0 ? row->max : SIG_PARAMS_LINE;
}

static bool refuse(GError **error, const SigParam *row, const char *format, ...) G_GNUC_PRINTF(3, 4);

static bool
refuse(GError **error, const SigParam *row, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "'%s' %s", row->name, what);
    return false;
}

static bool
has_type(JsonNode *node, SigType type)
{
    GType value = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;

    switch (type) {
    case SIG_TYPE_STRING:
        return value == G_TYPE_STRING;
    case SIG_TYPE_INTEGER:
        return value == G_TYPE_INT64;
    case SIG_TYPE_NUMBER:
        return value == G_TYPE_INT64 || value == G_TYPE_DOUBLE;
    case SIG_TYPE_BOOLEAN:
        return value == G_TYPE_BOOLEAN;
    case SIG_TYPE_OBJECT:
        return JSON_NODE_HOLDS_OBJECT(node);
    case SIG_TYPE_ARRAY:
        return JSON_NODE_HOLDS_ARRAY(node);
    }
    return false;
}

/* C0, DEL and C1 but those that the row's length allows. */
static bool
has_control(const char *text, int64_t max)
{
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if (max > SIG_PARAMS_LINE && (c == '\n' || c == '\t'))
            continue;
        if (max > SIG_PARAMS_LONG_TEXT && c == '\r')
            continue;
        if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
            return true;
    }
    return false;
}

static bool
check_string(const SigParam *row, const char *text, GError **error)
{
    int64_t length = (int64_t)strlen(text), max = sig_param_get_max_length(row);

    if (row->values != NULL) {
        g_autofree char *list = NULL;

        if (g_strv_contains(row->values, text))
            return true;
        list = g_strjoinv(", ", (char **)row->values);
        return refuse(error, row, "must be one of: %s", list);
    }
    if (length > max)
        return refuse(error, row, "is longer than %" G_GINT64_FORMAT " bytes", max);
    if (length < row->min)
        return refuse(error, row, "needs at least %" G_GINT64_FORMAT " bytes", row->min);
    if (has_control(text, max))
        return refuse(error, row, "must not hold control characters");
    return true;
}

static bool
check_integer(const SigParam *row, int64_t value, GError **error)
{
    if (row->min >= row->max || (value >= row->min && value <= row->max))
        return true;
    return refuse(error, row, "must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, row->min, row->max);
}

static bool
check_array(const SigParam *row, JsonArray *array, GError **error)
{
    int64_t length = json_array_get_length(array), max = row->max > 0 ? row->max : SIG_PARAMS_DEFAULT_ITEMS;

    if (length >= row->min && length <= max)
        return true;
    return refuse(error, row, "must have from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " items", row->min, max);
}

static bool
check_value(const SigParam *row, JsonNode *node, GError **error)
{
    if (!has_type(node, row->type))
        return refuse(error, row, "must be of type %s", type_names[row->type]);
    if (row->type == SIG_TYPE_STRING)
        return check_string(row, json_node_get_string(node), error);
    if (row->type == SIG_TYPE_INTEGER)
        return check_integer(row, json_node_get_int(node), error);
    if (row->type == SIG_TYPE_ARRAY)
        return check_array(row, json_node_get_array(node), error);
    return true;
}

static bool
is_known(const SigParam *rows, const char *name)
{
    for (const SigParam *row = rows; row != NULL && row->name != NULL; row++) {
        if (strcmp(row->name, name) == 0)
            return true;
    }
    return false;
}

static bool
check_names(const SigParam *rows, JsonObject *params, GError **error)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *node;

    json_object_iter_init(&iter, params);
    while (json_object_iter_next(&iter, &name, &node)) {
        if (is_known(rows, name))
            continue;
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "there is no parameter '%.64s'", name);
        return false;
    }
    return true;
}

bool
sig_params_check(const SigParam *rows, JsonObject *params, GError **error)
{
    if (!check_names(rows, params, error))
        return false;
    for (const SigParam *row = rows; row != NULL && row->name != NULL; row++) {
        JsonNode *node = json_object_get_member(params, row->name);

        if (node == NULL && row->optional)
            continue;
        if (node == NULL)
            return refuse(error, row, "is missing");
        if (!check_value(row, node, error))
            return false;
    }
    return true;
}
