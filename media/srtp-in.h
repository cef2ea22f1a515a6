/* media/srtp-in.h - SRTP and SRTCP from one peer, by libsrtp: authentication, replay window, roll-over
 *
 * Ownership: its transport.
 * Thread:    the transport's worker. */
#pragma once

#include "media/srtp-keys.h"

G_BEGIN_DECLS

enum { MEDIA_SRTP_IN_MAX_SSRCS = 128 }; /* per transport: 32 streams with RTX and layers, and who sends RTCP */

typedef struct MediaSrtpIn MediaSrtpIn;

/* NULL when libsrtp refuses. */
MediaSrtpIn *media_srtp_in_new(const MediaSrtpMaster *master);
void media_srtp_in_free(MediaSrtpIn *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaSrtpIn, media_srtp_in_free)

/* In place; *size shrinks. false: malformed, not authentic, replayed, or of an SSRC too many. A packet that passes has
 * a whole RTP header (CSRCs and extension within it); whether padding fits is not judged here. */
bool media_srtp_in_unprotect_rtp(MediaSrtpIn *self, uint8_t *packet, size_t *size);

/* Likewise; unencrypted SRTCP (E = 0) does not pass. A packet that passes has its first header. */
bool media_srtp_in_unprotect_rtcp(MediaSrtpIn *self, uint8_t *packet, size_t *size);

G_END_DECLS
