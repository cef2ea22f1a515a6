#include "gateway/admin/disk-command.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <sysexits.h>

#include "gateway/admin/options.h"
#include "gateway/config.h"
#include "recorder/disk-check.h"

static const char name[] = "fsync-check";
static const char summary[] =
    "Tells whether a disk keeps what it is told to keep, and how long that takes: some seconds. "
    "Ends with 0 when it is fit for recordings, 1 when it is not or that cannot be told.";

static const GwOption options[] = {
    { "DIR", "dir", GW_OPTION_TEXT, false, NULL, "a folder on that disk (default: the data directory)" },
    { NULL },
};

static void
print_json(const char *dir, const RecDiskFigures *figures, const char *verdict, bool fast, GPtrArray *reasons)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    JsonObject *object = json_object_new();
    JsonArray *array = json_array_new();

    json_object_set_string_member(object, "dir", dir);
    json_object_set_string_member(object, "file_system", figures->file_system);
    json_object_set_int_member(object, "syncs", figures->n_syncs);
    json_object_set_int_member(object, "p50_us", figures->p50_us);
    json_object_set_int_member(object, "p99_us", figures->p99_us);
    json_object_set_int_member(object, "max_us", figures->max_us);
    json_object_set_string_member(object, "verdict", verdict);
    json_object_set_boolean_member(object, "fast_enough", fast);
    for (guint i = 0; i < reasons->len; i++)
        json_array_add_string_element(array, reasons->pdata[i]);
    json_object_set_array_member(object, "reasons", array);
    json_node_take_object(node, object);
    g_autofree char *text = json_to_string(node, TRUE);
    puts(text);
}

static void
print_text(const char *dir, const RecDiskFigures *figures, const char *verdict, GPtrArray *reasons)
{
    printf("%s (%s): %s\n", dir, figures->file_system, verdict);
    printf("%u times 64 KiB written and synced: half within %.2f ms, 99 of 100 within %.2f ms, the slowest %.2f ms\n",
           figures->n_syncs, (double)figures->p50_us / 1e3, (double)figures->p99_us / 1e3,
           (double)figures->max_us / 1e3);
    for (guint i = 0; i < reasons->len; i++)
        printf("- %s\n", (const char *)reasons->pdata[i]);
}

static int
check(const char *dir, bool json)
{
    g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    RecDiskFigures figures;

    if (!rec_disk_measure(dir, &figures, &error)) {
        fprintf(stderr, "yuanjian %s: %s\n", name, error->message);
        return EX_IOERR;
    }
    RecDiskVerdict verdict = rec_disk_judge(&figures, reasons);
    bool fast = rec_disk_is_fast_enough(&figures, reasons);
    if (json)
        print_json(dir, &figures, rec_disk_verdict_to_string(verdict), fast, reasons);
    else
        print_text(dir, &figures, rec_disk_verdict_to_string(verdict), reasons);
    return verdict == REC_DISK_KEEPS && fast ? EX_OK : 1;
}

int
gw_disk_command_run(char **words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) params = gw_options_parse(options, words, &error);

    if (params == NULL) {
        fprintf(stderr, "yuanjian %s: %s\n", name, error->message);
        return EX_USAGE;
    }
    if (json_object_has_member(params, "help")) {
        g_autofree char *text = gw_options_describe(name, summary, options);
        fputs(text, stdout);
        return EX_OK;
    }
    g_autoptr(GwConfig) config = gw_config_load(NULL, &error);
    if (config == NULL) {
        fprintf(stderr, "yuanjian %s: %s\n", name, error->message);
        return EX_CONFIG;
    }
    const char *data = json_object_get_string_member_with_default(params, "data", config->data_dir);
    return check(json_object_get_string_member_with_default(params, "dir", data),
                 json_object_has_member(params, "json"));
}
