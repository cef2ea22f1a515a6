#include "media/dtls.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "media/handshake.h"
#include "media/handshaker-priv.h"

/* A client and a server in memory, in virtual time; the line between them loses what the test says. */
typedef struct {
    SSL_CTX *client_context, *server_context;
    BIO_METHOD *method;
    SSL *client;
    MediaDtls *server;
    GQueue to_client;     /* GBytes */
    GPtrArray *to_server; /* GBytes: the client's last flight */
    bool heard;           /* the client, since it last spoke */
    int64_t now_us;
    GRand *rand;
    unsigned loss_percent;
    uint64_t next_sequence; /* of the client's records in the clear */
} DtlsTest;

static int
bio_read(BIO *bio, char *bytes, int size)
{
    DtlsTest *test = BIO_get_data(bio);
    g_autoptr(GBytes) datagram = g_queue_pop_head(&test->to_client);
    size_t n;

    BIO_clear_retry_flags(bio);
    if (datagram == NULL) {
        BIO_set_retry_read(bio);
        return -1;
    }
    test->heard = true;
    n = MIN((size_t)size, g_bytes_get_size(datagram));
    memcpy(bytes, g_bytes_get_data(datagram, NULL), n);
    return (int)n;
}

static int
bio_write(BIO *bio, const char *bytes, int size)
{
    DtlsTest *test = BIO_get_data(bio);

    if (test->heard)
        g_ptr_array_set_size(test->to_server, 0);
    test->heard = false;
    g_ptr_array_add(test->to_server, g_bytes_new(bytes, (gsize)size));
    return size;
}

static long
bio_ctrl(BIO *bio G_GNUC_UNUSED, int command, long value G_GNUC_UNUSED, void *pointer G_GNUC_UNUSED)
{
    return command == BIO_CTRL_FLUSH ? 1 : command == BIO_CTRL_DGRAM_QUERY_MTU ? 1200 : 0;
}

static X509 *
make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    return certificate;
}

static int
accept_any(int ok G_GNUC_UNUSED, X509_STORE_CTX *store G_GNUC_UNUSED)
{
    return 1;
}

static unsigned
never(SSL *ssl G_GNUC_UNUSED, unsigned us G_GNUC_UNUSED)
{
    return 3600u * G_USEC_PER_SEC;
}

/* client_key NULL: no certificate. */
static void
dtls_test_init(DtlsTest *test, EVP_PKEY *client_key)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key);
    g_autoptr(GError) error = NULL;
    BIO *bio;

    memset(test, 0, sizeof(*test));
    test->server_context = media_dtls_context_new(certificate, key, &error);
    g_assert_no_error(error);
    test->client_context = SSL_CTX_new(DTLS_client_method());
    SSL_CTX_set_security_level(test->client_context, 0);
    SSL_CTX_set_tlsext_use_srtp(test->client_context, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM");
    SSL_CTX_set_verify(test->client_context, SSL_VERIFY_PEER, accept_any);
    SSL_CTX_set_options(test->client_context, SSL_OP_NO_QUERY_MTU);
    if (client_key != NULL) {
        X509 *own = make_certificate(client_key);

        g_assert_cmpint(SSL_CTX_use_certificate(test->client_context, own), ==, 1);
        g_assert_cmpint(SSL_CTX_use_PrivateKey(test->client_context, client_key), ==, 1);
        X509_free(own);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);

    test->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 98, "test");
    BIO_meth_set_read(test->method, bio_read);
    BIO_meth_set_write(test->method, bio_write);
    BIO_meth_set_ctrl(test->method, bio_ctrl);
    bio = BIO_new(test->method);
    BIO_set_data(bio, test);
    BIO_set_init(bio, 1);
    test->client = SSL_new(test->client_context);
    SSL_set_bio(test->client, bio, bio);
    SSL_set_mtu(test->client, 300);
    /* a long name, so that the ClientHello takes two datagrams, as a browser's does */
    SSL_set_tlsext_host_name(test->client,
                             "a.name.so.long.that.it.is.nobody.s.a.name.so.long.that.it.is.nobody.s.test");
    DTLS_set_timer_cb(test->client, never);
    SSL_set_connect_state(test->client);
    test->server = media_dtls_new(test->server_context, 0);
    test->to_server = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    test->rand = g_rand_new_with_seed(1);
}

