#define G_LOG_DOMAIN "gateway.room"

#include "gateway/cases/room.h"

#include <string.h>

/* Who is rung, who answers, and what is said to them first. */

enum { ANSWER_MS = 60 * 1000 };

static void
set_state(GwMember *member, GwMemberState state, const char *type)
{
    g_autofree char *who = g_strconcat("terminal:", member->terminal, NULL);
    const GwActor terminal = { .audit = who };

    member->state = state;
    gw_room_note(member->room, member, type, &terminal);
    gw_room_write(member->room);
    gw_room_tell(member->room);
}

static void
on_answered(GwCall *call, void *user_data)
{
    GwMember *member = user_data;

    member->answered_ms = gw_call_get_answered_ms(call);
    set_state(member, GW_MEMBER_ANSWERED, "answer");
    if (member->room->spot == NULL)
        gw_room_point(member->room, member, false, &gw_actor_system);
}

/* What it is of a case that nobody could be reached: known at once when only one was rung. */
static void
end_if_alone(GwRoom *self)
{
    g_autoptr(GError) error = NULL;

    if (self->case_id != NULL && self->members->len == 1 && !gw_room_end(self, &gw_actor_system, &error))
        g_debug("room %s: %s", self->id, error->message);
}

static void
on_declined(GwCall *call, const char *reason, void *user_data)
{
    GwMember *member = user_data;

    (void)call;
    member->call = NULL;
    set_state(member, strcmp(reason, "busy") == 0 ? GW_MEMBER_BUSY : GW_MEMBER_DECLINED, "decline");
    end_if_alone(member->room);
}

static void
on_missed(GwCall *call, void *user_data)
{
    GwMember *member = user_data;

    (void)call;
    member->call = NULL;
    set_state(member, GW_MEMBER_ABSENT, "absent");
    end_if_alone(member->room);
}

static void
on_gone(GwCall *call, void *user_data)
{
    GwMember *member = user_data;

    (void)call;
    member->call = NULL;
    if (member->room->spot == member)
        gw_room_point(member->room, NULL, false, &gw_actor_system);
    gw_party_close_publish(member->party);
    gw_party_close_watch(member->party);
    set_state(member, GW_MEMBER_LEFT, "leave");
    end_if_alone(member->room);
}

static const GwCallHandler call_handler = {
    .answered = on_answered,
    .declined = on_declined,
    .missed = on_missed,
    .gone = on_gone,
};

static GwCallInfo
make_info(const GwMember *member)
{
    const GwRoom *self = member->room;
    const GwUnit *unit = gw_people_get_unit(self->cases->gateway->people, self->unit);

    return (GwCallInfo){
        .terminal = member->terminal,
        .kind = "emergency",
        .session = gw_session_get_id(self->live),
        .party = gw_party_get_name(member->party),
        .from = self->display,
        .from_unit = unit != NULL ? unit->name : NULL,
        .sentence = self->sentence,
        .until_ms = gw_room_now_ms(self) + ANSWER_MS,
    };
}

void
gw_room_ring(GwMember *member)
{
    const GwRoom *self = member->room;
    g_autoptr(GError) error = NULL;

    if (member->terminal == NULL) {
        member->state = GW_MEMBER_NO_TERMINAL;
        return;
    }
    const GwCallInfo info = make_info(member);

    member->call = gw_calls_ring(self->cases->needs.calls, &info, &call_handler, member, &error);
    member->state = member->call != NULL ? GW_MEMBER_RINGING : GW_MEMBER_BUSY;
    if (member->call == NULL)
        g_debug("room %s: %s", self->id, error->message);
}

void
gw_room_ring_again(GwRoom *self, GwMember *member, const GwActor *actor)
{
    if (member->call != NULL || gw_room_is_over(self))
        return;
    gw_room_ring(member);
    gw_room_note(self, member, "again", actor);
    gw_room_write(self);
    gw_room_tell(self);
}

/* Whoever rang when the service went gets the whole clock again: an emergency is not over for that. */
void
gw_room_resume_member(GwMember *member)
{
    const GwCallInfo info = make_info(member);

    if (member->state == GW_MEMBER_ANSWERED && member->before != NULL)
        member->call = gw_calls_resume(member->room->cases->needs.calls, member->before, &info, &call_handler, member);
    else if (member->state == GW_MEMBER_ANSWERED)
        member->state = GW_MEMBER_LEFT;
    else if (member->state == GW_MEMBER_RINGING)
        gw_room_ring(member);
}

/* The sentence. Spoken to everybody in the room: once for those who are there by then, and again for those who come later, as long
 * as no official talks. */

static bool
is_untold(const GwMember *member)
{
    return member->state == GW_MEMBER_ANSWERED && !member->told && gw_party_is_connected(member->party);
}

static bool
mark_told(GwRoom *self)
{
    bool any = false;

    for (guint i = 0; i < self->members->len; i++) {
        GwMember *member = self->members->pdata[i];
        any = any || is_untold(member);
        member->told = member->told || is_untold(member);
    }
    return any;
}

void
gw_room_speak(GwRoom *self)
{
    MediaClip *clip = self->saying.speech != NULL ? gw_speech_get_clip(self->saying.speech) : NULL;

    if (clip == NULL || gw_room_now_ms(self) < self->saying.until_ms || gw_session_get_talker(self->live) != NULL ||
        !mark_told(self))
        return;
    if (gw_session_say(self->live, clip, false))
        self->saying.until_ms = gw_room_now_ms(self) + media_clip_get_duration_us(clip) / 1000;
    gw_session_add_event(self->live, &gw_actor_system, "say", gw_object_with_text("sentence", self->sentence));
    gw_room_write(self);
}
