/* gateway/tickets/ticket.h - one ticket: where it stands, who has to do something, and what each side may do
 *
 * A value read from its row. Rules only: who is on which side is for tickets.c. Thread: main. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/store.h"

G_BEGIN_DECLS

typedef enum {
    GW_TICKET_DRAFT, /* its author's alone */
    GW_TICKET_ISSUED,
    GW_TICKET_READ,
    GW_TICKET_REPLIED,
    GW_TICKET_RECHECK,  /* looked at again, or a day is set for that */
    GW_TICKET_REOPENED, /* not put right: with a new deadline */
    GW_TICKET_CLOSED,
    GW_TICKET_WITHDRAWN,
    GW_TICKET_N_STATES,
} GwTicketState;

/* Bits: what somebody is to a ticket. 0: to him there is none. */
enum {
    GW_TICKET_SEES = 1 << 0,
    GW_TICKET_AUTHOR = 1 << 1,
    GW_TICKET_JUDGE = 1 << 2,  /* inspector of the unit that issued it, or above that */
    GW_TICKET_HOLDER = 1 << 3, /* inspector of that very unit, or of one to which it has climbed */
    GW_TICKET_OFFICE = 1 << 4, /* the unit that has to put it right */
};

typedef enum {
    GW_ACT_ISSUE,
    GW_ACT_READ,
    GW_ACT_REPLY,
    GW_ACT_RECHECK,
    GW_ACT_CLOSE,
    GW_ACT_REOPEN,
    GW_ACT_WITHDRAW,
    GW_N_ACTS,
} GwTicketAct;

typedef struct {
    char *text; /* as it was written: due.h */
    int64_t ms;
    int64_t recheck_ms; /* not to be looked at again before; 0: at any time */
    int64_t climb_ms;   /* when it climbs (again); 0: it does not */
    unsigned climbs;    /* tiers above the unit that issued it */
} GwTicketDue;

typedef struct {
    char *session, *place; /* NULL: of none */
    int64_t at_ms, to_ms;  /* 0: not said */
} GwTicketMoment;

typedef struct {
    char *id, *kind, *task; /* kind: "ticket", "task"; task: of all copies, NULL for a ticket */
    char *from_unit, *to_unit;
    char *who, *display; /* the author, as in the audit log and as people see him */
    char *type, *text;   /* type: NULL for a task */
    GwTicketMoment moment;
    GwTicketState state;
    GwTicketDue due;
    unsigned year, number, round;
    unsigned n; /* of the last event */
    int64_t row, made_ms;
} GwTicket;

#define GW_TICKET_COLUMNS                                                                                              \
    "id, kind, task, from_unit, to_unit, who, display, type, text, session, place, at_ms, to_ms, state, due, due_ms,"  \
    " recheck_ms, climb_ms, climbs, year, number, round, n, row, made_ms"

GwTicket *gw_ticket_from_row(const GwRows *rows, unsigned row);
void gw_ticket_free(GwTicket *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwTicket, gw_ticket_free)

const char *gw_ticket_state_to_string(GwTicketState state);
const char *gw_ticket_act_to_string(GwTicketAct act); /* "close": also the event's type */
const char *gw_ticket_get_word(const char *type);     /* of an event: "closed", for a sentence */

bool gw_ticket_is_over(const GwTicket *self); /* closed or withdrawn */
bool gw_ticket_waits_for_office(const GwTicket *self);
bool gw_ticket_is_overdue(const GwTicket *self, int64_t now_ms);
bool gw_ticket_needs(const GwTicket *self, unsigned sides, int64_t now_ms); /* somebody of these sides */
bool gw_ticket_may(const GwTicket *self, unsigned sides, GwTicketAct act);
/* Whether somebody of these sides may add pictures now, and what they are: "evidence", "reply", "recheck"; NULL: no. */
const char *gw_ticket_get_picture_side(const GwTicket *self, unsigned sides);
GwTicketState gw_ticket_get_next(GwTicketAct act);

/* "2026-0001"; owned. */
char *gw_ticket_get_number(const GwTicket *self);

G_END_DECLS
