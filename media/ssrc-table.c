#include "media/ssrc-table.h"

static size_t
hash(uint32_t ssrc)
{
    return (ssrc * UINT32_C(2654435769)) >> 24; /* 8 bits: the number of slots */
}

static size_t
step(size_t i)
{
    return (i + 1) % MEDIA_SSRC_TABLE_SLOTS;
}

/* The slot that holds it, or the free one where it would go. */
static size_t
locate(const MediaSsrcTable *self, uint32_t ssrc)
{
    size_t i = hash(ssrc);

    while (self->slots[i].used && self->slots[i].ssrc != ssrc)
        i = step(i);
    return i;
}

bool
media_ssrc_table_set(MediaSsrcTable *self, uint32_t ssrc, uint8_t stream)
{
    size_t i = locate(self, ssrc);

    if (!self->slots[i].used) {
        if (self->n_used == MEDIA_SSRC_TABLE_MAX)
            return false;
        self->n_used++;
        self->slots[i].used = true;
        self->slots[i].ssrc = ssrc;
    }
    self->slots[i].stream = stream;
    return true;
}

bool
media_ssrc_table_find(const MediaSsrcTable *self, uint32_t ssrc, uint8_t *ret_stream)
{
    size_t i = locate(self, ssrc);

    if (!self->slots[i].used)
        return false;
    *ret_stream = self->slots[i].stream;
    return true;
}

void
media_ssrc_table_remove(MediaSsrcTable *self, uint32_t ssrc)
{
    size_t i = locate(self, ssrc);

    if (!self->slots[i].used)
        return;
    self->slots[i].used = false;
    self->n_used--;
    for (i = step(i); self->slots[i].used; i = step(i)) { /* those that were pushed on by it move back */
        uint32_t moved = self->slots[i].ssrc;
        uint8_t stream = self->slots[i].stream;

        self->slots[i].used = false;
        self->n_used--;
        media_ssrc_table_set(self, moved, stream);
    }
}