static void
dtls_test_clear(DtlsTest *test)
{
    media_dtls_free(test->server);
    SSL_free(test->client);
    SSL_CTX_free(test->client_context);
    SSL_CTX_free(test->server_context);
    BIO_meth_free(test->method);
    g_queue_clear_full(&test->to_client, (GDestroyNotify)g_bytes_unref);
    g_ptr_array_unref(test->to_server);
    g_rand_free(test->rand);
}

static bool
is_lost(DtlsTest *test)
{
    return g_rand_int_range(test->rand, 0, 100) < (int)test->loss_percent;
}

static void
collect_server(DtlsTest *test)
{
    const MediaDtlsFlight *flight = media_dtls_take_flight(test->server);
    const uint8_t *datagram;
    size_t offset = 0, size;

    while (flight != NULL && media_dtls_flight_next(flight, &offset, &datagram, &size)) {
        g_assert_cmpuint(size, <=, MEDIA_DTLS_MTU);
        if (!is_lost(test))
            g_queue_push_tail(&test->to_client, g_bytes_new(datagram, size));
    }
}

/* As any client does when it sends its flight again. */
static void
renumber(DtlsTest *test, uint8_t *bytes, size_t size)
{
    const uint8_t *rest = bytes;
    MediaDtlsRecordView record;

    while (media_dtls_record_next(&rest, &size, &record)) {
        if (record.epoch != 0)
            continue;
        bytes[record.bytes - bytes + 9] = (uint8_t)(test->next_sequence >> 8);
        bytes[record.bytes - bytes + 10] = (uint8_t)test->next_sequence++;
    }
}

/* The client speaks (again), the server hears what the line lets through, in a random order. */
static MediaDtlsStatus
client_speaks(DtlsTest *test)
{
    MediaDtlsStatus status = MEDIA_DTLS_RUNNING;
    g_autoptr(GPtrArray) flight = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

    for (unsigned i = 0; i < test->to_server->len; i++)
        g_ptr_array_insert(flight, g_rand_int_range(test->rand, 0, (int)i + 1),
                           g_bytes_ref(g_ptr_array_index(test->to_server, i)));
    for (unsigned i = 0; i < flight->len && status == MEDIA_DTLS_RUNNING; i++) {
        size_t size;
        const uint8_t *original = g_bytes_get_data(g_ptr_array_index(flight, i), &size);
        g_autofree uint8_t *bytes = g_memdup2(original, size);

        renumber(test, bytes, size);
        if (is_lost(test))
            continue;
        status = media_dtls_receive(test->server, bytes, size, test->now_us);
        collect_server(test);
    }
    return status;
}

static MediaDtlsStatus
run(DtlsTest *test)
{
    MediaDtlsStatus status = MEDIA_DTLS_RUNNING;

    while (status == MEDIA_DTLS_RUNNING) {
        SSL_do_handshake(test->client);
        status = client_speaks(test);
        if (status != MEDIA_DTLS_RUNNING || !g_queue_is_empty(&test->to_client))
            continue;
        test->now_us += 100000;
        if (test->now_us < media_dtls_get_next_us(test->server))
            continue;
        status = media_dtls_on_time(test->server, test->now_us);
        collect_server(test);
    }
    return status;
}

