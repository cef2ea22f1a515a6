#include <string.h>
#include <unistd.h>

#include "signaling/socket.h"
#include "wire.h"

typedef struct {
    const char *call, *holds;
} Case;

static const Case cases[] = {
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"hi\"}}",
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"text\":\"hi\"}}" },
    { "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"later\"}", "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}" },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nothing\"}", "-32601" },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}", "bad-params" },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":1}}", "bad-params" },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"secret\"}", "sign-in-required" },
    { "[]", "invalid-request" },
    { "{", "parse-error" },
    { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "parse-error" },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"echo\"}", "parse-error" },
    { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":1e999}}", "parse-error" },
};

static void
call_all(Wire *wire)
{
    int fd = wire_upgrade(wire, "", 101);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *answer = NULL;

        g_test_message("%s", cases[i].call);
        wire_call(fd, cases[i].call);
        answer = wire_read_text(fd);
        g_assert_nonnull(strstr(answer, cases[i].holds));
    }
    /* a notification is not answered: the next answer is that of the next call */
    wire_call(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"text\":\"quiet\"}}");
    wire_call(fd, cases[0].call);
    g_autofree char *answer = wire_read_text(fd);
    g_assert_cmpstr(answer, ==, cases[0].holds);
    close(fd);
}

static void
test_calls(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, call_all);
    wire_iterate_until(&wire.n_closed, 1);
    g_assert_cmpuint(wire.n_opened, ==, 1);
    wire_clear(&wire);
}

static void
call_with_right(Wire *wire)
{
    int fd = wire_upgrade(wire, "", 101);
    g_autofree char *answer = NULL;

    wire_call(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"secret\"}");
    answer = wire_read_text(fd);
    g_assert_nonnull(strstr(answer, *(const char *)wire->arg == '2' ? "result" : "forbidden"));
    close(fd);
}

static void
test_rights(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire.arg = (char *)"1";
    wire_run(&wire, call_with_right);
    wire.arg = (char *)"2";
    wire_run(&wire, call_with_right);
    wire_clear(&wire);
}

static void
upgrade_from_everywhere(Wire *wire)
{
    g_autofree char *own = g_strdup_printf("Origin: http://127.0.0.1:%u\r\nCookie: s=1\r\n", wire->port);

    close(wire_upgrade(wire, "", 101));
    close(wire_upgrade(wire, own, 101));
    close(wire_upgrade(wire, "Origin: https://console.example\r\nCookie: s=1\r\n", 101));
    close(wire_upgrade(wire, "Origin: http://evil.example\r\n", 403));
    close(wire_upgrade(wire, "Origin: http://evil.example\r\nCookie: s=1\r\n", 403));
    close(wire_upgrade(wire, "Origin: null\r\n", 403));
    close(wire_upgrade(wire, "Cookie: s=1\r\n", 403));
    close(wire_upgrade(wire, "Content-Length: 3\r\n", 400));
}

static void
test_origins(void)
{
    static const char *const origins[] = { "https://console.example", NULL };
    SigServerConfig config = { .origins = origins };
    Wire wire;

    wire_init(&wire, &config);
    wire_run(&wire, upgrade_from_everywhere);
    wire_iterate_until(&wire.n_opened, 3);
    g_assert_cmpuint(wire.n_opened, ==, 3);
    wire_clear(&wire);
}

static void
send_too_much(Wire *wire)
{
    g_autofree char *text = g_strnfill(SIG_FRAMES_MAX_MESSAGE + 1, ' ');
    int fd = wire_upgrade(wire, "", 101);

    wire_send_frame(fd, 0x81, text, SIG_FRAMES_MAX_MESSAGE + 1);
    g_assert_cmpuint(wire_read_close(fd), ==, 1009);
    close(fd);
    fd = wire_upgrade(wire, "", 101);
    wire_send_bytes(fd, "\x81\x02hi", 4);
    g_assert_cmpuint(wire_read_close(fd), ==, 1002);
    close(fd);
}

static void
test_too_much(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, send_too_much);
    wire_iterate_until(&wire.n_closed, 2);
    wire_clear(&wire);
}

static void
call_too_fast(Wire *wire)
{
    int fd = wire_upgrade(wire, "", 101);
    unsigned n_limited = 0;

    for (unsigned i = 0; i < SIG_SOCKET_BURST + 100; i++)
        wire_call(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"hi\"}}");
    for (unsigned i = 0; i < SIG_SOCKET_BURST + 100; i++) {
        g_autofree char *answer = wire_read_text(fd);

        n_limited += strstr(answer, "limit-reached") != NULL;
    }
    g_assert_cmpuint(n_limited, >, 0);
    close(fd);
}

