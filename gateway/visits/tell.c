#define G_LOG_DOMAIN "gateway.visit"

#include "gateway/ice.h"
#include "gateway/visits/visits-priv.h"

/* Who hears of what: the family of this visit, the terminal if this is the visit it should answer, and the consoles of
 * officers whose unit covers it. Nobody else. */

SigClient *
gw_visit_get_client(const GwVisit *self, GwSide side)
{
    if (side == GW_SIDE_FAMILY)
        return self->family;
    if (gw_visits_current_of_terminal(self->visits, self->booking.terminal) != self)
        return NULL;
    return g_hash_table_lookup(self->visits->terminals, self->booking.terminal);
}

void
gw_visit_tell_side(GwVisit *self, GwSide side, const char *event, JsonObject *params)
{
    SigClient *client = gw_visit_get_client(self, side);

    if (client != NULL)
        sig_client_notify(client, event, params != NULL ? json_object_ref(params) : NULL);
    g_clear_pointer(&params, json_object_unref);
}

void
gw_visit_tell_parties(GwVisit *self, const char *event, JsonObject *params)
{
    gw_visit_tell_side(self, GW_SIDE_FAMILY, event, params != NULL ? json_object_ref(params) : NULL);
    gw_visit_tell_side(self, GW_SIDE_TERMINAL, event, params);
}

static JsonObject *
wrap(JsonObject *visit)
{
    JsonObject *params = json_object_new();

    if (visit != NULL)
        json_object_set_object_member(params, "visit", visit);
    else
        json_object_set_null_member(params, "visit");
    return params;
}

void
gw_visits_tell_terminal(GwVisits *self, const char *terminal)
{
    SigClient *client = g_hash_table_lookup(self->terminals, terminal);
    GwVisit *visit = gw_visits_current_of_terminal(self, terminal);

    if (client != NULL)
        sig_client_notify(client, "visit.changed",
                          wrap(visit != NULL ? gw_visit_to_json(visit, GW_SEAT_TERMINAL) : NULL));
}

static bool
may_see(const GwVisit *self, const GwIdentity *identity)
{
    return identity != NULL && identity->seat == GW_SEAT_CONSOLE &&
           gw_people_reaches(self->visits->gateway->people, identity, GW_ACCESS_OFFICER, self->booking.unit);
}

static void
tell_consoles(GwVisit *self)
{
    GPtrArray *consoles = self->visits->consoles;
    g_autoptr(JsonObject) params = NULL;

    for (guint i = 0; i < consoles->len; i++) {
        SigClient *client = consoles->pdata[i];
        if (!may_see(self, gw_identity_of_client(client)))
            continue;
        if (params == NULL)
            params = wrap(gw_visit_to_json(self, GW_SEAT_CONSOLE));
        sig_client_notify(client, "visit.changed", json_object_ref(params));
    }
}

void
gw_visit_tell_changed(GwVisit *self)
{
    if (self->family != NULL)
        sig_client_notify(self->family, "visit.changed", wrap(gw_visit_to_json(self, GW_SEAT_VISIT)));
    /* Of a visit that is over, the terminal hears what comes next. */
    if (gw_visit_is_over(self) || gw_visits_current_of_terminal(self->visits, self->booking.terminal) == self)
        gw_visits_tell_terminal(self->visits, self->booking.terminal);
    tell_consoles(self);
}

void
gw_visit_tell_quality(GwVisit *self)
{
    g_autoptr(JsonObject) params = NULL;

    if (self->observers->len == 0 || !gw_session_state_is_running(self->state))
        return;
    JsonObject *parties = json_object_new();
    params = json_object_new();
    for (GwSide side = 0; side < GW_N_SIDES; side++)
        json_object_set_object_member(parties, gw_side_to_string(side),
                                      gw_party_quality_to_json(self->sides[side].party));
    json_object_set_string_member(params, "visit", self->booking.id);
    json_object_set_object_member(params, "parties", parties);
    json_object_set_object_member(params, "recording", gw_session_recording_to_json(self->session));
    for (guint i = 0; i < self->observers->len; i++) {
        const GwObserver *observer = self->observers->pdata[i];
        sig_client_notify(observer->client, "visit.quality", json_object_ref(params));
    }
}

void
gw_visit_tell_speaking(GwVisit *self)
{
    g_autoptr(JsonObject) params = json_object_new();
    JsonArray *parties = json_array_new();

    /* While one side waits for the other, nobody hears them. */
    for (GwSide side = 0; self->state == GW_SESSION_LIVE && side < GW_N_SIDES; side++) {
        if (self->sides[side].party != NULL && gw_party_is_speaking(self->sides[side].party))
            json_array_add_string_element(parties, gw_side_to_string(side));
    }
    json_object_set_array_member(params, "parties", parties);
    gw_visit_tell_parties(self, "speaking", json_object_ref(params));
    if (self->observers->len == 0)
        return;
    g_autoptr(JsonObject) named = json_object_new();
    json_object_set_array_member(named, "parties", json_array_ref(parties));
    json_object_set_string_member(named, "visit", self->booking.id);
    for (guint i = 0; i < self->observers->len; i++) {
        const GwObserver *observer = self->observers->pdata[i];
        sig_client_notify(observer->client, "speaking", json_object_ref(named));
    }
}

void
gw_visit_tell_stills(GwVisit *self, const GwParty *party)
{
    for (GwSide side = 0; side < GW_N_SIDES; side++) {
        if (self->sides[side].party != party)
            continue;
        JsonObject *params = json_object_new();
        json_object_set_boolean_member(params, "active", gw_party_sees_stills(party));
        gw_visit_tell_side(self, side, "media.stills", params);
    }
}

void
gw_visit_add_ice_servers(const GwVisit *self, JsonObject *result, const char *user)
{
    const GwIceConfig *config = &self->visits->gateway->config->ice;

    json_object_set_array_member(result, "ice_servers",
                                 gw_ice_to_json(config, user, g_get_real_time() / G_USEC_PER_SEC));
}
