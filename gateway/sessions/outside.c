#define G_LOG_DOMAIN "gateway.outside"

#include "gateway/sessions/outside.h"

#include "gateway/sessions/session-priv.h"

GwOutside
gw_outside_look(GwSession *session, const char *party, MediaKind kind, MediaSource **ret_source)
{
    const GwRoutingState state = gw_session_get_routing(session);
    const GwRoutingWatcher watcher = { .role = GW_ROLE_OBSERVER };
    const GwRoutingSlot slot = { .feed = GW_FEED_PARTY, .party = party, .kind = kind };
    const GwParty *publisher = gw_session_find_party(session, party);
    MediaSource *source = NULL;

    *ret_source = NULL;
    if (state.state >= GW_SESSION_ENDED)
        return GW_OUTSIDE_NOTHING;
    if (!gw_recording_class_is_observable(state.recording_class))
        return GW_OUTSIDE_PRIVILEGED;
    if (gw_routing_decide(&state, &watcher, &slot) != GW_ROUTE_PARTY)
        return GW_OUTSIDE_HELD;
    if (publisher == NULL || publisher->role != GW_ROLE_PARTY)
        return GW_OUTSIDE_NOTHING;
    /* A camera's session stays while its process comes and goes. */
    if (publisher->publish != NULL && publisher->publish->inlet != NULL && !publisher->publish->inlet_flows)
        return GW_OUTSIDE_NOTHING;
    source = gw_peer_find_source(publisher->publish, kind);
    if (source == NULL)
        return GW_OUTSIDE_NOTHING;
    *ret_source = source;
    return GW_OUTSIDE_SHOWN;
}
