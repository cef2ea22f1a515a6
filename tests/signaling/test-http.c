#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#define H "Host: a.example\r\n"

/* On one line, whatever it holds. */
static void
say(const char *text)
{
    g_autofree char *escaped = g_strescape(text, NULL);

    g_test_message("%.200s", escaped);
}

typedef struct {
    const char *request;
    int status;
    const char *holds; /* NULL: whatever */
} Case;

static const Case cases[] = {
    { "GET /hello HTTP/1.1\r\n" H "\r\n", 200, "X-Test: yes" },
    { "GET /hello HTTP/1.0\r\n\r\n", 200, "Connection: close" },
    { "GET /hello HTTP/1.1\r\n" H "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n", 200, "hello" },
    { "HEAD /hello HTTP/1.1\r\n" H "\r\n", 200, "Content-Length: 5\r\n" },
    { "GET /nothing HTTP/1.1\r\n" H "\r\n", 404, "not-found" },
    { "GET /hello/ HTTP/1.1\r\n" H "\r\n", 404, NULL },
    { "GET /a/../hello HTTP/1.1\r\n" H "\r\n", 404, NULL },
    { "GET /%2e%2e/etc/passwd HTTP/1.1\r\n" H "\r\n", 404, NULL },
    { "GET /up%2f1 HTTP/1.1\r\n" H "\r\n", 404, NULL },
    { "DELETE /hello HTTP/1.1\r\n" H "\r\n", 405, "Allow: GET, HEAD" },
    { "GET /up/1 HTTP/1.1\r\n" H "\r\n", 405, "Allow: POST" },
    { "OPTIONS /hello HTTP/1.1\r\n" H "\r\n", 405, NULL },
    { "TRACE /hello HTTP/1.1\r\n" H "\r\n", 405, NULL },
    { "CONNECT a:1 HTTP/1.1\r\n" H "\r\n", 400, "Connection: close" },
    { "GET /secret HTTP/1.1\r\n" H "\r\n", 401, "sign-in-required" },
    { "GET /secret HTTP/1.1\r\n" H "Authorization: Bearer 1\r\n\r\n", 403, "forbidden" },
    { "GET /secret HTTP/1.1\r\n" H "Authorization: Bearer 2\r\n\r\n", 200, "hello" },
    { "GET /fail HTTP/1.1\r\n" H "\r\n", 500, "internal-error" },
    { "POST /up/x%20y?q=a%26b HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc", 201, "x y:3:a&b" },
    { "POST /up/1 HTTP/1.1\r\n" H "\r\n", 201, "1:0:" },
    { "POST /up/1 HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 201, "1:3:" },
    { "POST /up/1 HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400, "Connection: close" },
    { "POST /up/1 HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n", 413, "too-large" },
    { "POST /up/1 HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", 413, "too-large" },
    { "POST /up/1 HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400, NULL },
    { "POST /up/1 HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 400, NULL },
    { "POST /up/1 HTTP/1.1\r\n" H "Cookie: s=1\r\nOrigin: http://evil.example\r\n\r\n", 403, "forbidden" },
    { "POST /up/1 HTTP/1.1\r\n" H "Cookie: s=1\r\nOrigin: http://a.example\r\n\r\n", 201, NULL },
    { "POST /up/1 HTTP/1.1\r\n" H "Origin: http://evil.example\r\n\r\n", 201, NULL },
    { "GET / HTTP/1.1\nHost: a\n\n", 400, NULL },
    { "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", 400, NULL },
    { "GET /file HTTP/1.1\r\n" H "Range: bytes=10-19\r\n\r\n", 206, "\r\n\r\n0123456789" },
    { "GET /file HTTP/1.1\r\n" H "Range: bytes=10-19\r\n\r\n", 206, "Content-Range: bytes 10-19/1000" },
    { "GET /file HTTP/1.1\r\n" H "Range: bytes=-1\r\n\r\n", 206, "\r\n\r\n9" },
    { "GET /file HTTP/1.1\r\n" H "Range: bytes=1000-\r\n\r\n", 416, "Content-Range: bytes */1000" },
    { "GET /file HTTP/1.1\r\n" H "Range: bytes=0-0,2-2\r\n\r\n", 200, "Content-Length: 1000\r\n" },
    { "GET /file HTTP/1.1\r\n" H "Range: bytes=0-0\r\nIf-Range: \"other\"\r\n\r\n", 200, "Content-Length: 1000\r\n" },
    { "GET /file HTTP/1.1\r\n" H "If-None-Match: *\r\n\r\n", 304, NULL },
    { "HEAD /file HTTP/1.1\r\n" H "\r\n", 200, "Content-Length: 1000\r\n" },
    { "HEAD /file HTTP/1.1\r\n" H "Range: bytes=0-9\r\n\r\n", 206, "Content-Length: 10\r\n" },
    { "GET /content/a HTTP/1.1\r\n" H "Range: bytes=10-19\r\n\r\n", 206, "\r\n\r\n0123456789" },
    { "GET /content/a HTTP/1.1\r\n" H "Range: bytes=10-19\r\n\r\n", 206, "Content-Range: bytes 10-19/1000" },
    { "GET /content/a HTTP/1.1\r\n" H "Range: bytes=65-74\r\n\r\n", 206, "\r\n\r\n5678901234" },
    { "GET /content/a HTTP/1.1\r\n" H "Range: bytes=-1\r\n\r\n", 206, "\r\n\r\n9" },
    { "GET /content/a HTTP/1.1\r\n" H "Range: bytes=1000-\r\n\r\n", 416, "Content-Range: bytes */1000" },
    { "GET /content/a HTTP/1.1\r\n" H "Range: bytes=0-0\r\nIf-Range: \"other\"\r\n\r\n", 200, "Content-Length: 1000\r\n" },
    { "GET /content/a HTTP/1.1\r\n" H "Range: bytes=0-0\r\nIf-Range: \"never-changes\"\r\n\r\n", 206, "Content-Length: 1\r\n" },
    { "GET /content/a HTTP/1.1\r\n" H "If-None-Match: \"never-changes\"\r\n\r\n", 304, NULL },
    { "HEAD /content/a HTTP/1.1\r\n" H "\r\n", 200, "ETag: \"never-changes\"\r\n" },
    { "GET /content/missing HTTP/1.1\r\n" H "\r\n", 404, "not-found" },
    { "HEAD /content/missing HTTP/1.1\r\n" H "Range: bytes=0-9\r\n\r\n", 404, NULL },
    { "GET /address HTTP/1.1\r\n" H "X-Forwarded-For: 198.51.100.9\r\n\r\n", 200, "\r\n\r\n127.0.0.1" },
    { "GET /api/ws HTTP/1.1\r\n" H "\r\n", 426, "Sec-WebSocket-Version: 13" },
};

static void
ask_all(Wire *wire)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *reply = wire_request(wire, cases[i].request);

        say(cases[i].request);
        g_assert_cmpint(wire_status(reply), ==, cases[i].status);
        g_assert_nonnull(strstr(reply, "\r\nContent-Security-Policy: "));
        g_assert_nonnull(strstr(reply, "\r\nX-Content-Type-Options: nosniff\r\n"));
        g_assert_null(strstr(reply, "/srv/secret"));
        if (cases[i].holds != NULL)
            g_assert_nonnull(strstr(reply, cases[i].holds));
    }
}

static void
test_table(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, ask_all);
    wire_clear(&wire);
}

static void
send_many_lines(Wire *wire)
{
    g_autoptr(GString) request = g_string_new("GET /hello HTTP/1.1\r\n" H);
    g_autofree char *reply = NULL;

    for (unsigned i = 0; i < 1000; i++)
        g_string_append(request, "A: b\r\n");
    g_string_append(request, "\r\n");
    reply = wire_request(wire, request->str);
    g_assert_cmpint(wire_status(reply), ==, 400);
}

static void
test_many_lines(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, send_many_lines);
    wire_clear(&wire);
}

