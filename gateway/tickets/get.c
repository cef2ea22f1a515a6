#include "gateway/archive/archive-priv.h"
#include "gateway/tickets/tickets-priv.h"

/* One ticket with its history and its pictures: what every act answers with. */

static JsonObject *
event_to_json(const GwQuestion *question, const GwRows *rows, unsigned row)
{
    JsonObject *event = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(gw_tickets_of(question)->gateway->people, gw_rows_text(rows, row, 4));
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
on_events(GwQuestion *question, const GwRows *rows)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    JsonArray *events = json_array_new(), *pictures = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        json_array_add_object_element(events, event_to_json(question, rows, i));
    for (unsigned i = 0; i < about->pictures->len; i++) {
        const GwTicketPicture *picture = about->pictures->pdata[i];
        if (gw_ticket_picture_is_shown(picture, about->ticket, about->sides))
            json_array_add_object_element(pictures, gw_ticket_picture_to_json(picture, about->ticket->id));
    }
    json_object_set_object_member(question->result, "ticket",
                                  gw_tickets_to_json(gw_tickets_of(question), &question->identity, about->ticket));
    json_object_set_array_member(question->result, "events", events);
    json_object_set_array_member(question->result, "pictures", pictures);
    if (about->told)
        gw_tickets_tell(gw_tickets_of(question), about->ticket);
    gw_question_reply(question);
}

static void
found(GwQuestion *question)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    GwStatement *statement = gw_statement_new("SELECT n, at_ms, type, display, unit, text, detail FROM ticket_event"
                                              " WHERE ticket = ?1 ORDER BY n LIMIT ?2");

    gw_statement_text(statement, about->ticket->id);
    gw_statement_int(statement, GW_TICKETS_MAX_ROWS);
    gw_question_query(question, statement, on_events);
}

void
gw_ticket_answer_quietly(GwQuestion *question)
{
    gw_ticket_open_case(question)->told = false;
    gw_ticket_find(question, found);
}

void
gw_ticket_answer(GwQuestion *question)
{
    gw_ticket_open_case(question)->told = true;
    gw_ticket_find(question, found);
}

const GwQuestionMethod gw_ticket_get_methods[] = {
    { { .name = "tickets.get",
        .access = GW_TICKETS_SEES,
        .params = (const SigParam[]){ GW_TICKET_PARAM_ID("ticket"), { NULL } },
        .summary = "One ticket with its history and its pictures.",
        .result = "{ticket, events, pictures}",
        .handle = gw_question_on_request },
      gw_ticket_answer_quietly },
    { { NULL }, NULL },
};
