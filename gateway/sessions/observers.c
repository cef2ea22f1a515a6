#include "gateway/sessions/observers.h"

static void
free_observer(void *data)
{
    GwObserver *self = data;

    g_free(self->person);
    g_free(self->display);
    g_free(self->audit);
    g_free(self);
}

GPtrArray *
gw_observers_new(void)
{
    return g_ptr_array_new_with_free_func(free_observer);
}

void
gw_observers_clear(GPtrArray *self, GwSession *session)
{
    while (self->len > 0)
        gw_observers_remove(self, session, self->pdata[self->len - 1]);
}

GwObserver *
gw_observers_find(const GPtrArray *self, const SigClient *client)
{
    for (guint i = 0; i < self->len; i++) {
        GwObserver *observer = self->pdata[i];
        if (observer->client == client)
            return observer;
    }
    return NULL;
}

GwObserver *
gw_observers_find_talker(const GPtrArray *self, const GwSession *session)
{
    const GwParty *talker = gw_session_get_talker(session);

    for (guint i = 0; talker != NULL && i < self->len; i++) {
        GwObserver *observer = self->pdata[i];
        if (observer->party == talker)
            return observer;
    }
    return NULL;
}

GwObserver *
gw_observers_add(GPtrArray *self, GwSession *session, SigClient *client, const GwIdentity *identity, GError **error)
{
    g_autofree char *name = g_strdup_printf("officer-%" G_GUINT64_FORMAT, sig_client_get_id(client));
    GwParty *party = self->len < GW_OBSERVERS_MAX ? gw_session_add_party(session, name, GW_ROLE_OBSERVER) : NULL;
    GwObserver *observer = NULL;

    if (party == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "Too many look on already (%u).", self->len);
        return NULL;
    }
    observer = g_new0(GwObserver, 1);
    observer->client = client;
    observer->person = g_strdup(identity->id);
    observer->display = g_strdup(identity->display);
    observer->audit = g_strdup(identity->audit);
    observer->party = party;
    g_ptr_array_add(self, observer);
    return observer;
}

void
gw_observers_remove(GPtrArray *self, GwSession *session, GwObserver *observer)
{
    gw_session_remove_party(session, observer->party);
    g_ptr_array_remove(self, observer);
}

bool
gw_observers_check_floor(const GPtrArray *self, const GwSession *session, const GwObserver *observer, GError **error)
{
    const GwObserver *talker = gw_observers_find_talker(self, session);

    if (talker == NULL || talker == observer)
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s is talking: wait until it is free.", talker->display);
    return false;
}

GwActor
gw_observer_get_actor(const GwObserver *self)
{
    return (GwActor){
        .audit = self->audit,
        .display = self->display,
        .address = sig_client_get_address(self->client),
    };
}
