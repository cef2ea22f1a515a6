#include "recorder/chain.h"

#include <openssl/evp.h>
#include <string.h>

void
rec_chain_init(RecChain *self, const uint8_t link[REC_CHAIN_SIZE])
{
    static const uint8_t zeros[REC_CHAIN_SIZE] = { 0 };

    self->sum = EVP_MD_CTX_new();
    rec_chain_restart(self, link ? link : zeros);
}

void
rec_chain_clear(RecChain *self)
{
    g_clear_pointer(&self->sum, EVP_MD_CTX_free);
}

void
rec_chain_add(RecChain *self, const uint8_t *bytes, size_t size)
{
    if (EVP_DigestUpdate(self->sum, bytes, size) != 1)
        g_error("SHA-256 is not available");
}

void
rec_chain_close(RecChain *self)
{
    uint8_t link[REC_CHAIN_SIZE];

    if (EVP_DigestFinal_ex(self->sum, link, NULL) != 1)
        g_error("SHA-256 is not available");
    rec_chain_restart(self, link);
}

void
rec_chain_restart(RecChain *self, const uint8_t link[REC_CHAIN_SIZE])
{
    memcpy(self->link, link, REC_CHAIN_SIZE);
    if (EVP_DigestInit_ex(self->sum, EVP_sha256(), NULL) != 1)
        g_error("SHA-256 is not available");
    rec_chain_add(self, self->link, REC_CHAIN_SIZE);
}

char *
rec_chain_to_string(const uint8_t link[REC_CHAIN_SIZE])
{
    char *hex = g_malloc(2 * REC_CHAIN_SIZE + 1);

    for (size_t i = 0; i < REC_CHAIN_SIZE; i++)
        g_snprintf(hex + 2 * i, 3, "%02x", link[i]);
    return hex;
}

bool
rec_chain_from_string(const char *hex, uint8_t ret_link[REC_CHAIN_SIZE])
{
    if (!hex || strlen(hex) != 2 * REC_CHAIN_SIZE || strspn(hex, "0123456789abcdef") != 2 * REC_CHAIN_SIZE)
        return false;
    for (size_t i = 0; i < REC_CHAIN_SIZE; i++)
        ret_link[i] = g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]);
    return true;
}
