/* recorder/chain.h - the hash chain over a journal: each link covers all bytes since the last one, and the last one
 *
 * A value. Thread: its owner's. */
#pragma once

#include <glib.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

enum { REC_CHAIN_SIZE = 32 }; /* SHA-256 */

typedef struct {
    uint8_t link[REC_CHAIN_SIZE];
    EVP_MD_CTX *sum; /* owned; of the bytes since the link, the link first */
} RecChain;

void rec_chain_init(RecChain *self, const uint8_t link[REC_CHAIN_SIZE]); /* NULL: zeros, the start of a journal */
void rec_chain_clear(RecChain *self);

void rec_chain_add(RecChain *self, const uint8_t *bytes, size_t size);
/* Closes a link: it becomes the start of the next. */
void rec_chain_close(RecChain *self);
/* Goes on from a link that was read rather than computed. */
void rec_chain_restart(RecChain *self, const uint8_t link[REC_CHAIN_SIZE]);

char *rec_chain_to_string(const uint8_t link[REC_CHAIN_SIZE]);
bool rec_chain_from_string(const char *hex, uint8_t ret_link[REC_CHAIN_SIZE]);

G_END_DECLS
