#define G_LOG_DOMAIN "media.peer"

#include "media/peer.h"

#include <string.h>

#include "media/peer-priv.h"

enum { MIN_SLOTS = 4 };

static uint32_t
new_ssrc(void)
{
    uint32_t ssrc;

    do
        ssrc = g_random_int();
    while (ssrc == 0);
    return ssrc;
}

static MediaPeer *
new_on(MediaRoom *room, MediaWorker *worker, const char *name, const MediaPeerEvents *events, void *user_data)
{
    MediaPeer *self = g_new0(MediaPeer, 1);
    MediaNode *node = room->node;

    self->room = room;
    self->worker = worker;
    self->name = g_strdup(name);
    self->events = events;
    self->user_data = user_data;
    self->may_publish = true;
    self->sources = g_ptr_array_new_with_free_func((GDestroyNotify)media_source_unref);
    self->link = g_new0(MediaPeerLink, 1);
    media_ref_count_init(&self->link->n_refs);
    self->link->main = node->main;
    self->link->peer = self;
    self->negotiation.session_id = ((uint64_t)g_random_int() << 31) | g_random_int(); /* below 2^63: RFC 9429 5.2.1 */
    media_ice_credentials_generate(&self->negotiation.local);

    MediaPeerCoreConfig config = {
        .ice = &self->negotiation.local,
        .cname = name,
        .want_stats = events->stats != NULL,
        .sound = room->sound,
        .totals = node->totals[media_worker_get_index(worker)],
    };
    self->core = media_peer_core_new(worker, node->handshaker, self->link, &config);
    room->n_users++;
    node->loads[media_worker_get_index(worker)]++;
    return self;
}

MediaPeer *
media_peer_new(MediaRoom *room, const char *name, const MediaPeerEvents *events, void *user_data)
{
    return new_on(room, room->worker, name, events, user_data);
}

MediaPeer *
media_peer_new_watching(MediaRoom *room, const char *name, const MediaPeerEvents *events, void *user_data)
{
    MediaPeer *self = new_on(room, media_room_choose_worker(room), name, events, user_data);

    self->watches = true;
    self->may_publish = false;
    return self;
}

static void
release_source(MediaPeer *self, MediaSource *source)
{
    if (source == NULL)
        return;
    media_source_close(source, self->worker);
    media_source_unref(source);
}

void
media_peer_free(MediaPeer *self)
{
    if (self == NULL)
        return;
    self->link->peer = NULL;
    media_peer_link_unref(self->link);
    media_peer_core_free(self->core);
    for (unsigned i = 0; i < self->sources->len; i++)
        media_source_set_ended(g_ptr_array_index(self->sources, i));
    g_ptr_array_unref(self->sources);
    for (unsigned i = 0; i < self->n_slots; i++)
        release_source(self, self->slots[i].source);
    g_free(self->slots);
    media_negotiation_clear(&self->negotiation);
    self->room->n_users--;
    self->room->node->loads[media_worker_get_index(self->worker)]--;
    g_free(self->name);
    g_free(self);
}

void
media_peer_set_may_publish(MediaPeer *self, bool may_publish)
{
    g_return_if_fail(!may_publish || !self->watches);
    self->may_publish = may_publish;
}

void
media_peer_set_slot_size(MediaPeer *self, unsigned slot, uint16_t width, uint16_t height)
{
    g_return_if_fail(slot < self->n_slots);
    self->slots[slot].shown.width = width;
    self->slots[slot].shown.height = height;
    media_peer_core_set_slot_shown(self->core, slot, &self->slots[slot].shown);
}

void
media_peer_set_slot_stills(MediaPeer *self, unsigned slot, bool stills)
{
    g_return_if_fail(slot < self->n_slots);
    self->slots[slot].shown.stills = stills;
    media_peer_core_set_slot_shown(self->core, slot, &self->slots[slot].shown);
}

MediaTransportState
media_peer_get_state(const MediaPeer *self)
{
    return self->state;
}

const char *
media_peer_get_name(const MediaPeer *self)
{
    return self->name;
}

const char *
media_peer_get_ice_ufrag(const MediaPeer *self)
{
    return self->negotiation.local.ufrag;
}

