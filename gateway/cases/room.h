/* gateway/cases/room.h - terminals that are rung at once, and officials who look on and talk: of a plan, or of a case
 *
 * A gathering whose session is of kind "emergency" or "case-call"; whoever is invited by its plan sees it, too. After a restart
 * it goes on: who had answered is still in it, who was ringing is rung again. The sentence of its plan is shown to all who are
 * rung and spoken to those who answer.
 * Ownership: GwCases. Thread: main. */
#pragma once

#include "gateway/cases/cases-priv.h"
#include "gateway/cases/speech.h"

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
    GwCallee base;
    GwMemberState state;
    int64_t answered_ms; /* 0: never */
    bool seen;           /* its media flowed: there is something of it */
    bool told;           /* the sentence was spoken to it */
    char *before;        /* of an answered one that is brought back: its call; NULL: none */
} GwMember;

/* What it is opened with. */
typedef struct {
    const char *kind;                                    /* "emergency", "case-call" */
    const char *name, *unit, *sentence, *plan, *case_id; /* of some NULL */
    const GPtrArray *units;                              /* ids */
    const GPtrArray *terminals;                          /* id of the terminal of each, NULL where it has none */
    JsonArray *cameras, *people;                         /* ids; borrowed, may be NULL */
    bool has_position;
    GwPosition at;
} GwRoomWish;

struct GwRoom {
    GwGathering base; /* its callees are GwMember */
    GwCases *cases;   /* borrowed */
    char *sentence, *plan, *case_id;
    unsigned action; /* of the case; 0: none */
    JsonArray *cameras, *people;
    struct {
        GwSpeech *speech; /* of the sentence; NULL: none */
        int64_t until_ms; /* it is being spoken */
    } saying;
};

GwRoom *gw_rooms_open(GwCases *cases, const GwRoomWish *wish, const GwActor *actor,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_room_is_over(const GwRoom *self);
bool gw_room_is_seen_by(const GwRoom *self, const GwIdentity *identity);
GwRoom *gw_rooms_find(const GwCases *cases, const char *id);        /* NULL: none */
GwMember *gw_room_find_member(const GwRoom *self, unsigned number); /* NULL: none */
void gw_room_ring_again(GwRoom *self, GwMember *member, const GwActor *actor);
void gw_room_point(GwRoom *self, GwMember *member, bool for_all, const GwActor *actor);
/* member NULL and not all: to nobody. */
bool gw_room_talk(GwRoom *self, SigClient *client, GwMember *member, bool all, GError **error);
bool gw_room_end(GwRoom *self, const GwActor *actor, GError **error);

/* room-json.c */
JsonObject *gw_room_to_json(const GwRoom *self);
JsonObject *gw_room_make_change(const GwRoom *self); /* what pages are told */
void gw_room_invite(const GwRoom *self);             /* who is named in its plan, and is at a console */

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
extern const GwCallHandler gw_member_call_handler; /* room-ring.c */
int64_t gw_room_now_ms(const GwRoom *self);
void gw_room_tell(GwRoom *self); /* its pages, soon */
void gw_room_free(void *room);   /* one that is not in the registry */
void gw_room_note(GwRoom *self, const GwMember *member, const char *type, const GwActor *actor);
/* For room-store.c: takes the room into the registry, attached to its session. False: that is there already, and the room is
 * freed. */
bool gw_room_bring_back(GwRoom *self, unsigned ordinals);
GwMember *gw_room_add_member(GwRoom *self, const char *unit, const char *terminal);
GwRoom *gw_room_new(GwCases *cases, const char *id);

G_END_DECLS
