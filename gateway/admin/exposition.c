#include "gateway/admin/exposition.h"

static const char *const type_names[] = { "counter", "gauge", "histogram" };

static void
append_escaped(GString *text, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            g_string_append(text, "\\n");
            continue;
        }
        if (*value == '\\' || *value == '"')
            g_string_append_c(text, '\\');
        g_string_append_c(text, *value);
    }
}

void
gw_exposition_open(GString *text, const char *name, GwMetricType type, const char *help)
{
    g_assert((type == GW_METRIC_COUNTER) == g_str_has_suffix(name, "_total"));
    g_string_append_printf(text, "# HELP yuanjian_%s %s\n# TYPE yuanjian_%s %s\n", name, help, name, type_names[type]);
}

void
gw_exposition_add(GString *text, const char *name, const char *label, const char *label_value, double value)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_printf(text, "yuanjian_%s", name);
    if (label != NULL) {
        g_string_append_printf(text, "{%s=\"", label);
        append_escaped(text, label_value);
        g_string_append(text, "\"}");
    }
    g_string_append_printf(text, " %s\n", g_ascii_formatd(number, sizeof number, "%.15g", value));
}

void
gw_exposition_one(GString *text, const char *name, GwMetricType type, const char *help, double value)
{
    gw_exposition_open(text, name, type, help);
    gw_exposition_add(text, name, NULL, NULL, value);
}
