#include "gateway/admin/options.h"

#include <string.h>

static const GwOption common[] = {
    { "--data", "data", GW_OPTION_TEXT, false, "DIR", "the service's data directory (default: as serve's)" },
    { "--json", "json", GW_OPTION_FLAG, false, NULL, "print JSON" },
    { "--help", "help", GW_OPTION_FLAG, false, NULL, "print this" },
    { NULL },
};

static const GwOption *
find(const GwOption *options, const char *word, size_t length)
{
    for (const GwOption *option = options; option != NULL && option->word != NULL; option++) {
        if (strlen(option->word) == length && strncmp(option->word, word, length) == 0)
            return option;
    }
    return NULL;
}

/* The next positional word that has no value yet. */
static const GwOption *
next_positional(const GwOption *options, JsonObject *params)
{
    for (const GwOption *option = options; option != NULL && option->word != NULL; option++) {
        if (option->word[0] != '-' && !json_object_has_member(params, option->member))
            return option;
    }
    return NULL;
}

static bool
read_duration(const char *text, int64_t *ret_seconds)
{
    char *end = NULL;
    guint64 number = g_ascii_strtoull(text, &end, 10);
    int64_t unit = 1;

    if (end == text || !g_ascii_isdigit(text[0]) || number > G_MAXINT32)
        return false;
    if (g_str_equal(end, "m"))
        unit = 60;
    else if (g_str_equal(end, "h"))
        unit = 3600;
    else if (*end != '\0' && !g_str_equal(end, "s"))
        return false;
    *ret_seconds = (int64_t)number * unit;
    return true;
}

static bool
set_json(const GwOption *option, const char *path, JsonObject *params, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();

    if (!json_parser_load_from_file(parser, path, error))
        return false;
    json_object_set_member(params, option->member, json_node_copy(json_parser_get_root(parser)));
    return true;
}

static bool
set_value(const GwOption *option, const char *text, JsonObject *params, GError **error)
{
    gint64 number = 0;
    int64_t seconds = 0;
    g_autofree char *path = NULL;

    if (json_object_has_member(params, option->member)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s is given twice", option->word);
        return false;
    }
    switch (option->type) {
    case GW_OPTION_TEXT:
    case GW_OPTION_PATH:
        if (!g_utf8_validate(text, -1, NULL)) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: the value is not UTF-8", option->word);
            return false;
        }
        if (option->type == GW_OPTION_PATH)
            path = g_canonicalize_filename(text, NULL);
        json_object_set_string_member(params, option->member, path != NULL ? path : text);
        return true;
    case GW_OPTION_JSON:
        return set_json(option, text, params, error);
    case GW_OPTION_FLAG:
        json_object_set_boolean_member(params, option->member, TRUE);
        return true;
    case GW_OPTION_NUMBER:
        if (!g_ascii_string_to_signed(text, 10, G_MININT32, G_MAXINT32, &number, NULL)) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: '%s' is not a whole number", option->word,
                        text);
            return false;
        }
        json_object_set_int_member(params, option->member, number);
        return true;
    case GW_OPTION_DURATION:
        if (!read_duration(text, &seconds)) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: '%s' is not a time, as 30s, 10m or 1h",
                        option->word, text);
            return false;
        }
        json_object_set_int_member(params, option->member, seconds);
        return true;
    }
    g_assert_not_reached();
}

/* One word, and its value when that is the next one; moves words on. */
static bool
take(const GwOption *options, char ***words, JsonObject *params, GError **error)
{
    const char *word = *(*words)++;
    const char *equals = g_str_has_prefix(word, "--") ? strchr(word, '=') : NULL;
    size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
    const GwOption *option = find(options, word, length);

    if (word[0] != '-' || word[1] == '\0') {
        option = next_positional(options, params);
        if (option != NULL)
            return set_value(option, word, params, error);
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, "'%s' is one word too many", word);
        return false;
    }
    if (option == NULL)
        option = find(common, word, length);
    if (option == NULL) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, "there is no option %s", word);
        return false;
    }
    if (option->type == GW_OPTION_FLAG && equals == NULL)
        return set_value(option, "", params, error);
    if (option->type == GW_OPTION_FLAG || (equals == NULL && **words == NULL)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    option->type == GW_OPTION_FLAG ? "%s takes no value" : "%s needs a value", option->word);
        return false;
    }
    return set_value(option, equals != NULL ? equals + 1 : *(*words)++, params, error);
}

JsonObject *
gw_options_parse(const GwOption *options, char **words, GError **error)
{
    g_autoptr(JsonObject) params = json_object_new();

    while (*words != NULL) {
        if (!take(options, &words, params, error))
            return NULL;
    }
    if (json_object_has_member(params, "help"))
        return g_steal_pointer(&params);
    for (const GwOption *option = options; option != NULL && option->word != NULL; option++) {
        if (option->required && !json_object_has_member(params, option->member)) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s is missing", option->word);
            return NULL;
        }
    }
    return g_steal_pointer(&params);
}

static void
describe(GString *text, const GwOption *options)
{
    for (const GwOption *option = options; option != NULL && option->word != NULL; option++) {
        g_autofree char *word = option->value != NULL && option->word[0] == '-'
                                    ? g_strdup_printf("%s %s", option->word, option->value)
                                    : g_strdup(option->word);
        g_string_append_printf(text, "  %-26s %s%s\n", word, option->help, option->required ? " (required)" : "");
    }
}

char *
gw_options_describe(const char *name, const char *summary, const GwOption *options)
{
    GString *text = g_string_new("Usage: yuanjian ");

    g_string_append_printf(text, "%s", name);
    for (const GwOption *option = options; option != NULL && option->word != NULL; option++) {
        g_string_append_printf(text, option->required ? " %s" : " [%s", option->word);
        if (option->value != NULL && option->word[0] == '-')
            g_string_append_printf(text, " %s", option->value);
        g_string_append(text, option->required ? "" : "]");
    }
    g_string_append_printf(text, "\n\n%s\n\n", summary);
    describe(text, options);
    describe(text, common);
    return g_string_free(text, FALSE);
}
