#define G_LOG_DOMAIN "gateway.peer"

#include "gateway/sessions/recording.h"
#include "media/error.h"

enum {
    MAX_PUBLISHED = 4,               /* sources of one peer: camera, microphone, screen with sound */
    FLOWING_US = 3 * G_USEC_PER_SEC, /* silent for longer: its media does not flow */
    LOST_US = 60 * G_USEC_PER_SEC,   /* a lost peer is kept this long: it may come back by itself */
};

void
gw_peer_propagate(GError **error, GError *media_error)
{
    SigError code = SIG_ERROR_MEDIA;

    if (media_error->domain == SIG_ERROR) {
        g_propagate_error(error, media_error);
        return;
    }
    if (g_error_matches(media_error, MEDIA_ERROR, MEDIA_ERROR_STATE))
        code = SIG_ERROR_STATE;
    if (g_error_matches(media_error, MEDIA_ERROR, MEDIA_ERROR_SYSTEM))
        code = SIG_ERROR_UNAVAILABLE;
    g_set_error_literal(error, SIG_ERROR, code, media_error->message);
    g_error_free(media_error);
}

static void
on_state_changed(MediaPeer *media, MediaTransportState state, void *user_data)
{
    GwPeer *peer = user_data;
    GwParty *party = peer->party;

    (void)media;
    g_debug("session %s: %s is %s", party->session->id, media_peer_get_name(peer->media),
            media_transport_state_to_string(state));
    peer->lost_since_us = state == MEDIA_TRANSPORT_LOST ? g_get_monotonic_time() : 0;
    if (state == MEDIA_TRANSPORT_FAILED)
        gw_party_drop_peer(party, peer);
    gw_party_tick(party, g_get_monotonic_time());
}

static void
on_source_added(MediaPeer *media, MediaSource *source, void *user_data)
{
    GwPeer *peer = user_data;
    GwPublished published = { .source = media_source_ref(source), .flows = true };

    (void)media;
    if (peer->published->len >= MAX_PUBLISHED || !peer->publishes) {
        media_source_set_paused(source, true);
        media_source_unref(source);
        return;
    }
    published.number = ++peer->n_kind[media_source_get_kind(source)];
    g_array_append_val(peer->published, published);
    gw_session_apply(peer->party->session);
}

static void
clear_published(GwPublished *published)
{
    gw_recording_detach(published->tap);
    media_source_unref(published->source);
}

static void
on_source_ended(MediaPeer *media, MediaSource *source, void *user_data)
{
    GwPeer *peer = user_data;

    (void)media;
    for (guint i = 0; i < peer->published->len; i++) {
        GwPublished published = g_array_index(peer->published, GwPublished, i);
        if (published.source != source)
            continue;
        g_array_remove_index(peer->published, i);
        gw_session_apply(peer->party->session);
        clear_published(&published);
        return;
    }
}

bool
gw_peer_sees_stills(const GwPeer *self)
{
    for (unsigned i = 0; self->has_stats && i < G_N_ELEMENTS(self->stats.suspended); i++) {
        if (self->stats.suspended[i] != 0)
            return true;
    }
    return false;
}

static void
on_stats(MediaPeer *media, const MediaPeerStats *stats, void *user_data)
{
    GwPeer *peer = user_data;
    GwSession *session = peer->party->session;
    bool stills = gw_peer_sees_stills(peer);

    (void)media;
    peer->before = peer->has_stats ? peer->stats : *stats;
    peer->stats = *stats;
    peer->has_stats = true;
    peer->stats_us = g_get_monotonic_time();
    if (stills != gw_peer_sees_stills(peer) && peer == peer->party->page_watch &&
        session->handler->stills_changed != NULL)
        session->handler->stills_changed(session, peer->party, session->user_data);
    gw_party_tick(peer->party, peer->stats_us);
}

static const MediaPeerEvents peer_events = {
    .state_changed = on_state_changed,
    .source_added = on_source_added,
    .source_ended = on_source_ended,
    .stats = on_stats,
};

static void
clear_slot(void *data)
{
    g_free(((GwSlot *)data)->party);
}

