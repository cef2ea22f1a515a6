/* gateway/supervision/rollcall-priv.h - what the files of roll-calls share
 *
 *   rollcall.c           one roll-call: what may happen when, and what follows from it
 *   rollcall-office.c    one office of it: its JSON and its row in the store
 *   rollcall-sheet.c     the sheet: JSON, and a page to print
 *   rollcall-store.c     written and read back
 *   rollcall-observer.c  who looks on, points at an office and talks
 *   rollcalls.c          the registry, connections, what sessions/ asks
 *   rollcall-methods.c, rollcall-routes.c: the rows */
#pragma once

#include "gateway/calls/pictures.h"
#include "gateway/sessions/observers.h"
#include "gateway/supervision/offices.h"
#include "gateway/supervision/rollcall.h"

G_BEGIN_DECLS

typedef struct GwRollcall GwRollcall;

typedef enum {
    GW_OFFICE_RINGING,
    GW_OFFICE_ANSWERED,
    GW_OFFICE_ABSENT, /* its clock ran out */
    GW_OFFICE_DECLINED,
    GW_OFFICE_BUSY,        /* in a visit, or in somebody else's roll-call: reason says which */
    GW_OFFICE_NO_TERMINAL, /* there is nothing that could ring */
    GW_OFFICE_EXCUSED,
    GW_OFFICE_N_STATES,
} GwOfficeState;

typedef struct {
    GwRollcall *rollcall; /* borrowed */
    unsigned number;      /* 1 ...; "office-N" is its party */
    char *unit, *name, *terminal;
    GwOfficeState state;
    int64_t called_ms, until_ms, answered_ms;
    unsigned calls;  /* how often it was called */
    char *signer;    /* who answered, by his own word */
    char *reason;    /* why excused, declined, busy */
    char *by;        /* who excused it */
    char *picture;   /* SHA-256 of what it sent when it answered */
    char *busy_with; /* BUSY: who has it; not kept */
    GwCall *call;    /* borrowed; NULL: none */
    GwParty *party;  /* borrowed */
    bool left;       /* it answered, and has gone */
    bool changed;    /* since pages were told last */
} GwOffice;

typedef struct {
    char *text, *sha256; /* NULL: not made yet */
    int64_t entry;       /* of the node's log; -1: not there yet */
} GwSheet;

typedef struct {
    char *id, *session, *name, *unit;
    char *person, *display, *audit; /* who started it */
    unsigned clock_s;
    GwRecordingClass recording_class;
    int64_t started_ms, ended_ms; /* 0: runs */
} GwRollcallHead;

struct GwRollcall {
    GwRollcalls *rollcalls; /* borrowed */
    GwRollcallHead head;
    GwSession *live;      /* borrowed */
    GPtrArray *offices;   /* GwOffice, owned, by number */
    GHashTable *by_unit;  /* unit id -> GwOffice */
    GPtrArray *observers; /* GwObserver, owned */
    GwOffice *spot;       /* whose turn it is; NULL: nobody's */
    bool spot_for_all;
    GwSheet sheet;
    bool changed; /* the head */
};

/* The log is asked to take a sheet. */
typedef struct {
    GwRollcalls *rollcalls; /* NULL: has gone */
    char *rollcall;
} GwSheetAsking;

struct GwRollcalls {
    const Gateway *gateway; /* borrowed */
    GwSessions *sessions;   /* borrowed */
    GwCalls *calls;         /* borrowed */
    GHashTable *by_id;      /* owns: running ones, and those that ended within the hour */
    GPtrArray *consoles;    /* SigClient of inspectors, borrowed */
    GPtrArray *asking;      /* GwSheetAsking, borrowed */
    GwCallPictures *pictures;
    guint tick_source, tell_source;
};

/* rollcall-office.c */
GwOffice *gw_office_new(GwRollcall *rollcall, const char *unit, const char *name, const char *terminal);
void gw_office_free(void *office);
const char *gw_office_state_to_string(GwOfficeState state);
GwOfficeState gw_office_state_from_string(const char *word); /* _N_STATES: unknown */
JsonObject *gw_office_to_json(const GwOffice *self);
/* What a sheet says of it: without what is only of the moment. */
JsonObject *gw_office_to_row(const GwOffice *self);
GwStatement *gw_office_make_statement(const GwOffice *self);

/* rollcall.c */
typedef struct {
    const char *name; /* may be "" */
    unsigned clock_s;
    GwRecordingClass recording_class;
    const GwIdentity *identity;
} GwRollcallWish;

