#include "recorder/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/chain.h"

enum {
    MAGIC_BYTES = 8, /* the last of them: which cipher */
    SALT_OFFSET = REC_CIPHER_HEADER_BYTES - REC_CIPHER_SALT_BYTES,
    COPY_BYTES = 1024 * 1024,
};
#define MAGIC    "YJVAULT"
#define NO_BLOCK UINT64_MAX

struct RecVault {
    char *name;
    int fd;
    uint64_t size;
    RecCipherKind kind;
    RecCipher *cipher; /* owned; NULL: the file is plain */
    size_t tag_bytes;
    uint64_t block; /* which is in bytes; NO_BLOCK: none */
    uint8_t bytes[REC_VAULT_BLOCK_BYTES + REC_CIPHER_MAX_TAG_BYTES];
};

struct RecVaultWriter {
    char *path;
    int fd;
    uint64_t size, added;
    RecCipher *cipher; /* owned */
    size_t tag_bytes;
    uint64_t block;
    size_t used;
    bool finished;
    uint8_t bytes[REC_VAULT_BLOCK_BYTES + REC_CIPHER_MAX_TAG_BYTES];
};

static bool
set_error(GError **error, const char *verb, const char *path)
{
    g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot %s %s: %s", verb, path, g_strerror(errno));
    return false;
}

static bool
set_invalid(GError **error, const char *name, const char *what)
{
    g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s: %s", name, what);
    return false;
}

static uint64_t
count_blocks(uint64_t size)
{
    return size == 0 ? 1 : (size + REC_VAULT_BLOCK_BYTES - 1) / REC_VAULT_BLOCK_BYTES;
}

static size_t
get_block_size(uint64_t size, uint64_t block)
{
    return MIN(size - block * REC_VAULT_BLOCK_BYTES, REC_VAULT_BLOCK_BYTES);
}

/* As much as there is; -1: errno. */
static ssize_t
pread_all(int fd, void *bytes, size_t size, uint64_t offset)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pread(fd, (uint8_t *)bytes + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += n;
    }
    return (ssize_t)done;
}

/* All of it but the salt. */
static void
put_header(uint8_t header[REC_CIPHER_HEADER_BYTES], RecCipherKind kind, uint64_t size)
{
    uint32_t block = GUINT32_TO_LE(REC_VAULT_BLOCK_BYTES);
    uint64_t little = GUINT64_TO_LE(size);

    memcpy(header, MAGIC, MAGIC_BYTES - 1);
    header[MAGIC_BYTES - 1] = '0' + kind;
    memcpy(header + MAGIC_BYTES, &block, sizeof block);
    memcpy(header + MAGIC_BYTES + sizeof block, &little, sizeof little);
}

static bool
read_header(RecVault *self, const RecKey *key, GError **error)
{
    uint8_t header[REC_CIPHER_HEADER_BYTES], expected[REC_CIPHER_HEADER_BYTES];
    struct stat about;

    if (fstat(self->fd, &about) < 0)
        return set_error(error, "look at", self->name);
    ssize_t n = pread_all(self->fd, header, sizeof header, 0);
    if (n < 0)
        return set_error(error, "read", self->name);
    memcpy(&self->size, header + MAGIC_BYTES + 4, sizeof self->size);
    self->size = GUINT64_FROM_LE(self->size);
    RecCipherKind kind = header[MAGIC_BYTES - 1] - '0';
    put_header(expected, kind, self->size);
    if (n != sizeof header || memcmp(header, expected, SALT_OFFSET) != 0 || self->size > REC_VAULT_MAX_BYTES)
        return set_invalid(error, self->name, "it does not begin as an encrypted file does");
    self->kind = kind;
    self->tag_bytes = rec_cipher_get_tag_bytes(kind);
    self->cipher = rec_cipher_new(kind, key, self->name, header, error);
    if (!self->cipher)
        return false;
    uint64_t length = sizeof header + self->size + count_blocks(self->size) * self->tag_bytes;
    if ((uint64_t)about.st_size == length)
        return true;
    g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s: %s: %" G_GINT64_FORMAT " bytes instead of %" G_GUINT64_FORMAT,
                self->name, (uint64_t)about.st_size < length ? "its end is missing" : "something follows its end",
                (gint64)about.st_size, length);
    return false;
}

