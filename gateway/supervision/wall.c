#define G_LOG_DOMAIN "gateway.wall"

#include "gateway/supervision/wall.h"

#include "gateway/supervision/wall-priv.h"

enum { TICK_MS = 1000 };

bool
gw_wall_reaches(GwWall *self, SigClient *client, const char *source, GwSourceInfo *ret_info)
{
    const GwIdentity *identity = gw_identity_of_client(client);

    return identity != NULL && gw_sources_find(self->sources, source, ret_info) &&
           gw_people_reaches(self->gateway->people, identity, GW_ACCESS_INSPECTOR, ret_info->unit);
}

bool
gw_wall_is_there(GwWall *self, const GwSourceInfo *info)
{
    return info->online || gw_sources_look(self->sources, info->id).picture != NULL;
}

GwWallView *
gw_wall_find_view(GwWall *self, SigClient *client)
{
    return client != NULL ? g_hash_table_lookup(self->views, client) : NULL;
}

static void
free_view(void *view)
{
    gw_wall_view_free(view);
}

static GPtrArray *
list_views(GwWall *self)
{
    GPtrArray *views = g_ptr_array_new();
    GHashTableIter iter;
    void *view;

    g_hash_table_iter_init(&iter, self->views);
    while (g_hash_table_iter_next(&iter, NULL, &view))
        g_ptr_array_add(views, view);
    return views;
}

static void
tell_presence(GwWall *self, const char *source, GPtrArray *views)
{
    GwSourceInfo info;
    void *known = NULL;

    if (!gw_sources_find(self->sources, source, &info))
        return;
    bool online = gw_wall_is_there(self, &info);
    if (g_hash_table_lookup_extended(self->online, source, NULL, &known) && GPOINTER_TO_INT(known) == online)
        return;
    g_hash_table_replace(self->online, g_strdup(source), GINT_TO_POINTER(online));
    for (guint i = 0; i < views->len; i++) {
        GwWallView *view = views->pdata[i];
        JsonObject *params = NULL;

        if (!gw_wall_reaches(self, view->client, source, &info))
            continue;
        params = json_object_new();
        json_object_set_string_member(params, "source", source);
        json_object_set_boolean_member(params, "online", online);
        sig_client_notify(view->client, "wall.presence", params);
    }
}

static void
on_source_changed(const char *source, void *user_data)
{
    GwWall *self = user_data;
    g_autoptr(GPtrArray) views = list_views(self);

    for (guint i = 0; i < views->len; i++)
        gw_wall_view_update(views->pdata[i], source);
    tell_presence(self, source, views);
}

void
gw_wall_alarm(GwWall *self, const char *source, const char *reason)
{
    g_autoptr(GPtrArray) views = list_views(self);
    GwSourceInfo info;

    for (guint i = 0; i < views->len; i++) {
        GwWallView *view = views->pdata[i];
        JsonObject *params = NULL;

        if (!gw_wall_reaches(self, view->client, source, &info))
            continue;
        params = json_object_new();
        json_object_set_string_member(params, "source", source);
        json_object_set_string_member(params, "reason", reason);
        json_object_set_int_member(params, "at_ms", gw_sessions_now_ms(self->sessions));
        sig_client_notify(view->client, "wall.alarm", params);
    }
}

void
gw_wall_tick(GwWall *self)
{
    g_autoptr(GPtrArray) views = list_views(self);

    for (guint i = 0; i < views->len; i++)
        gw_wall_view_tick(views->pdata[i]);
}

static gboolean
on_tick(void *data)
{
    gw_wall_tick(data);
    return G_SOURCE_CONTINUE;
}

static void
on_client_closed(SigClient *client, const GwIdentity *identity, void *user_data)
{
    GwWall *self = user_data;

    (void)identity;
    g_hash_table_remove(self->views, client);
}

/* At once, and not only with the next tick. */
static void
on_rights_changed(const char *person, void *user_data)
{
    GwWall *self = user_data;
    g_autoptr(GPtrArray) views = list_views(self);

    (void)person;
    for (guint i = 0; i < views->len; i++)
        gw_wall_view_update(views->pdata[i], NULL);
}

static const GwPeopleListener people_listener = {
    .client_closed = on_client_closed,
    .rights_changed = on_rights_changed,
};

GwWall *
gw_wall_new(const Gateway *gateway, GwSessions *sessions, GwSources *sources)
{
    GwWall *self = g_new0(GwWall, 1);

    self->gateway = gateway;
    self->sessions = sessions;
    self->sources = sources;
    self->views = g_hash_table_new_full(NULL, NULL, NULL, free_view);
    self->online = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->tick_source = g_timeout_add(TICK_MS, on_tick, self);
    gw_sources_add_func(sources, on_source_changed, self);
    gw_people_add_listener(gateway->people, &people_listener, self);
    if (gateway->server != NULL) {
        sig_server_add_methods(gateway->server, gw_wall_methods, self);
        sig_server_add_events(gateway->server, gw_wall_events);
    }
    return self;
}

void
gw_wall_free(GwWall *self)
{
    if (self == NULL)
        return;
    gw_sources_remove_func(self->sources, self);
    g_source_remove(self->tick_source);
    g_hash_table_unref(self->views);
    g_hash_table_unref(self->online);
    g_free(self);
}
