#define G_LOG_DOMAIN "gateway.cases"

#include "gateway/cases/cases-priv.h"

#include <string.h>

#include "gateway/people/answer.h"
#include "gateway/people/secret.h"

/* An alarm comes in. It is acknowledged when it is on disk; the same alarm again is answered with the case that it made. */

typedef struct {
    GwCases *cases;
    char *platform;
    char *name, *home; /* of the person, as the register of subjects has it, and whose he is; NULL: it has none */
    GwAlarm alarm;
    bool again; /* somebody was first with this id: looked up once more */
    GwCase *one;
    GwCaseAlarm *added; /* owned by the case */
    GwAlarmDone done;
    void *user_data;
} Intake;

static void
finish(Intake *intake, JsonObject *answer, const GError *error)
{
    g_autoptr(JsonObject) own = answer;

    intake->done(own, error, intake->user_data);
    gw_alarm_clear(&intake->alarm);
    g_free(intake->platform);
    g_free(intake->name);
    g_free(intake->home);
    g_free(intake);
}

static void
fail(Intake *intake, SigError code, const char *message)
{
    g_autoptr(GError) error = g_error_new_literal(SIG_ERROR, (int)code, message);

    finish(intake, NULL, error);
}

static void
fail_store(Intake *intake, const GError *error)
{
    g_warning("alarm: %s", error->message);
    fail(intake, SIG_ERROR_UNAVAILABLE, "The alarm cannot be kept now: send it again.");
}

static JsonObject *
make_answer(const char *case_id, const char *alarm, bool known, int64_t arrived_ms)
{
    JsonObject *answer = gw_object_with_text("case_id", case_id);
    g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(arrived_ms / 1000);
    g_autofree char *text = g_date_time_format_iso8601(at);

    json_object_set_string_member(answer, "alarm_id", alarm);
    json_object_set_boolean_member(answer, "known", known);
    json_object_set_string_member(answer, "received_at", text);
    return answer;
}

/* What the platform names, where the platform is; otherwise the platform's own unit has to assign it. */
static const char *
find_unit(GwCases *self, const GwPlatform *platform, const char *code, bool *ret_known)
{
    const GwUnit *unit = gw_people_get_unit(self->gateway->people, code);

    *ret_known =
        unit != NULL && unit->closed_ms == 0 && gw_people_covers(self->gateway->people, platform->unit, unit->id);
    return *ret_known ? unit->id : platform->unit;
}

static GwCase *
open_case(Intake *intake, const GwPlatform *platform)
{
    g_autofree char *id = gw_secret_new_id("case");
    GwCase *one = gw_case_new(id);

    one->platform = g_strdup(platform->id);
    one->person = g_strdup(intake->alarm.person);
    one->unit = g_strdup(find_unit(intake->cases, platform, intake->alarm.unit_code, &one->unit_known));
    if (intake->home != NULL && gw_people_covers(intake->cases->gateway->people, platform->unit, intake->home))
        one->name = g_strdup(intake->name);
    one->opened_ms = gw_cases_now_ms(intake->cases);
    gw_cases_adopt(intake->cases, one);
    return one;
}

/* Cameras near by, and the office's own terminals, come first on walls. */
static void
alarm_walls(GwCases *self, const GwCase *one)
{
    const GwCaseAlarm *seen = gw_case_get_last_seen(one);
    g_autofree const char **cameras =
        seen != NULL ? gw_places_near_ids(self, seen->alarm.at, one->unit, GW_CASES_NEAR) : NULL;

    for (unsigned i = 0; self->needs.wall != NULL && cameras != NULL && cameras[i] != NULL; i++) {
        g_autofree char *source = g_strconcat("camera:", cameras[i], NULL);
        gw_wall_alarm(self->needs.wall, source, "location");
    }
}

