#include "media/dependency.h"

#include <string.h>

enum {
    MANDATORY_SIZE = 3, /* start, end, template, frame number */
    INDICATION_SWITCH = 2,
    NEXT_TEMPORAL = 1,
    NEXT_SPATIAL = 2,
    NO_MORE_TEMPLATES = 3,
};

typedef struct {
    const uint8_t *bytes;
    size_t n_bits, at;
    bool over; /* read past the end */
} Bits;

static unsigned
take(Bits *bits, unsigned n)
{
    unsigned value = 0;

    if (bits->over || bits->n_bits - bits->at < n) {
        bits->over = true;
        return 0;
    }
    for (; n > 0; n--, bits->at++)
        value = value << 1 | (bits->bytes[bits->at / 8] >> (7 - bits->at % 8) & 1);
    return value;
}

/* ns(n) of the AV1 specification, section 4.10.7. */
static unsigned
take_non_symmetric(Bits *bits, unsigned n)
{
    unsigned width = 0;

    for (unsigned x = n; x != 0; x >>= 1)
        width++;
    unsigned m = (1u << width) - n;
    unsigned value = take(bits, width - 1);
    return value < m ? value : (value << 1) - m + take(bits, 1);
}

/* What is being read of a structure. */
typedef struct {
    MediaDependency value;
    uint8_t spatial[MEDIA_DEPENDENCY_MAX_TEMPLATES];
    uint8_t indications[MEDIA_DEPENDENCY_MAX_TEMPLATES][MEDIA_DEPENDENCY_MAX_TARGETS];
    unsigned highest_spatial;
} Structure;

static bool
take_layers(Bits *bits, Structure *structure)
{
    MediaDependency *value = &structure->value;
    unsigned temporal = 0, spatial = 0, next;

    do {
        if (value->n_templates == MEDIA_DEPENDENCY_MAX_TEMPLATES || bits->over)
            return false;
        value->temporal[value->n_templates] = (uint8_t)MIN(temporal, MEDIA_MAX_TEMPORAL_LAYERS - 1);
        structure->spatial[value->n_templates++] = (uint8_t)spatial;
        next = take(bits, 2);
        temporal = next == NEXT_TEMPORAL ? temporal + 1 : next == NEXT_SPATIAL ? 0 : temporal;
        spatial += next == NEXT_SPATIAL;
    } while (next != NO_MORE_TEMPLATES);
    structure->highest_spatial = spatial;
    return !bits->over;
}

/* A decode target stands for the layers of the frames that are in it. One without the largest picture opens nothing:
 * all spatial layers are forwarded. */
static void
derive(Structure *structure)
{
    MediaDependency *value = &structure->value;

    for (unsigned target = 0; target < value->n_targets; target++) {
        unsigned temporal = 0, spatial = 0;

        for (unsigned i = 0; i < value->n_templates; i++) {
            if (structure->indications[i][target] == 0)
                continue;
            temporal = MAX(temporal, value->temporal[i]);
            spatial = MAX(spatial, structure->spatial[i]);
        }
        value->target_opens[target] = (uint8_t)(spatial == structure->highest_spatial ? temporal : 0);
        for (unsigned i = 0; i < value->n_templates; i++) {
            if (structure->indications[i][target] == INDICATION_SWITCH)
                value->opens[i] = MAX(value->opens[i], value->target_opens[target]);
        }
    }
}

static void
skip_chains(Bits *bits, const MediaDependency *value)
{
    unsigned n_chains = take_non_symmetric(bits, value->n_targets + 1u);

    if (n_chains == 0)
        return;
    for (unsigned i = 0; i < value->n_targets; i++)
        take_non_symmetric(bits, n_chains);
    for (unsigned i = 0; i < value->n_templates * n_chains && !bits->over; i++)
        take(bits, 4);
}

static bool
take_structure(Bits *bits, MediaDependency *ret_structure)
{
    Structure structure = { 0 };
    MediaDependency *value = &structure.value;

    value->first_id = (uint8_t)take(bits, 6);
    value->n_targets = (uint8_t)(take(bits, 5) + 1);
    if (!take_layers(bits, &structure))
        return false;
    for (unsigned i = 0; i < value->n_templates; i++) {
        for (unsigned target = 0; target < value->n_targets; target++)
            structure.indications[i][target] = (uint8_t)take(bits, 2);
    }
    for (unsigned i = 0; i < value->n_templates; i++) {
        while (take(bits, 1) == 1)
            take(bits, 4);
    }
    skip_chains(bits, value);
    if (take(bits, 1) == 1) {
        for (unsigned i = 0; i <= structure.highest_spatial && !bits->over; i++) {
            value->width = (uint16_t)(take(bits, 16) + 1);
            value->height = (uint16_t)(take(bits, 16) + 1);
        }
    }
    if (bits->over)
        return false;
    derive(&structure);
    *ret_structure = *value;
    return true;
}

bool
media_dependency_read(MediaDependency *self, const uint8_t *bytes, size_t size, MediaDescriptor *ret_descriptor)
{
    Bits bits = { .bytes = bytes, .n_bits = size * 8, .at = MANDATORY_SIZE * 8 };
    bool custom = false;

    if (size < MANDATORY_SIZE)
        return false;
    if (size > MANDATORY_SIZE) {
        bool structure = take(&bits, 1) == 1;
        bool active = take(&bits, 1) == 1;

        custom = take(&bits, 1) == 1;
        take(&bits, 2); /* custom frame differences and chains follow what is read here */
        if (structure && !take_structure(&bits, self))
            return false;
        if (active)
            take(&bits, self->n_targets);
    }

    unsigned i =
        ((bytes[0] & 0x3fu) + MEDIA_DEPENDENCY_MAX_TEMPLATES - self->first_id) % MEDIA_DEPENDENCY_MAX_TEMPLATES;
    if (i >= self->n_templates)
        return false;
    MediaDescriptor descriptor = { .temporal = self->temporal[i], .opens = self->opens[i] };
    if (custom) {
        descriptor.opens = 0;
        for (unsigned target = 0; target < self->n_targets; target++) {
            if (take(&bits, 2) == INDICATION_SWITCH)
                descriptor.opens = MAX(descriptor.opens, self->target_opens[target]);
        }
        if (bits.over)
            return false;
    }
    *ret_descriptor = descriptor;
    return true;
}
