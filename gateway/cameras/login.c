#include "gateway/cameras/login.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "signaling/error.h"

static const char KEY_NAME[] = "cameras"; /* in the keyring, as if it were a session's */
enum {
    NONCE_BYTES = 12,
    TAG_BYTES = 16,
    PLAIN_BYTES = 2 * (CAM_MAX_LOGIN + 1), /* always: its length tells nothing */
    CLOSED_BYTES = NONCE_BYTES + PLAIN_BYTES + TAG_BYTES,
};

typedef struct {
    uint8_t bytes[CLOSED_BYTES];
} Closed;

static bool
fail(GError **error)
{
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE,
                        "The camera's password cannot be read with the keys of this node: set it again.");
    return false;
}

static bool
close_bytes(const RecKey *key, const char *camera, const uint8_t *plain, Closed *closed)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t *body = closed->bytes + NONCE_BYTES;
    int n = 0;
    bool good = RAND_bytes(closed->bytes, NONCE_BYTES) == 1 &&
                EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes, closed->bytes) == 1 &&
                EVP_EncryptUpdate(context, NULL, &n, (const uint8_t *)camera, (int)strlen(camera)) == 1 &&
                EVP_EncryptUpdate(context, body, &n, plain, PLAIN_BYTES) == 1 &&
                EVP_EncryptFinal_ex(context, body + n, &n) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, body + PLAIN_BYTES) == 1;

    EVP_CIPHER_CTX_free(context);
    return good;
}

static bool
open_bytes(const RecKey *key, const char *camera, Closed *closed, uint8_t *plain)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t *body = closed->bytes + NONCE_BYTES;
    int n = 0;
    bool good = EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes, closed->bytes) == 1 &&
                EVP_DecryptUpdate(context, NULL, &n, (const uint8_t *)camera, (int)strlen(camera)) == 1 &&
                EVP_DecryptUpdate(context, plain, &n, body, PLAIN_BYTES) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, body + PLAIN_BYTES) == 1 &&
                EVP_DecryptFinal_ex(context, plain + n, &n) == 1;

    EVP_CIPHER_CTX_free(context);
    return good;
}

char *
gw_login_close(const RecKeyring *keyring, const char *camera, const char *user, const char *password, GError **error)
{
    uint8_t plain[PLAIN_BYTES] = { 0 };
    Closed closed;
    RecKey key;

    if (strlen(user) > CAM_MAX_LOGIN || strlen(password) > CAM_MAX_LOGIN) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "User and password are at most %d bytes long.",
                    CAM_MAX_LOGIN);
        return NULL;
    }
    if (keyring == NULL || !rec_keyring_ensure(keyring, KEY_NAME, &key, NULL)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE,
                            "There is no key to keep the password under: see the service's log for its keys folder.");
        return NULL;
    }
    memcpy(plain, user, strlen(user));
    memcpy(plain + CAM_MAX_LOGIN + 1, password, strlen(password));
    bool good = close_bytes(&key, camera, plain, &closed);
    rec_key_clear(&key);
    explicit_bzero(plain, sizeof plain);
    if (good)
        return g_base64_encode(closed.bytes, sizeof closed.bytes);
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_INTERNAL, "The password could not be encrypted.");
    return NULL;
}

bool
gw_login_open(const RecKeyring *keyring, const char *camera, const char *text, CamOrder *ret_order, GError **error)
{
    uint8_t plain[PLAIN_BYTES];
    gsize size = 0;
    g_autofree guchar *bytes = g_base64_decode(text, &size);
    Closed closed;
    RecKey key;

    if (size != sizeof closed.bytes || keyring == NULL || !rec_keyring_get(keyring, KEY_NAME, &key, NULL))
        return fail(error);
    memcpy(closed.bytes, bytes, size);
    bool good = open_bytes(&key, camera, &closed, plain);
    rec_key_clear(&key);
    if (good) {
        memcpy(ret_order->user, plain, sizeof ret_order->user);
        memcpy(ret_order->password, plain + CAM_MAX_LOGIN + 1, sizeof ret_order->password);
    }
    explicit_bzero(plain, sizeof plain);
    return good || fail(error);
}
