#include "recorder/evidence/zip.h"

#include <string.h>

/* APPNOTE 6.3: 4.3.7 local header, 4.3.12 directory, 4.3.14 to 4.3.16 its end; 4.5.3 ZIP64 */
enum {
    LOCAL_SIGNATURE = 0x04034b50,
    CENTRAL_SIGNATURE = 0x02014b50,
    END64_SIGNATURE = 0x06064b50,
    LOCATOR_SIGNATURE = 0x07064b50,
    END_SIGNATURE = 0x06054b50,
    VERSION_PLAIN = 10,
    VERSION_ZIP64 = 45,
    MADE_BY_UNIX = 3 << 8,
    DATE_1980_01_01 = 0x0021,
    ZIP64_TAG = 1,
};
static const uint32_t REGULAR_0644 = 0100644u << 16;
static const uint64_t MAX32 = 0xffffffff;
static const uint64_t MAX16 = 0xffff;

typedef struct {
    char *name;
    uint64_t size, offset; /* of the local header */
    uint32_t crc32;
    GByteArray *header;
} Entry;

struct RecZip {
    GArray *entries; /* Entry */
    uint64_t size;
    uint64_t tail_offset;
    GByteArray *tail; /* the directory and its end; NULL until finished */
};

static void
entry_clear(Entry *entry)
{
    g_free(entry->name);
    g_byte_array_unref(entry->header);
}

RecZip *
rec_zip_new(void)
{
    RecZip *self = g_new0(RecZip, 1);

    self->entries = g_array_new(FALSE, TRUE, sizeof(Entry));
    g_array_set_clear_func(self->entries, (GDestroyNotify)entry_clear);
    return self;
}

void
rec_zip_free(RecZip *self)
{
    if (!self)
        return;
    g_array_unref(self->entries);
    g_clear_pointer(&self->tail, g_byte_array_unref);
    g_free(self);
}

static void
put(GByteArray *out, uint64_t value, unsigned n_bytes)
{
    for (unsigned i = 0; i < n_bytes; i++) {
        uint8_t byte = value >> (8 * i);
        g_byte_array_append(out, &byte, 1);
    }
}

static void
put16(GByteArray *out, uint64_t value)
{
    put(out, value, 2);
}

static void
put32(GByteArray *out, uint64_t value)
{
    put(out, value, 4);
}

static void
put64(GByteArray *out, uint64_t value)
{
    put(out, value, 8);
}

/* From the version needed to the length of the extra field: the same in both headers. */
static void
put_facts(GByteArray *out, const Entry *entry, bool zip64, unsigned extra_size)
{
    put16(out, zip64 ? VERSION_ZIP64 : VERSION_PLAIN);
    put16(out, 0); /* flags */
    put16(out, 0); /* stored */
    put16(out, 0); /* time */
    put16(out, DATE_1980_01_01);
    put32(out, entry->crc32);
    put32(out, entry->size >= MAX32 ? MAX32 : entry->size);
    put32(out, entry->size >= MAX32 ? MAX32 : entry->size);
    put16(out, strlen(entry->name));
    put16(out, extra_size);
}

void
rec_zip_add(RecZip *self, const char *name, uint64_t size, uint32_t crc32)
{
    g_assert(!self->tail && strlen(name) <= 255);
    Entry entry = { .name = g_strdup(name), .size = size, .offset = self->size, .crc32 = crc32 };
    bool zip64 = size >= MAX32;

    entry.header = g_byte_array_new();
    put32(entry.header, LOCAL_SIGNATURE);
    put_facts(entry.header, &entry, zip64, zip64 ? 20 : 0);
    g_byte_array_append(entry.header, (const uint8_t *)name, strlen(name));
    if (zip64) {
        put16(entry.header, ZIP64_TAG);
        put16(entry.header, 16);
        put64(entry.header, size);
        put64(entry.header, size);
    }
    self->size += entry.header->len + size;
    g_array_append_val(self->entries, entry);
}

static void
put_central(GByteArray *out, const Entry *entry)
{
    bool large = entry->size >= MAX32;
    bool far = entry->offset >= MAX32;
    unsigned extra = (large ? 16 : 0) + (far ? 8 : 0);

    put32(out, CENTRAL_SIGNATURE);
    put16(out, MADE_BY_UNIX | VERSION_ZIP64);
    put_facts(out, entry, extra > 0, extra > 0 ? 4 + extra : 0);
    put16(out, 0); /* comment */
    put16(out, 0); /* disk */
    put16(out, 0); /* internal attributes */
    put32(out, REGULAR_0644);
    put32(out, far ? MAX32 : entry->offset);
    g_byte_array_append(out, (const uint8_t *)entry->name, strlen(entry->name));
    if (extra == 0)
        return;
    put16(out, ZIP64_TAG);
    put16(out, extra);
    if (large) {
        put64(out, entry->size);
        put64(out, entry->size);
    }
    if (far)
        put64(out, entry->offset);
}

static void
put_end64(GByteArray *out, uint64_t n_entries, uint64_t size, uint64_t offset)
{
    put32(out, END64_SIGNATURE);
    put64(out, 44); /* of what follows */
    put16(out, MADE_BY_UNIX | VERSION_ZIP64);
    put16(out, VERSION_ZIP64);
    put32(out, 0);
    put32(out, 0);
    put64(out, n_entries);
    put64(out, n_entries);
    put64(out, size);
    put64(out, offset);

    put32(out, LOCATOR_SIGNATURE);
    put32(out, 0);
    put64(out, offset + size);
    put32(out, 1);
}

void
rec_zip_finish(RecZip *self)
{
    GByteArray *tail = g_byte_array_new();
    uint64_t n = self->entries->len;

    for (unsigned i = 0; i < self->entries->len; i++)
        put_central(tail, &g_array_index(self->entries, Entry, i));
    uint64_t size = tail->len;
    self->tail_offset = self->size;
    if (n >= MAX16 || size >= MAX32 || self->tail_offset >= MAX32)
        put_end64(tail, n, size, self->tail_offset);
    put32(tail, END_SIGNATURE);
    put32(tail, 0); /* disks */
    put16(tail, MIN(n, MAX16));
    put16(tail, MIN(n, MAX16));
    put32(tail, MIN(size, MAX32));
    put32(tail, MIN(self->tail_offset, MAX32));
    put16(tail, 0); /* comment */
    self->tail = tail;
    self->size += tail->len;
}

uint64_t
rec_zip_get_size(const RecZip *self)
{
    g_assert(self->tail);
    return self->size;
}

/* The last entry that begins at or before the offset. */
static size_t
find(const RecZip *self, uint64_t offset)
{
    size_t low = 0, high = self->entries->len;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (g_array_index(self->entries, Entry, middle).offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

RecZipSpan
rec_zip_locate(const RecZip *self, uint64_t offset)
{
    g_assert(self->tail);
    if (offset >= self->size)
        return (RecZipSpan){ 0 };
    if (offset >= self->tail_offset) {
        uint64_t within = offset - self->tail_offset;
        return (RecZipSpan){ .bytes = self->tail->data + within, .within = within, .size = self->tail->len - within };
    }
    size_t i = find(self, offset);
    const Entry *entry = &g_array_index(self->entries, Entry, i);
    uint64_t within = offset - entry->offset;
    if (within < entry->header->len)
        return (RecZipSpan){ .bytes = entry->header->data + within, .entry = i, .size = entry->header->len - within };
    within -= entry->header->len;
    return (RecZipSpan){ .entry = i, .within = within, .size = entry->size - within };
}
