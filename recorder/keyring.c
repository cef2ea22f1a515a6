#include "recorder/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/track.h"

enum {
    WRAPPED_BYTES = REC_KEY_BYTES + 8,
    HEX_BYTES = 2 * REC_KEY_BYTES,
};
#define MASTER "master.key"
#define SUFFIX ".key"

struct RecKeyring {
    char *dir, *sessions_dir;
    RecKey master;
    RecCipherKind cipher;
};

static bool
set_error(GError **error, const char *verb, const char *path)
{
    g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot %s %s: %s", verb, path, g_strerror(errno));
    return false;
}

static bool
sync_folder(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return set_error(error, "open", path);
    bool synced = fsync(fd) == 0 || set_error(error, "sync", path);
    close(fd);
    return synced;
}

static bool
make_folder(const char *path, GError **error)
{
    return g_mkdir_with_parents(path, 0700) == 0 || set_error(error, "make the folder", path);
}

/* A file of just these bytes, on disk under its name or not there at all; one that is there stays. */
static bool
write_new(const char *dir, const char *name, const void *bytes, size_t size, GError **error)
{
    g_autofree char *spare_name = g_strdup_printf(".%s.tmp", name);
    g_autofree char *spare = g_build_filename(dir, spare_name, NULL), *path = g_build_filename(dir, name, NULL);

    if (unlink(spare) < 0 && errno != ENOENT) /* of a start that was cut off */
        return set_error(error, "remove", spare);
    int fd = open(spare, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return set_error(error, "create", spare);
    bool written = write(fd, bytes, size) == (ssize_t)size && fsync(fd) == 0;
    if (!written)
        set_error(error, "write", spare);
    close(fd);
    if (written && link(spare, path) < 0)
        written = set_error(error, "create", path);
    unlink(spare);
    return written && sync_folder(dir, error);
}

/* Exactly size bytes of a file that nobody else may read. */
static bool
read_secret(const char *path, uint8_t *bytes, size_t size, GError **error)
{
    struct stat about;
    uint8_t more;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return set_error(error, "read", path);
    bool looked = fstat(fd, &about) == 0;
    ssize_t n = looked ? read(fd, bytes, size) : -1;
    bool ended = n == (ssize_t)size && read(fd, &more, 1) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    if (n < 0)
        return set_error(error, "read", path);
    if (!S_ISREG(about.st_mode) || (about.st_mode & 07777) != 0600) {
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID,
                    "%s has the mode %04o: a key must be readable by the service "
                    "alone; if nobody else can have read it, chmod 600",
                    path, (unsigned)about.st_mode & 07777);
        return false;
    }
    if (ended)
        return true;
    g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s is not a key: it has not %zu bytes", path, size);
    return false;
}

static bool
read_master(RecKeyring *self, const char *path, GError **error)
{
    char hex[HEX_BYTES + 1]; /* with the end of the line */

    if (!read_secret(path, (uint8_t *)hex, sizeof hex, error))
        return false;
    bool good = hex[HEX_BYTES] == '\n';
    for (unsigned i = 0; i < HEX_BYTES && good; i++)
        good = g_ascii_isxdigit(hex[i]);
    for (unsigned i = 0; i < REC_KEY_BYTES && good; i++)
        self->master.bytes[i] = g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]);
    OPENSSL_cleanse(hex, sizeof hex);
    if (!good)
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s is not a master key: 64 hex digits and a new line", path);
    return good;
}

static bool
make_master(RecKeyring *self, GError **error)
{
    RecKey key;
    char hex[HEX_BYTES + 2];
    g_autoptr(GDir) sessions = g_dir_open(self->sessions_dir, 0, NULL);

    if (!sessions || g_dir_read_name(sessions)) {
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID,
                    "%s/" MASTER " is missing, and keys of sessions are there: put it back from the backup; without it "
                    "their recordings cannot be read",
                    self->dir);
        return false;
    }
    if (RAND_priv_bytes(key.bytes, sizeof key.bytes) != 1) {
        g_set_error_literal(error, REC_ERROR, REC_ERROR_IO, "no random numbers for a master key");
        return false;
    }
    for (unsigned i = 0; i < REC_KEY_BYTES; i++)
        g_snprintf(hex + 2 * i, 3, "%02x", key.bytes[i]);
    hex[HEX_BYTES] = '\n';
    bool made = write_new(self->dir, MASTER, hex, HEX_BYTES + 1, error);
    OPENSSL_cleanse(hex, sizeof hex);
    rec_key_clear(&key);
    return made;
}

RecKeyring *
rec_keyring_new(const char *dir, GError **error)
{
    g_autoptr(RecKeyring) self = g_new0(RecKeyring, 1);
    g_autofree char *path = g_build_filename(dir, MASTER, NULL);

    self->cipher = REC_CIPHER_AES_256_GCM;
    self->dir = g_strdup(dir);
    self->sessions_dir = g_build_filename(dir, "sessions", NULL);
    if (!make_folder(self->sessions_dir, error) || !sync_folder(dir, error))
        return NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS) && !make_master(self, error))
        return NULL;
    return read_master(self, path, error) ? g_steal_pointer(&self) : NULL;
}

