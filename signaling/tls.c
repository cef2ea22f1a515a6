#include "signaling/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "signaling/error.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SSL_CTX, SSL_CTX_free)

static bool
refuse(GError **error, const char *what, const char *path)
{
    unsigned long code = ERR_peek_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

    g_set_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE, "%s '%s': %s", what, path,
                reason != NULL ? reason : "cannot be used");
    ERR_clear_error();
    return false;
}

bool
sig_tls_check(const char *certificate_path, const char *key_path, GError **error)
{
    g_autoptr(SSL_CTX) context = SSL_CTX_new(TLS_server_method());

    ERR_clear_error();
    if (key_path == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_INVALID, "the certificate '%s' needs a key", certificate_path);
        return false;
    }
    if (access(certificate_path, R_OK) != 0 || access(key_path, R_OK) != 0) {
        const char *path = access(certificate_path, R_OK) != 0 ? certificate_path : key_path;

        g_set_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE, "cannot read '%s': %s", path, g_strerror(errno));
        return false;
    }
    if (SSL_CTX_use_certificate_chain_file(context, certificate_path) != 1)
        return refuse(error, "the certificate", certificate_path);
    if (SSL_CTX_use_PrivateKey_file(context, key_path, SSL_FILETYPE_PEM) != 1)
        return refuse(error, "the key", key_path);
    if (SSL_CTX_check_private_key(context) != 1)
        return refuse(error, "the key does not belong to the certificate:", key_path);
    return true;
}

void
sig_tls_fill(struct lws_context_creation_info *info, const char *certificate_path, const char *key_path)
{
    info->ssl_cert_filepath = certificate_path;
    info->ssl_private_key_filepath = key_path;
    info->ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_RENEGOTIATION;
    info->alpn = "http/1.1";
}
