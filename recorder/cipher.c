#include "recorder/cipher.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

enum {
    GCM_TAG_BYTES = 16,
    GCM_NONCE_BYTES = 12,
    SM4_KEY_BYTES = 16,
    SM4_IV_BYTES = 16,
    SM3_BYTES = 32,
    MAX_FILE_KEY_BYTES = 48,
};

typedef struct {
    const char *name;
    const char *cipher, *digest; /* digest: of the key derivation, and of the tag where the cipher makes none */
    size_t key_bytes, tag_bytes;
    bool (*close)(RecCipher *self, uint64_t number, uint8_t *bytes, size_t size);
    bool (*open)(RecCipher *self, uint64_t number, uint8_t *bytes, size_t size);
} Kind;

struct RecCipher {
    const Kind *kind;
    EVP_CIPHER *cipher;      /* owned */
    EVP_CIPHER_CTX *context; /* owned */
    EVP_MAC *mac;            /* owned; NULL where the cipher makes the tag */
    uint8_t key[MAX_FILE_KEY_BYTES];
    uint8_t header[REC_CIPHER_HEADER_BYTES];
};

void
rec_key_clear(RecKey *self)
{
    OPENSSL_cleanse(self, sizeof *self);
}

/* The nonce: 4 zero bytes, the number of 8, little-endian. */
static void
put_nonce(uint64_t number, uint8_t ret_nonce[GCM_NONCE_BYTES])
{
    uint64_t little = GUINT64_TO_LE(number);

    memset(ret_nonce, 0, 4);
    memcpy(ret_nonce + 4, &little, sizeof little);
}

static bool
begin_gcm(RecCipher *self, uint64_t number, int encrypt)
{
    uint8_t nonce[GCM_NONCE_BYTES];
    int n;

    put_nonce(number, nonce);
    return EVP_CipherInit_ex2(self->context, self->cipher, self->key, nonce, encrypt, NULL) == 1 &&
           EVP_CipherUpdate(self->context, NULL, &n, self->header, sizeof self->header) == 1;
}

static bool
close_gcm(RecCipher *self, uint64_t number, uint8_t *bytes, size_t size)
{
    int n = 0, rest = 0;

    return begin_gcm(self, number, 1) &&
           (size == 0 || EVP_CipherUpdate(self->context, bytes, &n, bytes, (int)size) == 1) &&
           EVP_CipherFinal_ex(self->context, bytes + n, &rest) == 1 && (size_t)(n + rest) == size &&
           EVP_CIPHER_CTX_ctrl(self->context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES, bytes + size) == 1;
}

static bool
open_gcm(RecCipher *self, uint64_t number, uint8_t *bytes, size_t size)
{
    int n = 0, rest = 0;

    return begin_gcm(self, number, 0) &&
           EVP_CIPHER_CTX_ctrl(self->context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_BYTES, bytes + size) == 1 &&
           (size == 0 || EVP_CipherUpdate(self->context, bytes, &n, bytes, (int)size) == 1) &&
           EVP_CipherFinal_ex(self->context, bytes + n, &rest) == 1 && (size_t)(n + rest) == size;
}

/* Block number and header are under the tag, with the bytes as they lie on the disk. */
static bool
compute_sm3_tag(RecCipher *self, uint64_t number, const uint8_t *bytes, size_t size, uint8_t ret_tag[SM3_BYTES])
{
    char digest[] = "SM3";
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                            OSSL_PARAM_construct_end() };
    uint8_t nonce[GCM_NONCE_BYTES];
    size_t n;

    put_nonce(number, nonce);
    EVP_MAC_CTX *mac = EVP_MAC_CTX_new(self->mac);
    bool made = mac && EVP_MAC_init(mac, self->key + SM4_KEY_BYTES, SM3_BYTES, params) == 1 &&
                EVP_MAC_update(mac, self->header, sizeof self->header) == 1 &&
                EVP_MAC_update(mac, nonce, sizeof nonce) == 1 && EVP_MAC_update(mac, bytes, size) == 1 &&
                EVP_MAC_final(mac, ret_tag, &n, SM3_BYTES) == 1 && n == SM3_BYTES;
    EVP_MAC_CTX_free(mac);
    return made;
}

/* The last 4 bytes of the counter count the 16-byte blocks inside. */
static bool
run_sm4(RecCipher *self, uint64_t number, uint8_t *bytes, size_t size)
{
    uint8_t iv[SM4_IV_BYTES] = { 0 };
    int n = 0;

    put_nonce(number, iv);
    return EVP_CipherInit_ex2(self->context, self->cipher, self->key, iv, 1, NULL) == 1 &&
           (size == 0 || EVP_CipherUpdate(self->context, bytes, &n, bytes, (int)size) == 1) && (size_t)n == size;
}

