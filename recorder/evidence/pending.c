#include "recorder/evidence/pending.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "recorder/evidence/disk.h"

#define MAGIC "YJPEND1\n"

enum {
    HEAD = 16,
    ENTRY_HEAD = 8,
    MAX_FILE = HEAD + REC_PENDING_MAX * (ENTRY_HEAD + REC_LOG_MAX_ENTRY),
};

struct RecPending {
    char *path;
    int fd;
    uint64_t first, cut, end; /* end: of what is whole */
    bool broken;              /* a sync has failed: what the file holds is not known any more */
    GPtrArray *entries;
};

static bool
fail(RecPending *self, const char *verb, GError **error)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_IO, "cannot %s %s: %s", verb, self->path,
                g_strerror(errno));
    return false;
}

static uint32_t
get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void
put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void
put_u64(uint8_t *at, uint64_t value)
{
    put_u32(at, (uint32_t)(value >> 32));
    put_u32(at + 4, (uint32_t)value);
}

static uint32_t
sum(uint64_t index, const uint8_t *bytes, size_t size)
{
    uint8_t head[8];

    put_u64(head, index);
    return (uint32_t)crc32(crc32(0, head, sizeof head), bytes, (uInt)size);
}

GPtrArray *
rec_pending_parse(const uint8_t *bytes, size_t size, uint64_t *ret_first, size_t *ret_end)
{
    size_t at = HEAD;

    if (size < HEAD || memcmp(bytes, MAGIC, strlen(MAGIC)) != 0 || bytes[8] >> 7 != 0)
        return NULL;
    GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    uint64_t first = (uint64_t)get_u32(bytes + 8) << 32 | get_u32(bytes + 12);
    while (size - at >= ENTRY_HEAD && entries->len < REC_PENDING_MAX) {
        uint32_t length = get_u32(bytes + at);
        const uint8_t *entry = bytes + at + ENTRY_HEAD;

        if (length == 0 || length > REC_LOG_MAX_ENTRY || size - at - ENTRY_HEAD < length ||
            get_u32(bytes + at + 4) != sum(first + entries->len, entry, length))
            break;
        g_ptr_array_add(entries, g_bytes_new(entry, length));
        at += ENTRY_HEAD + length;
    }
    *ret_first = first;
    *ret_end = at;
    return entries;
}

static void
put_entries(GByteArray *into, uint64_t first, GBytes *const *entries, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        gsize size = 0;
        const uint8_t *bytes = g_bytes_get_data(entries[i], &size);
        uint8_t head[ENTRY_HEAD];

        put_u32(head, (uint32_t)size);
        put_u32(head + 4, sum(first + i, bytes, size));
        g_byte_array_append(into, head, sizeof head);
        g_byte_array_append(into, bytes, (guint)size);
    }
}

/* A new file with these entries in the place of the old one; it is the one that is open afterwards. */
static bool
write_anew(RecPending *self, uint64_t first, GBytes *const *entries, unsigned n, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    uint8_t head[HEAD] = MAGIC;

    put_u64(head + 8, first);
    g_byte_array_append(bytes, head, sizeof head);
    put_entries(bytes, first, entries, n);
    if (!rec_disk_replace(self->path, bytes->data, bytes->len, 0600, error))
        return false;
    if (self->fd >= 0)
        close(self->fd);
    self->fd = open(self->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (self->fd < 0)
        return fail(self, "open", error);
    self->first = first;
    self->end = bytes->len;
    self->broken = false;
    return true;
}

static bool
read_file(RecPending *self, GError **error)
{
    size_t size = 0, end = 0;
    g_autofree char *bytes = rec_disk_read(self->path, MAX_FILE, &size, error);

    if (bytes == NULL)
        return false;
    self->entries = rec_pending_parse((const uint8_t *)bytes, size, &self->first, &end);
    if (self->entries == NULL) {
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID, "%s is not the end of a log", self->path);
        return false;
    }
    self->cut = size - end;
    self->end = end;
    self->fd = open(self->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (self->fd < 0)
        return fail(self, "open", error);
    if (self->cut == 0 || (ftruncate(self->fd, (off_t)end) == 0 && fdatasync(self->fd) == 0))
        return true;
    return fail(self, "cut", error);
}

RecPending *
rec_pending_open(const char *path, GError **error)
{
    g_autoptr(RecPending) self = g_new0(RecPending, 1);

    self->path = g_strdup(path);
    self->fd = -1;
    if (access(path, F_OK) == 0)
        return read_file(self, error) ? g_steal_pointer(&self) : NULL;
    self->entries = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    return write_anew(self, 0, NULL, 0, error) ? g_steal_pointer(&self) : NULL;
}

void
rec_pending_free(RecPending *self)
{
    if (self == NULL)
        return;
    if (self->fd >= 0)
        close(self->fd);
    g_clear_pointer(&self->entries, g_ptr_array_unref);
    g_free(self->path);
    g_free(self);
}

uint64_t
rec_pending_get_first(const RecPending *self)
{
    return self->first;
}

GPtrArray *
rec_pending_get_entries(RecPending *self)
{
    return self->entries;
}

uint64_t
rec_pending_get_cut(const RecPending *self)
{
    return self->cut;
}

/* What a failed write left is cut off again; if that fails too the next start does it. */
static bool
take_back(RecPending *self, GError **error)
{
    int code = errno;

    if (ftruncate(self->fd, (off_t)self->end) != 0)
        g_debug("%s: a torn tail stays: %s", self->path, g_strerror(errno));
    errno = code;
    return fail(self, "write", error);
}

bool
rec_pending_append(RecPending *self, GBytes *const *entries, unsigned n, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    if (self->broken &&
        !write_anew(self, self->first, (GBytes *const *)self->entries->pdata, self->entries->len, error))
        return false;
    put_entries(bytes, self->first + self->entries->len, entries, n);
    if (lseek(self->fd, (off_t)self->end, SEEK_SET) < 0 || !rec_disk_write_all(self->fd, bytes->data, bytes->len))
        return take_back(self, error);
    self->broken = fdatasync(self->fd) != 0;
    if (self->broken)
        return take_back(self, error);
    self->end += bytes->len;
    for (unsigned i = 0; i < n; i++)
        g_ptr_array_add(self->entries, g_bytes_ref(entries[i]));
    return true;
}

bool
rec_pending_drop(RecPending *self, unsigned n, GError **error)
{
    GBytes *const *rest = (GBytes *const *)self->entries->pdata + n;

    if (!write_anew(self, self->first + n, rest, self->entries->len - n, error))
        return false;
    g_ptr_array_remove_range(self->entries, 0, n);
    return true;
}
