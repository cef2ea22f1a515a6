/* media/ssrc-table.h - which stream an SSRC belongs to
 *
 * Pure: fixed size, no allocation. A zeroed MediaSsrcTable is empty. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEDIA_SSRC_TABLE_SLOTS = 256, /* a power of two */
    MEDIA_SSRC_TABLE_MAX = 64,    /* SSRCs held; a quarter full, so that searches are short */
};

typedef struct {
    size_t n_used;
    struct {
        bool used;
        uint8_t stream;
        uint32_t ssrc;
    } slots[MEDIA_SSRC_TABLE_SLOTS];
} MediaSsrcTable;

/* Adds or moves it; false when the table is full. */
bool media_ssrc_table_set(MediaSsrcTable *self, uint32_t ssrc, uint8_t stream);
bool media_ssrc_table_find(const MediaSsrcTable *self, uint32_t ssrc, uint8_t *ret_stream);
void media_ssrc_table_remove(MediaSsrcTable *self, uint32_t ssrc); /* one that is not there is fine */
