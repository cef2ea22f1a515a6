#include <stdio.h>
#include <string.h>

#include "gateway/duty/duty-priv.h"
#include "gateway/people/secret.h"
#include "gateway/tickets/due.h"

/* Making shifts, publishing them, who is on now. */

enum { DATE_LENGTH = 10, TIME_LENGTH = 16 };

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static bool
is_on_staff(const GwQuestion *question, const char *person, const char *unit)
{
    return gw_people_person_reaches(question->row.gateway->people, person, GW_ACCESS_INSPECTOR, unit);
}

/* False: the question has failed. */
static bool
check_people(GwQuestion *question, const char *unit)
{
    JsonArray *members = json_object_get_array_member(question->params, "members");
    const char *leader = gw_question_get(question, "leader");

    if (!is_on_staff(question, leader, unit)) {
        gw_question_fail(question, SIG_ERROR_BAD_PARAMS, "'leader' must be an inspector of this unit.");
        return false;
    }
    for (unsigned i = 0; i < json_array_get_length(members); i++) {
        JsonNode *node = json_array_get_element(members, i);
        const char *person = json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
        if (person != NULL && strcmp(person, leader) != 0 && is_on_staff(question, person, unit))
            continue;
        gw_question_fail(question, SIG_ERROR_BAD_PARAMS,
                         "'members' must be inspectors of this unit, without the leader.");
        return false;
    }
    return true;
}

static char *
members_to_text(const GwQuestion *question)
{
    return json_to_string(json_object_get_member(question->params, "members"), FALSE);
}

/* The same hours on the clock some days later, whatever the clock does in between; owned. NULL: no such day. */
static char *
add_days(const char *text, int days)
{
    int year = 0, month = 0, day = 0;

    if (strlen(text) != TIME_LENGTH || sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3)
        return NULL;
    g_autoptr(GDateTime) first = g_date_time_new_utc(year, month, day, 0, 0, 0);
    g_autoptr(GDateTime) then = first != NULL ? g_date_time_add_days(first, days) : NULL;
    g_autofree char *date = then != NULL ? g_date_time_format(then, "%Y-%m-%d") : NULL;
    return date != NULL ? g_strconcat(date, text + DATE_LENGTH, NULL) : NULL;
}

static bool
read_times(const GwQuestion *question, int days, int64_t *ret_from_ms, int64_t *ret_until_ms)
{
    const GwDuty *self = question->row.subject;
    g_autofree char *from = add_days(gw_question_get(question, "from"), days);
    g_autofree char *until = add_days(gw_question_get(question, "until"), days);

    return from != NULL && until != NULL && gw_due_parse(from, self->zone, ret_from_ms) &&
           gw_due_parse(until, self->zone, ret_until_ms) && *ret_from_ms < *ret_until_ms &&
           *ret_until_ms - *ret_from_ms <= GW_DUTY_MAX_SHIFT_MS;
}

static GwStatement *
make_shift(const GwQuestion *question, int64_t from_ms, int64_t until_ms)
{
    g_autofree char *id = gw_secret_new_id("d"), *members = members_to_text(question);
    GwStatement *statement = gw_statement_new(
        "INSERT INTO duty_shift (id, unit, from_ms, until_ms, leader, members, published, who, made_ms)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8)");

    gw_statement_text(statement, id);
    gw_statement_text(statement, gw_question_get(question, "unit"));
    gw_statement_int(statement, from_ms);
    gw_statement_int(statement, until_ms);
    gw_statement_text(statement, gw_question_get(question, "leader"));
    gw_statement_text(statement, members);
    gw_statement_text(statement, question->identity.audit);
    gw_statement_int(statement, gw_duty_now_ms(question->row.subject));
    return statement;
}

static JsonObject *
unit_detail(const GwQuestion *question)
{
    return gw_object_with_text("unit", gw_question_get(question, "unit"));
}

static void
on_roster(GwQuestion *question, const GwRows *rows)
{
    JsonArray *shifts = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_autoptr(GwShift) shift = gw_shift_from_row(rows, i);
        if (gw_people_reaches(question->row.gateway->people, &question->identity, GW_ACCESS_INSPECTOR, shift->unit))
            json_array_add_object_element(shifts, gw_duty_shift_to_json(question, shift));
    }
    json_object_set_array_member(question->result, "shifts", shifts);
    gw_question_reply(question);
}

static void
list(GwQuestion *question)
{
    GwStatement *statement =
        gw_statement_new(GW_SHIFT_SELECT " WHERE d.unit = ?1 AND d.until_ms > ?2 AND d.from_ms < ?3"
                                         " ORDER BY d.from_ms LIMIT ?4");

    gw_statement_text(statement, gw_question_get(question, "unit"));
    gw_statement_int(statement, gw_question_get_int(question, "from_ms"));
    gw_statement_int(statement, gw_question_get_int(question, "until_ms"));
    gw_statement_int(statement, GW_DUTY_MAX_ROWS);
    gw_question_query(question, statement, on_roster);
}

