#define G_LOG_DOMAIN "gateway.visit"

#include <string.h>

#include "gateway/visits/visits-priv.h"

GwObserver *
gw_visit_find_observer(const GwVisit *self, SigClient *client)
{
    return gw_observers_find(self->observers, client);
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
    return true;
}

bool
gw_visit_observe(GwVisit *self, SigClient *client, const GwIdentity *identity, GError **error)
{
    GwObserver *observer = NULL;

    if (gw_visit_find_observer(self, client) != NULL)
        return true;
    if (!check_may_observe(self, error))
        return false;
    observer = gw_observers_add(self->observers, self->session, client, identity, error);
    if (observer == NULL)
        return false;
    GwActor actor = gw_observer_get_actor(observer);
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

bool
gw_visit_talk(GwVisit *self, GwObserver *observer, const char *to, GError **error)
{
    g_autofree char *before = g_strdup(gw_session_get_talk(self->session));
    JsonObject *detail = NULL;

    if (!gw_observers_check_floor(self->observers, self->session, observer, error))
        return false;
    if (g_strcmp0(before, to) == 0)
        return true;
    if (!gw_session_set_talk(self->session, observer->party, to, error))
        return false;
    detail = json_object_new();
    json_object_set_string_member(detail, "to", talk_to_word(to));
    GwActor actor = gw_observer_get_actor(observer);
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
    GwActor actor = gw_observer_get_actor(observer);
    gw_session_add_event(self->session, &actor, "unobserve", NULL);
    gw_observers_remove(self->observers, self->session, observer);
    gw_visit_tell_changed(self);
}

void
gw_visit_drop_observers(GwVisit *self)
{
    gw_observers_clear(self->observers, self->session);
}
