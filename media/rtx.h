/* media/rtx.h - retransmission packets, unwrapped (RFC 4588 section 4)
 *
 * Pure. */
#pragma once

#include "media/rtp.h"

G_BEGIN_DECLS

enum { MEDIA_RTX_MAX_PACKET = 1500 };

/* Builds the packet that was lost, without padding. Returns its size; 0 when there is nothing in it: only padding, or
 * no whole sequence number. rtp is parsed from packet. */
size_t media_rtx_unwrap(const MediaRtp *rtp, const uint8_t *packet, uint8_t payload_type, uint32_t ssrc,
                        uint8_t ret_bytes[MEDIA_RTX_MAX_PACKET]);

G_END_DECLS
