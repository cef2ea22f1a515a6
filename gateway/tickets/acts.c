#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/tickets/tickets-priv.h"

/* What people do to a ticket. Each act is the event that follows the last one that was read: of two at the same time the second
 * finds its number taken, and hears who was first. */

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* Somebody has done something in between, or before: who, and what. */

static void
on_last(GwQuestion *question, const GwRows *rows)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    const char *state = gw_ticket_state_to_string(about->ticket->state);

    if (gw_rows_get_count(rows) == 0)
        gw_question_fail(question, SIG_ERROR_STATE, "This ticket is %s.", state);
    else
        gw_question_fail(question, SIG_ERROR_STATE, "This ticket is %s: %s %s it.", state, gw_rows_text(rows, 0, 1),
                         gw_ticket_get_word(gw_rows_text(rows, 0, 0)));
}

static void
tell_who_was_first(GwQuestion *question)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    GwStatement *statement = gw_statement_new("SELECT type, display FROM ticket_event WHERE ticket = ?1"
                                              " AND type NOT IN ('create', 'overdue') ORDER BY n DESC LIMIT 1");

    gw_statement_text(statement, about->ticket->id);
    gw_question_query(question, statement, on_last);
}

static void
on_conflict(GwQuestion *question)
{
    gw_ticket_find(question, tell_who_was_first);
}

/* What else the act writes down: a new deadline, a day to look again. */
typedef struct {
    GwTicketAct act;
    char *due; /* NULL: as it was */
    int64_t due_ms, recheck_ms;
    JsonArray *pictures; /* borrowed, may be NULL */
} Change;

static bool
read_day(GwQuestion *question, int64_t *ret_ms)
{
    const char *due = gw_question_get(question, "due");
    int64_t now_ms = gw_tickets_now_ms(gw_tickets_of(question)), ms = 0;

    if (!gw_due_parse(due, gw_tickets_of(question)->zone, &ms) || ms <= now_ms ||
        ms > now_ms + GW_DUE_MAX_DAYS * DAY_MS) {
        gw_question_fail(question, SIG_ERROR_BAD_PARAMS,
                         "The day must be ahead, by a year at most: 2026-03-29 or 2026-03-29T17:00.");
        return false;
    }
    *ret_ms = ms;
    return true;
}

/* False: the question has failed. */
static bool
check_pictures(GwQuestion *question, JsonArray *pictures)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    const char *side = gw_ticket_get_picture_side(about->ticket, about->sides);

    for (unsigned i = 0; pictures != NULL && i < json_array_get_length(pictures); i++) {
        JsonNode *node = json_array_get_element(pictures, i);
        const char *id = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
        const GwTicketPicture *picture = gw_ticket_picture_find(about->pictures, id);
        if (picture != NULL && picture->event == 0 && g_strcmp0(picture->side, side) == 0)
            continue;
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such picture that could be added now.");
        return false;
    }
    return true;
}

static bool
read_change(GwQuestion *question, Change *change)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    bool has_due = json_object_has_member(question->params, "due");

    if (json_object_has_member(question->params, "pictures"))
        change->pictures = json_object_get_array_member(question->params, "pictures");
    if (!check_pictures(question, change->pictures))
        return false;
    if (change->act == GW_ACT_REOPEN) {
        if (!read_day(question, &change->due_ms))
            return false;
        change->due = g_strdup(gw_question_get(question, "due"));
    }
    if (change->act == GW_ACT_RECHECK && has_due) {
        g_autofree char *morning = g_strconcat(gw_question_get(question, "due"), "T00:00", NULL);
        if (!read_day(question, &change->recheck_ms))
            return false;
        /* A day to look again begins with its morning; a minute is that minute. */
        gw_due_parse(morning, gw_tickets_of(question)->zone, &change->recheck_ms);
    }
    if (change->act == GW_ACT_ISSUE && about->ticket->due.ms <= gw_tickets_now_ms(gw_tickets_of(question))) {
        gw_question_fail(question, SIG_ERROR_STATE,
                         "The deadline of this draft has passed: withdraw it and write a new one.");
        return false;
    }
    return true;
}

