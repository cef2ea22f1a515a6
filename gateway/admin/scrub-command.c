#include "gateway/admin/scrub-command.h"

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "gateway/admin/caller.h"
#include "gateway/admin/options.h"
#include "gateway/config.h"

enum { POLL_US = 500 * 1000 };
static const char name[] = "scrub";
static const char summary[] =
    "Reads recordings again and compares them with what was sealed: those that are due, or all. What is "
    "damaged is in the audit and in the log. It goes on when this command is ended.";

static const GwOption options[] = {
    { "--all", "all", GW_OPTION_FLAG, false, NULL, "also what was read lately" },
    { "--session", "session", GW_OPTION_TEXT, false, "ID", "this recording alone" },
    { "--status", "status", GW_OPTION_FLAG, false, NULL, "only look at what runs" },
    { NULL },
};

static void
show(JsonObject *status, bool to_people)
{
    if (!to_people)
        return;
    fprintf(stderr,
            "\r%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " recordings, %" G_GINT64_FORMAT " MB, %" G_GINT64_FORMAT
            " damaged ",
            json_object_get_int_member(status, "done"), json_object_get_int_member(status, "total"),
            json_object_get_int_member(status, "bytes") / 1000000, json_object_get_int_member(status, "damaged"));
}

static int
finish(JsonObject *status, bool json)
{
    int64_t damaged = json_object_get_int_member(status, "damaged");

    if (json) {
        g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), status);
        g_autofree char *text = json_to_string(node, TRUE);
        puts(text);
    } else {
        printf("%" G_GINT64_FORMAT " recordings were read, %" G_GINT64_FORMAT " are damaged%s\n",
               json_object_get_int_member(status, "done"), damaged,
               damaged > 0 ? ": the audit (archive.damaged) and the service's log say what" : "");
    }
    return damaged > 0 ? EX_DATAERR : EX_OK;
}

/* Until the round is over, or once. */
static int
follow(const char *data, bool once, bool json)
{
    g_autoptr(JsonObject) none = json_object_new();
    bool to_people = !json && isatty(STDERR_FILENO);

    for (;;) {
        g_autoptr(GError) error = NULL;
        g_autoptr(JsonNode) answer = gw_admin_ask(data, "scrub.status", none, &error);
        if (answer == NULL) {
            fprintf(stderr, "yuanjian %s: %s\n", name, error->message);
            return EX_UNAVAILABLE;
        }
        JsonObject *status = json_node_get_object(answer);
        show(status, to_people);
        if (!once && json_object_get_boolean_member(status, "running")) {
            g_usleep(POLL_US);
            continue;
        }
        if (to_people)
            fputc('\n', stderr);
        return finish(status, json);
    }
}

static int
start(const char *data, JsonObject *params)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) given = json_object_new();

    if (json_object_has_member(params, "all"))
        json_object_set_boolean_member(given, "all", TRUE);
    if (json_object_has_member(params, "session"))
        json_object_set_string_member(given, "session", json_object_get_string_member(params, "session"));
    g_autoptr(JsonNode) answer = gw_admin_ask(data, "scrub.start", given, &error);
    if (answer != NULL)
        return EX_OK;
    fprintf(stderr, "yuanjian %s: %s\n", name, error->message);
    return EX_UNAVAILABLE;
}

int
gw_scrub_command_run(char **words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) params = gw_options_parse(options, words, &error);
    g_autoptr(GwConfig) config = gw_config_load(NULL, NULL);

    if (params == NULL) {
        fprintf(stderr, "yuanjian %s: %s\n", name, error->message);
        return EX_USAGE;
    }
    if (json_object_has_member(params, "help")) {
        g_autofree char *text = gw_options_describe(name, summary, options);
        fputs(text, stdout);
        return EX_OK;
    }
    const char *data = json_object_get_string_member_with_default(params, "data", config->data_dir);
    bool once = json_object_has_member(params, "status"), json = json_object_has_member(params, "json");
    int code = once ? EX_OK : start(data, params);
    return code != EX_OK ? code : follow(data, once, json);
}
