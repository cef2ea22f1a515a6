#include "signaling/head.h"

#include <string.h>

#include "signaling/body.h"
#include "signaling/error.h"
#include "signaling/reply.h"

#define H "Host: a.example\r\n"

/* On one line, whatever it holds. */
static void
say(const char *text)
{
    g_autofree char *escaped = g_strescape(text, NULL);

    g_test_message("%.200s", escaped);
}

typedef struct {
    const char *text;
    SigHeadState state;
} Case;

static const Case cases[] = {
    { "GET / HTTP/1.1\r\n" H "\r\n", SIG_HEAD_DONE },
    { "\r\nGET / HTTP/1.1\r\n" H "\r\n", SIG_HEAD_DONE },
    { "GET / HTTP/1.0\r\n\r\n", SIG_HEAD_DONE },
    { "GET http://a.example/x HTTP/1.1\r\n" H "\r\n", SIG_HEAD_DONE },
    { "GET / HTTP/1.1\r\n" H "X: \xe9\r\n\r\n", SIG_HEAD_DONE },
    { "", SIG_HEAD_MORE },
    { "GET / HTTP/1.1\r\n" H, SIG_HEAD_MORE },
    { "GET / HTTP/1.1\r\n" H "\r", SIG_HEAD_MORE },
    { "GET / HTTP/1.1\r\n\r\n", SIG_HEAD_BAD },
    { "GET / HTTP/1.1\n" H "\n\n", SIG_HEAD_BAD },
    { "GET / HTTP/1.1\r\nHost: a\n\r\n\r\n", SIG_HEAD_BAD },
    { "GET / HTTP/1.1\r\n" H "A: b\rc\r\n\r\n", SIG_HEAD_BAD },
    { "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", SIG_HEAD_BAD },
    { "GET / HTTP/1.1\r\n" H "A: b\r\n\tc\r\n\r\n", SIG_HEAD_BAD },
    { "GET / HTTP/1.1\r\n" H "A : b\r\n\r\n", SIG_HEAD_BAD },
    { "GET / HTTP/1.1\r\n" H ": b\r\n\r\n", SIG_HEAD_BAD },
    { "GET / HTTP/1.1\r\n" H "nonsense\r\n\r\n", SIG_HEAD_BAD },
    { "GET / HTTP/1.1\r\n" H "A: \x01\r\n\r\n", SIG_HEAD_BAD },
    { "GET / HTTP/1.1\r\n" H H "\r\n", SIG_HEAD_BAD },
    { "GET  / HTTP/1.1\r\n" H "\r\n", SIG_HEAD_BAD },
    { "GET /a b HTTP/1.1\r\n" H "\r\n", SIG_HEAD_BAD },
    { "GET /\xe9 HTTP/1.1\r\n" H "\r\n", SIG_HEAD_BAD },
    { "GET a HTTP/1.1\r\n" H "\r\n", SIG_HEAD_BAD },
    { "OPTIONS * HTTP/1.1\r\n" H "\r\n", SIG_HEAD_BAD },
    { "CONNECT a.example:443 HTTP/1.1\r\n" H "\r\n", SIG_HEAD_BAD },
    { "GET /\r\n" H "\r\n", SIG_HEAD_BAD },
    { "GET / HTTP/1.2\r\n" H "\r\n", SIG_HEAD_BAD },
    { "GET / HTTP/2.0\r\n" H "\r\n", SIG_HEAD_BAD },
    { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", SIG_HEAD_BAD },
    { "GET / http/1.1\r\n" H "\r\n", SIG_HEAD_BAD },
    { "G\xc3T / HTTP/1.1\r\n" H "\r\n", SIG_HEAD_BAD },
    { "VERYVERYLONGVERBS / HTTP/1.1\r\n" H "\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.1\r\n" H "Content-Length: -3\r\n\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.1\r\n" H "Content-Length: +3\r\n\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.1\r\n" H "Content-Length: 0x3\r\n\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999\r\n\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", SIG_HEAD_BAD },
    { "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", SIG_HEAD_BAD },
};

static SigHeadState
parse(const char *text, size_t size, SigHead **ret_head)
{
    g_autoptr(GError) error = NULL;
    size_t used = 0;
    SigHeadState state = sig_head_parse((const uint8_t *)text, size, ret_head, &used, &error);

    g_assert_cmpint(state == SIG_HEAD_BAD, ==, error != NULL);
    if (state == SIG_HEAD_DONE)
        g_assert_cmpuint(used, ==, size);
    return state;
}

static void
test_table(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(SigHead) head = NULL;

        say(cases[i].text);
        g_assert_cmpint(parse(cases[i].text, strlen(cases[i].text), &head), ==, cases[i].state);
    }
}

