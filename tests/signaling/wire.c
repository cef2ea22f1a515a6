#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { FILE_SIZE = 1000 };

static void
on_echo(SigRequest *request, JsonObject *params, void *user_data G_GNUC_UNUSED)
{
    sig_request_reply_object(request, json_object_ref(params));
}

static gboolean
answer_later(void *data)
{
    sig_request_reply(data, NULL);
    return G_SOURCE_REMOVE;
}

static void
on_later(SigRequest *request, JsonObject *params G_GNUC_UNUSED, void *user_data G_GNUC_UNUSED)
{
    g_idle_add(answer_later, request);
}

static void
on_keep(SigRequest *request, JsonObject *params G_GNUC_UNUSED, void *user_data)
{
    g_atomic_pointer_set(&((Wire *)user_data)->kept, request);
}

static void
on_leave(SigRequest *request, JsonObject *params G_GNUC_UNUSED, void *user_data G_GNUC_UNUSED)
{
    sig_client_close(sig_request_get_client(request), SIG_CLOSE_ELSEWHERE, "opened elsewhere");
    sig_client_notify(sig_request_get_client(request), "too.late", NULL);
    sig_request_reply(request, NULL);
}

static void
on_burst(SigRequest *request, JsonObject *params, void *user_data G_GNUC_UNUSED)
{
    SigClient *client = sig_request_get_client(request);
    g_autofree char *text = g_strnfill((size_t)json_object_get_int_member(params, "size"), 'x');

    for (int64_t i = 0; i < json_object_get_int_member(params, "count"); i++) {
        JsonObject *event = json_object_new();

        json_object_set_string_member(event, "text", text);
        sig_client_notify(client, "burst", event);
    }
    sig_request_reply(request, NULL);
}

static const SigParam echo_params[] = { { "text", SIG_TYPE_STRING, .max = 1000000 }, { NULL } };
static const SigParam burst_params[] = {
    { "count", SIG_TYPE_INTEGER, .min = 0, .max = 10000 },
    { "size", SIG_TYPE_INTEGER, .min = 0, .max = 1000000 },
    { NULL },
};
static const SigMethod methods[] = {
    { "echo", 0, echo_params, "Says it again.", "what was said", on_echo },
    { "later", 0, NULL, "Answers from the loop.", "nothing", on_later },
    { "keep", 0, NULL, "Answers when the test says so.", "nothing", on_keep },
    { "leave", 0, NULL, "Closes the connection.", "nothing", on_leave },
    { "burst", 0, burst_params, "Sends events.", "nothing", on_burst },
    { "secret", 2, NULL, "For those with a right.", "nothing", on_later },
};
static const SigMethod *const method_table[] = { &methods[0], &methods[1], &methods[2], &methods[3],
                                                 &methods[4], &methods[5], NULL };

static void
on_get_hello(SigHttp *http, void *user_data G_GNUC_UNUSED)
{
    sig_http_add_header(http, "X-Test", "yes");
    sig_http_reply_text(http, 200, "text/plain", "hello");
}

static void
on_get_address(SigHttp *http, void *user_data G_GNUC_UNUSED)
{
    sig_http_reply_text(http, 200, "text/plain", sig_http_get_address(http));
}

static void
on_get_file(SigHttp *http, void *user_data)
{
    sig_http_reply_file(http, ((Wire *)user_data)->file_path, "video/webm");
}

/* "missing" cannot be opened, "broken" not be read beyond the first 100 bytes; else as the file. */
static bool
on_open(void *data, uint64_t *ret_size)
{
    *ret_size = FILE_SIZE;
    return strcmp(data, "missing") != 0;
}

static ssize_t
on_read(void *data, uint64_t at, void *buffer, size_t size)
{
    size_t n = MIN(size, 70); /* less than was asked for, at times */

    g_assert_cmpuint(at + size, <=, FILE_SIZE);
    if (strcmp(data, "broken") == 0 && at >= 100)
        return -1;
    for (size_t i = 0; i < n; i++)
        ((char *)buffer)[i] = (char)('0' + (at + i) % 10);
    return (ssize_t)n;
}

static const SigContent content = { on_open, on_read, g_free };

static void
on_get_content(SigHttp *http, void *user_data G_GNUC_UNUSED)
{
    char *name = g_strdup(sig_http_get_param(http, "name"));

    sig_http_reply_content(http, &content, name, "never-changes", "video/webm");
}

static void
on_get_keep(SigHttp *http, void *user_data)
{
    g_atomic_pointer_set(&((Wire *)user_data)->kept_http, http);
}

