/* media/peer.h - one peer connection (one browser tab may have two: one to publish, one to watch)
 *
 * A peer publishes by its own offer (answer_offer) and watches slots. A slot is one m-section that we send: it is
 * agreed early and stays; which source feeds it changes at any time without renegotiation, to nobody's notice. So a
 * party has its picture the moment it is admitted, and cannot tell from SDP who observes or who may speak to it.
 *   - our offer:    add_slot ..., create_offer, then accept_answer; again after more add_slot / remove_slot
 *   - WHIP, WHEP:   add_slot ... (for what is to be watched), answer_offer; recvonly m-sections take the slots of their
 *                   kind in order, sendonly ones become sources
 * Ownership: the gateway; freeing closes the connection and ends its sources.
 * Thread:    main, also for events, which come from the loop: a handler may free the peer. */
#pragma once

#include "media/node.h"
#include "media/source.h"
#include "media/transport.h"

G_BEGIN_DECLS

typedef struct MediaPeer MediaPeer;

enum {
    MEDIA_MAX_SLOTS = 128,
};

/* What the console and /metrics show; a snapshot about once a second. */
typedef struct {
    MediaTransportState state;
    MediaTransportStats transport;
    int64_t rtt_us;                           /* 0 unknown */
    uint32_t up_bitrate;                      /* what we get from the peer, bit/s */
    uint8_t up_loss_percent;                  /* before recovery */
    uint32_t up_jitter_us;                    /* the worst of its sources */
    uint32_t down_bitrate;                    /* what it gets from us */
    uint32_t estimate;                        /* what the way to it carries, bit/s; 0 unknown */
    uint32_t wanted;                          /* what its pictures would be at their best, bit/s */
    uint8_t down_loss_percent;                /* as it reports */
    int64_t silent_us;                        /* since its last media packet; -1 when it publishes nothing */
    int64_t picture_silent_us;                /* since the last of its picture; -1 when it has none */
    uint64_t suspended[MEDIA_MAX_SLOTS / 64]; /* bit per slot: only stills of it are sent, the line is too thin */
    int8_t audio_level;                       /* RFC 6464 (0 loudest ... 127), -1 unknown */
    unsigned n_sources;                       /* then per published source, in m-section order, at most 4 */
    MediaTrackStats sources[4];
} MediaPeerStats;

typedef struct {
    void (*state_changed)(MediaPeer *peer, MediaTransportState state, void *user_data);
    /* A source that an offer of the peer brought; it exists before its first packet. Borrowed: ref to keep. */
    void (*source_added)(MediaPeer *peer, MediaSource *source, void *user_data);
    /* It was taken out by a later offer, or the peer is going. */
    void (*source_ended)(MediaPeer *peer, MediaSource *source, void *user_data);
    void (*stats)(MediaPeer *peer, const MediaPeerStats *stats, void *user_data); /* optional */
} MediaPeerEvents;

/* events must outlive the peer. name goes into logs and CNAME, copied. */
MediaPeer *media_peer_new(MediaRoom *room, const char *name, const MediaPeerEvents *events, void *user_data);
void media_peer_free(MediaPeer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaPeer, media_peer_free)

/* One that will only watch; it may live on another worker than the room, which then costs one more copy of what it and
 * its like watch, however many they are. */
MediaPeer *media_peer_new_watching(MediaRoom *room, const char *name, const MediaPeerEvents *events, void *user_data);

/* false: sendonly sections of its offers are answered inactive (somebody who may only watch). true at first. */
void media_peer_set_may_publish(MediaPeer *self, bool may_publish);

/* Answers the peer's offer (the first, a renegotiation, or an ICE restart). source_added events follow from the loop.
 * Fails, leaving all as it was, with MEDIA_ERROR_INVALID (malformed, duplicate mids, bad BUNDLE or extmap),
 * _UNSUPPORTED (no usable codec, no DTLS-SRTP, setup:passive), _LIMIT (too long, too many sections), _STATE (our offer
 * is open). */
char *media_peer_answer_offer(MediaPeer *self, const char *offer, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds a slot to watch; slots of the same group ("family", an msid stream id: letters, digits, '-') are played in step.
 * Returns its number, 0 ..., or -1 when full. It takes effect with the next create_offer / answer_offer; its source may
 * be set at once. */
int media_peer_add_slot(MediaPeer *self, MediaKind kind, const char *group);
void media_peer_remove_slot(MediaPeer *self, unsigned slot);
const char *media_peer_get_slot_mid(const MediaPeer *self, unsigned slot); /* NULL until negotiated */

/* NULL: nothing. The source must be of the slot's kind and of this node; it may be of another room (a wall watches many):
 * what comes from another worker crosses once, by its relay. A picture starts with what is stored since its last key frame.
 * Takes effect within one pass; a slot without a source costs nothing. */
void media_peer_set_slot_source(MediaPeer *self, unsigned slot, MediaSource *source);
MediaSource *media_peer_get_slot_source(const MediaPeer *self, unsigned slot); /* borrowed */

/* How large the slot's picture is shown: no larger encoding is sent than that needs. 0: as large as there is. Stays with the
 * slot, whatever feeds it. */
void media_peer_set_slot_size(MediaPeer *self, unsigned slot, uint16_t width, uint16_t height);
/* Whether the slot's picture is to be a still every few seconds (key frames alone), as of many that are shown small. Stays likewise. */
void media_peer_set_slot_stills(MediaPeer *self, unsigned slot, bool stills);

/* Our offer of all slots; restart_ice asks the peer for new credentials (RFC 8839). Fails with MEDIA_ERROR_STATE while
 * an offer is unanswered, unless restart_ice (then the old one is void). */
char *media_peer_create_offer(MediaPeer *self, bool restart_ice, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool media_peer_accept_answer(MediaPeer *self, const char *answer, GError **error) G_GNUC_WARN_UNUSED_RESULT;

MediaTransportState media_peer_get_state(const MediaPeer *self);
const char *media_peer_get_name(const MediaPeer *self);
const char *media_peer_get_ice_ufrag(const MediaPeer *self);

/* WHIP / WHEP PATCH (RFC 9725 section 4.3): "trickle-ice-sdpfrag". Candidates are not needed (we are ICE-lite) and are
 * ignored; new ufrag/pwd are an ICE restart, and the fragment to answer with is returned. Returns "" when there is
 * nothing to say. */
char *media_peer_patch(MediaPeer *self, const char *fragment, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
