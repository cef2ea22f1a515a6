#define G_LOG_DOMAIN "gateway.party"

#include "gateway/sessions/recording.h"

#include <string.h>

GwParty *
gw_party_new(GwSession *session, const char *name, GwRole role)
{
    GwParty *self = g_new0(GwParty, 1);

    self->session = session;
    self->name = g_strdup(name);
    self->role = role;
    self->watches = g_ptr_array_new();
    return self;
}

void
gw_party_free(GwParty *self)
{
    if (self == NULL)
        return;
    gw_peer_free(self->publish);
    gw_peer_free(self->page_watch);
    for (guint i = 0; i < self->watches->len; i++)
        gw_peer_free(self->watches->pdata[i]);
    g_ptr_array_unref(self->watches);
    g_free(self->name);
    g_free(self);
}

const char *
gw_party_get_name(const GwParty *self)
{
    return self->name;
}

GwRole
gw_party_get_role(const GwParty *self)
{
    return self->role;
}

GwSession *
gw_party_get_session(const GwParty *self)
{
    return self->session;
}

bool
gw_party_is_connected(const GwParty *self)
{
    return gw_peer_flows(self->publish);
}

bool
gw_party_sees_stills(const GwParty *self)
{
    return self->page_watch != NULL && gw_peer_sees_stills(self->page_watch);
}

bool
gw_party_is_speaking(const GwParty *self)
{
    MediaSource *source = gw_peer_find_source(self->publish, MEDIA_KIND_AUDIO);

    return source != NULL && media_source_get_speaking(source);
}

bool
gw_party_is_by_token(const GwParty *self)
{
    return self->publish != NULL && self->publish->resource != NULL;
}

void
gw_party_drop_peer(GwParty *self, GwPeer *peer)
{
    if (peer == NULL)
        return;
    if (self->publish == peer)
        self->publish = NULL;
    if (self->page_watch == peer)
        self->page_watch = NULL;
    g_ptr_array_remove_fast(self->watches, peer);
    /* First nobody watches it any more, then it goes. */
    if (peer->publishes)
        gw_session_apply(self->session);
    gw_peer_free(peer);
}

/* The session id of an offer (RFC 8866 section 5.2): the same as long as it comes from the same connection. */
static char *
read_sdp_session(const char *offer)
{
    const char *line = g_str_has_prefix(offer, "o=") ? offer : strstr(offer, "\no=");

    if (line == NULL)
        return g_strdup("");
    line += *line == '\n' ? 3 : 2;
    const char *id = line + strcspn(line, " \r\n");
    id += strspn(id, " ");
    return g_strndup(id, strcspn(id, " \r\n"));
}

static bool
check_open(const GwSession *session, GError **error)
{
    if (session->state < GW_SESSION_ENDED)
        return true;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This session is over.");
    return false;
}

static char *
answer_offer(GwPeer *peer, const char *offer, GError **error)
{
    g_autoptr(GError) local = NULL;
    char *answer = media_peer_answer_offer(peer->media, offer, &local);

    if (answer == NULL)
        gw_peer_propagate(error, g_steal_pointer(&local));
    return answer;
}

static bool
is_same_connection(const GwPeer *peer, const char *sdp_session)
{
    return peer != NULL && peer->media != NULL && peer->resource == NULL &&
           g_strcmp0(peer->sdp_session, sdp_session) == 0 &&
           media_peer_get_state(peer->media) != MEDIA_TRANSPORT_FAILED;
}

char *
gw_party_publish(GwParty *self, const char *offer, GError **error)
{
    g_autofree char *sdp_session = read_sdp_session(offer);

    if (!check_open(self->session, error))
        return NULL;
    if (is_same_connection(self->publish, sdp_session))
        return answer_offer(self->publish, offer, error);

    GwPeer *peer = gw_peer_new(self, true);
    char *answer = answer_offer(peer, offer, error);
    if (answer == NULL) {
        gw_peer_free(peer);
        return NULL;
    }
    peer->sdp_session = g_steal_pointer(&sdp_session);
    gw_party_drop_peer(self, self->publish);
    self->publish = peer;
    gw_session_write_peers(self->session);
    return answer;
}

static JsonArray *
slots_to_json(const GwPeer *peer)
{
    JsonArray *slots = json_array_new();

    for (guint i = 0; i < peer->slots->len; i++) {
        const GwSlot *slot = &g_array_index(peer->slots, GwSlot, i);
        JsonObject *object = json_object_new();
        json_object_set_string_member(object, "mid", media_peer_get_slot_mid(peer->media, slot->number));
        json_object_set_string_member(object, "party", gw_slot_get_name(slot));
        json_object_set_string_member(object, "kind", media_kind_to_string(slot->kind));
        json_array_add_object_element(slots, object);
    }
    return slots;
}

