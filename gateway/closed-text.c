#include "gateway/closed-text.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "signaling/error.h"

enum { NONCE_BYTES = 12, TAG_BYTES = 16, MAX_BYTES = 16 * 1024 * 1024 };

static bool
fail(GError **error, const char *message)
{
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE, message);
    return false;
}

/* body: nonce, size bytes, room for the tag. */
static bool
close_bytes(const RecKey *key, const char *id, uint8_t *body, size_t size)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t *text = body + NONCE_BYTES;
    int n = 0;
    bool good = RAND_bytes(body, NONCE_BYTES) == 1 &&
                EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes, body) == 1 &&
                EVP_EncryptUpdate(context, NULL, &n, (const uint8_t *)id, (int)strlen(id)) == 1 &&
                EVP_EncryptUpdate(context, text, &n, text, (int)size) == 1 &&
                EVP_EncryptFinal_ex(context, text + n, &n) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, text + size) == 1;

    EVP_CIPHER_CTX_free(context);
    return good;
}

static bool
open_bytes(const RecKey *key, const char *id, uint8_t *body, size_t size)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t *text = body + NONCE_BYTES;
    int n = 0;
    bool good = EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes, body) == 1 &&
                EVP_DecryptUpdate(context, NULL, &n, (const uint8_t *)id, (int)strlen(id)) == 1 &&
                EVP_DecryptUpdate(context, text, &n, text, (int)size) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, text + size) == 1 &&
                EVP_DecryptFinal_ex(context, text + n, &n) == 1;

    EVP_CIPHER_CTX_free(context);
    return good;
}

char *
gw_closed_text_new(const RecKeyring *keyring, GwClosedFor whose, const char *text, GError **error)
{
    size_t size = strlen(text);
    g_autofree uint8_t *body = g_malloc0(NONCE_BYTES + size + TAG_BYTES);
    RecKey key;

    g_assert(size <= MAX_BYTES);
    if (keyring == NULL || !rec_keyring_ensure(keyring, whose.key, &key, NULL)) {
        fail(error, "There is no key to keep this under: see the service's log for its keys folder.");
        return NULL;
    }
    memcpy(body + NONCE_BYTES, text, size);
    bool good = close_bytes(&key, whose.id, body, size);
    rec_key_clear(&key);
    if (good)
        return g_base64_encode(body, NONCE_BYTES + size + TAG_BYTES);
    fail(error, "This could not be encrypted.");
    return NULL;
}

char *
gw_closed_text_open(const RecKeyring *keyring, GwClosedFor whose, const char *closed, GError **error)
{
    static const char unreadable[] = "What is sealed cannot be read with the keys of this node.";
    gsize size = 0;
    g_autofree guchar *body = g_base64_decode(closed, &size);
    RecKey key;

    if (size < NONCE_BYTES + TAG_BYTES || size > MAX_BYTES || keyring == NULL ||
        !rec_keyring_get(keyring, whose.key, &key, NULL)) {
        fail(error, unreadable);
        return NULL;
    }
    size -= NONCE_BYTES + TAG_BYTES;
    bool good = open_bytes(&key, whose.id, body, size);
    rec_key_clear(&key);
    if (good)
        return g_strndup((const char *)body + NONCE_BYTES, size);
    fail(error, unreadable);
    return NULL;
}
