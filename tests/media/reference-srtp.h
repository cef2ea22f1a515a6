/* tests/media/reference-srtp.h - libsrtp, by which our SRTP is measured: what it takes and makes, we take and make */
#pragma once

#include <srtp2/srtp.h>

#include "media/srtp-keys.h"

/* A session for every SSRC of one direction. Free with srtp_dealloc(). */
srtp_t reference_srtp_new(const MediaSrtpMaster *master, srtp_ssrc_type_t direction);
