#define G_LOG_DOMAIN "gateway.visit"

#include "gateway/visits/visits-priv.h"

enum { MAX_MINUTES = 120 }; /* with all extensions */

/* Two officers press at once: the first wins, the second is told by whom. */
static bool
refuse(const GwVisit *self, GError **error)
{
    const char *state = gw_visit_state_to_string(self->state);

    if (self->last_action != NULL && self->last_by != NULL)
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "This visit is %s: %s %s it.", state, self->last_by,
                    self->last_action);
    else
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "This visit is %s.", state);
    return false;
}

static void
remember(GwVisit *self, const GwActor *actor, const char *action)
{
    g_free(self->last_action);
    g_free(self->last_by);
    self->last_action = g_strdup(action);
    self->last_by = g_strdup(actor->display);
}

/* The session's is the one state machine; this is its image here and in the store. */
static bool
set_state(GwVisit *self, GwSessionState state, GError **error)
{
    if (!gw_session_set_state(self->session, state, error))
        return false;
    self->state = state;
    gw_visit_write(self);
    return true;
}

static JsonObject *
detail_new(const char *name, const char *value)
{
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, name, value);
    return detail;
}

bool
gw_visit_say(GwVisit *self, const char *language, const char *notice)
{
    MediaClip *clip = gw_voices_get(self->visits->voices, language, notice);

    if (clip != NULL && gw_session_say(self->session, clip, gw_notices_find(notice)->at_once))
        return true;
    gw_session_add_event(self->session, &gw_actor_system, "notice-failed", detail_new("notice", notice));
    return false;
}

bool
gw_visit_open(GwVisit *self)
{
    g_autoptr(GError) error = NULL;

    if (!set_state(self, GW_SESSION_OPEN, &error)) {
        g_warning("visit %s: %s", self->booking.id, error->message);
        return false;
    }
    gw_session_add_event(self->session, &gw_actor_system, "open",
                         detail_new("recording_class", gw_recording_class_to_string(self->booking.recording_class)));
    gw_visit_tell_changed(self);
    return true;
}

static bool
check_ready(const GwVisit *self, GError **error)
{
    if (!gw_visit_is_ready(self, GW_SIDE_FAMILY)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "The family is not in the waiting room yet.");
        return false;
    }
    if (!gw_visit_is_ready(self, GW_SIDE_TERMINAL)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "The terminal of the room is not ready yet.");
        return false;
    }
    return true;
}

static void
add_mute_event(GwVisit *self, GwSide side, unsigned what)
{
    JsonObject *detail = detail_new("party", gw_side_to_string(side));

    json_object_set_string_member(detail, "kind", what == GW_MUTE_SOUND ? "audio" : "video");
    gw_session_add_event(self->session, &gw_actor_system, self->sides[side].muted[what] ? "mute" : "unmute", detail);
}

void
gw_visit_set_muted(GwVisit *self, GwSide side, unsigned what, bool muted)
{
    if (gw_visit_is_over(self) || self->sides[side].muted[what] == muted)
        return;
    self->sides[side].muted[what] = muted;
    add_mute_event(self, side, what);
}

/* What was muted before the recording began has to be in it, too. */
static void
tell_muted(GwVisit *self)
{
    for (GwSide side = 0; side < GW_N_SIDES; side++) {
        for (unsigned what = 0; what < GW_N_MUTES; what++) {
            if (self->sides[side].muted[what])
                add_mute_event(self, side, what);
        }
    }
}

bool
gw_visit_admit(GwVisit *self, const GwActor *actor, GError **error)
{
    bool recorded = self->booking.recording_class == GW_CLASS_RECORDED;

    if (self->state == GW_SESSION_SCHEDULED) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "It is too early: the waiting room is not open yet.");
        return false;
    }
    if (self->state != GW_SESSION_OPEN)
        return refuse(self, error);
    gw_session_set_authority(self->session, actor->audit); /* unless whoever booked it is known */
    if (!check_ready(self, error) || !set_state(self, GW_SESSION_LIVE, error))
        return false;
    remember(self, actor, "admitted");
    gw_visit_clock_start(&self->clock, gw_visits_now_ms(self->visits));
    for (GwSide side = 0; side < GW_N_SIDES; side++)
        self->sides[side].away_since_ms = 0;
    JsonObject *detail = detail_new("recording_class", gw_recording_class_to_string(self->booking.recording_class));
    json_object_set_boolean_member(detail, "consent", self->consent);
    gw_session_add_event(self->session, actor, "admit", detail);
    tell_muted(self);
    gw_visit_write(self);
    gw_visit_say(self, self->language, recorded ? "recorded" : "not-recorded");
    gw_visit_tell_changed(self);
    return true;
}

