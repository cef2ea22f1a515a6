#include "gateway/duty/duty-priv.h"

/* The leader hands over, the next leader signs for it. Each is an act that a shift has once: of two at the same time one is refused. */

static char *
items_to_text(const GwQuestion *question)
{
    const GwDutyAsk *ask = question->data;
    g_autoptr(JsonNode) node = json_node_init_array(json_node_alloc(), ask->items);

    return json_to_string(node, FALSE);
}

static GwStatement *
make_hand_over(const GwQuestion *question)
{
    const GwDutyAsk *ask = question->data;
    g_autofree char *items = items_to_text(question);
    GwStatement *statement =
        gw_statement_new("INSERT INTO duty_act (shift, type, at_ms, who, display, text, upto, items)"
                         " VALUES (?1, 'hand-over', ?2, ?3, ?4, ?5, ?6, ?7)");

    gw_statement_text(statement, ask->shift->id);
    gw_statement_int(statement, gw_duty_now_ms(question->row.subject));
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_text(statement, gw_question_get(question, "text"));
    gw_statement_int(statement, ask->upto);
    gw_statement_text(statement, items);
    return statement;
}

static void
on_twice(GwQuestion *question)
{
    gw_question_fail(question, SIG_ERROR_STATE, "Somebody has just done this: look again.");
}

static JsonObject *
make_detail(const GwQuestion *question)
{
    const GwDutyAsk *ask = question->data;
    JsonObject *detail = gw_object_with_text("unit", ask->shift->unit);

    gw_object_set_text(detail, "text", gw_question_get(question, "text"));
    gw_object_set_text(detail, "reason", gw_question_get(question, "reason"));
    json_object_set_int_member(detail, "upto", ask->upto);
    return detail;
}

/* Handing over. */

static void
write_hand_over(GwQuestion *question)
{
    GPtrArray *statements = g_ptr_array_new();

    g_ptr_array_add(statements, make_hand_over(question));
    gw_question_write(question, statements, gw_duty_answer, on_twice);
}

static void
log_hand_over(GwQuestion *question)
{
    const GwDutyAsk *ask = question->data;
    g_autofree char *items = items_to_text(question);
    g_autofree char *sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, items, -1);
    JsonObject *detail = make_detail(question);

    json_object_set_int_member(detail, "items", json_array_get_length(ask->items));
    json_object_set_string_member(detail, "sha256", sha256);
    gw_question_set_object(question, "shift", ask->shift->id);
    gw_question_log(question, "duty.hand-over", detail, write_hand_over);
}

static void
on_upto(GwQuestion *question, const GwRows *rows)
{
    GwDutyAsk *ask = question->data;

    ask->upto = gw_rows_int(rows, 0, 0);
    ask->next(question);
}

static void
read_upto(GwQuestion *question, GwQuestionStep next)
{
    ((GwDutyAsk *)question->data)->next = next;
    gw_question_query(question, gw_statement_new("SELECT coalesce(max(id), 0) FROM fact"), on_upto);
}

static void
on_items(GwQuestion *question)
{
    read_upto(question, log_hand_over);
}

static void
on_caught_up(void *user_data)
{
    gw_duty_list_items(user_data, on_items);
}

static void
hand_over_found(GwQuestion *question)
{
    const GwDuty *self = question->row.subject;
    const GwShift *shift = gw_duty_get_shift(question);
    const char *why = gw_shift_refuse_hand_over(shift, question->identity.id, gw_duty_now_ms(self));

    if (why == NULL) {
        gw_fact_log_catch_up(self->facts, on_caught_up, question);
        return;
    }
    gw_question_fail(question,
                     g_strcmp0(shift->leader, question->identity.id) == 0 ? SIG_ERROR_STATE : SIG_ERROR_FORBIDDEN, "%s",
                     why);
}

static void
hand_over(GwQuestion *question)
{
    gw_duty_find(question, hand_over_found);
}

/* Signing: for every shift before it that nobody has signed for yet. One whose leader did not hand over can be taken when its time is
 * over, with a reason; its log ends then. */

#define UNSIGNED                                                                                                       \
    " p.unit = ?1 AND p.published = 1 AND p.from_ms < ?2 AND NOT EXISTS"                                               \
    " (SELECT 1 FROM duty_act a WHERE a.shift = p.id AND a.type = 'sign')"

