#include "gateway/supervision/rollcall-priv.h"

#include <string.h>

/* Who looks on: the offices are told when somebody talks to them and when it is their turn. */

enum { MAX_OBSERVERS = 16 };

static GwActor
actor_of(const GwRollcallObserver *observer)
{
    return (GwActor){
        .audit = observer->audit,
        .display = observer->display,
        .address = sig_client_get_address(observer->client),
    };
}

static void
free_observer(GwRollcallObserver *observer)
{
    g_free(observer->person);
    g_free(observer->display);
    g_free(observer->audit);
    g_free(observer);
}

GwRollcallObserver *
gw_rollcall_find_observer(const GwRollcall *self, SigClient *client)
{
    for (guint i = 0; i < self->observers->len; i++) {
        GwRollcallObserver *observer = self->observers->pdata[i];
        if (observer->client == client)
            return observer;
    }
    return NULL;
}

bool
gw_rollcall_watch(GwRollcall *self, SigClient *client, GError **error)
{
    g_autofree char *name = g_strdup_printf("officer-%" G_GUINT64_FORMAT, sig_client_get_id(client));
    const GwIdentity *identity = gw_identity_of_client(client);
    GwRollcallObserver *observer = NULL;
    GwParty *party = NULL;

    if (gw_rollcall_find_observer(self, client) != NULL)
        return true;
    if (gw_rollcall_is_over(self)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This roll-call is over: see its sheet.");
        return false;
    }
    if (self->observers->len < MAX_OBSERVERS)
        party = gw_session_add_party(self->live, name, GW_ROLE_OBSERVER);
    if (party == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_LIMIT, "Too many look on at this roll-call.");
        return false;
    }
    observer = g_new0(GwRollcallObserver, 1);
    observer->client = client;
    observer->person = g_strdup(identity->id);
    observer->display = g_strdup(identity->display);
    observer->audit = g_strdup(identity->audit);
    observer->party = party;
    g_ptr_array_add(self->observers, observer);
    GwActor actor = actor_of(observer);
    gw_rollcall_note(self, NULL, "observe", &actor, NULL);
    return true;
}

void
gw_rollcall_unwatch(GwRollcall *self, SigClient *client)
{
    GwRollcallObserver *observer = gw_rollcall_find_observer(self, client);

    if (observer == NULL)
        return;
    if (gw_session_get_talker(self->live) == observer->party && !gw_rollcall_talk(self, client, NULL, false, NULL))
        g_debug("roll-call %s: the floor was free", self->head.id);
    GwActor actor = actor_of(observer);
    gw_rollcall_note(self, NULL, "unobserve", &actor, NULL);
    gw_session_remove_party(self->live, observer->party);
    g_ptr_array_remove(self->observers, observer);
    free_observer(observer);
}

void
gw_rollcall_drop_observers(GwRollcall *self)
{
    while (self->observers->len > 0) {
        GwRollcallObserver *observer = self->observers->pdata[self->observers->len - 1];
        gw_session_remove_party(self->live, observer->party);
        g_ptr_array_remove_index(self->observers, self->observers->len - 1);
        free_observer(observer);
    }
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

static GwRollcallObserver *
find_talker(const GwRollcall *self)
{
    for (guint i = 0; i < self->observers->len; i++) {
        GwRollcallObserver *observer = self->observers->pdata[i];
        if (observer->party == gw_session_get_talker(self->live))
            return observer;
    }
    return NULL;
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
    GwRollcallObserver *observer = gw_rollcall_find_observer(self, client);
    const GwRollcallObserver *talker = find_talker(self);
    const char *to = all ? GW_TALK_TO_ALL : office != NULL ? gw_party_get_name(office->party) : NULL;
    JsonObject *detail = NULL;

    if (observer == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "Look on first (rollcall.watch).");
        return false;
    }
    if (talker != NULL && talker != observer) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s is talking: wait until it is free.", talker->display);
        return false;
    }
    if (office != NULL && !check_answered(office, error))
        return false;
    if (!gw_session_set_talk(self->live, observer->party, to, error))
        return false;
    detail = json_object_new();
    json_object_set_string_member(detail, "talk_to", all ? "all" : office != NULL ? office->unit : "nobody");
    GwActor actor = actor_of(observer);
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