static void
read_content(Wire *wire)
{
    int fd = wire_connect(wire);
    g_autofree char *whole = NULL, *broken = NULL;

    wire_send(fd, "GET /content/a HTTP/1.0\r\n\r\n");
    whole = wire_read_all(fd);
    close(fd);
    const char *body = strstr(whole, "\r\n\r\n") + 4;
    g_assert_cmpuint(strlen(body), ==, 1000);
    for (unsigned i = 0; i < 1000; i++)
        g_assert_cmpint(body[i], ==, '0' + (int)(i % 10));
    fd = wire_connect(wire);
    wire_send(fd, "GET /content/broken HTTP/1.1\r\n" H "\r\n");
    broken = wire_read_all(fd); /* ends too early, for all to see */
    close(fd);
    g_assert_nonnull(strstr(broken, "Content-Length: 1000\r\n"));
    g_assert_cmpuint(strlen(strstr(broken, "\r\n\r\n") + 4), <, 1000);
}

static void
test_content(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, read_content);
    wire_clear(&wire);
}

static void
pipeline(Wire *wire)
{
    int fd = wire_connect(wire);
    g_autofree char *replies = NULL;
    char **parts;

    for (unsigned i = 0; i < 5; i++)
        wire_send(fd, "GET /file HTTP/1.1\r\n" H "\r\n");
    wire_send(fd, "POST /up/1 HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nabGET /hello HTTP/1.0\r\n\r\n");
    replies = wire_read_all(fd);
    close(fd);
    parts = g_strsplit(replies, "HTTP/1.1 20", 0);
    g_assert_cmpuint(g_strv_length(parts), ==, 1 + 7);
    g_assert_true(g_str_has_suffix(parts[6], "1:2:"));
    g_assert_true(g_str_has_suffix(parts[7], "hello"));
    g_strfreev(parts);
}

