/* gateway/sessions/sessions.h - all live sessions of this node, their methods and addresses
 *
 * service.c builds in this order (and frees in reverse):
 *
 *     sessions = gw_sessions_new(&gateway);
 *     journal = rec_journal_new(&journal_config, gw_sessions_get_journal_events(), sessions, &error);
 *     gw_sessions_set_journal(sessions, journal);
 *     archive = gw_archive_new(&gateway, sessions, journal, &sealer_config);
 *     visits = gw_visits_new(&gateway, sessions);      // loads, and brings running visits back
 *     gw_archive_recover(archive);                     // seals what nobody continues
 *     gw_sessions_add_commands(sessions, admin), gw_visits_add_commands(...), gw_archive_add_commands(...)
 *
 * gw_sessions_free() waits (at most 2 s) until the media workers have let go of the journal's tracks; the journal and
 * the media node are freed after it. Sessions that run are not ended by that: they go on after a restart.
 * Ownership: main. Thread: main. Gateway.server may be NULL (tests): then no rows are added. */
#pragma once

#include "gateway/admin/admin.h"
#include "gateway/gateway.h"
#include "gateway/sessions/session.h"
#include "recorder/journal.h"

G_BEGIN_DECLS

typedef struct GwSessions GwSessions;

enum { GW_SESSIONS_MAX_MEETINGS = 5000 };

GwSessions *gw_sessions_new(const Gateway *gateway);
void gw_sessions_free(GwSessions *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwSessions, gw_sessions_free)

const RecJournalEvents *gw_sessions_get_journal_events(void); /* their user_data is the GwSessions */
void gw_sessions_set_journal(GwSessions *self, RecJournal *journal);

/* Rows "session.create", "session.list" and "session.end". */
void gw_sessions_add_commands(GwSessions *self, GwAdmin *admin);

/* Milliseconds since 1970; tests put their own clock in. */
typedef int64_t (*GwNowFunc)(void *user_data);
void gw_sessions_set_clock(GwSessions *self, GwNowFunc now, void *user_data);
int64_t gw_sessions_now_ms(const GwSessions *self);
/* By how much somebody has set the clock since the last call; small corrections and clocks of tests are none. */
int64_t gw_sessions_take_clock_step_ms(GwSessions *self);

typedef struct {
    const char *id;     /* NULL: a new one */
    const char *kind;   /* "visit", "meeting" */
    const char *slug;   /* NULL: none */
    const char *unit;   /* whose it is; NULL: none */
    const char *object; /* in the audit record; NULL: "session:ID" */
    GwRecordingClass recording_class;
    GwSessionState state;  /* of a session that is brought back; otherwise SCHEDULED */
    int64_t live_since_ms; /* of one that is brought back */
    const char *reason;    /* why it is not recorded; NULL: none given */
    bool star;             /* its parties are called by officers and do not see each other, see routing.h */
    JsonObject *card;      /* what the archive says of it: visit, subject, visitors, terminal; borrowed, may be NULL */
} GwSessionInfo;

/* NULL when the slug or id is taken. A session is written to the store when it first opens. */
GwSession *gw_sessions_add(GwSessions *self, const GwSessionInfo *info, const GwSessionHandler *handler,
                           void *user_data);
/* A session that is brought back: its new tracks must not take numbers that were given before, even if the store missed
 * the last ones. */
void gw_session_skip_ordinals(GwSession *session, unsigned given);
void gw_sessions_remove(GwSessions *self, GwSession *session); /* closes its peers; does not end it */
GwSession *gw_sessions_find(GwSessions *self, const char *id_or_slug);

/* A kind that lives at once: everybody sees everybody; see meeting.c. */
GwSession *gw_sessions_create_meeting(GwSessions *self, const char *slug, GwRecordingClass recording_class,
                                      const GwActor *actor, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Which party a page's connection is, for media.*: answered by the kinds (visits/, calls/, supervision/). id: what the
 * console names; NULL elsewhere. NULL with a SIG_ERROR, or without: another kind may know. Who was added last is asked first. */
typedef GwParty *(*GwPartyOfClient)(SigClient *client, const char *id, void *user_data, GError **error);
void gw_sessions_add_party_lookup(GwSessions *self, GwPartyOfClient lookup, void *user_data);

/* A session that is made when somebody comes to it by its name (WHEP); NULL: no such. */
typedef GwSession *(*GwSessionOpener)(const char *name, void *user_data);
void gw_sessions_set_opener(GwSessions *self, GwSessionOpener opener, void *user_data);

/* What the archive hears. session is still whole. */
typedef struct {
    void (*live)(GwSession *session, void *user_data); /* for the first time, or again after a restart */
    void (*ended)(GwSession *session, bool recorded, void *user_data); /* all of it is on disk */
} GwSessionsListener;

void gw_sessions_set_listener(GwSessions *self, const GwSessionsListener *listener, void *user_data);
/* The archive tells how sealing goes. */
void gw_sessions_set_sealing(GwSessions *self, const char *session, GwRecordingState state, double progress);

/* Once a second by itself; tests call it with their own time. */
void gw_sessions_tick(GwSessions *self);

/* The events of a session, from the store: columns at_ms, type, by (for people; may be NULL), detail (JSON or NULL). */
void gw_sessions_read_events(GwSessions *self, const char *session, GwStoreDone done, void *user_data);
/* [{at_ms, type, by?, detail?}] with origin_ms taken off. */
JsonArray *gw_session_events_to_json(const GwRows *rows, int64_t origin_ms);

/* What people write beside a session. done (may be NULL) gets one row: the note's id. */
typedef struct {
    const char *session;
    int64_t at_ms; /* what it is about */
    const char *text;
} GwNoteInput;

void gw_sessions_add_note(GwSessions *self, const GwNoteInput *note, const GwActor *actor, GwStoreDone done,
                          void *user_data);
JsonObject *gw_session_get_card(const GwSession *self); /* borrowed, may be NULL */

G_END_DECLS
