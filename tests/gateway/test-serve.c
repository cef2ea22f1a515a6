/* The program itself: how it starts, refuses, ends; argument 1 is its path. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

static char *program;

typedef struct {
    char *dir, *data;
    GSubprocess *service;
} Fixture;

typedef struct {
    int code;
    char *out, *err;
} Result;

static void
result_clear(Result *result)
{
    g_free(result->out);
    g_free(result->err);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Result, result_clear)

static void
setup(Fixture *fixture, const void *data)
{
    (void)data;

    fixture->dir = g_dir_make_tmp("serve-XXXXXX", NULL);
    fixture->data = g_build_filename(fixture->dir, "data", NULL);
}

static void
remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);

    for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL; name = g_dir_read_name(dir)) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_all(child);
    }
    g_remove(path);
}

static void
teardown(Fixture *fixture, const void *data)
{
    (void)data;

    if (fixture->service != NULL) {
        g_subprocess_force_exit(fixture->service);
        g_subprocess_wait(fixture->service, NULL, NULL);
        g_object_unref(fixture->service);
    }
    remove_all(fixture->dir);
    g_free(fixture->data);
    g_free(fixture->dir);
}

/* Runs to the end; words after the program's name. */
static Result
run(const char *line)
{
    g_auto(GStrv) words = NULL;
    Result result = { 0 };
    g_autofree char *command = g_strdup_printf("'%s' %s", program, line);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_shell_parse_argv(command, NULL, &words, NULL));
    g_autoptr(GSubprocess) process = g_subprocess_newv(
        (const char *const *)words, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &result.out, &result.err, &error));
    g_assert_no_error(error);
    g_assert_true(g_subprocess_get_if_exited(process));
    result.code = g_subprocess_get_exit_status(process);
    return result;
}

static void
expect(const char *line, int code, const char *part)
{
    g_auto(Result) result = run(line);

    if (result.code != code || strstr(code == EX_OK ? result.out : result.err, part) == NULL)
        g_error("yuanjian %s: %d\n%s%s", line, result.code, result.out, result.err);
    if (code != EX_OK)
        g_assert_cmpstr(result.out, ==, "");
}

/* Starts the service and reads its log until it listens; the port. */
static unsigned
start(Fixture *fixture, const char *listen)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GRegex) regex = g_regex_new("listening on http://[^ ]*:([0-9]+),", 0, 0, NULL);

    g_clear_object(&fixture->service);
    fixture->service = g_subprocess_new(G_SUBPROCESS_FLAGS_STDERR_PIPE, &error, program, "serve", "--data",
                                        fixture->data, "--listen", listen, "--media-port", "0", NULL);
    g_assert_no_error(error);
    g_autoptr(GDataInputStream) log = g_data_input_stream_new(g_subprocess_get_stderr_pipe(fixture->service));
    g_filter_input_stream_set_close_base_stream(G_FILTER_INPUT_STREAM(log), FALSE);
    for (;;) {
        g_autofree char *line = g_data_input_stream_read_line(log, NULL, NULL, NULL);
        g_autoptr(GMatchInfo) match = NULL;

        g_assert_nonnull(line); /* it ended */
        if (g_regex_match(regex, line, 0, &match)) {
            g_autofree char *port = g_match_info_fetch(match, 1);
            return (unsigned)g_ascii_strtoull(port, NULL, 10);
        }
    }
}

static void
end(Fixture *fixture, int signal_number)
{
    g_subprocess_send_signal(fixture->service, signal_number);
    g_assert_true(g_subprocess_wait(fixture->service, NULL, NULL));
}

static void
test_usage(Fixture *fixture, const void *data)
{
    (void)fixture;
    (void)data;

    expect("--help", EX_OK, "archive path");
    expect("--version", EX_OK, "yuanjian ");
    expect("", EX_USAGE, "Usage");
    expect("serve --help", EX_OK, "--media-port N");
    expect("serve --listenn 1", EX_USAGE, "--listenn");
    expect("serve now", EX_USAGE, "'now'");
    expect("dance", EX_USAGE, "yuanjian --help");
    expect("session create --help", EX_OK, "--privileged");
}

static void
test_configuration_is_refused(Fixture *fixture, const void *data)
{
    g_autofree char *file = g_build_filename(fixture->dir, "bad.conf", NULL);
    g_autofree char *line = g_strdup_printf("serve --config %s --data %s", file, fixture->data);
    (void)data;

    expect("serve --config /nonexistent.conf", EX_CONFIG, "/nonexistent.conf");
    expect("serve --listen 0.0.0.0:0 --data x", EX_CONFIG, "certificate");
    expect("serve --listen 8080", EX_CONFIG, "ADDR");
    expect("serve --media-port 70000", EX_CONFIG, "--media-port");
    g_assert_true(g_file_set_contents(file, "[server]\nlissen = 1\n", -1, NULL));
    expect(line, EX_CONFIG, "lissen");
    g_assert_false(g_file_test(fixture->data, G_FILE_TEST_EXISTS));
}

static void
test_ends_cleanly(Fixture *fixture, const void *data)
{
    static const int signals[] = { SIGTERM, SIGINT };
    g_autofree char *socket = g_build_filename(fixture->data, "admin.sock", NULL);
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
        start(fixture, "127.0.0.1:0");
        g_assert_true(g_file_test(socket, G_FILE_TEST_EXISTS));
        end(fixture, signals[i]);
        g_assert_true(g_subprocess_get_if_exited(fixture->service));
        g_assert_cmpint(g_subprocess_get_exit_status(fixture->service), ==, 0);
        g_assert_false(g_file_test(socket, G_FILE_TEST_EXISTS));
    }
}

