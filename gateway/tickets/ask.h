/* gateway/tickets/ask.h - one question about tickets: who asks, what, and the answer that is being put together
 *
 * The same function answers a page, an HTTP request and a test. It goes on step by step: each step is called when the store, the
 * log or the disk has answered, and the last one replies or fails, which frees the question. A failing store or log ends it by
 * itself with "unavailable". Ownership: whoever runs a step. Thread: main. */
#pragma once

#include "gateway/people/people.h"
#include "gateway/tickets/ticket.h"

G_BEGIN_DECLS

typedef struct GwTickets GwTickets;
typedef struct GwTicketAsk GwTicketAsk;
typedef void (*GwTicketFunc)(GwTicketAsk *ask);
typedef void (*GwTicketRows)(GwTicketAsk *ask, const GwRows *rows);
typedef void (*GwTicketDone)(JsonObject *result, const GError *error, void *user_data); /* both borrowed */

/* Who asks, kept while the store is asked. */
typedef struct {
    GwIdentity identity; /* its strings are owned */
    char *address;
} GwTicketAsker;

void gw_ticket_asker_set(GwTicketAsker *self, const GwIdentity *identity, const char *address);
void gw_ticket_asker_clear(GwTicketAsker *self);

struct GwTicketAsk {
    GwTickets *tickets;
    GwTicketAsker asker;
    JsonObject *params, *result; /* owned */
    GwTicket *ticket;            /* owned; of gw_ticket_ask_find() */
    unsigned sides;              /* what the asker is to it */
    GPtrArray *pictures;         /* GwTicketPicture, owned; of gw_ticket_ask_find() */
    GBytes *body;                /* owned; of an upload */
    /* For the steps of one method. */
    void *data; /* not freed by this */
    int64_t number;
    /* Private: where the answer goes, and on. */
    SigRequest *request;
    SigHttp *http;
    GwTicketDone done;
    void *done_data;
    GwTicketFunc next;
    GwTicketRows rows;
};

/* A row of the methods; method.handle is gw_ticket_ask_on_request. */
typedef struct {
    SigMethod method;
    GwTicketFunc run;
} GwTicketMethod;

/* user_data of a method. */
typedef struct {
    GwTickets *tickets;
    GwTicketFunc run;
} GwTicketAskRow;

void gw_ticket_ask_on_request(SigRequest *request, JsonObject *params, void *user_data);
/* params: borrowed; body: borrowed, may be NULL. A step that answers http itself takes it away and ends with _reply(). */
void gw_ticket_ask_on_http(SigHttp *http, const GwTicketAskRow *row, JsonObject *params, GBytes *body);
/* From inside: params and identity are copied. */
void gw_ticket_ask_run(const GwTicketAskRow *row, const GwIdentity *identity, JsonObject *params, GwTicketDone done,
                       void *user_data);

/* Each ends the question. */
void gw_ticket_ask_reply(GwTicketAsk *self);
void gw_ticket_ask_fail(GwTicketAsk *self, SigError code, const char *format, ...) G_GNUC_PRINTF(3, 4);
void gw_ticket_ask_fail_error(GwTicketAsk *self, const GError *error);
void gw_ticket_ask_drop(GwTicketAsk *self); /* nobody is answered any more */

/* Parameters; borrowed, NULL or 0 when absent. */
const char *gw_ticket_ask_get(const GwTicketAsk *self, const char *name);
int64_t gw_ticket_ask_get_int(const GwTicketAsk *self, const char *name);

/* Steps. Statements are taken. */
void gw_ticket_ask_query(GwTicketAsk *self, GwStatement *statement, GwTicketRows rows);
/* All or none. conflict: somebody was first; NULL: as any other failure. */
void gw_ticket_ask_write(GwTicketAsk *self, GPtrArray *statements, GwTicketFunc next, GwTicketFunc conflict);
/* The ticket of parameter "ticket" with its pictures, if the asker may see it; otherwise the question fails as if there were none.
 * May be called again in the same question. */
void gw_ticket_ask_find(GwTicketAsk *self, GwTicketFunc found);
/* Fail closed: next runs when the entry is in the log. detail: taken. */
void gw_ticket_ask_log(GwTicketAsk *self, const char *action, JsonObject *detail, GwTicketFunc next);
/* For what has been done, or may be told later; object: "ticket:ID" when NULL. detail: taken. */
void gw_ticket_ask_note(GwTicketAsk *self, const char *action, const char *object, JsonObject *detail);

G_END_DECLS
