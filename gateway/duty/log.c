#include "gateway/duty/duty-priv.h"
#include "gateway/people/secret.h"

/* One shift with its log. The log is not kept anywhere: it is the facts of the unit between two hand-overs, which never change, and
 * the lines that people added, which cannot be changed once the shift is handed over. */

enum { KIND, UNIT, WHO, OBJECT, COUNT, SUM, FIRST_MS, LAST_MS, FIRST, DETAIL };

static JsonObject *
line_of(const GwQuestion *question, const GwRows *rows, unsigned row)
{
    GwPeople *people = question->row.gateway->people;
    JsonObject *line = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(people, gw_rows_text(rows, row, UNIT));
    g_autofree char *by = gw_fact_log_name_of(question->row.gateway, gw_rows_text(rows, row, WHO));
    JsonNode *detail =
        gw_rows_is_null(rows, row, DETAIL) ? NULL : json_from_string(gw_rows_text(rows, row, DETAIL), NULL);

    gw_object_set_row_int(line, "id", rows, row, FIRST);
    gw_object_set_row_int(line, "at_ms", rows, row, FIRST_MS);
    gw_object_set_row_int(line, "until_ms", rows, row, LAST_MS);
    gw_object_set_row_text(line, "kind", rows, row, KIND);
    gw_object_set_row_int(line, "count", rows, row, COUNT);
    gw_object_set_row_int(line, "value", rows, row, SUM);
    gw_object_set_text(line, "by", by);
    gw_object_set_row_text(line, "object", rows, row, OBJECT);
    if (unit != NULL)
        json_object_set_object_member(line, "unit", unit);
    if (detail != NULL)
        json_object_set_member(line, "detail", detail);
    return line;
}

static JsonObject *
text_of(const GwRows *rows, unsigned row)
{
    JsonObject *text = json_object_new();

    gw_object_set_row_int(text, "at_ms", rows, row, 2);
    gw_object_set_row_text(text, "by", rows, row, 3);
    gw_object_set_row_text(text, "text", rows, row, 4);
    return text;
}

/* Rows of one line stand together, the oldest text first. */
static void
on_lines(GwQuestion *question, const GwRows *rows)
{
    JsonArray *lines = json_array_new();
    JsonArray *was = NULL;

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        bool is_last =
            i + 1 == gw_rows_get_count(rows) || g_strcmp0(gw_rows_text(rows, i, 0), gw_rows_text(rows, i + 1, 0)) != 0;
        JsonObject *text = text_of(rows, i);
        if (was == NULL)
            was = json_array_new();
        if (!is_last) {
            json_array_add_object_element(was, text);
            continue;
        }
        gw_object_set_row_text(text, "id", rows, i, 0);
        if (json_array_get_length(was) > 0)
            json_object_set_int_member(text, "first_ms",
                                       json_object_get_int_member(json_array_get_object_element(was, 0), "at_ms"));
        json_object_set_array_member(text, "was", g_steal_pointer(&was));
        json_array_add_object_element(lines, text);
    }
    json_object_set_array_member(question->result, "lines", lines);
    gw_question_reply(question);
}

static void
read_lines(GwQuestion *question)
{
    GwStatement *statement =
        gw_statement_new("SELECT l.id, l.n, l.at_ms, l.display, l.text FROM duty_line l JOIN duty_line f ON f.id = l.id"
                         " AND f.n = 1 WHERE l.shift = ?1 ORDER BY f.at_ms, l.id, l.n LIMIT ?2");

    gw_statement_text(statement, gw_duty_get_shift(question)->id);
    gw_statement_int(statement, GW_DUTY_MAX_LINES);
    gw_question_query(question, statement, on_lines);
}

/* What was handed over is what was signed for; before that, what is open now. */
static void
on_items(GwQuestion *question)
{
    GwDutyAsk *ask = question->data;
    const char *kept = ask->shift->handed.items;
    g_autoptr(JsonNode) node = kept != NULL ? json_from_string(kept, NULL) : NULL;
    JsonArray *items = node != NULL ? json_node_dup_array(node) : json_array_ref(ask->items);

    json_object_set_array_member(question->result, "items", items);
    read_lines(question);
}

static void
on_log(GwQuestion *question, const GwRows *rows)
{
    JsonArray *log = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        json_array_add_object_element(log, line_of(question, rows, i));
    json_object_set_array_member(question->result, "log", log);
    gw_duty_list_items(question, on_items);
}

/* What many offices did in one roll-call, or one inspector looked at in one unit, is one line. */
static void
read_log(void *user_data)
{
    GwQuestion *question = user_data;
    const GwShift *shift = gw_duty_get_shift(question);
    int64_t after = gw_shift_get_after(shift), from_ms = after > 0 ? 0 : shift->from_ms;
    g_autofree char *within = g_strconcat("/", shift->unit, "/", NULL);
    bool begun = gw_shift_get_state(shift, gw_duty_now_ms(question->row.subject)) >= GW_SHIFT_ON_DUTY;
    GwStatement *statement = gw_statement_new(
        "SELECT kind, min(unit), min(who), min(object), count(*), sum(value), min(at_ms), max(at_ms), min(id),"
        " min(detail) FROM fact WHERE id > ?1 AND id <= ?2 AND at_ms >= ?3 AND instr(place, ?4) > 0 GROUP BY kind,"
        " CASE WHEN kind = 'look' THEN who || ' ' || unit WHEN kind IN ('answered', 'absent', 'excused') THEN object"
        " ELSE CAST(id AS TEXT) END ORDER BY min(id) LIMIT ?5");

    json_object_set_object_member(question->result, "shift", gw_duty_shift_to_json(question, shift));
    gw_statement_int(statement, after);
    gw_statement_int(statement, begun ? gw_shift_get_upto(shift) : 0);
    gw_statement_int(statement, from_ms);
    gw_statement_text(statement, within);
    gw_statement_int(statement, GW_DUTY_MAX_ROWS);
    gw_question_query(question, statement, on_log);
}

