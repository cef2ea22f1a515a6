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
is_wanted(GwTicketAsk *ask, const GwTicket *ticket, unsigned sides)
{
    const char *filter = gw_ticket_ask_get(ask, "filter"), *below = gw_ticket_ask_get(ask, "unit");
    const char *type = gw_ticket_ask_get(ask, "type");
    int64_t now_ms = gw_tickets_now_ms(ask->tickets);

    if (below != NULL && !gw_people_covers(ask->tickets->gateway->people, below, ticket->to_unit))
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

static void read_page(GwTicketAsk *ask, Cursor *cursor);

static void
finish(GwTicketAsk *ask, Cursor *cursor, bool more)
{
    if (more)
        json_object_set_int_member(ask->result, "before", cursor->before);
    g_free(cursor);
    gw_ticket_ask_reply(ask);
}

static void
on_page(GwTicketAsk *ask, const GwRows *rows)
{
    Cursor *cursor = ask->data;
    JsonArray *tickets = json_object_get_array_member(ask->result, "tickets");
    int64_t limit = json_object_get_int_member_with_default(ask->params, "limit", LIMIT);
    unsigned n = gw_rows_get_count(rows);

    for (unsigned i = 0; i < n; i++) {
        g_autoptr(GwTicket) ticket = gw_ticket_from_row(rows, i);
        unsigned sides = gw_tickets_get_sides(ask->tickets, &ask->asker.identity, ticket);
        if (sides != 0 && is_wanted(ask, ticket, sides)) {
            if (json_array_get_length(tickets) == limit) {
                finish(ask, cursor, true);
                return;
            }
            json_array_add_object_element(tickets, gw_tickets_to_json(ask->tickets, &ask->asker.identity, ticket));
        }
        cursor->before = ticket->row;
    }
    if (n < PAGE || cursor->pages >= MAX_PAGES)
        finish(ask, cursor, n == PAGE);
    else
        read_page(ask, cursor);
}

static void
read_page(GwTicketAsk *ask, Cursor *cursor)
{
    GwStatement *statement =
        gw_statement_new("SELECT " GW_TICKET_COLUMNS " FROM ticket WHERE row < ?1 AND (?2 IS NULL OR task = ?2)"
                         " AND (?3 = 0 OR state NOT IN ('closed', 'withdrawn')) ORDER BY row DESC LIMIT ?4");
    const char *filter = gw_ticket_ask_get(ask, "filter");
    bool only_open =
        filter != NULL && strcmp(filter, "all") != 0 && strcmp(filter, "over") != 0 && strcmp(filter, "mine") != 0;

    cursor->pages++;
    gw_statement_int(statement, cursor->before);
    gw_statement_text(statement, gw_ticket_ask_get(ask, "task"));
    gw_statement_int(statement, only_open);
    gw_statement_int(statement, PAGE);
    gw_ticket_ask_query(ask, statement, on_page);
}

static void
list(GwTicketAsk *ask)
{
    int64_t before = gw_ticket_ask_get_int(ask, "before");
    const char *below = gw_ticket_ask_get(ask, "unit");
    Cursor *cursor = NULL;

    if (below != NULL &&
        !gw_people_reaches(ask->tickets->gateway->people, &ask->asker.identity, GW_TICKETS_SEES, below)) {
        gw_ticket_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such unit.");
        return;
    }
    cursor = g_new0(Cursor, 1);
    cursor->before = before > 0 ? before : INT64_MAX;
    ask->data = cursor;
    json_object_set_array_member(ask->result, "tickets", json_array_new());
    read_page(ask, cursor);
}

/* tickets.tasks */

static JsonObject *
task_to_json(GwTicketAsk *ask, const GwRows *rows, unsigned row)
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
    json_object_set_object_member(task, "from",
                                  gw_people_unit_to_json(ask->tickets->gateway->people, gw_rows_text(rows, row, 1)));
    return task;
}

static void
on_tasks(GwTicketAsk *ask, const GwRows *rows)
{
    JsonArray *tasks = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        if (gw_people_get_unit(ask->tickets->gateway->people, gw_rows_text(rows, i, 1)) != NULL &&
            gw_people_reaches(ask->tickets->gateway->people, &ask->asker.identity, GW_ACCESS_INSPECTOR,
                              gw_rows_text(rows, i, 1)))
            json_array_add_object_element(tasks, task_to_json(ask, rows, i));
    }
    json_object_set_array_member(ask->result, "tasks", tasks);
    gw_ticket_ask_reply(ask);
}

static void
tasks(GwTicketAsk *ask)
{
    GwStatement *statement = gw_statement_new(
        "SELECT task, min(from_unit), min(display), min(text), max(due), max(due_ms), min(made_ms),"
        " sum(state <> 'withdrawn'), sum(state IN ('read', 'replied', 'recheck', 'closed')),"
        " sum(state IN ('replied', 'recheck', 'closed')), sum(state = 'closed'),"
        " sum(state IN ('issued', 'read', 'reopened') AND due_ms <= ?1)"
        " FROM ticket WHERE task IS NOT NULL AND state <> 'draft' GROUP BY task ORDER BY max(row) DESC LIMIT ?2");

    gw_statement_int(statement, gw_tickets_now_ms(ask->tickets));
    gw_statement_int(statement, GW_TICKETS_MAX_ROWS);
    gw_ticket_ask_query(ask, statement, on_tasks);
}

static const char *const filters[] = { "all", "open", "needs-me", "mine", "overdue", "recheck", "over", NULL };

const GwTicketMethod gw_ticket_list_methods[] = {
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
        .handle = gw_ticket_ask_on_request },
      list },
    { { .name = "tickets.tasks",
        .access = GW_ACCESS_INSPECTOR,
        .summary = "Tasks that were sent to many units, with how many have replied.",
        .result = "{tasks}",
        .handle = gw_ticket_ask_on_request },
      tasks },
    { { NULL }, NULL },
};
