#include "gateway/cases/cases-priv.h"

#include <math.h>
#include <string.h>

/* Cases in the store: written through, read back when the service starts. */

GwStatement *
gw_case_to_statement(const GwCase *self)
{
    GwStatement *statement = gw_statement_new(
        "INSERT INTO location_case (id, platform, person, name, unit, unit_known, opened_ms, closed_ms, decided, who,"
        " display, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO UPDATE SET"
        " unit = excluded.unit, unit_known = excluded.unit_known, closed_ms = excluded.closed_ms,"
        " decided = excluded.decided, who = excluded.who, display = excluded.display, note = excluded.note");

    gw_statement_text(statement, self->id);
    gw_statement_text(statement, self->platform);
    gw_statement_text(statement, self->person);
    gw_statement_text(statement, self->name);
    gw_statement_text(statement, self->unit);
    gw_statement_int(statement, self->unit_known);
    gw_statement_int(statement, self->opened_ms);
    gw_statement_int(statement, self->closed_ms);
    gw_statement_int(statement, self->decided);
    gw_statement_text(statement, self->who);
    gw_statement_text(statement, self->display);
    gw_statement_text(statement, self->note);
    return statement;
}

static void
bind_position(GwStatement *statement, const GwAlarm *alarm)
{
    const double degrees[] = { alarm->sent.lat, alarm->sent.lon, alarm->at.lat, alarm->at.lon };

    gw_statement_text(statement, alarm->has_position ? gw_datum_names[alarm->datum] : NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(degrees); i++) {
        if (alarm->has_position)
            gw_statement_int(statement, gw_degrees_to_int(degrees[i]));
        else
            gw_statement_null(statement);
    }
}

GwStatement *
gw_case_alarm_to_statement(const GwCase *self, const GwCaseAlarm *one)
{
    const GwAlarm *alarm = &one->alarm;
    GwStatement *statement = gw_statement_new(
        "INSERT INTO location_alarm (platform, id, case_id, person, unit_code, kind, device, occurred_ms,"
        " received_ms, arrived_ms, datum, sent_lat, sent_lon, lat, lon, accuracy)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");

    gw_statement_text(statement, self->platform);
    gw_statement_text(statement, alarm->id);
    gw_statement_text(statement, self->id);
    gw_statement_text(statement, alarm->person);
    gw_statement_text(statement, alarm->unit_code);
    gw_statement_text(statement, alarm->kind);
    gw_statement_text(statement, alarm->device);
    gw_statement_int(statement, alarm->occurred_ms);
    gw_statement_int(statement, alarm->received_ms);
    gw_statement_int(statement, one->arrived_ms);
    bind_position(statement, alarm);
    if (alarm->accuracy_m >= 0)
        gw_statement_int(statement, (int64_t)ceil(alarm->accuracy_m));
    else
        gw_statement_null(statement);
    return statement;
}

GwStatement *
gw_case_action_to_statement(const GwCase *self, const GwCaseAction *action)
{
    GwStatement *statement = gw_statement_new(
        "INSERT INTO location_action (case_id, n, action, result, began_ms, ended_ms, session, request, note, who, "
        "display)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (case_id, n) DO UPDATE SET session = "
        "excluded.session,"
        " result = excluded.result, ended_ms = excluded.ended_ms, note = excluded.note, who = excluded.who,"
        " display = excluded.display");

    gw_statement_text(statement, self->id);
    gw_statement_int(statement, action->n);
    gw_statement_text(statement, action->action);
    gw_statement_text(statement, action->result);
    gw_statement_int(statement, action->began_ms);
    gw_statement_int(statement, action->ended_ms);
    gw_statement_text(statement, action->session);
    gw_statement_text(statement, action->request);
    gw_statement_text(statement, action->note);
    gw_statement_text(statement, action->who);
    gw_statement_text(statement, action->display);
    return statement;
}

/* Reading. */

static const char *
find_kind(const char *word)
{
    for (const GwAlarmKind *kind = gw_alarm_kinds; kind->zh != NULL; kind++) {
        if (g_strcmp0(word, kind->en) == 0)
            return kind->en;
    }
    return gw_alarm_kinds[0].en;
}

static void
read_case(GwCases *self, const GwRows *rows, unsigned row)
{
    GwCase *one = gw_case_new(gw_rows_text(rows, row, 0));

    one->platform = g_strdup(gw_rows_text(rows, row, 1));
    one->person = g_strdup(gw_rows_text(rows, row, 2));
    one->name = g_strdup(gw_rows_text(rows, row, 3));
    one->unit = g_strdup(gw_rows_text(rows, row, 4));
    one->unit_known = gw_rows_int(rows, row, 5) != 0;
    one->opened_ms = gw_rows_int(rows, row, 6);
    one->closed_ms = gw_rows_int(rows, row, 7);
    one->decided = (unsigned)gw_rows_int(rows, row, 8);
    one->who = g_strdup(gw_rows_text(rows, row, 9));
    one->display = g_strdup(gw_rows_text(rows, row, 10));
    one->note = g_strdup(gw_rows_text(rows, row, 11));
    gw_cases_adopt(self, one);
}

