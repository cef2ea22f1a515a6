/* Offers and answers of a peer. Everything is checked before anything is changed, so that a description that fails
 * leaves all as it was. */
#define G_LOG_DOMAIN "media.peer"

#include "media/peer-priv.h"

#include <string.h>

#include "media/error.h"

void
media_negotiation_clear(MediaNegotiation *self)
{
    g_clear_pointer(&self->sections, g_free);
    g_clear_pointer(&self->section_slots, g_free);
    self->n_sections = 0;
}

static MediaSdpLocal
describe(MediaPeer *self, MediaSetup setup)
{
    MediaNode *node = self->room->node;

    return (MediaSdpLocal){
        .session_id = self->negotiation.session_id,
        .version = ++self->negotiation.version,
        .ice = &self->negotiation.local,
        .fingerprint = media_handshaker_get_fingerprint(node->handshaker),
        .setup = setup,
        .cname = self->name,
        .addresses = (const char *const *)node->addresses,
        .port = media_worker_get_port(self->worker),
    };
}

/* New credentials of the peer mean an ICE restart (RFC 8839 section 4.4.1.1.1): we change ours too. */
static void
take_remote(MediaPeer *self, const MediaTransportRemote *remote, bool answered_by_us)
{
    MediaNegotiation *negotiation = &self->negotiation;
    bool restart =
        negotiation->remote.ice.ufrag[0] != '\0' && !g_str_equal(negotiation->remote.ice.ufrag, remote->ice.ufrag);

    if (restart && answered_by_us) {
        media_ice_credentials_generate(&negotiation->local);
        media_peer_core_restart_ice(self->core, &negotiation->local);
    }
    negotiation->remote = *remote;
    media_peer_core_set_remote(self->core, remote);
}

static MediaDirection
reverse(MediaDirection direction)
{
    return (direction & MEDIA_DIRECTION_SEND ? MEDIA_DIRECTION_RECV : 0) |
           (direction & MEDIA_DIRECTION_RECV ? MEDIA_DIRECTION_SEND : 0);
}

/* The slot that a section of the peer's offer watches: what it had before, else the next free one of its kind. */
static int
choose_slot(const MediaPeer *self, const MediaSdpSection *section, const bool *taken)
{
    for (unsigned i = 0; i < self->n_slots; i++) {
        if (self->slots[i].used && section->stream.mid[0] != '\0' &&
            g_str_equal(self->slots[i].mid, section->stream.mid))
            return (int)i;
    }
    for (unsigned i = 0; i < self->n_slots; i++) {
        if (self->slots[i].used && !taken[i] && self->slots[i].mid[0] == '\0' &&
            self->slots[i].kind == section->stream.kind)
            return (int)i;
    }
    return -1;
}

static void
announce_slot(MediaSdpSection *section, const MediaSlot *slot)
{
    bool rtx = false;

    for (unsigned i = 0; i < section->stream.n_codecs; i++)
        rtx = rtx || section->stream.codecs[i].rtx_payload_type != 0;
    section->stream.ssrc = slot->ssrc;
    section->stream.rtx_ssrc = rtx ? slot->rtx_ssrc : 0;
    g_strlcpy(section->group, slot->group, sizeof section->group);
}

/* What each section of the peer's offer becomes in our answer. */
static void
plan_answer(MediaPeer *self, MediaSdp *offer, int *slots)
{
    bool taken[MEDIA_MAX_SLOTS] = { false };

    for (unsigned i = 0; i < offer->n_sections; i++) {
        MediaSdpSection *section = &offer->sections[i];
        MediaDirection wanted = reverse(section->direction);

        slots[i] = -1;
        if (!section->accepted)
            continue;
        if ((wanted & MEDIA_DIRECTION_SEND) != 0 && (slots[i] = choose_slot(self, section, taken)) >= 0) {
            taken[slots[i]] = true;
            section->direction = MEDIA_DIRECTION_SEND;
            media_sdp_section_limit(section, false);
            announce_slot(section, &self->slots[slots[i]]);
            continue;
        }
        bool publish = (wanted & MEDIA_DIRECTION_RECV) != 0 && self->may_publish;
        section->direction = publish ? MEDIA_DIRECTION_RECV : MEDIA_DIRECTION_INACTIVE;
        media_sdp_section_limit(section, publish);
    }
}

static void
set_viewer(MediaPeer *self, unsigned slot, const MediaStream *stream)
{
    g_strlcpy(self->slots[slot].mid, stream->mid, sizeof self->slots[slot].mid);
    media_peer_core_set_viewer(self->core, slot, stream);
    self->slots[slot].has_viewer = true;
}