static void
add_slots(GwPeer *peer)
{
    GwSession *session = peer->party->session;

    if (session->talk.star) {
        gw_peer_add_slot(peer, GW_FEED_SPOT, NULL, MEDIA_KIND_AUDIO);
        gw_peer_add_slot(peer, GW_FEED_SPOT, NULL, MEDIA_KIND_VIDEO);
    }
    for (guint i = 0; !session->talk.star && i < session->parties->len; i++) {
        const GwParty *other = session->parties->pdata[i];
        if (other == peer->party || other->role != GW_ROLE_PARTY)
            continue;
        gw_peer_add_slot(peer, GW_FEED_PARTY, other->name, MEDIA_KIND_AUDIO);
        gw_peer_add_slot(peer, GW_FEED_PARTY, other->name, MEDIA_KIND_VIDEO);
    }
    gw_peer_add_slot(peer, GW_FEED_ANNOUNCER, NULL, MEDIA_KIND_AUDIO);
    if (peer->party->role == GW_ROLE_PARTY)
        gw_peer_add_slot(peer, GW_FEED_OFFICER, NULL, MEDIA_KIND_AUDIO);
    if (peer->party->role == GW_ROLE_PARTY && session->talk.star)
        gw_peer_add_slot(peer, GW_FEED_OFFICER, NULL, MEDIA_KIND_VIDEO);
}

char *
gw_party_watch(GwParty *self, JsonArray **ret_slots, GError **error)
{
    g_autoptr(GError) local = NULL;

    if (!check_open(self->session, error))
        return NULL;
    GwPeer *peer = gw_peer_new(self, false);
    add_slots(peer);
    char *offer = media_peer_create_offer(peer->media, false, &local);
    if (offer == NULL) {
        gw_peer_propagate(error, g_steal_pointer(&local));
        gw_peer_free(peer);
        return NULL;
    }
    gw_party_drop_peer(self, self->page_watch);
    self->page_watch = peer;
    gw_peer_apply_slots(peer);
    *ret_slots = slots_to_json(peer);
    return offer;
}

bool
gw_party_accept_answer(GwParty *self, const char *answer, GError **error)
{
    g_autoptr(GError) local = NULL;

    if (self->page_watch == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "There is no offer to answer: call media.watch first.");
        return false;
    }
    if (media_peer_accept_answer(self->page_watch->media, answer, &local))
        return true;
    gw_peer_propagate(error, g_steal_pointer(&local));
    return false;
}

bool
gw_party_set_size(GwParty *self, const char *mid, uint16_t width, uint16_t height)
{
    for (guint i = 0; self->page_watch != NULL && i < self->page_watch->slots->len; i++) {
        const GwSlot *slot = &g_array_index(self->page_watch->slots, GwSlot, i);

        if (slot->kind != MEDIA_KIND_VIDEO ||
            g_strcmp0(media_peer_get_slot_mid(self->page_watch->media, slot->number), mid) != 0)
            continue;
        media_peer_set_slot_size(self->page_watch->media, slot->number, width, height);
        return true;
    }
    return false;
}

void
gw_party_connect_inlet(GwParty *self, int fd)
{
    if (self->publish == NULL || self->publish->inlet == NULL) {
        gw_party_drop_peer(self, self->publish);
        self->publish = gw_peer_new_inlet(self);
        gw_session_apply(self->session);
    }
    media_inlet_connect(self->publish->inlet, fd);
}

void
gw_party_set_inlet_flowing(GwParty *self, bool flows)
{
    if (self->publish == NULL || self->publish->inlet == NULL)
        return;
    self->publish->inlet_flows = flows;
    gw_session_apply(self->session);
    gw_party_tick(self, g_get_monotonic_time());
}

void
gw_party_close_publish(GwParty *self)
{
    if (self->publish != NULL && self->publish->resource == NULL)
        gw_party_drop_peer(self, self->publish);
}

void
gw_party_close_watch(GwParty *self)
{
    gw_party_drop_peer(self, self->page_watch);
}

static const GwPeer *
get_watching(const GwParty *self)
{
    if (self->page_watch != NULL)
        return self->page_watch;
    return self->watches->len > 0 ? self->watches->pdata[0] : NULL;
}

static bool
is_ready(const GwPeer *peer)
{
    return peer != NULL && peer->has_stats && media_peer_get_state(peer->media) == MEDIA_TRANSPORT_READY;
}

static uint8_t
percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (uint8_t)MIN((part * 100 + whole - 1) / whole, 100) : 0;
}