GwPeer *
gw_peer_new(GwParty *party, bool publishes)
{
    GwPeer *self = g_new0(GwPeer, 1);
    GwSession *session = party->session;
    g_autofree char *name = NULL;

    self->party = party;
    self->publishes = publishes;
    self->ordinal = publishes ? ++session->n_peers_ever : 0;
    self->slots = g_array_new(FALSE, TRUE, sizeof(GwSlot));
    g_array_set_clear_func(self->slots, clear_slot);
    self->published = g_array_new(FALSE, TRUE, sizeof(GwPublished));
    name = g_strdup_printf("%s/%s/%s", session->id, party->name, publishes ? "publish" : "watch");
    MediaRoom *room = gw_session_ensure_room(session);
    self->media = publishes ? media_peer_new(room, name, &peer_events, self)
                            : media_peer_new_watching(room, name, &peer_events, self);
    return self;
}

GwPeer *
gw_peer_new_inlet(GwParty *party)
{
    static const MediaKind kinds[] = { MEDIA_KIND_AUDIO, MEDIA_KIND_VIDEO };
    GwPeer *self = g_new0(GwPeer, 1);

    self->party = party;
    self->publishes = true;
    self->ordinal = ++party->session->n_peers_ever;
    self->slots = g_array_new(FALSE, TRUE, sizeof(GwSlot));
    self->published = g_array_new(FALSE, TRUE, sizeof(GwPublished));
    self->inlet = media_inlet_new(gw_session_ensure_room(party->session));
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const GwPublished published = { .source = media_source_ref(media_inlet_get_source(self->inlet, kinds[i])),
                                        .flows = true,
                                        .number = 1 };
        g_array_append_val(self->published, published);
    }
    return self;
}

void
gw_peer_free(GwPeer *self)
{
    if (self == NULL)
        return;
    if (self->resource != NULL)
        gw_sessions_forget_resource(self->party->session->sessions, self);
    for (guint i = 0; i < self->published->len; i++)
        clear_published(&g_array_index(self->published, GwPublished, i));
    g_array_unref(self->published);
    media_peer_free(self->media);
    media_inlet_free(self->inlet);
    g_array_unref(self->slots);
    g_free(self->sdp_session);
    g_free(self->resource);
    g_free(self);
}

const char *
gw_slot_get_name(const GwSlot *self)
{
    switch (self->feed) {
    case GW_FEED_PARTY:
        return self->party;
    case GW_FEED_ANNOUNCER:
        return "announcer";
    case GW_FEED_SPOT:
        return "spot";
    case GW_FEED_OFFICER:
        break;
    }
    return "officer";
}

void
gw_peer_add_slot(GwPeer *self, GwFeed feed, const char *party, MediaKind kind)
{
    GwSlot slot = { .feed = feed, .party = g_strdup(party), .kind = kind };
    int number = media_peer_add_slot(self->media, kind, gw_slot_get_name(&slot));

    if (number < 0) {
        g_free(slot.party);
        return;
    }
    slot.number = (unsigned)number;
    g_array_append_val(self->slots, slot);
}

MediaSource *
gw_peer_find_source(const GwPeer *self, MediaKind kind)
{
    for (guint i = 0; self != NULL && i < self->published->len; i++) {
        MediaSource *source = g_array_index(self->published, GwPublished, i).source;
        if (media_source_get_kind(source) == kind && !media_source_get_ended(source))
            return source;
    }
    return NULL;
}

static MediaSource *
find_party_source(const GwSession *session, const char *name, MediaKind kind)
{
    const GwParty *party = gw_session_find_party(session, name);

    return party != NULL ? gw_peer_find_source(party->publish, kind) : NULL;
}

