#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/people/secret.h"
#include "gateway/tickets/tickets-priv.h"

/* tickets.create: one ticket, or a copy of a task for each of many units, in one transaction. */

enum { MAX_DAYS_AHEAD = GW_DUE_MAX_DAYS };

#define DAY_MS (INT64_C(24) * 3600 * 1000)

typedef struct {
    GPtrArray *units;      /* borrowed ids of units, each once */
    const char *from_unit; /* borrowed */
    char *due, *task;
    int64_t due_ms;
} Order;

static void
order_free(Order *order)
{
    if (order == NULL)
        return;
    g_ptr_array_unref(order->units);
    g_free(order->due);
    g_free(order->task);
    g_free(order);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Order, order_free)

static bool
is_task(const GwQuestion *question)
{
    return g_strcmp0(gw_question_get(question, "kind"), "task") == 0;
}

static bool
refuse(GError **error, SigError code, const char *message)
{
    g_set_error_literal(error, SIG_ERROR, (int)code, message);
    return false;
}

/* Below the unit of the asker's post that reaches them, and all from the same one. */
static bool
read_units(GwQuestion *question, Order *order, GError **error)
{
    JsonArray *units = json_object_get_array_member(question->params, "units");

    for (unsigned i = 0; i < json_array_get_length(units); i++) {
        JsonNode *node = json_array_get_element(units, i);
        const char *id = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
        const GwUnit *unit = id != NULL ? gw_people_get_unit(gw_tickets_of(question)->gateway->people, id) : NULL;
        const char *from = unit != NULL ? gw_tickets_get_post(gw_tickets_of(question), &question->identity,
                                                              GW_ACCESS_INSPECTOR, unit->id)
                                        : NULL;
        if (from == NULL || unit->closed_ms != 0)
            return refuse(error, SIG_ERROR_NOT_FOUND, "There is no such unit.");
        if (strcmp(from, unit->id) == 0)
            return refuse(error, SIG_ERROR_BAD_PARAMS, "A ticket goes to a unit below one's own.");
        if (order->from_unit != NULL && strcmp(order->from_unit, from) != 0)
            return refuse(error, SIG_ERROR_BAD_PARAMS, "These units are not below one unit of yours.");
        order->from_unit = from;
        if (!g_ptr_array_find_with_equal_func(order->units, unit->id, g_str_equal, NULL))
            g_ptr_array_add(order->units, unit->id);
    }
    if (order->units->len > 1 && !is_task(question))
        return refuse(error, SIG_ERROR_BAD_PARAMS, "A ticket goes to one unit; a task can go to many.");
    return true;
}

static bool
read_due(GwQuestion *question, Order *order, const GwTicketType *type, GError **error)
{
    const char *due = gw_question_get(question, "due");
    int64_t now_ms = gw_tickets_now_ms(gw_tickets_of(question));

    order->due = due != NULL ? g_strdup(due)
                             : gw_due_in_days(type != NULL ? type->days : 7, gw_tickets_of(question)->zone, now_ms);
    if (!gw_due_parse(order->due, gw_tickets_of(question)->zone, &order->due_ms))
        return refuse(error, SIG_ERROR_BAD_PARAMS,
                      "The deadline is a day, as 2026-03-29, or a minute, as 2026-03-29T17:00.");
    if (order->due_ms <= now_ms || order->due_ms > now_ms + MAX_DAYS_AHEAD * DAY_MS)
        return refuse(error, SIG_ERROR_BAD_PARAMS, "The deadline must be ahead, by a year at most.");
    return true;
}

static Order *
read_order(GwQuestion *question, GError **error)
{
    g_autoptr(Order) order = g_new0(Order, 1);
    const GwTicketType *type = gw_ticket_types_find(gw_tickets_of(question), gw_question_get(question, "type"));

    order->units = g_ptr_array_new();
    if (!is_task(question) && (type == NULL || type->off)) {
        refuse(error, SIG_ERROR_BAD_PARAMS, "A ticket has a type of problem that is in the list.");
        return NULL;
    }
    if (!read_units(question, order, error) || !read_due(question, order, type, error))
        return NULL;
    if (is_task(question))
        order->task = gw_secret_new_id("task");
    return g_steal_pointer(&order);
}

static void
bind_optional_int(GwStatement *statement, const GwQuestion *question, const char *name)
{
    if (json_object_has_member(question->params, name))
        gw_statement_int(statement, gw_question_get_int(question, name));
    else
        gw_statement_null(statement);
}

