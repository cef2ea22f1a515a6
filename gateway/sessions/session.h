/* gateway/sessions/session.h - one live session, whatever its kind: state, parties, media, recording, events
 *
 * A kind (visits/, meeting.c) decides when what happens; the session does it and keeps the rules that hold for every
 * kind: who may see whom (routing.h), what is recorded and that a privileged session never is, that every event reaches
 * the journal, the store and the audit record.
 * Ownership: GwSessions owns sessions, a session its parties. Borrowed pointers live until the session is removed.
 * Thread:    main.
 * Re-entry:  handlers are called from the loop; a handler may end or remove its session. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

#include "gateway/people/access.h"
#include "gateway/sessions/quality.h"
#include "gateway/sessions/routing.h"
#include "gateway/sessions/state.h"
#include "media/peer.h"
#include "media/playout.h"

G_BEGIN_DECLS

typedef struct GwSession GwSession;
typedef struct GwParty GwParty;

enum {
    GW_SESSION_MAX_PARTIES = 600, /* a roll-call of 500 offices, and who looks on */
    GW_PARTY_MAX_WATCHES = 2000,
};

/* Who does something: for the audit record and for people's pages. */
typedef struct {
    const char *audit;   /* "person:ID", "visit:ID/family", "system" */
    const char *display; /* NULL: nobody in particular */
    const char *address; /* NULL: not over the network */
} GwActor;

extern const GwActor gw_actor_system;
GwActor gw_actor_of_client(SigClient *client); /* of one that has signed in; borrows from it */

/* What a kind is told and asked. */
typedef struct {
    /* Optional: the party's media began or ceased to flow, or one of its peers went. */
    void (*party_changed)(GwSession *session, GwParty *party, void *user_data);
    /* Optional: who speaks has changed, see gw_party_is_speaking(). */
    void (*speaking_changed)(GwSession *session, void *user_data);
    /* Optional: the party's page gets only stills now, or a moving picture again, see gw_party_sees_stills(). */
    void (*stills_changed)(GwSession *session, GwParty *party, void *user_data);
    /* Optional: recording began, failed, works again, was sealed. */
    void (*recording_changed)(GwSession *session, void *user_data);
    /* Optional: what is recorded is on disk too late, and the configuration says to pause or to end it for that. */
    void (*recording_behind)(GwSession *session, bool end, void *user_data);
    /* Optional: the owner ends it from the command line; it is ended with that cause where nothing is given. */
    bool (*end)(GwSession *session, const GwActor *actor, const char *cause, void *user_data, GError **error);
    /* Optional: which party of it somebody who signed in is, for WHIP and WHEP without a media token; NULL: none. */
    const char *(*party_of_identity)(GwSession *session, const GwIdentity *identity, void *user_data);
    /* Optional: the session is freed. */
    void (*removed)(void *user_data);
} GwSessionHandler;

const char *gw_session_get_id(const GwSession *self);
const char *gw_session_get_kind(const GwSession *self);
const char *gw_session_get_slug(const GwSession *self); /* NULL: none */
const char *gw_session_get_unit(const GwSession *self); /* NULL: none */
GwSessionState gw_session_get_state(const GwSession *self);
GwRecordingClass gw_session_get_class(const GwSession *self);
void *gw_session_get_data(const GwSession *self);            /* the handler's user_data */
int64_t gw_session_get_live_since_ms(const GwSession *self); /* 0: never was */

int64_t gw_session_get_ended_ms(const GwSession *self);      /* 0: has not */
const char *gw_session_get_end_cause(const GwSession *self); /* NULL: has not ended */

/* Fails with SIG_ERROR_STATE (the message says what it is now). Going live for the first time needs a known class and,
 * for a recorded session, a working journal (SIG_ERROR_UNAVAILABLE). */