bool
gw_visit_pause(GwVisit *self, const GwActor *actor, GError **error)
{
    if (self->state != GW_SESSION_LIVE)
        return refuse(self, error);
    gw_visit_say(self, self->language, "paused");
    gw_session_add_event(self->session, actor, "pause", NULL);
    gw_visit_clock_set_hand(&self->clock, GW_CLOCK_PAUSED, gw_visits_now_ms(self->visits));
    if (!set_state(self, GW_SESSION_PAUSED, error))
        return false;
    remember(self, actor, "paused");
    gw_visit_tell_changed(self);
    return true;
}

bool
gw_visit_resume(GwVisit *self, const GwActor *actor, GError **error)
{
    if (self->state != GW_SESSION_PAUSED)
        return refuse(self, error);
    if (!set_state(self, GW_SESSION_LIVE, error))
        return false;
    gw_visit_clock_set_hand(&self->clock, GW_CLOCK_RUNS, gw_visits_now_ms(self->visits));
    gw_session_add_event(self->session, actor, "resume", NULL);
    gw_visit_say(self, self->language, "resumed");
    remember(self, actor, "resumed");
    gw_visit_write(self);
    gw_visit_tell_changed(self);
    return true;
}

bool
gw_visit_extend(GwVisit *self, const GwActor *actor, unsigned minutes, GError **error)
{
    JsonObject *detail = NULL;

    if (gw_visit_is_over(self))
        return refuse(self, error);
    if (self->clock.minutes + minutes > MAX_MINUTES) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "A visit lasts at most %d minutes.", MAX_MINUTES);
        return false;
    }
    self->clock.minutes += minutes;
    detail = json_object_new();
    json_object_set_int_member(detail, "minutes", minutes);
    gw_session_add_event(self->session, actor, "extend", detail);
    gw_visit_write(self);
    gw_visit_tell_changed(self);
    return true;
}

static void
close_parties(GwVisit *self, const char *cause)
{
    SigClient *terminal = g_hash_table_lookup(self->visits->terminals, self->booking.terminal);

    if (self->family != NULL)
        sig_client_notify(self->family, "visit.ended", detail_new("cause", cause));
    if (terminal != NULL && self->sides[GW_SIDE_TERMINAL].entered)
        sig_client_notify(terminal, "visit.ended", detail_new("cause", cause));
    for (GwSide side = 0; side < GW_N_SIDES; side++)
        self->sides[side].entered = false;
}

bool
gw_visit_end(GwVisit *self, const GwActor *actor, const char *cause, const char *note, GError **error)
{
    bool was_running = gw_session_state_is_running(self->state);
    JsonObject *detail = NULL;

    if (gw_visit_is_over(self))
        return refuse(self, error);
    if (note != NULL)
        detail = detail_new("note", note);
    if (!gw_session_end(self->session, actor, cause, detail, error))
        return false;
    self->state = GW_SESSION_ENDED;
    gw_visit_clock_set_hand(&self->clock, GW_CLOCK_RUNS, gw_visits_now_ms(self->visits));
    self->end = (GwVisitEnd){
        .cause = g_strdup(cause),
        .at_ms = gw_visits_now_ms(self->visits),
        .by = g_strdup(actor->display),
        .note = g_strdup(note),
    };
    remember(self, actor, "ended");
    gw_visit_write(self);
    if (was_running)
        gw_visit_say(self, self->language, "ended");
    gw_visit_drop_observers(self);
    close_parties(self, cause); /* first: what changes next is that the terminal has nothing to answer */
    gw_visit_tell_changed(self);
    return true;
}

bool
gw_visit_warn(GwVisit *self, const GwActor *actor, const GwNotice *notice, const char *language, GError **error)
{
    JsonObject *detail = NULL, *params = NULL;

    if (!gw_session_state_is_running(self->state))
        return refuse(self, error);
    params = detail_new("preset", notice->name);
    json_object_set_string_member(params, "text_zh", notice->text_zh);
    json_object_set_string_member(params, "text_en", notice->text_en);
    gw_visit_tell_parties(self, "visit.warned", params);
    detail = detail_new("preset", notice->name);
    json_object_set_string_member(detail, "language", language);
    gw_session_add_event(self->session, actor, "warn", detail);
    return true;
}