static GwStatement *
make_ticket(const GwQuestion *question, const Order *order, const char *id, const char *unit)
{
    GwStatement *statement = gw_statement_new(
        "INSERT INTO ticket (id, kind, task, year, number, from_unit, to_unit, who, display, client, type, text, "
        "session,"
        " place, at_ms, to_ms, state, made_ms, due, due_ms, climb_ms, n, round, recheck_ms, climbs)"
        " VALUES (?1, ?2, ?3, ?4, (SELECT coalesce(max(number), 0) + 1 FROM ticket WHERE from_unit = ?5 AND year = ?4),"
        " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?19, 1, 1, 0, 0)");
    bool draft = json_object_get_boolean_member_with_default(question->params, "draft", FALSE);
    int64_t now_ms = gw_tickets_now_ms(gw_tickets_of(question));

    gw_statement_text(statement, id);
    gw_statement_text(statement, is_task(question) ? "task" : "ticket");
    gw_statement_text(statement, order->task);
    gw_statement_int(statement, gw_due_get_year(gw_tickets_of(question)->zone, now_ms));
    gw_statement_text(statement, order->from_unit);
    gw_statement_text(statement, unit);
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_text(statement, gw_question_get(question, "client"));
    gw_statement_text(statement, is_task(question) ? NULL : gw_question_get(question, "type"));
    gw_statement_text(statement, gw_question_get(question, "text"));
    gw_statement_text(statement, gw_question_get(question, "session"));
    gw_statement_text(statement, gw_question_get(question, "place"));
    bind_optional_int(statement, question, "at_ms");
    bind_optional_int(statement, question, "to_ms");
    gw_statement_text(statement, gw_ticket_state_to_string(draft ? GW_TICKET_DRAFT : GW_TICKET_ISSUED));
    gw_statement_int(statement, now_ms);
    gw_statement_text(statement, order->due);
    gw_statement_int(statement, order->due_ms);
    return statement;
}

static void answer_created(GwQuestion *question);

static void
note_created(GwQuestion *question, const GwTicket *ticket)
{
    g_autofree char *number = gw_ticket_get_number(ticket);
    JsonObject *detail = gw_object_with_text("number", number);

    json_object_set_string_member(detail, "unit", ticket->to_unit);
    json_object_set_string_member(detail, "due", ticket->due.text);
    gw_object_set_text(detail, "type", ticket->type);
    gw_object_set_text(detail, "task", ticket->task);
    gw_object_set_text(detail, "text", ticket->text);
    if (ticket->state == GW_TICKET_DRAFT)
        json_object_set_boolean_member(detail, "draft", true);
    gw_question_set_object(question, "ticket", ticket->id);
    gw_question_note(question, "ticket.create", detail);
}

/* told: they were made now. */
static void
on_created(GwQuestion *question, const GwRows *rows)
{
    JsonArray *tickets = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_autoptr(GwTicket) ticket = gw_ticket_from_row(rows, i);
        json_array_add_object_element(tickets,
                                      gw_tickets_to_json(gw_tickets_of(question), &question->identity, ticket));
        if (!gw_ticket_open_case(question)->told)
            continue;
        note_created(question, ticket);
        gw_tickets_tell(gw_tickets_of(question), ticket);
    }
    json_object_set_array_member(question->result, "tickets", tickets);
    gw_question_reply(question);
}

static GwStatement *
make_find(const GwQuestion *question)
{
    GwStatement *statement = gw_statement_new("SELECT " GW_TICKET_COLUMNS
                                              " FROM ticket WHERE who = ?1 AND client = ?2 ORDER BY row LIMIT ?3");

    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, gw_question_get(question, "client"));
    gw_statement_int(statement, GW_TICKETS_MAX_UNITS);
    return statement;
}

static void
answer_created(GwQuestion *question)
{
    gw_ticket_open_case(question)->told = true;
    gw_question_query(question, make_find(question), on_created);
}

/* The same page asked twice at the same time. */
static void
answer_existing(GwQuestion *question)
{
    gw_ticket_open_case(question)->told = false;
    gw_question_query(question, make_find(question), on_created);
}

static void
write_tickets(GwQuestion *question)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Order) order = read_order(question, &error);
    GPtrArray *statements = NULL;

    if (order == NULL) {
        gw_question_fail_error(question, error);
        return;
    }
    statements = g_ptr_array_new();
    for (unsigned i = 0; i < order->units->len; i++) {
        g_autofree char *id = gw_secret_new_id("ticket");
        const GwTicketEvent event = {
            .ticket = id,
            .type = "create",
            .who = question->identity.audit,
            .display = question->identity.display,
            .unit = order->from_unit,
            .text = gw_question_get(question, "text"),
            .n = 1,
            .at_ms = gw_tickets_now_ms(gw_tickets_of(question)),
        };
        g_ptr_array_add(statements, make_ticket(question, order, id, order->units->pdata[i]));
        g_ptr_array_add(statements, gw_ticket_event_to_statement(&event));
    }
    gw_question_write(question, statements, answer_created, answer_existing);
}

