#include "gateway/admin/commands.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "gateway/admin/caller.h"
#include "gateway/admin/command.h"
#include "gateway/admin/prompt.h"
#include "gateway/admin/table.h"
#include "gateway/config.h"
#include "signaling/error.h"

static const GwCommand *const groups[] = { gw_commands_sessions, gw_commands_people, gw_commands_archive,
                                           gw_commands_cases };

/* The command after this one, in its group or at the beginning of the next. */
static const GwCommand *
get_next(const GwCommand *command, unsigned *group)
{
    if (command[1].words != NULL)
        return command + 1;
    return ++*group < G_N_ELEMENTS(groups) ? groups[*group] : NULL;
}

static bool
matches(const GwCommand *command, char **words, unsigned *ret_n)
{
    g_auto(GStrv) own = g_strsplit(command->words, " ", -1);
    unsigned n = 0;

    for (; own[n] != NULL; n++) {
        if (words[n] == NULL || !g_str_equal(words[n], own[n]))
            return false;
    }
    *ret_n = n;
    return true;
}

static const GwCommand *
find(char **words, unsigned *ret_n)
{
    unsigned group = 0;

    for (const GwCommand *command = groups[0]; command != NULL; command = get_next(command, &group)) {
        if (matches(command, words, ret_n))
            return command;
    }
    return NULL;
}

/* "create, list, end" for "session"; "" when no command begins so. */
static char *
list_group(const char *word)
{
    GString *names = g_string_new(NULL);
    unsigned group = 0;

    for (const GwCommand *command = groups[0]; command != NULL; command = get_next(command, &group)) {
        g_auto(GStrv) own = g_strsplit(command->words, " ", -1);

        if (own[1] != NULL && g_str_equal(own[0], word))
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", own[1]);
    }
    return g_string_free(names, FALSE);
}

static const GwCommand *
parse(char **words, JsonObject **ret_params, GError **error)
{
    unsigned n = 0;
    const GwCommand *command = find(words, &n);

    if (command == NULL) {
        g_autofree char *group = list_group(words[0]);

        if (group[0] != '\0')
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                        "'%s' is followed by one of: %s; see yuanjian --help", words[0], group);
        else
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                        "there is no command '%s'; see yuanjian --help", words[0]);
        return NULL;
    }
    *ret_params = gw_options_parse(command->options, words + n, error);
    if (*ret_params == NULL) {
        g_prefix_error(error, "%s: ", command->words);
        return NULL;
    }
    return command;
}

JsonObject *
gw_commands_parse(char **words, const char **ret_method, GError **error)
{
    JsonObject *params = NULL;
    const GwCommand *command = parse(words, &params, error);

    if (command == NULL)
        return NULL;
    *ret_method = command->method;
    return params;
}

char *
gw_commands_describe(void)
{
    GString *text = g_string_new("Usage: yuanjian COMMAND [OPTIONS]\n\n"
                                 "  serve            Runs the service.\n"
                                 "  fsync-check      Tells whether a disk is fit for recordings; needs no service.\n"
                                 "  scrub            Reads the archive again and says what is damaged.\n");
    unsigned group = 0;

    for (const GwCommand *command = groups[0]; command != NULL; command = get_next(command, &group))
        g_string_append_printf(text, "  %-16s %s\n", command->words, command->summary);
    g_string_append(text, "\nCommands speak to the service that runs on --data DIR. Each has its own --help.\n");
    return g_string_free(text, FALSE);
}

/* What is only a page of more says so, beside the rows and not among them. */
static void
tell_rest(JsonObject *result, JsonArray *rows)
{
    gint64 total = json_object_get_int_member_with_default(result, "total", 0);
    unsigned n_shown = json_array_get_length(rows);

    if (total > n_shown)
        fprintf(stderr, "%u of %" G_GINT64_FORMAT "; --limit N and --offset N show others\n", n_shown, total);
}

static void
print_list(JsonArray *rows, const char *const *columns)
{
    if (columns != NULL) {
        g_autofree char *text = gw_table_format(rows, columns);
        fputs(text, stdout);
        return;
    }
    for (unsigned i = 0; i < json_array_get_length(rows); i++)
        puts(json_array_get_string_element(rows, i));
}

static void
print(const GwCommand *command, JsonNode *result, bool as_json)
{
    JsonObject *object = JSON_NODE_HOLDS_OBJECT(result) ? json_node_get_object(result) : NULL;

    if (object != NULL && command->list != NULL && json_object_has_member(object, command->list))
        tell_rest(object, json_object_get_array_member(object, command->list));
    if (as_json || object == NULL) {
        /* Of a list, the list alone: what follows in a pipe wants the rows. */
        JsonNode *shown =
            object != NULL && command->list != NULL ? json_object_get_member(object, command->list) : result;
        g_autofree char *text = json_to_string(shown != NULL ? shown : result, TRUE);
        puts(text);
        return;
    }
    if (command->plain != NULL && json_object_has_member(object, command->plain)) {
        puts(json_object_get_string_member(object, command->plain));
        return;
    }
    if (command->list != NULL && json_object_has_member(object, command->list)) {
        print_list(json_object_get_array_member(object, command->list), command->columns);
        return;
    }
    g_autofree char *text = gw_table_format_object(object);
    fputs(text, stdout);
}

static int
exit_code_of(const GError *error)
{
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
        return EX_NOPERM;
    if (error->domain != SIG_ERROR)
        return EX_UNAVAILABLE;
    switch ((SigError)error->code) {
    case SIG_ERROR_BAD_PARAMS:
        return EX_USAGE;
    case SIG_ERROR_UNAVAILABLE:
        return EX_TEMPFAIL;
    case SIG_ERROR_INTERNAL:
        return EX_SOFTWARE;
    default:
        return EX_DATAERR;
    }
}

/* The service's parameters are what is left when the common ones are taken out. */
static int
call(const GwCommand *command, JsonObject *params)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GwConfig) defaults = gw_config_load(NULL, NULL);
    g_autofree char *data_dir =
        g_strdup(json_object_get_string_member_with_default(params, "data", defaults->data_dir));
    bool as_json = json_object_has_member(params, "json");
    const char *method = command->method;

    if ((json_object_has_member(params, "by") || json_object_has_member(params, "user")) &&
        !gw_prompt_add_password(params, &error)) {
        fprintf(stderr, "yuanjian %s: %s\n", command->words, error->message);
        return EX_NOINPUT;
    }

    json_object_remove_member(params, "data");
    json_object_remove_member(params, "json");
    if (g_str_equal(method, "link") && json_object_has_member(params, "visit"))
        method = "visit.link";
    g_autoptr(JsonNode) result = gw_admin_ask(data_dir, method, params, &error);
    if (result == NULL) {
        fprintf(stderr, "yuanjian %s: %s\n", command->words, error->message);
        return exit_code_of(error);
    }
    print(command, result, as_json);
    return EX_OK;
}

int
gw_commands_run(char **words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) params = NULL;
    const GwCommand *command = parse(words, &params, &error);

    if (command == NULL) {
        fprintf(stderr, "yuanjian: %s\n", error->message);
        return EX_USAGE;
    }
    if (json_object_has_member(params, "help")) {
        g_autofree char *text = gw_options_describe(command->words, command->summary, command->options);
        fputs(text, stdout);
        return EX_OK;
    }
    return call(command, params);
}