static void
roster(GwQuestion *question)
{
    if (gw_fact_log_check_unit(question, gw_question_get(question, "unit")))
        list(question);
}

/* Of every unit that one reaches: who is on, and who hands over. */
static void
now(GwQuestion *question)
{
    GwStatement *statement =
        gw_statement_new(GW_SHIFT_SELECT " WHERE d.published = 1 AND d.from_ms <= ?1 AND s.at_ms IS NULL"
                                         " ORDER BY d.unit, d.from_ms LIMIT ?2");

    gw_statement_int(statement, gw_duty_now_ms(question->row.subject));
    gw_statement_int(statement, GW_DUTY_MAX_ROWS);
    gw_question_query(question, statement, on_roster);
}

typedef struct {
    const GwQuestion *question;
    JsonArray *persons;
} Choosing;

static void
choose(const GwPerson *person, void *data)
{
    const Choosing *choosing = data;
    const char *unit = gw_question_get(choosing->question, "unit"), *own = gw_people_get_person_unit(person);
    GwPeople *people = choosing->question->row.gateway->people;

    if (!is_on_staff(choosing->question, person->id, unit) ||
        !gw_people_reaches(people, &choosing->question->identity, GW_ACCESS_INSPECTOR, own) ||
        json_array_get_length(choosing->persons) >= GW_DUTY_MAX_ROWS)
        return;
    JsonObject *object = gw_object_with_text("id", person->id);
    JsonObject *where = gw_people_unit_to_json(people, own);
    json_object_set_string_member(object, "display", person->display);
    if (where != NULL)
        json_object_set_object_member(object, "unit", where);
    json_array_add_object_element(choosing->persons, object);
}

static void
choices(GwQuestion *question)
{
    if (!gw_fact_log_check_unit(question, gw_question_get(question, "unit")))
        return;
    Choosing choosing = { question, json_array_new() };
    gw_people_foreach_person(question->row.gateway->people, GW_ACCESS_INSPECTOR, choose, &choosing);
    json_object_set_array_member(question->result, "persons", choosing.persons);
    gw_question_reply(question);
}

static void
on_added(GwQuestion *question)
{
    gw_duty_tell(question->row.subject, gw_question_get(question, "unit"));
    gw_question_note(question, "duty.plan", unit_detail(question));
    gw_question_reply(question);
}

static void
on_overlap(GwQuestion *question)
{
    gw_question_fail(question, SIG_ERROR_STATE, "Another shift of this unit is at that time: nothing was added.");
}

static void
add(GwQuestion *question)
{
    int days = (int)gw_question_get_int(question, "repeat");
    GPtrArray *statements = NULL;

    if (!gw_fact_log_check_unit(question, gw_question_get(question, "unit")) ||
        !check_people(question, gw_question_get(question, "unit")))
        return;
    statements = g_ptr_array_new();
    for (int i = 0; i <= days; i++) {
        int64_t from_ms = 0, until_ms = 0;
        if (!read_times(question, i, &from_ms, &until_ms)) {
            g_ptr_array_set_free_func(statements, (GDestroyNotify)gw_statement_free);
            g_ptr_array_unref(statements);
            gw_question_fail(question, SIG_ERROR_BAD_PARAMS,
                             "A shift begins before it ends, a week at most: 2026-03-29T08:00.");
            return;
        }
        g_ptr_array_add(statements, make_shift(question, from_ms, until_ms));
    }
    json_object_set_int_member(question->result, "added", days + 1);
    gw_question_write(question, statements, on_added, on_overlap);
}

/* Another leader, other members. */

static void
on_assigned(GwQuestion *question)
{
    const GwShift *shift = gw_duty_get_shift(question);
    gw_question_set_object(question, "shift", shift->id);
    JsonObject *detail = gw_object_with_text("unit", shift->unit);

    json_object_set_string_member(detail, "leader", gw_question_get(question, "leader"));
    gw_question_note(question, "duty.assign", detail);
    gw_duty_answer(question);
}

static void
assign_found(GwQuestion *question)
{
    const GwShift *shift = gw_duty_get_shift(question);
    GPtrArray *statements = NULL;

    if (gw_shift_get_state(shift, gw_duty_now_ms(question->row.subject)) > GW_SHIFT_TO_COME) {
        gw_question_fail(question, SIG_ERROR_STATE, "This shift has begun: its people stay.");
        return;
    }
    if (!check_people(question, shift->unit))
        return;
    g_autofree char *members = members_to_text(question);
    GwStatement *statement = gw_statement_new("UPDATE duty_shift SET leader = ?2, members = ?3 WHERE id = ?1");
    gw_statement_text(statement, shift->id);
    gw_statement_text(statement, gw_question_get(question, "leader"));
    gw_statement_text(statement, members);
    statements = g_ptr_array_new();
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, on_assigned, NULL);
}

