#include "recorder/verify/zip.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/verify/bytes.h"

enum {
    LOCAL_SIGNATURE = 0x04034b50,
    CENTRAL_SIGNATURE = 0x02014b50,
    END64_SIGNATURE = 0x06064b50,
    LOCATOR_SIGNATURE = 0x07064b50,
    END_SIGNATURE = 0x06054b50,
    LOCAL_SIZE = 30,
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    END64_SIZE = 56,
    LOCATOR_SIZE = 20,
    MAX_EXTRA = 64,
    FLAG_UTF8 = 1 << 11,
    TYPE_MASK = 0170000,
    TYPE_REGULAR = 0100000,
};
static const uint64_t MAX32 = 0xffffffff;
static const uint64_t MAX16 = 0xffff;
static const uint64_t MAX_FILE = (uint64_t)1 << 46;

typedef struct {
    uint64_t n_entries, size, offset;
} Directory;

static uint64_t
get(const uint8_t *data, unsigned n_bytes)
{
    uint64_t value = 0;

    for (unsigned i = n_bytes; i-- > 0;)
        value = value << 8 | data[i];
    return value;
}

void
ver_zip_clear(VerZip *self)
{
    for (size_t i = 0; i < self->n_entries; i++)
        free(self->entries[i].name);
    free(self->entries);
    memset(self, 0, sizeof *self);
}

bool
ver_zip_name_is_safe(const char *name, size_t size)
{
    bool at_start = true;

    if (size == 0 || size > VER_ZIP_MAX_NAME)
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                     c == '-' || c == '+' || (c == '.' && !at_start) || (c == '/' && !at_start);
        if (!plain)
            return false;
        at_start = c == '/';
    }
    return !at_start;
}

/* The end of the directory stands at the very end: a package has no comment. */
static VerWord
read_end(const VerZipFile *file, Directory *ret_directory)
{
    uint8_t end[END_SIZE], locator[LOCATOR_SIZE], end64[END64_SIZE];

    if (file->size < END_SIZE || file->size > MAX_FILE ||
        !file->read(file->user_data, file->size - END_SIZE, end, END_SIZE))
        return VER_WORD_ZIP_NO_END;
    if (get(end, 4) != END_SIGNATURE || get(end + 4, 4) != 0 || get(end + 8, 2) != get(end + 10, 2) ||
        get(end + 20, 2) != 0)
        return VER_WORD_ZIP_NO_END;
    *ret_directory = (Directory){ get(end + 10, 2), get(end + 12, 4), get(end + 16, 4) };
    bool zip64 = ret_directory->n_entries == MAX16 || ret_directory->size == MAX32 || ret_directory->offset == MAX32;
    uint64_t behind = END_SIZE;
    if (zip64) {
        behind += LOCATOR_SIZE + END64_SIZE;
        if (file->size < behind ||
            !file->read(file->user_data, file->size - END_SIZE - LOCATOR_SIZE, locator, LOCATOR_SIZE) ||
            !file->read(file->user_data, file->size - behind, end64, END64_SIZE))
            return VER_WORD_ZIP_NO_END;
        if (get(locator, 4) != LOCATOR_SIGNATURE || get(locator + 4, 4) != 0 ||
            get(locator + 8, 8) != file->size - behind || get(locator + 16, 4) != 1 ||
            get(end64, 4) != END64_SIGNATURE || get(end64 + 4, 8) != END64_SIZE - 12 || get(end64 + 16, 8) != 0 ||
            get(end64 + 24, 8) != get(end64 + 32, 8))
            return VER_WORD_ZIP_NO_END;
        *ret_directory = (Directory){ get(end64 + 32, 8), get(end64 + 40, 8), get(end64 + 48, 8) };
    }
    if (ret_directory->n_entries > VER_ZIP_MAX_ENTRIES || ret_directory->size > VER_ZIP_MAX_DIRECTORY)
        return VER_WORD_ZIP_TOO_MANY;
    return ret_directory->size > file->size - behind ||
                   ret_directory->offset != file->size - behind - ret_directory->size
               ? VER_WORD_ZIP_HOLE
               : VER_WORD_NONE;
}

/* What 32 bits did not hold stands in the extra field, in this order; nothing else may stand there. */
static bool
read_extra(const uint8_t *extra, size_t size, uint64_t *values[3], const bool needed[3])
{
    size_t expected = 0, at = 4;

    for (unsigned i = 0; i < 3; i++)
        expected += needed[i] ? 8 : 0;
    if (expected == 0)
        return size == 0;
    if (size != expected + 4 || get(extra, 2) != 1 || get(extra + 2, 2) != expected)
        return false;
    for (unsigned i = 0; i < 3; i++) {
        if (!needed[i])
            continue;
        *values[i] = get(extra + at, 8);
        at += 8;
    }
    return true;
}

/* The 26 bytes from "version needed" on are alike in both headers. */
static VerWord
check_facts(const uint8_t *facts)
{
    if ((get(facts + 2, 2) & ~(uint64_t)FLAG_UTF8) != 0)
        return VER_WORD_ZIP_FLAGS;
    return get(facts + 4, 2) != 0 ? VER_WORD_ZIP_COMPRESSED : VER_WORD_NONE;
}