static bool
close_sm4(RecCipher *self, uint64_t number, uint8_t *bytes, size_t size)
{
    return run_sm4(self, number, bytes, size) && compute_sm3_tag(self, number, bytes, size, bytes + size);
}

static bool
open_sm4(RecCipher *self, uint64_t number, uint8_t *bytes, size_t size)
{
    uint8_t tag[SM3_BYTES];

    return compute_sm3_tag(self, number, bytes, size, tag) && CRYPTO_memcmp(tag, bytes + size, SM3_BYTES) == 0 &&
           run_sm4(self, number, bytes, size);
}

static const Kind kinds[] = {
    [REC_CIPHER_AES_256_GCM] = { "aes-256-gcm", "AES-256-GCM", "SHA256", 32, GCM_TAG_BYTES, close_gcm, open_gcm },
    [REC_CIPHER_SM4_CTR_HMAC_SM3] = { "sm4-ctr-hmac-sm3", "SM4-CTR", "SM3", SM4_KEY_BYTES + SM3_BYTES, SM3_BYTES,
                                      close_sm4, open_sm4 },
};

static bool
is_known(RecCipherKind kind)
{
    return kind > 0 && (size_t)kind < G_N_ELEMENTS(kinds) && kinds[kind].cipher;
}

const char *
rec_cipher_kind_to_string(RecCipherKind kind)
{
    return is_known(kind) ? kinds[kind].name : NULL;
}

RecCipherKind
rec_cipher_kind_from_string(const char *name)
{
    for (RecCipherKind kind = 1; is_known(kind); kind++) {
        if (strcmp(kinds[kind].name, name) == 0)
            return kind;
    }
    return 0;
}

bool
rec_cipher_is_there(RecCipherKind kind)
{
    const uint8_t header[REC_CIPHER_HEADER_BYTES] = { 0 };
    const RecKey key = { { 0 } };
    uint8_t bytes[REC_CIPHER_MAX_TAG_BYTES] = { 0 };
    g_autoptr(RecCipher) self = rec_cipher_new(kind, &key, "", header, NULL);

    return self && rec_cipher_close(self, 0, bytes, 0);
}

size_t
rec_cipher_get_tag_bytes(RecCipherKind kind)
{
    return is_known(kind) ? kinds[kind].tag_bytes : 0;
}

/* RFC 5869. */
static bool
derive(RecCipher *self, const RecKey *key, const char *name)
{
    g_autofree char *info = g_strconcat("yuanjian file ", name, NULL);
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)self->kind->digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key->bytes, sizeof key->bytes),
        OSSL_PARAM_construct_octet_string(
            OSSL_KDF_PARAM_SALT, self->header + sizeof self->header - REC_CIPHER_SALT_BYTES, REC_CIPHER_SALT_BYTES),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, strlen(info)),
        OSSL_PARAM_construct_end(),
    };

    bool derived = context && EVP_KDF_derive(context, self->key, self->kind->key_bytes, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return derived;
}

RecCipher *
rec_cipher_new(RecCipherKind kind, const RecKey *key, const char *name, const uint8_t header[REC_CIPHER_HEADER_BYTES],
               GError **error)
{
    g_autoptr(RecCipher) self = g_new0(RecCipher, 1);

    if (!is_known(kind)) {
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s: unknown encryption %u", name, kind);
        return NULL;
    }
    self->kind = &kinds[kind];
    memcpy(self->header, header, sizeof self->header);
    self->cipher = EVP_CIPHER_fetch(NULL, self->kind->cipher, NULL);
    self->context = EVP_CIPHER_CTX_new();
    self->mac = kind == REC_CIPHER_SM4_CTR_HMAC_SM3 ? EVP_MAC_fetch(NULL, "HMAC", NULL) : NULL;
    if (self->cipher && self->context && derive(self, key, name))
        return g_steal_pointer(&self);
    g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "OpenSSL has no %s here", self->kind->cipher);
    return NULL;
}

void
rec_cipher_free(RecCipher *self)
{
    if (!self)
        return;
    EVP_CIPHER_CTX_free(self->context);
    EVP_CIPHER_free(self->cipher);
    EVP_MAC_free(self->mac);
    OPENSSL_cleanse(self->key, sizeof self->key);
    g_free(self);
}

bool
rec_cipher_close(RecCipher *self, uint64_t number, uint8_t *bytes, size_t size)
{
    return self->kind->close(self, number, bytes, size);
}

bool
rec_cipher_open(RecCipher *self, uint64_t number, uint8_t *bytes, size_t size)
{
    return self->kind->open(self, number, bytes, size);
}
