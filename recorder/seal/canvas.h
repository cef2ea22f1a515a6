/* recorder/seal/canvas.h - one picture of a derivative: tiles with pictures or plain cards, names, the clock, the watermark
 *
 * Ownership: the caller. Thread: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/order.h"
#include "recorder/seal/source.h"

G_BEGIN_DECLS

enum { SEAL_CANVAS_MAX_TILES = 9 };

typedef struct SealCanvas SealCanvas;

/* Once, before the sandbox: fonts are looked for. */
void seal_canvas_init(void);

/* order: borrowed while the canvas lives. */
SealCanvas *seal_canvas_new(const RecOrder *order, unsigned n_tiles, int64_t duration_us);
void seal_canvas_free(SealCanvas *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SealCanvas, seal_canvas_free)

unsigned seal_canvas_get_width(const SealCanvas *self);
unsigned seal_canvas_get_height(const SealCanvas *self);
/* How large pictures of a tile need to be at most. */
void seal_canvas_get_tile_size(const SealCanvas *self, uint16_t *ret_width, uint16_t *ret_height);

/* What is in a tile. */
typedef struct {
    const char *name;           /* of the party */
    const char *cause;          /* of a card; NULL: unknown */
    const SealPicture *picture; /* NULL: a card */
    const GPtrArray *edits;     /* RecEdit *: what of the picture is black now; without an area: all */
    bool is_speaking;
} SealTile;

/* tiles: as many as there are; the first is the large one where one is. */
void seal_canvas_draw(SealCanvas *self, const SealTile *tiles, int64_t at_us, int64_t wall_us);
/* Rows of width * 4 bytes, blue first; borrowed, until the next is drawn. */
const uint8_t *seal_canvas_get_bytes(SealCanvas *self);

G_END_DECLS
