#define G_LOG_DOMAIN "gateway.visit"

#include "gateway/visits/visits-priv.h"

/* What time and lines do to a visit. */

enum {
    DROP_AFTER_MS = 5000,             /* live, and a party's media does not flow for this long */
    OFFICER_LATE_MS = 30 * 60 * 1000, /* everybody is there, nobody admits: over at last */
    REVOKE_AFTER_MS = 10 * 60 * 1000, /* the family's page may still be looked at for a while */
};

static void
end_by_itself(GwVisit *self, const char *cause)
{
    g_autoptr(GError) error = NULL;

    if (!gw_visit_end(self, &gw_actor_system, cause, NULL, &error))
        g_warning("visit %s: %s", self->booking.id, error->message);
}

static void
watch_waiting(GwVisit *self, int64_t now_ms)
{
    int64_t slot_ends_ms = self->booking.starts_ms + self->clock.minutes * INT64_C(60000);
    bool all_here = gw_visit_is_ready(self, GW_SIDE_FAMILY) && gw_visit_is_ready(self, GW_SIDE_TERMINAL);

    if (gw_visits_is_clock_unsure(self->visits))
        return;
    if (now_ms >= slot_ends_ms && !all_here)
        end_by_itself(self, "no-show");
    else if (now_ms >= slot_ends_ms + OFFICER_LATE_MS)
        end_by_itself(self, "technical");
}

static bool
has_dropped(GwVisit *self, GwSide side, int64_t now_ms)
{
    GwVisitSide *state = &self->sides[side];

    if (gw_visit_is_connected(self, side)) {
        state->away_since_ms = 0;
        return false;
    }
    if (state->away_since_ms == 0)
        state->away_since_ms = now_ms;
    return now_ms - state->away_since_ms >= DROP_AFTER_MS;
}

static void
tell_time_left(GwVisit *self, int minutes)
{
    JsonObject *params = json_object_new(), *detail = json_object_new();

    json_object_set_int_member(params, "minutes", minutes);
    json_object_set_int_member(detail, "minutes", minutes);
    gw_visit_tell_parties(self, "visit.time_left", params);
    gw_session_add_event(self->session, &gw_actor_system, "time-left", detail);
    gw_visit_say(self, self->language, minutes == 1 ? "one-minute" : "five-minutes");
    gw_visit_write(self);
}

static void
watch_clock(GwVisit *self, int64_t now_ms)
{
    int due = gw_visit_clock_take_due(&self->clock, now_ms);

    if (due == 0)
        end_by_itself(self, "completed");
    else if (due > 0)
        tell_time_left(self, due);
}

static bool
is_back(const GwVisit *self, GwSide side)
{
    return gw_visit_is_ready(self, side) && gw_visit_is_connected(self, side);
}

static void
watch_running(GwVisit *self, int64_t now_ms)
{
    for (GwSide side = 0; side < GW_N_SIDES; side++) {
        if (has_dropped(self, side, now_ms)) {
            gw_visit_suspend(self, side, "no-media");
            return;
        }
    }
    watch_clock(self, now_ms);
}

static void
watch_suspended(GwVisit *self, int64_t now_ms)
{
    if (is_back(self, GW_SIDE_FAMILY) && is_back(self, GW_SIDE_TERMINAL))
        gw_visit_unsuspend(self);
    else if (now_ms >= self->resumes_until_ms)
        end_by_itself(self, "party-lost");
    else
        watch_clock(self, now_ms);
}

void
gw_visit_watch(GwVisit *self)
{
    const Gateway *gateway = self->visits->gateway;

    gw_visits_follow_clock(self->visits);
    int64_t now_ms = gw_visits_now_ms(self->visits);
    switch (self->state) {
    case GW_SESSION_SCHEDULED:
        if (now_ms >= self->booking.starts_ms - (int64_t)gateway->config->visit.open_before_min * 60000)
            gw_visit_open(self);
        break;
    case GW_SESSION_OPEN:
        watch_waiting(self, now_ms);
        break;
    case GW_SESSION_LIVE:
    case GW_SESSION_PAUSED:
        watch_running(self, now_ms);
        break;
    case GW_SESSION_SUSPENDED:
        watch_suspended(self, now_ms);
        break;
    case GW_SESSION_ENDED:
    case GW_SESSION_SEALED:
    case GW_SESSION_N_STATES:
        if (!self->revoked && now_ms - self->end.at_ms >= REVOKE_AFTER_MS) {
            self->revoked = true;
            gw_people_revoke_visit(gateway->people, self->booking.id);
        }
        break;
    }
}

/* What the session says. */

static void
on_party_changed(GwSession *session, GwParty *party, void *user_data)
{
    GwVisit *self = user_data;
    GwSessionState before = self->state;

    (void)session;
    if (gw_party_get_role(party) != GW_ROLE_PARTY || gw_visit_is_over(self))
        return;
    gw_visit_watch(self);
    if (self->state == before)
        gw_visit_tell_changed(self);
}

static void
on_speaking_changed(GwSession *session, void *user_data)
{
    (void)session;
    gw_visit_tell_speaking(user_data);
}

static void
on_stills_changed(GwSession *session, GwParty *party, void *user_data)
{
    (void)session;
    gw_visit_tell_stills(user_data, party);
}

static void
on_recording_changed(GwSession *session, void *user_data)
{
    GwVisit *self = user_data;

    self->state = gw_session_get_state(session);
    gw_visit_tell_changed(self);
}

/* The disk does not keep up, and the configuration says that people do not go on unrecorded. */
static void
on_recording_behind(GwSession *session, bool end, void *user_data)
{
    GwVisit *self = user_data;
    g_autoptr(GError) error = NULL;

    (void)session;
    if (end)
        end_by_itself(self, "technical");
    else if (self->state == GW_SESSION_LIVE && !gw_visit_pause(self, &gw_actor_system, &error))
        g_warning("visit %s: %s", self->booking.id, error->message);
}

static bool
on_end(GwSession *session, const GwActor *actor, const char *cause, void *user_data, GError **error)
{
    (void)session;
    return gw_visit_end(user_data, actor, gw_end_cause_is_known(cause) ? cause : "other", NULL, error);
}

static const char *
on_party_of_identity(GwSession *session, const GwIdentity *identity, void *user_data)
{
    const GwVisit *self = user_data;

    (void)session;
    if (identity->seat == GW_SEAT_TERMINAL && g_strcmp0(identity->id, self->booking.terminal) == 0)
        return gw_side_to_string(GW_SIDE_TERMINAL);
    return NULL;
}

const GwSessionHandler gw_visit_session_handler = {
    .party_changed = on_party_changed,
    .speaking_changed = on_speaking_changed,
    .stills_changed = on_stills_changed,
    .recording_changed = on_recording_changed,
    .recording_behind = on_recording_behind,
    .end = on_end,
    .party_of_identity = on_party_of_identity,
};
