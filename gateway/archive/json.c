#include <stdlib.h>
#include <string.h>

#include "gateway/archive/archive-priv.h"

JsonObject *
gw_object_with_text(const char *name, const char *value)
{
    JsonObject *object = json_object_new();

    gw_object_set_text(object, name, value);
    return object;
}

void
gw_object_set_text(JsonObject *object, const char *name, const char *value)
{
    if (value != NULL)
        json_object_set_string_member(object, name, value);
}

void
gw_object_set_row_text(JsonObject *object, const char *name, const GwRows *rows, unsigned row, unsigned column)
{
    gw_object_set_text(object, name, gw_rows_text(rows, row, column));
}

void
gw_object_set_row_int(JsonObject *object, const char *name, const GwRows *rows, unsigned row, unsigned column)
{
    if (!gw_rows_is_null(rows, row, column))
        json_object_set_int_member(object, name, gw_rows_int(rows, row, column));
}

/* "NAME:NUMBER", checked when the configuration was read. */
static bool
is_named(const char *rule, const char *name)
{
    size_t length = strlen(name);

    return strncmp(rule, name, length) == 0 && rule[length] == ':';
}

int
gw_rules_get(char **rules, const char *name)
{
    int other = -1;

    for (char **rule = rules; rule != NULL && *rule != NULL; rule++) {
        if (is_named(*rule, name))
            return atoi(strchr(*rule, ':') + 1);
        if (is_named(*rule, "*"))
            other = atoi(strchr(*rule, ':') + 1);
    }
    return other;
}

JsonArray *
gw_rules_to_json(char **rules, const char *name, const char *number)
{
    JsonArray *list = json_array_new();

    for (char **rule = rules; rule != NULL && *rule != NULL; rule++) {
        const char *colon = strchr(*rule, ':');
        g_autofree char *text = g_strndup(*rule, (size_t)(colon - *rule));
        JsonObject *row = gw_object_with_text(name, text);
        json_object_set_int_member(row, number, atoi(colon + 1));
        json_array_add_object_element(list, row);
    }
    return list;
}