static void
test_pipeline(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, pipeline);
    wire_clear(&wire);
}

static void
expect_continue(Wire *wire)
{
    int fd = wire_connect(wire);
    g_autofree char *go = NULL, *reply = NULL;

    wire_send(fd, "POST /up/1 HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    go = wire_read_reply(fd, false);
    g_assert_cmpint(wire_status(go), ==, 100);
    wire_send(fd, "ab");
    reply = wire_read_reply(fd, false);
    g_assert_cmpint(wire_status(reply), ==, 201);
    close(fd);
}

static void
test_expect_continue(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, expect_continue);
    wire_clear(&wire);
}

static void
refused_while_sending(Wire *wire)
{
    int fd = wire_connect(wire);
    g_autofree char *chunk = g_strnfill(65536, 'x'), *reply = NULL;

    wire_send(fd, "POST /up/1 HTTP/1.1\r\n" H "Content-Length: 1000000\r\n\r\n");
    for (unsigned i = 0; i < 16; i++)
        wire_send_bytes(fd, chunk, 65536);
    reply = wire_read_reply(fd, false);
    g_assert_cmpint(wire_status(reply), ==, 413);
    close(fd);
}

static void
test_refused_while_sending(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, refused_while_sending);
    wire_clear(&wire);
}

static void
ask_and_leave(Wire *wire)
{
    int fd = wire_connect(wire);

    wire_send(fd, "GET /keep HTTP/1.1\r\n" H "\r\n");
    while (g_atomic_pointer_get(&wire->kept_http) == NULL)
        g_usleep(1000);
    close(fd);
}

static void
test_gone_before_the_answer(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, ask_and_leave);
    sig_http_reply_text(wire.kept_http, 200, "text/plain", "too late");
    wire_run(&wire, ask_all);
    wire_clear(&wire);
}

