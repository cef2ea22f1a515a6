#define G_LOG_DOMAIN "gateway.wall"

#include "gateway/supervision/wall-priv.h"

#include "gateway/sessions/session-priv.h"

enum { LOST_MS = 60 * 1000 };

static int64_t
now_ms(const GwWallView *self)
{
    return gw_sessions_now_ms(self->wall->sessions);
}

static void
on_state_changed(MediaPeer *peer, MediaTransportState state, void *user_data)
{
    GwWallView *self = user_data;

    (void)peer;
    self->lost_ms = state == MEDIA_TRANSPORT_LOST ? now_ms(self) : 0;
    if (state != MEDIA_TRANSPORT_FAILED)
        return;
    /* The page notices by itself and opens anew; nobody sees anything meanwhile. */
    g_clear_pointer(&self->peer, media_peer_free);
    gw_wall_view_update(self, NULL);
}

static void
on_source(MediaPeer *peer, MediaSource *source, void *user_data)
{
    (void)peer;
    (void)source;
    (void)user_data;
}

static const MediaPeerEvents peer_events = {
    .state_changed = on_state_changed,
    .source_added = on_source,
    .source_ended = on_source,
};

GwWallView *
gw_wall_view_new(GwWall *wall, SigClient *client, unsigned n_tiles)
{
    GwWallView *self = g_new0(GwWallView, 1);

    self->wall = wall;
    self->client = client;
    self->audit = g_strdup(gw_identity_of_client(client)->audit);
    self->display = g_strdup(gw_identity_of_client(client)->display);
    self->party = g_strdup_printf("wall-%" G_GUINT64_FORMAT, sig_client_get_id(client));
    self->address = g_strdup(sig_client_get_address(client));
    self->room = media_room_new(wall->gateway->media);
    self->peer = media_peer_new_watching(self->room, self->party, &peer_events, self);
    self->n_tiles = n_tiles;
    self->tiles = g_new0(GwTile, n_tiles);
    for (unsigned i = 0; i < n_tiles; i++) {
        g_autofree char *group = g_strdup_printf("tile-%u", i);
        self->tiles[i].slot = (unsigned)media_peer_add_slot(self->peer, MEDIA_KIND_VIDEO, group);
        self->tiles[i].state = "empty";
    }
    self->sound_slot = (unsigned)media_peer_add_slot(self->peer, MEDIA_KIND_AUDIO, "sound");
    return self;
}

/* One span of a look, complete in itself: who saw what, from when until when. */
static void
note_look(GwWallView *self, GwTile *tile, bool goes_on)
{
    const GwAuditEntry entry = {
        .who = self->audit,
        .action = "look",
        .object = tile->source,
        .address = self->address,
        .session = tile->session,
    };
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, "unit", tile->unit);
    json_object_set_int_member(detail, "from_ms", tile->from_ms);
    json_object_set_int_member(detail, "until_ms", now_ms(self));
    json_object_set_boolean_member(detail, "goes_on", goes_on);
    gw_audit_add(self->wall->gateway->audit, &entry, detail);
    tile->from_ms = goes_on ? now_ms(self) : 0;
}

static void
set_seen(GwWallView *self, GwTile *tile, const GwSourceView *view, const char *unit)
{
    bool seen = view->picture != NULL;

    if (tile->from_ms != 0 && (!seen || g_strcmp0(tile->session, gw_session_get_id(view->session)) != 0))
        note_look(self, tile, false);
    if (!seen || tile->from_ms != 0)
        return;
    g_free(tile->session);
    g_free(tile->unit);
    tile->session = g_strdup(gw_session_get_id(view->session));
    tile->unit = g_strdup(unit);
    tile->from_ms = now_ms(self);
}

static void
set_wants(GwWallView *self, GwTile *tile, bool wants)
{
    if (tile->wants == wants)
        return;
    tile->wants = wants;
    if (!wants) {
        gw_sources_unwant(self->wall->sources, tile->source);
        return;
    }
    const GwActor actor = {
        .audit = self->audit,
        .display = self->display,
        .address = self->address,
    };
    gw_sources_want(self->wall->sources, tile->source, &actor);
}

static void
tell(GwWallView *self, unsigned tile)
{
    sig_client_notify(self->client, "wall.tile", gw_wall_tile_to_json(self, tile));
}

/* What comes through a tile's slot now, and why. */
static void
update_tile(GwWallView *self, GwTile *tile)
{
    GwSourceView view = { .state = tile->source != NULL ? "connecting" : "empty" };
    GwSourceInfo info = { 0 };
    g_autofree char *unit = NULL;
    bool reached = tile->source != NULL && gw_wall_reaches(self->wall, self->client, tile->source, &info);

    unit = g_strdup(info.unit);
    set_wants(self, tile, reached && self->peer != NULL);
    if (reached && self->peer != NULL)
        view = gw_sources_look(self->wall->sources, tile->source);
    else if (tile->source != NULL && !reached)
        view.state = "no-right";
    if (self->peer != NULL)
        media_peer_set_slot_source(self->peer, tile->slot, view.picture);
    set_seen(self, tile, &view, unit);
    tile->state = view.state;
}

