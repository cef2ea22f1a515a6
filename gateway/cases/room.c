#define G_LOG_DOMAIN "gateway.room"

#include "gateway/cases/room.h"

#include <string.h>

#include "gateway/people/secret.h"

enum {
    LONGEST_MS = 12 * 60 * 60 * 1000, /* nobody has ended it */
    KEPT_MS = 10 * 60 * 1000,         /* in memory, after its end */
};

static void
free_member(void *data)
{
    GwMember *member = data;

    gw_callee_clear(&member->base);
    g_free(member->before);
    g_free(member);
}

static void
cancel_calls(GwRoom *self)
{
    for (guint i = 0; i < self->base.callees->len; i++) {
        GwCallee *callee = self->base.callees->pdata[i];
        if (callee->call != NULL)
            gw_call_cancel(g_steal_pointer(&callee->call), "ended");
    }
}

void
gw_room_free(void *data)
{
    GwRoom *self = data;

    cancel_calls(self);
    gw_speech_free(self->saying.speech);
    g_clear_pointer(&self->cameras, json_array_unref);
    g_clear_pointer(&self->people, json_array_unref);
    g_free(self->sentence);
    g_free(self->plan);
    g_free(self->case_id);
    gw_gathering_clear(&self->base);
    g_free(self);
}

bool
gw_room_is_over(const GwRoom *self)
{
    return self->base.head.ended_ms != 0;
}

int64_t
gw_room_now_ms(const GwRoom *self)
{
    return gw_gatherings_now_ms(self->base.all);
}

void
gw_room_tell(GwRoom *self)
{
    gw_gathering_set_changed(&self->base, NULL);
}

void
gw_room_note(GwRoom *self, const GwMember *member, const char *type, const GwActor *actor)
{
    JsonObject *detail = json_object_new();

    gw_object_set_text(detail, "case", self->case_id);
    gw_gathering_note(&self->base, member != NULL ? &member->base : NULL, type, actor, detail);
}

/* Opening. */

GwRoom *
gw_room_new(GwCases *cases, const char *id)
{
    GwRoom *self = g_new0(GwRoom, 1);

    gw_gathering_init(&self->base, &cases->rooms, free_member);
    self->cases = cases;
    self->base.head.id = g_strdup(id);
    self->base.head.recording_class = GW_CLASS_RECORDED;
    return self;
}

static GwRoom *
make(GwCases *cases, const GwRoomWish *wish, const GwActor *actor)
{
    g_autofree char *id = gw_secret_new_id("room");
    GwRoom *self = gw_room_new(cases, id);
    GwGatheringHead *head = &self->base.head;

    head->session = g_uuid_string_random();
    head->kind = g_strdup(wish->kind);
    head->name = g_strdup(wish->name);
    head->unit = g_strdup(wish->unit);
    head->audit = g_strdup(actor->audit);
    head->display = g_strdup(actor->display != NULL ? actor->display : "");
    head->started_ms = gw_room_now_ms(self);
    self->sentence = g_strdup(wish->sentence);
    self->plan = g_strdup(wish->plan);
    self->case_id = g_strdup(wish->case_id);
    self->cameras = wish->cameras != NULL ? json_array_ref(wish->cameras) : NULL;
    self->people = wish->people != NULL ? json_array_ref(wish->people) : NULL;
    return self;
}

GwMember *
gw_room_add_member(GwRoom *self, const char *unit, const char *terminal)
{
    GwMember *member = g_new0(GwMember, 1);
    const GwUnit *known = gw_people_get_unit(self->cases->gateway->people, unit);

    gw_callee_init(&member->base, &self->base, unit, known != NULL ? known->name : unit, terminal);
    return member;
}

static void
prepare_speech(GwRoom *self)
{
    if (self->sentence != NULL && *self->sentence != '\0')
        self->saying.speech = gw_speech_new(self->cases->gateway->config->cases.speaker, self->sentence);
}

GwRoom *
gw_rooms_open(GwCases *cases, const GwRoomWish *wish, const GwActor *actor, GError **error)
{
    GwRoom *self = NULL;

    if (g_hash_table_size(cases->rooms.by_id) >= GW_ROOMS_MAX) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%d rooms are open or have just ended: end one first.",
                    GW_ROOMS_MAX);
        return NULL;
    }
    self = make(cases, wish, actor);
    for (guint i = 0; i < wish->units->len; i++)
        gw_room_add_member(self, wish->units->pdata[i], wish->terminals->pdata[i]);
    if (!gw_gathering_begin(&self->base, error)) {
        gw_room_free(self);
        return NULL;
    }
    gw_room_note(self, NULL, "open", actor);
    prepare_speech(self);
    for (guint i = 0; i < self->base.callees->len; i++)
        gw_room_ring(self->base.callees->pdata[i]);
    gw_gatherings_adopt(&cases->rooms, &self->base);
    gw_room_write(self);
    gw_room_tell(self);
    gw_room_invite(self);
    return self;
}

bool
gw_room_bring_back(GwRoom *self, unsigned ordinals)
{
    if (!gw_gathering_attach(&self->base, GW_SESSION_LIVE)) {
        gw_room_free(self);
        return false;
    }
    gw_session_skip_ordinals(self->base.live, ordinals);
    gw_room_note(self, NULL, "restart", &gw_actor_system);
    prepare_speech(self);
    for (guint i = 0; i < self->base.callees->len; i++)
        gw_room_resume_member(self->base.callees->pdata[i]);
    if (self->base.spot != NULL)
        gw_session_set_spot(self->base.live, gw_party_get_name(self->base.spot->party), false);
    gw_gatherings_adopt(&self->cases->rooms, &self->base);
    gw_room_write(self);
    return true;
}