static GwStatement *
make_update(const GwQuestion *question, const Change *change)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    const GwTicket *ticket = about->ticket;
    bool reopens = change->act == GW_ACT_REOPEN;
    int64_t due_ms = reopens ? change->due_ms : ticket->due.ms;
    bool fresh = reopens || change->act == GW_ACT_ISSUE;
    GwStatement *statement =
        gw_statement_new("UPDATE ticket SET state = ?2, n = ?3, round = ?4, due = ?5, due_ms = ?6, climb_ms = ?7,"
                         " climbs = ?8, recheck_ms = ?9 WHERE id = ?1");

    gw_statement_text(statement, ticket->id);
    gw_statement_text(statement, gw_ticket_state_to_string(gw_ticket_get_next(change->act)));
    gw_statement_int(statement, ticket->n + 1);
    gw_statement_int(statement, ticket->round + (reopens ? 1 : 0));
    gw_statement_text(statement, reopens ? change->due : ticket->due.text);
    gw_statement_int(statement, due_ms);
    gw_statement_int(statement, fresh ? due_ms : ticket->due.climb_ms);
    gw_statement_int(statement, fresh ? 0 : ticket->due.climbs);
    gw_statement_int(statement, change->recheck_ms);
    return statement;
}

static void
add_pictures(const GwQuestion *question, const Change *change, GPtrArray *statements)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    for (unsigned i = 0; change->pictures != NULL && i < json_array_get_length(change->pictures); i++) {
        GwStatement *statement =
            gw_statement_new("UPDATE ticket_picture SET event = ?2 WHERE id = ?1 AND event IS NULL");
        gw_statement_text(statement, json_array_get_string_element(change->pictures, i));
        gw_statement_int(statement, about->ticket->n + 1);
        g_ptr_array_add(statements, statement);
    }
}

/* What was found goes out with the ticket: all of it. */
static void
add_evidence(const GwQuestion *question, GPtrArray *statements)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    GwStatement *statement =
        gw_statement_new("UPDATE ticket_picture SET event = ?2 WHERE ticket = ?1 AND event IS NULL");

    gw_statement_text(statement, about->ticket->id);
    gw_statement_int(statement, about->ticket->n + 1);
    g_ptr_array_add(statements, statement);
}

static const char *
get_text(const GwQuestion *question)
{
    const char *text = gw_question_get(question, "text");

    return text != NULL ? text : gw_question_get(question, "reason");
}

static JsonObject *
make_detail(const GwQuestion *question, const Change *change)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    JsonObject *detail = json_object_new();

    gw_object_set_text(detail, "due", change->due);
    if (change->due_ms != 0)
        json_object_set_int_member(detail, "due_ms", change->due_ms);
    if (change->recheck_ms != 0)
        json_object_set_int_member(detail, "recheck_ms", change->recheck_ms);
    if (change->act == GW_ACT_REPLY || change->act == GW_ACT_READ)
        json_object_set_boolean_member(detail, "late",
                                       gw_ticket_is_overdue(about->ticket, gw_tickets_now_ms(gw_tickets_of(question))));
    return detail;
}

static void
on_done(GwQuestion *question)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    GwTicketAct act = gw_ticket_case_of(question)->act;
    g_autofree char *action = g_strconcat("ticket.", gw_ticket_act_to_string(act), NULL);
    g_autofree char *number = gw_ticket_get_number(about->ticket);
    JsonObject *detail = gw_object_with_text("number", number);

    gw_object_set_text(detail, act == GW_ACT_REOPEN || act == GW_ACT_WITHDRAW ? "reason" : "text", get_text(question));
    gw_object_set_text(detail, "due", gw_question_get(question, "due"));
    gw_object_set_text(detail, "unit", about->ticket->to_unit);
    gw_question_note(question, action, detail);
    gw_ticket_answer(question);
}

static void
write_act(GwQuestion *question, const Change *change)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    g_autoptr(JsonObject) detail = make_detail(question, change);
    GPtrArray *statements = g_ptr_array_new();
    const GwTicketEvent event = {
        .ticket = about->ticket->id,
        .type = gw_ticket_act_to_string(change->act),
        .who = question->identity.audit,
        .display = question->identity.display,
        .unit = question->identity.unit,
        .text = get_text(question),
        .n = about->ticket->n + 1,
        .at_ms = gw_tickets_now_ms(gw_tickets_of(question)),
        .detail = detail,
    };

    g_ptr_array_add(statements, gw_ticket_event_to_statement(&event));
    g_ptr_array_add(statements, make_update(question, change));
    add_pictures(question, change, statements);
    if (change->act == GW_ACT_ISSUE)
        add_evidence(question, statements);
    gw_question_write(question, statements, on_done, on_conflict);
}

static void
on_found(GwQuestion *question)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    Change change = { .act = about->act };

    /* Reading twice is nothing new. */
    if (change.act == GW_ACT_READ && (about->sides & GW_TICKET_OFFICE) != 0 &&
        !gw_ticket_may(about->ticket, about->sides, GW_ACT_READ)) {
        gw_ticket_answer_quietly(question);
        return;
    }
    if (gw_ticket_may(about->ticket, about->sides, change.act)) {
        if (read_change(question, &change))
            write_act(question, &change);
        g_free(change.due);
        return;
    }
    /* Not this person's to do, whatever its state. */
    for (GwTicketState state = 0; state < GW_TICKET_N_STATES; state++) {
        GwTicket other = *about->ticket;
        other.state = state;
        if (gw_ticket_may(&other, about->sides, change.act)) {
            tell_who_was_first(question);
            return;
        }
    }
    gw_question_note(question, "ticket.refused", gw_object_with_text("act", gw_ticket_act_to_string(change.act)));
    gw_question_fail(question, SIG_ERROR_FORBIDDEN, "This is for somebody else to do.");
}

