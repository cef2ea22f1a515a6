#define G_LOG_DOMAIN "gateway.visit"

#include <string.h>

#include "gateway/visits/visits-priv.h"

enum { MAX_OBSERVERS = 16 };

static GwActor
actor_of(const GwObserver *observer)
{
    return (GwActor){
        .audit = observer->audit,
        .display = observer->display,
        .address = sig_client_get_address(observer->client),
    };
}

static void
free_observer(GwObserver *observer)
{
    g_free(observer->person);
    g_free(observer->display);
    g_free(observer->audit);
    g_free(observer);
}

GwObserver *
gw_visit_find_observer(const GwVisit *self, SigClient *client)
{
    for (guint i = 0; i < self->observers->len; i++) {
        GwObserver *observer = self->observers->pdata[i];
        if (observer->client == client)
            return observer;
    }
    return NULL;
}

static bool
check_may_observe(const GwVisit *self, GError **error)
{
    if (self->booking.recording_class != GW_CLASS_RECORDED) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_FORBIDDEN, "A privileged visit cannot be observed by anybody.");
        return false;
    }
    if (gw_visit_is_over(self)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This visit is over: see its recording in the archive.");
        return false;
    }
    if (self->observers->len >= MAX_OBSERVERS) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%d officers observe this visit already.", MAX_OBSERVERS);
        return false;
    }
    return true;
}

bool
gw_visit_observe(GwVisit *self, SigClient *client, const GwIdentity *identity, GError **error)
{
    g_autofree char *name = g_strdup_printf("officer-%" G_GUINT64_FORMAT, sig_client_get_id(client));
    GwObserver *observer = NULL;
    GwParty *party = NULL;

    if (gw_visit_find_observer(self, client) != NULL)
        return true;
    if (!check_may_observe(self, error))
        return false;
    party = gw_session_add_party(self->session, name, GW_ROLE_OBSERVER);
    if (party == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_LIMIT, "Too many take part in this visit.");
        return false;
    }
    observer = g_new0(GwObserver, 1);
    observer->client = client;
    observer->person = g_strdup(identity->id);
    observer->display = g_strdup(identity->display);
    observer->audit = g_strdup(identity->audit);
    observer->party = party;
    g_ptr_array_add(self->observers, observer);
    GwActor actor = actor_of(observer);
    gw_session_add_event(self->session, &actor, "observe", NULL);
    gw_visit_tell_changed(self);
    return true;
}

static void
tell_talk(GwVisit *self, const char *before, const char *now)
{
    for (GwSide side = 0; side < GW_N_SIDES; side++) {
        const char *name = gw_side_to_string(side);
        bool was = before != NULL && (strcmp(before, GW_TALK_TO_ALL) == 0 || strcmp(before, name) == 0);
        bool is = now != NULL && (strcmp(now, GW_TALK_TO_ALL) == 0 || strcmp(now, name) == 0);
        if (was == is)
            continue;
        JsonObject *params = json_object_new();
        json_object_set_boolean_member(params, "active", is);
        gw_visit_tell_side(self, side, "visit.officer_speaks", params);
    }
}

static const char *
talk_to_word(const char *to)
{
    if (to == NULL)
        return "nobody";
    return strcmp(to, GW_TALK_TO_ALL) == 0 ? "both" : to;
}

static const GwObserver *
find_talker(const GwVisit *self)
{
    for (guint i = 0; i < self->observers->len; i++) {
        const GwObserver *observer = self->observers->pdata[i];
        if (observer->party == gw_session_get_talker(self->session))
            return observer;
    }
    return NULL;
}

bool
gw_visit_talk(GwVisit *self, GwObserver *observer, const char *to, GError **error)
{
    g_autofree char *before = g_strdup(gw_session_get_talk(self->session));
    const GwObserver *talker = find_talker(self);
    JsonObject *detail = NULL;

    if (talker != NULL && talker != observer) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s is talking to this visit: wait until it is free.",
                    talker->display);
        return false;
    }
    if (g_strcmp0(before, to) == 0)
        return true;
    if (!gw_session_set_talk(self->session, observer->party, to, error))
        return false;
    detail = json_object_new();
    json_object_set_string_member(detail, "to", talk_to_word(to));
    GwActor actor = actor_of(observer);
    gw_session_add_event(self->session, &actor, "talk", detail);
    tell_talk(self, before, to);
    gw_visit_tell_changed(self);
    return true;
}

void
gw_visit_unobserve(GwVisit *self, SigClient *client)
{
    GwObserver *observer = gw_visit_find_observer(self, client);

    if (observer == NULL)
        return;
    if (gw_session_get_talker(self->session) == observer->party && !gw_visit_talk(self, observer, NULL, NULL))
        g_debug("visit %s: the floor was free", self->booking.id);
    GwActor actor = actor_of(observer);
    gw_session_add_event(self->session, &actor, "unobserve", NULL);
    gw_session_remove_party(self->session, observer->party);
    g_ptr_array_remove(self->observers, observer);
    free_observer(observer);
    gw_visit_tell_changed(self);
}

void
gw_visit_drop_observers(GwVisit *self)
{
    while (self->observers->len > 0) {
        GwObserver *observer = self->observers->pdata[self->observers->len - 1];
        gw_session_remove_party(self->session, observer->party);
        g_ptr_array_remove_index(self->observers, self->observers->len - 1);
        free_observer(observer);
    }
}
