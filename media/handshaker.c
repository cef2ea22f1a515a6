#include "media/handshaker.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "media/address.h"
#include "media/error.h"
#include "media/handshake.h"
#include "media/handshaker-priv.h"

enum {
    CERTIFICATE_SECONDS = 30 * 24 * 3600,
    CLOCK_SKEW_SECONDS = 24 * 3600, /* a terminal whose clock is behind */
    SERIAL_BITS = 63,
};

struct MediaHandshaker {
    /* constant after new */
    MediaWorker *thread; /* owned */
    SSL_CTX *context;    /* owned */
    char *fingerprint;   /* owned */

    /* handshake thread */
    GHashTable *per_address; /* owned MediaAddress (port 0) -> number of half-open ones */
    unsigned n_half_open;
};

static bool
set_validity(X509 *certificate)
{
    return X509_gmtime_adj(X509_getm_notBefore(certificate), -CLOCK_SKEW_SECONDS) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), CERTIFICATE_SECONDS) != NULL;
}

static bool
set_serial(X509 *certificate)
{
    BIGNUM *number = BN_new();
    bool ok = number != NULL && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;

    BN_free(number);
    return ok;
}

/* RFC 8827 section 6.5: the name says nothing about us. NULL: OpenSSL refuses. */
static X509 *
make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_NAME_new();
    bool ok = certificate != NULL && name != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 &&
              X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"WebRTC", -1, -1, 0) == 1 &&
              set_serial(certificate) && set_validity(certificate) && X509_set_subject_name(certificate, name) == 1 &&
              X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
              X509_sign(certificate, key, EVP_sha256()) > 0;

    X509_NAME_free(name);
    if (!ok)
        g_clear_pointer(&certificate, X509_free);
    return certificate;
}

static char *
format_fingerprint(const X509 *certificate)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    GString *text = g_string_new("sha-256 ");

    X509_digest(certificate, EVP_sha256(), digest, &size);
    for (unsigned i = 0; i < size; i++)
        g_string_append_printf(text, i == 0 ? "%02X" : ":%02X", digest[i]);
    return g_string_free(text, FALSE);
}

static bool
set_up_tls(MediaHandshaker *self, GError **error)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key != NULL ? make_certificate(key) : NULL;

    if (certificate == NULL)
        g_set_error_literal(error, MEDIA_ERROR, MEDIA_ERROR_SYSTEM, "cannot make a certificate");
    else
        self->context = media_dtls_context_new(certificate, key, error);
    if (self->context != NULL)
        self->fingerprint = format_fingerprint(certificate);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return self->context != NULL;
}

MediaHandshaker *
media_handshaker_new(GError **error)
{
    g_autoptr(MediaHandshaker) self = g_new0(MediaHandshaker, 1);

    if (!set_up_tls(self, error))
        return NULL;
    self->per_address = g_hash_table_new_full(media_address_hash, media_address_equal_func, g_free, NULL);
    self->thread = media_worker_new_bare("handshake", error);
    return self->thread != NULL ? g_steal_pointer(&self) : NULL;
}

void
media_handshaker_free(MediaHandshaker *self)
{
    if (self == NULL)
        return;
    media_worker_free(self->thread);
    if (self->per_address != NULL)
        g_hash_table_unref(self->per_address);
    SSL_CTX_free(self->context);
    g_free(self->fingerprint);
    g_free(self);
}

const char *
media_handshaker_get_fingerprint(const MediaHandshaker *self)
{
    return self->fingerprint;
}

MediaWorker *
media_handshaker_get_thread(const MediaHandshaker *self)
{
    return self->thread;
}

SSL_CTX *
media_handshaker_get_context(const MediaHandshaker *self)
{
    return self->context;
}

bool
media_handshaker_enter(MediaHandshaker *self, const uint8_t ip[16])
{
    MediaAddress key = { .port = 0 };
    unsigned n;

    memcpy(key.ip, ip, sizeof(key.ip));
    n = GPOINTER_TO_UINT(g_hash_table_lookup(self->per_address, &key));
    if (self->n_half_open >= MEDIA_MAX_HANDSHAKES || n >= MEDIA_MAX_HANDSHAKES_PER_ADDRESS)
        return false;
    self->n_half_open++;
    g_hash_table_replace(self->per_address, g_memdup2(&key, sizeof(key)), GUINT_TO_POINTER(n + 1));
    return true;
}

void
media_handshaker_leave(MediaHandshaker *self, const uint8_t ip[16])
{
    MediaAddress key = { .port = 0 };
    unsigned n;

    memcpy(key.ip, ip, sizeof(key.ip));
    n = GPOINTER_TO_UINT(g_hash_table_lookup(self->per_address, &key));
    self->n_half_open--;
    if (n <= 1)
        g_hash_table_remove(self->per_address, &key);
    else
        g_hash_table_replace(self->per_address, g_memdup2(&key, sizeof(key)), GUINT_TO_POINTER(n - 1));
}
