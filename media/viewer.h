/* media/viewer.h - one outgoing stream, as its sender sees it
 *
 * Ownership: its MediaSender.
 * Thread:    the transport's worker. */
#pragma once

#include "media/rtcp.h"
#include "media/sender.h"

G_BEGIN_DECLS

/* What the viewers of one sender share: they go out over one transport. */
typedef struct {
    MediaTransport *transport; /* borrowed */
    MediaWorker *worker;       /* borrowed */
    uint16_t transport_sequence;
    int64_t rtt_us; /* 0 unknown */
    bool reporting; /* the timer of sender reports runs */
    MediaTimer report_timer;
    MediaWorkerFunc on_report;
    void *data;
} MediaSenderLine;

MediaViewer *media_viewer_new(MediaSenderLine *line, const MediaStream *stream);
void media_viewer_free(MediaViewer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaViewer, media_viewer_free)

uint32_t media_viewer_get_ssrc(const MediaViewer *self);

void media_viewer_on_ready(MediaViewer *self);
void media_viewer_on_nack(MediaViewer *self, const uint16_t *sequences, size_t n_sequences);
void media_viewer_on_keyframe_request(MediaViewer *self);
void media_viewer_on_report_block(MediaViewer *self, const MediaRtcpReportBlock *block);

/* What a sender report says now; false when nothing was sent since the last call. */
bool media_viewer_report(MediaViewer *self, MediaRtcpSenderInfo *ret_info);

G_END_DECLS
