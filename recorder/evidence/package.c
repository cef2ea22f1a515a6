#include "recorder/evidence/package.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/evidence/draft-priv.h"
#include "recorder/evidence/zip.h"

enum { WRITE_SIZE = 256 * 1024 };
static const char FROZEN[] = "yuanjian-package/1\n";

struct RecPackage {
    GPtrArray *items; /* RecPackageItem *, owned, in order */
    RecZip *zip;
    char *tag;
};

/* Takes the items. */
static RecPackage *
from_items(GPtrArray *items)
{
    RecPackage *self = g_new0(RecPackage, 1);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    self->items = items;
    g_ptr_array_sort(items, rec_package_item_compare);
    self->zip = rec_zip_new();
    for (unsigned i = 0; i < items->len; i++) {
        const RecPackageItem *item = g_ptr_array_index(items, i);
        rec_zip_add(self->zip, item->name, item->size, item->crc32);
        if (item->bytes)
            g_checksum_update(sum, g_bytes_get_data(item->bytes, NULL), (gssize)item->size);
    }
    rec_zip_finish(self->zip);
    self->tag = g_strdup(g_checksum_get_string(sum)); /* the receipt in it covers what is large, too */
    return self;
}

RecPackage *
rec_package_new(const RecPackageDraft *draft, GBytes *ed25519, GBytes *sm2)
{
    g_return_val_if_fail(rec_package_draft_is_sealed(draft), NULL);
    const GPtrArray *from = rec_package_draft_get_items(draft);
    GPtrArray *items = g_ptr_array_new_with_free_func((GDestroyNotify)rec_package_item_free);

    for (unsigned i = 0; i < from->len; i++) {
        const RecPackageItem *item = g_ptr_array_index(from, i);
        RecPackageItem *copy = rec_package_item_new(item->name, item->bytes, item->size);
        copy->crc32 = item->crc32;
        g_ptr_array_add(items, copy);
    }
    g_ptr_array_add(items, rec_package_item_new("receipt.ed25519", ed25519, 0));
    g_ptr_array_add(items, rec_package_item_new("receipt.sm2", sm2, 0));
    return from_items(items);
}

void
rec_package_free(RecPackage *self)
{
    if (!self)
        return;
    g_ptr_array_unref(self->items);
    rec_zip_free(self->zip);
    g_free(self->tag);
    g_free(self);
}

/* A line per entry: name, bytes, CRC-32, whether its content follows after the empty line. */
GBytes *
rec_package_freeze(const RecPackage *self)
{
    GByteArray *out = g_byte_array_new();

    g_byte_array_append(out, (const uint8_t *)FROZEN, strlen(FROZEN));
    for (unsigned i = 0; i < self->items->len; i++) {
        const RecPackageItem *item = g_ptr_array_index(self->items, i);
        g_autofree char *line = g_strdup_printf("%s %" G_GUINT64_FORMAT " %08x %s\n", item->name, item->size,
                                                item->crc32, item->bytes ? "here" : "file");
        g_byte_array_append(out, (const uint8_t *)line, strlen(line));
    }
    g_byte_array_append(out, (const uint8_t *)"\n", 1);
    for (unsigned i = 0; i < self->items->len; i++) {
        const RecPackageItem *item = g_ptr_array_index(self->items, i);
        if (item->bytes)
            g_byte_array_append(out, g_bytes_get_data(item->bytes, NULL), item->size);
    }
    return g_byte_array_free_to_bytes(out);
}

/* Takes one line apart; *in_here says whether content follows. NULL: it is not one. */
static RecPackageItem *
parse_line(const char *line, bool *in_here)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 5);
    uint64_t size, crc32;

    if (g_strv_length(words) != 4 || rec_package_item_rank(words[0]) < 0 ||
        !g_ascii_string_to_unsigned(words[1], 10, 0, INT64_MAX >> 1, &size, NULL) ||
        !g_ascii_string_to_unsigned(words[2], 16, 0, UINT32_MAX, &crc32, NULL))
        return NULL;
    *in_here = g_str_equal(words[3], "here");
    if (!*in_here && !g_str_equal(words[3], "file"))
        return NULL;
    RecPackageItem *item = rec_package_item_new(words[0], NULL, size);
    item->crc32 = (uint32_t)crc32;
    return item;
}