static void
test_keys_agree(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    const MediaDtlsResult *result;
    uint8_t block[56], digest[32];
    DtlsTest test;

    dtls_test_init(&test, key);
    SSL_do_handshake(test.client);
    g_assert_cmpuint(test.to_server->len, >=, 2);
    g_assert_cmpint(run(&test), ==, MEDIA_DTLS_DONE);
    g_assert_cmpint(SSL_do_handshake(test.client), ==, 1);
    result = media_dtls_get_result(test.server);
    g_assert_cmpint(result->in.profile, ==, MEDIA_SRTP_AEAD_AES_128_GCM);
    SSL_export_keying_material(test.client, block, sizeof(block), "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0);
    g_assert_cmpmem(result->in.key, 16, block, 16);
    g_assert_cmpmem(result->out.key, 16, block + 16, 16);
    g_assert_cmpmem(result->in.salt, 12, block + 32, 12);
    g_assert_cmpmem(result->out.salt, 12, block + 44, 12);
    X509_digest(SSL_get_certificate(test.client), EVP_sha256(), digest, NULL);
    g_assert_cmpmem(result->digests.sha256, 32, digest, 32);
    dtls_test_clear(&test);
    EVP_PKEY_free(key);
}

static void
test_half_lost_and_shuffled(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    unsigned n_done = 0;

    for (guint32 seed = 0; seed < 20; seed++) {
        DtlsTest test;

        dtls_test_init(&test, key);
        g_rand_set_seed(test.rand, seed);
        test.loss_percent = 50;
        n_done += run(&test) == MEDIA_DTLS_DONE;
        g_assert_cmpint(test.now_us, <=, MEDIA_DTLS_TIMEOUT_US + 100000);
        dtls_test_clear(&test);
    }
    g_assert_cmpuint(n_done, >=, 18);
    EVP_PKEY_free(key);
}

static void
test_flight_is_sent_again_ever_less_often(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    int64_t wait_us = MEDIA_DTLS_FIRST_RETRY_US;
    DtlsTest test;
    int64_t last_us = 0;

    dtls_test_init(&test, key);
    SSL_do_handshake(test.client);
    g_assert_cmpint(client_speaks(&test), ==, MEDIA_DTLS_RUNNING);
    for (unsigned i = 0; i < 4; i++, wait_us *= 2) {
        int64_t next_us = media_dtls_get_next_us(test.server);

        g_assert_cmpint(next_us - last_us, ==, wait_us);
        g_assert_cmpint(media_dtls_on_time(test.server, next_us - 1), ==, MEDIA_DTLS_RUNNING);
        g_assert_null(media_dtls_take_flight(test.server));
        g_assert_cmpint(media_dtls_on_time(test.server, next_us), ==, MEDIA_DTLS_RUNNING);
        g_assert_nonnull(media_dtls_take_flight(test.server));
        last_us = next_us;
    }
    g_assert_cmpint(media_dtls_on_time(test.server, MEDIA_DTLS_TIMEOUT_US), ==, MEDIA_DTLS_FAILED);
    g_assert_cmpstr(media_dtls_get_failure(test.server), ==, "timed out");
    dtls_test_clear(&test);
    EVP_PKEY_free(key);
}

static void
test_datagrams_are_limited(void)
{
    static const uint8_t rubbish[] = { 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 7 };
    DtlsTest test;

    dtls_test_init(&test, NULL);
    for (unsigned i = 0; i < MEDIA_DTLS_MAX_DATAGRAMS_IN; i++)
        if (media_dtls_receive(test.server, rubbish, sizeof(rubbish), 0) != MEDIA_DTLS_RUNNING)
            break;
    g_assert_cmpint(media_dtls_receive(test.server, rubbish, sizeof(rubbish), 0), ==, MEDIA_DTLS_FAILED);
    dtls_test_clear(&test);
}

static void
test_client_without_certificate_fails(void)
{
    DtlsTest test;

    dtls_test_init(&test, NULL);
    g_assert_cmpint(run(&test), ==, MEDIA_DTLS_FAILED);
    dtls_test_clear(&test);
}

/* Refused at once, and not by the end of time. */
static void
check_refused(DtlsTest *test)
{
    g_assert_cmpint(run(test), ==, MEDIA_DTLS_FAILED);
    g_assert_cmpstr(media_dtls_get_failure(test->server), !=, "timed out");
    g_assert_cmpint(test->now_us, <, G_USEC_PER_SEC);
}

static void
test_old_version_is_refused(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    DtlsTest test;

    dtls_test_init(&test, key);
    SSL_set_cipher_list(test.client, "ALL:@SECLEVEL=0");
    g_assert_cmpint(SSL_set_min_proto_version(test.client, DTLS1_VERSION), ==, 1);
    g_assert_cmpint(SSL_set_max_proto_version(test.client, DTLS1_VERSION), ==, 1);
    check_refused(&test);
    dtls_test_clear(&test);
    EVP_PKEY_free(key);
}

static void
test_cipher_of_nothing_is_refused(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    DtlsTest test;

    dtls_test_init(&test, key);
    g_assert_cmpint(SSL_set_cipher_list(test.client, "eNULL:@SECLEVEL=0"), ==, 1);
    check_refused(&test);
    dtls_test_clear(&test);
    EVP_PKEY_free(key);
}

static void
test_certificates_are_limited(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *one = make_certificate(key);
    DtlsTest test;

    dtls_test_init(&test, key);
    for (int size = 0; size <= MEDIA_DTLS_MAX_CERTIFICATE; size += i2d_X509(one, NULL))
        SSL_add1_chain_cert(test.client, one);
    check_refused(&test);
    dtls_test_clear(&test);
    X509_free(one);
    EVP_PKEY_free(key);
}

/* Of four primes: takes a tenth of the time. */
static EVP_PKEY *
make_rsa_key(int bits)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;

    EVP_PKEY_keygen_init(context);
    EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits);
    EVP_PKEY_CTX_set_rsa_keygen_primes(context, bits > 4095 ? 4 : 2);
    g_assert_cmpint(EVP_PKEY_generate(context, &key), ==, 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void
test_rsa_certificate_is_fine_up_to_a_size(void)
{
    static const struct {
        int bits;
        MediaDtlsStatus status;
    } cases[] = { { 2048, MEDIA_DTLS_DONE }, { 4352, MEDIA_DTLS_FAILED } };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        EVP_PKEY *key = make_rsa_key(cases[i].bits);
        DtlsTest test;

        dtls_test_init(&test, key);
        g_assert_cmpint(run(&test), ==, cases[i].status);
        dtls_test_clear(&test);
        EVP_PKEY_free(key);
    }
}

