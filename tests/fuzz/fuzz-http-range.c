/* Whatever a Range header says, what is sent lies inside the file. The first eight bytes are the file's size. */
#include <string.h>

#include "signaling/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *header = size > 8 ? g_strndup((const char *)data + 8, size - 8) : NULL;
    uint64_t file_size = 0, first = UINT64_MAX, last = UINT64_MAX;

    memcpy(&file_size, data, MIN(size, sizeof file_size));
    if (sig_range_parse(header, file_size, &first, &last) == SIG_RANGE_PART) {
        g_assert_cmpuint(first, <=, last);
        g_assert_cmpuint(last, <, file_size);
    }
    return 0;
}