/* The lines; returns the offset of the content, 0: invalid. here: one flag per item. */
static size_t
parse_head(const char *data, size_t size, GPtrArray *items, GByteArray *here)
{
    size_t at = strlen(FROZEN);

    if (size < at || memcmp(data, FROZEN, at) != 0)
        return 0;
    while (at < size && data[at] != '\n') {
        const char *end = memchr(data + at, '\n', size - at);
        if (!end || items->len >= REC_PACKAGE_MAX_ITEMS)
            return 0;
        g_autofree char *line = g_strndup(data + at, (size_t)(end - data) - at);
        bool in_here = false;
        RecPackageItem *item = parse_line(line, &in_here);
        if (!item)
            return 0;
        g_ptr_array_add(items, item);
        uint8_t flag = in_here;
        g_byte_array_append(here, &flag, 1);
        at = (size_t)(end - data) + 1;
    }
    return at < size ? at + 1 : 0;
}

static bool
parse(GBytes *frozen, GPtrArray *items)
{
    g_autoptr(GByteArray) here = g_byte_array_new();
    size_t size;
    const char *data = g_bytes_get_data(frozen, &size);
    size_t at = parse_head(data, size, items, here);

    if (at == 0 || items->len == 0)
        return false;
    for (unsigned i = 0; i < items->len; i++) {
        RecPackageItem *item = g_ptr_array_index(items, i);
        if (!here->data[i])
            continue;
        if (item->size > size - at || rec_package_crc32(0, data + at, item->size) != item->crc32)
            return false;
        item->bytes = g_bytes_new_from_bytes(frozen, at, item->size);
        at += item->size;
    }
    return at == size;
}

RecPackage *
rec_package_thaw(GBytes *frozen, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func((GDestroyNotify)rec_package_item_free);

    if (!parse(frozen, items)) {
        g_set_error_literal(error, REC_ERROR, REC_ERROR_INVALID, "what was kept of the export is damaged");
        return NULL;
    }
    return from_items(g_steal_pointer(&items));
}

uint64_t
rec_package_get_size(const RecPackage *self)
{
    return rec_zip_get_size(self->zip);
}

const char *
rec_package_get_tag(const RecPackage *self)
{
    return self->tag;
}

static bool
copy(const RecPackage *self, const RecZipSpan *span, void *buffer, size_t size, const RecPackageReader *reader,
     GError **error)
{
    if (span->bytes) {
        memcpy(buffer, span->bytes, size);
        return true;
    }
    const RecPackageItem *item = g_ptr_array_index(self->items, span->entry);
    if (!item->bytes)
        return reader->read(item->name, span->within, buffer, size, reader->user_data, error);
    memcpy(buffer, (const uint8_t *)g_bytes_get_data(item->bytes, NULL) + span->within, size);
    return true;
}

bool
rec_package_read(const RecPackage *self, uint64_t offset, void *buffer, size_t size, const RecPackageReader *reader,
                 GError **error)
{
    uint8_t *out = buffer;

    g_return_val_if_fail(size <= rec_package_get_size(self) && offset <= rec_package_get_size(self) - size, false);
    while (size > 0) {
        RecZipSpan span = rec_zip_locate(self->zip, offset);
        size_t n = (size_t)MIN(span.size, size);
        if (!copy(self, &span, out, n, reader, error))
            return false;
        out += n;
        offset += n;
        size -= n;
    }
    return true;
}

static bool
write_all(int fd, const uint8_t *data, size_t size, GError **error)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot write the package: %s", g_strerror(errno));
            return false;
        }
        data += n;
        size -= (size_t)n;
    }
    return true;
}

bool
rec_package_write(const RecPackage *self, int fd, uint64_t offset, const RecPackageReader *reader, GError **error)
{
    g_autofree uint8_t *buffer = g_malloc(WRITE_SIZE);
    uint64_t end = rec_package_get_size(self);

    while (offset < end) {
        size_t n = (size_t)MIN(end - offset, WRITE_SIZE);
        if (!rec_package_read(self, offset, buffer, n, reader, error) || !write_all(fd, buffer, n, error))
            return false;
        offset += n;
    }
    return true;
}
