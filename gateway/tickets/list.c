#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/tickets/tickets-priv.h"

/* The index knows no rights: rows are read page by page, newest first, until there are enough that the asker may see. */

enum { PAGE = 500, MAX_PAGES = 40, LIMIT = 100 };

typedef struct {
    int64_t before; /* row */
    unsigned pages;
} Cursor;

static bool
is_wanted(GwQuestion *question, const GwTicket *ticket, unsigned sides)
{
    const char *filter = gw_question_get(question, "filter"), *below = gw_question_get(question, "unit");
    const char *type = gw_question_get(question, "type");
    int64_t now_ms = gw_tickets_now_ms(gw_tickets_of(question));

    if (below != NULL && !gw_people_covers(gw_tickets_of(question)->gateway->people, below, ticket->to_unit))
        return false;
    if (type != NULL && g_strcmp0(type, ticket->type) != 0)
        return false;
    if (filter == NULL || strcmp(filter, "all") == 0)
        return true;
    if (strcmp(filter, "needs-me") == 0)
        return gw_ticket_needs(ticket, sides, now_ms);
    if (strcmp(filter, "mine") == 0)
        return (sides & GW_TICKET_AUTHOR) != 0;
    if (strcmp(filter, "overdue") == 0)
        return gw_ticket_is_overdue(ticket, now_ms);
    if (strcmp(filter, "recheck") == 0)
        return ticket->state == GW_TICKET_REPLIED || ticket->state == GW_TICKET_RECHECK;
    return gw_ticket_is_over(ticket) == (strcmp(filter, "over") == 0);
}

static void read_page(GwQuestion *question, Cursor *cursor);

static void
finish(GwQuestion *question, Cursor *cursor, bool more)
{
    if (more)
        json_object_set_int_member(question->result, "before", cursor->before);
    gw_question_reply(question);
}

static void
on_page(GwQuestion *question, const GwRows *rows)
{
    Cursor *cursor = question->data;
    JsonArray *tickets = json_object_get_array_member(question->result, "tickets");
    int64_t limit = json_object_get_int_member_with_default(question->params, "limit", LIMIT);
    unsigned n = gw_rows_get_count(rows);

    for (unsigned i = 0; i < n; i++) {
        g_autoptr(GwTicket) ticket = gw_ticket_from_row(rows, i);
        unsigned sides = gw_tickets_get_sides(gw_tickets_of(question), &question->identity, ticket);
        if (sides != 0 && is_wanted(question, ticket, sides)) {
            if (json_array_get_length(tickets) == limit) {
                finish(question, cursor, true);
                return;
            }
            json_array_add_object_element(tickets,
                                          gw_tickets_to_json(gw_tickets_of(question), &question->identity, ticket));
        }
        cursor->before = ticket->row;
    }
    if (n < PAGE || cursor->pages >= MAX_PAGES)
        finish(question, cursor, n == PAGE);
    else
        read_page(question, cursor);
}

static void
read_page(GwQuestion *question, Cursor *cursor)
{
    GwStatement *statement =
        gw_statement_new("SELECT " GW_TICKET_COLUMNS " FROM ticket WHERE row < ?1 AND (?2 IS NULL OR task = ?2)"
                         " AND (?3 = 0 OR state NOT IN ('closed', 'withdrawn')) ORDER BY row DESC LIMIT ?4");
    const char *filter = gw_question_get(question, "filter");
    bool only_open =
        filter != NULL && strcmp(filter, "all") != 0 && strcmp(filter, "over") != 0 && strcmp(filter, "mine") != 0;

    cursor->pages++;
    gw_statement_int(statement, cursor->before);
    gw_statement_text(statement, gw_question_get(question, "task"));
    gw_statement_int(statement, only_open);
    gw_statement_int(statement, PAGE);
    gw_question_query(question, statement, on_page);
}

