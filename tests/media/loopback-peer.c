#include "loopback-peer.h"

#include <arpa/inet.h>
#include <openssl/x509.h>
#include <poll.h>
#include <string.h>
#include <stun/usages/ice.h>
#include <unistd.h>

#include "media/srtp-keys.h"

enum { SSRC = 0x1234abcd, MAX_FLIGHT = 16 };

struct LoopbackPeer {
    int fd;
    LoopbackConfig config;
    MediaIceCredentials local, server;
    SSL_CTX *context;
    SSL *ssl;
    X509 *certificate;
    unsigned server_offset; /* from 127.0.0.1 */
    uint8_t incoming[LOOPBACK_BYTES];
    size_t incoming_size;
    GPtrArray *flight; /* GBytes: what was sent since something came in */
    bool received;
    srtp_t in, out;
};

static void
connect_socket(LoopbackPeer *self)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(self->config.port) };

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + self->server_offset);
    self->fd = socket(AF_INET, (self->config.tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
    g_assert_cmpint(self->fd, >=, 0);
    g_assert_cmpint(connect(self->fd, (struct sockaddr *)&to, sizeof(to)), ==, 0);
}

void
loopback_peer_send(LoopbackPeer *self, const uint8_t *bytes, size_t size)
{
    uint8_t frame[2 + LOOPBACK_BYTES] = { (uint8_t)(size >> 8), (uint8_t)size };

    g_assert_cmpuint(size, <=, LOOPBACK_BYTES);
    memcpy(frame + 2, bytes, size);
    if (self->config.tcp)
        g_assert_cmpint(send(self->fd, frame, 2 + size, MSG_NOSIGNAL), ==, (ssize_t)(2 + size));
    else
        (void)!send(self->fd, bytes, size, MSG_NOSIGNAL);
}

/* a BIO of datagrams: reads what receive() found, writes to the socket */

static int
bio_read(BIO *bio, char *bytes, int size)
{
    LoopbackPeer *self = BIO_get_data(bio);
    int n = (int)MIN((size_t)size, self->incoming_size);

    BIO_clear_retry_flags(bio);
    if (n == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(bytes, self->incoming, (size_t)n);
    self->incoming_size = 0;
    return n;
}

static int
bio_write(BIO *bio, const char *bytes, int size)
{
    LoopbackPeer *self = BIO_get_data(bio);

    if (self->received)
        g_ptr_array_set_size(self->flight, 0);
    self->received = false;
    g_ptr_array_add(self->flight, g_bytes_new(bytes, (gsize)size));
    loopback_peer_send(self, (const uint8_t *)bytes, (size_t)size);
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

static void
set_up_tls(LoopbackPeer *self)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 99, "loopback");
    BIO *bio;

    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
    bio = BIO_new(method);
    BIO_set_data(bio, self);
    BIO_set_init(bio, 1);
    self->certificate = make_certificate(key);
    self->context = SSL_CTX_new(DTLS_client_method());
    SSL_CTX_use_certificate(self->context, self->certificate);
    SSL_CTX_use_PrivateKey(self->context, key);
    SSL_CTX_set_verify(self->context, SSL_VERIFY_PEER, accept_any);
    SSL_CTX_set_options(self->context, SSL_OP_NO_QUERY_MTU);
    if (self->config.profiles != NULL)
        g_assert_cmpint(SSL_CTX_set_tlsext_use_srtp(self->context, self->config.profiles), ==, 0);
    self->ssl = SSL_new(self->context);
    SSL_set_bio(self->ssl, bio, bio);
    SSL_set_mtu(self->ssl, 1200);
    SSL_set_connect_state(self->ssl);
    EVP_PKEY_free(key);
    SSL_set_app_data(self->ssl, method);
}

LoopbackPeer *
loopback_peer_new(const LoopbackConfig *config)
{
    LoopbackPeer *self = g_new0(LoopbackPeer, 1);

    self->config = *config;
    self->server = *config->server;
    media_ice_credentials_generate(&self->local);
    self->flight = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    connect_socket(self);
    set_up_tls(self);
    return self;
}

void
loopback_peer_free(LoopbackPeer *self)
{
    BIO_METHOD *method = SSL_get_app_data(self->ssl);

    SSL_free(self->ssl);
    SSL_CTX_free(self->context);
    X509_free(self->certificate);
    BIO_meth_free(method);
    if (self->in != NULL)
        srtp_dealloc(self->in);
    if (self->out != NULL)
        srtp_dealloc(self->out);
    g_ptr_array_unref(self->flight);
    close(self->fd);
    g_free(self);
}

void
loopback_peer_get_remote(LoopbackPeer *self, MediaTransportRemote *ret_remote)
{
    memset(ret_remote, 0, sizeof(*ret_remote));
    ret_remote->ice = self->local;
    ret_remote->n_fingerprints = 1;
    g_strlcpy(ret_remote->fingerprints[0].hash, "sha-256", sizeof(ret_remote->fingerprints[0].hash));
    X509_digest(self->certificate, EVP_sha256(), ret_remote->fingerprints[0].digest, NULL);
}

void
loopback_peer_set_server(LoopbackPeer *self, const MediaIceCredentials *server)
{
    self->server = *server;
}

void
loopback_peer_move(LoopbackPeer *self, unsigned server_offset)
{
    int old = self->fd;

    self->server_offset = server_offset;
    connect_socket(self);
    close(old);
}

size_t
loopback_peer_build_check(LoopbackPeer *self, unsigned flags, uint8_t bytes[LOOPBACK_BYTES])
{
    g_autofree char *username = g_strdup_printf("%s:%s", self->server.ufrag, self->local.ufrag);
    const char *password = (flags & LOOPBACK_CHECK_WRONG_PASSWORD) != 0 ? "aaaaaaaaaaaaaaaaaaaaaaaa" : self->server.pwd;
    StunAgent agent;
    StunMessage message;

    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    stun_agent_init_request(&agent, &message, bytes, LOOPBACK_BYTES, STUN_BINDING);
    stun_message_append_string(&message, STUN_ATTRIBUTE_USERNAME, username);
    stun_message_append32(&message, STUN_ATTRIBUTE_PRIORITY, 1234);
    stun_message_append64(
        &message,
        (flags & LOOPBACK_CHECK_CONTROLLED) != 0 ? STUN_ATTRIBUTE_ICE_CONTROLLED : STUN_ATTRIBUTE_ICE_CONTROLLING, 77);
    if ((flags & LOOPBACK_CHECK_NOMINATE) != 0)
        stun_message_append_flag(&message, STUN_ATTRIBUTE_USE_CANDIDATE);
    if ((flags & LOOPBACK_CHECK_UNKNOWN_ATTRIBUTE) != 0)
        stun_message_append32(&message, (StunAttribute)0x7abc, 1);
    return stun_agent_finish_message(&agent, &message, (const uint8_t *)password, strlen(password));
}

/* Whole datagrams or frames. */
static bool
read_datagram(LoopbackPeer *self, uint8_t *bytes, size_t *ret_size, int wait_ms)
{
    struct pollfd pollfd = { .fd = self->fd, .events = POLLIN };
    size_t limit = LOOPBACK_BYTES;
    ssize_t n;

    if (poll(&pollfd, 1, wait_ms) != 1)
        return false;
    if (self->config.tcp) {
        uint8_t length[2];

        if (recv(self->fd, length, 2, MSG_WAITALL) != 2)
            return false;
        limit = (size_t)length[0] << 8 | length[1];
        g_assert_cmpuint(limit, <=, LOOPBACK_BYTES);
    }
    n = recv(self->fd, bytes, limit, self->config.tcp ? MSG_WAITALL : 0);
    if (n < 0)
        return false;
    *ret_size = (size_t)n;
    return true;
}

bool
loopback_peer_receive(LoopbackPeer *self, uint8_t first, uint8_t last, uint8_t *bytes, size_t *ret_size, int wait_ms)
{
    int64_t end_us = g_get_monotonic_time() + (int64_t)wait_ms * 1000;

    for (;;) {
        int64_t left_ms = (end_us - g_get_monotonic_time()) / 1000;

        if (left_ms < 0 || !read_datagram(self, bytes, ret_size, (int)left_ms))
            return false;
        if (*ret_size > 0 && bytes[0] >= first && bytes[0] <= last)
            return true;
    }
}

int
loopback_peer_check(LoopbackPeer *self, unsigned flags, int wait_ms)
{
    uint8_t bytes[LOOPBACK_BYTES], reply[LOOPBACK_BYTES];
    size_t size = loopback_peer_build_check(self, flags, bytes);
    StunMessage message = { .buffer = reply };
    StunAgent agent;
    int code;

    loopback_peer_send(self, bytes, size);
    do {
        if (!loopback_peer_receive(self, 0, 3, reply, &size, wait_ms))
            return -1;
    } while (memcmp(reply + 4, bytes + 4, 16) != 0);
    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389, STUN_AGENT_USAGE_USE_FINGERPRINT);
    message.agent = &agent;
    message.buffer_len = size;
    g_assert_true(stun_message_has_attribute(&message, STUN_ATTRIBUTE_MESSAGE_INTEGRITY));
    if (stun_message_get_class(&message) == STUN_ERROR) {
        g_assert_cmpint(stun_message_find_error(&message, &code), ==, STUN_MESSAGE_RETURN_SUCCESS);
        return code;
    }
    g_assert_true(stun_message_has_attribute(&message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS));
    return 0;
}

