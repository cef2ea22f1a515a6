/* gateway/sessions/session-priv.h - what session.c, party.c, recording.c, announcer.c and the registry share */
#pragma once

#include "gateway/sessions/sessions.h"
#include "media/inlet.h"

G_BEGIN_DECLS

typedef struct GwUtterance GwUtterance;
typedef struct GwTap GwTap; /* one source on its way into the journal, see recording.h */

/* A slot of a watching peer: the rule it is decided by, and its number in the MediaPeer. */
typedef struct {
    GwFeed feed;
    char *party; /* of GW_FEED_PARTY */
    MediaKind kind;
    unsigned number;
} GwSlot;

/* What a party publishes: one m-section. */
typedef struct {
    MediaSource *source; /* a reference */
    GwTap *tap;          /* borrowed from the session's recording; NULL: not recorded */
    bool flows;          /* as set last */
    unsigned number;     /* of its kind in this peer, 1 ... */
} GwPublished;

typedef struct {
    GwParty *party;    /* borrowed */
    MediaPeer *media;  /* owned; NULL: of an inlet */
    MediaInlet *inlet; /* owned; NULL: of a peer */
    bool inlet_flows;
    bool publishes;
    GArray *slots;      /* GwSlot, of a watching peer */
    GArray *published;  /* GwPublished, in m-section order */
    unsigned n_kind[2]; /* of each MediaKind ever */
    MediaPeerStats stats;
    bool has_stats;
    int64_t stats_us;      /* monotonic: when they came */
    MediaPeerStats before; /* the snapshot before the last one */
    int64_t lost_since_us; /* monotonic; 0: not lost */
    unsigned ordinal;      /* in the session: part of track ids */
    char *sdp_session;     /* o= of its last offer */
    char *resource;        /* WHIP or WHEP; NULL: of a page */
} GwPeer;

struct GwParty {
    GwSession *session; /* borrowed */
    char *name;
    GwRole role;
    GwPeer *publish;    /* owned; NULL: nothing */
    GwPeer *page_watch; /* owned; NULL: nothing */
    GPtrArray *watches; /* GwPeer of WHEP, owned */
    bool connected;     /* as the kind was told last */
    GwQualityMemory quality;
    int64_t empty_since_ms; /* it has no peer, of a meeting; 0: it has */
};

typedef struct {
    MediaSource *source;           /* owned; NULL without a room */
    GQueue waiting;                /* MediaClip, references */
    struct GwUtterance *utterance; /* being said now; its own owner */
    GwTap *tap;
} GwAnnouncer;

typedef struct {
    GwGateState state;
    int64_t since_us;  /* monotonic: in this state */
    int64_t asked_us;  /* monotonic: the log was asked to take it */
    int64_t filled_us; /* monotonic: every track has begun; 0: not yet */
    bool is_announced, is_late;
    struct GwAnnouncing *announcing; /* borrowed; NULL: nobody is asked now */
    guint source;                    /* 0: none */
} GwSessionGate;

typedef struct {
    GPtrArray *taps; /* GwTap, owned; those on their way out too */
    bool stalled;    /* media flows and the journal gets none */
    bool used;       /* something of it is in the journal */
    bool closing, closed;
    GwRecordingState sealing; /* after the end: SEALING, SEALED or FAILED */
    double progress;
    int64_t up_to_ms;
    GwSessionGate gate;
    char *authority, *reason; /* who decided the class; why it is not recorded; NULL: not known */
} GwSessionRecording;

struct GwSession {
    GwSessions *sessions; /* borrowed */
    char *id, *kind, *slug, *unit, *object;
    GwRecordingClass recording_class;
    GwSessionState state;
    struct {
        int64_t made_ms, live_since_ms, ended_ms;
    } times;
    char *end_cause;  /* NULL: not ended */
    JsonObject *card; /* owned; NULL: none */
    const GwSessionHandler *handler;
    void *user_data;
    GPtrArray *parties; /* GwParty, owned */
    GHashTable *party_by_name;
    MediaRoom *room; /* owned; made with the first peer */
    GwAnnouncer announcer;
    GwSessionRecording recording;
    struct {
        char *to;         /* NULL: nobody talks in */
        GwParty *officer; /* borrowed */
        char *spot;       /* of a star: who is watched; NULL: nobody */
        bool star, spot_for_all;
    } talk;
    unsigned n_peers_ever; /* numbers tracks, over restarts too */
};