static void
test_half_open_ones_are_limited_per_address(void)
{
    g_autoptr(MediaHandshaker) handshaker = media_handshaker_new(NULL);
    uint8_t ip[16] = { 1 }, other[16] = { 2 };

    g_assert_true(g_str_has_prefix(media_handshaker_get_fingerprint(handshaker), "sha-256 "));
    g_assert_cmpuint(strlen(media_handshaker_get_fingerprint(handshaker)), ==, 8 + 32 * 3 - 1);
    for (unsigned i = 0; i < MEDIA_MAX_HANDSHAKES_PER_ADDRESS; i++)
        g_assert_true(media_handshaker_enter(handshaker, ip));
    g_assert_false(media_handshaker_enter(handshaker, ip));
    g_assert_true(media_handshaker_enter(handshaker, other));
    media_handshaker_leave(handshaker, ip);
    g_assert_true(media_handshaker_enter(handshaker, ip));
    for (unsigned i = MEDIA_MAX_HANDSHAKES_PER_ADDRESS + 1; i < MEDIA_MAX_HANDSHAKES; i++) {
        const uint8_t many[16] = { 3, (uint8_t)(i >> 8), (uint8_t)i };

        g_assert_true(media_handshaker_enter(handshaker, many));
    }
    ip[15] = 1;
    g_assert_false(media_handshaker_enter(handshaker, ip));
}

/* As many as want to, from a few addresses: somebody else is let in at once. */
static void
test_ten_thousand_half_open_ones(void)
{
    g_autoptr(MediaHandshaker) handshaker = media_handshaker_new(NULL);
    const uint8_t other[16] = { 1 };
    unsigned n = 0;

    for (unsigned i = 0; i < 10000; i++) {
        const uint8_t ip[16] = { 2, (uint8_t)(i % 7) };

        n += media_handshaker_enter(handshaker, ip);
    }
    g_assert_cmpuint(n, ==, 7 * MEDIA_MAX_HANDSHAKES_PER_ADDRESS);
    g_assert_true(media_handshaker_enter(handshaker, other));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/dtls/keys-agree", test_keys_agree);
    g_test_add_func("/media/dtls/half-lost-and-shuffled", test_half_lost_and_shuffled);
    g_test_add_func("/media/dtls/flight-is-sent-again-ever-less-often", test_flight_is_sent_again_ever_less_often);
    g_test_add_func("/media/dtls/datagrams-are-limited", test_datagrams_are_limited);
    g_test_add_func("/media/dtls/client-without-certificate-fails", test_client_without_certificate_fails);
    g_test_add_func("/media/dtls/rsa-certificate-is-fine-up-to-a-size", test_rsa_certificate_is_fine_up_to_a_size);
    g_test_add_func("/media/dtls/old-version-is-refused", test_old_version_is_refused);
    g_test_add_func("/media/dtls/cipher-of-nothing-is-refused", test_cipher_of_nothing_is_refused);
    g_test_add_func("/media/dtls/certificates-are-limited", test_certificates_are_limited);
    g_test_add_func("/media/handshaker/ten-thousand-half-open-ones-leave-room", test_ten_thousand_half_open_ones);
    g_test_add_func("/media/handshaker/half-open-ones-are-limited-per-address",
                    test_half_open_ones_are_limited_per_address);
    return g_test_run();
}