static void
begin(GwQuestion *question, GwTicketAct act)
{
    gw_ticket_open_case(question)->act = act;
    gw_ticket_find(question, on_found);
}

static void
issue(GwQuestion *question)
{
    begin(question, GW_ACT_ISSUE);
}

static void
read_it(GwQuestion *question)
{
    begin(question, GW_ACT_READ);
}

static void
reply(GwQuestion *question)
{
    begin(question, GW_ACT_REPLY);
}

static void
recheck(GwQuestion *question)
{
    begin(question, GW_ACT_RECHECK);
}

static void
close_it(GwQuestion *question)
{
    begin(question, GW_ACT_CLOSE);
}

static void
reopen(GwQuestion *question)
{
    begin(question, GW_ACT_REOPEN);
}

static void
withdraw(GwQuestion *question)
{
    begin(question, GW_ACT_WITHDRAW);
}

#define PARAM_PICTURES                                                                                                 \
    {                                                                                                                  \
        .name = "pictures", .type = SIG_TYPE_ARRAY, .optional = true, .max = GW_TICKETS_MAX_PICTURES                   \
    }
#define PARAM_REASON                                                                                                   \
    {                                                                                                                  \
        .name = "reason", .type = SIG_TYPE_STRING, .min = 1, .max = GW_TICKETS_MAX_REASON                              \
    }
#define PARAM_TEXT(is_optional)                                                                                        \
    {                                                                                                                  \
        .name = "text", .type = SIG_TYPE_STRING, .optional = is_optional, .min = 1, .max = GW_TICKETS_MAX_TEXT         \
    }

static const SigParam only_ticket[] = { GW_TICKET_PARAM_ID("ticket"), { NULL } };
static const char result[] = "{ticket, events, pictures}";

const GwQuestionMethod gw_ticket_act_methods[] = {
    { { .name = "tickets.issue",
        .access = GW_ACCESS_INSPECTOR,
        .params = only_ticket,
        .summary = "Sends a draft, with its pictures.",
        .result = result,
        .handle = gw_question_on_request },
      issue },
    { { .name = "tickets.read",
        .access = GW_TICKETS_UNIT,
        .params = only_ticket,
        .summary = "The unit has read it: who and when is written down.",
        .result = result,
        .handle = gw_question_on_request },
      read_it },
    { { .name = "tickets.reply",
        .access = GW_TICKETS_UNIT,
        .params = (const SigParam[]){ GW_TICKET_PARAM_ID("ticket"), PARAM_TEXT(false), PARAM_PICTURES, { NULL } },
        .summary = "What the unit has put right, with pictures that it has uploaded.",
        .result = result,
        .handle = gw_question_on_request },
      reply },
    { { .name = "tickets.recheck",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_TICKET_PARAM_ID("ticket"),
                                      PARAM_TEXT(true),
                                      { .name = "due",
                                        .type = SIG_TYPE_STRING,
                                        .optional = true,
                                        .min = 1,
                                        .max = GW_DUE_MAX_TEXT,
                                        .summary = "when to look again" },
                                      PARAM_PICTURES,
                                      { NULL } },
        .summary = "What was found when looking again, or the day on which to.",
        .result = result,
        .handle = gw_question_on_request },
      recheck },
    { { .name = "tickets.close",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_TICKET_PARAM_ID("ticket"), PARAM_TEXT(true), PARAM_PICTURES, { NULL } },
        .summary = "It has been put right.",
        .result = result,
        .handle = gw_question_on_request },
      close_it },
    { { .name = "tickets.reopen",
        .access = GW_ACCESS_INSPECTOR,
        .params =
            (const SigParam[]){
                GW_TICKET_PARAM_ID("ticket"), PARAM_REASON, GW_TICKET_PARAM_DUE, PARAM_PICTURES, { NULL } },
        .summary = "It has not been put right: once more, with a new deadline.",
        .result = result,
        .handle = gw_question_on_request },
      reopen },
    { { .name = "tickets.withdraw",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_TICKET_PARAM_ID("ticket"), PARAM_REASON, { NULL } },
        .summary = "Its author takes it back.",
        .result = result,
        .handle = gw_question_on_request },
      withdraw },
    { { NULL }, NULL },
};
