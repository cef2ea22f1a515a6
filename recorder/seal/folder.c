#include "recorder/seal/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/vault.h"

static char *
get_path(const char *out, const char *session)
{
    g_autofree char *name = g_strdup_printf(".%s.tmp", session);

    return g_build_filename(out, name, NULL);
}

static bool
set_error(GError **error, const char *verb, const char *path)
{
    g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot %s %s: %s", verb, path, g_strerror(errno));
    return false;
}

/* It holds plain files only. */
static bool
remove_folder(const char *path, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    if (!dir)
        return !g_file_test(path, G_FILE_TEST_EXISTS) || set_error(error, "read", path);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (unlink(file) < 0)
            return set_error(error, "remove", file);
    }
    return rmdir(path) == 0 || set_error(error, "remove", path);
}

char *
seal_folder_begin(const char *out, const char *session, GError **error)
{
    g_autofree char *path = get_path(out, session);

    if (!remove_folder(path, error))
        return NULL;
    if (g_mkdir_with_parents(path, 0700) < 0) {
        set_error(error, "make the folder", path);
        return NULL;
    }
    return g_steal_pointer(&path);
}

static bool
sync_path(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return set_error(error, "open", path);
    bool synced = fsync(fd) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return synced || set_error(error, "sync", path);
}

static bool
write_json(const RecRecording *recording, const char *path, GError **error)
{
    g_autofree char *text = rec_recording_to_json(recording);
    g_autofree char *json = g_build_filename(path, REC_RECORDING_JSON, NULL);
    g_autoptr(GError) cause = NULL;

    if (g_file_set_contents_full(json, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &cause))
        return sync_path(json, error);
    g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot write %s: %s", json, cause->message);
    return false;
}

static bool
sync_files(const RecRecording *recording, const char *path, const RecKey *key, GError **error)
{
    for (unsigned i = 0; i < recording->files->len; i++) {
        const RecFile *file = recording->files->pdata[i];
        g_autofree char *name = g_strconcat(file->file, key ? REC_VAULT_SUFFIX : "", NULL);
        g_autofree char *file_path = g_build_filename(path, name, NULL);
        if (!sync_path(file_path, error))
            return false;
    }
    g_autofree char *leaves = g_build_filename(path, REC_LEAVES_JSONL, NULL);
    return sync_path(leaves, error) && sync_path(path, error);
}

/* Whether the files are the same: what else is said may differ by who ended the session. */
static bool
is_same(const RecRecording *left, const RecRecording *right)
{
    if (left->files->len != right->files->len || left->began_us != right->began_us)
        return false;
    for (unsigned i = 0; i < left->files->len; i++) {
        const RecFile *one = left->files->pdata[i], *other = right->files->pdata[i];
        if (strcmp(one->file, other->file) != 0 || strcmp(one->sha256, other->sha256) != 0)
            return false;
    }
    return true;
}

/* There is a recording of this name: made by an earlier run that nobody heard of, or something else. */
static bool
compare(const RecRecording *recording, const char *final, const RecKey *key, GError **error)
{
    g_autoptr(RecRecording) there = rec_recording_load(final, error);

    if (!there)
        return false;
    if (is_same(there, recording))
        return rec_recording_verify(there, final, key, error);
    g_set_error(error, REC_ERROR, REC_ERROR_SEAL, "%s is there already and is another recording; it is not replaced",
                final);
    return false;
}

bool
seal_folder_finish(const char *out, const RecRecording *recording, const RecKey *key, GError **error)
{
    g_autofree char *path = get_path(out, recording->session);
    g_autofree char *final = g_build_filename(out, recording->session, NULL);

    if (!write_json(recording, path, error) || !sync_files(recording, path, key, error))
        return false;
    if (g_file_test(final, G_FILE_TEST_EXISTS))
        return compare(recording, final, key, error) && remove_folder(path, error);
    if (rename(path, final) < 0)
        return set_error(error, "rename to", final);
    return sync_path(out, error);
}