static void
assign(GwQuestion *question)
{
    gw_duty_find(question, assign_found);
}

static void
on_removed(GwQuestion *question)
{
    gw_duty_tell(question->row.subject, gw_duty_get_shift(question)->unit);
    gw_question_note(question, "duty.plan", gw_object_with_text("unit", gw_duty_get_shift(question)->unit));
    gw_question_reply(question);
}

static void
remove_found(GwQuestion *question)
{
    const GwShift *shift = gw_duty_get_shift(question);
    GwStatement *statement = NULL;
    GPtrArray *statements = NULL;

    if (shift->published) {
        gw_question_fail(question, SIG_ERROR_STATE, "This shift is published: it stays. Give it other people.");
        return;
    }
    statement = gw_statement_new("DELETE FROM duty_shift WHERE id = ?1");
    gw_statement_text(statement, shift->id);
    statements = g_ptr_array_new();
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, on_removed, NULL);
}

static void
remove_draft(GwQuestion *question)
{
    gw_duty_find(question, remove_found);
}

static void
on_published(GwQuestion *question)
{
    gw_duty_tell(question->row.subject, gw_question_get(question, "unit"));
    gw_question_reply(question);
}

static void
write_published(GwQuestion *question)
{
    GwStatement *statement = gw_statement_new("UPDATE duty_shift SET published = 1 WHERE unit = ?1 AND published = 0");
    GPtrArray *statements = g_ptr_array_new();

    gw_statement_text(statement, gw_question_get(question, "unit"));
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, on_published, NULL);
}

static void
publish(GwQuestion *question)
{
    if (gw_fact_log_check_unit(question, gw_question_get(question, "unit")))
        gw_question_log(question, "duty.publish", unit_detail(question), write_published);
}

#define PARAM_MEMBERS                                                                                                  \
    {                                                                                                                  \
        .name = "members", .type = SIG_TYPE_ARRAY, .max = GW_DUTY_MAX_MEMBERS                                          \
    }
#define PARAM_TIME(member)                                                                                             \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_STRING, .min = 1, .max = TIME_LENGTH,                                         \
        .summary = "2026-03-29T08:00, on the node's clock"                                                             \
    }

const GwQuestionMethod gw_duty_roster_methods[] = {
    { { .name = "duty.now",
        .access = GW_ACCESS_INSPECTOR,
        .summary = "Who is on duty now, in every unit that the asker reaches.",
        .result = "{shifts}",
        .handle = gw_question_on_request },
      now },
    { { .name = "duty.roster",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("unit"),
                                      { .name = "from_ms", .type = SIG_TYPE_INTEGER, .min = 0, .max = INT64_MAX },
                                      { .name = "until_ms", .type = SIG_TYPE_INTEGER, .min = 0, .max = INT64_MAX },
                                      { NULL } },
        .summary = "The shifts of one unit in a time, drafts too.",
        .result = "{shifts}",
        .handle = gw_question_on_request },
      roster },
    { { .name = "duty.choices",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("unit"), { NULL } },
        .summary = "Who may be on duty for a unit.",
        .result = "{persons: [{id, display, unit}]}",
        .handle = gw_question_on_request },
      choices },
    { { .name = "duty.add",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("unit"),
                                      PARAM_TIME("from"),
                                      PARAM_TIME("until"),
                                      GW_DUTY_PARAM_ID("leader"),
                                      PARAM_MEMBERS,
                                      { .name = "repeat",
                                        .type = SIG_TYPE_INTEGER,
                                        .optional = true,
                                        .min = 0,
                                        .max = GW_DUTY_MAX_REPEAT,
                                        .summary = "the same hours on so many days after it" },
                                      { NULL } },
        .summary = "Plans a shift, or one a day; all or none. A draft until it is published.",
        .result = "{added}",
        .handle = gw_question_on_request },
      add },
    { { .name = "duty.assign",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("shift"), GW_DUTY_PARAM_ID("leader"), PARAM_MEMBERS, { NULL } },
        .summary = "Gives a shift that has not begun other people.",
        .result = "{shift, log, lines, items}",
        .handle = gw_question_on_request },
      assign },
    { { .name = "duty.remove",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("shift"), { NULL } },
        .summary = "Takes back a draft.",
        .result = "{}",
        .handle = gw_question_on_request },
      remove_draft },
    { { .name = "duty.publish",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("unit"), { NULL } },
        .summary = "Publishes all drafts of a unit.",
        .result = "{}",
        .handle = gw_question_on_request },
      publish },
    { { NULL }, NULL },
};
