#include "gateway/sessions/routing.h"

#include <string.h>

static bool
talks_to(const GwRoutingState *state, const char *party)
{
    return state->talk_to != NULL &&
           (strcmp(state->talk_to, GW_TALK_TO_ALL) == 0 || g_strcmp0(state->talk_to, party) == 0);
}

static bool
party_passes(const GwRoutingState *state, const GwRoutingWatcher *watcher, const GwRoutingSlot *slot)
{
    if (state->recording_class == GW_CLASS_UNKNOWN)
        return false;
    if (state->star)
        return watcher->role == GW_ROLE_OBSERVER && state->state == GW_SESSION_LIVE;
    if (watcher->role == GW_ROLE_OBSERVER) {
        /* Somebody who waits for the other to come back can be observed; nobody else sees them meanwhile. */
        return gw_recording_class_is_observable(state->recording_class) &&
               (state->state == GW_SESSION_LIVE || state->state == GW_SESSION_SUSPENDED);
    }
    return state->state == GW_SESSION_LIVE && g_strcmp0(watcher->party, slot->party) != 0;
}

static bool
spot_passes(const GwRoutingState *state, const GwRoutingWatcher *watcher)
{
    if (!state->star || state->spot == NULL || state->state != GW_SESSION_LIVE ||
        state->recording_class == GW_CLASS_UNKNOWN)
        return false;
    return watcher->role == GW_ROLE_OBSERVER || (state->spot_for_all && g_strcmp0(watcher->party, state->spot) != 0);
}

static bool
is_listening(const GwRoutingState *state, const GwRoutingWatcher *watcher)
{
    if (watcher->role == GW_ROLE_OBSERVER && !gw_recording_class_is_observable(state->recording_class))
        return false;
    return gw_session_state_is_running(state->state);
}

static bool
gate_passes(const GwRoutingState *state, GwFeed feed)
{
    return state->gate == GW_GATE_OPEN || !gw_session_state_is_running(state->state) ||
           (state->gate == GW_GATE_PROVING && feed == GW_FEED_ANNOUNCER);
}

GwRoute
gw_routing_decide(const GwRoutingState *state, const GwRoutingWatcher *watcher, const GwRoutingSlot *slot)
{
    if (!gate_passes(state, slot->feed))
        return GW_ROUTE_NOTHING;
    switch (slot->feed) {
    case GW_FEED_PARTY:
        return party_passes(state, watcher, slot) ? GW_ROUTE_PARTY : GW_ROUTE_NOTHING;
    case GW_FEED_ANNOUNCER:
        /* After the end only the notice that says so. */
        if (slot->kind == MEDIA_KIND_AUDIO &&
            (is_listening(state, watcher) || (state->state == GW_SESSION_ENDED && watcher->role != GW_ROLE_OBSERVER)))
            return GW_ROUTE_ANNOUNCER;
        return GW_ROUTE_NOTHING;
    case GW_FEED_OFFICER:
        if ((slot->kind == MEDIA_KIND_AUDIO || state->star) && watcher->role == GW_ROLE_PARTY &&
            is_listening(state, watcher) && talks_to(state, watcher->party))
            return GW_ROUTE_OFFICER;
        return GW_ROUTE_NOTHING;
    case GW_FEED_SPOT:
        return spot_passes(state, watcher) ? GW_ROUTE_SPOT : GW_ROUTE_NOTHING;
    }
    return GW_ROUTE_NOTHING;
}

bool
gw_routing_may_flow(const GwRoutingState *state, GwRole publisher, bool has_floor)
{
    if (state->gate == GW_GATE_CLOSED)
        return false;
    switch (publisher) {
    case GW_ROLE_PARTY:
        return state->recording_class != GW_CLASS_UNKNOWN &&
               (state->state == GW_SESSION_LIVE || state->state == GW_SESSION_SUSPENDED);
    case GW_ROLE_OBSERVER:
        return has_floor && state->talk_to != NULL && gw_session_state_is_running(state->state);
    case GW_ROLE_VIEWER:
        return false;
    }
    return false;
}
