/* gateway/people/mask.h - what is shown of somebody's telephone and identity number
 *
 * Nobody is shown the whole of them in passing: everything that leaves the gateway goes through here, and who needs one asks
 * for that one, with a reason that is put on record (visits.unmask).
 * Pure: any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

enum { GW_MASK_MAX = 64 /* bytes of a number */ };

/* "138****5678", "110***********002X": its first three and last four letters; all of a short one is hidden. Owned; NULL stays
 * NULL. */
char *gw_mask_number(const char *number);

/* Letters, digits, spaces, '+', '-', 1 to GW_MASK_MAX: as it may be imported. */
bool gw_mask_is_number(const char *number);

G_END_DECLS