static void
list(GwQuestion *question)
{
    int64_t before = gw_question_get_int(question, "before");
    const char *below = gw_question_get(question, "unit");
    Cursor *cursor = NULL;

    if (below != NULL &&
        !gw_people_reaches(gw_tickets_of(question)->gateway->people, &question->identity, GW_TICKETS_SEES, below)) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such unit.");
        return;
    }
    cursor = g_new0(Cursor, 1);
    cursor->before = before > 0 ? before : INT64_MAX;
    gw_question_set_data(question, cursor, g_free);
    json_object_set_array_member(question->result, "tickets", json_array_new());
    read_page(question, cursor);
}

/* tickets.tasks */

static JsonObject *
task_to_json(GwQuestion *question, const GwRows *rows, unsigned row)
{
    static const char *const texts[] = { "task", NULL, "by", "text", "due" };
    static const char *const numbers[] = { "due_ms", "made_ms", "total", "read", "replied", "closed", "overdue" };
    JsonObject *task = json_object_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i] != NULL)
            gw_object_set_row_text(task, texts[i], rows, row, i);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
        gw_object_set_row_int(task, numbers[i], rows, row, (unsigned)G_N_ELEMENTS(texts) + i);
    json_object_set_object_member(
        task, "from", gw_people_unit_to_json(gw_tickets_of(question)->gateway->people, gw_rows_text(rows, row, 1)));
    return task;
}

static void
on_tasks(GwQuestion *question, const GwRows *rows)
{
    JsonArray *tasks = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        if (gw_people_get_unit(gw_tickets_of(question)->gateway->people, gw_rows_text(rows, i, 1)) != NULL &&
            gw_people_reaches(gw_tickets_of(question)->gateway->people, &question->identity, GW_ACCESS_INSPECTOR,
                              gw_rows_text(rows, i, 1)))
            json_array_add_object_element(tasks, task_to_json(question, rows, i));
    }
    json_object_set_array_member(question->result, "tasks", tasks);
    gw_question_reply(question);
}

static void
tasks(GwQuestion *question)
{
    GwStatement *statement = gw_statement_new(
        "SELECT task, min(from_unit), min(display), min(text), max(due), max(due_ms), min(made_ms),"
        " sum(state <> 'withdrawn'), sum(state IN ('read', 'replied', 'recheck', 'closed')),"
        " sum(state IN ('replied', 'recheck', 'closed')), sum(state = 'closed'),"
        " sum(state IN ('issued', 'read', 'reopened') AND due_ms <= ?1)"
        " FROM ticket WHERE task IS NOT NULL AND state <> 'draft' GROUP BY task ORDER BY max(row) DESC LIMIT ?2");

    gw_statement_int(statement, gw_tickets_now_ms(gw_tickets_of(question)));
    gw_statement_int(statement, GW_TICKETS_MAX_ROWS);
    gw_question_query(question, statement, on_tasks);
}

static const char *const filters[] = { "all", "open", "needs-me", "mine", "overdue", "recheck", "over", NULL };

const GwQuestionMethod gw_ticket_list_methods[] = {
    { { .name = "tickets.list",
        .access = GW_TICKETS_SEES,
        .params =
            (const SigParam[]){
                { .name = "filter", .type = SIG_TYPE_STRING, .optional = true, .values = filters },
                { .name = "unit", .type = SIG_TYPE_STRING, .optional = true, .max = GW_TICKETS_MAX_ID },
                { .name = "type", .type = SIG_TYPE_STRING, .optional = true, .max = GW_TICKETS_MAX_ID },
                { .name = "task", .type = SIG_TYPE_STRING, .optional = true, .max = GW_TICKETS_MAX_ID },
                { .name = "before", .type = SIG_TYPE_INTEGER, .optional = true, .min = 1, .max = INT64_MAX },
                { .name = "limit", .type = SIG_TYPE_INTEGER, .optional = true, .min = 1, .max = GW_TICKETS_MAX_ROWS },
                { NULL } },
        .summary = "Tickets that the asker may see, newest first; unit: of it and below.",
        .result = "{tickets, before?}",
        .handle = gw_question_on_request },
      list },
    { { .name = "tickets.tasks",
        .access = GW_ACCESS_INSPECTOR,
        .summary = "Tasks that were sent to many units, with how many have replied.",
        .result = "{tasks}",
        .handle = gw_question_on_request },
      tasks },
    { { NULL }, NULL },
};
