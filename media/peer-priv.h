/* media/peer-priv.h - the two halves of a peer: main's handle (peer.c, peer-negotiation.c) and the worker's core
 * (peer-core.c). They know each other by posting only. */
#pragma once

#include "media/peer.h"
#include "media/receiver.h"
#include "media/ref-count.h"
#include "media/room-sound.h"
#include "media/sdp.h"
#include "media/sender.h"
#include "media/source-priv.h"
#include "media/totals.h"

G_BEGIN_DECLS

/* What the worker may reach of main: kept alive by both, emptied when the handle is freed. */
typedef struct {
    MediaRefCount n_refs;
    MediaWorker *main; /* borrowed, constant */
    MediaPeer *peer;   /* main only; NULL after media_peer_free() */
} MediaPeerLink;

MediaPeerLink *media_peer_link_ref(MediaPeerLink *self);
void media_peer_link_unref(void *self);

/* The worker's half. All functions are called on main and post. */
typedef struct MediaPeerCore MediaPeerCore;

typedef struct {
    const MediaIceCredentials *ice;
    const char *cname;
    bool want_stats;
    MediaRoomSound *sound; /* borrowed; the room's */
    MediaTotals *totals;   /* borrowed; the worker's */
} MediaPeerCoreConfig;

/* How a slot's picture is shown. */
typedef struct {
    uint16_t width, height; /* 0: as large as there is */
    bool stills;
} MediaSlotShown;

MediaPeerCore *media_peer_core_new(MediaWorker *worker, MediaHandshaker *handshaker, MediaPeerLink *link,
                                   const MediaPeerCoreConfig *config);
void media_peer_core_free(MediaPeerCore *self);
void media_peer_core_set_remote(MediaPeerCore *self, const MediaTransportRemote *remote);
void media_peer_core_restart_ice(MediaPeerCore *self, const MediaIceCredentials *ice);
void media_peer_core_add_stream(MediaPeerCore *self, const MediaStream *stream, MediaSourceCore *source);
void media_peer_core_remove_stream(MediaPeerCore *self, const char *mid, MediaSourceCore *source);
void media_peer_core_set_viewer(MediaPeerCore *self, unsigned slot, const MediaStream *stream);    /* NULL removes it */
void media_peer_core_set_slot_source(MediaPeerCore *self, unsigned slot, MediaSourceCore *source); /* NULL: none */

void media_peer_core_set_slot_shown(MediaPeerCore *self, unsigned slot, const MediaSlotShown *shown);

/* Called on main, by what the core posts. */
void media_peer_on_state(MediaPeer *self, MediaTransportState state);
void media_peer_on_stats(MediaPeer *self, const MediaPeerStats *stats);

typedef struct {
    bool used;
    MediaKind kind;
    char group[MEDIA_SDP_GROUP_MAX + 1];
    uint32_t ssrc, rtx_ssrc;
    char mid[MEDIA_MID_MAX + 1]; /* "" until negotiated */
    MediaSlotShown shown;
    bool has_viewer;
    MediaSource *source; /* owned; may be NULL */
} MediaSlot;

/* The descriptions of one peer connection. */
typedef struct {
    uint64_t session_id, version;
    MediaIceCredentials local;
    MediaTransportRemote remote; /* ufrag "" before the first description of the peer */
    bool we_offer, offer_open;   /* who offers was settled by the first description */
    unsigned n_sections;
    MediaSdpSection *sections; /* owned: what we last offered, or answered */
    int *section_slots;        /* owned: slot of each section, -1 none */
} MediaNegotiation;

struct MediaPeer {
    MediaRoom *room;     /* borrowed */
    MediaWorker *worker; /* borrowed; the room's, unless the peer only watches */
    bool watches;
    MediaPeerLink *link;
    MediaPeerCore *core; /* the worker's; posted to */
    char *name;
    const MediaPeerEvents *events; /* borrowed */
    void *user_data;
    MediaTransportState state;
    bool may_publish;
    unsigned n_slots, n_slots_room;
    MediaSlot *slots;   /* owned; grows, most have few */
    GPtrArray *sources; /* MediaSource, owned, in m-section order */
    MediaNegotiation negotiation;
};

/* peer.c for peer-negotiation.c. The events follow from the loop. */
MediaSource *media_peer_find_source(MediaPeer *self, const char *mid);
void media_peer_add_source(MediaPeer *self, MediaSource *source); /* takes it */
void media_peer_remove_source(MediaPeer *self, MediaSource *source);
void media_negotiation_clear(MediaNegotiation *self);

G_END_DECLS
