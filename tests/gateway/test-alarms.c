#include <math.h>
#include <string.h>

#include "gateway/cases/alarm.h"
#include "signaling/error.h"

/* The points that implementations of the published conversion are tested with. */
static const struct {
    GwPosition wgs84, gcj02;
} published[] = {
    { { 31.1774276, 121.5272106 }, { 31.17530398364597, 121.531541859215 } }, /* Shanghai */
    { { 22.543847, 113.912316 }, { 22.540796131694766, 113.9171764808363 } }, /* Shenzhen */
    { { 39.911954, 116.377817 }, { 39.91334545536069, 116.38404722455657 } }, /* Beijing */
    { { 39.739200, -104.990300 }, { 39.739200, -104.990300 } },               /* Denver: the same */
    { { -27.469800, 153.025100 }, { -27.469800, 153.025100 } },               /* Brisbane: the same */
};

static void
test_published_points(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(published); i++) {
        GwPosition there = gw_position_to_gcj02(published[i].wgs84);
        GwPosition back = gw_position_to_wgs84(published[i].gcj02, GW_DATUM_GCJ02);
        GwPosition same = gw_position_to_wgs84(published[i].gcj02, GW_DATUM_WGS84);
        g_assert_cmpfloat_with_epsilon(there.lat, published[i].gcj02.lat, 1e-9);
        g_assert_cmpfloat_with_epsilon(there.lon, published[i].gcj02.lon, 1e-9);
        g_assert_cmpfloat(gw_position_distance_m(back, published[i].wgs84), <, 0.01);
        g_assert_cmpfloat(same.lat, ==, published[i].gcj02.lat);
    }
}

static void
test_distance(void)
{
    /* Published with the points above: 1078164 m, on a sphere as large as the equator. */
    double far = gw_position_distance_m(published[0].gcj02, published[2].gcj02) / 6371008.8 * 6378137;
    GwPosition here = { 30, 179.999 }, there = { 30, -179.999 };

    g_assert_cmpfloat_with_epsilon(far, 1078164, 1);
    g_assert_cmpfloat(gw_position_distance_m(here, there), <, 200);
    g_assert_cmpfloat(gw_position_distance_m(here, here), ==, 0);
}

#define GOOD                                                                                                           \
    "\"alarm_id\":\"a-1\",\"person_ref\":\"p-1\",\"unit_code\":\"office\",\"kind\":\"越界\","                        \
    "\"occurred_at\":\"2026-03-29T17:00:00+08:00\""

static bool
try(const char *members, GwAlarm *ret_alarm, GError **error)
{
    g_autofree char *text = g_strconcat("{", members, "}", NULL);

    return gw_alarm_parse(text, strlen(text), ret_alarm, error);
}

