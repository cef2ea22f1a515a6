#define G_LOG_DOMAIN "gateway"

#include <errno.h>
#include <glib-unix.h>
#include <glib.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "gateway/admin/commands.h"
#include "gateway/admin/disk-command.h"
#include "gateway/admin/options.h"
#include "gateway/admin/scrub-command.h"
#include "gateway/config.h"
#include "gateway/log.h"
#include "gateway/service.h"

static const char serve_summary[] =
    "Runs the service in the foreground until SIGTERM or SIGINT. conf/yuanjian.conf documents the keys of "
    "the configuration.";

static const GwOption serve_options[] = {
    { "--config", "config", GW_OPTION_TEXT, false, "FILE", "configuration; the options here win over it" },
    { "--listen", "listen", GW_OPTION_TEXT, false, "ADDR:PORT", "pages and API (default 127.0.0.1:8080)" },
    { "--media-port", "media_port", GW_OPTION_NUMBER, false, "N",
      "UDP and TCP of the first media worker (default 40000)" },
    { NULL },
};

/* Options of the command line win over the file. */
static GwConfig *
read_config(JsonObject *options, GError **error)
{
    g_autoptr(GwConfig) config =
        gw_config_load(json_object_get_string_member_with_default(options, "config", NULL), error);
    const char *data = json_object_get_string_member_with_default(options, "data", NULL);
    const char *listen = json_object_get_string_member_with_default(options, "listen", NULL);

    if (config == NULL)
        return NULL;
    if (data != NULL) {
        g_free(config->data_dir);
        config->data_dir = g_strdup(data);
    }
    if (listen != NULL && !gw_config_set_listen(config, listen, error)) {
        g_prefix_error(error, "--listen: ");
        return NULL;
    }
    if (json_object_has_member(options, "media_port")) {
        gint64 port = json_object_get_int_member(options, "media_port");
        if (port < 0 || port > G_MAXUINT16) {
            g_set_error(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                        "--media-port: %" G_GINT64_FORMAT " is not a port", port);
            return NULL;
        }
        config->media.port = (uint16_t)port;
    }
    return gw_config_check(config, error) ? g_steal_pointer(&config) : NULL;
}

static gboolean
on_signal(void *data)
{
    g_main_loop_quit(data);
    return G_SOURCE_CONTINUE;
}

static void
run(GwService *service, const GwConfig *config)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    unsigned terminate = g_unix_signal_add(SIGTERM, on_signal, loop);
    unsigned interrupt = g_unix_signal_add(SIGINT, on_signal, loop);

    g_message("listening on %s, data in %s", gw_service_get_public_url(service), config->data_dir);
    g_main_loop_run(loop);
    g_message("ending");
    g_source_remove(terminate);
    g_source_remove(interrupt);
}

/* It would hold keys, and what was said in visits of which nothing may be kept. */
static void
leave_no_core(void)
{
    const struct rlimit none = { 0, 0 };

    if (setrlimit(RLIMIT_CORE, &none) < 0)
        g_warning("core dumps cannot be switched off: %s", g_strerror(errno));
}

static int
serve(char **words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) options = gw_options_parse(serve_options, words, &error);
    int exit_code = EX_SOFTWARE;

    if (options == NULL) {
        fprintf(stderr, "yuanjian serve: %s\n", error->message);
        return EX_USAGE;
    }
    if (json_object_has_member(options, "help")) {
        g_autofree char *text = gw_options_describe("serve", serve_summary, serve_options);
        fputs(text, stdout);
        return EX_OK;
    }

    g_autoptr(GwConfig) config = read_config(options, &error);
    if (config == NULL) {
        fprintf(stderr, "yuanjian serve: %s\n", error->message);
        return EX_CONFIG;
    }
    gw_log_init();
    umask(0077);
    leave_no_core();
    signal(SIGPIPE, SIG_IGN); /* a program that is written to may have ended: write says so */

    g_autoptr(GwService) service = gw_service_new(config, &exit_code, &error);
    if (service == NULL) {
        fprintf(stderr, "yuanjian serve: %s\n", error->message);
        return exit_code;
    }
    run(service, config);
    return EX_OK;
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (argc < 2 || g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "help")) {
        g_autofree char *text = gw_commands_describe();
        fputs(text, argc < 2 ? stderr : stdout);
        return argc < 2 ? EX_USAGE : EX_OK;
    }
    if (g_str_equal(argv[1], "--version")) {
        puts("yuanjian " YUANJIAN_VERSION);
        return EX_OK;
    }
    if (g_str_equal(argv[1], "serve"))
        return serve(argv + 2);
    if (g_str_equal(argv[1], "fsync-check"))
        return gw_disk_command_run(argv + 2);
    if (g_str_equal(argv[1], "scrub"))
        return gw_scrub_command_run(argv + 2);
    return gw_commands_run(argv + 1);
}
