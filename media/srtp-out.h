/* media/srtp-out.h - SRTP and SRTCP towards one peer
 *
 * Ownership: its transport.
 * Thread:    the transport's worker. */
#pragma once

#include "media/seal.h"

G_BEGIN_DECLS

enum {
    MEDIA_SRTP_OUT_MAX_SSRCS = 1024, /* per transport, over its life: forgetting one could use an index twice */
    MEDIA_SRTP_MAX_TRAILER = MEDIA_SEAL_MAX_TAG + MEDIA_SRTCP_INDEX_BYTES, /* what a packet grows by at most */
};

typedef struct MediaSrtpOut MediaSrtpOut;

/* engine NULL: the best one. NULL when the engine does not work here, or not for the profile. */
MediaSrtpOut *media_srtp_out_new(const MediaSrtpMaster *master, const MediaSealEngine *engine);
void media_srtp_out_free(MediaSrtpOut *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaSrtpOut, media_srtp_out_free)

/* What a packet grows by. */
size_t media_srtp_out_get_overhead(const MediaSrtpOut *self);

/* job->index is found here. There must be room for MEDIA_SRTP_MAX_TRAILER behind the packet. false: an SSRC too many, a
 * sequence number that was used already or is more than MEDIA_SRTP_WINDOW old. */
bool media_srtp_out_protect_rtp(MediaSrtpOut *self, MediaSealJob *job);

/* A packet of this stream will be protected in so many turns (3 ... 1), see prefetch.h. */
void media_srtp_out_prefetch(const MediaSrtpOut *self, uint32_t ssrc, unsigned ahead);

/* In place, with as much room; *size (8 ... MEDIA_MAX_PACKET) grows. */
bool media_srtp_out_protect_rtcp(MediaSrtpOut *self, uint8_t *packet, size_t *size);

G_END_DECLS
