/* gateway/visits/visits-priv.h - what the files of visits/ share
 *
 *   visit.c      one visit: its JSON, its row in the store
 *   life.c       what may happen when, and what follows from it
 *   watch.c      each second: opening, warnings, drops, returns, ends
 *   tell.c       who hears of it
 *   observers.c  officers who watch unseen, and who talks in
 *   booking.c    new visits and their codes
 *   visits.c     the registry, connections, what people/ and sessions/ ask
 *   party-methods.c, console-methods.c, control-methods.c, commands.c: the rows */
#pragma once

#include "gateway/sessions/observers.h"
#include "gateway/visits/clock.h"
#include "gateway/visits/notices.h"
#include "gateway/visits/subjects.h"
#include "gateway/visits/visits.h"
#include "gateway/visits/voices.h"
#include "gateway/visits/waiting.h"

G_BEGIN_DECLS

typedef struct GwVisit GwVisit;

typedef enum {
    GW_SIDE_FAMILY,
    GW_SIDE_TERMINAL,
    GW_N_SIDES,
} GwSide;

const char *gw_side_to_string(GwSide side); /* also the party's name in the session */

enum { GW_MUTE_SOUND, GW_MUTE_PICTURE, GW_N_MUTES };

typedef struct {
    bool muted[GW_N_MUTES]; /* by itself, as its page says */
    bool entered;           /* its page is in the waiting room, device check passed */
    int64_t away_since_ms;  /* running and its media does not flow since then; 0: it flows */
    GwParty *party;         /* borrowed */
} GwVisitSide;

typedef struct {
    char *cause; /* NULL: not ended */
    int64_t at_ms;
    char *by, *note;
} GwVisitEnd;

typedef struct {
    char *id, *session, *subject, *terminal, *unit;
    char **visitors;
    int64_t starts_ms;
    GwRecordingClass recording_class;
    char *privileged_reason;
} GwBooking;

struct GwVisit {
    GwVisits *visits; /* borrowed */
    GwBooking booking;
    GwSessionState state; /* the session's, also of a visit that has none here any more */
    GwSession *session;   /* borrowed; NULL: only read from the store */
    GwVisitClock clock;
    int64_t resumes_until_ms; /* suspended */
    bool was_paused;          /* suspended while paused */
    bool subject_here, consent;
    GwVisitSide sides[GW_N_SIDES];
    SigClient *family;    /* borrowed; NULL: its page is not open */
    const char *language; /* of notices that nobody chose it for: "zh", "en" */
    GPtrArray *observers; /* GwObserver, owned */
    GwVisitEnd end;
    char *last_action, *last_by; /* told to the officer who comes second */
    bool revoked;                /* the family's secrets are void */
};

/* Where presence is read from: connections and media; in tests a table. */
typedef struct {
    bool (*is_present)(const GwVisit *visit, GwSide side);   /* its page is open, or a device publishes as it */
    bool (*is_connected)(const GwVisit *visit, GwSide side); /* its media flows */
} GwVisitLine;

struct GwVisits {
    const Gateway *gateway; /* borrowed */
    const GwVisitLine *line;
    GwSessions *sessions; /* borrowed */
    GwSubjects *subjects;
    GwVoices *voices;
    GHashTable *by_id;       /* owns visits: all that are not over, and those that ended lately */
    GHashTable *by_terminal; /* terminal id -> GPtrArray of visits, borrowed */
    GHashTable *terminals;   /* terminal id -> SigClient, borrowed */
    GPtrArray *consoles;     /* SigClient of officers, borrowed */
    guint tick_source;
    int64_t memory_from_ms;  /* visits that start later are all in memory */
    int64_t alive_ms;        /* as written last */
    int64_t unsure_until_us; /* monotonic: somebody has set the clock, and may be wrong; 0: nobody has */
};

/* visit.c */
GwVisit *gw_visit_new(GwVisits *visits);
void gw_visit_free(GwVisit *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwVisit, gw_visit_free)
/* The columns of GW_VISIT_COLUMNS. */
GwVisit *gw_visit_from_row(GwVisits *visits, const GwRows *rows, unsigned row);
#define GW_VISIT_COLUMNS                                                                                               \
    "visit.id, visit.session, subject, visitors, terminal, visit.unit, starts_ms, minutes, visit.class, reason,"       \
    " visit.state, visit.live_ms, paused_ms, lost_ms, hand, since_ms, warned, subject_here, consent, end_cause,"       \
    " end_ms, end_by, end_note"
enum { GW_VISIT_N_COLUMNS = 23 };
void gw_visit_write(const GwVisit *self);
JsonObject *gw_visit_to_json(GwVisit *self, GwSeat seat);
JsonObject *gw_visit_make_card(const GwVisit *self);
bool gw_visit_is_ready(const GwVisit *self, GwSide side);
bool gw_visit_is_present(const GwVisit *self, GwSide side);
bool gw_visit_is_connected(const GwVisit *self, GwSide side);
extern const GwVisitLine gw_visit_line;
bool gw_visit_is_over(const GwVisit *self);
bool gw_visit_is_subject_here(const GwVisit *self);
const char *gw_visit_state_to_string(GwSessionState state); /* "waiting" for OPEN */
GwWaiting gw_visit_get_waiting(const GwVisit *self);