static void
test_fields(void)
{
    static const char text[] =
        "POST /a%20b?x=1?&y HTTP/1.1\r\nHost: a\r\nCONTENT-length:  12 \r\nConnection: foo, Close\r\n"
        "Accept-Encoding: br;q=1, gzip;q=0.5, zstd;q=0\r\n\r\n";
    g_autoptr(SigHead) head = NULL;

    g_assert_cmpint(parse(text, strlen(text), &head), ==, SIG_HEAD_DONE);
    g_assert_cmpstr(head->verb, ==, "POST");
    g_assert_cmpstr(head->path, ==, "/a%20b");
    g_assert_cmpstr(head->query, ==, "x=1?&y");
    g_assert_cmpuint(head->length, ==, 12);
    g_assert_cmpstr(sig_head_get(head, "content-length"), ==, "12");
    g_assert_false(head->keep_alive);
    g_assert_true(sig_head_lists(head, "accept-encoding", "gzip"));
    g_assert_true(sig_head_lists(head, "accept-encoding", "br"));
    g_assert_false(sig_head_lists(head, "accept-encoding", "zstd"));
    g_assert_false(sig_head_lists(head, "accept-encoding", "zip"));
}

static void
test_nul(void)
{
    static const char text[] = "GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n";
    g_autoptr(SigHead) head = NULL;

    g_assert_cmpint(parse(text, sizeof text - 1, &head), ==, SIG_HEAD_BAD);
}

static SigHeadState
parse_with(unsigned n_lines, const char *line)
{
    g_autoptr(GString) text = g_string_new("GET / HTTP/1.1\r\n" H);
    g_autoptr(SigHead) head = NULL;

    for (unsigned i = 0; i < n_lines; i++)
        g_string_append(text, line);
    g_string_append(text, "\r\n");
    return parse(text->str, text->len, &head);
}

static void
test_limits(void)
{
    g_autofree char *line = g_strnfill(SIG_HEAD_MAX_SIZE, 'x'), *long_line = g_strdup_printf("A: %s\r\n", line);

    g_assert_cmpint(parse_with(SIG_HEAD_MAX_LINES - 1, "A: b\r\n"), ==, SIG_HEAD_DONE);
    g_assert_cmpint(parse_with(SIG_HEAD_MAX_LINES, "A: b\r\n"), ==, SIG_HEAD_BAD);
    g_assert_cmpint(parse_with(10000, "A: b\r\n"), ==, SIG_HEAD_BAD);
    g_assert_cmpint(parse_with(1, long_line), ==, SIG_HEAD_BAD);
}

typedef struct {
    const char *text, *body;
    SigBodyState state;
} BodyCase;

static const BodyCase bodies[] = {
    { "3\r\nabc\r\n0\r\n\r\n", "abc", SIG_BODY_DONE },
    { "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: z\r\n\r\n", "abcde", SIG_BODY_DONE },
    { "0\r\n\r\n", "", SIG_BODY_DONE },
    { "A\r\n0123456789\r\n0\r\n\r\n", "0123456789", SIG_BODY_DONE },
    { "3\r\nab", NULL, SIG_BODY_MORE },
    { "3\nabc\r\n", NULL, SIG_BODY_BAD },
    { "3\r\nabcd\r\n", NULL, SIG_BODY_BAD },
    { "\r\n", NULL, SIG_BODY_BAD },
    { "-1\r\n", NULL, SIG_BODY_BAD },
    { "0x3\r\nabc\r\n", NULL, SIG_BODY_BAD },
    { "3 abc\r\n\r\n\r\n\r\n", NULL, SIG_BODY_BAD },
    { "fffffffffffff\r\n", NULL, SIG_BODY_BAD },
    { "ffffffffffff\r\n", NULL, SIG_BODY_TOO_LARGE },
    { "B\r\n", NULL, SIG_BODY_TOO_LARGE },
    { "8\r\n01234567\r\n8\r\n", NULL, SIG_BODY_TOO_LARGE },
};

