#include "recorder/evidence/key-pair.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/evidence/disk.h"

enum { MAX_PEM_BYTES = 64 * 1024, SERIAL_BYTES = 16 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY_CTX, EVP_PKEY_CTX_free)

static const char *const names[] = { [REC_KEY_ED25519] = "ed25519", [REC_KEY_SM2] = "sm2" };

const char *
rec_key_kind_to_string(RecKeyKind kind)
{
    return names[kind];
}

char *
rec_key_get_path(const char *dir, RecKeyKind kind, unsigned generation, const char *suffix)
{
    g_autofree char *name = g_strdup_printf("%s-%u.%s", names[kind], generation, suffix);

    return g_build_filename(dir, name, NULL);
}

static void *
fail(GError **error, const char *what, const char *path)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_KEYS, "%s%s%s", path != NULL ? path : "",
                path != NULL ? " " : "", what);
    return NULL;
}

EVP_PKEY *
rec_key_pair_make_key(RecKeyKind kind, GError **error)
{
    g_autoptr(EVP_PKEY_CTX) context =
        EVP_PKEY_CTX_new_from_name(NULL, kind == REC_KEY_ED25519 ? "ED25519" : "SM2", NULL);
    EVP_PKEY *key = NULL;

    if (context == NULL || EVP_PKEY_keygen_init(context) != 1 || EVP_PKEY_generate(context, &key) != 1)
        return fail(error, "OpenSSL cannot make a key", NULL);
    return key;
}

/* The context that signs or checks: SM2 hashes the signer's identifier first. */
static EVP_MD_CTX *
make_context(RecKeyKind kind, EVP_PKEY *key, bool signs)
{
    g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
    const EVP_MD *digest = kind == REC_KEY_SM2 ? EVP_sm3() : NULL;
    EVP_PKEY_CTX *parameters = NULL;
    int result = signs ? EVP_DigestSignInit(context, &parameters, digest, NULL, key)
                       : EVP_DigestVerifyInit(context, &parameters, digest, NULL, key);

    if (result != 1 ||
        (kind == REC_KEY_SM2 && EVP_PKEY_CTX_set1_id(parameters, REC_SM2_ID, (int)strlen(REC_SM2_ID)) != 1))
        return NULL;
    return g_steal_pointer(&context);
}

bool
rec_key_pair_sign(RecKeyKind kind, EVP_PKEY *key, const RecSlice *data, uint8_t *signature, size_t *size)
{
    g_autoptr(EVP_MD_CTX) context = make_context(kind, key, true);

    return context != NULL && EVP_DigestSign(context, signature, size, data->data, data->size) == 1;
}

bool
rec_key_pair_verify(RecKeyKind kind, EVP_PKEY *key, const RecSlice *data, const RecSlice *signature)
{
    g_autoptr(EVP_MD_CTX) context = make_context(kind, key, false);

    return context != NULL && EVP_DigestVerify(context, signature->data, signature->size, data->data, data->size) == 1;
}

static bool
set_serial(X509 *certificate)
{
    uint8_t bytes[SERIAL_BYTES];

    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, of full length */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool good = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return good;
}

static bool
add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

static bool
sign_certificate(RecKeyKind kind, X509 *certificate, EVP_PKEY *key)
{
    g_autoptr(EVP_MD_CTX) context = make_context(kind, key, true);

    return context != NULL && X509_sign_ctx(certificate, context) > 0;
}

X509 *
rec_key_pair_make_certificate(RecKeyKind kind, EVP_PKEY *key, const char *name, GError **error)
{
    g_autoptr(X509) certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);

    if (X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const uint8_t *)name, -1, -1, 0) == 1 &&
        X509_set_issuer_name(certificate, subject) == 1 && X509_set_pubkey(certificate, key) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -300) != NULL &&
        X509_time_adj_ex(X509_getm_notAfter(certificate), REC_KEYS_DAYS, 0, NULL) != NULL &&
        add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(certificate, NID_key_usage, "critical,digitalSignature,nonRepudiation") &&
        add_extension(certificate, NID_subject_key_identifier, "hash") && sign_certificate(kind, certificate, key))
        return g_steal_pointer(&certificate);
    return fail(error, "OpenSSL cannot make a certificate", NULL);
}

static bool
write_bio(const char *path, BIO *bio, mode_t mode, GError **error)
{
    char *bytes = NULL;
    long size = BIO_get_mem_data(bio, &bytes);

    return rec_disk_replace(path, bytes, (size_t)size, mode, error);
}

bool
rec_key_pair_write_key(const char *path, EVP_PKEY *key, GError **error)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_secmem());

    if (PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
        return fail(error, "cannot be written", path) != NULL;
    return write_bio(path, bio, 0600, error);
}

bool
rec_key_pair_write_certificate(const char *path, X509 *certificate, GError **error)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());

    if (PEM_write_bio_X509(bio, certificate) != 1)
        return fail(error, "cannot be written", path) != NULL;
    return write_bio(path, bio, 0644, error);
}

static bool
check_owner(const char *path, GError **error)
{
    struct stat status;

    if (lstat(path, &status) != 0) {
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_KEYS,
                    "%s cannot be read (%s): put the key back from its backup", path, g_strerror(errno));
        return false;
    }
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid())
        return fail(error, "is not a file of the service's user", path) != NULL;
    if ((status.st_mode & 077) == 0)
        return true;
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_KEYS,
                "%s can be used by others (mode %04o): chmod 600, and rotate the keys if somebody may have read it",
                path, (unsigned)(status.st_mode & 07777));
    return false;
}

/* A key with a passphrase would ask at the terminal. */
static int
no_passphrase(char *buffer, int size, int writes, void *data)
{
    (void)buffer;
    (void)size;
    (void)writes;
    (void)data;
    return -1;
}

EVP_PKEY *
rec_key_pair_read_key(const char *path, GError **error)
{
    size_t size = 0;
    g_autofree char *pem = check_owner(path, error) ? rec_disk_read(path, MAX_PEM_BYTES, &size, error) : NULL;

    if (pem == NULL)
        return NULL;
    g_autoptr(BIO) bio = BIO_new_mem_buf(pem, (int)size);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    OPENSSL_cleanse(pem, size);
    return key != NULL ? key : fail(error, "is not a private key", path);
}

X509 *
rec_key_pair_read_certificate(const char *path, char **ret_pem, GError **error)
{
    size_t size = 0;
    g_autofree char *pem = rec_disk_read(path, MAX_PEM_BYTES, &size, error);

    if (pem == NULL)
        return NULL;
    g_autoptr(BIO) bio = BIO_new_mem_buf(pem, (int)size);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
    if (certificate == NULL)
        return fail(error, "is not a certificate", path);
    *ret_pem = g_steal_pointer(&pem);
    return certificate;
}
