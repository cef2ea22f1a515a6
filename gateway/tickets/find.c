#include "gateway/tickets/tickets-priv.h"

/* The ticket that a question is about. */

/* Tickets that are not there, of one asker and minute, before he has to wait. */
enum { MAX_MISSES = 30 };

static void
case_free(void *data)
{
    GwTicketCase *self = data;

    g_clear_pointer(&self->ticket, gw_ticket_free);
    g_clear_pointer(&self->pictures, g_ptr_array_unref);
    g_free(self->picture);
    g_free(self);
}

GwTicketCase *
gw_ticket_open_case(GwQuestion *question)
{
    if (question->data == NULL)
        gw_question_set_data(question, g_new0(GwTicketCase, 1), case_free);
    return question->data;
}

static void
count_miss(GwQuestion *question)
{
    GHashTable *misses = gw_tickets_of(question)->misses;
    unsigned n = GPOINTER_TO_UINT(g_hash_table_lookup(misses, question->identity.audit));

    g_hash_table_insert(misses, g_strdup(question->identity.audit), GUINT_TO_POINTER(n + 1));
}

static void
on_pictures(GwQuestion *question, const GwRows *rows)
{
    GwTicketCase *about = gw_ticket_case_of(question);

    g_clear_pointer(&about->pictures, g_ptr_array_unref);
    about->pictures = g_ptr_array_new_with_free_func(gw_ticket_picture_free);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        g_ptr_array_add(about->pictures, gw_ticket_picture_from_row(rows, i));
    about->found(question);
}

static void
on_ticket(GwQuestion *question, const GwRows *rows)
{
    g_autoptr(GwTicket) ticket = gw_rows_get_count(rows) > 0 ? gw_ticket_from_row(rows, 0) : NULL;
    unsigned sides = ticket != NULL ? gw_tickets_get_sides(gw_tickets_of(question), &question->identity, ticket) : 0;
    GwTicketCase *about = gw_ticket_case_of(question);

    if (ticket != NULL)
        gw_question_set_object(question, "ticket", ticket->id);
    if (sides == 0) {
        if (ticket != NULL)
            gw_question_note(question, "ticket.refused", NULL);
        count_miss(question);
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such ticket.");
        return;
    }
    g_clear_pointer(&about->ticket, gw_ticket_free);
    about->ticket = g_steal_pointer(&ticket);
    about->sides = sides;
    GwStatement *statement = gw_statement_new("SELECT " GW_TICKET_PICTURE_COLUMNS
                                              " FROM ticket_picture WHERE ticket = ?1 ORDER BY received_ms, id");
    gw_statement_text(statement, about->ticket->id);
    gw_question_query(question, statement, on_pictures);
}

void
gw_ticket_find(GwQuestion *question, GwQuestionStep found)
{
    GHashTable *misses = gw_tickets_of(question)->misses;
    GwStatement *statement = NULL;

    if (GPOINTER_TO_UINT(g_hash_table_lookup(misses, question->identity.audit)) >= MAX_MISSES) {
        gw_question_fail(question, SIG_ERROR_LIMIT,
                         "Too many tickets were asked for that are not there: wait a minute.");
        return;
    }
    gw_ticket_open_case(question)->found = found;
    statement = gw_statement_new("SELECT " GW_TICKET_COLUMNS " FROM ticket WHERE id = ?1");
    gw_statement_text(statement, gw_question_get(question, "ticket"));
    gw_question_query(question, statement, on_ticket);
}