static GwStatement *
make_signatures(const GwQuestion *question)
{
    const GwDutyAsk *ask = question->data;
    GwStatement *statement =
        gw_statement_new("INSERT INTO duty_act (shift, type, at_ms, who, display, text, next, upto) SELECT p.id, "
                         "'sign', ?3, ?4, ?5, ?6, ?7,"
                         " coalesce((SELECT h.upto FROM duty_act h WHERE h.shift = p.id AND h.type = 'hand-over'), ?8)"
                         " FROM duty_shift p WHERE" UNSIGNED);

    gw_statement_text(statement, ask->shift->unit);
    gw_statement_int(statement, ask->shift->from_ms);
    gw_statement_int(statement, gw_duty_now_ms(question->row.subject));
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_text(statement, gw_question_get(question, "reason"));
    gw_statement_text(statement, ask->shift->id);
    gw_statement_int(statement, ask->upto);
    return statement;
}

static void
write_sign(GwQuestion *question)
{
    GPtrArray *statements = g_ptr_array_new();

    g_ptr_array_add(statements, make_signatures(question));
    gw_question_write(question, statements, gw_duty_answer, on_twice);
}

static void
on_before(GwQuestion *question, const GwRows *rows)
{
    gw_question_set_object(question, "shift", gw_duty_get_shift(question)->id);
    const char *reason = gw_question_get(question, "reason");
    int64_t now_ms = gw_duty_now_ms(question->row.subject);

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        if (gw_rows_int(rows, i, 1) != 0)
            continue;
        if (gw_rows_int(rows, i, 0) > now_ms) {
            gw_question_fail(question, SIG_ERROR_STATE,
                             "The shift before this one is on duty and has not handed over.");
            return;
        }
        if (reason == NULL) {
            gw_question_fail(question, SIG_ERROR_STATE,
                             "The shift before this one has not handed over: say why you take over without.");
            return;
        }
    }
    gw_question_log(question, "duty.sign", make_detail(question), write_sign);
}

static void
read_before(GwQuestion *question)
{
    const GwShift *shift = gw_duty_get_shift(question);
    GwStatement *statement =
        gw_statement_new("SELECT p.until_ms, coalesce((SELECT h.at_ms FROM duty_act h WHERE h.shift = p.id"
                         " AND h.type = 'hand-over'), 0) FROM duty_shift p WHERE" UNSIGNED);

    gw_statement_text(statement, shift->unit);
    gw_statement_int(statement, shift->from_ms);
    gw_question_query(question, statement, on_before);
}

static void
on_sign_caught_up(void *user_data)
{
    read_upto(user_data, read_before);
}

static void
sign_found(GwQuestion *question)
{
    const GwDuty *self = question->row.subject;
    const GwShift *shift = gw_duty_get_shift(question);

    if (g_strcmp0(shift->leader, question->identity.id) != 0) {
        gw_question_fail(question, SIG_ERROR_FORBIDDEN, "Only the leader of the next shift signs for it.");
        return;
    }
    if (!shift->published || shift->before == NULL) {
        gw_question_fail(question, SIG_ERROR_STATE, "There is nothing to sign for.");
        return;
    }
    gw_fact_log_catch_up(self->facts, on_sign_caught_up, question);
}

static void
sign(GwQuestion *question)
{
    gw_duty_find(question, sign_found);
}

const GwQuestionMethod gw_duty_hand_over_methods[] = {
    { { .name = "duty.hand-over",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("shift"), GW_DUTY_PARAM_TEXT("text", true), { NULL } },
        .summary = "The leader hands over: the log is closed, what is open is carried over.",
        .result = "{shift, log, lines, items}",
        .handle = gw_question_on_request },
      hand_over },
    { { .name = "duty.sign",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_DUTY_PARAM_ID("shift"), GW_DUTY_PARAM_TEXT("reason", true), { NULL } },
        .summary = "The leader of this shift signs for what was handed over, or takes over without, with a reason.",
        .result = "{shift, log, lines, items}",
        .handle = gw_question_on_request },
      sign },
    { { NULL }, NULL },
};
