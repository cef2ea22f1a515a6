/* media/srtp-in.h - SRTP and SRTCP from one peer: authentication, replay window, roll-over
 *
 * By the engines of seal.h. Tests hold it against libsrtp: the same packets are taken and refused.
 *
 * Ownership: its transport.
 * Thread:    the transport's worker. */
#pragma once

#include "media/seal.h"

G_BEGIN_DECLS

enum { MEDIA_SRTP_IN_MAX_SSRCS = 128 }; /* per transport: 32 streams with RTX and layers, and who sends RTCP */

typedef struct MediaSrtpIn MediaSrtpIn;

/* engine NULL: the best one. NULL when the engine does not work here, or not for the profile. */
MediaSrtpIn *media_srtp_in_new(const MediaSrtpMaster *master, const MediaSealEngine *engine);
void media_srtp_in_free(MediaSrtpIn *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaSrtpIn, media_srtp_in_free)

/* In place; *size shrinks. false: malformed, not authentic, replayed, or of an SSRC too many. A packet that passes has
 * a whole RTP header (CSRCs and extension within it); whether padding fits is not judged here. */
bool media_srtp_in_unprotect_rtp(MediaSrtpIn *self, uint8_t *packet, size_t *size);

/* Likewise; unencrypted SRTCP (E = 0) does not pass. A packet that passes has its first header. */
bool media_srtp_in_unprotect_rtcp(MediaSrtpIn *self, uint8_t *packet, size_t *size);

G_END_DECLS
