/* media/sender.h - what one peer watches over one transport
 *
 * Each MediaViewer is one outgoing stream with its own SSRC. Which track feeds it can change at any moment (also to
 * none): sequence numbers and timestamps go on without a break, and video starts at a key frame.
 * Ownership: the MediaPeer frees the sender before its transport; that frees its viewers.
 * Thread:    the transport's worker; tracks on another worker are reached by relays, not directly. */
#pragma once

#include "media/stream.h"
#include "media/track.h"
#include "media/transport.h"

G_BEGIN_DECLS

typedef struct MediaSender MediaSender;
typedef struct MediaViewer MediaViewer;

enum { MEDIA_MAX_SENDER_VIEWERS = 128 };

/* cname: RFC 3550 section 6.5.1, copied; the viewers of one sender share it, so that browsers play them in step. */
MediaSender *media_sender_new(MediaTransport *transport, const char *cname);
void media_sender_free(MediaSender *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaSender, media_sender_free)

/* stream->ssrc and rtx_ssrc are ours. NULL when MEDIA_MAX_SENDER_VIEWERS is reached. */
MediaViewer *media_sender_add_viewer(MediaSender *self, const MediaStream *stream);
void media_sender_remove_viewer(MediaSender *self, MediaViewer *viewer);

typedef struct {
    uint32_t estimate;     /* bit/s on the wire that the line carries; 0: not known */
    uint32_t audio, video; /* bit/s: kept for sound, left for pictures (UINT32_MAX: no limit) */
    bool limited;          /* some picture gets less than there is of it */
    unsigned n_suspended;  /* pictures of which only stills are sent */
} MediaSenderStats;

void media_sender_get_stats(const MediaSender *self, MediaSenderStats *ret_stats);

/* Takes RR (loss, RTT), NACK (answers by RTX, from the track's store), PLI, FIR, REMB and transport-wide feedback.
 * What is meant for receivers is ignored. */
void media_sender_on_rtcp(MediaSender *self, const uint8_t *packet, size_t size, int64_t arrival_us);

/* When the first packet of media went out (worker clock); 0: none has. */
int64_t media_sender_get_first_sent_us(const MediaSender *self);

/* The transport became READY (again): viewers that wait for a key frame start. */
void media_sender_on_ready(MediaSender *self);

/* NULL: nothing is forwarded. A track whose codec was not agreed with the peer is kept but nothing is forwarded until
 * its codec changes to one that was. The viewer forgets the track when that goes away. */
void media_viewer_set_track(MediaViewer *self, MediaTrack *track);
MediaTrack *media_viewer_get_track(const MediaViewer *self);

typedef struct {
    uint64_t packets, bytes, retransmitted;
    uint64_t nacks, plis;
    uint64_t redundant;   /* packets that carried those before them (RFC 2198) */
    uint32_t bitrate;     /* bit/s over the last second or so */
    uint8_t loss_percent; /* fraction lost of the newest receiver report */
    int64_t rtt_us;       /* 0 unknown */
    bool codec_refused;   /* the track's codec was not agreed with this peer */
    bool suspended;       /* the picture stands: stills only, see media_viewer_set_budget() */
    uint64_t switches;    /* from one encoding to another */
} MediaViewerStats;

void media_viewer_get_stats(const MediaViewer *self, MediaViewerStats *ret_stats);

G_END_DECLS