static RecVault *
vault_new(int fd, const char *name)
{
    RecVault *self = g_new0(RecVault, 1);

    self->fd = fd;
    self->name = g_strdup(name);
    self->block = NO_BLOCK;
    return self;
}

RecVault *
rec_vault_new(int fd, const char *name, const RecKey *key, GError **error)
{
    g_autoptr(RecVault) self = vault_new(fd, name);

    return read_header(self, key, error) ? g_steal_pointer(&self) : NULL;
}

static RecVault *
open_plain(const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) {
        set_error(error, "read", path);
        return NULL;
    }
    g_autoptr(RecVault) self = vault_new(fd, name);
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode)) {
        set_invalid(error, path, "not a file");
        return NULL;
    }
    self->size = (uint64_t)about.st_size;
    return g_steal_pointer(&self);
}

RecVault *
rec_vault_open(const char *folder, const char *name, const RecKey *key, GError **error)
{
    g_autofree char *file = g_strconcat(name, REC_VAULT_SUFFIX, NULL), *path = g_build_filename(folder, file, NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 && errno == ENOENT)
        return open_plain(folder, name, error);
    if (fd < 0) {
        set_error(error, "read", path);
        return NULL;
    }
    if (key)
        return rec_vault_new(fd, name, key, error);
    close(fd);
    g_set_error(error, REC_ERROR, REC_ERROR_NO_KEY, "%s is encrypted and its key is not there", path);
    return NULL;
}

char *
rec_vault_find(const char *folder, const char *name)
{
    g_autofree char *file = g_strconcat(name, REC_VAULT_SUFFIX, NULL), *path = g_build_filename(folder, file, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : g_build_filename(folder, name, NULL);
}

void
rec_vault_free(RecVault *self)
{
    if (!self)
        return;
    close(self->fd);
    rec_cipher_free(self->cipher);
    g_free(self->name);
    OPENSSL_cleanse(self->bytes, sizeof self->bytes);
    g_free(self);
}

uint64_t
rec_vault_get_size(const RecVault *self)
{
    return self->size;
}

RecCipherKind
rec_vault_get_cipher(const RecVault *self)
{
    return self->kind;
}

static bool
load(RecVault *self, uint64_t block, GError **error)
{
    size_t size = get_block_size(self->size, block);
    uint64_t offset = REC_CIPHER_HEADER_BYTES + block * (REC_VAULT_BLOCK_BYTES + self->tag_bytes);

    if (self->block == block)
        return true;
    self->block = NO_BLOCK;
    ssize_t n = pread_all(self->fd, self->bytes, size + self->tag_bytes, offset);
    if (n < 0)
        return set_error(error, "read", self->name);
    if ((size_t)n != size + self->tag_bytes || !rec_cipher_open(self->cipher, block, self->bytes, size)) {
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID,
                    "%s was changed, or has another key: bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, self->name,
                    block * REC_VAULT_BLOCK_BYTES, block * REC_VAULT_BLOCK_BYTES + size);
        return false;
    }
    self->block = block;
    return true;
}

ssize_t
rec_vault_pread(RecVault *self, void *bytes, size_t size, uint64_t offset, GError **error)
{
    size_t done = 0;

    if (offset >= self->size && (self->size > 0 || !self->cipher))
        return 0;
    if (!self->cipher) {
        ssize_t n = pread_all(self->fd, bytes, MIN(size, self->size - offset), offset);
        return n < 0 ? (set_error(error, "read", self->name), -1) : n;
    }
    size = MIN(size, self->size - MIN(offset, self->size));
    if (self->size == 0 && !load(self, 0, error)) /* that it is empty is under the tag too */
        return -1;
    while (done < size) {
        uint64_t block = (offset + done) / REC_VAULT_BLOCK_BYTES;
        size_t begin = (offset + done) % REC_VAULT_BLOCK_BYTES;
        if (!load(self, block, error))
            return -1;
        size_t n = MIN(size - done, get_block_size(self->size, block) - begin);
        memcpy((uint8_t *)bytes + done, self->bytes + begin, n);
        done += n;
    }
    return (ssize_t)done;
}

