/* gateway/cases/datum.h - positions: the two datums that alarms come in, and how far apart two places are
 *
 * WGS84 is what satellites say; GCJ-02 is what maps and telephones in the mainland say, off by up to 700 m. The way there is the
 * well-known published approximation; the way back is found by going there again, to a centimetre. Pure: any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct {
    double lat, lon; /* degrees */
} GwPosition;

typedef enum {
    GW_DATUM_WGS84,
    GW_DATUM_GCJ02,
} GwDatum;

extern const char *const gw_datum_names[]; /* "WGS84", "GCJ02"; NULL-terminated */

bool gw_datum_from_string(const char *name, GwDatum *ret_datum); /* false: there is none of this name */
bool gw_position_is_valid(GwPosition position);

/* Outside the mainland's frame both are the same. */
GwPosition gw_position_to_gcj02(GwPosition wgs84);
GwPosition gw_position_to_wgs84(GwPosition position, GwDatum datum);

double gw_position_distance_m(GwPosition a, GwPosition b); /* along the surface, of a sphere */

G_END_DECLS
