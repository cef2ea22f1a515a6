#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

typedef struct {
    char *folder, *certificate, *key;
} Files;

static void
write_certificate(Files *files, EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    FILE *file = fopen(files->certificate, "w");

    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    g_assert_cmpint(PEM_write_X509(file, certificate), ==, 1);
    fclose(file);
    X509_free(certificate);
}

static void
set_up(Files *files, const void *data G_GNUC_UNUSED)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    FILE *file;

    files->folder = g_dir_make_tmp("tls-XXXXXX", NULL);
    files->certificate = g_build_filename(files->folder, "certificate.pem", NULL);
    files->key = g_build_filename(files->folder, "key.pem", NULL);
    write_certificate(files, key);
    file = fopen(files->key, "w");
    g_assert_cmpint(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), ==, 1);
    fclose(file);
    EVP_PKEY_free(key);
}

static void
tear_down(Files *files, const void *data G_GNUC_UNUSED)
{
    g_remove(files->certificate);
    g_remove(files->key);
    g_rmdir(files->folder);
    g_free(files->certificate);
    g_free(files->key);
    g_free(files->folder);
}

/* What the service says over TLS of at most that version; NULL if there is no agreement. */
static char *
ask(Wire *wire, int max_version, const char *request)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl;
    int fd = wire_connect(wire), n;
    GString *reply = NULL;
    char buffer[4096];

    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_max_proto_version(context, max_version);
    ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) == 1) {
        SSL_write(ssl, request, (int)strlen(request));
        reply = g_string_new(NULL);
        while ((n = SSL_read(ssl, buffer, sizeof buffer)) > 0)
            g_string_append_len(reply, buffer, n);
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    return reply != NULL ? g_string_free(reply, FALSE) : NULL;
}

static void
ask_both(Wire *wire)
{
    static const char hello[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static const char file[] = "GET /file HTTP/1.0\r\n\r\n";
    g_autofree char *newest = ask(wire, TLS1_3_VERSION, hello), *older = ask(wire, TLS1_2_VERSION, file);
    g_autofree char *old = ask(wire, TLS1_1_VERSION, hello), *plain = NULL;
    int fd = wire_connect(wire);

    g_assert_true(g_str_has_prefix(newest, "HTTP/1.1 200 OK\r\n") && g_str_has_suffix(newest, "hello"));
    g_assert_nonnull(strstr(newest, "Strict-Transport-Security"));
    g_assert_true(g_str_has_suffix(older, "0123456789"));
    g_assert_null(old);
    wire_send(fd, hello);
    plain = wire_read_all(fd);
    g_assert_null(strstr(plain, "hello"));
    close(fd);
}

static void
test_versions(Files *files, const void *data G_GNUC_UNUSED)
{
    SigServerConfig config = { .certificate_path = files->certificate, .key_path = files->key };
    Wire wire;

    wire_init(&wire, &config);
    wire_run(&wire, ask_both);
    wire_clear(&wire);
}

static void
check_refused(const SigServerConfig *config, const char *says)
{
    SigServerEvents events = { 0 };
    g_autoptr(GError) error = NULL;
    g_autoptr(SigServer) server = sig_server_new(config, &events, NULL, &error);

    g_assert_null(server);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, says));
}

static void
test_files(Files *files, const void *data G_GNUC_UNUSED)
{
    SigServerConfig config = { .address = "127.0.0.1", .websocket_path = "/api/ws" };

    config.certificate_path = "/nonexistent/certificate.pem";
    config.key_path = files->key;
    check_refused(&config, "/nonexistent/certificate.pem");
    config.certificate_path = files->certificate;
    config.key_path = NULL;
    check_refused(&config, files->certificate);
    config.key_path = files->certificate;
    check_refused(&config, files->certificate);
    tear_down(files, NULL);
    set_up(files, NULL);
    g_assert_true(g_file_set_contents(files->certificate, "nonsense", -1, NULL));
    config.certificate_path = files->certificate;
    config.key_path = files->key;
    check_refused(&config, files->certificate);
}

static void
test_other_key(Files *files, const void *data G_GNUC_UNUSED)
{
    Files other;
    SigServerConfig config = { .address = "127.0.0.1", .websocket_path = "/api/ws" };

    set_up(&other, NULL);
    config.certificate_path = files->certificate;
    config.key_path = other.key;
    check_refused(&config, other.key);
    tear_down(&other, NULL);
}

static void
test_port_taken(void)
{
    SigServerConfig config = { .address = "127.0.0.1", .websocket_path = "/api/ws" };
    g_autofree char *port = NULL;
    Wire wire;

    wire_init(&wire, NULL);
    config.port = wire.port;
    port = g_strdup_printf("127.0.0.1 port %u", wire.port);
    check_refused(&config, port);
    wire_clear(&wire);
}

static void
test_config(void)
{
    static const char *const proxies[] = { "10.1", NULL };
    SigServerConfig config = { .address = "gateway.example", .websocket_path = "/api/ws" };

    check_refused(&config, "gateway.example");
    config.address = "127.0.0.1";
    config.trusted_proxies = proxies;
    check_refused(&config, "'10.1'");
    config.trusted_proxies = NULL;
    config.static_root = "/nonexistent/pages";
    check_refused(&config, "/nonexistent/pages");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/signaling/tls/1.2-and-later", Files, NULL, set_up, test_versions, tear_down);
    g_test_add("/signaling/tls/files-that-cannot-be-used-are-named", Files, NULL, set_up, test_files, tear_down);
    g_test_add("/signaling/tls/a-key-of-another-certificate-is-refused", Files, NULL, set_up, test_other_key,
               tear_down);
    g_test_add_func("/signaling/server/a-taken-port-is-named", test_port_taken);
    g_test_add_func("/signaling/server/a-bad-setting-is-named", test_config);
    return g_test_run();
}
