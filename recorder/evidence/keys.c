#include "recorder/evidence/keys.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/evidence/disk.h"
#include "recorder/evidence/key-pair.h"

struct RecKeys {
    EVP_PKEY *signing[REC_KEY_KINDS];
    const RecCertificate *current[REC_KEY_KINDS];
    GPtrArray *certificates; /* RecCertificate */
    GPtrArray *publics;      /* EVP_PKEY, of the same order */
};

static void
free_certificate(void *data)
{
    RecCertificate *certificate = data;

    g_free(certificate->name);
    g_free(certificate->pem);
    g_free(certificate->sha256);
    g_clear_pointer(&certificate->spki, g_bytes_unref);
    g_clear_pointer(&certificate->raw, g_bytes_unref);
    g_free(certificate);
}

static void
free_key(void *key)
{
    EVP_PKEY_free(key);
}

static void
clear(void *data)
{
    RecKeys *self = data;

    for (int kind = 0; kind < REC_KEY_KINDS; kind++)
        EVP_PKEY_free(self->signing[kind]);
    g_ptr_array_unref(self->certificates);
    g_ptr_array_unref(self->publics);
}

RecKeys *
rec_keys_ref(RecKeys *self)
{
    return g_atomic_rc_box_acquire(self);
}

void
rec_keys_unref(RecKeys *self)
{
    if (self != NULL)
        g_atomic_rc_box_release_full(self, clear);
}

static bool
refuse(GError **error, const char *path, const char *what)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_KEYS, "%s %s", path, what);
    return false;
}

static bool
is_there(const char *dir, RecKeyKind kind, unsigned generation, const char *suffix)
{
    g_autofree char *path = rec_key_get_path(dir, kind, generation, suffix);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* The highest generation of which there is any file; 0: none. */
static unsigned
find_newest(const char *dir)
{
    g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
    const char *name = NULL;
    unsigned newest = 0;

    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        const char *number = g_str_has_prefix(name, "ed25519-") ? name + 8
                             : g_str_has_prefix(name, "sm2-")   ? name + 4
                                                                : "";
        char *end = NULL;
        guint64 found = g_ascii_isdigit(*number) ? g_ascii_strtoull(number, &end, 10) : 0;
        if (found <= REC_KEYS_MAX_GENERATIONS && found > newest &&
            (g_str_equal(end, ".key") || g_str_equal(end, ".crt")))
            newest = (unsigned)found;
    }
    return newest;
}

/* The key first: a crash in between leaves a key without a certificate, which is made later; never the other way round. */
static bool
complete(const char *dir, RecKeyKind kind, unsigned generation, const char *name, GError **error)
{
    g_autofree char *key_path = rec_key_get_path(dir, kind, generation, "key");
    g_autofree char *certificate_path = rec_key_get_path(dir, kind, generation, "crt");
    bool has_key = g_file_test(key_path, G_FILE_TEST_EXISTS);

    if (g_file_test(certificate_path, G_FILE_TEST_EXISTS))
        return true;
    g_autoptr(EVP_PKEY) key = has_key ? rec_key_pair_read_key(key_path, error) : rec_key_pair_make_key(kind, error);
    if (key == NULL || (!has_key && !rec_key_pair_write_key(key_path, key, error)))
        return false;
    g_autoptr(X509) certificate = rec_key_pair_make_certificate(kind, key, name, error);
    return certificate != NULL && rec_key_pair_write_certificate(certificate_path, certificate, error);
}

static bool
make_generation(const char *dir, unsigned generation, const char *name, GError **error)
{
    for (RecKeyKind kind = 0; kind < REC_KEY_KINDS; kind++) {
        if (!complete(dir, kind, generation, name, error))
            return false;
    }
    return true;
}

static bool
check_folder(const char *dir, GError **error)
{
    struct stat status;

    if (stat(dir, &status) != 0 || !S_ISDIR(status.st_mode))
        return refuse(error, dir, "is not there: it holds the signing keys; put it back from its backup");
    if (status.st_uid != geteuid() || (status.st_mode & 077) != 0)
        return refuse(error, dir, "must belong to the service's user alone: chmod 700");
    return true;
}

static int64_t
get_seconds(const ASN1_TIME *time)
{
    struct tm parts;

    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return 0;
    return (int64_t)timegm(&parts);
}

static char *
hash_der(X509 *certificate)
{
    unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    RecHashes hashes;

    if (size < 0)
        return NULL;
    rec_hash_bytes(der, (size_t)size, &hashes);
    OPENSSL_free(der);
    return rec_hash_to_hex(hashes.sha256);
}

static GBytes *
get_spki(X509 *certificate)
{
    unsigned char *der = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    GBytes *bytes = g_bytes_new(der, size > 0 ? (gsize)size : 0);

    OPENSSL_free(der);
    return bytes;
}

