/* tests/recorder/tsa.h - a time-stamp authority made with the openssl program: its certificates, its answers, its server
 *
 * Ownership: the test. */
#pragma once

#include <gio/gio.h>
#include <string.h>

#include "tests/recorder/test-folder.h"

#define TSA_POLICY "1.2.3.4.1"
#define TSA_OTHER  "1.2.3.4.2"

static inline void
tsa_run(const TestFolder *folder, const char *script)
{
    const char *const argv[] = { "sh", "-ec", script, NULL };
    g_autofree char *output = NULL;
    int status = 0;

    g_assert_true(g_spawn_sync(test_folder_get_path(folder), (char **)argv, NULL,
                               G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output, NULL, &status,
                               NULL));
    if (status != 0)
        g_error("openssl failed: %s", output);
}

/* ca.pem, and tsa.crt with the purpose that a time-stamp server needs. */
static inline void
tsa_make(const TestFolder *folder)
{
    static const char conf[] =
        "[tsa]\ndefault_tsa = one\n"
        "[one]\nserial = serial\nsigner_cert = tsa.crt\nsigner_key = tsa.key\n"
        "signer_digest = sha256\ndefault_policy = " TSA_POLICY "\nother_policies = " TSA_OTHER "\n"
        "digests = sha256\naccuracy = secs:1\ness_cert_id_alg = sha256\n";
    static const char ext[] = "[tsa]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                              "extendedKeyUsage=critical,timeStamping\n";

    test_folder_write(folder, "ts.conf", conf, strlen(conf));
    test_folder_write(folder, "ext.conf", ext, strlen(ext));
    tsa_run(folder, "echo 01 >serial;"
                    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem"
                    " -subj '/CN=Time CA' -days 30 2>&1;"
                    "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tsa.key -out tsa.csr"
                    " -subj '/CN=Time' 2>&1;"
                    "openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.crt -days 20"
                    " -extfile ext.conf -extensions tsa 2>&1");
}

/* The DER answer to a DER request. */
static inline GBytes *
tsa_answer(const TestFolder *folder, GBytes *request)
{
    gsize size = 0;
    char *bytes = NULL;

    test_folder_write(folder, "query.tsq", g_bytes_get_data(request, NULL), g_bytes_get_size(request));
    tsa_run(folder, "openssl ts -reply -config ts.conf -section one -queryfile query.tsq -out answer.tsr 2>&1");
    bytes = test_folder_read(folder, "answer.tsr", &size);
    return g_bytes_new_take(bytes, size);
}

typedef enum {
    TSA_GOOD,
    TSA_SILENT,  /* takes the connection and says nothing */
    TSA_BROKEN,  /* HTTP 500 */
    TSA_ENDLESS, /* more than any token is long */
    TSA_GARBAGE, /* 200, and bytes that are no answer */
} TsaMode;

/* An HTTP server with a thread of its own, one connection at a time. */
typedef struct {
    const TestFolder *folder;
    GSocketListener *listener;
    GCancellable *gone;
    GThread *thread;
    char *url;
    int mode, asked; /* atomic */
} Tsa;

static inline GBytes *
tsa_read_request(GInputStream *in)
{
    g_autoptr(GString) head = g_string_new(NULL);
    char byte = 0;

    while (!g_str_has_suffix(head->str, "\r\n\r\n") && g_input_stream_read(in, &byte, 1, NULL, NULL) == 1)
        g_string_append_c(head, byte);
    g_autofree char *lower = g_ascii_strdown(head->str, -1);
    const char *length = strstr(lower, "content-length: ");
    gsize size = length != NULL ? (gsize)g_ascii_strtoull(length + 16, NULL, 10) : 0, got = 0;
    char *body = g_malloc0(size + 1);
    if (!g_input_stream_read_all(in, body, size, &got, NULL, NULL) || got != size)
        g_debug("a request was cut off");
    return g_bytes_new_take(body, size);
}

static inline void
tsa_serve(Tsa *self, GSocketConnection *connection)
{
    GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
    g_autoptr(GBytes) request = tsa_read_request(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
    TsaMode mode = (TsaMode)g_atomic_int_get(&self->mode);
    g_autoptr(GBytes) answer = NULL;

    while (g_atomic_int_get(&self->mode) == TSA_SILENT)
        g_usleep(10000);
    if (mode == TSA_SILENT)
        return;
    if (mode == TSA_GOOD)
        answer = tsa_answer(self->folder, request);
    else
        answer = g_bytes_new_take(g_malloc0(mode == TSA_ENDLESS ? 1 << 20 : 100), mode == TSA_ENDLESS ? 1 << 20 : 100);
    g_autofree char *head = g_strdup_printf("HTTP/1.1 %s\r\nContent-Type: application/timestamp-reply\r\n"
                                            "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                                            mode == TSA_BROKEN ? "500 no" : "200 yes", g_bytes_get_size(answer));
    g_output_stream_write_all(out, head, strlen(head), NULL, NULL, NULL);
    g_output_stream_write_all(out, g_bytes_get_data(answer, NULL), g_bytes_get_size(answer), NULL, NULL, NULL);
    g_atomic_int_inc(&self->asked);
}

static inline void *
tsa_main(void *data)
{
    Tsa *self = data;

    while (!g_cancellable_is_cancelled(self->gone)) {
        g_autoptr(GSocketConnection) connection = g_socket_listener_accept(self->listener, NULL, self->gone, NULL);

        if (connection != NULL)
            tsa_serve(self, connection);
    }
    return NULL;
}

static inline Tsa *
tsa_start(const TestFolder *folder)
{
    Tsa *self = g_new0(Tsa, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new(loopback, 0);
    GSocketAddress *bound = NULL;

    self->folder = folder;
    self->gone = g_cancellable_new();
    self->listener = g_socket_listener_new();
    g_socket_listener_add_address(self->listener, address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound,
                                  &error);
    g_assert_no_error(error);
    self->url =
        g_strdup_printf("http://127.0.0.1:%u/tsa", g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound)));
    g_object_unref(bound);
    self->thread = g_thread_new("tsa", tsa_main, self);
    return self;
}

static inline void
tsa_free(Tsa *self)
{
    g_atomic_int_set(&self->mode, TSA_BROKEN);
    g_cancellable_cancel(self->gone);
    g_thread_join(self->thread);
    g_object_unref(self->listener);
    g_object_unref(self->gone);
    g_free(self->url);
    g_free(self);
}