/* The recording that is referred to is the asker's to see. */
static void
on_recording(GwQuestion *question, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0 ||
        !gw_people_reaches(gw_tickets_of(question)->gateway->people, &question->identity, GW_ACCESS_INSPECTOR,
                           gw_rows_text(rows, 0, 0))) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such recording.");
        return;
    }
    write_tickets(question);
}

static void
on_before(GwQuestion *question, const GwRows *rows)
{
    GwStatement *statement = NULL;

    if (gw_rows_get_count(rows) > 0) {
        on_created(question, rows);
        return;
    }
    if (gw_question_get(question, "session") == NULL) {
        write_tickets(question);
        return;
    }
    statement = gw_statement_new("SELECT unit FROM recording WHERE session = ?1");
    gw_statement_text(statement, gw_question_get(question, "session"));
    gw_question_query(question, statement, on_recording);
}

static void
create(GwQuestion *question)
{
    gw_question_query(question, make_find(question), on_before);
}

/* tickets.choices: to whom, and what for. */

typedef struct {
    GwQuestion *question;
    JsonArray *units;
} Choices;

static void
add_unit(const GwUnit *unit, void *data)
{
    Choices *choices = data;
    GwTickets *tickets = gw_tickets_of(choices->question);
    const char *post = gw_tickets_get_post(tickets, &choices->question->identity, GW_ACCESS_INSPECTOR, unit->id);
    JsonObject *object = NULL;

    if (post == NULL || unit->closed_ms != 0)
        return;
    object = gw_people_unit_to_json(tickets->gateway->people, unit->id);
    json_object_set_string_member(object, "tier", unit->tier);
    if (unit->parent != NULL)
        json_object_set_string_member(object, "parent", unit->parent);
    else
        json_object_set_null_member(object, "parent");
    json_object_set_boolean_member(object, "own", strcmp(post, unit->id) == 0);
    json_array_add_object_element(choices->units, object);
}

static void
choices(GwQuestion *question)
{
    Choices list = { question, json_array_new() };
    JsonArray *types = json_array_new();

    gw_people_foreach_unit(gw_tickets_of(question)->gateway->people, add_unit, &list);
    for (unsigned i = 0; i < gw_tickets_of(question)->types->len; i++) {
        const GwTicketType *type = gw_tickets_of(question)->types->pdata[i];
        if (!type->off)
            json_array_add_object_element(types, gw_ticket_type_to_json(type));
    }
    json_object_set_array_member(question->result, "units", list.units);
    json_object_set_array_member(question->result, "types", types);
    gw_question_reply(question);
}

static const char *const kinds[] = { "ticket", "task", NULL };

const GwQuestionMethod gw_ticket_create_methods[] = {
    { { .name = "tickets.create",
        .access = GW_ACCESS_INSPECTOR,
        .params =
            (const SigParam[]){
                { .name = "client",
                  .type = SIG_TYPE_STRING,
                  .min = 1,
                  .max = GW_TICKETS_MAX_ID,
                  .summary = "the page's own name of it: asking twice makes one" },
                { .name = "kind", .type = SIG_TYPE_STRING, .optional = true, .values = kinds },
                { .name = "units", .type = SIG_TYPE_ARRAY, .min = 1, .max = GW_TICKETS_MAX_UNITS },
                { .name = "type", .type = SIG_TYPE_STRING, .optional = true, .max = GW_TICKETS_MAX_ID },
                { .name = "text", .type = SIG_TYPE_STRING, .min = 1, .max = GW_TICKETS_MAX_TEXT },
                { .name = "due", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = GW_DUE_MAX_TEXT },
                { .name = "draft",
                  .type = SIG_TYPE_BOOLEAN,
                  .optional = true,
                  .summary = "not sent before tickets.issue: pictures come first" },
                { .name = "session", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = GW_TICKETS_MAX_ID },
                { .name = "at_ms", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = GW_TICKETS_MAX_AT_MS },
                { .name = "to_ms", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = GW_TICKETS_MAX_AT_MS },
                { .name = "place", .type = SIG_TYPE_STRING, .optional = true, .max = GW_TICKETS_MAX_PLACE },
                { NULL } },
        .summary = "A ticket to a unit below, or a task to many.",
        .result = "{tickets}",
        .handle = gw_question_on_request },
      create },
    { { .name = "tickets.choices",
        .access = GW_ACCESS_INSPECTOR,
        .summary = "Units to which a ticket can go, and types of problems.",
        .result = "{units, types}",
        .handle = gw_question_on_request },
      choices },
    { { NULL }, NULL },
};