static RecCertificate *
load_certificate(RecKeys *self, const char *path, RecKeyKind kind, unsigned generation, GError **error)
{
    g_autofree char *pem = NULL;
    g_autoptr(X509) x509 = rec_key_pair_read_certificate(path, &pem, error);
    g_autoptr(EVP_PKEY) public = x509 != NULL ? X509_get_pubkey(x509) : NULL;
    uint8_t raw[32];
    size_t raw_size = sizeof raw;

    if (x509 == NULL)
        return NULL;
    if (public == NULL || !EVP_PKEY_is_a(public, kind == REC_KEY_ED25519 ? "ED25519" : "SM2") ||
        (kind == REC_KEY_ED25519 && EVP_PKEY_get_raw_public_key(public, raw, &raw_size) != 1)) {
        refuse(error, path, "is a certificate of another kind of key");
        return NULL;
    }
    RecCertificate *certificate = g_new0(RecCertificate, 1);
    certificate->kind = kind;
    certificate->generation = generation;
    certificate->name = g_path_get_basename(path);
    certificate->pem = g_steal_pointer(&pem);
    certificate->sha256 = hash_der(x509);
    certificate->spki = get_spki(x509);
    certificate->raw = kind == REC_KEY_ED25519 ? g_bytes_new(raw, raw_size) : NULL;
    certificate->not_before_s = get_seconds(X509_get0_notBefore(x509));
    certificate->not_after_s = get_seconds(X509_get0_notAfter(x509));
    g_ptr_array_add(self->certificates, certificate);
    g_ptr_array_add(self->publics, g_steal_pointer(&public));
    return certificate;
}

static bool
load_generation(RecKeys *self, const char *dir, unsigned generation, bool current, GError **error)
{
    for (RecKeyKind kind = 0; kind < REC_KEY_KINDS; kind++) {
        g_autofree char *path = rec_key_get_path(dir, kind, generation, "crt");
        g_autofree char *key_path = rec_key_get_path(dir, kind, generation, "key");

        if (!current && !g_file_test(path, G_FILE_TEST_EXISTS))
            continue;
        RecCertificate *certificate = load_certificate(self, path, kind, generation, error);
        if (certificate == NULL)
            return false;
        if (!current)
            continue;
        certificate->current = true;
        self->current[kind] = certificate;
        self->signing[kind] = rec_key_pair_read_key(key_path, error);
        if (self->signing[kind] == NULL)
            return false;
        if (EVP_PKEY_eq(self->signing[kind], self->publics->pdata[self->publics->len - 1]) != 1)
            return refuse(error, key_path, "is not the key of its certificate");
    }
    return true;
}

static bool
is_empty(const char *dir, unsigned generation)
{
    for (RecKeyKind kind = 0; kind < REC_KEY_KINDS; kind++) {
        if (is_there(dir, kind, generation, "key") || is_there(dir, kind, generation, "crt"))
            return false;
    }
    return true;
}

RecKeys *
rec_keys_open(const char *dir, const char *name, bool may_make, GError **error)
{
    unsigned newest = find_newest(dir);

    if (newest == 0 && may_make && !rec_disk_make_folder(dir, error))
        return NULL;
    if (!check_folder(dir, error))
        return NULL;
    if (newest == 0 && !may_make) {
        refuse(error, dir, "holds no keys, and the log was signed: put them back from their backup");
        return NULL;
    }
    newest = MAX(newest, 1);
    if ((may_make || !is_empty(dir, newest)) && !make_generation(dir, newest, name, error))
        return NULL;

    g_autoptr(RecKeys) self = g_atomic_rc_box_new0(RecKeys);
    self->certificates = g_ptr_array_new_with_free_func(free_certificate);
    self->publics = g_ptr_array_new_with_free_func(free_key);
    for (unsigned generation = 1; generation <= newest; generation++) {
        if (!load_generation(self, dir, generation, generation == newest, error))
            return NULL;
    }
    return g_steal_pointer(&self);
}

bool
rec_keys_rotate(const char *dir, const char *name, GError **error)
{
    unsigned newest = find_newest(dir);

    if (!check_folder(dir, error))
        return false;
    if (newest >= REC_KEYS_MAX_GENERATIONS)
        return refuse(error, dir, "holds too many generations of keys");
    return make_generation(dir, newest + 1, name, error);
}

bool
rec_keys_sign(const RecKeys *self, const void *data, size_t size, RecSignatures *ret_signatures, GError **error)
{
    RecSignatures made = { .sm2_size = sizeof made.sm2 };
    const RecSlice slice = { data, size };
    size_t ed25519_size = sizeof made.ed25519;

    if (!rec_key_pair_sign(REC_KEY_ED25519, self->signing[REC_KEY_ED25519], &slice, made.ed25519, &ed25519_size) ||
        !rec_key_pair_sign(REC_KEY_SM2, self->signing[REC_KEY_SM2], &slice, made.sm2, &made.sm2_size)) {
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_KEYS, "OpenSSL cannot sign");
        return false;
    }
    *ret_signatures = made;
    return true;
}

unsigned
rec_keys_get_n(const RecKeys *self)
{
    return self->certificates->len;
}

const RecCertificate *
rec_keys_get(const RecKeys *self, unsigned i)
{
    return self->certificates->pdata[i];
}

const RecCertificate *
rec_keys_get_current(const RecKeys *self, RecKeyKind kind)
{
    return self->current[kind];
}

bool
rec_keys_verify(const RecKeys *self, unsigned i, const RecSlice *data, const RecSlice *signature)
{
    return rec_key_pair_verify(rec_keys_get(self, i)->kind, self->publics->pdata[i], data, signature);
}

bool
rec_keys_are_valid_at(const RecKeys *self, int64_t now_s)
{
    for (int kind = 0; kind < REC_KEY_KINDS; kind++) {
        const RecCertificate *certificate = self->current[kind];
        if (now_s < certificate->not_before_s || now_s > certificate->not_after_s)
            return false;
    }
    return true;
}
