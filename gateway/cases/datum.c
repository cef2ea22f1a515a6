#include "gateway/cases/datum.h"

#include <math.h>

/* Krasovsky 1940, in metres, as the published approximation has it. */
#define AXIS         6378245.0
#define ECCENTRICITY 0.00669342162296594323
#define EARTH_M      6371008.8

enum { MAX_STEPS = 10 };

const char *const gw_datum_names[] = { "WGS84", "GCJ02", NULL };

bool
gw_datum_from_string(const char *name, GwDatum *ret_datum)
{
    for (unsigned i = 0; gw_datum_names[i] != NULL; i++) {
        if (g_strcmp0(name, gw_datum_names[i]) != 0)
            continue;
        *ret_datum = (GwDatum)i;
        return true;
    }
    return false;
}

bool
gw_position_is_valid(GwPosition position)
{
    return isfinite(position.lat) && isfinite(position.lon) && fabs(position.lat) <= 90 && fabs(position.lon) <= 180;
}

static bool
is_shifted(GwPosition position)
{
    return position.lon >= 72.004 && position.lon <= 137.8347 && position.lat >= 0.8293 && position.lat <= 55.8271;
}

static double
wave(double x, double a, double b, double c)
{
    return a * sin(x * G_PI) + b * sin(x / c * G_PI);
}

/* By how many metres north and east, at so many degrees from 35 N, 105 E. */
static GwPosition
get_shift_m(double x, double y)
{
    double both = (20.0 * sin(6.0 * x * G_PI) + 20.0 * sin(2.0 * x * G_PI)) * 2.0 / 3.0;
    double root = sqrt(fabs(x));
    double north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + both;
    double east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + both;

    north += wave(y, 20.0, 40.0, 3.0) * 2.0 / 3.0;
    north += (160.0 * sin(y / 12.0 * G_PI) + 320.0 * sin(y / 30.0 * G_PI)) * 2.0 / 3.0;
    east += wave(x, 20.0, 40.0, 3.0) * 2.0 / 3.0;
    east += (150.0 * sin(x / 12.0 * G_PI) + 300.0 * sin(x / 30.0 * G_PI)) * 2.0 / 3.0;
    return (GwPosition){ north, east };
}

GwPosition
gw_position_to_gcj02(GwPosition wgs84)
{
    double lat = wgs84.lat / 180.0 * G_PI, magic = 1 - ECCENTRICITY * sin(lat) * sin(lat);
    GwPosition shift;

    if (!is_shifted(wgs84))
        return wgs84;
    shift = get_shift_m(wgs84.lon - 105.0, wgs84.lat - 35.0);
    return (GwPosition){
        wgs84.lat + shift.lat * 180.0 / (AXIS * (1 - ECCENTRICITY) / (magic * sqrt(magic)) * G_PI),
        wgs84.lon + shift.lon * 180.0 / (AXIS / sqrt(magic) * cos(lat) * G_PI),
    };
}

GwPosition
gw_position_to_wgs84(GwPosition position, GwDatum datum)
{
    GwPosition guess = position;

    if (datum == GW_DATUM_WGS84 || !is_shifted(position))
        return position;
    for (unsigned i = 0; i < MAX_STEPS; i++) {
        GwPosition there = gw_position_to_gcj02(guess);
        guess.lat += position.lat - there.lat;
        guess.lon += position.lon - there.lon;
    }
    return guess;
}

double
gw_position_distance_m(GwPosition a, GwPosition b)
{
    double lat1 = a.lat / 180.0 * G_PI, lat2 = b.lat / 180.0 * G_PI;
    double x = sin((lat2 - lat1) / 2), y = sin((b.lon - a.lon) / 360.0 * G_PI);

    return 2 * EARTH_M * asin(sqrt(MIN(1.0, x * x + cos(lat1) * cos(lat2) * y * y)));
}
