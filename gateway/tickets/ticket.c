#include "gateway/tickets/ticket.h"

#include <string.h>

#define BIT(state) (1u << (state))

static const char *const states[] = {
    [GW_TICKET_DRAFT] = "draft",     [GW_TICKET_ISSUED] = "issued",       [GW_TICKET_READ] = "read",
    [GW_TICKET_REPLIED] = "replied", [GW_TICKET_RECHECK] = "recheck",     [GW_TICKET_REOPENED] = "reopened",
    [GW_TICKET_CLOSED] = "closed",   [GW_TICKET_WITHDRAWN] = "withdrawn",
};

enum {
    WAITS = 1u << GW_TICKET_ISSUED | 1u << GW_TICKET_READ | 1u << GW_TICKET_REOPENED,
    ANSWERED = 1u << GW_TICKET_REPLIED | 1u << GW_TICKET_RECHECK,
    OVER = 1u << GW_TICKET_CLOSED | 1u << GW_TICKET_WITHDRAWN,
};

static const struct {
    const char *name, *word;
    unsigned from, sides;
    GwTicketState to;
} acts[] = {
    [GW_ACT_ISSUE] = { "issue", "issued", 1u << GW_TICKET_DRAFT, GW_TICKET_AUTHOR, GW_TICKET_ISSUED },
    [GW_ACT_READ] = { "read", "read", 1u << GW_TICKET_ISSUED | 1u << GW_TICKET_REOPENED, GW_TICKET_OFFICE,
                      GW_TICKET_READ },
    [GW_ACT_REPLY] = { "reply", "answered", WAITS, GW_TICKET_OFFICE, GW_TICKET_REPLIED },
    [GW_ACT_RECHECK] = { "recheck", "rechecked", ANSWERED, GW_TICKET_JUDGE, GW_TICKET_RECHECK },
    [GW_ACT_CLOSE] = { "close", "closed", ANSWERED, GW_TICKET_JUDGE, GW_TICKET_CLOSED },
    [GW_ACT_REOPEN] = { "reopen", "reopened", ANSWERED | 1u << GW_TICKET_CLOSED, GW_TICKET_JUDGE, GW_TICKET_REOPENED },
    [GW_ACT_WITHDRAW] = { "withdraw", "withdrew", 1u << GW_TICKET_DRAFT | WAITS | ANSWERED, GW_TICKET_AUTHOR,
                          GW_TICKET_WITHDRAWN },
};

static GwTicketState
state_from_string(const char *name)
{
    for (unsigned i = 0; i < GW_TICKET_N_STATES; i++) {
        if (g_strcmp0(states[i], name) == 0)
            return i;
    }
    return GW_TICKET_WITHDRAWN;
}

GwTicket *
gw_ticket_from_row(const GwRows *rows, unsigned row)
{
    GwTicket *self = g_new0(GwTicket, 1);
    char **const texts[] = { &self->id,          &self->kind,    &self->task, &self->from_unit, &self->to_unit,
                             &self->who,         &self->display, &self->type, &self->text,      &self->moment.session,
                             &self->moment.place };
    unsigned column = 0;

    for (; column < G_N_ELEMENTS(texts); column++)
        *texts[column] = g_strdup(gw_rows_text(rows, row, column));
    self->moment.at_ms = gw_rows_int(rows, row, column++);
    self->moment.to_ms = gw_rows_int(rows, row, column++);
    self->state = state_from_string(gw_rows_text(rows, row, column++));
    self->due.text = g_strdup(gw_rows_text(rows, row, column++));
    self->due.ms = gw_rows_int(rows, row, column++);
    self->due.recheck_ms = gw_rows_int(rows, row, column++);
    self->due.climb_ms = gw_rows_int(rows, row, column++);
    self->due.climbs = (unsigned)gw_rows_int(rows, row, column++);
    self->year = (unsigned)gw_rows_int(rows, row, column++);
    self->number = (unsigned)gw_rows_int(rows, row, column++);
    self->round = (unsigned)gw_rows_int(rows, row, column++);
    self->n = (unsigned)gw_rows_int(rows, row, column++);
    self->row = gw_rows_int(rows, row, column++);
    self->made_ms = gw_rows_int(rows, row, column);
    return self;
}

void
gw_ticket_free(GwTicket *self)
{
    if (self == NULL)
        return;
    char *const texts[] = { self->id,           self->kind,    self->task, self->from_unit, self->to_unit,
                            self->who,          self->display, self->type, self->text,      self->moment.session,
                            self->moment.place, self->due.text };
    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(self);
}

const char *
gw_ticket_state_to_string(GwTicketState state)
{
    return states[state];
}

const char *
gw_ticket_act_to_string(GwTicketAct act)
{
    return acts[act].name;
}

const char *
gw_ticket_get_word(const char *type)
{
    for (unsigned i = 0; i < GW_N_ACTS; i++) {
        if (strcmp(acts[i].name, type) == 0)
            return acts[i].word;
    }
    return "changed";
}

bool
gw_ticket_is_over(const GwTicket *self)
{
    return (BIT(self->state) & OVER) != 0;
}

bool
gw_ticket_waits_for_office(const GwTicket *self)
{
    return (BIT(self->state) & WAITS) != 0;
}

bool
gw_ticket_is_overdue(const GwTicket *self, int64_t now_ms)
{
    return gw_ticket_waits_for_office(self) && now_ms >= self->due.ms;
}

bool
gw_ticket_needs(const GwTicket *self, unsigned sides, int64_t now_ms)
{
    if ((sides & GW_TICKET_OFFICE) != 0 && gw_ticket_waits_for_office(self))
        return true;
    if ((sides & GW_TICKET_AUTHOR) != 0 && self->state == GW_TICKET_DRAFT)
        return true;
    if ((sides & GW_TICKET_HOLDER) == 0)
        return false;
    return gw_ticket_is_overdue(self, now_ms) || ((BIT(self->state) & ANSWERED) != 0 && now_ms >= self->due.recheck_ms);
}

bool
gw_ticket_may(const GwTicket *self, unsigned sides, GwTicketAct act)
{
    return (acts[act].from & BIT(self->state)) != 0 && (acts[act].sides & sides) != 0;
}

const char *
gw_ticket_get_picture_side(const GwTicket *self, unsigned sides)
{
    if (self->state == GW_TICKET_DRAFT)
        return (sides & GW_TICKET_AUTHOR) != 0 ? "evidence" : NULL;
    if (gw_ticket_waits_for_office(self))
        return (sides & GW_TICKET_OFFICE) != 0 ? "reply" : NULL;
    if ((BIT(self->state) & ANSWERED) != 0)
        return (sides & GW_TICKET_JUDGE) != 0 ? "recheck" : NULL;
    return NULL;
}

GwTicketState
gw_ticket_get_next(GwTicketAct act)
{
    return acts[act].to;
}

char *
gw_ticket_get_number(const GwTicket *self)
{
    return g_strdup_printf("%04u-%04u", self->year, self->number);
}
