#include "gateway/archive/archive-priv.h"
#include "gateway/tickets/tickets-priv.h"

/* One ticket with its history and its pictures: what every act answers with. ask->number: others hear of it, too. */

static JsonObject *
event_to_json(const GwTicketAsk *ask, const GwRows *rows, unsigned row)
{
    JsonObject *event = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(ask->tickets->gateway->people, gw_rows_text(rows, row, 4));
    JsonNode *detail = gw_rows_is_null(rows, row, 6) ? NULL : json_from_string(gw_rows_text(rows, row, 6), NULL);

    gw_object_set_row_int(event, "n", rows, row, 0);
    gw_object_set_row_int(event, "at_ms", rows, row, 1);
    gw_object_set_row_text(event, "type", rows, row, 2);
    gw_object_set_row_text(event, "by", rows, row, 3);
    if (unit != NULL)
        json_object_set_object_member(event, "unit", unit);
    gw_object_set_row_text(event, "text", rows, row, 5);
    if (detail != NULL)
        json_object_set_member(event, "detail", detail);
    return event;
}

static void
on_events(GwTicketAsk *ask, const GwRows *rows)
{
    JsonArray *events = json_array_new(), *pictures = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        json_array_add_object_element(events, event_to_json(ask, rows, i));
    for (unsigned i = 0; i < ask->pictures->len; i++) {
        const GwTicketPicture *picture = ask->pictures->pdata[i];
        if (gw_ticket_picture_is_shown(picture, ask->ticket, ask->sides))
            json_array_add_object_element(pictures, gw_ticket_picture_to_json(picture, ask->ticket->id));
    }
    json_object_set_object_member(ask->result, "ticket",
                                  gw_tickets_to_json(ask->tickets, &ask->asker.identity, ask->ticket));
    json_object_set_array_member(ask->result, "events", events);
    json_object_set_array_member(ask->result, "pictures", pictures);
    if (ask->number != 0)
        gw_tickets_tell(ask->tickets, ask->ticket);
    gw_ticket_ask_reply(ask);
}

static void
found(GwTicketAsk *ask)
{
    GwStatement *statement = gw_statement_new("SELECT n, at_ms, type, display, unit, text, detail FROM ticket_event"
                                              " WHERE ticket = ?1 ORDER BY n LIMIT ?2");

    gw_statement_text(statement, ask->ticket->id);
    gw_statement_int(statement, GW_TICKETS_MAX_ROWS);
    gw_ticket_ask_query(ask, statement, on_events);
}

void
gw_ticket_answer_quietly(GwTicketAsk *ask)
{
    ask->number = 0;
    gw_ticket_ask_find(ask, found);
}

void
gw_ticket_answer(GwTicketAsk *ask)
{
    ask->number = 1;
    gw_ticket_ask_find(ask, found);
}

const GwTicketMethod gw_ticket_get_methods[] = {
    { { .name = "tickets.get",
        .access = GW_TICKETS_SEES,
        .params = (const SigParam[]){ GW_TICKET_PARAM_ID("ticket"), { NULL } },
        .summary = "One ticket with its history and its pictures.",
        .result = "{ticket, events, pictures}",
        .handle = gw_ticket_ask_on_request },
      gw_ticket_answer_quietly },
    { { NULL }, NULL },
};
