#include <math.h>

#include "gateway/demo/demo.h"

/* Where the invented units are, and an alarm of an invented platform. */

#define CITY_LAT      30.92
#define CITY_LON      117.31
#define COUNTY_RADIUS 0.34 /* degrees */
#define OFFICE_RADIUS 0.11

enum { N_COUNTIES = 10, N_OFFICES = 96, PLACES_PER_COUNTY = 10 };

static void
add_place(JsonArray *places, const char *unit, double lat, double lon)
{
    JsonObject *row = json_object_new();
    g_autofree char *object = g_strconcat("unit:", unit, NULL);

    json_object_set_string_member(row, "object", object);
    json_object_set_double_member(row, "lat", lat);
    json_object_set_double_member(row, "lon", lon);
    json_array_add_object_element(places, row);
}

static void
get_county(unsigned number, double *ret_lat, double *ret_lon)
{
    double turn = 2 * G_PI * number / N_COUNTIES;

    *ret_lat = CITY_LAT + COUNTY_RADIUS * sin(turn);
    *ret_lon = CITY_LON + COUNTY_RADIUS * 1.2 * cos(turn);
}

static void
get_office(unsigned number, double *ret_lat, double *ret_lon)
{
    double lat = 0, lon = 0, turn = 2 * G_PI * (number / N_COUNTIES) / PLACES_PER_COUNTY + number;
    double radius = OFFICE_RADIUS * (0.55 + 0.45 * ((number * 7) % 10) / 10.0);

    get_county(number % N_COUNTIES, &lat, &lon);
    *ret_lat = lat + radius * sin(turn);
    *ret_lon = lon + radius * 1.2 * cos(turn);
}

JsonArray *
gw_demo_make_places(void)
{
    JsonArray *places = json_array_new();
    double lat = 0, lon = 0;

    add_place(places, "demo-city", CITY_LAT, CITY_LON);
    add_place(places, "demo-prison", CITY_LAT - 0.06, CITY_LON + 0.09);
    for (unsigned i = 0; i < N_COUNTIES; i++) {
        g_autofree char *unit = g_strdup_printf("demo-county-%u", i + 1);
        get_county(i, &lat, &lon);
        add_place(places, unit, lat, lon);
    }
    for (unsigned i = 0; i < N_OFFICES; i++) {
        g_autofree char *unit = g_strdup_printf("demo-office-%u", i + 1);
        get_office(i, &lat, &lon);
        add_place(places, unit, lat, lon);
    }
    return places;
}

JsonObject *
gw_demo_make_alarm(int64_t now_ms)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(now_ms / 1000);
    g_autoptr(GDateTime) occurred = g_date_time_add_minutes(now, -4);
    g_autofree char *id = g_date_time_format(now, "demo-%Y%m%d-1");
    g_autofree char *time = g_date_time_format_iso8601(occurred);
    JsonObject *alarm = json_object_new();
    double lat = 0, lon = 0;

    get_office(0, &lat, &lon);
    json_object_set_string_member(alarm, "alarm_id", id);
    json_object_set_string_member(alarm, "person_ref", "demo-supervisee-1");
    json_object_set_string_member(alarm, "unit_code", "demo-office-1");
    json_object_set_string_member(alarm, "kind", "越界");
    json_object_set_string_member(alarm, "occurred_at", time);
    json_object_set_double_member(alarm, "lat", lat + 0.021);
    json_object_set_double_member(alarm, "lon", lon + 0.034);
    json_object_set_string_member(alarm, "datum", "GCJ02");
    json_object_set_double_member(alarm, "accuracy", 35);
    return alarm;
}
