/* gateway/calls/calls.h - terminals that ring: answer, decline, busy, and what a terminal does by itself
 *
 * A call leads into a session: whoever answers it publishes there as the call's party (media.publish finds the party from the
 * connection) and watches what that session gives him. A terminal in a visit is never torn out of it. A call of a higher rank
 * (policy.h) rings where one of a lower rank is going on, which then ends.
 * Ownership: GwCalls owns calls; a GwCall is borrowed until its handler was told declined, missed or gone, or until it is
 * cancelled. Thread: main.
 * Re-entry: handlers come from inside methods, connections or the clock, never from inside gw_calls_ring() or
 * gw_call_cancel(); they may ring and cancel. */
#pragma once

#include "gateway/calls/policy.h"
#include "gateway/visits/visits.h"

G_BEGIN_DECLS

typedef struct GwCalls GwCalls;
typedef struct GwCall GwCall;

enum { GW_CALLS_MAX = 5000 };

/* Loads what terminals do by themselves, adds methods, events and routes. visits may be NULL (tests). */
GwCalls *gw_calls_new(const Gateway *gateway, GwSessions *sessions, GwVisits *visits,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Nobody is told; those that ring after a restart are rung again by whoever keeps them. */
void gw_calls_free(GwCalls *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwCalls, gw_calls_free)

typedef struct {
    const char *terminal;         /* whom */
    const char *kind;             /* one of gw_call_kinds */
    const char *session, *party;  /* where an answer leads: the terminal publishes there as this party */
    const char *from, *from_unit; /* who calls, as its page shows it; from_unit may be NULL */
    const char *sentence;         /* what it is about, as its page shows it; may be NULL */
    int64_t until_ms;             /* end of the answer clock; 0: rings until cancelled */
} GwCallInfo;

typedef struct {
    void (*answered)(GwCall *call, void *user_data);
    void (*declined)(GwCall *call, const char *reason,
                     void *user_data);             /* the call goes after this, as after the next two */
    void (*missed)(GwCall *call, void *user_data); /* its clock has run out */
    /* After it was answered: the terminal has left, has been away for half a minute, or a call of a higher rank was answered. */
    void (*gone)(GwCall *call, void *user_data);
} GwCallHandler;

/* Fails with SIG_ERROR_NOT_FOUND (no such terminal), _STATE (it is busy, see gw_calls_get_business()) or _LIMIT. A terminal that
 * is not connected rings as soon as it comes. */
GwCall *gw_calls_ring(GwCalls *self, const GwCallInfo *info, const GwCallHandler *handler, void *user_data,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One that had been answered before the service went: its page goes on with it. */
GwCall *gw_calls_resume(GwCalls *self, const char *id, const GwCallInfo *info, const GwCallHandler *handler,
                        void *user_data);
/* Ends it, ringing or answered; the page is told why: "cancelled", "ended". The handler is not. */
void gw_call_cancel(GwCall *self, const char *why);

/* What a terminal does that a call of this kind must not interrupt. */
typedef struct {
    const char *what; /* "visit", or a kind of call; NULL: nothing */
    const char *from; /* of a call: who; borrowed */
} GwBusiness;

GwBusiness gw_calls_get_business(GwCalls *self, const char *terminal, const char *kind);

/* Where a terminal that has answered takes part; false: it has answered none. Borrowed. */
bool gw_calls_find_answered(GwCalls *self, const char *terminal, const char **ret_session, const char **ret_party);

const char *gw_call_get_id(const GwCall *self);
const char *gw_call_get_terminal(const GwCall *self);
void *gw_call_get_data(const GwCall *self); /* the handler's user_data */
const GwCallHandler *gw_call_get_handler(const GwCall *self);
bool gw_call_is_answered(const GwCall *self);
int64_t gw_call_get_answered_ms(const GwCall *self);  /* 0: it was not */
GwCall *gw_calls_find(GwCalls *self, const char *id); /* NULL: it is over, or never was */
/* To the terminal's page, if it is open. Takes params. */
void gw_call_notify(GwCall *self, const char *event, JsonObject *params);

/* What the page does; tests call it, too. Errors are of SIG_ERROR: a call that is over, was answered before, or is another
 * terminal's changes nothing. */
GwCall *gw_calls_answer(GwCalls *self, const char *terminal, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_calls_decline(GwCalls *self, const char *terminal, const char *id, const char *reason,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* For the session's kind: this party's media flows. A device without a page has answered by that. */
void gw_call_on_media(GwCall *self);

/* Twice a second by itself; tests call it with their own time. */
void gw_calls_tick(GwCalls *self);

G_END_DECLS