GwRollcall *gw_rollcall_new(GwRollcalls *rollcalls);
void gw_rollcall_free(void *rollcall);
/* Takes choices. */
GwRollcall *gw_rollcalls_start(GwRollcalls *self, const GwRollcallWish *wish, GArray *choices, const GwActor *actor,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Gives it its session and its offices their parties. */
bool gw_rollcall_attach(GwRollcall *self, GwSessionState state);
bool gw_rollcall_is_over(const GwRollcall *self);
GwOffice *gw_rollcall_find_office(const GwRollcall *self, const char *unit, GError **error);
/* Who has not answered rings again, with a fresh clock. */
bool gw_rollcall_call_again(GwRollcall *self, GwOffice *office, const GwActor *actor, GError **error);
bool gw_rollcall_excuse(GwRollcall *self, GwOffice *office, const char *reason, const GwActor *actor, GError **error);
bool gw_rollcall_end(GwRollcall *self, const GwActor *actor, GError **error);
void gw_rollcall_sign(GwRollcall *self, GwOffice *office, const char *signer, const GwActor *actor);
void gw_rollcall_take_picture(GwRollcall *self, GwOffice *office, const char *sha256, const GwActor *actor);
/* After a restart. */
void gw_rollcall_bring_back(GwRollcall *self);
extern const GwCallHandler gw_rollcall_call_handler;     /* its user_data is a GwOffice */
JsonObject *gw_rollcall_to_json(const GwRollcall *self); /* without offices */
void gw_rollcall_add_figures(const GwRollcall *self, JsonObject *object);
unsigned gw_rollcall_count(const GwRollcall *self, GwOfficeState state);
void gw_rollcall_note(GwRollcall *self, const GwOffice *office, const char *type, const GwActor *actor,
                      JsonObject *detail);    /* an event; takes detail, may be NULL */
void gw_office_set_changed(GwOffice *office); /* written, and told soon */
void gw_rollcall_set_changed(GwRollcall *self);

/* rollcall-sheet.c */
void gw_rollcall_make_sheet(GwRollcall *self);
/* A page to print of a sheet's text; entry -1: not in the log yet. NULL: it is no sheet. Owned. */
char *gw_sheet_to_html(const char *text, const char *sha256, int64_t entry);

/* rollcall-store.c */
void gw_rollcall_write(const GwRollcall *self);
void gw_rollcall_write_offices(const GwRollcall *self);
bool gw_rollcalls_load(GwRollcalls *self, GError **error);

/* rollcall-observer.c */
bool gw_rollcall_watch(GwRollcall *self, SigClient *client, GError **error);
void gw_rollcall_unwatch(GwRollcall *self, SigClient *client);
/* office NULL and all false: to nobody. */
bool gw_rollcall_talk(GwRollcall *self, SigClient *client, GwOffice *office, bool all, GError **error);
void gw_rollcall_point(GwRollcall *self, GwOffice *office, bool for_all, const GwActor *actor);
/* What its page shows: whether somebody talks to it, whether it is its turn. */
void gw_office_tell_turn(const GwOffice *office);
JsonObject *gw_office_turn_to_json(const GwOffice *office);

/* rollcalls.c */
int64_t gw_rollcalls_now_ms(const GwRollcalls *self);
GwRollcall *gw_rollcalls_find_for(GwRollcalls *self, const GwIdentity *identity, const char *id, GError **error);
/* Whoever reaches the unit above all its offices, or has started it and reaches each of them still. */
bool gw_rollcall_is_seen_by(const GwRollcall *self, const GwIdentity *identity);
bool gw_rollcalls_may_see(GwRollcalls *self, const GwIdentity *identity, const char *unit, const char *person);
/* The office whose call a terminal has answered; NULL with an error. */
GwOffice *gw_rollcalls_find_office_of_call(GwRollcalls *self, const GwIdentity *identity, const char *call,
                                           GError **error);
/* Who has this office in a running roll-call already; NULL: nobody. */
const GwRollcall *gw_rollcalls_holder_of(const GwRollcalls *self, const char *unit, const GwRollcall *except);
void gw_rollcalls_adopt(GwRollcalls *self, GwRollcall *rollcall); /* takes it */
void gw_rollcalls_tell_soon(GwRollcalls *self);
extern const GwSessionHandler gw_rollcall_session_handler;

/* rows */
extern const SigMethod *const gw_rollcall_methods[];
extern const SigEvent gw_rollcall_events[];
extern const SigRoute gw_rollcall_routes[];

G_END_DECLS