static void
update_sound(GwWallView *self)
{
    MediaSource *source = NULL;
    GwSourceInfo info;

    if (self->peer == NULL)
        return;
    if (self->sound != NULL && gw_wall_reaches(self->wall, self->client, self->sound, &info))
        source = gw_sources_look(self->wall->sources, self->sound).sound;
    media_peer_set_slot_source(self->peer, self->sound_slot, source);
}

void
gw_wall_view_update(GwWallView *self, const char *source)
{
    for (unsigned i = 0; i < self->n_tiles; i++) {
        GwTile *tile = &self->tiles[i];
        const char *before = tile->state;

        if (tile->source == NULL || (source != NULL && g_strcmp0(source, tile->source) != 0))
            continue;
        update_tile(self, tile);
        if (g_strcmp0(before, tile->state) != 0)
            tell(self, i);
    }
    if (source == NULL || g_strcmp0(source, self->sound) == 0)
        update_sound(self);
    gw_wall_talk_update(self);
}

void
gw_wall_view_show(GwWallView *self, unsigned at, const char *source)
{
    GwTile *tile = &self->tiles[at];

    if (g_strcmp0(tile->source, source) != 0) {
        if (self->peer != NULL)
            media_peer_set_slot_source(self->peer, tile->slot, NULL);
        if (tile->from_ms != 0)
            note_look(self, tile, false);
        if (tile->source != NULL)
            set_wants(self, tile, false);
        g_free(tile->source);
        tile->source = g_strdup(source);
    }
    update_tile(self, tile);
}

/* Only what is also seen: so every sound is within a look that is on record. */
static bool
is_shown(const GwWallView *self, const char *source)
{
    for (unsigned i = 0; i < self->n_tiles; i++) {
        if (g_strcmp0(self->tiles[i].source, source) == 0)
            return true;
    }
    return false;
}

void
gw_wall_view_listen(GwWallView *self, const char *source)
{
    g_free(self->sound);
    self->sound = source != NULL && is_shown(self, source) ? g_strdup(source) : NULL;
    update_sound(self);
}

void
gw_wall_view_tick(GwWallView *self)
{
    int64_t at_ms = now_ms(self);

    if (self->lost_ms != 0 && at_ms - self->lost_ms >= LOST_MS) {
        self->lost_ms = 0;
        g_clear_pointer(&self->peer, media_peer_free);
    }
    if (self->sound != NULL && !is_shown(self, self->sound))
        g_clear_pointer(&self->sound, g_free);
    gw_wall_view_update(self, NULL);
    for (unsigned i = 0; i < self->n_tiles; i++) {
        GwTile *tile = &self->tiles[i];
        if (tile->from_ms != 0 && at_ms - tile->from_ms >= GW_WALL_NOTE_MS)
            note_look(self, tile, true);
    }
}

void
gw_wall_view_free(GwWallView *self)
{
    if (self == NULL)
        return;
    gw_wall_talk_end(self);
    for (unsigned i = 0; i < self->n_tiles; i++) {
        gw_wall_view_show(self, i, NULL);
        g_free(self->tiles[i].session);
        g_free(self->tiles[i].unit);
    }
    media_peer_free(self->peer);
    media_room_free(self->room);
    g_free(self->tiles);
    g_free(self->sound);
    g_free(self->audit);
    g_free(self->display);
    g_free(self->party);
    g_free(self->address);
    g_free(self);
}

static void
add_slot(const GwWallView *self, JsonArray *slots, unsigned slot, const char *party, const char *kind)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "mid", media_peer_get_slot_mid(self->peer, slot));
    json_object_set_string_member(object, "party", party);
    json_object_set_string_member(object, "kind", kind);
    json_array_add_object_element(slots, object);
}

char *
gw_wall_view_offer(GwWallView *self, JsonArray **ret_slots, GError **error)
{
    g_autoptr(GError) local = NULL;
    char *offer = media_peer_create_offer(self->peer, false, &local);
    JsonArray *slots = NULL;

    if (offer == NULL) {
        gw_peer_propagate(error, g_steal_pointer(&local));
        return NULL;
    }
    slots = json_array_new();
    for (unsigned i = 0; i < self->n_tiles; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);
        add_slot(self, slots, self->tiles[i].slot, name, "video");
    }
    add_slot(self, slots, self->sound_slot, "sound", "audio");
    *ret_slots = slots;
    return offer;
}

bool
gw_wall_view_accept_answer(GwWallView *self, const char *answer, GError **error)
{
    g_autoptr(GError) local = NULL;

    if (self->peer == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "The connection was lost: open the wall again.");
        return false;
    }
    if (media_peer_accept_answer(self->peer, answer, &local))
        return true;
    gw_peer_propagate(error, g_steal_pointer(&local));
    return false;
}

JsonObject *
gw_wall_tile_to_json(const GwWallView *self, unsigned at)
{
    const GwTile *tile = &self->tiles[at];
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "slot", at);
    if (tile->source != NULL)
        json_object_set_string_member(object, "source", tile->source);
    json_object_set_string_member(object, "state", tile->state);
    return object;
}