static MediaSource *
choose_source(const GwPeer *self, const GwRoutingState *state, const GwSlot *slot)
{
    GwSession *session = self->party->session;
    GwRoutingWatcher watcher = { .party = self->party->name, .role = self->party->role };
    GwRoutingSlot rule = { .feed = slot->feed, .party = slot->party, .kind = slot->kind };

    switch (gw_routing_decide(state, &watcher, &rule)) {
    case GW_ROUTE_NOTHING:
        return NULL;
    case GW_ROUTE_PARTY:
        return find_party_source(session, slot->party, slot->kind);
    case GW_ROUTE_SPOT:
        return find_party_source(session, state->spot, slot->kind);
    case GW_ROUTE_ANNOUNCER:
        return session->announcer.source;
    case GW_ROUTE_OFFICER:
        return session->talk.officer != NULL ? gw_peer_find_source(session->talk.officer->publish, slot->kind) : NULL;
    }
    return NULL;
}

void
gw_peer_apply_slots(GwPeer *self)
{
    GwRoutingState state = gw_session_get_routing(self->party->session);

    for (guint i = 0; i < self->slots->len; i++) {
        const GwSlot *slot = &g_array_index(self->slots, GwSlot, i);
        MediaSource *source = choose_source(self, &state, slot);
        if (media_peer_get_slot_source(self->media, slot->number) != source)
            media_peer_set_slot_source(self->media, slot->number, source);
    }
}

/* Attaches what people can see or hear. An officer's microphone joins the recording when it first has the floor. */
static void
apply_recording(GwPeer *self, GwPublished *published, unsigned number)
{
    GwSession *session = self->party->session;
    g_autofree char *track = NULL;

    if (published->tap != NULL || !published->flows || session->recording_class != GW_CLASS_RECORDED ||
        !gw_session_state_is_running(session->state))
        return;
    if (self->party->role == GW_ROLE_OBSERVER && media_source_get_kind(published->source) != MEDIA_KIND_AUDIO)
        return;
    track = g_strdup_printf("%s-%u-%s-%u", self->party->role == GW_ROLE_OBSERVER ? "officer" : self->party->name,
                            self->ordinal, media_kind_to_string(media_source_get_kind(published->source)), number);
    published->tap = gw_recording_attach(session, published->source,
                                         self->party->role == GW_ROLE_OBSERVER ? "officer" : self->party->name, track);
}

void
gw_peer_apply_published(GwPeer *self)
{
    GwSession *session = self->party->session;
    GwRoutingState state = gw_session_get_routing(session);
    bool flows = gw_routing_may_flow(&state, self->party->role, session->talk.officer == self->party);

    for (guint i = 0; i < self->published->len; i++) {
        GwPublished *published = &g_array_index(self->published, GwPublished, i);
        if (published->flows != flows)
            media_source_set_paused(published->source, !flows);
        published->flows = flows;
        apply_recording(self, published, published->number);
    }
}

bool
gw_peer_flows(const GwPeer *self)
{
    if (self == NULL || self->media == NULL)
        return self != NULL && self->inlet_flows;
    if (media_peer_get_state(self->media) != MEDIA_TRANSPORT_READY)
        return false;
    return self->has_stats && self->stats.silent_us >= 0 && self->stats.silent_us < FLOWING_US;
}

/* Frees peers that were lost for too long; told from the session's tick. */
static bool
is_lost_for_good(const GwPeer *self, int64_t now_us)
{
    return self != NULL && self->lost_since_us != 0 && now_us - self->lost_since_us >= LOST_US;
}

void
gw_party_tick(GwParty *self, int64_t now_us)
{
    if (is_lost_for_good(self->publish, now_us))
        gw_party_drop_peer(self, self->publish);
    if (is_lost_for_good(self->page_watch, now_us))
        gw_party_drop_peer(self, self->page_watch);
    for (guint i = self->watches->len; i > 0; i--) {
        if (is_lost_for_good(self->watches->pdata[i - 1], now_us))
            gw_party_drop_peer(self, self->watches->pdata[i - 1]);
    }
    GwQualityInput input = gw_party_get_quality_input(self);
    gw_quality_follow(&self->quality, gw_quality_judge(&input), now_us);
    bool connected = gw_peer_flows(self->publish);
    if (connected == self->connected)
        return;
    self->connected = connected;
    if (self->session->handler->party_changed != NULL)
        self->session->handler->party_changed(self->session, self, self->session->user_data);
}