bool gw_session_set_state(GwSession *self, GwSessionState state, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes the event "end" {cause, ...detail}, detaches the recorder and closes the session in the journal. Peers are
 * closed a moment later, after the last spoken notice. detail: taken, may be NULL. */
bool gw_session_end(GwSession *self, const GwActor *actor, const char *cause, JsonObject *detail,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Who decided the recording class, as in the audit record: goes into the node's log when the session begins. The first one
 * stays. */
void gw_session_set_authority(GwSession *self, const char *authority);

/* From recorded (or unknown) to privileged, never back. Whatever was recording stops for good. */
void gw_session_protect(GwSession *self);

/* The journal's first event of a session: {kind, unit, card}. Pages do not show it. */
#define GW_EVENT_SESSION "session"

/* One event: to the journal (recorded sessions), the session's events in the store, and the audit record as
 * "KIND.TYPE". detail: taken, may be NULL. */
void gw_session_add_event(GwSession *self, const GwActor *actor, const char *type, JsonObject *detail);

/* Officers who talk in: the observer's microphone reaches to ("*", a party's name; NULL: nobody). */
bool gw_session_set_talk(GwSession *self, GwParty *officer, const char *to, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of a star: the party that all observers watch large (name NULL: none); for_all: its other parties see and hear it too. */
void gw_session_set_spot(GwSession *self, const char *name, bool for_all);
const char *gw_session_get_talk(const GwSession *self);
GwParty *gw_session_get_talker(const GwSession *self);

/* Spoken to all parties, and into the recording: after what is being said now, or at once instead of it and of all that
 * waits. False when too much is waiting. */
bool gw_session_say(GwSession *self, MediaClip *clip, bool at_once);

typedef enum {
    GW_RECORDING_NONE,
    GW_RECORDING_RUNNING,
    GW_RECORDING_FAILED,
    GW_RECORDING_SEALING,
    GW_RECORDING_SEALED,
} GwRecordingState;

const char *gw_recording_state_to_string(GwRecordingState state);

typedef struct {
    GwRecordingState state; /* FAILED also before the session begins: it could not be recorded now */
    int64_t up_to_ms;       /* everything before is on disk; 0: nothing yet */
    double progress;        /* of sealing */
    const char *reason;     /* FAILED: a word; NULL otherwise */
    int64_t behind_ms;      /* what is not on disk is older than a second; 0: it is not */
} GwRecordingStatus;

GwRecordingStatus gw_session_get_recording(const GwSession *self);
/* {state, up_to_ms?, behind_ms?, progress?, reason?} as protocol.md has it. */
JsonObject *gw_session_recording_to_json(const GwSession *self);

/* Parties. name: [a-z0-9-], unique in the session. NULL from add when there are too many. */
GwParty *gw_session_add_party(GwSession *self, const char *name, GwRole role);
GwParty *gw_session_find_party(const GwSession *self, const char *name);
void gw_session_remove_party(GwSession *self, GwParty *party); /* closes its peers */

const char *gw_party_get_name(const GwParty *self);
GwRole gw_party_get_role(const GwParty *self);
GwSession *gw_party_get_session(const GwParty *self);

/* Its media flows: a connected publishing peer, packets within the last seconds. */
bool gw_party_is_connected(const GwParty *self);
bool gw_party_sees_stills(const GwParty *self); /* its line is too thin for some picture */
bool gw_party_is_speaking(const GwParty *self); /* into its microphone, and may be heard */
bool gw_party_is_by_token(const GwParty *self); /* it publishes by WHIP: a device without a page */
JsonObject *gw_party_quality_to_json(const GwParty *self);

/* What media.publish, .watch, .answer and .close do. Errors are of SIG_ERROR. An offer with another SDP session id than
 * before is a new connection and replaces the old one. */
char *gw_party_publish(GwParty *self, const char *offer, GError **error) G_GNUC_WARN_UNUSED_RESULT;
char *gw_party_watch(GwParty *self, JsonArray **ret_slots, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_party_accept_answer(GwParty *self, const char *answer, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How large the page shows the picture of one of its slots; 0: as large as there is. False: it has no such slot. */
bool gw_party_set_size(GwParty *self, const char *mid, uint16_t width, uint16_t height);
void gw_party_close_publish(GwParty *self); /* of the page; peers of WHIP and WHEP stay */
void gw_party_close_watch(GwParty *self);

/* A process of ours publishes as this party, by a socket as media/inlet.h has it; taken. The next one takes its place. -1: none
 * at the moment. */
void gw_party_connect_inlet(GwParty *self, int fd);
void gw_party_set_inlet_flowing(GwParty *self, bool flows); /* as the process says */

/* Connections that see something of the session. */
unsigned gw_session_count_watching(const GwSession *self);

G_END_DECLS
