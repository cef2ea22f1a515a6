/* Writes a package as an export does, from a folder of parts: pack PARTS KEYS OUT. Without media it is redacted. For writer.py. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/evidence/keys.h"
#include "recorder/evidence/package.h"

static bool
read_part(const char *name, uint64_t offset, void *buffer, size_t size, gpointer user_data, GError **error)
{
    g_autofree char *path = g_build_filename(user_data, name, NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool read = fd >= 0 && pread(fd, buffer, size, (off_t)offset) == (ssize_t)size;

    if (fd >= 0)
        close(fd);
    if (!read)
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot read %s", path);
    return read;
}

static bool
add_folder(RecPackageDraft *draft, const char *root, const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(root, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, error);
    const char *leaf;

    while (dir && (leaf = g_dir_read_name(dir)) != NULL) {
        g_autofree char *name = folder[0] ? g_strdup_printf("%s/%s", folder, leaf) : g_strdup(leaf);
        g_autofree char *file = g_build_filename(root, name, NULL), *text = NULL;
        size_t size;
        if (g_file_test(file, G_FILE_TEST_IS_DIR)) {
            if (!add_folder(draft, root, name, error))
                return false;
            continue;
        }
        if (!g_file_get_contents(file, &text, &size, error))
            return false;
        g_autoptr(GBytes) bytes = g_bytes_new(text, size);
        if (g_str_has_prefix(name, "media/") || g_str_has_suffix(name, ".webm")
                ? !rec_package_draft_add_file(draft, name, size, error)
                : !rec_package_draft_add(draft, name, bytes, error))
            return false;
    }
    return dir != NULL;
}

static RecPackage *
make(const char *parts, const char *keys_dir, const RecPackageReader *reader, GError **error)
{
    g_autofree char *media = g_build_filename(parts, "media", NULL);
    const RecPackageExport facts = {
        .id = "E-7",
        .at_us = g_get_real_time(),
        .by = "officer <2>",
        .reason = "request & \"12\"",
        .is_redacted = !g_file_test(media, G_FILE_TEST_IS_DIR),
    };
    g_autoptr(RecPackageDraft) draft = rec_package_draft_new("S-0042");
    g_autoptr(RecKeys) keys = rec_keys_open(keys_dir, "node", false, error);
    RecSignatures signatures;

    if (!keys || !add_folder(draft, parts, "", error))
        return NULL;
    g_autoptr(GBytes) receipt = rec_package_draft_seal(draft, &facts, reader, error);
    if (!receipt ||
        !rec_keys_sign(keys, g_bytes_get_data(receipt, NULL), g_bytes_get_size(receipt), &signatures, error))
        return NULL;
    g_autoptr(GBytes) ed25519 = g_bytes_new(signatures.ed25519, sizeof signatures.ed25519);
    g_autoptr(GBytes) sm2 = g_bytes_new(signatures.sm2, signatures.sm2_size);
    return rec_package_new(draft, ed25519, sm2);
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;

    if (argc != 4)
        return 2;
    const RecPackageReader reader = { read_part, argv[1] };
    g_autoptr(RecPackage) package = make(argv[1], argv[2], &reader, &error);
    int fd = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = package && fd >= 0 && rec_package_write(package, fd, 0, &reader, &error);

    if (error)
        fprintf(stderr, "%s\n", error->message);
    return written ? 0 : 1;
}
