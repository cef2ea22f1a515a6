#include "recorder/evidence/tiles.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/evidence/disk.h"

char *
rec_tiles_get_path(int level, uint64_t n, unsigned width)
{
    GString *path = g_string_new(NULL);

    g_string_printf(path, "%03u", (unsigned)(n % 1000));
    for (n /= 1000; n > 0; n /= 1000) {
        g_autofree char *group = g_strdup_printf("x%03u/", (unsigned)(n % 1000));
        g_string_prepend(path, group);
    }
    if (level == REC_TILES_ENTRIES) {
        g_string_prepend(path, "tile/entries/");
    } else {
        g_autofree char *folder = g_strdup_printf("tile/%d/", level);
        g_string_prepend(path, folder);
    }
    if (width < REC_LOG_TILE)
        g_string_append_printf(path, ".p/%u", width);
    return g_string_free(path, FALSE);
}

bool
rec_tiles_write(const char *dir, int level, uint64_t n, unsigned width, const GByteArray *bytes, GError **error)
{
    g_autofree char *name = rec_tiles_get_path(level, n, width);
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);

    return rec_disk_make_folder(folder, error) && rec_disk_replace(path, bytes->data, bytes->len, 0600, error);
}

void
rec_tiles_remove_partial(const char *dir, int level, uint64_t n, unsigned width)
{
    g_autofree char *name = rec_tiles_get_path(level, n, width);
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);

    if (width == REC_LOG_TILE)
        return;
    g_unlink(path);
    g_rmdir(folder); /* only when it is empty */
}

void
rec_bundle_add(GByteArray *bundle, GBytes *entry)
{
    gsize size = 0;
    const uint8_t *bytes = g_bytes_get_data(entry, &size);
    const uint8_t head[] = { (uint8_t)(size >> 8), (uint8_t)size };

    g_byte_array_append(bundle, head, sizeof head);
    g_byte_array_append(bundle, bytes, (guint)size);
}

GPtrArray *
rec_bundle_parse(const uint8_t *bytes, size_t size, unsigned width)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    size_t at = 0;

    while (at < size) {
        size_t length = size - at >= 2 ? (size_t)bytes[at] << 8 | bytes[at + 1] : 0;

        if (length == 0 || length > REC_LOG_MAX_ENTRY || size - at - 2 < length || entries->len == width)
            return NULL;
        g_ptr_array_add(entries, g_bytes_new(bytes + at + 2, length));
        at += 2 + length;
    }
    return entries->len == width ? g_steal_pointer(&entries) : NULL;
}

static char *
read_file(const char *dir, const char *name, size_t max, size_t *ret_size, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    return rec_disk_read(path, max, ret_size, error);
}

static void
refuse(GError **error, const char *dir, const char *name)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID, "%s/%s is not a tile of its size", dir, name);
}

uint8_t *
rec_tiles_read(const char *dir, int level, uint64_t n, unsigned width, GError **error)
{
    g_autofree char *name = rec_tiles_get_path(level, n, width);
    size_t size = 0;
    g_autofree char *bytes = read_file(dir, name, REC_TILE_BYTES, &size, error);

    if (bytes == NULL)
        return NULL;
    if (size == (size_t)width * REC_HASH_SIZE)
        return (uint8_t *)g_steal_pointer(&bytes);
    refuse(error, dir, name);
    return NULL;
}

GPtrArray *
rec_tiles_read_bundle(const char *dir, uint64_t n, unsigned width, GError **error)
{
    g_autofree char *name = rec_tiles_get_path(REC_TILES_ENTRIES, n, width);
    size_t size = 0;
    g_autofree char *bytes = read_file(dir, name, REC_BUNDLE_MAX_BYTES, &size, error);
    GPtrArray *entries = bytes != NULL ? rec_bundle_parse((const uint8_t *)bytes, size, width) : NULL;

    if (bytes != NULL && entries == NULL)
        refuse(error, dir, name);
    return entries;
}

void
rec_tile_get_node(const uint8_t *hashes, unsigned from, unsigned levels, uint8_t ret_hash[REC_HASH_SIZE])
{
    RecMerkle tree;

    rec_merkle_init(&tree, REC_HASH_SHA256);
    for (unsigned i = 0; i < 1U << levels; i++)
        rec_merkle_add_hash(&tree, hashes + (size_t)(from + i) * REC_HASH_SIZE);
    memcpy(ret_hash, tree.nodes[levels], REC_HASH_SIZE);
}
