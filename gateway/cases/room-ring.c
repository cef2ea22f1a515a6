#define G_LOG_DOMAIN "gateway.room"

#include "gateway/cases/room.h"

#include <string.h>

/* Who is rung, who answers, and what is said to them first. */

enum { ANSWER_MS = 60 * 1000 };

static GwRoom *
get_room(const GwMember *member)
{
    return (GwRoom *)member->base.gathering;
}

static void
set_state(GwMember *member, GwMemberState state, const char *type)
{
    g_autofree char *who = g_strconcat("terminal:", member->base.terminal, NULL);
    const GwActor terminal = { .audit = who };
    GwRoom *room = get_room(member);

    member->state = state;
    gw_room_note(room, member, type, &terminal);
    gw_room_write(room);
    gw_room_tell(room);
}

static void
on_answered(GwCall *call, void *user_data)
{
    GwMember *member = user_data;

    member->answered_ms = gw_call_get_answered_ms(call);
    set_state(member, GW_MEMBER_ANSWERED, "answer");
    if (member->base.gathering->spot == NULL)
        gw_room_point(get_room(member), member, false, &gw_actor_system);
}

/* What it is of a case that nobody could be reached: known at once when only one was rung. */
static void
end_if_alone(GwRoom *self)
{
    g_autoptr(GError) error = NULL;

    if (self->case_id != NULL && self->base.callees->len == 1 && !gw_room_end(self, &gw_actor_system, &error))
        g_debug("room %s: %s", self->base.head.id, error->message);
}

static void
on_declined(GwCall *call, const char *reason, void *user_data)
{
    GwMember *member = user_data;

    (void)call;
    member->base.call = NULL;
    set_state(member, strcmp(reason, "busy") == 0 ? GW_MEMBER_BUSY : GW_MEMBER_DECLINED, "decline");
    end_if_alone(get_room(member));
}

static void
on_missed(GwCall *call, void *user_data)
{
    GwMember *member = user_data;

    (void)call;
    member->base.call = NULL;
    set_state(member, GW_MEMBER_ABSENT, "absent");
    end_if_alone(get_room(member));
}

static void
on_gone(GwCall *call, void *user_data)
{
    GwMember *member = user_data;

    (void)call;
    member->base.call = NULL;
    if (member->base.gathering->spot == &member->base)
        gw_room_point(get_room(member), NULL, false, &gw_actor_system);
    gw_callee_close(&member->base);
    set_state(member, GW_MEMBER_LEFT, "leave");
    end_if_alone(get_room(member));
}

const GwCallHandler gw_member_call_handler = {
    .answered = on_answered,
    .declined = on_declined,
    .missed = on_missed,
    .gone = on_gone,
};

static GwCallInfo
make_info(const GwMember *member)
{
    const GwRoom *self = get_room(member);
    const GwUnit *unit = gw_people_get_unit(self->cases->gateway->people, self->base.head.unit);
    GwCallInfo info = gw_callee_get_call_info(&member->base);

    info.kind = "emergency";
    info.from = self->base.head.display;
    info.from_unit = unit != NULL ? unit->name : NULL;
    info.sentence = self->sentence;
    info.until_ms = gw_room_now_ms(self) + ANSWER_MS;
    return info;
}

void
gw_room_ring(GwMember *member)
{
    const GwRoom *self = get_room(member);
    g_autoptr(GError) error = NULL;

    if (member->base.terminal == NULL) {
        member->state = GW_MEMBER_NO_TERMINAL;
        return;
    }
    const GwCallInfo info = make_info(member);

    member->base.call = gw_calls_ring(self->base.all->calls, &info, &gw_member_call_handler, member, &error);
    member->state = member->base.call != NULL ? GW_MEMBER_RINGING : GW_MEMBER_BUSY;
    if (member->base.call == NULL)
        g_debug("room %s: %s", self->base.head.id, error->message);
}

void
gw_room_ring_again(GwRoom *self, GwMember *member, const GwActor *actor)
{
    if (member->base.call != NULL || gw_room_is_over(self))
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
        member->base.call =
            gw_calls_resume(member->base.gathering->all->calls, member->before, &info, &gw_member_call_handler, member);
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
    return member->state == GW_MEMBER_ANSWERED && !member->told && gw_party_is_connected(member->base.party);
}

static bool
mark_told(GwRoom *self)
{
    bool any = false;

    for (guint i = 0; i < self->base.callees->len; i++) {
        GwMember *member = self->base.callees->pdata[i];
        any = any || is_untold(member);
        member->told = member->told || is_untold(member);
    }
    return any;
}

void
gw_room_speak(GwRoom *self)
{
    MediaClip *clip = self->saying.speech != NULL ? gw_speech_get_clip(self->saying.speech) : NULL;

    if (clip == NULL || gw_room_now_ms(self) < self->saying.until_ms ||
        gw_session_get_talker(self->base.live) != NULL || !mark_told(self))
        return;
    if (gw_session_say(self->base.live, clip, false))
        self->saying.until_ms = gw_room_now_ms(self) + media_clip_get_duration_us(clip) / 1000;
    gw_session_add_event(self->base.live, &gw_actor_system, "say", gw_object_with_text("sentence", self->sentence));
    gw_room_write(self);
}
