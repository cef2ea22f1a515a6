/* recorder/cipher.h - the blocks of one vault file, closed and opened
 *
 * The key of a file comes from the session's key, the file's name and the random salt in its header, so that no nonce (the
 * block's number) repeats, even when a file of a name is made again. Each block is bound to its number and to the header.
 * Ownership: the caller. Thread: any, one at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/error.h"

G_BEGIN_DECLS

enum {
    REC_KEY_BYTES = 32, /* of a session, and of the master */
    REC_CIPHER_SALT_BYTES = 16,
    REC_CIPHER_HEADER_BYTES = 20 + REC_CIPHER_SALT_BYTES, /* the salt is its end */
    REC_CIPHER_MAX_TAG_BYTES = 32,
};

/* A key in the open; clear it as soon as it is not needed. */
typedef struct {
    uint8_t bytes[REC_KEY_BYTES];
} RecKey;

void rec_key_clear(RecKey *self);

typedef enum {
    REC_CIPHER_AES_256_GCM = 1,
    REC_CIPHER_SM4_CTR_HMAC_SM3 = 2, /* encrypted, then authenticated */
} RecCipherKind;

/* "aes-256-gcm", "sm4-ctr-hmac-sm3"; NULL of an unknown kind. The other way 0 when it is neither. */
const char *rec_cipher_kind_to_string(RecCipherKind kind);
RecCipherKind rec_cipher_kind_from_string(const char *name);
bool rec_cipher_is_there(RecCipherKind kind); /* whether this machine's OpenSSL can do it */

typedef struct RecCipher RecCipher;

/* name: of the file as others know it, without .enc. Fails on an unknown kind (REC_ERROR_INVALID). */
RecCipher *rec_cipher_new(RecCipherKind kind, const RecKey *key, const char *name,
                          const uint8_t header[REC_CIPHER_HEADER_BYTES], GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_cipher_free(RecCipher *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecCipher, rec_cipher_free)

size_t rec_cipher_get_tag_bytes(RecCipherKind kind); /* 0: unknown */

/* In place; the tag follows the bytes. */
bool rec_cipher_close(RecCipher *self, uint64_t number, uint8_t *bytes, size_t size) G_GNUC_WARN_UNUSED_RESULT;
/* False: these are not the bytes that were closed under this number. Then nothing in bytes is to be used. */
bool rec_cipher_open(RecCipher *self, uint64_t number, uint8_t *bytes, size_t size) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
