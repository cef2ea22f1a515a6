#include "recorder/seal/webm.h"

#include "recorder/seal/cuts.h"

enum {
    ID_EBML = 0x1A45DFA3,
    ID_SEGMENT = 0x18538067,
    ID_CLUSTER = 0x1F43B675,
    ID_TIMECODE = 0xE7,
    MAX_ID_BYTES = 4,
    MAX_SIZE_BYTES = 8,
    MAX_TIMECODE_BYTES = 8,
    TIMECODE_US = 1000, /* as our muxer writes them */
};

typedef struct {
    uint32_t id;
    uint64_t body, end; /* offsets */
} Element;

/* RFC 8794 section 4: the number of leading zeros of the first byte says how many bytes there are. */
static unsigned
get_length(uint8_t first)
{
    unsigned n = 1;

    while (n <= 8 && !(first & (0x80 >> (n - 1))))
        n++;
    return n;
}

static bool
read_element(const uint8_t *bytes, uint64_t at, uint64_t end, Element *ret_element)
{
    Element element = { 0 };
    uint64_t size = 0;

    unsigned n = at < end ? get_length(bytes[at]) : MAX_ID_BYTES + 1;
    if (n > MAX_ID_BYTES || end - at <= n)
        return false;
    for (unsigned i = 0; i < n; i++)
        element.id = element.id << 8 | bytes[at++];
    n = get_length(bytes[at]);
    if (n > MAX_SIZE_BYTES || end - at < n)
        return false;
    for (unsigned i = 0; i < n; i++)
        size = size << 8 | (i == 0 ? bytes[at++] & (0xFF >> n) : bytes[at++]);
    bool unknown = size == ((uint64_t)1 << (7 * n)) - 1;
    if (!unknown && size > end - at)
        return false;
    element.body = at;
    element.end = unknown ? end : at + size;
    *ret_element = element;
    return true;
}

static bool
read_time(const uint8_t *bytes, const Element *cluster, int64_t *ret_time_us)
{
    Element element;
    uint64_t time = 0;

    if (!read_element(bytes, cluster->body, cluster->end, &element) || element.id != ID_TIMECODE ||
        element.end - element.body > MAX_TIMECODE_BYTES)
        return false;
    for (uint64_t i = element.body; i < element.end; i++)
        time = time << 8 | bytes[i];
    if (time > G_MAXINT64 / TIMECODE_US)
        return false;
    *ret_time_us = (int64_t)time * TIMECODE_US;
    return true;
}

bool
seal_webm_find_cuts(const uint8_t *bytes, size_t size, GArray *cuts)
{
    Element element;
    int64_t time_us;
    bool found = false;

    if (!read_element(bytes, 0, size, &element) || element.id != ID_EBML ||
        !read_element(bytes, element.end, size, &element) || element.id != ID_SEGMENT)
        return false;
    uint64_t end = element.end;
    for (uint64_t at = element.body; read_element(bytes, at, end, &element); at = element.end) {
        if (element.id != ID_CLUSTER)
            continue;
        if (!read_time(bytes, &element, &time_us))
            return found;
        seal_cuts_offer(cuts, at, time_us);
        found = true;
    }
    return found;
}
