/* media/feedback.h - transport-wide feedback to one publisher: notes what arrives and reports it in time
 *
 * Ownership: its MediaReceiver.
 * Thread:    the transport's worker. */
#pragma once

#include "media/rtp.h"
#include "media/transport.h"
#include "media/twcc.h"

G_BEGIN_DECLS

typedef struct {
    MediaTransport *transport; /* borrowed */
    uint32_t ssrc;             /* ours, as the sender of reports */
    uint8_t extension;         /* 0: not agreed */
    uint32_t media_ssrc;
    bool running; /* the timer does */
    MediaTimer timer;
    MediaTwcc *twcc; /* owned; NULL: not agreed */
} MediaFeedback;

void media_feedback_init(MediaFeedback *self, MediaTransport *transport, uint32_t ssrc);
void media_feedback_clear(MediaFeedback *self);

void media_feedback_agree(MediaFeedback *self, uint8_t extension); /* 0: changes nothing */
void media_feedback_received(MediaFeedback *self, const MediaRtp *rtp, int64_t arrival_us);

G_END_DECLS