void
loopback_peer_hello(LoopbackPeer *self, unsigned n)
{
    SSL_do_handshake(self->ssl);
    for (unsigned i = 1; i < n; i++)
        loopback_peer_repeat_last_flight(self);
}

void
loopback_peer_repeat_last_flight(LoopbackPeer *self)
{
    for (unsigned i = 0; i < self->flight->len; i++) {
        size_t size;
        const uint8_t *bytes = g_bytes_get_data(g_ptr_array_index(self->flight, i), &size);

        loopback_peer_send(self, bytes, size);
    }
}

static void
set_up_srtp(LoopbackPeer *self)
{
    const SRTP_PROTECTION_PROFILE *chosen = SSL_get_selected_srtp_profile(self->ssl);
    const char *label = "EXTRACTOR-dtls_srtp";
    const MediaSrtpProfileInfo *info;
    uint8_t block[128];
    MediaSrtpMaster in, out;

    g_assert_nonnull(chosen);
    g_assert_true(media_srtp_profile_from_id((uint16_t)chosen->id, &in.profile));
    out.profile = in.profile;
    info = media_srtp_profile_get_info(in.profile);
    SSL_export_keying_material(self->ssl, block, 2 * ((size_t)info->key_size + info->salt_size), label, strlen(label),
                               NULL, 0, 0);
    memcpy(out.key, block, info->key_size);
    memcpy(in.key, block + info->key_size, info->key_size);
    memcpy(out.salt, block + 2 * info->key_size, info->salt_size);
    memcpy(in.salt, block + 2 * info->key_size + info->salt_size, info->salt_size);
    self->in = reference_srtp_new(&in, ssrc_any_inbound);
    self->out = reference_srtp_new(&out, ssrc_any_outbound);
}

