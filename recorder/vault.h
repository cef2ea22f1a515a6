/* recorder/vault.h - media at rest: a file encrypted in blocks of 64 KiB, written once, read anywhere
 *
 * NAME.enc = "YJVAULT" and the digit of the cipher, block size (32 bits), size of what is inside (64 bits), little-endian,
 * and a salt (16 bytes); then each block with its tag; the header is under every tag (there is one block even of an empty file). A block that is not
 * what was written is never given out: reading it fails with REC_ERROR_INVALID that names file and offset.
 * Recordings of before lie there plain, as NAME: they are read the same way.
 * Ownership: the caller. Thread: any, one at a time; disk. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "recorder/cipher.h"
#include "recorder/error.h"

G_BEGIN_DECLS

enum { REC_VAULT_BLOCK_BYTES = 64 * 1024 };

#define REC_VAULT_SUFFIX    ".enc"
#define REC_VAULT_MAX_BYTES ((uint64_t)1 << 40) /* of what is inside */

typedef struct RecVault RecVault;

/* NAME.enc of the folder with the key; where there is none, the plain NAME. key NULL: only a plain file can be read, an
 * encrypted one fails with REC_ERROR_NO_KEY. Fails with REC_ERROR_INVALID when the length does not fit (a cut tail). */
RecVault *rec_vault_open(const char *folder, const char *name, const RecKey *key,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of an encrypted file that is open; takes the descriptor, also when it fails. */
RecVault *rec_vault_new(int fd, const char *name, const RecKey *key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_vault_free(RecVault *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecVault, rec_vault_free)

/* The path of the file as it lies there, owned: with the suffix when it is encrypted. */
char *rec_vault_find(const char *folder, const char *name);

uint64_t rec_vault_get_size(const RecVault *self);
RecCipherKind rec_vault_get_cipher(const RecVault *self); /* 0: it is plain */
/* Up to size bytes from offset, less only at the end; -1 with an error. Memory: one block, whatever is asked. */
ssize_t rec_vault_pread(RecVault *self, void *bytes, size_t size, uint64_t offset,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writing: size is known beforehand. Freed before it is finished, nothing stays. */
typedef struct RecVaultWriter RecVaultWriter;

typedef struct {
    const char *folder, *name; /* becomes FOLDER/NAME.enc, which must not be there yet */
    const RecKey *key;
    uint64_t size;
    RecCipherKind cipher; /* 0: REC_CIPHER_AES_256_GCM */
} RecVaultConfig;

RecVaultWriter *rec_vault_writer_new(const RecVaultConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_vault_writer_free(RecVaultWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecVaultWriter, rec_vault_writer_free)

bool rec_vault_writer_add(RecVaultWriter *self, const void *bytes, size_t size,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Exactly size bytes were added: synced (the folder is the caller's to sync). */
bool rec_vault_writer_finish(RecVaultWriter *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes FOLDER/NAME.enc out of FOLDER/NAME, reads it back against what was read, removes the plain file. cipher: 0 as above. */
bool rec_vault_encrypt_file(const char *folder, const char *name, const RecKey *key, RecCipherKind cipher,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The other way, for people: the plain bytes as a new file (0600) at path. */
bool rec_vault_extract(RecVault *self, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* SHA-256 in hex of what is inside, owned by the caller. */
char *rec_vault_hash(RecVault *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
