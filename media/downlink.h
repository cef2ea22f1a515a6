/* media/downlink.h - the way to one peer: numbers what leaves, knows what the line carries, shares that among viewers
 *
 * Sound comes first and is never held back. Pictures share the rest (allocation.h); when that is not all they want,
 * the line is probed with padding on a viewer's RTX stream. Where transport-wide feedback was not agreed there is no
 * estimate, and without an estimate there is no limit.
 * Ownership: its MediaSender.
 * Thread:    the transport's worker. */
#pragma once

#include "media/rtcp.h"
#include "media/sender.h"

G_BEGIN_DECLS

enum {
    MEDIA_DOWNLINK_SHARE_US = 200 * 1000, /* between two looks at who gets what */
};

typedef struct MediaDownlink MediaDownlink;

MediaDownlink *media_downlink_new(MediaTransport *transport);
void media_downlink_free(MediaDownlink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaDownlink, media_downlink_free)

void media_downlink_add_viewer(MediaDownlink *self, MediaViewer *viewer, MediaKind kind);
void media_downlink_remove_viewer(MediaDownlink *self, MediaViewer *viewer);

/* A packet with that much payload, padding included, leaves now: its transport-wide number. */
uint16_t media_downlink_number(MediaDownlink *self, size_t payload_size);

/* Before a new packet of a picture is sent: false when the line's pace has no room for it in this tick; then it waits
 * for the next one. Sound and what was asked for again need not ask. */
bool media_downlink_take(MediaDownlink *self, size_t payload_size);

/* How long a picture of so many packets and bytes of payload takes to leave, at the pace of now and beside the sound; 0: no pace. */
uint32_t media_downlink_get_duration_us(const MediaDownlink *self, size_t n_packets, size_t payload_size);

/* A packet will leave in so many turns (4 ... 1), see prefetch.h. */
void media_downlink_prefetch(const MediaDownlink *self, unsigned ahead);

/* RTPFB, FMT 15. */
void media_downlink_on_feedback(MediaDownlink *self, const MediaRtcpPacket *packet);
void media_downlink_on_remb(MediaDownlink *self, uint32_t bitrate);
void media_downlink_on_rtt(MediaDownlink *self, int64_t rtt_us);

void media_downlink_get_stats(const MediaDownlink *self, MediaSenderStats *ret_stats);

G_END_DECLS