/* The local header, which must say the same; gives where the content begins. */
static VerWord
read_local(const VerZipFile *file, const uint8_t *central, uint64_t offset, VerZipEntry *entry)
{
    uint8_t local[LOCAL_SIZE + VER_ZIP_MAX_NAME + MAX_EXTRA];
    size_t n_name = strlen(entry->name);

    if (!file->read(file->user_data, offset, local, LOCAL_SIZE) || get(local, 4) != LOCAL_SIGNATURE)
        return VER_WORD_ZIP_HOLE;
    size_t n_extra = get(local + 28, 2);
    if (memcmp(local + 6, central + 8, 20) != 0 || get(local + 26, 2) != n_name || n_extra > MAX_EXTRA)
        return VER_WORD_ZIP_DISAGREES;
    if (!file->read(file->user_data, offset + LOCAL_SIZE, local + LOCAL_SIZE, n_name + n_extra))
        return VER_WORD_ZIP_HOLE;
    uint64_t size = get(local + 22, 4), packed = get(local + 18, 4);
    uint64_t *values[] = { &size, &packed, &packed };
    const bool needed[] = { size == MAX32, packed == MAX32, false };
    if (memcmp(local + LOCAL_SIZE, entry->name, n_name) != 0 ||
        !read_extra(local + LOCAL_SIZE + n_name, n_extra, values, needed) || size != entry->size ||
        packed != entry->size)
        return VER_WORD_ZIP_DISAGREES;
    entry->offset = offset + LOCAL_SIZE + n_name + n_extra;
    return VER_WORD_NONE;
}

/* One entry of the directory at data; *expected is where it must begin, and then where the next one must. */
static VerWord
read_entry(const VerZipFile *file, const uint8_t *data, size_t size, uint64_t *expected, VerZipEntry *entry)
{
    if (size < CENTRAL_SIZE || get(data, 4) != CENTRAL_SIGNATURE)
        return VER_WORD_ZIP_DIRECTORY;
    size_t n_name = get(data + 28, 2), n_extra = get(data + 30, 2);
    if (get(data + 32, 2) != 0 || get(data + 34, 2) != 0 || n_name + n_extra > size - CENTRAL_SIZE)
        return VER_WORD_ZIP_DIRECTORY;
    if (!ver_zip_name_is_safe((const char *)data + CENTRAL_SIZE, n_name))
        return VER_WORD_ZIP_NAME;
    entry->name = ver_copy((const char *)data + CENTRAL_SIZE, n_name);
    VerWord word = check_facts(data + 6);
    if (word != VER_WORD_NONE)
        return word;
    uint32_t type = (uint32_t)(get(data + 38, 4) >> 16) & TYPE_MASK;
    if (type != 0 && type != TYPE_REGULAR)
        return VER_WORD_ZIP_SPECIAL;

    uint64_t full = get(data + 24, 4), packed = get(data + 20, 4), offset = get(data + 42, 4);
    uint64_t *values[] = { &full, &packed, &offset };
    const bool needed[] = { full == MAX32, packed == MAX32, offset == MAX32 };
    if (!read_extra(data + CENTRAL_SIZE + n_name, n_extra, values, needed) || full != packed || full > MAX_FILE)
        return VER_WORD_ZIP_DISAGREES;
    if (offset != *expected)
        return VER_WORD_ZIP_HOLE;
    entry->size = full;
    entry->crc32 = (uint32_t)get(data + 16, 4);
    word = read_local(file, data, offset, entry);
    *expected = entry->offset + entry->size;
    return word;
}

static bool
is_double(const VerZip *zip, const char *name)
{
    for (size_t i = 0; i < zip->n_entries; i++) {
        if (strcmp(zip->entries[i].name, name) == 0)
            return true;
    }
    return false;
}

static VerWord
read_directory(const VerZipFile *file, const Directory *directory, const uint8_t *data, VerZip *zip, char **ret_name)
{
    uint64_t expected = 0;
    size_t at = 0;

    zip->entries = ver_alloc(directory->n_entries, sizeof *zip->entries);
    for (uint64_t i = 0; i < directory->n_entries; i++) {
        VerZipEntry entry = { 0 };
        VerWord word = read_entry(file, data + at, directory->size - at, &expected, &entry);
        if (word == VER_WORD_NONE && is_double(zip, entry.name))
            word = VER_WORD_ZIP_DOUBLE;
        if (word != VER_WORD_NONE) {
            *ret_name = entry.name;
            return word;
        }
        zip->entries[zip->n_entries++] = entry;
        at += CENTRAL_SIZE + get(data + at + 28, 2) + get(data + at + 30, 2);
    }
    return at == directory->size && expected == directory->offset ? VER_WORD_NONE : VER_WORD_ZIP_HOLE;
}

VerWord
ver_zip_read(const VerZipFile *file, VerZip *ret_zip, char **ret_name)
{
    Directory directory;
    VerZip zip = { 0 };

    *ret_name = NULL;
    VerWord word = read_end(file, &directory);
    if (word != VER_WORD_NONE)
        return word;
    uint8_t *data = ver_alloc(directory.size, 1);
    if (file->read(file->user_data, directory.offset, data, directory.size))
        word = read_directory(file, &directory, data, &zip, ret_name);
    else
        word = VER_WORD_ZIP_NO_END;
    free(data);
    if (word == VER_WORD_NONE)
        *ret_zip = zip;
    else
        ver_zip_clear(&zip);
    return word;
}