/* Writing. */

static bool
write_all(int fd, const uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = write(fd, bytes + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = ENOSPC;
        if (n <= 0)
            return false;
        done += n;
    }
    return true;
}

RecVaultWriter *
rec_vault_writer_new(const RecVaultConfig *config, GError **error)
{
    RecCipherKind kind = config->cipher ? config->cipher : REC_CIPHER_AES_256_GCM;
    g_autofree char *file = g_strconcat(config->name, REC_VAULT_SUFFIX, NULL);
    g_autoptr(RecVaultWriter) self = g_new0(RecVaultWriter, 1);
    uint8_t header[REC_CIPHER_HEADER_BYTES];

    put_header(header, kind, config->size);
    self->fd = -1;
    if (RAND_bytes(header + SALT_OFFSET, REC_CIPHER_SALT_BYTES) != 1) {
        set_invalid(error, config->name, "OpenSSL has no random bytes");
        return NULL;
    }
    self->size = config->size;
    self->tag_bytes = rec_cipher_get_tag_bytes(kind);
    self->cipher = rec_cipher_new(kind, config->key, config->name, header, error);
    if (!self->cipher)
        return NULL;
    if (config->size > REC_VAULT_MAX_BYTES) {
        set_invalid(error, config->name, "too large to be encrypted");
        return NULL;
    }
    g_autofree char *path = g_build_filename(config->folder, file, NULL);
    self->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (self->fd < 0) {
        set_error(error, "create", path);
        return NULL;
    }
    self->path = g_steal_pointer(&path); /* now it is there to be removed */
    if (write_all(self->fd, header, sizeof header))
        return g_steal_pointer(&self);
    set_error(error, "write", self->path);
    return NULL;
}

void
rec_vault_writer_free(RecVaultWriter *self)
{
    if (!self)
        return;
    if (self->path && !self->finished)
        unlink(self->path);
    if (self->fd >= 0)
        close(self->fd);
    rec_cipher_free(self->cipher);
    g_free(self->path);
    OPENSSL_cleanse(self->bytes, sizeof self->bytes);
    g_free(self);
}

static bool
put_block(RecVaultWriter *self, GError **error)
{
    if (!rec_cipher_close(self->cipher, self->block, self->bytes, self->used))
        return set_invalid(error, self->path, "OpenSSL did not encrypt it");
    if (!write_all(self->fd, self->bytes, self->used + self->tag_bytes))
        return set_error(error, "write", self->path);
    self->block++;
    self->used = 0;
    return true;
}

bool
rec_vault_writer_add(RecVaultWriter *self, const void *bytes, size_t size, GError **error)
{
    const uint8_t *next = bytes;

    if (size > self->size - self->added)
        return set_invalid(error, self->path, "more came than was announced");
    self->added += size;
    while (size > 0) {
        size_t n = MIN(size, REC_VAULT_BLOCK_BYTES - self->used);
        memcpy(self->bytes + self->used, next, n);
        self->used += n;
        next += n;
        size -= n;
        if (self->used == REC_VAULT_BLOCK_BYTES && !put_block(self, error))
            return false;
    }
    return true;
}

bool
rec_vault_writer_finish(RecVaultWriter *self, GError **error)
{
    if (self->added != self->size)
        return set_invalid(error, self->path, "less came than was announced");
    if (self->block < count_blocks(self->size) && !put_block(self, error))
        return false;
    if (fsync(self->fd) < 0)
        return set_error(error, "sync", self->path);
    self->finished = true;
    return true;
}

