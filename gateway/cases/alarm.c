#include "gateway/cases/alarm.h"

#include <math.h>
#include <string.h>

#include "signaling/json.h"
#include "signaling/params.h"

#define SCALE          1e7
#define MAX_ACCURACY_M 1e6
#define FIRST_MS       INT64_C(946684800000)  /* 2000 */
#define LAST_MS        INT64_C(4102444800000) /* 2100 */
#define MAX_TIME_TEXT  40

const GwAlarmKind gw_alarm_kinds[] = {
    { "越界", "left-area" }, { "关机", "switched-off" }, { "人机分离", "left-behind" },
    { "失联", "lost" },      { "低电", "low-battery" },  { "拆卸", "removed" },
    { NULL, NULL },
};

const SigParam gw_alarm_fields[] = {
    { .name = "alarm_id", .type = SIG_TYPE_STRING, .min = 1, .max = GW_ALARM_MAX_ID },
    { .name = "person_ref", .type = SIG_TYPE_STRING, .min = 1, .max = GW_ALARM_MAX_REF },
    { .name = "unit_code", .type = SIG_TYPE_STRING, .min = 1, .max = GW_ALARM_MAX_REF },
    { .name = "kind", .type = SIG_TYPE_STRING, .min = 1, .max = GW_ALARM_MAX_REF },
    { .name = "occurred_at", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_TIME_TEXT },
    { .name = "received_at", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = MAX_TIME_TEXT },
    { .name = "lat", .type = SIG_TYPE_NUMBER, .optional = true },
    { .name = "lon", .type = SIG_TYPE_NUMBER, .optional = true },
    { .name = "datum", .type = SIG_TYPE_STRING, .optional = true, .max = 16, .values = gw_datum_names },
    { .name = "accuracy", .type = SIG_TYPE_NUMBER, .optional = true },
    { .name = "device", .type = SIG_TYPE_STRING, .optional = true, .max = GW_ALARM_MAX_DEVICE },
    { NULL },
};

static bool
refuse(GError **error, const char *message)
{
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, message);
    return false;
}

static const char *
find_kind(const char *text)
{
    for (const GwAlarmKind *kind = gw_alarm_kinds; kind->zh != NULL; kind++) {
        if (strcmp(text, kind->zh) == 0 || strcmp(text, kind->en) == 0)
            return kind->en;
    }
    return NULL;
}

/* With its offset from UTC: without it nobody knows when it was. */
static bool
read_time(JsonObject *object, const char *name, int64_t *ret_ms, GError **error)
{
    const char *text = json_object_get_string_member_with_default(object, name, NULL);
    g_autoptr(GDateTime) time = text != NULL ? g_date_time_new_from_iso8601(text, NULL) : NULL;
    int64_t ms = time != NULL ? g_date_time_to_unix(time) * 1000 + g_date_time_get_microsecond(time) / 1000 : 0;

    if (text == NULL)
        return true;
    if (time == NULL || ms < FIRST_MS || ms >= LAST_MS) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                    "%s is a time with its offset from UTC, as 2026-03-29T17:00:00+08:00.", name);
        return false;
    }
    *ret_ms = ms;
    return true;
}

static bool
read_position(JsonObject *object, GwAlarm *alarm, GError **error)
{
    bool has_lat = json_object_has_member(object, "lat"), has_lon = json_object_has_member(object, "lon");
    const char *datum = json_object_get_string_member_with_default(object, "datum", NULL);

    alarm->accuracy_m = json_object_get_double_member_with_default(object, "accuracy", -1);
    if (json_object_has_member(object, "accuracy") && !(alarm->accuracy_m >= 0 && alarm->accuracy_m <= MAX_ACCURACY_M))
        return refuse(error, "accuracy is in metres, from 0 to 1000000.");
    if (!has_lat && !has_lon)
        return true;
    if (!has_lat || !has_lon || datum == NULL)
        return refuse(error, "A position has lat, lon and datum (WGS84 or GCJ02), or none of them is sent.");
    alarm->sent.lat = json_object_get_double_member(object, "lat");
    alarm->sent.lon = json_object_get_double_member(object, "lon");
    if (!gw_datum_from_string(datum, &alarm->datum) || !gw_position_is_valid(alarm->sent))
        return refuse(error, "lat is from -90 to 90 and lon from -180 to 180, in degrees.");
    alarm->at = gw_position_to_wgs84(alarm->sent, alarm->datum);
    alarm->has_position = true;
    return true;
}

bool
gw_alarm_read(JsonObject *object, GwAlarm *ret_alarm, GError **error)
{
    GwAlarm alarm = { .accuracy_m = -1 };

    if (!sig_params_check(gw_alarm_fields, object, error))
        return false;
    alarm.kind = find_kind(json_object_get_string_member(object, "kind"));
    if (alarm.kind == NULL)
        return refuse(error, "kind is one of 越界, 关机, 人机分离, 失联, 低电, 拆卸.");
    if (!read_time(object, "occurred_at", &alarm.occurred_ms, error) ||
        !read_time(object, "received_at", &alarm.received_ms, error) || !read_position(object, &alarm, error))
        return false;
    alarm.id = g_strdup(json_object_get_string_member(object, "alarm_id"));
    alarm.person = g_strdup(json_object_get_string_member(object, "person_ref"));
    alarm.unit_code = g_strdup(json_object_get_string_member(object, "unit_code"));
    alarm.device = g_strdup(json_object_get_string_member_with_default(object, "device", NULL));
    *ret_alarm = alarm;
    return true;
}

bool
gw_alarm_parse(const char *bytes, size_t size, GwAlarm *ret_alarm, GError **error)
{
    g_autoptr(JsonNode) node = NULL;

    if (size > GW_ALARM_MAX_BYTES) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_TOO_LARGE, "An alarm has at most %d bytes.", GW_ALARM_MAX_BYTES);
        return false;
    }
    node = sig_json_parse(bytes, size, error);
    if (node == NULL)
        return false;
    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_INVALID, "The body must be a JSON object.");
        return false;
    }
    return gw_alarm_read(json_node_get_object(node), ret_alarm, error);
}

void
gw_alarm_clear(GwAlarm *self)
{
    g_free(self->id);
    g_free(self->person);
    g_free(self->unit_code);
    g_free(self->device);
    *self = (GwAlarm){ 0 };
}

static bool
is_same_place(const GwAlarm *a, const GwAlarm *b)
{
    if (a->has_position != b->has_position || a->datum != b->datum)
        return false;
    return gw_degrees_to_int(a->sent.lat) == gw_degrees_to_int(b->sent.lat) &&
           gw_degrees_to_int(a->sent.lon) == gw_degrees_to_int(b->sent.lon);
}

bool
gw_alarm_is_same(const GwAlarm *a, const GwAlarm *b)
{
    return strcmp(a->id, b->id) == 0 && strcmp(a->person, b->person) == 0 && strcmp(a->unit_code, b->unit_code) == 0 &&
           strcmp(a->kind, b->kind) == 0 && a->occurred_ms == b->occurred_ms && is_same_place(a, b);
}

int64_t
gw_degrees_to_int(double degrees)
{
    return (int64_t)llround(degrees * SCALE);
}

double
gw_degrees_from_int(int64_t number)
{
    return (double)number / SCALE;
}

void
gw_position_to_json(GwPosition position, JsonObject *object)
{
    json_object_set_double_member(object, "lat", position.lat);
    json_object_set_double_member(object, "lon", position.lon);
}