static void
read_alarm(GwCases *self, const GwRows *rows, unsigned row)
{
    GwCase *one = g_hash_table_lookup(self->by_id, gw_rows_text(rows, row, 0));
    GwCaseAlarm *read = NULL;
    GwAlarm *alarm = NULL;

    if (one == NULL)
        return;
    read = g_new0(GwCaseAlarm, 1);
    alarm = &read->alarm;
    alarm->id = g_strdup(gw_rows_text(rows, row, 1));
    alarm->person = g_strdup(gw_rows_text(rows, row, 2));
    alarm->unit_code = g_strdup(gw_rows_text(rows, row, 3));
    alarm->kind = find_kind(gw_rows_text(rows, row, 4));
    alarm->device = g_strdup(gw_rows_text(rows, row, 5));
    alarm->occurred_ms = gw_rows_int(rows, row, 6);
    alarm->received_ms = gw_rows_int(rows, row, 7);
    read->arrived_ms = gw_rows_int(rows, row, 8);
    alarm->has_position =
        !gw_rows_is_null(rows, row, 9) && gw_datum_from_string(gw_rows_text(rows, row, 9), &alarm->datum);
    alarm->sent = (GwPosition){ gw_degrees_from_int(gw_rows_int(rows, row, 10)),
                                gw_degrees_from_int(gw_rows_int(rows, row, 11)) };
    alarm->at = (GwPosition){ gw_degrees_from_int(gw_rows_int(rows, row, 12)),
                              gw_degrees_from_int(gw_rows_int(rows, row, 13)) };
    alarm->accuracy_m = gw_rows_is_null(rows, row, 14) ? -1 : (double)gw_rows_int(rows, row, 14);
    g_ptr_array_add(one->alarms, read);
}

static void
read_action(GwCases *self, const GwRows *rows, unsigned row)
{
    GwCase *one = g_hash_table_lookup(self->by_id, gw_rows_text(rows, row, 0));
    GwCaseAction *action = NULL;

    if (one == NULL)
        return;
    action = g_new0(GwCaseAction, 1);
    action->n = (unsigned)gw_rows_int(rows, row, 1);
    action->action = g_strdup(gw_rows_text(rows, row, 2));
    action->result = g_strdup(gw_rows_text(rows, row, 3));
    action->began_ms = gw_rows_int(rows, row, 4);
    action->ended_ms = gw_rows_int(rows, row, 5);
    action->session = g_strdup(gw_rows_text(rows, row, 6));
    action->request = g_strdup(gw_rows_text(rows, row, 7));
    action->note = g_strdup(gw_rows_text(rows, row, 8));
    action->who = g_strdup(gw_rows_text(rows, row, 9));
    action->display = g_strdup(gw_rows_text(rows, row, 10));
    g_ptr_array_add(one->actions, action);
}

static bool
load(GwCases *self, GwStatement *statement, void (*read)(GwCases *self, const GwRows *rows, unsigned row),
     GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(self->gateway->store, statement, error);

    if (rows == NULL)
        return false;
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        read(self, rows, i);
    return true;
}

#define KEPT                                                                                                           \
    " (SELECT id FROM location_case WHERE closed_ms = 0 UNION SELECT id FROM (SELECT id FROM location_case"            \
    " ORDER BY opened_ms DESC LIMIT 20000))"
G_STATIC_ASSERT(GW_CASES_MAX_KEPT == 20000);

bool
gw_cases_load(GwCases *self, GError **error)
{
    return load(self,
                gw_statement_new(
                    "SELECT id, platform, person, name, unit, unit_known, opened_ms, closed_ms, decided, who,"
                    " display, note FROM location_case WHERE id IN" KEPT " ORDER BY opened_ms"),
                read_case, error) &&
           load(self,
                gw_statement_new(
                    "SELECT case_id, id, person, unit_code, kind, device, occurred_ms, received_ms, arrived_ms,"
                    " datum, sent_lat, sent_lon, lat, lon, accuracy FROM location_alarm WHERE case_id IN" KEPT
                    " ORDER BY row"),
                read_alarm, error) &&
           load(self,
                gw_statement_new(
                    "SELECT case_id, n, action, result, began_ms, ended_ms, session, request, note, who, display"
                    " FROM location_action WHERE case_id IN" KEPT " ORDER BY case_id, n"),
                read_action, error);
}