static void
flood(Wire *wire)
{
    int fd = wire_upgrade(wire, "", 101);

    for (unsigned i = 0; i < 5000; i++)
        wire_send_frame(fd, 0x89, "x", 1);
    g_assert_cmpuint(wire_read_close(fd), ==, 1008);
    close(fd);
}

static void
test_rate(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, call_too_fast);
    wire_run(&wire, flood);
    wire_clear(&wire);
}

static void
echo(int fd)
{
    g_autofree char *answer = NULL;

    wire_call(fd, cases[0].call);
    answer = wire_read_text(fd);
    g_assert_cmpstr(answer, ==, cases[0].holds);
}

static void
read_nothing(Wire *wire)
{
    int slow = wire_upgrade(wire, "", 101), other = wire_upgrade(wire, "", 101);
    unsigned code;

    echo(other);
    wire_call(slow, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"burst\",\"params\":{\"count\":2000,\"size\":20000}}");
    for (unsigned i = 0; i < 50; i++)
        echo(other);
    code = wire_read_close(slow);
    g_assert_true(code == SIG_CLOSE_SLOW || code == 0);
    echo(other);
    close(slow);
    close(other);
}

static void
test_slow(void)
{
    SigServerStats stats;
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, read_nothing);
    wire_iterate_until(&wire.n_closed, 2);
    sig_server_get_stats(wire.server, &stats);
    g_assert_cmpuint(stats.dropped_slow, ==, 1);
    wire_clear(&wire);
}

static void
read_a_burst(Wire *wire)
{
    int fd = wire_upgrade(wire, "", 101);

    wire_call(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"burst\",\"params\":{\"count\":900,\"size\":1000}}");
    for (unsigned i = 0; i < 901; i++)
        g_free(wire_read_text(fd));
    close(fd);
}

static void
test_burst(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, read_a_burst);
    wire_clear(&wire);
}

static void
be_told_to_leave(Wire *wire)
{
    int fd = wire_upgrade(wire, "", 101);

    wire_call(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"leave\"}");
    g_assert_cmpuint(wire_read_close(fd), ==, SIG_CLOSE_ELSEWHERE);
    close(fd);
}

static void
test_close(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, be_told_to_leave);
    wire_iterate_until(&wire.n_closed, 1);
    wire_clear(&wire);
}

static void
call_and_leave(Wire *wire)
{
    int fd = wire_upgrade(wire, "", 101);

    wire_call(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"keep\"}");
    while (g_atomic_pointer_get(&wire->kept) == NULL)
        g_usleep(1000);
    close(fd);
}

static void
test_gone_before_the_answer(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, call_and_leave);
    wire_iterate_until(&wire.n_closed, 1);
    g_assert_null(sig_request_get_client(wire.kept));
    sig_request_reply(wire.kept, NULL);
    wire_clear(&wire);
}

static void
test_answered_after_the_end(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, call_and_leave);
    g_clear_pointer(&wire.server, sig_server_free);
    g_assert_cmpuint(wire.n_closed, ==, 1);
    sig_request_fail(wire.kept, SIG_ERROR_STATE, "too late");
    wire_clear(&wire);
}

static void *
wait_for_the_end(void *data)
{
    int fd = wire_upgrade(data, "", 101);
    unsigned code = wire_read_close(fd);

    close(fd);
    return GUINT_TO_POINTER(code);
}

static void
test_end(void)
{
    GThread *client;
    Wire wire;

    wire_init(&wire, NULL);
    client = g_thread_new("client", wait_for_the_end, &wire);
    wire_iterate_until(&wire.n_opened, 1);
    g_clear_pointer(&wire.server, sig_server_free);
    g_assert_cmpuint(wire.n_closed, ==, 1);
    g_assert_cmpuint(GPOINTER_TO_UINT(g_thread_join(client)), ==, 1001);
    wire_clear(&wire);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signaling/websocket/calls", test_calls);
    g_test_add_func("/signaling/websocket/rights", test_rights);
    g_test_add_func("/signaling/websocket/foreign-pages-are-refused", test_origins);
    g_test_add_func("/signaling/websocket/too-large-or-not-masked-ends-the-connection", test_too_much);
    g_test_add_func("/signaling/websocket/too-fast-is-told-then-ended", test_rate);
    g_test_add_func("/signaling/websocket/who-does-not-read-is-dropped-others-go-on", test_slow);
    g_test_add_func("/signaling/websocket/who-reads-is-not-dropped-for-a-burst", test_burst);
    g_test_add_func("/signaling/websocket/a-close-has-its-code", test_close);
    g_test_add_func("/signaling/websocket/whoever-leaves-before-the-answer-harms-nobody", test_gone_before_the_answer);
    g_test_add_func("/signaling/websocket/an-answer-after-the-server-has-ended-is-dropped",
                    test_answered_after_the_end);
    g_test_add_func("/signaling/websocket/the-end-is-told", test_end);
    return g_test_run();
}
