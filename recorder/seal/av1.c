#include "recorder/seal/av1.h"

enum {
    AGGREGATION_CONTINUES = 0x80,  /* Z: the first element continues one of the packet before */
    AGGREGATION_UNFINISHED = 0x40, /* Y: the last element goes on in the next packet */
    OBU_TYPE_SHIFT = 3,
    OBU_TYPE_MASK = 15,
    OBU_HAS_EXTENSION = 4,
    OBU_HAS_SIZE = 2,
    OBU_TEMPORAL_DELIMITER = 2,
    OBU_TILE_LIST = 8,
    LEB128_MAX_BYTES = 8,
};

void
seal_av1_init(SealAv1 *self)
{
    *self = (SealAv1){ .unit = g_byte_array_new(), .fragment = g_byte_array_new() };
}

void
seal_av1_clear(SealAv1 *self)
{
    g_byte_array_unref(self->unit);
    g_byte_array_unref(self->fragment);
}

/* Returns how many bytes it took, 0 when it is cut off. */
static size_t
read_leb128(const uint8_t *bytes, size_t size, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size && i < LEB128_MAX_BYTES; i++) {
        value |= (uint64_t)(bytes[i] & 0x7f) << (7 * i);
        if (!(bytes[i] & 0x80)) {
            *ret_value = value;
            return i + 1;
        }
    }
    return 0;
}

static void
put_leb128(GByteArray *out, size_t value)
{
    do {
        uint8_t byte = (value & 0x7f) | (value > 0x7f ? 0x80 : 0);
        g_byte_array_append(out, &byte, 1);
        value >>= 7;
    } while (value > 0);
}

/* An OBU of the RTP form comes without a size; in a file each has one. */
static void
put_obu(SealAv1 *self, const uint8_t *obu, size_t size)
{
    static const uint8_t delimiter[] = { OBU_TEMPORAL_DELIMITER << OBU_TYPE_SHIFT | OBU_HAS_SIZE, 0 };
    size_t header = size > 0 && obu[0] & OBU_HAS_EXTENSION ? 2 : 1;
    uint64_t stated = 0;

    if (size >= header && obu[0] & OBU_HAS_SIZE) { /* allowed, though not of use here */
        size_t taken = read_leb128(obu + header, size - header, &stated);
        self->broken |= taken == 0 || stated != size - header - taken;
    }
    if (size < header || self->unit->len + size > SEAL_AV1_MAX_UNIT) {
        self->broken = true;
        return;
    }
    unsigned type = obu[0] >> OBU_TYPE_SHIFT & OBU_TYPE_MASK;
    if (type == OBU_TEMPORAL_DELIMITER || type == OBU_TILE_LIST)
        return;
    if (self->unit->len == 0)
        g_byte_array_append(self->unit, delimiter, sizeof delimiter);
    uint8_t first = obu[0] | OBU_HAS_SIZE;
    g_byte_array_append(self->unit, &first, 1);
    g_byte_array_append(self->unit, obu + 1, header - 1);
    if (!(obu[0] & OBU_HAS_SIZE))
        put_leb128(self->unit, size - header);
    g_byte_array_append(self->unit, obu + header, size - header);
}

static void
put_element(SealAv1 *self, const uint8_t *element, size_t size, bool continues, bool unfinished)
{
    if (!continues)
        g_byte_array_set_size(self->fragment, 0);
    if (self->fragment->len + size > SEAL_AV1_MAX_UNIT) {
        self->broken = true;
        return;
    }
    if (!continues && !unfinished) {
        put_obu(self, element, size);
        return;
    }
    g_byte_array_append(self->fragment, element, size);
    if (!unfinished) {
        put_obu(self, self->fragment->data, self->fragment->len);
        g_byte_array_set_size(self->fragment, 0);
    }
}

void
seal_av1_add(SealAv1 *self, const uint8_t *payload, size_t size, bool lost)
{
    const uint8_t *end = payload + size;

    self->broken |= lost;
    if (size < 2) {
        self->broken |= size > 0;
        return;
    }
    uint8_t aggregation = *payload++;
    unsigned n_elements = aggregation >> 4 & 3; /* W; 0: every element has a size */
    for (unsigned i = 1; payload < end; i++) {
        uint64_t length = end - payload;
        if (n_elements == 0 || i < n_elements) {
            size_t taken = read_leb128(payload, end - payload, &length);
            payload += taken;
            if (taken == 0 || length > (size_t)(end - payload)) {
                self->broken = true;
                return;
            }
        }
        bool continues = i == 1 && aggregation & AGGREGATION_CONTINUES;
        bool unfinished = payload + length == end && aggregation & AGGREGATION_UNFINISHED;
        put_element(self, payload, length, continues, unfinished);
        payload += length;
    }
}

uint8_t *
seal_av1_take(SealAv1 *self, size_t *ret_size)
{
    bool whole = !self->broken && self->fragment->len == 0 && self->unit->len > 0;
    uint8_t *bytes = whole ? g_memdup2(self->unit->data, self->unit->len) : NULL;

    if (whole)
        *ret_size = self->unit->len;
    g_byte_array_set_size(self->unit, 0);
    g_byte_array_set_size(self->fragment, 0);
    self->broken = false;
    return bytes;
}
