#include "recorder/seal/samples.h"

#include <string.h>

#include "recorder/seal/cuts.h"

enum {
    HEADER_SIZE = 8,
    LARGE_HEADER_SIZE = 16,
    FULL_SIZE = 4,           /* version and flags */
    MAX_BOXES = 1000,        /* side by side */
    MAX_SAMPLES = 100000000, /* 1,000 h of 25 a second */
};

typedef struct {
    const uint8_t *bytes;
    size_t size;
} Box;

/* What the table consists of, without version and flags. */
typedef struct {
    Box times, chunk_sizes, sizes, chunks;
    bool large; /* offsets of 64 bits */
    uint32_t timescale;
} Table;

static uint32_t
get_32(const Box *box, uint64_t at)
{
    uint32_t value;

    if (box->size < 4 || at > box->size - 4)
        return 0;
    memcpy(&value, box->bytes + at, 4);
    return GUINT32_FROM_BE(value);
}

static uint64_t
get_64(const Box *box, uint64_t at)
{
    return (uint64_t)get_32(box, at) << 32 | get_32(box, at + 4);
}

/* The body of the first inner box of the type; nothing: it is not there. */
static Box
find(const Box *outer, const char *type)
{
    uint64_t at = 0;

    for (unsigned i = 0; i < MAX_BOXES && outer->size - at >= HEADER_SIZE; i++) {
        uint64_t size = get_32(outer, at), header = HEADER_SIZE;
        if (size == 1 && outer->size - at >= LARGE_HEADER_SIZE) {
            size = get_64(outer, at + 8);
            header = LARGE_HEADER_SIZE;
        }
        if (size < header || size > outer->size - at)
            break;
        if (memcmp(outer->bytes + at + 4, type, 4) == 0)
            return (Box){ outer->bytes + at + header, size - header };
        at += size;
    }
    return (Box){ outer->bytes, 0 };
}

static Box
find_path(const Box *outer, const char *const *types)
{
    Box box = *outer;

    for (; *types; types++)
        box = find(&box, *types);
    return box;
}

static Box
find_full(const Box *outer, const char *type)
{
    Box box = find(outer, type);

    if (box.size < FULL_SIZE)
        return (Box){ box.bytes, 0 };
    return (Box){ box.bytes + FULL_SIZE, box.size - FULL_SIZE };
}

static bool
read_table(const Box *file, Table *ret_table)
{
    static const char *const media[] = { "moov", "trak", "mdia", NULL }, *const samples[] = { "minf", "stbl", NULL };
    Box mdia = find_path(file, media), stbl = find_path(&mdia, samples), mdhd = find(&mdia, "mdhd");
    Table table = {
        .times = find_full(&stbl, "stts"),
        .chunk_sizes = find_full(&stbl, "stsc"),
        .sizes = find_full(&stbl, "stsz"),
        .chunks = find_full(&stbl, "stco"),
        .timescale = get_32(&mdhd, mdhd.size > 0 && mdhd.bytes[0] == 1 ? FULL_SIZE + 16 : FULL_SIZE + 8),
    };

    if (table.chunks.size == 0) {
        table.chunks = find_full(&stbl, "co64");
        table.large = true;
    }
    *ret_table = table;
    return table.timescale > 0 && table.chunks.size >= 4 && table.sizes.size >= 8 && table.times.size >= 4 &&
           table.chunk_sizes.size >= 4;
}

/* A table of runs, read one sample (or chunk) after the other. */
typedef struct {
    uint32_t entry, left;
} Run;

static uint32_t
next_duration(const Table *table, Run *run)
{
    while (run->left == 0 && run->entry < get_32(&table->times, 0)) {
        run->left = get_32(&table->times, 4 + 8 * (uint64_t)run->entry);
        run->entry++;
        if (4 + 8 * (uint64_t)run->entry > table->times.size)
            return 0;
    }
    if (run->left > 0)
        run->left--;
    return get_32(&table->times, 8 + 8 * ((uint64_t)run->entry - 1));
}

/* chunk counts from 0, in the file from 1. */
static uint32_t
get_samples_of_chunk(const Table *table, Run *run, uint32_t chunk)
{
    uint32_t n = get_32(&table->chunk_sizes, 0);

    while (run->entry + 1 < n && get_32(&table->chunk_sizes, 4 + 12 * ((uint64_t)run->entry + 1)) <= chunk + 1)
        run->entry++;
    return get_32(&table->chunk_sizes, 8 + 12 * (uint64_t)run->entry);
}

bool
seal_samples_find_cuts(const uint8_t *bytes, size_t size, GArray *cuts)
{
    const Box file = { bytes, size };
    Table table;
    Run durations = { 0 }, chunk_sizes = { 0 };
    uint64_t ticks = 0, sample = 0;

    if (!read_table(&file, &table))
        return false;
    uint32_t fixed = get_32(&table.sizes, 0), n_samples = MIN(get_32(&table.sizes, 4), MAX_SAMPLES);
    uint32_t n_chunks = MIN(get_32(&table.chunks, 0), n_samples);
    for (uint32_t chunk = 0; chunk < n_chunks && sample < n_samples; chunk++) {
        uint64_t offset = table.large ? get_64(&table.chunks, 4 + 8 * (uint64_t)chunk)
                                      : get_32(&table.chunks, 4 + 4 * (uint64_t)chunk);
        uint32_t in_chunk = get_samples_of_chunk(&table, &chunk_sizes, chunk);
        for (uint32_t i = 0; i < in_chunk && sample < n_samples; i++, sample++) {
            if (offset >= size)
                return false;
            seal_cuts_offer(cuts, offset, (int64_t)(ticks * G_USEC_PER_SEC / table.timescale));
            offset += fixed > 0 ? fixed : get_32(&table.sizes, 8 + 4 * sample);
            ticks += next_duration(&table, &durations);
        }
    }
    return sample > 0;
}
