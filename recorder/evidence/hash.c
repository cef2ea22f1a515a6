#include "recorder/evidence/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 20 };

struct RecHasher {
    EVP_MD_CTX *sha256, *sm3;
    uint64_t bytes;
};

/* Fetched once: a fetch per node of a tree would cost more than its hash. */
static const EVP_MD *
get_digest(RecHashKind kind)
{
    static const EVP_MD *digests[2];
    static gsize ready;

    if (g_once_init_enter(&ready)) {
        digests[REC_HASH_SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
        digests[REC_HASH_SM3] = EVP_MD_fetch(NULL, "SM3", NULL);
        if (digests[REC_HASH_SHA256] == NULL || digests[REC_HASH_SM3] == NULL)
            g_error("OpenSSL has no SHA-256 or no SM3");
        g_once_init_leave(&ready, 1);
    }
    return digests[kind];
}

static void
check(int result)
{
    if (result != 1)
        g_error("OpenSSL cannot hash");
}

static void
start(RecHasher *self)
{
    check(EVP_DigestInit_ex(self->sha256, get_digest(REC_HASH_SHA256), NULL));
    check(EVP_DigestInit_ex(self->sm3, get_digest(REC_HASH_SM3), NULL));
    self->bytes = 0;
}

RecHasher *
rec_hasher_new(void)
{
    RecHasher *self = g_new0(RecHasher, 1);

    self->sha256 = EVP_MD_CTX_new();
    self->sm3 = EVP_MD_CTX_new();
    start(self);
    return self;
}

void
rec_hasher_free(RecHasher *self)
{
    if (self == NULL)
        return;
    EVP_MD_CTX_free(self->sha256);
    EVP_MD_CTX_free(self->sm3);
    g_free(self);
}

void
rec_hasher_add(RecHasher *self, const void *data, size_t size)
{
    check(EVP_DigestUpdate(self->sha256, data, size));
    check(EVP_DigestUpdate(self->sm3, data, size));
    self->bytes += size;
}

void
rec_hasher_finish(RecHasher *self, RecHashes *ret_hashes)
{
    check(EVP_DigestFinal_ex(self->sha256, ret_hashes->sha256, NULL));
    check(EVP_DigestFinal_ex(self->sm3, ret_hashes->sm3, NULL));
    ret_hashes->bytes = self->bytes;
    start(self);
}

void
rec_hash_bytes(const void *data, size_t size, RecHashes *ret_hashes)
{
    g_autoptr(RecHasher) hasher = rec_hasher_new();

    rec_hasher_add(hasher, data, size);
    rec_hasher_finish(hasher, ret_hashes);
}

void
rec_hash_slices(RecHashKind kind, const RecSlice *slices, unsigned n, uint8_t ret_hash[REC_HASH_SIZE])
{
    EVP_MD_CTX *sum = EVP_MD_CTX_new();

    check(EVP_DigestInit_ex(sum, get_digest(kind), NULL));
    for (unsigned i = 0; i < n; i++)
        check(EVP_DigestUpdate(sum, slices[i].data, slices[i].size));
    check(EVP_DigestFinal_ex(sum, ret_hash, NULL));
    EVP_MD_CTX_free(sum);
}

static bool
hash_all(int fd, RecHasher *hasher)
{
    g_autofree uint8_t *buffer = g_malloc(READ_BYTES);

    for (;;) {
        ssize_t n = read(fd, buffer, READ_BYTES);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        rec_hasher_add(hasher, buffer, n);
    }
}

bool
rec_hash_file(const char *path, RecHashes *ret_hashes, GError **error)
{
    g_autoptr(RecHasher) hasher = rec_hasher_new();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && hash_all(fd, hasher);
    int code = errno;

    if (fd >= 0)
        close(fd);
    if (!good) {
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_IO, "cannot read %s: %s", path, g_strerror(code));
        return false;
    }
    rec_hasher_finish(hasher, ret_hashes);
    return true;
}

char *
rec_hash_to_hex(const uint8_t hash[REC_HASH_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *hex = g_malloc0(2 * REC_HASH_SIZE + 1);

    for (unsigned i = 0; i < REC_HASH_SIZE; i++) {
        hex[2 * i] = digits[hash[i] >> 4];
        hex[2 * i + 1] = digits[hash[i] & 15];
    }
    return hex;
}

bool
rec_hash_from_hex(const char *hex, uint8_t ret_hash[REC_HASH_SIZE])
{
    if (hex == NULL || strlen(hex) != 2 * REC_HASH_SIZE || strspn(hex, "0123456789abcdef") != 2 * REC_HASH_SIZE)
        return false;
    for (unsigned i = 0; i < REC_HASH_SIZE; i++)
        ret_hash[i] = (uint8_t)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    return true;
}
