#include "media/dtls-record.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <string.h>

enum {
    RANDOM_BYTES = 32,
    SALT_BYTES = 4,
    NONCE_BYTES = 8,
    TAG_BYTES = 16,
    MAX_PLAINTEXT = 256, /* a Finished has 24 bytes, an alert 2 */
    LEVEL_WARNING = 1,
    LEVEL_FATAL = 2,
};

/* PRF(master secret, "key expansion", server random + client random), RFC 5246 section 6.3 */
static bool
expand_keys(SSL *ssl, const char *digest, uint8_t *ret_block, size_t size)
{
    uint8_t secret[SSL_MAX_MASTER_KEY_LENGTH];
    uint8_t seed[13 + 2 * RANDOM_BYTES] = "key expansion";
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *context = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM params[4];
    bool ok;

    SSL_get_server_random(ssl, seed + 13, RANDOM_BYTES);
    SSL_get_client_random(ssl, seed + 13 + RANDOM_BYTES, RANDOM_BYTES);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)digest, 0);
    params[1] = OSSL_PARAM_construct_octet_string(
        OSSL_KDF_PARAM_SECRET, secret, SSL_SESSION_get_master_key(SSL_get_session(ssl), secret, sizeof(secret)));
    params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof(seed));
    params[3] = OSSL_PARAM_construct_end();
    ok = context != NULL && EVP_KDF_derive(context, ret_block, size, params) == 1;
    OPENSSL_cleanse(secret, sizeof(secret));
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return ok;
}

bool
media_dtls_record_init(MediaDtlsRecord *self, SSL *ssl)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
    uint8_t block[2 * (32 + SALT_BYTES)];
    const uint8_t *part = block;
    MediaDtlsRecord record = { .key_size = 0 };

    switch (SSL_CIPHER_get_cipher_nid(cipher)) {
    case NID_aes_128_gcm:
        record.key_size = 16;
        break;
    case NID_aes_256_gcm:
        record.key_size = 32;
        break;
    default:
        return false;
    }
    if (!expand_keys(ssl, EVP_MD_get0_name(SSL_CIPHER_get_handshake_digest(cipher)), block,
                     2 * (record.key_size + (size_t)SALT_BYTES)))
        return false;
    memcpy(record.client_key, part, record.key_size);
    memcpy(record.server_key, part += record.key_size, record.key_size);
    memcpy(record.client_salt, part += record.key_size, SALT_BYTES);
    memcpy(record.server_salt, part + SALT_BYTES, SALT_BYTES);
    *self = record;
    OPENSSL_cleanse(block, sizeof(block));
    media_dtls_record_clear(&record);
    return true;
}

void
media_dtls_record_clear(MediaDtlsRecord *self)
{
    OPENSSL_cleanse(self, sizeof(*self));
}

bool
media_dtls_record_next(const uint8_t **bytes, size_t *size, MediaDtlsRecordView *ret_view)
{
    const uint8_t *record = *bytes;
    size_t whole;

    if (*size < MEDIA_DTLS_RECORD_HEADER)
        return false;
    whole = MEDIA_DTLS_RECORD_HEADER + ((size_t)record[11] << 8 | record[12]);
    if (whole > *size)
        return false;
    ret_view->type = record[0];
    ret_view->epoch = (uint16_t)(record[3] << 8 | record[4]);
    ret_view->bytes = record;
    ret_view->size = whole;
    *bytes += whole;
    *size -= whole;
    return true;
}

static const EVP_CIPHER *
get_cipher(const MediaDtlsRecord *self)
{
    return self->key_size == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
}

/* RFC 5246 section 6.2.3.3: epoch and sequence number, type, version, length of the plaintext */
static void
write_additional_data(const uint8_t *record, size_t plaintext_size, uint8_t ret_data[MEDIA_DTLS_RECORD_HEADER])
{
    memcpy(ret_data, record + 3, 8);
    memcpy(ret_data + 8, record, 3);
    ret_data[11] = (uint8_t)(plaintext_size >> 8);
    ret_data[12] = (uint8_t)plaintext_size;
}

