#include "gateway/supervision/rollcall-priv.h"

#include <string.h>

/* Who looks on: the offices are told when somebody talks to them and when it is their turn. */

bool
gw_rollcall_watch(GwRollcall *self, SigClient *client, GError **error)
{
    GwObserver *observer = NULL;

    if (gw_observers_find(self->observers, client) != NULL)
        return true;
    if (gw_rollcall_is_over(self)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This roll-call is over: see its sheet.");
        return false;
    }
    observer = gw_observers_add(self->observers, self->live, client, gw_identity_of_client(client), error);
    if (observer == NULL)
        return false;
    GwActor actor = gw_observer_get_actor(observer);
    gw_rollcall_note(self, NULL, "observe", &actor, NULL);
    return true;
}

void
gw_rollcall_unwatch(GwRollcall *self, SigClient *client)
{
    GwObserver *observer = gw_observers_find(self->observers, client);

    if (observer == NULL)
        return;
    if (gw_session_get_talker(self->live) == observer->party && !gw_rollcall_talk(self, client, NULL, false, NULL))
        g_debug("roll-call %s: the floor was free", self->head.id);
    GwActor actor = gw_observer_get_actor(observer);
    gw_rollcall_note(self, NULL, "unobserve", &actor, NULL);
    gw_observers_remove(self->observers, self->live, observer);
}

static bool
is_talked_to(const GwOffice *office)
{
    const char *to = gw_session_get_talk(office->rollcall->live);

    return to != NULL && office->party != NULL &&
           (strcmp(to, GW_TALK_TO_ALL) == 0 || strcmp(to, gw_party_get_name(office->party)) == 0);
}

JsonObject *
gw_office_turn_to_json(const GwOffice *office)
{
    const GwRollcall *self = office->rollcall;
    JsonObject *params = json_object_new();

    json_object_set_boolean_member(params, "spoken", is_talked_to(office));
    json_object_set_boolean_member(params, "turn", self->spot == office);
    json_object_set_boolean_member(params, "shown", self->spot_for_all && self->spot != NULL);
    json_object_set_string_member(
        params, "showing", self->spot_for_all && self->spot != NULL && self->spot != office ? self->spot->name : "");
    return params;
}

void
gw_office_tell_turn(const GwOffice *office)
{
    if (office->call != NULL && gw_call_is_answered(office->call))
        gw_call_notify(office->call, "rollcall.turn", gw_office_turn_to_json(office));
}

static void
tell_all_turns(const GwRollcall *self)
{
    for (guint i = 0; i < self->offices->len; i++)
        gw_office_tell_turn(self->offices->pdata[i]);
}

static bool
check_answered(const GwOffice *office, GError **error)
{
    if (office->state == GW_OFFICE_ANSWERED && !office->left)
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s has not answered, or has left.", office->name);
    return false;
}

bool
gw_rollcall_talk(GwRollcall *self, SigClient *client, GwOffice *office, bool all, GError **error)
{
    GwObserver *observer = gw_observers_find(self->observers, client);
    const char *to = all ? GW_TALK_TO_ALL : office != NULL ? gw_party_get_name(office->party) : NULL;
    JsonObject *detail = NULL;

    if (observer == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "Look on first (rollcall.watch).");
        return false;
    }
    if (!gw_observers_check_floor(self->observers, self->live, observer, error))
        return false;
    if (office != NULL && !check_answered(office, error))
        return false;
    if (!gw_session_set_talk(self->live, observer->party, to, error))
        return false;
    detail = json_object_new();
    json_object_set_string_member(detail, "talk_to", all ? "all" : office != NULL ? office->unit : "nobody");
    GwActor actor = gw_observer_get_actor(observer);
    gw_rollcall_note(self, office, "talk", &actor, detail);
    tell_all_turns(self);
    gw_rollcall_set_changed(self);
    return true;
}

void
gw_rollcall_point(GwRollcall *self, GwOffice *office, bool for_all, const GwActor *actor)
{
    JsonObject *detail = NULL;

    if (self->spot == office && self->spot_for_all == (office != NULL && for_all))
        return;
    self->spot = office;
    self->spot_for_all = office != NULL && for_all;
    gw_session_set_spot(self->live, office != NULL ? gw_party_get_name(office->party) : NULL, self->spot_for_all);
    detail = json_object_new();
    json_object_set_boolean_member(detail, "for_all", self->spot_for_all);
    gw_rollcall_note(self, office, "turn", actor, detail);
    tell_all_turns(self);
    gw_rollcall_set_changed(self);
}