void
rec_keyring_free(RecKeyring *self)
{
    if (!self)
        return;
    rec_key_clear(&self->master);
    g_free(self->dir);
    g_free(self->sessions_dir);
    g_free(self);
}

void
rec_keyring_set_cipher(RecKeyring *self, RecCipherKind cipher)
{
    self->cipher = cipher;
}

RecCipherKind
rec_keyring_get_cipher(const RecKeyring *self)
{
    return self->cipher;
}

/* Both ways: in has 32 bytes and out room for 40, or the other way round. */
static bool
wrap(const RecKeyring *self, bool closing, const uint8_t *in, uint8_t *ret_out)
{
    uint8_t out[WRAPPED_BYTES + 8];
    int size = closing ? REC_KEY_BYTES : WRAPPED_BYTES, expected = closing ? WRAPPED_BYTES : REC_KEY_BYTES, n = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    bool done = EVP_CipherInit_ex(context, EVP_aes_256_wrap(), NULL, self->master.bytes, NULL, closing) == 1 &&
                EVP_CipherUpdate(context, out, &n, in, size) == 1 && n == expected;
    EVP_CIPHER_CTX_free(context);
    if (done)
        memcpy(ret_out, out, (size_t)expected);
    OPENSSL_cleanse(out, sizeof out);
    return done;
}

static char *
get_path(const RecKeyring *self, const char *session)
{
    g_autofree char *name = g_strconcat(session, SUFFIX, NULL);

    return g_build_filename(self->sessions_dir, name, NULL);
}

static bool
check_id(const char *session, GError **error)
{
    if (rec_id_is_valid(session))
        return true;
    g_set_error_literal(error, REC_ERROR, REC_ERROR_INVALID, "not the id of a session");
    return false;
}

bool
rec_keyring_has(const RecKeyring *self, const char *session)
{
    g_autofree char *path = get_path(self, session);

    return rec_id_is_valid(session) && g_file_test(path, G_FILE_TEST_EXISTS);
}

bool
rec_keyring_get(const RecKeyring *self, const char *session, RecKey *ret_key, GError **error)
{
    g_autofree char *path = get_path(self, session);
    uint8_t wrapped[WRAPPED_BYTES];

    if (!check_id(session, error))
        return false;
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, REC_ERROR, REC_ERROR_NO_KEY, "the key of session %s is not there", session);
        return false;
    }
    if (!read_secret(path, wrapped, sizeof wrapped, error))
        return false;
    if (wrap(self, false, wrapped, ret_key->bytes))
        return true;
    g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s is damaged, or of another master key", path);
    return false;
}

bool
rec_keyring_ensure(const RecKeyring *self, const char *session, RecKey *ret_key, GError **error)
{
    g_autofree char *name = g_strconcat(session, SUFFIX, NULL);
    uint8_t wrapped[WRAPPED_BYTES];
    RecKey key;

    if (rec_keyring_has(self, session))
        return rec_keyring_get(self, session, ret_key, error);
    if (!check_id(session, error))
        return false;
    bool made = RAND_priv_bytes(key.bytes, sizeof key.bytes) == 1 && wrap(self, true, key.bytes, wrapped);
    if (!made)
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "no key could be made for session %s", session);
    made = made && write_new(self->sessions_dir, name, wrapped, sizeof wrapped, error);
    if (made)
        *ret_key = key;
    rec_key_clear(&key);
    return made;
}

/* Its place on the disk is overwritten; what a disk keeps beside that is wrapped all the same. */
static bool
overwrite(const char *path, GError **error)
{
    uint8_t noise[WRAPPED_BYTES] = { 0 };
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return set_error(error, "open", path);
    bool done =
        RAND_bytes(noise, sizeof noise) == 1 && pwrite(fd, noise, sizeof noise, 0) == sizeof noise && fsync(fd) == 0;
    if (!done)
        set_error(error, "overwrite", path);
    close(fd);
    return done;
}

bool
rec_keyring_destroy(const RecKeyring *self, const char *session, GError **error)
{
    g_autofree char *path = get_path(self, session);

    if (!check_id(session, error))
        return false;
    if (!rec_keyring_has(self, session))
        return sync_folder(self->sessions_dir, error);
    if (!overwrite(path, error))
        return false;
    g_autofree char *spare = g_strdup_printf("%s/.%s" SUFFIX ".tmp", self->sessions_dir, session);
    if (unlink(spare) < 0 && errno != ENOENT) /* another name of the same file, when its making was cut off */
        return set_error(error, "remove", spare);
    if (unlink(path) < 0)
        return set_error(error, "remove", path);
    return sync_folder(self->sessions_dir, error);
}

RecVault *
rec_keyring_open_file(const RecKeyring *self, const char *session, const char *folder, const char *name, GError **error)
{
    RecKey key;

    if (!rec_keyring_has(self, session))
        return rec_vault_open(folder, name, NULL, error);
    if (!rec_keyring_get(self, session, &key, error))
        return NULL;
    RecVault *vault = rec_vault_open(folder, name, &key, error);
    rec_key_clear(&key);
    return vault;
}