/* What officials do. */

GwRoom *
gw_rooms_find(const GwCases *cases, const char *id)
{
    return g_hash_table_lookup(cases->rooms.by_id, id);
}

GwMember *
gw_room_find_member(const GwRoom *self, unsigned number)
{
    return number >= 1 && number <= self->base.callees->len ? self->base.callees->pdata[number - 1] : NULL;
}

static bool
check_open(const GwGathering *self, GError **error)
{
    if (self->head.ended_ms == 0)
        return true;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This room has ended.");
    return false;
}

void
gw_room_point(GwRoom *self, GwMember *member, bool for_all, const GwActor *actor)
{
    gw_gathering_set_spot(&self->base, member != NULL ? &member->base : NULL, for_all);
    gw_room_note(self, member, "turn", actor);
    gw_room_write(self);
}

bool
gw_room_talk(GwRoom *self, SigClient *client, GwMember *member, bool all, GError **error)
{
    const char *to = all ? GW_TALK_TO_ALL : member != NULL ? gw_party_get_name(member->base.party) : NULL;

    if (!check_open(&self->base, error))
        return false;
    if (member != NULL && member->state != GW_MEMBER_ANSWERED) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This office has not answered, or has left.");
        return false;
    }
    return gw_gathering_talk(&self->base, client, to, error);
}

/* What the case writes down of it. */
static GwCaseActionInput
get_outcome(const GwRoom *self)
{
    GwCaseActionInput outcome = { .result = "no-answer" };

    for (guint i = 0; i < self->base.callees->len; i++) {
        const GwMember *member = self->base.callees->pdata[i];
        if (member->answered_ms != 0)
            outcome.result = "answered";
        else if (member->state == GW_MEMBER_DECLINED && strcmp(outcome.result, "no-answer") == 0)
            outcome.result = "refused";
        if (member->seen)
            outcome.session = self->base.head.session;
    }
    return outcome;
}

static void
tell_case(GwRoom *self)
{
    const GwGatheringHead *head = &self->base.head;
    GwCase *one = self->case_id != NULL ? g_hash_table_lookup(self->cases->by_id, self->case_id) : NULL;
    GwCaseAction *action = one != NULL ? gw_case_find_action(one, self->action) : NULL;
    const GwActor actor = { .audit = head->audit, .display = head->display };
    const GwCaseActionInput outcome = get_outcome(self);
    g_autoptr(GError) error = NULL;

    if (action != NULL && action->result == NULL &&
        !gw_cases_set_result(self->cases, one, action, &outcome, &actor, &error))
        g_debug("room %s: %s", head->id, error->message);
}

bool
gw_room_end(GwRoom *self, const GwActor *actor, GError **error)
{
    GwGathering *base = &self->base;

    if (!check_open(base, error))
        return false;
    base->head.ended_ms = gw_room_now_ms(self);
    base->spot = NULL;
    cancel_calls(self);
    for (guint i = 0; i < base->callees->len; i++) {
        GwMember *member = base->callees->pdata[i];
        if (member->state == GW_MEMBER_RINGING)
            member->state = GW_MEMBER_ABSENT;
    }
    gw_observers_clear(base->observers, base->live);
    if (gw_session_get_state(base->live) < GW_SESSION_ENDED &&
        !gw_session_end(base->live, actor, "completed", NULL, error))
        return false;
    gw_room_write(self);
    tell_case(self);
    gw_room_tell(self);
    return true;
}

/* What is its own among gatherings. */

static bool
end(GwGathering *self, const GwActor *actor, GError **error)
{
    return gw_room_end((GwRoom *)self, actor, error);
}

static void
tick(GwGathering *self, int64_t now_ms)
{
    g_autoptr(GError) error = NULL;

    if (self->head.ended_ms != 0)
        return;
    gw_room_speak((GwRoom *)self);
    if (now_ms - self->head.started_ms >= LONGEST_MS && !end(self, &gw_actor_system, &error))
        g_warning("room %s: %s", self->head.id, error->message);
}

static bool
is_done(const GwGathering *self, int64_t now_ms)
{
    return self->head.ended_ms != 0 && now_ms - self->head.ended_ms >= KEPT_MS;
}

static void
on_changed(GwGathering *self, GwCallee *callee)
{
    GwMember *member = (GwMember *)callee;

    if (member == NULL || member->seen || !gw_party_is_connected(callee->party))
        return;
    member->seen = true;
    gw_room_write((GwRoom *)self);
}

static JsonObject *
make_change(GwGathering *self)
{
    return gw_room_make_change((GwRoom *)self);
}

static void
note_talk(GwGathering *self, const char *to, const GwActor *actor)
{
    gw_room_note((GwRoom *)self, (GwMember *)gw_gathering_find_party(self, to), "talk", actor);
}

static bool
is_seen_by(const GwGathering *self, const GwIdentity *identity)
{
    return gw_room_is_seen_by((const GwRoom *)self, identity);
}

static void
add_to_card(const GwGathering *self, JsonObject *card)
{
    gw_object_set_text(card, "case", ((const GwRoom *)self)->case_id);
}

const GwGatheringKind gw_room_kind = {
    .words = { .word = "room",
               .param = "room",
               .party = "member",
               .watch = "rooms.join",
               .unknown = "There is no such room: it may have ended some time ago.",
               .changed_event = "room.changed" },
    .shows_observers = true,
    .calls = &gw_member_call_handler,
    .check_runs = check_open,
    .end = end,
    .tick = tick,
    .is_done = is_done,
    .free = gw_room_free,
    .changed = on_changed,
    .make_change = make_change,
    .note_talk = note_talk,
    .is_seen_by = is_seen_by,
    .add_to_card = add_to_card,
};
