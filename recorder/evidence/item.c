#include "recorder/evidence/item.h"

#include <string.h>
#include <zlib.h>

enum { MAX_NAME = 200 };

/* A name that ends in a slash is a folder of any names. */
static const char *const order[] = {
    "VERIFY.txt",
    "report.html",
    "manifest.json",
    "manifest.ed25519",
    "manifest.sm2",
    "recording.json",
    "leaves.jsonl",
    "keys/",
    "log/open.tlog-proof",
    "log/open.json",
    "log/manifest.tlog-proof",
    "log/manifest.json",
    "log/audit.jsonl",
    "log/checkpoint",
    "time/",
    "derivatives/",
    "receipt.json",
    "receipt.ed25519",
    "receipt.sm2",
    "media/",
};

RecPackageItem *
rec_package_item_new(const char *name, GBytes *bytes, uint64_t size)
{
    RecPackageItem *self = g_new0(RecPackageItem, 1);

    self->name = g_strdup(name);
    self->size = size;
    if (bytes) {
        size_t n;
        const void *data = g_bytes_get_data(bytes, &n);
        self->bytes = g_bytes_ref(bytes);
        self->size = n;
        self->crc32 = rec_package_crc32(0, data, n);
    }
    return self;
}

void
rec_package_item_free(RecPackageItem *self)
{
    if (!self)
        return;
    g_free(self->name);
    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_free(self->sha256);
    g_free(self);
}

static bool
name_is_plain(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+";

    return name[0] != '\0' && name[0] != '.' && name[strspn(name, allowed)] == '\0' && strlen(name) <= MAX_NAME;
}

int
rec_package_item_rank(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++) {
        bool folder = g_str_has_suffix(order[i], "/");
        if (folder ? g_str_has_prefix(name, order[i]) && name_is_plain(name + strlen(order[i]))
                   : g_str_equal(name, order[i]))
            return (int)i;
    }
    return -1;
}

int
rec_package_item_compare(gconstpointer a, gconstpointer b)
{
    const RecPackageItem *first = *(RecPackageItem *const *)a;
    const RecPackageItem *second = *(RecPackageItem *const *)b;
    int difference = rec_package_item_rank(first->name) - rec_package_item_rank(second->name);

    return difference != 0 ? difference : strcmp(first->name, second->name);
}

RecPackageItem *
rec_package_item_find(const GPtrArray *items, const char *name)
{
    for (unsigned i = 0; i < items->len; i++) {
        RecPackageItem *item = g_ptr_array_index(items, i);
        if (g_str_equal(item->name, name))
            return item;
    }
    return NULL;
}

uint32_t
rec_package_crc32(uint32_t crc, const void *data, size_t size)
{
    return (uint32_t)crc32_z(crc, data, size);
}