static void
note_alarm(const Intake *intake)
{
    g_autofree char *who = g_strconcat("platform:", intake->platform, NULL);
    g_autofree char *object = g_strconcat("case:", intake->one->id, NULL);
    const GwActor actor = { .audit = who };
    JsonObject *detail = gw_object_with_text("alarm", intake->added->alarm.id);

    json_object_set_string_member(detail, "kind", intake->added->alarm.kind);
    json_object_set_string_member(detail, "unit", intake->one->unit);
    json_object_set_boolean_member(detail, "joined", intake->one->alarms->len > 1);
    gw_cases_note(intake->cases, &actor, "case.alarm", object, detail);
}

static void look_up(Intake *intake);

/* Nobody was told of it: as if it had not come. */
static void
take_back(Intake *intake)
{
    GwCase *one = intake->one;
    g_autofree char *key = g_strconcat(one->platform, " ", one->person, NULL);

    intake->alarm = intake->added->alarm;
    intake->added->alarm = (GwAlarm){ 0 };
    g_ptr_array_remove(one->alarms, intake->added);
    intake->added = NULL;
    if (one->alarms->len > 0)
        return;
    g_hash_table_remove(intake->cases->open, key);
    g_hash_table_remove(intake->cases->by_id, one->id);
}

static void
on_written(GwRows *rows, const GError *error, void *user_data)
{
    Intake *intake = user_data;
    bool first = error == NULL && intake->one->alarms->len == 1;

    (void)rows;
    if (error != NULL)
        take_back(intake);
    if (g_error_matches(error, GW_STORE_ERROR, GW_STORE_ERROR_CONFLICT) && !intake->again) {
        intake->again = true;
        look_up(intake);
        return;
    }
    if (error != NULL) {
        fail_store(intake, error);
        return;
    }
    note_alarm(intake);
    gw_cases_tell(intake->cases, intake->one);
    if (first)
        alarm_walls(intake->cases, intake->one);
    finish(intake, make_answer(intake->one->id, intake->added->alarm.id, false, intake->added->arrived_ms), NULL);
}

static void
keep(Intake *intake, const GwPlatform *platform)
{
    GwCases *self = intake->cases;
    GwCase *one = gw_cases_find_open(self, intake->platform, intake->alarm.person);
    GPtrArray *statements = NULL;

    if (one == NULL && g_hash_table_size(self->open) >= GW_CASES_MAX_OPEN) {
        fail(intake, SIG_ERROR_LIMIT, "Too many cases are open: some have to be closed first. Send the alarm again.");
        return;
    }
    if (one != NULL && one->alarms->len >= GW_CASES_MAX_ALARMS) {
        fail(intake, SIG_ERROR_LIMIT,
             "This person's case has as many alarms as one can have: it has to be closed first.");
        return;
    }
    if (one == NULL)
        one = open_case(intake, platform);
    intake->one = one;
    intake->added = g_new0(GwCaseAlarm, 1);
    intake->added->alarm = intake->alarm;
    intake->added->arrived_ms = gw_cases_now_ms(self);
    intake->alarm = (GwAlarm){ 0 };
    g_ptr_array_add(one->alarms, intake->added);
    statements = g_ptr_array_new();
    g_ptr_array_add(statements, gw_case_to_statement(one));
    g_ptr_array_add(statements, gw_case_alarm_to_statement(one, intake->added));
    gw_store_run_all(self->gateway->store, statements, on_written, intake);
}

static void
on_looked_up(GwRows *rows, const GError *error, void *user_data)
{
    Intake *intake = user_data;
    const GwPlatform *platform = g_hash_table_lookup(intake->cases->platforms, intake->platform);

    if (error != NULL) {
        fail_store(intake, error);
        return;
    }
    intake->name = g_strdup(gw_rows_text(rows, 0, 0));
    intake->home = g_strdup(gw_rows_text(rows, 0, 1));
    if (!gw_rows_is_null(rows, 0, 2))
        finish(intake, make_answer(gw_rows_text(rows, 0, 2), intake->alarm.id, true, gw_rows_int(rows, 0, 3)), NULL);
    else if (platform == NULL || platform->revoked_ms != 0)
        fail(intake, SIG_ERROR_SIGN_IN, "This token has been revoked.");
    else
        keep(intake, platform);
}

