/* A journal file reads to its last good record whatever it holds; cut there, it reads the same again and is whole. */
#include <glib.h>

#include "recorder/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t
read_all(const uint8_t *data, size_t size, unsigned *ret_n)
{
    g_autoptr(RecReader) reader = rec_reader_new(data, size, 1);
    RecRecord record;

    for (*ret_n = 0; rec_reader_next(reader, &record); (*ret_n)++)
        g_assert(record.entry || (record.interface && record.data_offset + record.packet.size <= size));
    return rec_reader_get_good_end(reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned n, again;
    uint64_t good_end = read_all(data, size, &n);

    g_assert(good_end <= size);
    g_assert(read_all(data, good_end, &again) == good_end && again == n);
    return 0;
}
