/* signaling/range.h - which bytes of a file a Range header asks for (RFC 9110, 14)
 *
 * Thread: any. */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    SIG_RANGE_WHOLE, /* no header, another unit, a broken one, or several ranges: all of it, 200 */
    SIG_RANGE_PART,  /* 206 */
    SIG_RANGE_NONE,  /* no such bytes: 416 */
} SigRange;

/* header may be NULL. ret_first and ret_last (inclusive, within size) are written for PART. */
SigRange sig_range_parse(const char *header, uint64_t size, uint64_t *ret_first, uint64_t *ret_last);

G_END_DECLS