/* In one piece and byte by byte. */
static void
check_body(const BodyCase *c, size_t step)
{
    SigHead head = { .chunked = true };
    SigBodyState state;
    SigBody body;
    size_t length = strlen(c->text);

    say(c->text);
    g_assert_cmpint(sig_body_init(&body, &head, 10), ==, SIG_BODY_MORE);
    for (size_t at = 0; at < length; at += step) {
        const uint8_t *bytes = (const uint8_t *)c->text + at;
        size_t size = MIN(step, length - at);

        state = sig_body_take(&body, &bytes, &size);
        if (state != SIG_BODY_MORE)
            break;
    }
    g_assert_cmpint(state, ==, c->state);
    if (c->body != NULL) {
        g_autoptr(GBytes) whole = sig_body_steal(&body);

        g_assert_cmpmem(g_bytes_get_data(whole, NULL), g_bytes_get_size(whole), c->body, strlen(c->body));
    }
    sig_body_clear(&body);
}

static void
test_chunked(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(bodies); i++) {
        check_body(&bodies[i], 1000);
        check_body(&bodies[i], 1);
    }
}

static void
test_chunk_extension(void)
{
    g_autofree char *extension = g_strnfill(1000000, 'x'), *text = g_strdup_printf("1;%s\r\n", extension);
    BodyCase c = { text, NULL, SIG_BODY_BAD };

    check_body(&c, 4096);
}

static void
test_length(void)
{
    SigHead head = { .length = 10, .has_length = true };
    SigBody body;

    g_assert_cmpint(sig_body_init(&body, &head, 10), ==, SIG_BODY_MORE);
    sig_body_clear(&body);
    head.length = 11;
    g_assert_cmpint(sig_body_init(&body, &head, 10), ==, SIG_BODY_TOO_LARGE);
    sig_body_clear(&body);
}

static void
test_reply_headers(void)
{
    g_autoptr(SigReply) reply = sig_reply_new(200, "text/plain", NULL);
    g_autoptr(GBytes) head = NULL;
    SigReplyFrame frame = { .tls = true, .length = 5, .time_s = 784111777 };

    g_assert_true(sig_reply_add_header(reply, "Location", "/whip/x"));
    g_assert_true(sig_reply_add_header(reply, "Cache-Control", "max-age=5"));
    g_assert_false(sig_reply_add_header(reply, "X", "a\r\nSet-Cookie: b"));
    g_assert_false(sig_reply_add_header(reply, "X\r\nY", "a"));
    g_assert_false(sig_reply_add_header(reply, "", "a"));
    head = sig_reply_make_head(reply, &frame);
    g_autofree char *text = g_strndup(g_bytes_get_data(head, NULL), g_bytes_get_size(head));
    g_assert_true(g_str_has_prefix(text, "HTTP/1.1 200 OK\r\n"));
    g_assert_true(g_str_has_suffix(text, "\r\n\r\n"));
    g_assert_nonnull(strstr(text, "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    g_assert_nonnull(strstr(text, "\r\nContent-Security-Policy: default-src 'self';"));
    g_assert_nonnull(strstr(text, "\r\nStrict-Transport-Security: "));
    g_assert_nonnull(strstr(text, "\r\nCache-Control: max-age=5\r\n"));
    g_assert_null(strstr(text, "no-store"));
    g_assert_null(strstr(text, "Set-Cookie"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signaling/head/table", test_table);
    g_test_add_func("/signaling/head/fields", test_fields);
    g_test_add_func("/signaling/head/a-nul-byte-is-refused", test_nul);
    g_test_add_func("/signaling/head/limits", test_limits);
    g_test_add_func("/signaling/body/chunks", test_chunked);
    g_test_add_func("/signaling/body/a-long-chunk-extension-is-refused", test_chunk_extension);
    g_test_add_func("/signaling/body/a-length-over-the-limit-is-refused-at-once", test_length);
    g_test_add_func("/signaling/reply/headers-cannot-break-out-of-their-line", test_reply_headers);
    return g_test_run();
}