static void
test_both_positions_are_kept(void)
{
    GwAlarm alarm = { 0 };
    g_autoptr(GError) error = NULL;

    g_assert_true(try(GOOD
                      ",\"lat\":39.91334545536069,\"lon\":116.38404722455657,\"datum\":\"GCJ02\",\"accuracy\":12.5,"
                      "\"device\":\"bracelet 7\",\"received_at\":\"2026-03-29T09:00:01.250Z\"",
                      &alarm, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(alarm.kind, ==, "left-area");
    g_assert_cmpint(alarm.occurred_ms, ==, INT64_C(1774774800000));
    g_assert_cmpint(alarm.received_ms, ==, INT64_C(1774774801250));
    g_assert_true(alarm.has_position);
    g_assert_cmpfloat(alarm.sent.lat, ==, 39.91334545536069);
    g_assert_cmpfloat(gw_position_distance_m(alarm.at, published[2].wgs84), <, 0.01);
    g_assert_cmpfloat(alarm.accuracy_m, ==, 12.5);
    gw_alarm_clear(&alarm);
}

static void
test_a_telephone_that_is_off_has_no_position(void)
{
    GwAlarm alarm = { 0 };

    g_assert_true(try(GOOD, &alarm, NULL));
    g_assert_false(alarm.has_position);
    g_assert_cmpfloat(alarm.accuracy_m, <, 0);
    gw_alarm_clear(&alarm);
}

static void
test_every_kind_in_both_languages(void)
{
    for (const GwAlarmKind *kind = gw_alarm_kinds; kind->zh != NULL; kind++) {
        const char *const words[] = { kind->zh, kind->en };
        for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
            g_autofree char *text = g_strdup_printf("{\"alarm_id\":\"a\",\"person_ref\":\"p\",\"unit_code\":\"u\","
                                                    "\"kind\":\"%s\",\"occurred_at\":\"2026-03-29T09:00:00Z\"}",
                                                    words[i]);
            GwAlarm alarm = { 0 };
            g_assert_true(gw_alarm_parse(text, strlen(text), &alarm, NULL));
            g_assert_cmpstr(alarm.kind, ==, kind->en);
            gw_alarm_clear(&alarm);
        }
    }
}

static void
test_what_is_not_clear_is_refused(void)
{
    static const struct {
        const char *members, *said;
    } bad[] = {
        { GOOD ",\"lat\":39.9,\"lon\":116.3", "datum" },
        { GOOD ",\"lat\":39.9,\"datum\":\"WGS84\"", "lon" },
        { GOOD ",\"lat\":39.9,\"lon\":116.3,\"datum\":\"BD09\"", "datum" },
        { GOOD ",\"lat\":91,\"lon\":116.3,\"datum\":\"WGS84\"", "-90" },
        { GOOD ",\"lat\":39.9,\"lon\":-181,\"datum\":\"WGS84\"", "-180" },
        { GOOD ",\"lat\":\"39.9\",\"lon\":116.3,\"datum\":\"WGS84\"", "lat" },
        { GOOD ",\"accuracy\":-1", "accuracy" },
        { GOOD ",\"accuracy\":1e9", "accuracy" },
        { GOOD ",\"position\":{}", "position" },
        { GOOD ",\"device\":\"a\\nb\"", "device" },
        { "\"alarm_id\":\"a\",\"person_ref\":\"p\",\"unit_code\":\"u\",\"kind\":\"rain\","
          "\"occurred_at\":\"2026-03-29T09:00:00Z\"",
          "kind" },
        { "\"alarm_id\":\"a\",\"person_ref\":\"p\",\"unit_code\":\"u\",\"kind\":\"lost\","
          "\"occurred_at\":\"2026-03-29T09:00:00\"",
          "occurred_at" },
        { "\"alarm_id\":\"a\",\"person_ref\":\"p\",\"unit_code\":\"u\",\"kind\":\"lost\","
          "\"occurred_at\":\"1969-03-29T09:00:00Z\"",
          "occurred_at" },
        { "\"alarm_id\":\"a\",\"person_ref\":\"p\",\"unit_code\":\"u\",\"kind\":\"lost\",\"occurred_at\":1774774800",
          "occurred_at" },
        { "\"alarm_id\":\"\",\"person_ref\":\"p\",\"unit_code\":\"u\",\"kind\":\"lost\","
          "\"occurred_at\":\"2026-03-29T09:00:00Z\"",
          "alarm_id" },
        { "\"person_ref\":\"p\",\"unit_code\":\"u\",\"kind\":\"lost\",\"occurred_at\":\"2026-03-29T09:00:00Z\"",
          "alarm_id" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        GwAlarm alarm = { 0 };
        g_assert_false(try(bad[i].members, &alarm, &error));
        g_assert_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS);
        g_assert_nonnull(strstr(error->message, bad[i].said));
        g_assert_null(alarm.id);
    }
}

static void
test_sizes_are_bounded(void)
{
    g_autofree char *id = g_strnfill(GW_ALARM_MAX_ID + 1, 'a'), *rest = g_strnfill(GW_ALARM_MAX_BYTES, ' ');
    g_autofree char *long_id =
        g_strdup_printf("\"alarm_id\":\"%s\",\"person_ref\":\"p\",\"unit_code\":\"u\",\"kind\":\"lost\","
                        "\"occurred_at\":\"2026-03-29T09:00:00Z\"",
                        id);
    g_autofree char *fits =
        g_strdup_printf("\"alarm_id\":\"%s\",\"person_ref\":\"p\",\"unit_code\":\"u\",\"kind\":\"lost\","
                        "\"occurred_at\":\"2026-03-29T09:00:00Z\"",
                        id + 1);
    g_autofree char *large = g_strconcat(GOOD, rest, NULL);
    g_autoptr(GError) error = NULL;
    GwAlarm alarm = { 0 };

    g_assert_false(try(long_id, &alarm, NULL));
    g_assert_true(try(fits, &alarm, NULL));
    gw_alarm_clear(&alarm);
    g_assert_false(try(large, &alarm, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_TOO_LARGE);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cases/datum/the-published-points-come-out", test_published_points);
    g_test_add_func("/cases/datum/distances-are-those-of-the-sphere", test_distance);
    g_test_add_func("/cases/alarm/both-positions-are-kept", test_both_positions_are_kept);
    g_test_add_func("/cases/alarm/a-telephone-that-is-off-has-no-position",
                    test_a_telephone_that_is_off_has_no_position);
    g_test_add_func("/cases/alarm/every-kind-in-both-languages", test_every_kind_in_both_languages);
    g_test_add_func("/cases/alarm/what-is-not-clear-is-refused", test_what_is_not_clear_is_refused);
    g_test_add_func("/cases/alarm/sizes-are-bounded", test_sizes_are_bounded);
    return g_test_run();
}