static void
get_found(GwQuestion *question)
{
    const GwDuty *self = question->row.subject;

    gw_fact_log_catch_up(self->facts, read_log, question);
}

static void
get(GwQuestion *question)
{
    gw_duty_find(question, get_found);
}

static void
answer_found(GwQuestion *question)
{
    gw_duty_tell(question->row.subject, gw_duty_get_shift(question)->unit);
    get_found(question);
}

void
gw_duty_answer(GwQuestion *question)
{
    gw_duty_find(question, answer_found);
}

/* Lines that people write. */

static void
on_written(GwQuestion *question)
{
    const GwShift *shift = gw_duty_get_shift(question);
    gw_question_set_object(question, "shift", shift->id);
    JsonObject *detail = gw_object_with_text("unit", shift->unit);

    json_object_set_string_member(detail, "text", gw_question_get(question, "text"));
    gw_question_note(question, gw_question_get(question, "line") != NULL ? "duty.edit" : "duty.line", detail);
    gw_duty_answer(question);
}

static void
on_closed(GwQuestion *question)
{
    gw_question_fail(question, SIG_ERROR_STATE,
                     "The log is closed, or somebody has just changed this line: look again.");
}

static bool
may_write(GwQuestion *question)
{
    const GwShift *shift = gw_duty_get_shift(question);

    if (gw_shift_get_state(shift, gw_duty_now_ms(question->row.subject)) != GW_SHIFT_ON_DUTY) {
        gw_question_fail(question, SIG_ERROR_STATE, "A log is written while the shift is on duty.");
        return false;
    }
    if (!gw_shift_has(shift, question->identity.id)) {
        gw_question_fail(question, SIG_ERROR_FORBIDDEN, "Only who is on this shift writes its log.");
        return false;
    }
    return true;
}

static void
write_line(GwQuestion *question, const char *id, int64_t n)
{
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new("INSERT INTO duty_line (id, n, shift, at_ms, who, display, text)"
                                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    gw_statement_text(statement, id);
    gw_statement_int(statement, n);
    gw_statement_text(statement, gw_duty_get_shift(question)->id);
    gw_statement_int(statement, gw_duty_now_ms(question->row.subject));
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_text(statement, gw_question_get(question, "text"));
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, on_written, on_closed);
}

static void
on_last(GwQuestion *question, const GwRows *rows)
{
    bool is_edit = gw_question_get(question, "line") != NULL;
    g_autofree char *id = is_edit ? g_strdup(gw_question_get(question, "line")) : gw_secret_new_id("l");

    if (is_edit && gw_rows_is_null(rows, 0, 0)) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such line.");
        return;
    }
    if (gw_rows_int(rows, 0, 1) >= GW_DUTY_MAX_LINES) {
        gw_question_fail(question, SIG_ERROR_LIMIT, "This log is full: %d lines, with their edits.", GW_DUTY_MAX_LINES);
        return;
    }
    write_line(question, id, is_edit ? gw_rows_int(rows, 0, 0) + 1 : 1);
}

static void
write_found(GwQuestion *question)
{
    GwStatement *statement = NULL;

    if (!may_write(question))
        return;
    statement = gw_statement_new("SELECT (SELECT max(n) FROM duty_line WHERE shift = ?1 AND id = ?2),"
                                 " (SELECT count(*) FROM duty_line WHERE shift = ?1)");
    gw_statement_text(statement, gw_duty_get_shift(question)->id);
    gw_statement_text(statement, gw_question_get(question, "line"));
    gw_question_query(question, statement, on_last);
}

static void
write_it(GwQuestion *question)
{
    gw_duty_find(question, write_found);
}

static const char result[] = "{shift, log, lines, items}";

const GwQuestionMethod gw_duty_log_methods[] = {
    { { .name = "duty.get",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("shift"), { NULL } },
        .summary = "One shift: its log as it writes itself, the lines that people added, and what is open.",
        .result = result,
        .handle = gw_question_on_request },
      get },
    { { .name = "duty.line",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("shift"), GW_DUTY_PARAM_TEXT("text", false), { NULL } },
        .summary = "Adds a line to the log of the shift that the asker is on.",
        .result = result,
        .handle = gw_question_on_request },
      write_it },
    { { .name = "duty.edit",
        .access = GW_ACCESS_INSPECTOR,
        .params =
            (const SigParam[]){
                GW_DUTY_PARAM_ID("shift"), GW_DUTY_PARAM_ID("line"), GW_DUTY_PARAM_TEXT("text", false), { NULL } },
        .summary = "Writes a line anew; what it said before is kept.",
        .result = result,
        .handle = gw_question_on_request },
      write_it },
    { { NULL }, NULL },
};
