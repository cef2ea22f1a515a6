/* gateway/gatherings/gathering.h - what roll-calls, lessons and emergency rooms are: one call to many offices, and a star session
 * that they join
 *
 *   gathering.c        one gathering: its session, who looks on, who has the floor, whose turn it is
 *   callee.c           one office of it: its call, its party, what its terminal's page shows
 *   gatherings.c       all of a kind: who may see which, telling, connections, time
 *   gathering-rows.c   methods that are the same for every kind
 *   offices.h          which offices somebody means
 *
 * A kind embeds GwGathering and GwCallee as the first members of its own structs, so that a pointer to one is a pointer to the
 * other, and says what is its own by a GwGatheringKind. GwGatherings is the first member of what has all of them, or has a place in it.
 * Ownership: GwGatherings owns gatherings, a gathering its callees; sessions/ owns the session and its parties, calls/ the calls.
 * Thread: main. Re-entry: a kind's functions are called from inside these; they may change the gathering, but only is_done
 * lets it be freed. */
#pragma once

#include "gateway/calls/calls.h"
#include "gateway/calls/pictures.h"
#include "gateway/sessions/observers.h"

G_BEGIN_DECLS

typedef struct GwGathering GwGathering;
typedef struct GwGatherings GwGatherings;

/* An office that is called. */
typedef struct {
    GwGathering *gathering; /* borrowed */
    unsigned number;        /* 1 ...; in the name of its party */
    char *unit, *name;
    char *terminal; /* NULL: none */
    char *reason;   /* why it declined, is busy; NULL: nothing to say */
    GwCall *call;   /* borrowed; NULL: none */
    GwParty *party; /* borrowed; NULL: there is no session */
} GwCallee;

typedef struct {
    char *id, *session, *name, *unit; /* the unit is above all its offices */
    char *kind;                       /* of its session; NULL: the word of its kind */
    char *person, *display, *audit;   /* who made it */
    GwRecordingClass recording_class;
    int64_t started_ms, ended_ms; /* 0: not yet */
} GwGatheringHead;

struct GwGathering {
    GwGatherings *all; /* borrowed */
    GwGatheringHead head;
    GwSession *live;      /* borrowed; NULL: not begun, or forgotten by sessions */
    GPtrArray *callees;   /* owned, by number */
    GHashTable *by_unit;  /* unit id -> callee */
    GPtrArray *observers; /* GwObserver, owned */
    GwCallee *spot;       /* whose turn it is, or whom all see; NULL: nobody */
    bool spot_for_all;
    bool changed; /* since pages were told */
};

typedef struct {
    const char *word;          /* "lesson": the kind of its sessions and calls, and in sentences */
    const char *param;         /* "lesson": in JSON */
    const char *party;         /* "office": before the number in the names of parties */
    const char *watch;         /* "lessons.watch": how one comes to look on */
    const char *unknown;       /* the sentence for one that is not in memory, or not the asker's to see */
    const char *changed_event; /* to inspectors */
    const char *now_event;     /* to a terminal; NULL: it is told nothing */
} GwGatheringWords;

/* Lists and single ones, from memory and from the store. */
typedef struct {
    const char *list; /* member of the list's answer */
    const char *select_one,
        *select_all; /* SQL; columns 0 to 2 are id, unit, person; ?1 is the id, the greatest number */
    JsonObject *(*to_row)(const GwGathering *self);
    JsonObject *(*to_result)(const GwGathering *self);
    JsonObject *(*stored_to_row)(const GwGatherings *self, const GwRows *rows, unsigned row); /* NULL: not readable */
    JsonObject *(*stored_to_result)(const GwGatherings *self, const GwRows *rows); /* of row 0; NULL: not readable */
} GwGatheringStored;

typedef struct {
    GwGatheringWords words;
    const GwGatheringStored *stored; /* NULL: it has lists of its own */
    bool shows_observers;            /* pages are told when somebody comes or goes */
    const GwCallHandler *calls;      /* its user_data is a callee */
    /* False with SIG_ERROR_STATE: it does not run. */
    bool (*check_runs)(const GwGathering *self, GError **error);
    bool (*end)(GwGathering *self, const GwActor *actor, GError **error);
    void (*tick)(GwGathering *self, int64_t now_ms);
    bool (*is_done)(const GwGathering *self, int64_t now_ms); /* need not be in memory any more */
    void (*free)(void *gathering);
    /* Something of it, or of this office, has changed. callee NULL: of none in particular. */
    void (*changed)(GwGathering *self, GwCallee *callee);
    JsonObject *(*make_change)(GwGathering *self); /* of the changed event */
    /* What somebody does with the floor goes on record. to: a party, GW_TALK_TO_ALL, or NULL. */
    void (*note_talk)(GwGathering *self, const char *to, const GwActor *actor);
    bool (*is_seen_by)(const GwGathering *self, const GwIdentity *identity); /* optional: instead of the common rule */
    void (*add_to_card)(const GwGathering *self, JsonObject *card);          /* optional */
    void (*add_to_now)(const GwCallee *callee, JsonObject *object);          /* optional */
} GwGatheringKind;

struct GwGatherings {
    const GwGatheringKind *kind;
    const Gateway *gateway;   /* borrowed */
    GwSessions *sessions;     /* borrowed */
    GwCalls *calls;           /* borrowed */
    GHashTable *by_id;        /* owns */
    GwCallPictures *pictures; /* owned; NULL: none are kept */
    guint tick_source, tell_source;
};

/* gatherings.c */

/* Without pictures: the kind gives it those. */
void gw_gatherings_init(GwGatherings *self, const GwGatheringKind *kind, const Gateway *gateway, GwSessions *sessions,
                        GwCalls *calls);
