#include "gateway/duty/duty-priv.h"
#include "gateway/people/secret.h"

/* What is open in a unit and below: what some fact has opened and none has closed, and notes. It goes from shift to shift until it
 * is closed where it belongs, or somebody settles it here, with a reason. */

enum { KEY, KIND, UNIT, OBJECT, AT_MS, TEXT, DISPLAY };

static JsonObject *
item_to_json(const GwQuestion *question, const GwRows *rows, unsigned row)
{
    JsonObject *item = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(question->row.gateway->people, gw_rows_text(rows, row, UNIT));

    gw_object_set_row_text(item, "item", rows, row, KEY);
    gw_object_set_row_text(item, "kind", rows, row, KIND);
    if (unit != NULL)
        json_object_set_object_member(item, "unit", unit);
    gw_object_set_row_text(item, "object", rows, row, OBJECT);
    gw_object_set_row_int(item, "at_ms", rows, row, AT_MS);
    gw_object_set_row_text(item, "text", rows, row, TEXT);
    gw_object_set_row_text(item, "by", rows, row, DISPLAY);
    return item;
}

static void
on_items(GwQuestion *question, const GwRows *rows)
{
    GwDutyAsk *ask = question->data;

    g_clear_pointer(&ask->items, json_array_unref);
    ask->items = json_array_new();
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        json_array_add_object_element(ask->items, item_to_json(question, rows, i));
    ask->next(question);
}

void
gw_duty_list_items(GwQuestion *question, GwQuestionStep next)
{
    GwDutyAsk *ask = question->data;
    g_autofree char *within = g_strconcat("/", ask->shift->unit, "/", NULL);
    GwStatement *statement = gw_statement_new(
        "SELECT o.opens, min(o.kind), min(o.unit), min(o.object), min(o.at_ms) AS at, min(t.text), NULL FROM fact o"
        " LEFT JOIN ticket t ON o.object LIKE 'ticket:%' AND t.id = substr(o.object, 8) WHERE o.opens IS NOT NULL AND "
        "instr(o.place, ?1) > 0"
        " AND NOT EXISTS (SELECT 1 FROM fact c WHERE c.closes = o.opens AND c.id > o.id)"
        " AND NOT EXISTS (SELECT 1 FROM duty_settled s WHERE s.unit = ?2 AND s.item = o.opens AND s.at_ms >= o.at_ms)"
        " GROUP BY o.opens UNION ALL SELECT 'note:' || n.id, 'note', n.unit, NULL, n.at_ms, n.text, n.display"
        " FROM duty_note n WHERE n.unit = ?2 AND NOT EXISTS"
        " (SELECT 1 FROM duty_settled s WHERE s.unit = ?2 AND s.item = 'note:' || n.id) ORDER BY at LIMIT ?3");

    ask->next = next;
    gw_statement_text(statement, within);
    gw_statement_text(statement, ask->shift->unit);
    gw_statement_int(statement, GW_DUTY_MAX_ROWS);
    gw_question_query(question, statement, on_items);
}

/* False: the question has failed. */
static bool
is_on_duty(GwQuestion *question)
{
    const GwShift *shift = gw_duty_get_shift(question);

    if (!gw_shift_has(shift, question->identity.id)) {
        gw_question_fail(question, SIG_ERROR_FORBIDDEN, "Only who is on this shift does that.");
        return false;
    }
    if (gw_shift_get_state(shift, gw_duty_now_ms(question->row.subject)) != GW_SHIFT_ON_DUTY) {
        gw_question_fail(question, SIG_ERROR_STATE, "This shift is not on duty.");
        return false;
    }
    return true;
}

static void
note_done(GwQuestion *question, const char *action)
{
    const GwShift *shift = gw_duty_get_shift(question);
    gw_question_set_object(question, "shift", shift->id);
    JsonObject *detail = gw_object_with_text("unit", shift->unit);

    gw_object_set_text(detail, "item", gw_question_get(question, "item"));
    gw_object_set_text(detail, "text", gw_question_get(question, "text"));
    gw_object_set_text(detail, "reason", gw_question_get(question, "reason"));
    gw_question_note(question, action, detail);
    gw_duty_answer(question);
}

static void
on_noted(GwQuestion *question)
{
    note_done(question, "duty.note");
}

static void
note_found(GwQuestion *question)
{
    g_autofree char *id = gw_secret_new_id("n");
    GwStatement *statement = NULL;
    GPtrArray *statements = NULL;

    if (!is_on_duty(question))
        return;
    statement =
        gw_statement_new("INSERT INTO duty_note (id, unit, at_ms, who, display, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    gw_statement_text(statement, id);
    gw_statement_text(statement, gw_duty_get_shift(question)->unit);
    gw_statement_int(statement, gw_duty_now_ms(question->row.subject));
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_text(statement, gw_question_get(question, "text"));
    statements = g_ptr_array_new();
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, on_noted, NULL);
}

static void
note(GwQuestion *question)
{
    gw_duty_find(question, note_found);
}

static void
on_settled(GwQuestion *question)
{
    note_done(question, "duty.settle");
}

static bool
is_open(const GwQuestion *question)
{
    const GwDutyAsk *ask = question->data;

    for (unsigned i = 0; i < json_array_get_length(ask->items); i++) {
        JsonObject *item = json_array_get_object_element(ask->items, i);
        if (g_strcmp0(json_object_get_string_member(item, "item"), gw_question_get(question, "item")) == 0)
            return true;
    }
    return false;
}

static void
on_settling(GwQuestion *question)
{
    GwStatement *statement = NULL;
    GPtrArray *statements = NULL;

    if (!is_open(question)) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such open item.");
        return;
    }
    statement = gw_statement_new(
        "INSERT INTO duty_settled (unit, item, at_ms, who, display, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    gw_statement_text(statement, gw_duty_get_shift(question)->unit);
    gw_statement_text(statement, gw_question_get(question, "item"));
    gw_statement_int(statement, gw_duty_now_ms(question->row.subject));
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_text(statement, gw_question_get(question, "reason"));
    statements = g_ptr_array_new();
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, on_settled, NULL);
}

static void
settle_found(GwQuestion *question)
{
    if (is_on_duty(question))
        gw_duty_list_items(question, on_settling);
}

static void
settle(GwQuestion *question)
{
    gw_duty_find(question, settle_found);
}

const GwQuestionMethod gw_duty_item_methods[] = {
    { { .name = "duty.note",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("shift"), GW_DUTY_PARAM_TEXT("text", false), { NULL } },
        .summary = "Writes something down that the next shifts have to see, until it is settled.",
        .result = "{shift, log, lines, items}",
        .handle = gw_question_on_request },
      note },
    { { .name = "duty.settle",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("shift"),
                                      { .name = "item", .type = SIG_TYPE_STRING, .min = 1, .max = GW_DUTY_MAX_KEY },
                                      GW_DUTY_PARAM_TEXT("reason", false),
                                      { NULL } },
        .summary = "An open item is carried over no more; a ticket or a case stays as it is where it belongs.",
        .result = "{shift, log, lines, items}",
        .handle = gw_question_on_request },
      settle },
    { { NULL }, NULL },
};