static void
look_up(Intake *intake)
{
    GwStatement *statement =
        gw_statement_new("SELECT (SELECT name FROM subject WHERE id = ?1), (SELECT unit FROM subject WHERE id = ?1),"
                         " (SELECT case_id FROM location_alarm WHERE platform = ?2 AND id = ?3),"
                         " (SELECT arrived_ms FROM location_alarm WHERE platform = ?2 AND id = ?3)");

    g_clear_pointer(&intake->name, g_free);
    g_clear_pointer(&intake->home, g_free);
    gw_statement_text(statement, intake->alarm.person);
    gw_statement_text(statement, intake->platform);
    gw_statement_text(statement, intake->alarm.id);
    gw_store_run(intake->cases->gateway->store, statement, on_looked_up, intake);
}

void
gw_cases_take_alarm(GwCases *self, const GwPlatform *platform, GwAlarm *alarm, GwAlarmDone done, void *user_data)
{
    Intake *intake = g_new0(Intake, 1);

    intake->cases = self;
    intake->platform = g_strdup(platform->id);
    intake->alarm = *alarm;
    intake->done = done;
    intake->user_data = user_data;
    *alarm = (GwAlarm){ 0 };
    look_up(intake);
}

/* HTTP */

static void
on_taken(JsonObject *answer, const GError *error, void *user_data)
{
    if (error != NULL)
        sig_http_fail_error(user_data, error);
    else
        gw_answer(user_data, json_object_ref(answer));
}

static void
handle_post(SigHttp *http, void *user_data)
{
    GwCases *self = user_data;
    const GwPlatform *platform = g_hash_table_lookup(self->platforms, gw_identity_of_http(http)->id);
    const char *type = sig_http_get_header(http, "content-type");
    GBytes *body = sig_http_get_body(http);
    g_autoptr(GError) error = NULL;
    GwAlarm alarm = { 0 };
    size_t size = 0;
    const char *bytes = body != NULL ? g_bytes_get_data(body, &size) : NULL;

    if (type == NULL || g_ascii_strncasecmp(type, "application/json", strlen("application/json")) != 0)
        sig_http_fail(http, SIG_ERROR_INVALID, "The content type must be application/json.");
    else if (platform == NULL)
        sig_http_fail(http, SIG_ERROR_SIGN_IN, "This token has been revoked.");
    else if (!gw_alarm_parse(bytes != NULL ? bytes : "", size, &alarm, &error))
        sig_http_fail_error(http, error);
    else
        gw_cases_take_alarm(self, platform, &alarm, on_taken, http);
}

const SigRoute gw_alarm_routes[] = {
    { "POST", "/api/v1/alarms", GW_ACCESS_PLATFORM, GW_ALARM_MAX_BYTES,
      "A location alarm of a platform (IF1); the same alarm_id again is answered with the same case.", handle_post },
    { NULL },
};

/* The same from the owner's socket: for demonstrations. */

static void
on_taken_by_command(JsonObject *answer, const GError *error, void *user_data)
{
    if (error != NULL)
        gw_admin_fail_error(user_data, error);
    else
        gw_admin_reply_object(user_data, json_object_ref(answer));
}

static void
handle_command(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    const GwPlatform *platform =
        g_hash_table_lookup(self->platforms, json_object_get_string_member(params, "platform"));
    g_autoptr(GError) error = NULL;
    GwAlarm alarm = { 0 };

    if (platform == NULL || platform->revoked_ms != 0)
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "There is no such platform.");
    else if (!gw_alarm_read(json_object_get_object_member(params, "alarm"), &alarm, &error))
        gw_admin_fail_error(request, error);
    else
        gw_cases_take_alarm(self, platform, &alarm, on_taken_by_command, request);
}

const GwAdminCommand gw_alarm_commands[] = {
    { "alarm.post",
      (const SigParam[]){ { .name = "platform", .type = SIG_TYPE_STRING, .min = 1, .max = GW_CASES_MAX_ID },
                          { .name = "alarm", .type = SIG_TYPE_OBJECT },
                          { NULL } },
      handle_command },
    { NULL },
};