/* Whole files. */

typedef bool (*Taker)(void *data, const uint8_t *bytes, size_t size, GError **error);

static bool
read_through(RecVault *self, Taker take, void *data, GError **error)
{
    g_autofree uint8_t *bytes = g_malloc(COPY_BYTES);
    uint64_t offset = 0;

    do {
        ssize_t n = rec_vault_pread(self, bytes, COPY_BYTES, offset, error);
        if (n < 0)
            return false;
        if (n == 0 && offset < self->size)
            return set_invalid(error, self->name, "it became shorter while it was read");
        if (n > 0 && !take(data, bytes, (size_t)n, error))
            return false;
        offset += (uint64_t)n;
    } while (offset < self->size);
    return true;
}

static bool
take_sum(void *data, const uint8_t *bytes, size_t size, GError **error)
{
    (void)error;
    return EVP_DigestUpdate(data, bytes, size) == 1;
}

char *
rec_vault_hash(RecVault *self, GError **error)
{
    uint8_t hash[REC_CHAIN_SIZE];
    EVP_MD_CTX *sum = EVP_MD_CTX_new();
    char *hex = NULL;

    if (EVP_DigestInit_ex(sum, EVP_sha256(), NULL) == 1 && read_through(self, take_sum, sum, error) &&
        EVP_DigestFinal_ex(sum, hash, NULL) == 1)
        hex = rec_chain_to_string(hash);
    EVP_MD_CTX_free(sum);
    return hex;
}

typedef struct {
    RecVaultWriter *writer;
    EVP_MD_CTX *sum;
} Encrypting;

static bool
take_encrypting(void *data, const uint8_t *bytes, size_t size, GError **error)
{
    Encrypting *self = data;

    return EVP_DigestUpdate(self->sum, bytes, size) == 1 && rec_vault_writer_add(self->writer, bytes, size, error);
}

/* Returns the hash of what was read. */
static char *
encrypt(RecVault *plain, RecVaultWriter *writer, GError **error)
{
    uint8_t hash[REC_CHAIN_SIZE];
    Encrypting encrypting = { writer, EVP_MD_CTX_new() };

    EVP_DigestInit_ex(encrypting.sum, EVP_sha256(), NULL);
    bool done = read_through(plain, take_encrypting, &encrypting, error) && rec_vault_writer_finish(writer, error);
    EVP_DigestFinal_ex(encrypting.sum, hash, NULL);
    EVP_MD_CTX_free(encrypting.sum);
    return done ? rec_chain_to_string(hash) : NULL;
}

bool
rec_vault_encrypt_file(const char *folder, const char *name, const RecKey *key, RecCipherKind cipher, GError **error)
{
    g_autoptr(RecVault) plain = open_plain(folder, name, error);

    if (!plain)
        return false;
    RecVaultConfig config = { .folder = folder, .name = name, .key = key, .size = plain->size, .cipher = cipher };
    g_autoptr(RecVaultWriter) writer = rec_vault_writer_new(&config, error);
    g_autofree char *written = writer ? encrypt(plain, writer, error) : NULL;
    if (!written)
        return false;
    g_autoptr(RecVault) vault = rec_vault_open(folder, name, key, error);
    g_autofree char *read = vault ? rec_vault_hash(vault, error) : NULL;
    if (!read)
        return false;
    if (strcmp(read, written) != 0)
        return set_invalid(error, name, "it did not read back as it was written");
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return unlink(path) == 0 || set_error(error, "remove", path);
}

static bool
take_file(void *data, const uint8_t *bytes, size_t size, GError **error)
{
    return write_all(*(int *)data, bytes, size) || set_error(error, "write", "the extracted file");
}

bool
rec_vault_extract(RecVault *self, const char *path, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return set_error(error, "create", path);
    bool done = read_through(self, take_file, &fd, error);
    if (close(fd) < 0 && done)
        done = set_error(error, "write", path);
    if (!done)
        unlink(path);
    return done;
}
