/* gateway/tickets/tickets-priv.h - what the files of tickets/ share
 *
 *   ticket.c, due.c      rules, and deadlines on a clock on the wall
 *   find.c               the ticket of a question (question.h)
 *   create.c, acts.c     what people do; overdue.c what time does
 *   list.c               what there is, and tasks; get.c one with its history
 *   pictures.c           uploads; picture-row.c
 *   types.c, sheet.c     kinds of problems; the page to print and sign
 *   tell.c               who is what to a ticket, who hears of it, and as what JSON */
#pragma once

#include "gateway/archive/clock.h"
#include "gateway/question.h"
#include "gateway/tickets/due.h"
#include "gateway/tickets/ticket.h"
#include "gateway/tickets/tickets.h"

G_BEGIN_DECLS

enum {
    GW_TICKETS_MAX_ID = 64,
    GW_TICKETS_MAX_TEXT = 4000,   /* bytes */
    GW_TICKETS_MAX_REASON = 1000, /* bytes */
    GW_TICKETS_MAX_UNITS = 500,   /* of one task */
    GW_TICKETS_MAX_ROWS = 500,    /* of one answer */
    GW_TICKETS_MAX_PICTURES = 40, /* of one ticket */
    GW_TICKETS_MAX_PLACE = 200,   /* bytes */
    GW_TICKETS_MAX_AT_MS = 86400000,
};

#define GW_TICKETS_SEES (GW_ACCESS_INSPECTOR | GW_ACCESS_OFFICE | GW_ACCESS_TERMINAL)
#define GW_TICKETS_UNIT (GW_ACCESS_OFFICE | GW_ACCESS_TERMINAL)

typedef struct {
    char *id, *text_zh, *text_en;
    unsigned days;
    bool off;
} GwTicketType;

struct GwTickets {
    const Gateway *gateway; /* borrowed */
    GTimeZone *zone;
    char *dir;          /* DIR/tickets */
    GPtrArray *types;   /* GwTicketType, owned, as they were made */
    GPtrArray *rows;    /* GwQuestionRow, owned */
    GHashTable *misses; /* asker -> how often in this minute */
    GCancellable *gone; /* cancelled when this is freed */
    GwClock clock;
    bool climbing; /* the store is being asked */
    int64_t minute;
    unsigned tick_source;
    /* NULL: the machine's; tests have their own. */
    int64_t (*now)(void *data);
    int64_t (*steady_us)(void *data);
    void *clock_data;
};

static inline GwTickets *
gw_tickets_of(const GwQuestion *question)
{
    return question->row.subject;
}

int64_t gw_tickets_now_ms(const GwTickets *self);
GwTickets *gw_tickets_new_at(const Gateway *gateway, GTimeZone *zone, GError **error); /* zone: a reference is taken */

/* picture-row.c */
typedef struct {
    char *id, *side, *display, *unit, *source, *session, *place, *content_type, *sha256; /* of some NULL */
    unsigned event; /* 0: loose, only its own side sees it */
    int64_t received_ms, taken_ms, at_ms, bytes;
} GwTicketPicture;

#define GW_TICKET_PICTURE_COLUMNS                                                                                      \
    "id, side, display, unit, source, session, place, content_type, sha256, event, received_ms, taken_ms, at_ms, "     \
    "bytes"
GwTicketPicture *gw_ticket_picture_from_row(const GwRows *rows, unsigned row);
void gw_ticket_picture_free(void *picture);
JsonObject *gw_ticket_picture_to_json(const GwTicketPicture *self, const char *ticket);
bool gw_ticket_picture_is_shown(const GwTicketPicture *self, const GwTicket *ticket, unsigned sides);
const GwTicketPicture *gw_ticket_picture_find(const GPtrArray *pictures, const char *id);
char *gw_ticket_picture_get_path(const GwTickets *tickets, const char *ticket, const char *picture,
                                 const char *content_type);

/* find.c: what a question is about; its data */
typedef struct {
    GwTicket *ticket;    /* owned */
    unsigned sides;      /* what the asker is to it */
    GPtrArray *pictures; /* GwTicketPicture, owned */
    GwTicketAct act;     /* of tickets.issue and the like */
    bool told;           /* others hear of the answer, too */
    char *picture;       /* owned; id of the one that is being uploaded */
    GwQuestionStep found;
} GwTicketCase;

GwTicketCase *gw_ticket_open_case(GwQuestion *question); /* made when it is asked for first */

static inline GwTicketCase *
gw_ticket_case_of(const GwQuestion *question)
{
    return question->data;
}

/* The ticket of parameter "ticket" with its pictures, if the asker may see it; otherwise the question fails as if there were none.
 * May be called again in the same question, whose object is the ticket then. */
void gw_ticket_find(GwQuestion *question, GwQuestionStep found);

/* tell.c */
unsigned gw_tickets_get_sides(const GwTickets *self, const GwIdentity *identity, const GwTicket *ticket);
JsonObject *gw_tickets_to_json(const GwTickets *self, const GwIdentity *identity, const GwTicket *ticket);
void gw_tickets_tell(const GwTickets *self, const GwTicket *ticket);
/* The topmost unit up to which somebody reaches from here: where his post is. NULL: he does not. Borrowed. */
const char *gw_tickets_get_post(const GwTickets *self, const GwIdentity *identity, uint32_t access, const char *unit);

/* An event as a row; detail may be NULL, borrowed. */
typedef struct {
    const char *ticket, *type, *who, *display, *unit, *text;
    unsigned n;
    int64_t at_ms;
    JsonObject *detail;
} GwTicketEvent;

GwStatement *gw_ticket_event_to_statement(const GwTicketEvent *event);

/* get.c: the ticket of the question, read again, is the answer; others hear of it. */
void gw_ticket_answer(GwQuestion *question);
void gw_ticket_answer_quietly(GwQuestion *question);

/* types.c */
bool gw_ticket_types_load(GwTickets *self, GError **error);
const GwTicketType *gw_ticket_types_find(const GwTickets *self, const char *id);
JsonObject *gw_ticket_type_to_json(const GwTicketType *type);
void gw_ticket_type_free(void *type);

/* overdue.c */
void gw_tickets_climb(GwTickets *self);
bool gw_tickets_load_deadlines(GwTickets *self, GError **error);

const GwQuestionMethod *gw_tickets_find_method(const char *name); /* NULL: there is none */

extern const GwQuestionMethod gw_ticket_get_methods[], gw_ticket_list_methods[], gw_ticket_create_methods[],
    gw_ticket_act_methods[], gw_ticket_type_methods[];
extern const SigRoute gw_ticket_picture_routes[], gw_ticket_sheet_routes[];

#define GW_TICKET_PARAM_ID(member)                                                                                     \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_STRING, .min = 1, .max = GW_TICKETS_MAX_ID                                    \
    }
#define GW_TICKET_PARAM_DUE                                                                                            \
    {                                                                                                                  \
        .name = "due", .type = SIG_TYPE_STRING, .min = 1, .max = GW_DUE_MAX_TEXT,                                      \
        .summary = "2026-03-29 (the whole day) or 2026-03-29T17:00, on the node's clock"                               \
    }

G_END_DECLS
