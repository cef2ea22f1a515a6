/* media/sdp-simulcast.h - several encodings of one picture, as SDP says it (RFC 8853 and 8851; older: RFC 5576, SIM)
 *
 * Pure; any thread. */
#pragma once

#include <gst/sdp/gstsdpmessage.h>

#include "media/stream.h"

G_BEGIN_DECLS

/* What the m-section offers to send: fills the encodings, at most MEDIA_MAX_ENCODINGS in their order, and the SSRCs as far
 * as they are said. Fewer than two are none. What is malformed is passed over. */
void media_sdp_read_simulcast(const GstSDPMedia *media, MediaStream *stream);

/* That we take them. */
void media_sdp_write_simulcast(const MediaStream *stream, GstSDPMedia *media);

G_END_DECLS