void
media_peer_on_state(MediaPeer *self, MediaTransportState state)
{
    self->state = state;
    self->events->state_changed(self, state, self->user_data);
}

void
media_peer_on_stats(MediaPeer *self, const MediaPeerStats *stats)
{
    self->events->stats(self, stats, self->user_data);
}

/* A source event, delivered from the loop. */
typedef struct {
    MediaPeerLink *link;
    MediaSource *source;
    bool added;
} SourceEvent;

static void
source_event_free(void *data)
{
    SourceEvent *event = data;

    media_peer_link_unref(event->link);
    media_source_unref(event->source);
    g_free(event);
}

static void
run_source_event(void *data)
{
    SourceEvent *event = data;
    MediaPeer *self = event->link->peer;

    if (self == NULL)
        return;
    if (event->added)
        self->events->source_added(self, event->source, self->user_data);
    else
        self->events->source_ended(self, event->source, self->user_data);
}

static void
post_source_event(MediaPeer *self, MediaSource *source, bool added)
{
    SourceEvent *event = g_new(SourceEvent, 1);

    *event = (SourceEvent){
        .link = media_peer_link_ref(self->link),
        .source = media_source_ref(source),
        .added = added,
    };
    media_worker_post(self->link->main, run_source_event, event, source_event_free);
}

MediaSource *
media_peer_find_source(MediaPeer *self, const char *mid)
{
    for (unsigned i = 0; i < self->sources->len; i++) {
        MediaSource *source = g_ptr_array_index(self->sources, i);
        if (g_str_equal(media_source_get_mid(source), mid))
            return source;
    }
    return NULL;
}

void
media_peer_add_source(MediaPeer *self, MediaSource *source)
{
    g_ptr_array_add(self->sources, source);
    post_source_event(self, source, true);
}

void
media_peer_remove_source(MediaPeer *self, MediaSource *source)
{
    media_peer_core_remove_stream(self->core, media_source_get_mid(source), source->core);
    media_source_set_ended(source);
    post_source_event(self, source, false);
    g_ptr_array_remove(self->sources, source);
}

int
media_peer_add_slot(MediaPeer *self, MediaKind kind, const char *group)
{
    if (self->n_slots == MEDIA_MAX_SLOTS)
        return -1;
    if (self->n_slots == self->n_slots_room) {
        self->n_slots_room = MAX(MIN_SLOTS, 2 * self->n_slots_room);
        self->slots = g_renew(MediaSlot, self->slots, self->n_slots_room);
    }

    MediaSlot *slot = &self->slots[self->n_slots];
    *slot = (MediaSlot){ .used = true, .kind = kind, .ssrc = new_ssrc(), .rtx_ssrc = new_ssrc() };
    g_strlcpy(slot->group, group, sizeof slot->group);
    return (int)self->n_slots++;
}

void
media_peer_remove_slot(MediaPeer *self, unsigned slot)
{
    g_return_if_fail(slot < self->n_slots);

    media_peer_set_slot_source(self, slot, NULL);
    if (self->slots[slot].has_viewer)
        media_peer_core_set_viewer(self->core, slot, NULL);
    self->slots[slot].has_viewer = false;
    self->slots[slot].used = false;
}

const char *
media_peer_get_slot_mid(const MediaPeer *self, unsigned slot)
{
    g_return_val_if_fail(slot < self->n_slots, NULL);
    return self->slots[slot].mid[0] != '\0' ? self->slots[slot].mid : NULL;
}

void
media_peer_set_slot_source(MediaPeer *self, unsigned slot, MediaSource *source)
{
    g_return_if_fail(slot < self->n_slots && self->slots[slot].used);
    g_return_if_fail(source == NULL || media_source_get_kind(source) == self->slots[slot].kind);

    if (self->slots[slot].source == source)
        return;
    MediaSource *old = self->slots[slot].source;
    self->slots[slot].source = source != NULL ? media_source_ref(source) : NULL;
    media_peer_core_set_slot_source(self->core, slot, source != NULL ? media_source_open(source, self->worker) : NULL);
    release_source(self, old);
}

MediaSource *
media_peer_get_slot_source(const MediaPeer *self, unsigned slot)
{
    g_return_val_if_fail(slot < self->n_slots, NULL);
    return self->slots[slot].source;
}