/* Of what its tracks should have brought in the last second. */
static uint8_t
get_lost_percent(const GwPeer *peer)
{
    uint64_t lost = 0, packets = 0;

    if (peer->before.n_sources != peer->stats.n_sources)
        return 0;
    for (unsigned i = 0; i < peer->stats.n_sources; i++) {
        const MediaTrackStats *before = &peer->before.sources[i], *now = &peer->stats.sources[i];
        lost += now->lost > before->lost ? now->lost - before->lost : 0;
        packets += now->packets > before->packets ? now->packets - before->packets : 0;
    }
    return lost > 1 ? percent(lost, lost + packets) : 0; /* one of 50 is chance */
}

static uint8_t
get_busy_percent(const GwSession *session)
{
    MediaWorkerLoad load;

    if (session->room == NULL)
        return 0;
    media_node_get_load(gw_sessions_get_gateway(session->sessions)->media, media_room_get_worker_index(session->room),
                        &load);
    return (uint8_t)(load.busy * 100);
}

static void
add_watching(const GwPeer *down, GwQualityInput *input)
{
    const MediaTransportStats *before = &down->before.transport, *now = &down->stats.transport;
    uint64_t dropped = now->dropped_out - before->dropped_out;

    input->watches = true;
    input->down_bitrate = down->stats.down_bitrate;
    input->down_loss_percent = down->stats.down_loss_percent;
    input->rtt_us = MAX(input->rtt_us, down->stats.rtt_us);
    input->estimate = down->stats.estimate;
    input->wanted = down->stats.wanted;
    input->dropped_percent = percent(dropped, dropped + now->packets_out - before->packets_out);
}

GwQualityInput
gw_party_get_quality_input(const GwParty *self)
{
    const GwPeer *up = self->publish, *down = get_watching(self);
    GwQualityInput input = { .silent_us = -1, .picture_silent_us = -1 };

    if (is_ready(up)) {
        input.publishes = true;
        input.silent_us = up->stats.silent_us;
        input.picture_silent_us = up->stats.picture_silent_us;
        input.up_bitrate = up->stats.up_bitrate;
        input.up_missing_percent = up->stats.up_loss_percent;
        input.up_lost_percent = get_lost_percent(up);
        input.jitter_us = up->stats.up_jitter_us;
        input.rtt_us = up->stats.rtt_us;
    }
    if (is_ready(down))
        add_watching(down, &input);
    input.busy_percent = get_busy_percent(self->session);
    return input;
}

static void
add_picture(const GwParty *self, JsonObject *object)
{
    int64_t width = 0, height = 0, level = -1;

    for (unsigned i = 0; self->publish != NULL && i < self->publish->stats.n_sources; i++) {
        const MediaTrackStats *stats = &self->publish->stats.sources[i];
        width = MAX(width, stats->width);
        height = MAX(height, stats->height);
        level = stats->audio_level >= 0 ? stats->audio_level : level;
    }
    json_object_set_int_member(object, "width", width);
    json_object_set_int_member(object, "height", height);
    json_object_set_int_member(object, "level_dbov", level >= 0 ? -level : -127);
}

JsonObject *
gw_party_quality_to_json(const GwParty *self)
{
    GwQualityInput input = gw_party_get_quality_input(self);
    GwQualityVerdict verdict = self->quality.known ? self->quality.shown : gw_quality_judge(&input);
    JsonObject *object = json_object_new();
    const struct {
        const char *name;
        int64_t value;
    } figures[] = {
        { "up_kbps", input.up_bitrate / 1000 },     { "up_loss", input.up_missing_percent },
        { "up_lost", input.up_lost_percent },       { "jitter_ms", input.jitter_us / 1000 },
        { "down_kbps", input.down_bitrate / 1000 }, { "down_loss", input.down_loss_percent },
        { "estimate_kbps", input.estimate / 1000 }, { "wanted_kbps", input.wanted / 1000 },
        { "rtt_ms", input.rtt_us / 1000 },          { "silent_ms", input.silent_us < 0 ? -1 : input.silent_us / 1000 },
        { "our_loss", input.dropped_percent },      { "our_load", input.busy_percent },
    };

    json_object_set_string_member(object, "level", gw_quality_level_to_string(verdict.level));
    json_object_set_string_member(object, "why", gw_quality_why_to_string(verdict.why));
    for (size_t i = 0; i < G_N_ELEMENTS(figures); i++)
        json_object_set_int_member(object, figures[i].name, figures[i].value);
    json_object_set_boolean_member(object, "stills", gw_party_sees_stills(self));
    add_picture(self, object);
    return object;
}
