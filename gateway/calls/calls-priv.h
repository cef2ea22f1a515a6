/* gateway/calls/calls-priv.h - what calls.c and call-methods.c share */
#pragma once

#include "gateway/calls/calls.h"

G_BEGIN_DECLS

struct GwCall {
    GwCalls *calls; /* borrowed */
    const GwCallKind *kind;
    char *id, *terminal, *session, *party, *from, *from_unit, *sentence;
    int64_t until_ms;
    int64_t answered_ms;   /* 0: rings */
    int64_t away_since_ms; /* answered, and nobody is there since then; 0: somebody is */
    const GwCallHandler *handler;
    void *user_data;
};

struct GwCalls {
    const Gateway *gateway; /* borrowed */
    GwSessions *sessions;   /* borrowed */
    GwVisits *visits;       /* borrowed; NULL: none */
    GwPolicies *policies;
    GHashTable *by_id;                   /* owns calls */
    GHashTable *by_terminal;             /* terminal id -> GPtrArray of calls, borrowed */
    GHashTable *clients;                 /* terminal id -> SigClient, borrowed */
    GHashTable *over;                    /* id -> why, constant */
    GQueue over_order;                   /* keys of over, oldest first */
    bool (*is_here)(const GwCall *call); /* whether somebody is at its end; tests put their own in */
    guint tick_source;
};

/* "answered" and, where it ends, "missed", "declined" ...: as call.over says it. */
JsonObject *gw_call_to_json(const GwCall *self);
/* The answered one of the highest rank, else the one that rings; NULL: none. */
GwCall *gw_calls_current_of_terminal(GwCalls *self, const char *terminal, bool answered);

extern const SigMethod *const gw_call_methods[];
extern const SigEvent gw_call_events[];
extern const SigRoute gw_call_routes[];

G_END_DECLS
