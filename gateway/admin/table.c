#include "gateway/admin/table.h"

#include <string.h>

static char *
format_time(gint64 at_ms)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(at_ms / 1000);

    return time != NULL ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S") : g_strdup("-");
}

static char *
format_duration(gint64 ms)
{
    gint64 seconds = ms / 1000;

    return g_strdup_printf("%" G_GINT64_FORMAT ":%02d", seconds / 60, (int)(seconds % 60));
}

static char *
format_value(JsonNode *node, const char *name)
{
    if (node == NULL || JSON_NODE_HOLDS_NULL(node))
        return g_strdup("-");
    if (!JSON_NODE_HOLDS_VALUE(node))
        return json_to_string(node, FALSE);
    if (json_node_get_value_type(node) == G_TYPE_STRING) {
        const char *text = json_node_get_string(node);
        char *clean = g_strdup(*text != '\0' ? text : "-");
        for (char *at = clean; *at != '\0'; at++) {
            if ((guchar)*at < 0x20 || *at == 0x7f)
                *at = ' ';
        }
        return clean;
    }
    if (json_node_get_value_type(node) == G_TYPE_BOOLEAN)
        return g_strdup(json_node_get_boolean(node) ? "yes" : "no");
    if (g_str_has_suffix(name, "duration_ms"))
        return format_duration(json_node_get_int(node));
    if (g_str_has_suffix(name, "_ms"))
        return format_time(json_node_get_int(node));
    return json_to_string(node, FALSE);
}

static char *
get_cell(JsonObject *row, const char *column)
{
    g_auto(GStrv) steps = g_strsplit(column, ".", -1);
    JsonNode *node = NULL;

    for (char **step = steps; *step != NULL; step++) {
        if (row == NULL)
            return g_strdup("-");
        node = json_object_get_member(row, *step);
        row = node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    }
    return format_value(node, column);
}

static unsigned
width_of(const char *text)
{
    unsigned width = 0;

    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
        width += g_unichar_iswide(g_utf8_get_char(at)) ? 2 : 1;
    return width;
}

static void
add_cell(GString *line, const char *text, unsigned width)
{
    g_string_append(line, text);
    for (unsigned i = width_of(text); i < width + 2; i++)
        g_string_append_c(line, ' ');
}

static void
end_line(GString *text)
{
    while (text->len > 0 && text->str[text->len - 1] == ' ')
        g_string_truncate(text, text->len - 1);
    g_string_append_c(text, '\n');
}

char *
gw_table_format(JsonArray *rows, const char *const *columns)
{
    unsigned n_columns = g_strv_length((char **)columns), n_rows = json_array_get_length(rows);
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
    g_autofree unsigned *widths = g_new0(unsigned, n_columns);
    GString *text = g_string_new(NULL);

    for (unsigned column = 0; column < n_columns; column++) {
        g_autofree char *heading = g_ascii_strup(columns[column], -1);
        char *end = strstr(heading, "_MS");
        if (end != NULL)
            *end = '\0';
        g_ptr_array_add(cells, g_strdup(heading));
    }
    for (unsigned row = 0; row < n_rows; row++) {
        for (unsigned column = 0; column < n_columns; column++)
            g_ptr_array_add(cells, get_cell(json_array_get_object_element(rows, row), columns[column]));
    }
    for (unsigned i = 0; i < cells->len; i++)
        widths[i % n_columns] = MAX(widths[i % n_columns], width_of(cells->pdata[i]));
    for (unsigned i = 0; i < cells->len; i++) {
        add_cell(text, cells->pdata[i], widths[i % n_columns]);
        if (i % n_columns == n_columns - 1)
            end_line(text);
    }
    return g_string_free(text, FALSE);
}

char *
gw_table_format_object(JsonObject *object)
{
    g_autoptr(GList) members = json_object_get_members(object);
    GString *text = g_string_new(NULL);
    unsigned width = 0;

    for (GList *link = members; link != NULL; link = link->next)
        width = MAX(width, width_of(link->data));
    for (GList *link = members; link != NULL; link = link->next) {
        g_autofree char *value = format_value(json_object_get_member(object, link->data), link->data);
        add_cell(text, link->data, width);
        g_string_append(text, value);
        end_line(text);
    }
    return g_string_free(text, FALSE);
}
