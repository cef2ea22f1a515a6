/* media/dtls-digests.h - what a peer's certificate is compared by (RFC 8122)
 *
 * A value, pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint8_t sha256[32], sha384[48], sha512[64];
} MediaDtlsDigests;

/* Whether the certificate is the one with this fingerprint (RFC 8122: "sha-256" ...); false for other hashes. */
bool media_dtls_digests_match(const MediaDtlsDigests *self, const char *hash, const uint8_t *digest);
