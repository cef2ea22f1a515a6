/* The command line as a table of words, and the owner's socket. */
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/admin/admin.h"
#include "gateway/admin/caller.h"
#include "gateway/admin/commands.h"
#include "gateway/admin/table.h"
#include "scratch.h"

static char *
parse(const char *line)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) words = NULL;
    const char *method = NULL;

    g_assert_true(g_shell_parse_argv(line, NULL, &words, NULL));
    g_autoptr(JsonObject) params = gw_commands_parse(words, &method, &error);
    if (params == NULL)
        return g_strdup_printf("error: %s", error->message);
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), params);
    g_autofree char *text = json_to_string(node, FALSE);
    return g_strdup_printf("%s %s", method, text);
}

static void
test_words(void)
{
    static const struct {
        const char *line, *call;
    } cases[] = {
        { "session list", "session.list {}" },
        { "session list --json --data d", "session.list {\"json\":true,\"data\":\"d\"}" },
        { "session create --kind meeting --name room-1 --privileged --now --data d",
          "session.create {\"kind\":\"meeting\",\"name\":\"room-1\",\"privileged\":true,\"now\":true,\"data\":\"d\"}" },
        { "session create --kind=meeting", "session.create {\"kind\":\"meeting\"}" },
        { "session create --name x", "error: session create: --kind is missing" },
        { "session end abc --cause technical", "session.end {\"session\":\"abc\",\"cause\":\"technical\"}" },
        { "session end", "error: session end: SESSION is missing" },
        { "session end a b", "error: session end: 'b' is one word too many" },
        { "token --session '*' --party '*' --may publish,play --ttl 10m",
          "media.token {\"session\":\"*\",\"party\":\"*\",\"may\":\"publish,play\",\"ttl_s\":600}" },
        { "token --ttl 1h --session s --party p --may play",
          "media.token {\"ttl_s\":3600,\"session\":\"s\",\"party\":\"p\",\"may\":\"play\"}" },
        { "token --session s --party p --may play --ttl 1d",
          "error: token: --ttl: '1d' is not a time, as 30s, 10m or 1h" },
        { "token --session s --party p --may play --ttl -5",
          "error: token: --ttl: '-5' is not a time, as 30s, 10m or 1h" },
        { "token --session s --session t", "error: token: --session is given twice" },
        { "token --session", "error: token: --session needs a value" },
        { "archive path abc --json", "archive.path {\"session\":\"abc\",\"json\":true}" },
        { "link --person officer", "link {\"person\":\"officer\"}" },
        { "demo load --data d", "demo.load {\"data\":\"d\"}" },
        { "session create --help", "session.create {\"help\":true}" },
        { "session list --verbose", "error: session list: there is no option --verbose" },
        { "session list --json=yes", "error: session list: --json takes no value" },
        { "session", "error: 'session' is followed by one of: create, list, end; see yuanjian --help" },
        { "demo --help", "error: 'demo' is followed by one of: load, work, links; see yuanjian --help" },
        { "sesion list", "error: there is no command 'sesion'; see yuanjian --help" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *call = parse(cases[i].line);
        g_assert_cmpstr(call, ==, cases[i].call);
    }
}

static void
test_every_command_is_described(void)
{
    static const char *const wanted[] = { "serve",        "session create", "session list", "session end",
                                          "token",        "person add",     "link",         "archive list",
                                          "archive path", "visit list",     "demo load",    "demo links" };
    g_autofree char *text = gw_commands_describe();

    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
        g_assert_nonnull(strstr(text, wanted[i]));
}

static void
test_table(void)
{
    static const char *const columns[] = { "id", "subject.name", "online", "starts_ms", NULL };
    g_autoptr(JsonNode) node =
        json_from_string("[{\"id\": \"a\", \"subject\": {\"name\": \"许远山\"}, \"online\": true},"
                         " {\"id\": \"bbb\", \"subject\": {\"name\": \"x\\ny\"}, \"online\": false,"
                         "  \"starts_ms\": 0}]",
                         NULL);
    g_autofree char *text = gw_table_format(json_node_get_array(node), columns);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    g_assert_cmpstr(lines[0], ==, "ID   SUBJECT.NAME  ONLINE  STARTS");
    g_assert_cmpstr(lines[1], ==, "a    许远山        yes     -");
    g_assert_true(g_str_has_prefix(lines[2], "bbb  x y           no      19")); /* 1970 here, or the evening before */
    g_assert_cmpstr(lines[3], ==, "");
}

typedef struct {
    char *dir, *path;
    GwAdmin *admin;
    GwAdminRequest *later;
} Socket;

static void
handle_echo(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    (void)user_data;
    gw_admin_reply_object(request, json_object_ref(params));
}

static void
handle_refuse(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    (void)params;
    (void)user_data;
    gw_admin_fail(request, SIG_ERROR_STATE, "not now: %s", "later");
}

static void
handle_later(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    Socket *fixture = user_data;
    (void)params;
    fixture->later = request;
}

static const SigParam echo_params[] = { { .name = "word", .type = SIG_TYPE_STRING, .max = 10 }, { NULL } };
static const GwAdminCommand rows[] = {
    { "echo", echo_params, handle_echo },
    { "refuse", NULL, handle_refuse },
    { "later", NULL, handle_later },
    { NULL },
};

static void
socket_setup(Socket *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    fixture->dir = g_dir_make_tmp("admin-XXXXXX", NULL);
    fixture->path = gw_admin_get_path(fixture->dir);
    fixture->admin = gw_admin_new(fixture->path, &error);
    g_assert_no_error(error);
    gw_admin_add_commands(fixture->admin, rows, fixture);
}

static void
socket_teardown(Socket *fixture, const void *data)
{
    (void)data;

    gw_admin_free(fixture->admin);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_false(g_file_test(fixture->path, G_FILE_TEST_EXISTS));
    g_rmdir(fixture->dir);
    g_free(fixture->path);
    g_free(fixture->dir);
}

typedef struct {
    const char *dir, *command, *params;
    JsonNode *result;
    GError *error;
    gint done; /* atomic */
} Ask;

static void *
ask_thread(void *data)
{
    Ask *ask = data;
    g_autoptr(JsonNode) params = json_from_string(ask->params, NULL);

    ask->result = gw_admin_ask(ask->dir, ask->command, json_node_get_object(params), &ask->error);
    g_atomic_int_set(&ask->done, 1);
    g_main_context_wakeup(NULL);
    return NULL;
}

/* The caller blocks, so it has a thread; main serves. */
static void
ask(Socket *fixture, Ask *call)
{
    call->dir = fixture->dir;
    GThread *thread = g_thread_new("ask", ask_thread, call);
    while (!g_atomic_int_get(&call->done)) {
        g_main_context_iteration(NULL, TRUE);
        if (fixture->later != NULL)
            gw_admin_reply(g_steal_pointer(&fixture->later), NULL);
    }
    g_thread_join(thread);
}

static void
test_answers(Socket *fixture, const void *data)
{
    Ask echo = { .command = "echo", .params = "{\"word\": \"你好\"}" };
    Ask later = { .command = "later", .params = "{}" };
    (void)data;

    ask(fixture, &echo);
    g_assert_no_error(echo.error);
    g_assert_cmpstr(json_object_get_string_member(json_node_get_object(echo.result), "word"), ==, "你好");
    json_node_unref(echo.result);
    ask(fixture, &later);
    g_assert_no_error(later.error);
    json_node_unref(later.result);
}

static void
test_refusals(Socket *fixture, const void *data)
{
    static const struct {
        const char *command, *params;
        SigError code;
        const char *message;
    } cases[] = {
        { "refuse", "{}", SIG_ERROR_STATE, "not now: later" },
        { "unknown", "{}", SIG_ERROR_UNKNOWN_METHOD, "unknown" },
        { "echo", "{}", SIG_ERROR_BAD_PARAMS, "word" },
        { "echo", "{\"word\": 5}", SIG_ERROR_BAD_PARAMS, "word" },
        { "echo", "{\"word\": \"12345678901\"}", SIG_ERROR_BAD_PARAMS, "word" },
        { "echo", "{\"word\": \"a\", \"more\": 1}", SIG_ERROR_BAD_PARAMS, "more" },
    };
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Ask call = { .command = cases[i].command, .params = cases[i].params };

        ask(fixture, &call);
        g_assert_null(call.result);
        g_assert_error(call.error, SIG_ERROR, (int)cases[i].code);
        g_assert_nonnull(strstr(call.error->message, cases[i].message));
        g_clear_error(&call.error);
    }
}

