#include <stdlib.h>
#include <string.h>

#include "gateway/lessons/lessons-priv.h"
#include "gateway/people/csv.h"

/* Minutes by month: of each office and each person, on a page and as a table (IF9). */

enum { MAX_ROWS = 20000, MONTH_LENGTH = 7 };

/* "2026-11" of this node's time zone. False: it is no month. */
static bool
read_month(const char *text, int64_t *ret_from_ms, int64_t *ret_until_ms)
{
    int year = 0, month = 0;

    if (text == NULL || strlen(text) != MONTH_LENGTH || text[4] != '-' || strspn(text, "0123456789-") != MONTH_LENGTH)
        return false;
    year = (int)strtol(text, NULL, 10);
    month = (int)strtol(text + 5, NULL, 10);
    g_autoptr(GDateTime) from = year >= 2000 ? g_date_time_new_local(year, month, 1, 0, 0, 0) : NULL;
    g_autoptr(GDateTime) until = from != NULL ? g_date_time_add_months(from, 1) : NULL;
    if (until == NULL)
        return false;
    *ret_from_ms = g_date_time_to_unix(from) * 1000;
    *ret_until_ms = g_date_time_to_unix(until) * 1000;
    return true;
}

static GwStatement *
make_statement(int64_t from_ms, int64_t until_ms)
{
    GwStatement *statement = gw_statement_new(
        "SELECT lesson.id, lesson.unit, lesson.person, title, lesson.session, started_ms, ended_ms, h.unit, h.name,"
        " h.number, h.present_ms, h.passed, h.failed, h.undecided, lesson.state FROM lesson_hours h"
        " JOIN lesson ON lesson.id = h.lesson WHERE started_ms >= ?1 AND started_ms < ?2"
        " ORDER BY h.unit, h.name, h.number, started_ms LIMIT ?3");

    gw_statement_int(statement, from_ms);
    gw_statement_int(statement, until_ms);
    gw_statement_int(statement, MAX_ROWS);
    return statement;
}

enum { C_ID, C_LESSON_UNIT, C_PERSON, C_TITLE, C_SESSION, C_STARTED, C_ENDED, C_UNIT, C_NAME, C_NUMBER, C_PRESENT };
enum { C_PASSED = C_PRESENT + 1, C_FAILED, C_OPEN, C_STATE };

static bool
may_see(GwLessons *self, const GwIdentity *identity, const GwRows *rows, unsigned row)
{
    return gw_people_reaches(self->base.gateway->people, identity, GW_ACCESS_INSPECTOR,
                             gw_rows_text(rows, row, C_UNIT));
}

/* lessons.hours: summed. Rows of one unit and person stand together. */

static bool
is_same(const GwRows *rows, unsigned a, unsigned b)
{
    for (unsigned column = C_UNIT; column <= C_NUMBER; column++) {
        if (strcmp(gw_rows_text(rows, a, column), gw_rows_text(rows, b, column)) != 0)
            return false;
    }
    return true;
}

static JsonObject *
sum_rows(GwLessons *self, const GwRows *rows, unsigned first, unsigned end)
{
    static const char *const names[] = { "passed", "failed", "open" };
    JsonObject *object = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(self->base.gateway->people, gw_rows_text(rows, first, C_UNIT));
    int64_t sums[G_N_ELEMENTS(names)] = { 0 }, minutes = 0;

    for (unsigned i = first; i < end; i++) {
        minutes += gw_attendance_minutes(gw_rows_int(rows, i, C_PRESENT));
        for (unsigned j = 0; j < G_N_ELEMENTS(names); j++)
            sums[j] += gw_rows_int(rows, i, C_PASSED + j);
    }
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    json_object_set_string_member(object, "name", gw_rows_text(rows, first, C_NAME));
    json_object_set_string_member(object, "number", gw_rows_text(rows, first, C_NUMBER));
    json_object_set_int_member(object, "lessons", end - first);
    json_object_set_int_member(object, "minutes", minutes);
    for (unsigned j = 0; j < G_N_ELEMENTS(names); j++)
        json_object_set_int_member(object, names[j], sums[j]);
    return object;
}

typedef struct {
    GwLessons *lessons;
    SigRequest *request; /* or */
    SigHttp *http;
} Pending;

static void
on_sums(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Pending *pending = user_data;
    SigClient *client = sig_request_get_client(pending->request);
    const GwIdentity *identity = client != NULL ? gw_identity_of_client(client) : NULL;
    JsonArray *list = NULL;
    unsigned n = rows != NULL ? gw_rows_get_count(rows) : 0;

    if (error != NULL) {
        sig_request_fail(pending->request, SIG_ERROR_UNAVAILABLE, "The index cannot be read now: try again.");
        return;
    }
    list = json_array_new();
    for (unsigned first = 0, end = 0; identity != NULL && first < n; first = end) {
        for (end = first + 1; end < n && is_same(rows, first, end);)
            end++;
        if (may_see(pending->lessons, identity, rows, first))
            json_array_add_object_element(list, sum_rows(pending->lessons, rows, first, end));
    }
    JsonObject *result = json_object_new();
    json_object_set_array_member(result, "rows", list);
    json_object_set_boolean_member(result, "cut", n == MAX_ROWS);
    sig_request_reply_object(pending->request, result);
}

