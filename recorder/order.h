/* recorder/order.h - what is to be made of a recording: one playable picture, how it looks, and what is taken out of it
 *
 * As JSON: {"layout", "title", "note", "watermark"?, "names": {PARTY: NAME}, "edits": [EDIT]}. Any bytes are safe.
 * An edit: {"what": "mute"|"black", "party"?, "from_ms", "to_ms", "area"?: {"x", "y", "width", "height"}}; of sound without a
 * party: all; of pictures without a party: all; the area is in thousandths of the party's picture.
 * A value; owned by the caller. Thread: any. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/error.h"

G_BEGIN_DECLS

enum {
    REC_ORDER_MAX_EDITS = 200,
    REC_ORDER_MAX_NAMES = 64,
    REC_ORDER_MAX_TEXT = 400, /* bytes of a name, a title, a watermark */
    REC_ORDER_MAX_BYTES = 256 * 1024,
    REC_ORDER_WHOLE = 1000, /* an area's full width and height */
};
#define REC_ORDER_MAX_MS INT64_C(604800000) /* a week: longer than any recording */

typedef enum {
    REC_LAYOUT_SIDE_BY_SIDE,
    REC_LAYOUT_SPEAKER,
} RecLayout;

typedef struct {
    bool is_mute; /* else black */
    char *party;  /* NULL: all */
    int64_t from_us, to_us;
    bool has_area;
    uint16_t x, y, width, height; /* thousandths */
} RecEdit;

typedef struct {
    RecLayout layout;
    char *title, *note, *watermark; /* note: what this is; each may be NULL */
    GHashTable *names;              /* party -> name, owned */
    GPtrArray *edits;               /* RecEdit *, owned */
} RecOrder;

RecOrder *rec_order_new(void);
void rec_order_free(RecOrder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecOrder, rec_order_free)

/* False: there is no layout of that name. */
bool rec_layout_from_string(const char *name, RecLayout *ret_layout);
const char *rec_layout_to_string(RecLayout layout);

/* Adds them; REC_ERROR_INVALID says which one is wrong, and how. Then some may have been added. */
bool rec_order_add_edits(RecOrder *self, JsonArray *edits, GError **error) G_GNUC_WARN_UNUSED_RESULT;

JsonNode *rec_order_edits_to_json(const RecOrder *self); /* an array */
char *rec_order_to_json(const RecOrder *self);
RecOrder *rec_order_from_json(const char *text, size_t size, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether it is about this party (NULL is nobody's) at a moment between the two. */
bool rec_edit_covers(const RecEdit *self, const char *party, int64_t from_us, int64_t to_us);

G_END_DECLS