static void
test_private_socket(Socket *fixture, const void *data)
{
    struct stat info;
    (void)data;

    g_assert_cmpint(stat(fixture->path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);
}

static void
test_abandoned_socket_is_replaced(Socket *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    Ask echo = { .command = "echo", .params = "{\"word\": \"a\"}" };
    (void)data;

    /* As after kill -9: the file is there and nobody listens; here the first listener is simply forgotten. */
    GwAdmin *first = g_steal_pointer(&fixture->admin);
    fixture->admin = gw_admin_new(fixture->path, &error);
    g_assert_no_error(error);
    gw_admin_add_commands(fixture->admin, rows, fixture);
    ask(fixture, &echo);
    g_assert_no_error(echo.error);
    json_node_unref(echo.result);
    gw_admin_free(first);
}

static void
test_rubbish(Socket *fixture, const void *data)
{
    static const char *const lines[] = { "\n", "rubbish\n", "[]\n", "{\"jsonrpc\": \"1.0\"}\n",
                                         "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n" };
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GSocketClient) client = g_socket_client_new();
        g_autoptr(GSocketAddress) address = g_unix_socket_address_new(fixture->path);
        g_autoptr(GSocketConnection) connection =
            g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, NULL);
        GInputStream *input = g_io_stream_get_input_stream(G_IO_STREAM(connection));
        char answer[1000] = "";

        g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)), lines[i], strlen(lines[i]),
                                  NULL, NULL, NULL);
        while (!g_pollable_input_stream_is_readable(G_POLLABLE_INPUT_STREAM(input)))
            g_main_context_iteration(NULL, FALSE);
        g_assert_cmpint(g_input_stream_read(input, answer, sizeof(answer) - 1, NULL, NULL), >, 0);
        g_assert_nonnull(strstr(answer, "\"error\""));
    }
}

static void
test_nobody_there(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) params = json_object_new();

    g_assert_null(gw_admin_ask("/nonexistent/node", "session.list", params, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, "yuanjian serve --data /nonexistent/node"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/commands/words", test_words);
    g_test_add_func("/gateway/commands/every-command-is-described", test_every_command_is_described);
    g_test_add_func("/gateway/commands/table", test_table);
    g_test_add_func("/gateway/commands/nobody-there", test_nobody_there);
#define TEST(name, func) g_test_add("/gateway/commands/" name, Socket, NULL, socket_setup, func, socket_teardown)
    TEST("answers", test_answers);
    TEST("refusals", test_refusals);
    TEST("private-socket", test_private_socket);
    TEST("abandoned-socket-is-replaced", test_abandoned_socket_is_replaced);
    TEST("rubbish", test_rubbish);
    return g_test_run();
}
