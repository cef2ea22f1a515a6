#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/tickets/tickets-priv.h"

const char *
gw_tickets_get_post(const GwTickets *self, const GwIdentity *identity, uint32_t access, const char *unit)
{
    GwPeople *people = self->gateway->people;
    const char *post = NULL;

    for (const char *at = unit; at != NULL && gw_people_reaches(people, identity, access, at);) {
        const GwUnit *found = gw_people_get_unit(people, at);
        post = at;
        at = found != NULL ? found->parent : NULL;
    }
    return post;
}

/* Whether somebody works in this very unit, not in one above it. */
static bool
is_at(const GwTickets *self, const GwIdentity *identity, uint32_t access, const char *unit)
{
    return g_strcmp0(gw_tickets_get_post(self, identity, access, unit), unit) == 0;
}

static bool
is_holder(const GwTickets *self, const GwIdentity *identity, const GwTicket *ticket)
{
    const char *at = ticket->from_unit;

    for (unsigned i = 0; at != NULL && i <= ticket->due.climbs; i++) {
        const GwUnit *unit = gw_people_get_unit(self->gateway->people, at);
        if (is_at(self, identity, GW_ACCESS_INSPECTOR, at))
            return true;
        at = unit != NULL ? unit->parent : NULL;
    }
    return false;
}

unsigned
gw_tickets_get_sides(const GwTickets *self, const GwIdentity *identity, const GwTicket *ticket)
{
    GwPeople *people = self->gateway->people;
    bool judges = gw_people_reaches(people, identity, GW_ACCESS_INSPECTOR, ticket->from_unit);
    bool is_author = judges && g_strcmp0(identity->audit, ticket->who) == 0;
    unsigned sides = 0;

    if (ticket->state == GW_TICKET_DRAFT)
        return is_author ? GW_TICKET_SEES | GW_TICKET_AUTHOR | GW_TICKET_JUDGE : 0;
    if (judges)
        sides |= GW_TICKET_SEES | GW_TICKET_JUDGE;
    if (judges && is_holder(self, identity, ticket))
        sides |= GW_TICKET_HOLDER;
    if (is_author)
        sides |= GW_TICKET_AUTHOR;
    if (gw_people_reaches(people, identity, GW_ACCESS_INSPECTOR, ticket->to_unit))
        sides |= GW_TICKET_SEES;
    if (is_at(self, identity, GW_TICKETS_UNIT, ticket->to_unit))
        sides |= GW_TICKET_SEES | GW_TICKET_OFFICE;
    return sides;
}

static void
set_unit(const GwTickets *self, JsonObject *object, const char *member, const char *unit)
{
    JsonObject *json = gw_people_unit_to_json(self->gateway->people, unit);

    if (json != NULL)
        json_object_set_object_member(object, member, json);
}

static JsonObject *
moment_to_json(const GwTicketMoment *moment)
{
    JsonObject *object = json_object_new();

    gw_object_set_text(object, "session", moment->session);
    gw_object_set_text(object, "place", moment->place);
    if (moment->session != NULL)
        json_object_set_int_member(object, "at_ms", moment->at_ms);
    if (moment->to_ms != 0)
        json_object_set_int_member(object, "to_ms", moment->to_ms);
    return object;
}

static void
add_due(const GwTickets *self, JsonObject *object, const GwTicket *ticket, int64_t now_ms)
{
    const char *at = ticket->from_unit;

    json_object_set_string_member(object, "due", ticket->due.text);
    json_object_set_int_member(object, "due_ms", ticket->due.ms);
    json_object_set_boolean_member(object, "overdue", gw_ticket_is_overdue(ticket, now_ms));
    if (ticket->due.recheck_ms != 0)
        json_object_set_int_member(object, "recheck_ms", ticket->due.recheck_ms);
    for (unsigned i = 0; i < ticket->due.climbs && at != NULL; i++) {
        const GwUnit *unit = gw_people_get_unit(self->gateway->people, at);
        at = unit != NULL ? unit->parent : NULL;
    }
    if (ticket->due.climbs > 0)
        set_unit(self, object, "climbed", at);
}