void
gw_visit_suspend(GwVisit *self, GwSide who, const char *why)
{
    g_autoptr(GError) error = NULL;
    int64_t now_ms = gw_visits_now_ms(self->visits);
    JsonObject *detail = NULL;

    self->was_paused = self->state == GW_SESSION_PAUSED;
    detail = detail_new("party", gw_side_to_string(who));
    json_object_set_string_member(detail, "why", why);
    gw_session_add_event(self->session, &gw_actor_system, "drop", detail);
    gw_visit_clock_set_hand(&self->clock, GW_CLOCK_LOST, now_ms);
    self->resumes_until_ms = now_ms + (int64_t)self->visits->gateway->config->visit.grace_s * 1000;
    if (!set_state(self, GW_SESSION_SUSPENDED, &error))
        g_warning("visit %s: %s", self->booking.id, error->message);
    gw_visit_tell_changed(self);
}

void
gw_visit_unsuspend(GwVisit *self)
{
    g_autoptr(GError) error = NULL;

    gw_visit_clock_set_hand(&self->clock, self->was_paused ? GW_CLOCK_PAUSED : GW_CLOCK_RUNS,
                            gw_visits_now_ms(self->visits));
    self->resumes_until_ms = 0;
    for (GwSide side = 0; side < GW_N_SIDES; side++)
        self->sides[side].away_since_ms = 0;
    if (!set_state(self, self->was_paused ? GW_SESSION_PAUSED : GW_SESSION_LIVE, &error))
        g_warning("visit %s: %s", self->booking.id, error->message);
    gw_session_add_event(self->session, &gw_actor_system, "return", NULL);
    gw_visit_tell_changed(self);
}

void
gw_visit_bring_back(GwVisit *self, int64_t alive_ms)
{
    int64_t now_ms = gw_visits_now_ms(self->visits);

    self->was_paused = self->clock.hand == GW_CLOCK_PAUSED;
    gw_visit_clock_set_hand(&self->clock, GW_CLOCK_LOST, MIN(alive_ms > 0 ? alive_ms : now_ms, now_ms));
    self->state = GW_SESSION_SUSPENDED;
    self->resumes_until_ms = now_ms + (int64_t)self->visits->gateway->config->visit.grace_s * 1000;
    gw_session_add_event(self->session, &gw_actor_system, "restart", NULL);
    gw_visit_write(self);
}

void
gw_visit_enter(GwVisit *self, GwSide side, const GwActor *actor)
{
    bool again = self->sides[side].entered;

    self->sides[side].entered = true;
    if (!again) {
        JsonObject *detail = detail_new("party", gw_side_to_string(side));
        if (side == GW_SIDE_FAMILY)
            json_object_set_boolean_member(detail, "consent", self->consent);
        gw_session_add_event(self->session, actor, "enter", detail);
        gw_visit_write(self);
    }
    gw_visit_tell_changed(self);
}

void
gw_visit_leave(GwVisit *self, GwSide side)
{
    GwVisitSide *state = &self->sides[side];
    bool was_here = state->entered;

    if (gw_visit_is_over(self))
        return;
    state->entered = false;
    for (unsigned what = 0; what < GW_N_MUTES; what++)
        gw_visit_set_muted(self, side, what, false); /* who comes back says so again */
    gw_party_close_publish(state->party);
    gw_party_close_watch(state->party);
    if (was_here)
        gw_session_add_event(self->session, &gw_actor_system, "leave", detail_new("party", gw_side_to_string(side)));
    if ((self->state == GW_SESSION_LIVE || self->state == GW_SESSION_PAUSED) && !gw_visit_is_ready(self, side))
        gw_visit_suspend(self, side, "left");
    else
        gw_visit_tell_changed(self);
}

void
gw_visit_set_subject_here(GwVisit *self, const GwActor *actor, bool here)
{
    JsonObject *detail = NULL;

    if (self->subject_here == here)
        return;
    self->subject_here = here;
    detail = json_object_new();
    json_object_set_boolean_member(detail, "here", here);
    gw_session_add_event(self->session, actor, "subject-here", detail);
    gw_visit_write(self);
    gw_visit_tell_changed(self);
}