/* session.c */
void gw_session_tell_recording_changed(GwSession *self);
bool gw_peer_sees_stills(const GwPeer *self); /* as its last figures say */

GwSession *gw_session_new(GwSessions *sessions, const GwSessionInfo *info, const GwSessionHandler *handler,
                          void *user_data);
void gw_session_free(GwSession *self);
MediaRoom *gw_session_ensure_room(GwSession *self);
/* Decides every slot and every source again, and what is recorded. After anything that routing depends on. */
void gw_session_apply(GwSession *self);
void gw_session_tick(GwSession *self);
GwRoutingState gw_session_get_routing(const GwSession *self);

/* party.c, peer.c */
GwParty *gw_party_new(GwSession *session, const char *name, GwRole role);
void gw_party_free(GwParty *self);
void gw_party_tick(GwParty *self, int64_t now_us);
void gw_party_drop_peer(GwParty *self, GwPeer *peer); /* takes it out, applies, frees it */

GwPeer *gw_peer_new(GwParty *party, bool publishes);
GwPeer *gw_peer_new_inlet(GwParty *party);
void gw_peer_free(GwPeer *self);
const char *gw_slot_get_name(const GwSlot *self); /* what comes through it: a party, "announcer", "officer" */
void gw_peer_add_slot(GwPeer *self, GwFeed feed, const char *party, MediaKind kind);
void gw_peer_apply_slots(GwPeer *self);
void gw_peer_apply_published(GwPeer *self);
MediaSource *gw_peer_find_source(const GwPeer *self, MediaKind kind); /* borrowed, may be NULL */
bool gw_peer_flows(const GwPeer *self);
/* A SIG_ERROR for what media/ said. Takes media_error. */
void gw_peer_propagate(GError **error, GError *media_error);
GwQualityInput gw_party_get_quality_input(const GwParty *self); /* of the last second */

/* announcer.c */
void gw_announcer_open(GwSession *session);
void gw_announcer_close(GwSession *session);
void gw_announcer_go_on(GwSession *session); /* with what waited for the gate */

/* sessions.c */
const Gateway *gw_sessions_get_gateway(const GwSessions *self);
RecJournal *gw_sessions_get_journal(const GwSessions *self);
struct GwRecorder *gw_sessions_get_recorder(const GwSessions *self);
void gw_sessions_tell_applied(GwSessions *self, GwSession *session); /* outside.h */
void gw_sessions_tell_live(GwSessions *self, GwSession *session);
void gw_sessions_tell_ended(GwSessions *self, GwSession *session, bool recorded);
void gw_sessions_add_resource(GwSessions *self, GwPeer *peer); /* gives it a resource id */
GwPeer *gw_sessions_find_resource(const GwSessions *self, const char *resource);
void gw_sessions_forget_resource(GwSessions *self, GwPeer *peer);
GwSession *gw_sessions_open_by_name(GwSessions *self, const char *name); /* NULL: nobody makes one of it */
GwParty *gw_sessions_party_of_client(GwSessions *self, SigClient *client, const char *visit, GError **error);
void gw_sessions_foreach(GwSessions *self, GFunc func, void *data);

/* records.c: a session in the store */
void gw_session_write(GwSession *self);
void gw_session_write_peers(GwSession *self);
/* Before the first record of it: says what the session is, so that the archive's index can be made again from recordings. */
void gw_session_begin_journal(GwSession *self);

/* meeting.c, media-methods.c, whip.c, commands.c: their rows */
extern const SigMethod *const gw_media_methods[];
extern const SigEvent gw_media_events[];
extern const SigRoute gw_whip_routes[];
/* Takes out who has had no peer for this long. */
void gw_meeting_forget_empty(GwSession *session, int64_t for_ms);
bool gw_meeting_is_over(GwSession *session); /* ended, sealed and closed: it can be removed */
GwSession *gw_meeting_make_for_load(GwSessions *self, const char *slug, const GwActor *actor, GError **error);

G_END_DECLS