bool
loopback_peer_handshake(LoopbackPeer *self)
{
    for (unsigned i = 0; i < 100; i++) {
        int result = SSL_do_handshake(self->ssl);

        if (result == 1) {
            if (SSL_get_selected_srtp_profile(self->ssl) != NULL)
                set_up_srtp(self);
            return true;
        }
        if (SSL_get_error(self->ssl, result) != SSL_ERROR_WANT_READ)
            return false;
        if (!loopback_peer_receive(self, 20, 63, self->incoming, &self->incoming_size, LOOPBACK_WAIT_MS))
            return false;
        self->received = true;
    }
    return false;
}

void
loopback_peer_close_dtls(LoopbackPeer *self)
{
    SSL_shutdown(self->ssl);
}

bool
loopback_peer_wait_closed(LoopbackPeer *self)
{
    uint8_t byte;

    while (loopback_peer_receive(self, 20, 63, self->incoming, &self->incoming_size, LOOPBACK_WAIT_MS)) {
        int n = SSL_read(self->ssl, &byte, 1);
        int reason = SSL_get_error(self->ssl, n);

        if (reason == SSL_ERROR_ZERO_RETURN || reason == SSL_ERROR_SSL)
            return true;
    }
    return false;
}

void
loopback_peer_send_rtp(LoopbackPeer *self, uint16_t sequence, const char *payload)
{
    uint8_t packet[LOOPBACK_BYTES] = { 0x80, 96,         (uint8_t)(sequence >> 8), (uint8_t)sequence,  0,          0, 0,
                                       1,    SSRC >> 24, (SSRC >> 16) & 0xff,      (SSRC >> 8) & 0xff, SSRC & 0xff };
    int size = 12 + (int)strlen(payload);

    memcpy(packet + 12, payload, strlen(payload));
    g_assert_cmpint(srtp_protect(self->out, packet, &size), ==, srtp_err_status_ok);
    loopback_peer_send(self, packet, (size_t)size);
}

void
loopback_peer_send_rtcp(LoopbackPeer *self)
{
    uint8_t packet[LOOPBACK_BYTES] = {
        0x80, 201, 0, 1, SSRC >> 24, (SSRC >> 16) & 0xff, (SSRC >> 8) & 0xff, SSRC & 0xff
    };
    int size = 8;

    g_assert_cmpint(srtp_protect_rtcp(self->out, packet, &size), ==, srtp_err_status_ok);
    loopback_peer_send(self, packet, (size_t)size);
}

bool
loopback_peer_receive_media(LoopbackPeer *self, uint8_t *bytes, size_t *ret_size)
{
    int size;
    srtp_err_status_t status;

    if (!loopback_peer_receive(self, 128, 191, bytes, ret_size, LOOPBACK_WAIT_MS))
        return false;
    size = (int)*ret_size;
    status = bytes[1] >= 192 && bytes[1] <= 223 ? srtp_unprotect_rtcp(self->in, bytes, &size)
                                                : srtp_unprotect(self->in, bytes, &size);
    *ret_size = (size_t)size;
    return status == srtp_err_status_ok;
}