static void
test_second_service_on_the_same_data(Fixture *fixture, const void *data)
{
    g_autofree char *line = g_strdup_printf("serve --data %s --listen 127.0.0.1:0 --media-port 0", fixture->data);
    g_autofree char *list = g_strdup_printf("session list --data %s", fixture->data);
    (void)data;

    start(fixture, "127.0.0.1:0");
    expect(line, EX_TEMPFAIL, "another service is running");
    expect(list, EX_OK, ""); /* the first one is well */
}

static void
test_starts_again_after_kill(Fixture *fixture, const void *data)
{
    g_autofree char *add = g_strdup_printf("unit add --name One --tier prison --data %s", fixture->data);
    g_autofree char *list = g_strdup_printf("unit list --data %s", fixture->data);
    (void)data;

    start(fixture, "127.0.0.1:0");
    expect(add, EX_OK, "u-");
    end(fixture, SIGKILL);
    expect(list, EX_UNAVAILABLE, "yuanjian serve --data");
    start(fixture, "127.0.0.1:0");
    expect(list, EX_OK, "One");
}

static void
test_port_is_taken(Fixture *fixture, const void *data)
{
    g_autofree char *other = g_build_filename(fixture->dir, "other", NULL);
    unsigned port = start(fixture, "127.0.0.1:0");
    g_autofree char *number = g_strdup_printf("%u", port);
    g_autofree char *line = g_strdup_printf("serve --data %s --listen 127.0.0.1:%u --media-port 0", other, port);
    (void)data;

    expect(line, EX_UNAVAILABLE, number);
}

static void
test_data_directory_cannot_be_used(Fixture *fixture, const void *data)
{
    g_autofree char *file = g_build_filename(fixture->dir, "file", NULL);
    g_autofree char *line = g_strdup_printf("serve --data %s/below --listen 127.0.0.1:0", file);
    g_autofree char *index = g_build_filename(fixture->data, "index.db", NULL);
    g_autofree char *damaged = g_strdup_printf("serve --data %s --listen 127.0.0.1:0", fixture->data);
    (void)data;

    g_assert_true(g_file_set_contents(file, "", -1, NULL));
    expect(line, EX_CANTCREAT, "below");
    g_assert_cmpint(g_mkdir(fixture->data, 0700), ==, 0);
    g_assert_true(g_file_set_contents(index, "no database, but long enough to look like one", -1, NULL));
    expect(damaged, EX_IOERR, "index.db");
}

static void
test_owner_adds_people(Fixture *fixture, const void *data)
{
    static const struct {
        const char *words;
        int code;
        const char *part;
    } cases[] = {
        { "unit add --name 清溪监狱 --tier prison", EX_OK, "u-" },
        { "person add --name ann --role officer --unit 清溪监狱", EX_OK, "/console#link=" },
        { "person add --name Ann --role officer --unit 清溪监狱", EX_DATAERR, "already" },
        { "person add --name ben --role king --unit 清溪监狱", EX_USAGE, "role" },
        { "person add --name ben --role officer --unit nowhere", EX_DATAERR, "unit list" },
        { "person list --json", EX_OK, "\"name\" : \"ann\"" },
        { "terminal add --name 1 --unit 清溪监狱", EX_OK, "/terminal#link=" },
        { "link --person ANN", EX_OK, "/console#link=" },
        { "link --person ben", EX_DATAERR, "person list" },
        { "link", EX_USAGE, "either" },
        { "token --session x --party y --may sing", EX_USAGE, "publish" },
        { "token --session x --party y --may play --ttl 2h", EX_USAGE, "ttl_s" },
        { "token --session '*' --party '*' --may publish,play --ttl 10m", EX_OK, "" },
        { "demo load", EX_DATAERR, "empty" },
    };
    (void)data;

    start(fixture, "127.0.0.1:0");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *line = g_strdup_printf("%s --data %s", cases[i].words, fixture->data);
        expect(line, cases[i].code, cases[i].part);
    }
}

static void
test_demonstration(Fixture *fixture, const void *data)
{
    g_autofree char *load = g_strdup_printf("demo load --data %s", fixture->data);
    g_autofree char *links = g_strdup_printf("demo links --json --data %s", fixture->data);
    g_autofree char *list = g_strdup_printf("visit list --data %s", fixture->data);
    (void)data;

    start(fixture, "127.0.0.1:0");
    expect(load, EX_OK, "/visit/");
    g_auto(Result) before = run(list);
    expect(load, EX_OK, "/visit/");
    g_auto(Result) after = run(list);
    g_assert_cmpstr(before.out, ==, after.out);
    expect(links, EX_OK, "terminal_code");
    end(fixture, SIGTERM);
    start(fixture, "127.0.0.1:0");
    expect(load, EX_OK, "/visit/");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    program = argv[1];
    g_unsetenv("G_DEBUG"); /* of the program: warnings about a missing folder of pages are fine here */
#define TEST(name, func) g_test_add("/gateway/serve/" name, Fixture, NULL, setup, func, teardown)
    TEST("usage", test_usage);
    TEST("configuration-is-refused", test_configuration_is_refused);
    TEST("ends-cleanly", test_ends_cleanly);
    TEST("second-service-on-the-same-data", test_second_service_on_the_same_data);
    TEST("starts-again-after-kill", test_starts_again_after_kill);
    TEST("port-is-taken", test_port_is_taken);
    TEST("data-directory-cannot-be-used", test_data_directory_cannot_be_used);
    TEST("owner-adds-people", test_owner_adds_people);
    TEST("demonstration", test_demonstration);
    return g_test_run();
}