void gw_gatherings_open(GwGatherings *self);  /* once the kind's have been loaded: time and connections */
void gw_gatherings_clear(GwGatherings *self); /* running ones are not ended by that */
int64_t gw_gatherings_now_ms(const GwGatherings *self);
void gw_gatherings_tick(GwGatherings *self);                          /* once a second by itself */
void gw_gatherings_adopt(GwGatherings *self, GwGathering *gathering); /* takes it */
/* An inspector who made it or reaches its unit. */
bool gw_gatherings_may_see(const GwGatherings *self, const GwIdentity *identity, const char *unit, const char *person);
GwGathering *gw_gatherings_find_for(const GwGatherings *self, const GwIdentity *identity, const char *id,
                                    GError **error);
/* The office whose call a terminal has answered; NULL with an error. */
GwCallee *gw_gatherings_find_callee_of_call(const GwGatherings *self, const GwIdentity *identity, const char *call,
                                            GError **error);
void gw_gatherings_tell_soon(GwGatherings *self);

/* gathering.c */

void gw_gathering_init(GwGathering *self, GwGatherings *all, GDestroyNotify free_callee);
void gw_gathering_clear(GwGathering *self);
/* Names it, its session, its unit and who makes it. choices: GwChoice, see offices.h; the kind adds its callees. */
void gw_gathering_name(GwGathering *self, const char *prefix, const char *name, const GwIdentity *identity,
                       const GwActor *actor, const GArray *choices);
/* Gives it its session and its offices their parties. False: there is such a session already. */
bool gw_gathering_attach(GwGathering *self, GwSessionState state) G_GNUC_WARN_UNUSED_RESULT;
/* A live session; none when it fails. */
bool gw_gathering_begin(GwGathering *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whoever reaches the unit above all its offices, or has made it and reaches each of them still; or as its kind says. */
bool gw_gathering_is_seen_by(const GwGathering *self, const GwIdentity *identity);
GwCallee *gw_gathering_find_callee(const GwGathering *self, const char *unit, GError **error);
/* By its party's name; NULL: none of that name. */
GwCallee *gw_gathering_find_party(const GwGathering *self, const char *name);
/* An event of its session; callee may be NULL. Takes detail, which may be NULL. */
void gw_gathering_note(GwGathering *self, const GwCallee *callee, const char *type, const GwActor *actor,
                       JsonObject *detail);
void gw_gathering_set_changed(GwGathering *self, GwCallee *callee); /* callee may be NULL; pages are told soon */
bool gw_gathering_watch(GwGathering *self, SigClient *client, GError **error);
void gw_gathering_unwatch(GwGathering *self, SigClient *client);
/* What this connection, which looks on, publishes goes to a party, to GW_TALK_TO_ALL, or to nobody (NULL). */
bool gw_gathering_talk(GwGathering *self, SigClient *client, const char *to, GError **error);
/* False: it is so already. callee NULL: nobody's. */
bool gw_gathering_set_spot(GwGathering *self, GwCallee *callee, bool for_all);

/* callee.c */

void gw_callee_init(GwCallee *self, GwGathering *gathering, const char *unit, const char *name, const char *terminal);
void gw_callee_clear(GwCallee *self);
void gw_callee_set_terminal(GwCallee *self, const char *terminal);
void gw_callee_set_reason(GwCallee *self, const char *reason); /* may be NULL */
/* For a call; borrows from it. */
GwCallInfo gw_callee_get_call_info(const GwCallee *self);
bool gw_callee_check_free(const GwCallee *self, GError **error); /* SIG_ERROR_STATE: it rings, or has answered */
void gw_callee_close(GwCallee *self);                            /* it sends and gets nothing any more */
/* What the terminal itself did goes on record. Takes detail, which may be NULL. */
void gw_callee_note(GwCallee *self, const char *type, JsonObject *detail);
JsonObject *gw_callee_now_to_json(const GwCallee *self); /* what its terminal's page shows */
void gw_callee_tell(const GwCallee *self);
/* What is only of the moment: its English name, whether its terminal is there. */
void gw_callee_add_moment(const GwCallee *self, JsonObject *object);

/* gathering-rows.c: handlers whose user_data is a GwGatherings */

/* The one that the parameters name; NULL: it was answered, and the request is gone with its parameters. */
GwGathering *gw_gathering_of_request(const GwGatherings *self, SigRequest *request, JsonObject *params);
/* The office whose call they name; likewise. */
GwCallee *gw_callee_of_request(const GwGatherings *self, SigRequest *request, JsonObject *params);

/* What one method does to one gathering; false with an error. Answers {} otherwise. */
typedef bool (*GwGatheringStep)(GwGathering *self, SigRequest *request, JsonObject *params, GError **error);

void gw_gathering_run(const GwGatherings *self, SigRequest *request, JsonObject *params, GwGatheringStep step);
void gw_gathering_handle_list(SigRequest *request, JsonObject *params, void *user_data);
void gw_gathering_handle_get(SigRequest *request, JsonObject *params, void *user_data);
void gw_gathering_handle_watch(SigRequest *request, JsonObject *params, void *user_data);
void gw_gathering_handle_unwatch(SigRequest *request, JsonObject *params, void *user_data);

/* A method's handler that is one step. */
#define GW_GATHERING_HANDLER(name, step)                                                                               \
    static void name(SigRequest *request, JsonObject *params, void *user_data)                                         \
    {                                                                                                                  \
        gw_gathering_run(user_data, request, params, step);                                                            \
    }

G_END_DECLS
