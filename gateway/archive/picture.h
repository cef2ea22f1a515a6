/* gateway/archive/picture.h - whether some bytes are one whole picture, of a size that a browser can show
 *
 * Looks at the frame of the format, not at the pixels: nothing is decoded. Any bytes are safe. Pure. Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum { GW_PICTURE_MAX_SIDE = 16384 };

/* "image/png", "image/jpeg" or "image/webp", constant; NULL: none of them, cut off, followed by something, or too large. */
const char *gw_picture_check(GBytes *bytes);
/* Of a file with such a content type: "png", "jpg", "webp". Constant. */
const char *gw_picture_get_suffix(const char *content_type);

G_END_DECLS
