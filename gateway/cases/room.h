/* gateway/cases/room.h - terminals that are rung at once, and officials who look on and talk: of a plan, or of a case
 *
 * A recorded session of kind "emergency" or "case-call"; who is rung is a party of it, who looks on an observer. After a restart
 * it goes on: who had answered is still in it, who was ringing is rung again. The sentence of its plan is shown to all who are
 * rung and spoken to those who answer.
 * Ownership: GwCases. Thread: main. */
#pragma once

#include "gateway/cases/cases-priv.h"
#include "gateway/cases/speech.h"
#include "gateway/sessions/observers.h"

G_BEGIN_DECLS

typedef enum {
    GW_MEMBER_RINGING,
    GW_MEMBER_ANSWERED,
    GW_MEMBER_ABSENT, /* its clock ran out */
    GW_MEMBER_DECLINED,
    GW_MEMBER_BUSY, /* in a visit, say */
    GW_MEMBER_LEFT, /* it had answered */
    GW_MEMBER_NO_TERMINAL,
} GwMemberState;

typedef struct {
    GwRoom *room; /* borrowed */
    unsigned number;
    char *unit, *terminal; /* terminal NULL: the unit has none */
    GwMemberState state;
    int64_t answered_ms; /* 0: never */
    GwCall *call;        /* borrowed; NULL: none */
    GwParty *party;      /* borrowed */
    bool seen;           /* its media flowed: there is something of it */
    bool told;           /* the sentence was spoken to it */
    char *before;        /* of an answered one that is brought back: its call; NULL: none */
} GwMember;

/* What it is opened with. */
typedef struct {
    const char *kind;                                    /* "emergency", "case-call" */
    const char *name, *unit, *sentence, *plan, *case_id; /* of some NULL */
    const GPtrArray *units;                              /* ids; may hold NULL */
    const GPtrArray *terminals;                          /* id of the terminal of each, NULL where it has none */
    JsonArray *cameras, *people;                         /* ids; borrowed, may be NULL */
    bool has_position;
    GwPosition at;
} GwRoomWish;

struct GwRoom {
    GwCases *cases; /* borrowed */
    char *id, *kind, *name, *unit, *sentence, *plan, *case_id;
    char *who, *display;  /* who opened it */
    unsigned action;      /* of the case; 0: none */
    GwSession *live;      /* borrowed */
    GPtrArray *members;   /* GwMember, owned */
    GPtrArray *observers; /* GwObserver */
    JsonArray *cameras, *people;
    GwMember *spot; /* who is looked at */
    int64_t opened_ms, ended_ms;
    struct {
        GwSpeech *speech; /* of the sentence; NULL: none */
        int64_t until_ms; /* it is being spoken */
    } saying;
};

GwRoom *gw_rooms_open(GwCases *cases, const GwRoomWish *wish, const GwActor *actor,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_room_is_over(const GwRoom *self);
bool gw_room_is_seen_by(const GwRoom *self, const GwIdentity *identity);
GwMember *gw_room_find_member(const GwRoom *self, unsigned number); /* NULL: none */
bool gw_room_join(GwRoom *self, SigClient *client, GError **error);
void gw_room_leave(GwRoom *self, SigClient *client);
void gw_room_ring_again(GwRoom *self, GwMember *member, const GwActor *actor);
void gw_room_point(GwRoom *self, GwMember *member, bool for_all, const GwActor *actor);
/* member NULL and not all: to nobody. */
bool gw_room_talk(GwRoom *self, SigClient *client, GwMember *member, bool all, GError **error);
bool gw_room_end(GwRoom *self, const GwActor *actor, GError **error);

/* room-json.c */
JsonObject *gw_room_to_json(const GwRoom *self);
void gw_room_tell(const GwRoom *self);
void gw_room_invite(const GwRoom *self); /* who is named in its plan, and is at a console */

unsigned gw_room_count_answered(const GwRoom *self);
const char *gw_member_state_to_string(GwMemberState state);
bool gw_member_state_from_string(const char *word, GwMemberState *ret_state);

/* room-ring.c */
void gw_room_ring(GwMember *member);
void gw_room_resume_member(GwMember *member);
void gw_room_speak(GwRoom *self); /* the sentence, to who has not heard it; once a second */

/* room-store.c */
void gw_room_write(const GwRoom *self);

/* room.c, for the others */
int64_t gw_room_now_ms(const GwRoom *self);
void gw_room_note(const GwRoom *self, const GwMember *member, const char *type, const GwActor *actor);
/* For room-store.c: takes the room into the registry, attached to the session of that id. False: that session is there
 * already, and the room is freed. */
bool gw_room_bring_back(GwRoom *self, const char *session, unsigned ordinals);
GwMember *gw_room_add_member(GwRoom *self, const char *unit, const char *terminal);
GwRoom *gw_room_new(GwCases *cases, const char *id);

G_END_DECLS
