#include "gateway/archive/folder.h"

#include <errno.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "recorder/evidence/disk.h"

enum { MAX_OPEN = 16, MAX_READ = 256 * 1024 * 1024 };

GwFolder *
gw_folder_new(GwArchive *archive, const char *session)
{
    GwFolder *self = g_new0(GwFolder, 1);

    self->session = g_strdup(session);
    self->path = gw_archive_get_folder(archive, session);
    self->keyring = archive->keyring;
    return self;
}

void
gw_folder_free(void *data)
{
    GwFolder *self = data;

    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_free(self->session);
    g_free(self->path);
    g_free(self->manifest_sha256);
    g_free(self->name);
    g_free(self->dir);
    g_free(self);
}

bool
gw_folder_hash_manifest(void *data, GError **error)
{
    GwFolder *self = data;
    g_autofree char *path = g_build_filename(self->path, "manifest.json", NULL);
    RecHashes hashes;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return true;
    if (!rec_hash_file(path, &hashes, error))
        return false;
    self->manifest_sha256 = rec_hash_to_hex(hashes.sha256);
    return true;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

static bool
fail(const char *path, const char *what, GError **error)
{
    int code = errno;

    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code), "%s cannot be %s: %s", path, what,
                g_strerror(code));
    return false;
}

bool
gw_folder_destroy(void *data, GError **error)
{
    GwFolder *self = data;
    g_autofree char *above = g_path_get_dirname(self->path);

    /* A session's id never names another folder; and whatever went wrong, this removes nothing but one recording. */
    if (*self->session == '\0' || strchr(self->session, '/') != NULL || self->session[0] == '.') {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "this is not the id of a session");
        return false;
    }
    if (self->keyring != NULL && !rec_keyring_destroy(self->keyring, self->session, error))
        return false;
    if (g_file_test(self->path, G_FILE_TEST_IS_DIR) &&
        nftw(self->path, remove_one, MAX_OPEN, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
        return fail(self->path, "removed", error);
    return rec_disk_sync_folder(above, error);
}

static bool
encrypt(const GwFolder *self, const char *dir, GError **error)
{
    RecKey key;
    bool fine = false;

    if (self->keyring == NULL || !rec_keyring_has(self->keyring, self->session))
        return true;
    if (!rec_keyring_get(self->keyring, self->session, &key, error))
        return false;
    fine = rec_vault_encrypt_file(dir, self->name, &key, rec_keyring_get_cipher(self->keyring), error);
    rec_key_clear(&key);
    return fine;
}

static bool
write_file(const GwFolder *self, const char *dir, GError **error)
{
    g_autofree char *path = g_build_filename(dir, self->name, NULL);
    size_t size = 0;
    const char *bytes = g_bytes_get_data(self->bytes, &size);

    if (g_mkdir(dir, 0700) != 0 && errno != EEXIST)
        return fail(dir, "made", error);
    return g_file_set_contents_full(path, bytes, (gssize)size,
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

bool
gw_folder_add_file(void *data, GError **error)
{
    GwFolder *self = data;
    g_autofree char *dir = g_build_filename(self->path, self->dir, NULL);

    return write_file(self, dir, error) && encrypt(self, dir, error) && rec_disk_sync_folder(dir, error) &&
           rec_disk_sync_folder(self->path, error);
}

bool
gw_folder_add_plain_file(void *data, GError **error)
{
    GwFolder *self = data;
    g_autofree char *dir = g_build_filename(self->path, self->dir, NULL);

    return write_file(self, dir, error) && rec_disk_sync_folder(dir, error) && rec_disk_sync_folder(self->path, error);
}

bool
gw_folder_remove_derivative(void *data, GError **error)
{
    static const char *const suffixes[] = { ".json", ".webm", ".webm.enc" };
    GwFolder *self = data;
    g_autofree char *dir = g_build_filename(self->path, self->dir, NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *name = g_strconcat(self->name, suffixes[i], NULL);
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_unlink(path) != 0 && errno != ENOENT)
            return fail(path, "removed", error);
    }
    return !g_file_test(dir, G_FILE_TEST_IS_DIR) || rec_disk_sync_folder(dir, error);
}

/* Encrypted, or of before that. */
static RecVault *
open_file(const GwFolder *self, const char *dir, GError **error)
{
    RecKey key;
    RecVault *vault = NULL;

    if (self->keyring == NULL || !rec_keyring_has(self->keyring, self->session))
        return rec_vault_open(dir, self->name, NULL, error);
    if (!rec_keyring_get(self->keyring, self->session, &key, error))
        return NULL;
    vault = rec_vault_open(dir, self->name, &key, error);
    rec_key_clear(&key);
    return vault;
}

bool
gw_folder_read_file(void *data, GError **error)
{
    GwFolder *self = data;
    g_autofree char *dir = g_build_filename(self->path, self->dir, NULL);
    g_autoptr(RecVault) vault = open_file(self, dir, error);
    uint64_t size = vault != NULL ? rec_vault_get_size(vault) : 0;

    if (vault == NULL)
        return false;
    if (size > MAX_READ) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s is too large", self->name);
        return false;
    }
    g_autofree char *bytes = g_malloc(size + 1);
    if (rec_vault_pread(vault, bytes, size, 0, error) != (ssize_t)size)
        return false;
    self->bytes = g_bytes_new_take(g_steal_pointer(&bytes), size);
    return true;
}