static void
on_post_up(SigHttp *http, void *user_data G_GNUC_UNUSED)
{
    g_autofree char *text =
        g_strdup_printf("%s:%zu:%s", sig_http_get_param(http, "id"), g_bytes_get_size(sig_http_get_body(http)),
                        sig_http_get_query(http, "q") != NULL ? sig_http_get_query(http, "q") : "");

    sig_http_reply_text(http, 201, "text/plain", text);
}

static void
on_fail(SigHttp *http, void *user_data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_NOENT, "/srv/secret: no such file");

    sig_http_fail_error(http, error);
}

static const SigRoute routes[] = {
    { "GET", "/hello", 0, 0, "Says hello.", on_get_hello },
    { "GET", "/address", 0, 0, "Says who asks.", on_get_address },
    { "GET", "/file", 0, 0, "A file.", on_get_file },
    { "GET", "/content/{name}", 0, 0, "Is read while it is sent.", on_get_content },
    { "GET", "/keep", 0, 0, "Answers when the test says so.", on_get_keep },
    { "GET", "/secret", 2, 0, "For those with a right.", on_get_hello },
    { "GET", "/fail", 0, 0, "Fails.", on_fail },
    { "POST", "/up/{id}", 0, 1000, "Takes a body.", on_post_up },
    { NULL },
};

static void
on_opened(SigClient *client, void *user_data)
{
    const char *right = sig_client_get_query(client, "right");

    ((Wire *)user_data)->n_opened++;
    sig_client_set_access(client, right != NULL ? (uint32_t)atoi(right) : 0);
}

static void
on_closed(SigClient *client G_GNUC_UNUSED, void *user_data)
{
    ((Wire *)user_data)->n_closed++;
}

static uint32_t
get_access(SigHttp *http, void *user_data G_GNUC_UNUSED)
{
    const char *token = sig_http_get_header(http, "authorization");

    return token != NULL && g_str_has_prefix(token, "Bearer ") ? (uint32_t)atoi(token + strlen("Bearer ")) : 0;
}

void
wire_init(Wire *self, const SigServerConfig *config)
{
    SigServerConfig used = config != NULL ? *config : (SigServerConfig){ 0 };
    SigServerEvents events = { on_opened, on_closed, get_access };
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_malloc(FILE_SIZE);
    int fd;

    *self = (Wire){ 0 };
    used.address = used.address != NULL ? used.address : "127.0.0.1";
    used.websocket_path = "/api/ws";
    self->server = sig_server_new(&used, &events, self, &error);
    g_assert_no_error(error);
    sig_server_add_methods(self->server, method_table, self);
    sig_server_add_routes(self->server, routes, self);
    self->port = sig_server_get_port(self->server);

    for (unsigned i = 0; i < FILE_SIZE; i++)
        text[i] = (char)('0' + i % 10);
    fd = g_file_open_tmp("wire-XXXXXX", &self->file_path, NULL);
    g_assert_cmpint(write(fd, text, FILE_SIZE), ==, FILE_SIZE);
    close(fd);
    sig_server_start(self->server);
}

void
wire_clear(Wire *self)
{
    g_clear_pointer(&self->server, sig_server_free);
    g_remove(self->file_path);
    g_free(self->file_path);
}

typedef struct {
    Wire *wire;
    void (*client)(Wire *wire);
} Run;

static void *
client_main(void *data)
{
    Run *run = data;

    run->client(run->wire);
    g_atomic_int_set(&run->wire->done, 1);
    g_main_context_wakeup(NULL);
    return NULL;
}

void
wire_run(Wire *self, void (*client)(Wire *wire))
{
    Run run = { self, client };
    GThread *thread;

    g_atomic_int_set(&self->done, 0);
    thread = g_thread_new("client", client_main, &run);
    while (!g_atomic_int_get(&self->done))
        g_main_context_iteration(NULL, TRUE);
    g_thread_join(thread);
}

void
wire_iterate_until(const unsigned *value, unsigned wanted)
{
    while (*value < wanted)
        g_main_context_iteration(NULL, TRUE);
}

int
wire_connect(const Wire *self)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(self->port) };
    struct timeval patience = { .tv_sec = 10 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return fd;
}

/* What the other side does not take any more is its business: tests look at what it said. */
void
wire_send_bytes(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        at += n;
        size -= (size_t)n;
    }
}

void
wire_send(int fd, const char *text)
{
    wire_send_bytes(fd, text, strlen(text));
}