static void
receive_section(MediaPeer *self, const MediaStream *stream)
{
    MediaSource *source = media_peer_find_source(self, stream->mid);
    bool new_source = source == NULL;

    if (new_source)
        source = media_source_new(self->room, stream->kind, stream->mid, stream->n_encodings);
    media_peer_core_add_stream(self->core, stream, source->core);
    if (new_source)
        media_peer_add_source(self, source);
}

static void
apply_answer(MediaPeer *self, const MediaSdp *offer, const MediaSdpSection *offered, const int *slots)
{
    for (unsigned i = 0; i < offer->n_sections; i++) {
        const MediaSdpSection *section = &offer->sections[i];
        MediaSource *source = media_peer_find_source(self, section->stream.mid);

        if (section->accepted && section->direction == MEDIA_DIRECTION_RECV)
            receive_section(self, &offered[i].stream);
        else if (source != NULL)
            media_peer_remove_source(self, source);
        if (slots[i] >= 0 && !self->slots[slots[i]].has_viewer)
            set_viewer(self, (unsigned)slots[i], &section->stream);
    }
}

static bool
check_publishing(MediaPeer *self, const MediaSdp *offer, GError **error)
{
    unsigned n_receiving = 0;

    for (unsigned i = 0; i < offer->n_sections; i++)
        if (offer->sections[i].accepted && offer->sections[i].direction == MEDIA_DIRECTION_RECV)
            n_receiving += MAX(offer->sections[i].stream.n_encodings, 1);
    if (n_receiving > MEDIA_MAX_RECEIVER_STREAMS) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_LIMIT, "%s wants to publish %u streams; %d are possible",
                    self->name, n_receiving, MEDIA_MAX_RECEIVER_STREAMS);
        return false;
    }
    return true;
}

char *
media_peer_answer_offer(MediaPeer *self, const char *text, GError **error)
{
    MediaNegotiation *negotiation = &self->negotiation;

    if (negotiation->we_offer) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_STATE, "on this connection the gateway makes the offers");
        return NULL;
    }
    g_autoptr(MediaSdp) offer = media_sdp_parse(text, error);
    if (offer == NULL)
        return NULL;
    if (offer->setup == MEDIA_SETUP_PASSIVE) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_UNSUPPORTED,
                    "a=setup:passive: the gateway is the DTLS server; "
                    "offer actpass or active");
        return NULL;
    }
    if (offer->n_sections < negotiation->n_sections) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID,
                    "the new offer has fewer m-sections than the one before (RFC 9429 section 5.2.2)");
        return NULL;
    }

    /* receiving needs the ids and SSRCs as offered, not as limited */
    g_autofree MediaSdpSection *offered = g_memdup2(offer->sections, offer->n_sections * sizeof *offered);
    g_autofree int *slots = g_new(int, offer->n_sections);
    plan_answer(self, offer, slots);
    if (!check_publishing(self, offer, error))
        return NULL;

    for (unsigned i = 0; i < offer->n_sections; i++)
        media_sdp_section_limit(&offered[i], true);
    take_remote(self, &offer->transport, true);
    apply_answer(self, offer, offered, slots);
    media_negotiation_clear(negotiation);
    negotiation->n_sections = offer->n_sections;
    negotiation->sections = g_steal_pointer(&offer->sections);
    offer->n_sections = 0;
    negotiation->section_slots = g_steal_pointer(&slots);

    MediaSdpLocal local = describe(self, MEDIA_SETUP_PASSIVE);
    return media_sdp_write(&local, negotiation->sections, negotiation->n_sections);
}

/* One m-section per slot, in order, for good: a removed slot leaves a refused section. */
static void
plan_offer(MediaPeer *self)
{
    MediaNegotiation *negotiation = &self->negotiation;

    negotiation->sections = g_renew(MediaSdpSection, negotiation->sections, self->n_slots);
    for (unsigned i = 0; i < self->n_slots; i++) {
        MediaSdpSection *section = &negotiation->sections[i];
        char mid[MEDIA_MID_MAX + 1];

        g_snprintf(mid, sizeof mid, "s%u", i);
        media_sdp_section_init_offer(section, self->slots[i].kind, mid);
        announce_slot(section, &self->slots[i]);
        section->accepted = self->slots[i].used;
        g_strlcpy(self->slots[i].mid, mid, sizeof self->slots[i].mid);
    }
    negotiation->n_sections = self->n_slots;
}