bool
media_dtls_record_open(const MediaDtlsRecord *self, const MediaDtlsRecordView *view, uint8_t ret_start[2])
{
    const uint8_t *nonce = view->bytes + MEDIA_DTLS_RECORD_HEADER;
    uint8_t iv[SALT_BYTES + NONCE_BYTES], data[MEDIA_DTLS_RECORD_HEADER], plaintext[MAX_PLAINTEXT] = { 0 };
    EVP_CIPHER_CTX *context;
    size_t size;
    int n;
    bool ok;

    if (self->key_size == 0 || view->epoch != 1 || view->size <= MEDIA_DTLS_RECORD_HEADER + NONCE_BYTES + TAG_BYTES)
        return false;
    size = view->size - MEDIA_DTLS_RECORD_HEADER - NONCE_BYTES - TAG_BYTES;
    if (size > sizeof(plaintext))
        return false;
    memcpy(iv, self->client_salt, SALT_BYTES);
    memcpy(iv + SALT_BYTES, nonce, NONCE_BYTES);
    write_additional_data(view->bytes, size, data);
    context = EVP_CIPHER_CTX_new();
    ok = EVP_DecryptInit_ex2(context, get_cipher(self), self->client_key, iv, NULL) == 1 &&
         EVP_DecryptUpdate(context, NULL, &n, data, sizeof(data)) == 1 &&
         EVP_DecryptUpdate(context, plaintext, &n, nonce + NONCE_BYTES, (int)size) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, (void *)(nonce + NONCE_BYTES + size)) == 1 &&
         EVP_DecryptFinal_ex(context, plaintext + size - 1, &n) == 1;
    EVP_CIPHER_CTX_free(context);
    if (ok)
        memcpy(ret_start, plaintext, 2);
    return ok;
}

bool
media_dtls_record_seal_alert(const MediaDtlsRecord *self, uint8_t description,
                             uint8_t ret_record[MEDIA_DTLS_ALERT_BYTES])
{
    /* the sequence number is one that the handshake cannot have reached; the nonce is random, as OpenSSL's are */
    const uint8_t header[MEDIA_DTLS_RECORD_HEADER] = {
        MEDIA_DTLS_TYPE_ALERT, 0xfe, 0xfd, 0, 1, 0, 0, 1, 0, 0, 0, 0, MEDIA_DTLS_ALERT_BYTES - MEDIA_DTLS_RECORD_HEADER
    };
    const uint8_t alert[2] = { description == MEDIA_DTLS_ALERT_CLOSE_NOTIFY ? LEVEL_WARNING : LEVEL_FATAL,
                               description };
    uint8_t *nonce = ret_record + MEDIA_DTLS_RECORD_HEADER;
    uint8_t iv[SALT_BYTES + NONCE_BYTES], data[MEDIA_DTLS_RECORD_HEADER];
    EVP_CIPHER_CTX *context;
    int n;
    bool ok;

    if (self->key_size == 0 || RAND_bytes(nonce, NONCE_BYTES) != 1)
        return false;
    memcpy(ret_record, header, sizeof(header));
    memcpy(iv, self->server_salt, SALT_BYTES);
    memcpy(iv + SALT_BYTES, nonce, NONCE_BYTES);
    write_additional_data(header, sizeof(alert), data);
    context = EVP_CIPHER_CTX_new();
    ok = EVP_EncryptInit_ex2(context, get_cipher(self), self->server_key, iv, NULL) == 1 &&
         EVP_EncryptUpdate(context, NULL, &n, data, sizeof(data)) == 1 &&
         EVP_EncryptUpdate(context, nonce + NONCE_BYTES, &n, alert, sizeof(alert)) == 1 &&
         EVP_EncryptFinal_ex(context, nonce + NONCE_BYTES + sizeof(alert), &n) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, nonce + NONCE_BYTES + sizeof(alert)) == 1;
    EVP_CIPHER_CTX_free(context);
    return ok;
}
