#define G_LOG_DOMAIN "gateway.tickets"

#include "gateway/archive/archive-priv.h"
#include "gateway/tickets/tickets-priv.h"

/* What time does: a ticket that is overdue climbs one tier, and one more after each period, until somebody has answered or there
 * is no tier above. Nothing climbs by a clock that somebody has just set. */

enum { AT_ONCE = 100 };

#define HOUR_MS (INT64_C(3600) * 1000)

static const GwUnit *
get_above(const GwTickets *self, const char *unit, unsigned tiers)
{
    const GwUnit *at = gw_people_get_unit(self->gateway->people, unit);

    for (unsigned i = 0; i < tiers && at != NULL; i++)
        at = at->parent != NULL ? gw_people_get_unit(self->gateway->people, at->parent) : NULL;
    return at;
}

typedef struct {
    GwTickets *tickets;
    GwTicket *ticket; /* as it is afterwards; owned */
    const GwUnit *above;
} Climb;

static void
on_climbed(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Climb *climb = user_data;
    g_autoptr(GwTicket) ticket = climb->ticket;
    g_autofree char *object = g_strconcat("ticket:", ticket->id, NULL);
    g_autofree char *number = gw_ticket_get_number(ticket);
    const GwAuditEntry entry = { .who = "system", .action = "ticket.overdue", .object = object };

    (void)rows;
    /* Somebody acted just then, or the disk is full: it is found again by the next tick, if it is still overdue. */
    if (error != NULL)
        return;
    JsonObject *detail = gw_object_with_text("number", number);
    gw_object_set_text(detail, "unit", ticket->to_unit);
    gw_object_set_text(detail, "climbed", climb->above != NULL ? climb->above->id : NULL);
    gw_audit_add(climb->tickets->gateway->audit, &entry, detail);
    gw_tickets_tell(climb->tickets, ticket);
}

static void
climb_one(GwTickets *self, GwTicket *ticket, int64_t now_ms)
{
    const GwUnit *above = get_above(self, ticket->from_unit, ticket->due.climbs + 1);
    const GwUnit *next = get_above(self, ticket->from_unit, ticket->due.climbs + 2);
    int64_t period_ms = (int64_t)self->gateway->config->tickets.climb_hours * HOUR_MS;
    g_autoptr(JsonObject) detail = gw_object_with_text("due", ticket->due.text);
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = NULL;
    Climb *climb = NULL;

    ticket->due.climbs += above != NULL ? 1 : 0;
    ticket->due.climb_ms = above != NULL && next != NULL ? now_ms + period_ms : 0;
    ticket->n++;
    if (above != NULL)
        json_object_set_object_member(detail, "climbed", gw_people_unit_to_json(self->gateway->people, above->id));
    const GwTicketEvent event = {
        .ticket = ticket->id,
        .type = "overdue",
        .who = "system",
        .display = "",
        .unit = ticket->to_unit,
        .n = ticket->n,
        .at_ms = now_ms,
        .detail = detail,
    };
    g_ptr_array_add(statements, gw_ticket_event_to_statement(&event));
    statement = gw_statement_new("UPDATE ticket SET n = ?2, climbs = ?3, climb_ms = ?4 WHERE id = ?1");
    gw_statement_text(statement, ticket->id);
    gw_statement_int(statement, ticket->n);
    gw_statement_int(statement, ticket->due.climbs);
    gw_statement_int(statement, ticket->due.climb_ms);
    g_ptr_array_add(statements, statement);
    climb = g_new(Climb, 1);
    *climb = (Climb){ self, ticket, above };
    gw_store_run_all(self->gateway->store, statements, on_climbed, climb);
}

static void
on_due(GwRows *rows, const GError *error, void *user_data)
{
    GwTickets *self = user_data;

    self->climbing = false;
    if (error != NULL) {
        g_warning("tickets: %s", error->message);
        return;
    }
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        climb_one(self, gw_ticket_from_row(rows, i), gw_tickets_now_ms(self));
}

void
gw_tickets_climb(GwTickets *self)
{
    int64_t now_ms = gw_tickets_now_ms(self);
    GwStatement *statement = NULL;

    if (self->climbing || gw_clock_get_doubt(&self->clock, now_ms) != NULL)
        return;
    self->climbing = true;
    statement =
        gw_statement_new("SELECT " GW_TICKET_COLUMNS " FROM ticket WHERE state IN ('issued', 'read', 'reopened')"
                         " AND climb_ms > 0 AND climb_ms <= ?1 ORDER BY climb_ms LIMIT ?2");
    gw_statement_int(statement, now_ms);
    gw_statement_int(statement, AT_ONCE);
    gw_store_run(self->gateway->store, statement, on_due, self);
}

/* A day ends at another instant where the machine's zone, or its rules, are others than before. */
static void
move_deadline(GwTickets *self, const GwTicket *ticket, int64_t due_ms)
{
    GwStatement *statement = gw_statement_new("UPDATE ticket SET due_ms = ?2, climb_ms = ?3 WHERE id = ?1 AND n = ?4");

    gw_statement_text(statement, ticket->id);
    gw_statement_int(statement, due_ms);
    gw_statement_int(statement, ticket->due.climb_ms == ticket->due.ms ? due_ms : ticket->due.climb_ms);
    gw_statement_int(statement, ticket->n);
    gw_store_run(self->gateway->store, statement, NULL, NULL);
}

bool
gw_tickets_load_deadlines(GwTickets *self, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        self->gateway->store,
        gw_statement_new("SELECT " GW_TICKET_COLUMNS " FROM ticket WHERE state NOT IN ('closed', 'withdrawn')"), error);

    if (rows == NULL)
        return false;
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_autoptr(GwTicket) ticket = gw_ticket_from_row(rows, i);
        int64_t due_ms = 0;
        if (gw_due_parse(ticket->due.text, self->zone, &due_ms) && due_ms != ticket->due.ms)
            move_deadline(self, ticket, due_ms);
    }
    return true;
}