static void
add_rights(JsonObject *object, const GwTicket *ticket, unsigned sides, int64_t now_ms)
{
    JsonArray *may = json_array_new();

    for (GwTicketAct act = 0; act < GW_N_ACTS; act++) {
        if (gw_ticket_may(ticket, sides, act))
            json_array_add_string_element(may, gw_ticket_act_to_string(act));
    }
    json_object_set_array_member(object, "may", may);
    gw_object_set_text(object, "may_add", gw_ticket_get_picture_side(ticket, sides));
    json_object_set_boolean_member(object, "needs_me", gw_ticket_needs(ticket, sides, now_ms));
    json_object_set_boolean_member(object, "mine", (sides & GW_TICKET_AUTHOR) != 0);
}

JsonObject *
gw_tickets_to_json(const GwTickets *self, const GwIdentity *identity, const GwTicket *ticket)
{
    unsigned sides = gw_tickets_get_sides(self, identity, ticket);
    int64_t now_ms = gw_tickets_now_ms(self);
    const GwTicketType *type = gw_ticket_types_find(self, ticket->type);
    JsonObject *object = gw_object_with_text("id", ticket->id);
    g_autofree char *number = gw_ticket_get_number(ticket);

    json_object_set_string_member(object, "number", number);
    gw_object_set_text(object, "kind", ticket->kind);
    gw_object_set_text(object, "task", ticket->task);
    set_unit(self, object, "from", ticket->from_unit);
    set_unit(self, object, "to", ticket->to_unit);
    gw_object_set_text(object, "by", ticket->display);
    if (type != NULL)
        json_object_set_object_member(object, "type", gw_ticket_type_to_json(type));
    gw_object_set_text(object, "text", ticket->text);
    if (ticket->moment.session != NULL || ticket->moment.place != NULL)
        json_object_set_object_member(object, "moment", moment_to_json(&ticket->moment));
    json_object_set_string_member(object, "state", gw_ticket_state_to_string(ticket->state));
    json_object_set_int_member(object, "round", ticket->round);
    json_object_set_int_member(object, "n", ticket->n);
    json_object_set_int_member(object, "made_ms", ticket->made_ms);
    add_due(self, object, ticket, now_ms);
    add_rights(object, ticket, sides, now_ms);
    return object;
}

typedef struct {
    const GwTickets *tickets;
    const GwTicket *ticket;
} Telling;

static void
tell_client(SigClient *client, const GwIdentity *identity, void *user_data)
{
    const Telling *telling = user_data;

    if ((identity->access & GW_TICKETS_SEES) == 0 ||
        gw_tickets_get_sides(telling->tickets, identity, telling->ticket) == 0)
        return;
    JsonObject *params = json_object_new();
    json_object_set_object_member(params, "ticket", gw_tickets_to_json(telling->tickets, identity, telling->ticket));
    sig_client_notify(client, "ticket.changed", params);
}

void
gw_tickets_tell(const GwTickets *self, const GwTicket *ticket)
{
    Telling telling = { self, ticket };

    gw_people_foreach_client(self->gateway->people, tell_client, &telling);
}

GwStatement *
gw_ticket_event_to_statement(const GwTicketEvent *event)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO ticket_event (ticket, n, at_ms, type, who, display, unit, text,"
                         " detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    g_autoptr(JsonNode) node = event->detail != NULL ? json_node_init_object(json_node_alloc(), event->detail) : NULL;
    g_autofree char *detail = node != NULL ? json_to_string(node, FALSE) : NULL;

    gw_statement_text(statement, event->ticket);
    gw_statement_int(statement, event->n);
    gw_statement_int(statement, event->at_ms);
    gw_statement_text(statement, event->type);
    gw_statement_text(statement, event->who);
    gw_statement_text(statement, event->display);
    gw_statement_text(statement, event->unit);
    gw_statement_text(statement, event->text);
    gw_statement_text(statement, detail);
    return statement;
}