static void
test_answered_after_the_end(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, ask_and_leave);
    g_clear_pointer(&wire.server, sig_server_free);
    sig_http_fail(wire.kept_http, SIG_ERROR_UNAVAILABLE, "too late");
    wire_clear(&wire);
}

static void
ask_through_proxy(Wire *wire)
{
    g_autofree char *reply = wire_request(wire, "GET /address HTTP/1.1\r\n" H "X-Forwarded-For: 6.6.6.6, "
                                                "198.51.100.9\r\nX-Forwarded-Proto: https\r\n\r\n");

    g_assert_true(g_str_has_suffix(reply, "\r\n\r\n198.51.100.9"));
    g_assert_nonnull(strstr(reply, "Strict-Transport-Security"));
}

static void
test_proxy(void)
{
    static const char *const proxies[] = { "127.0.0.0/8", NULL };
    SigServerConfig config = { .trusted_proxies = proxies };
    Wire wire;

    wire_init(&wire, &config);
    wire_run(&wire, ask_through_proxy);
    wire_clear(&wire);
}

static void
connect_too_often(Wire *wire)
{
    int fds[3], last;
    g_autofree char *rest = NULL, *reply = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++) {
        g_autofree char *hello = NULL;

        fds[i] = wire_connect(wire);
        wire_send(fds[i], "GET /hello HTTP/1.1\r\n" H "\r\n");
        hello = wire_read_reply(fds[i], false);
        g_assert_cmpint(wire_status(hello), ==, 200);
    }
    last = wire_connect(wire);
    rest = wire_read_all(last);
    g_assert_cmpstr(rest, ==, "");
    close(last);
    wire_send(fds[0], "GET /hello HTTP/1.0\r\n\r\n");
    reply = wire_read_all(fds[0]);
    g_assert_cmpint(wire_status(reply), ==, 200);
    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
}

static void
test_connections_per_address(void)
{
    SigServerConfig config = { .max_per_address = 3 };
    SigServerStats stats;
    Wire wire;

    wire_init(&wire, &config);
    wire_run(&wire, connect_too_often);
    sig_server_get_stats(wire.server, &stats);
    g_assert_cmpuint(stats.refused, >=, 1);
    g_assert_cmpuint(stats.requests, ==, 4);
    wire_clear(&wire);
}

/* The deadline is the service's; here is only asserted that it comes. */
static void
send_slowly(Wire *wire)
{
    int fd = wire_connect(wire);
    struct timeval patience = { .tv_sec = 30 };
    g_autofree char *rest = NULL;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    wire_send(fd, "GET /hello HTTP/1.1\r\nHo");
    rest = wire_read_all(fd);
    g_assert_cmpstr(rest, ==, "");
    close(fd);
}

static void
test_slow_head(void)
{
    Wire wire;

    wire_init(&wire, NULL);
    wire_run(&wire, send_slowly);
    wire_clear(&wire);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signaling/http/table", test_table);
    g_test_add_func("/signaling/http/a-thousand-header-lines-are-refused", test_many_lines);
    g_test_add_func("/signaling/http/requests-in-one-go-are-answered-in-order", test_pipeline);
    g_test_add_func("/signaling/http/a-body-is-asked-for", test_expect_continue);
    g_test_add_func("/signaling/http/a-refusal-arrives-while-the-body-is-sent", test_refused_while_sending);
    g_test_add_func("/signaling/http/whoever-leaves-before-the-answer-harms-nobody", test_gone_before_the_answer);
    g_test_add_func("/signaling/http/an-answer-after-the-server-has-ended-is-dropped", test_answered_after_the_end);
    g_test_add_func("/signaling/http/a-trusted-proxy-is-believed", test_proxy);
    g_test_add_func("/signaling/http/connections-of-one-address-are-limited", test_connections_per_address);
    g_test_add_func("/signaling/http/a-head-that-does-not-come-ends-the-connection", test_slow_head);
    g_test_add_func("/signaling/http/content-is-read-while-it-is-sent", test_content);
    return g_test_run();
}