/* False at the end of the stream, however it ends; running out of patience is a failure. */
static bool
read_exactly(int fd, void *buffer, size_t size)
{
    char *at = buffer;

    while (size > 0) {
        ssize_t n = recv(fd, at, size, 0);

        g_assert_false(n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

char *
wire_read_all(int fd)
{
    GString *text = g_string_new(NULL);
    char c;

    while (read_exactly(fd, &c, 1))
        g_string_append_c(text, c);
    return g_string_free(text, FALSE);
}

char *
wire_read_reply(int fd, bool head_only)
{
    GString *text = g_string_new(NULL);
    const char *length;
    size_t n;
    char c;

    while (!g_str_has_suffix(text->str, "\r\n\r\n") && read_exactly(fd, &c, 1))
        g_string_append_c(text, c);
    length = strstr(text->str, "Content-Length: ");
    n = length != NULL && !head_only ? (size_t)atol(length + strlen("Content-Length: ")) : 0;
    while (n-- > 0 && read_exactly(fd, &c, 1))
        g_string_append_c(text, c);
    return g_string_free(text, FALSE);
}

int
wire_status(const char *reply)
{
    return g_str_has_prefix(reply, "HTTP/1.1 ") ? atoi(reply + strlen("HTTP/1.1 ")) : 0;
}

char *
wire_request(const Wire *self, const char *text)
{
    int fd = wire_connect(self);
    char *reply;

    wire_send(fd, text);
    reply = wire_read_reply(fd, g_str_has_prefix(text, "HEAD"));
    close(fd);
    return reply;
}

int
wire_upgrade(const Wire *self, const char *extra, int status)
{
    int fd = wire_connect(self);
    g_autofree char *reply = NULL;
    g_autofree char *request = g_strdup_printf("GET /api/ws?right=%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                                               "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                               "Sec-WebSocket-Version: 13\r\n"
                                               "Sec-WebSocket-Extensions: permessage-deflate\r\n%s\r\n",
                                               self->arg != NULL ? (const char *)self->arg : "0", self->port, extra);

    wire_send(fd, request);
    reply = wire_read_reply(fd, false);
    g_assert_cmpint(wire_status(reply), ==, status);
    g_assert_null(strstr(reply, "permessage-deflate"));
    return fd;
}

void
wire_send_frame(int fd, unsigned first_byte, const void *payload, size_t size)
{
    static const uint8_t mask[4] = { 0x11, 0x22, 0x33, 0x44 };
    g_autofree uint8_t *masked = g_malloc(size + 1);
    uint8_t header[10] = { (uint8_t)first_byte };
    unsigned n_bytes = size <= 125 ? 0 : size <= 0xffff ? 2 : 8;

    header[1] = (uint8_t)(0x80 | (n_bytes == 0 ? size : n_bytes == 2 ? 126 : 127));
    for (unsigned i = 0; i < n_bytes; i++)
        header[2 + i] = (uint8_t)((uint64_t)size >> (8 * (n_bytes - 1 - i)));
    for (size_t i = 0; i < size; i++)
        masked[i] = ((const uint8_t *)payload)[i] ^ mask[i & 3];
    wire_send_bytes(fd, header, 2 + n_bytes);
    wire_send_bytes(fd, mask, sizeof mask);
    wire_send_bytes(fd, masked, size);
}

void
wire_call(int fd, const char *json)
{
    wire_send_frame(fd, 0x81, json, strlen(json));
}

char *
wire_read_frame(int fd, unsigned *ret_opcode, size_t *ret_size)
{
    uint8_t header[2], extended[8];
    uint64_t size;
    unsigned n_bytes;
    char *payload;

    if (!read_exactly(fd, header, 2))
        return NULL;
    g_assert_cmpuint(header[1] & 0x80, ==, 0);
    size = header[1];
    n_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (n_bytes > 0 && !read_exactly(fd, extended, n_bytes))
        return NULL;
    size = n_bytes > 0 ? 0 : size;
    for (unsigned i = 0; i < n_bytes; i++)
        size = size << 8 | extended[i];
    payload = g_malloc0(size + 1);
    if (!read_exactly(fd, payload, size)) {
        g_free(payload);
        return NULL;
    }
    *ret_opcode = header[0] & 0x0f;
    *ret_size = size;
    return payload;
}

char *
wire_read_text(int fd)
{
    unsigned opcode = 0;
    size_t size;
    char *text = wire_read_frame(fd, &opcode, &size);

    g_assert_cmpuint(opcode, ==, SIG_FRAME_TEXT);
    return text;
}

unsigned
wire_read_close(int fd)
{
    for (;;) {
        unsigned opcode = 0, code = 0;
        size_t size;
        g_autofree char *payload = wire_read_frame(fd, &opcode, &size);

        if (payload == NULL)
            return 0;
        if (size >= 2)
            code = (unsigned)((uint8_t)payload[0] << 8 | (uint8_t)payload[1]);
        if (opcode == SIG_FRAME_CLOSE)
            return code;
    }
}
