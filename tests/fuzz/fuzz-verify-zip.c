/* Any bytes as a package: entries that are taken have safe names, each once, and lie one behind the other within the file. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/verify/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
read_bytes(void *user_data, uint64_t offset, void *buffer, size_t size)
{
    const VerZipFile *file = *(const VerZipFile **)user_data;
    const uint8_t *data = ((const uint8_t **)user_data)[1];

    if (offset > file->size || size > file->size - offset)
        return false;
    memcpy(buffer, data + offset, size);
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    VerZipFile file = { read_bytes, NULL, size };
    const void *both[] = { &file, data };
    VerZip zip = { 0 };
    char *name = NULL;
    uint64_t end = 0;

    file.user_data = both;
    if (ver_zip_read(&file, &zip, &name) != VER_WORD_NONE)
        assert(zip.n_entries == 0);
    for (size_t i = 0; i < zip.n_entries; i++) {
        assert(ver_zip_name_is_safe(zip.entries[i].name, strlen(zip.entries[i].name)));
        assert(zip.entries[i].offset > end && zip.entries[i].size <= size - zip.entries[i].offset);
        end = zip.entries[i].offset + zip.entries[i].size;
    }
    free(name);
    ver_zip_clear(&zip);
    return 0;
}