static void
handle_hours(SigRequest *request, JsonObject *params, void *user_data)
{
    GwLessons *self = user_data;
    Pending *pending = NULL;
    int64_t from_ms = 0, until_ms = 0;

    if (!read_month(json_object_get_string_member(params, "month"), &from_ms, &until_ms)) {
        sig_request_fail(request, SIG_ERROR_BAD_PARAMS, "\"month\" is as 2026-11.");
        return;
    }
    pending = g_new0(Pending, 1);
    *pending = (Pending){ .lessons = self, .request = request };
    gw_store_run(self->base.gateway->store, make_statement(from_ms, until_ms), on_sums, pending);
}

static const SigMethod hours = {
    .name = "lessons.hours",
    .access = GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ { .name = "month",
                                    .type = SIG_TYPE_STRING,
                                    .min = MONTH_LENGTH,
                                    .max = MONTH_LENGTH,
                                    .summary = "2026-11" },
                                  { NULL } },
    .summary = "Minutes of a month by office (name empty) and by person, of the asker's part of the tree.",
    .result = "{rows: [{unit, name, number, lessons, minutes, passed, failed, open}], cut}",
    .handle = handle_hours,
};

const SigMethod *const gw_lesson_hours_methods[] = { &hours, NULL };

/* The table: a row for each lesson and person. */

static void
add_time(GString *text, int64_t at_ms)
{
    g_autoptr(GDateTime) time = at_ms > 0 ? g_date_time_new_from_unix_local(at_ms / 1000) : NULL;
    g_autofree char *iso = time != NULL ? g_date_time_format_iso8601(time) : NULL;

    g_string_append_c(text, ',');
    g_string_append(text, iso != NULL ? iso : "");
}

static void
add_row(GString *text, GwLessons *self, const GwRows *rows, unsigned row)
{
    const GwUnit *unit = gw_people_get_unit(self->base.gateway->people, gw_rows_text(rows, row, C_UNIT));
    const char *const fields[] = {
        gw_rows_text(rows, row, C_TITLE), gw_rows_text(rows, row, C_UNIT),   unit != NULL ? unit->name : "",
        gw_rows_text(rows, row, C_NAME),  gw_rows_text(rows, row, C_NUMBER),
    };

    gw_csv_append(text, gw_rows_text(rows, row, C_ID));
    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_string_append_c(text, ',');
        gw_csv_append(text, fields[i]);
    }
    add_time(text, gw_rows_int(rows, row, C_STARTED));
    add_time(text, gw_rows_int(rows, row, C_ENDED));
    g_string_append_printf(text, ",%u", gw_attendance_minutes(gw_rows_int(rows, row, C_PRESENT)));
    for (unsigned column = C_PASSED; column <= C_OPEN; column++)
        g_string_append_printf(text, ",%" G_GINT64_FORMAT, gw_rows_int(rows, row, column));
    g_string_append_printf(text, ",%s,%s\r\n", gw_rows_text(rows, row, C_STATE), gw_rows_text(rows, row, C_SESSION));
}

static void
on_table(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Pending *pending = user_data;
    const GwIdentity *identity = gw_identity_of_http(pending->http);
    g_autoptr(GString) text =
        g_string_new("\xef\xbb\xbf"
                     "课程/lesson,课程名称/title,单位编号/unit,单位/unit_name,姓名/name,编号/number,"
                     "开始/began,结束/ended,在场分钟/minutes,点验通过/passed,点验不通过/failed,"
                     "未判定/undecided,状态/state,录像/recording\r\n");

    if (error != NULL) {
        sig_http_fail(pending->http, SIG_ERROR_UNAVAILABLE, "The index cannot be read now: try again.");
        return;
    }
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        if (may_see(pending->lessons, identity, rows, i))
            add_row(text, pending->lessons, rows, i);
    }
    sig_http_add_header(pending->http, "Cache-Control", "no-store");
    sig_http_add_header(pending->http, "Content-Disposition", "attachment; filename=\"lessons.csv\"");
    sig_http_reply_text(pending->http, 200, "text/csv; charset=utf-8", text->str);
}

static void
handle_table(SigHttp *http, void *user_data)
{
    GwLessons *self = user_data;
    Pending *pending = NULL;
    int64_t from_ms = 0, until_ms = 0;

    if (!read_month(sig_http_get_query(http, "month"), &from_ms, &until_ms)) {
        sig_http_fail(http, SIG_ERROR_INVALID, "Add ?month=2026-11.");
        return;
    }
    pending = g_new0(Pending, 1);
    *pending = (Pending){ .lessons = self, .http = http };
    gw_store_run(self->base.gateway->store, make_statement(from_ms, until_ms), on_table, pending);
}

const SigRoute gw_lesson_hours_routes[] = {
    { "GET", "/api/v1/lessons-hours", GW_ACCESS_INSPECTOR, 0,
      "A month's attendance as CSV, a row for each lesson and person; ?month=2026-11.", handle_table },
    { NULL },
};
