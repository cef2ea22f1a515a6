/* gateway/cases/alarm.h - one alarm of a location platform (IF1), as it came and as it is kept
 *
 * A value. What cannot be understood is refused with a sentence that says what to send; what is strange but clear (a time ahead
 * of ours, a unit that we do not have) is kept, and said. Parsing: any thread. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

#include "gateway/cases/datum.h"
#include "gateway/store/store.h"
#include "signaling/method.h"

G_BEGIN_DECLS

enum {
    GW_ALARM_MAX_BYTES = 8192, /* of a body */
    GW_ALARM_MAX_ID = 128,
    GW_ALARM_MAX_REF = 64,
    GW_ALARM_MAX_DEVICE = 100,
    GW_ALARM_AHEAD_MS = 5 * 60 * 1000, /* later than this after our own clock: kept, and marked */
};

typedef struct {
    char *id, *person, *unit_code, *device; /* device may be NULL */
    const char *kind;                       /* a word of docs/interfaces.md; constant */
    int64_t occurred_ms;
    int64_t received_ms; /* by the platform; 0: not said */
    bool has_position;
    GwDatum datum;
    GwPosition sent, at; /* as it came; WGS84 */
    double accuracy_m;   /* negative: not said */
} GwAlarm;

/* {zh, en} of each kind, as platforms send them and as pages and the store have them. */
typedef struct {
    const char *zh, *en;
} GwAlarmKind;

extern const GwAlarmKind gw_alarm_kinds[]; /* ends with { NULL } */

extern const SigParam gw_alarm_fields[]; /* what an alarm says, by name; ends with { NULL } */

/* Fails with SIG_ERROR; writes nothing then. */
bool gw_alarm_parse(const char *bytes, size_t size, GwAlarm *ret_alarm, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_alarm_read(JsonObject *object, GwAlarm *ret_alarm, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_alarm_clear(GwAlarm *self);
bool gw_alarm_is_same(const GwAlarm *a, const GwAlarm *b); /* says the same */

/* Positions in the store are whole numbers: degrees times ten million. */
int64_t gw_degrees_to_int(double degrees);
double gw_degrees_from_int(int64_t number);
void gw_position_to_json(GwPosition position, JsonObject *object); /* lat, lon */

G_END_DECLS