/* life.c: each fails with SIG_ERROR_STATE where it is too late, naming who was first. */
bool gw_visit_open(GwVisit *self);
bool gw_visit_admit(GwVisit *self, const GwActor *actor, GError **error);
bool gw_visit_pause(GwVisit *self, const GwActor *actor, GError **error);
bool gw_visit_resume(GwVisit *self, const GwActor *actor, GError **error);
bool gw_visit_extend(GwVisit *self, const GwActor *actor, unsigned minutes, GError **error);
bool gw_visit_end(GwVisit *self, const GwActor *actor, const char *cause, const char *note, GError **error);
/* Shows it and writes it down; gw_visit_say() speaks it. */
bool gw_visit_warn(GwVisit *self, const GwActor *actor, const GwNotice *notice, const char *language,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_visit_say(GwVisit *self, const char *language, const char *notice); /* false: only shown */
void gw_visit_suspend(GwVisit *self, GwSide who, const char *why);
void gw_visit_unsuspend(GwVisit *self);
void gw_visit_enter(GwVisit *self, GwSide side, const GwActor *actor);
void gw_visit_leave(GwVisit *self, GwSide side); /* by itself, or its connection has gone */
void gw_visit_set_subject_here(GwVisit *self, const GwActor *actor, bool here);
/* Its microphone or camera: events "mute" and "unmute", by which the recording says why nothing is heard or seen. */
void gw_visit_set_muted(GwVisit *self, GwSide side, unsigned what, bool muted);
/* A running visit after a restart: suspended with a fresh grace time. */
void gw_visit_bring_back(GwVisit *self, int64_t alive_ms);
extern const GwSessionHandler gw_visit_session_handler;

/* watch.c */
void gw_visit_watch(GwVisit *self); /* each second */

/* tell.c */
void gw_visit_tell_changed(GwVisit *self);
void gw_visit_tell_parties(GwVisit *self, const char *event, JsonObject *params); /* takes params, may be NULL */
void gw_visit_tell_side(GwVisit *self, GwSide side, const char *event, JsonObject *params);
/* Fresh credentials, for the connection that is about to be made. */
void gw_visit_add_ice_servers(const GwVisit *self, JsonObject *result, const char *user);
void gw_visit_tell_quality(GwVisit *self);
void gw_visit_tell_speaking(GwVisit *self);
void gw_visit_tell_stills(GwVisit *self, const GwParty *party); /* that party alone */
void gw_visits_tell_terminal(GwVisits *self, const char *terminal);
SigClient *gw_visit_get_client(const GwVisit *self, GwSide side); /* NULL: none */

/* observers.c */
bool gw_visit_observe(GwVisit *self, SigClient *client, const GwIdentity *identity, GError **error);
void gw_visit_unobserve(GwVisit *self, SigClient *client);
GwObserver *gw_visit_find_observer(const GwVisit *self, SigClient *client);
bool gw_visit_talk(GwVisit *self, GwObserver *observer, const char *to, GError **error);
void gw_visit_drop_observers(GwVisit *self);

/* booking.c */
GwVisit *gw_visits_book(GwVisits *self, const GwVisitImport *import, GError **error);
GwVisit *gw_visits_adopt(GwVisits *self, GwVisit *visit); /* into memory, with its session; takes visit */
void gw_visits_forget(GwVisits *self, GwVisit *visit);    /* out of memory; its session is not ended by that */
/* A visit that is over already: history from elsewhere. */
bool gw_visits_book_ended(GwVisits *self, const GwVisitImport *import, const GwVisitEnd *end, GError **error);

/* visits.c */
int64_t gw_visits_now_ms(const GwVisits *self);
/* When somebody has set the clock, visits that run last as long as they would have. */
void gw_visits_follow_clock(GwVisits *self);
/* The clock was set a moment ago: nobody's time is over by it alone. */
bool gw_visits_is_clock_unsure(const GwVisits *self);
GwVisit *gw_visits_find(GwVisits *self, const char *id); /* NULL: not in memory */
/* Only those that this person may see; NULL with NOT_FOUND otherwise. */
GwVisit *gw_visits_find_for(GwVisits *self, const GwIdentity *identity, const char *id, GError **error);
/* What a terminal should answer now; NULL: nothing. */
GwVisit *gw_visits_current_of_terminal(GwVisits *self, const char *terminal);

/* console-methods.c, also for commands.c */
extern const SigParam gw_visit_create_params[];
JsonObject *gw_visits_create_from_json(GwVisits *self, JsonObject *params, const GwActor *actor, GError **error);
JsonObject *gw_visits_link_to_json(GwVisits *self, const char *id, const GwActor *actor, GError **error);

/* rows */
extern const SigMethod *const gw_party_methods[];
extern const SigMethod *const gw_console_visit_methods[];
extern const SigMethod *const gw_control_methods[];
extern const SigMethod gw_visits_unmask;
extern const SigEvent gw_visit_events[];

G_END_DECLS