char *
media_peer_create_offer(MediaPeer *self, bool restart_ice, GError **error)
{
    MediaNegotiation *negotiation = &self->negotiation;

    if (!negotiation->we_offer && negotiation->n_sections > 0) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_STATE, "on this connection the peer makes the offers");
        return NULL;
    }
    if (negotiation->offer_open && !restart_ice) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_STATE, "an offer is still unanswered");
        return NULL;
    }
    if (self->n_slots == 0) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_STATE, "there is nothing to watch");
        return NULL;
    }
    negotiation->we_offer = true;
    negotiation->offer_open = true;
    if (restart_ice) {
        media_ice_credentials_generate(&negotiation->local);
        media_peer_core_restart_ice(self->core, &negotiation->local);
    }
    plan_offer(self);

    MediaSdpLocal local = describe(self, MEDIA_SETUP_ACTPASS);
    return media_sdp_write(&local, negotiation->sections, negotiation->n_sections);
}

/* The answer's payload types are where the peer wants each codec (RFC 3264 section 6.1); ids and SSRCs are ours. */
static MediaStream
merge_answer(const MediaSdpSection *offered, const MediaSdpSection *answered)
{
    MediaStream stream = offered->stream;

    stream.n_codecs = answered->stream.n_codecs;
    memcpy(stream.codecs, answered->stream.codecs, sizeof stream.codecs);
    stream.ext_mid = answered->stream.ext_mid;
    stream.ext_audio_level = answered->stream.ext_audio_level;
    stream.ext_transport_cc = answered->stream.ext_transport_cc;
    return stream;
}

static bool
check_answer(const MediaNegotiation *negotiation, const MediaSdp *answer, GError **error)
{
    if (!negotiation->offer_open) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_STATE, "there is no offer to answer; ask for one first");
        return false;
    }
    if (answer->n_sections != negotiation->n_sections) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "the answer has %u m-sections, the offer %u",
                    answer->n_sections, negotiation->n_sections);
        return false;
    }
    if (answer->setup == MEDIA_SETUP_PASSIVE || answer->setup == MEDIA_SETUP_ACTPASS) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_UNSUPPORTED,
                    "answer with a=setup:active: the gateway is the DTLS "
                    "server");
        return false;
    }
    for (unsigned i = 0; i < answer->n_sections; i++) {
        const MediaSdpSection *mine = &negotiation->sections[i];
        const MediaSdpSection *theirs = &answer->sections[i];

        if (theirs->accepted && (theirs->stream.kind != mine->stream.kind || !mine->accepted ||
                                 !g_str_equal(theirs->stream.mid, mine->stream.mid))) {
            g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "section %u of the answer does not fit the offer", i);
            return false;
        }
    }
    return true;
}

bool
media_peer_accept_answer(MediaPeer *self, const char *text, GError **error)
{
    MediaNegotiation *negotiation = &self->negotiation;
    g_autoptr(MediaSdp) answer = media_sdp_parse(text, error);

    if (answer == NULL || !check_answer(negotiation, answer, error))
        return false;

    negotiation->offer_open = false;
    take_remote(self, &answer->transport, false);
    for (unsigned i = 0; i < answer->n_sections; i++) {
        const MediaSdpSection *theirs = &answer->sections[i];
        bool wanted = theirs->accepted && (theirs->direction & MEDIA_DIRECTION_RECV) != 0 && self->slots[i].used;

        if (wanted && !self->slots[i].has_viewer) {
            MediaStream stream = merge_answer(&negotiation->sections[i], theirs);
            set_viewer(self, i, &stream);
        } else if (!wanted && self->slots[i].has_viewer) {
            media_peer_core_set_viewer(self->core, i, NULL);
            self->slots[i].has_viewer = false;
        }
    }
    return true;
}

char *
media_peer_patch(MediaPeer *self, const char *fragment, GError **error)
{
    MediaNegotiation *negotiation = &self->negotiation;
    MediaTransportRemote remote = negotiation->remote; /* the fingerprint stays */
    g_autoptr(GError) local_error = NULL;

    if (negotiation->n_sections == 0) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_STATE, "there is no description to patch yet");
        return NULL;
    }
    if (!media_sdp_parse_fragment(fragment, &remote.ice, &local_error)) {
        if (local_error == NULL)
            return g_strdup("");
        g_propagate_error(error, g_steal_pointer(&local_error));
        return NULL;
    }
    if (g_str_equal(negotiation->remote.ice.ufrag, remote.ice.ufrag))
        return g_strdup("");

    take_remote(self, &remote, true);
    MediaSdpLocal local = describe(self, MEDIA_SETUP_PASSIVE);
    return media_sdp_write_fragment(&local, negotiation->sections[0].stream.mid);
}
