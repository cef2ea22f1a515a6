#include "media/dtls-digests.h"

#include <openssl/crypto.h>
#include <string.h>

bool
media_dtls_digests_match(const MediaDtlsDigests *self, const char *hash, const uint8_t *digest)
{
    const struct {
        const char *hash;
        const uint8_t *digest;
        size_t size;
    } digests[] = {
        { "sha-256", self->sha256, sizeof self->sha256 },
        { "sha-384", self->sha384, sizeof self->sha384 },
        { "sha-512", self->sha512, sizeof self->sha512 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(digests); i++) {
        if (strcmp(hash, digests[i].hash) == 0)
            return CRYPTO_memcmp(digest, digests[i].digest, digests[i].size) == 0;
    }
    return false;
}
