/* media/viewer.h - one outgoing stream, as its sender sees it
 *
 * Ownership: its MediaSender.
 * Thread:    the transport's worker. */
#pragma once

#include "media/downlink.h"
#include "media/rtcp.h"
#include "media/sender.h"

G_BEGIN_DECLS

/* What the viewers of one sender share: they go out over one transport. */
typedef struct {
    MediaTransport *transport; /* borrowed */
    MediaWorker *worker;       /* borrowed */
    MediaDownlink *downlink;   /* borrowed */
    int64_t rtt_us;            /* 0 unknown */
    int64_t first_sent_us;     /* 0: nothing yet */
    bool reporting;            /* the timer of sender reports runs */
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

/* One way of sending this picture: cumulative, with all the layers below that it needs. */
typedef struct {
    uint32_t bitrate;          /* bit/s, measured over the last second or so */
    uint8_t spatial, temporal; /* 0: the lowest */
} MediaViewerLayer;

enum { MEDIA_MAX_LAYERS = 12 };

/* What flows now, cheapest first; 0 for sound and when nothing flows. */
size_t media_viewer_get_layers(const MediaViewer *self, MediaViewerLayer layers[MEDIA_MAX_LAYERS]);

/* Of a picture: bit/s that it may use; it takes the best layer that fits, with hysteresis. 0: suspended, only stills
 * are sent (the cheapest layer's key frames, one per few seconds). UINT32_MAX (at first): no limit. */
void media_viewer_set_budget(MediaViewer *self, uint32_t bitrate);

/* Of a picture: no more than this many pixels are of use to whoever watches; 0 (at first): all there are. */
void media_viewer_set_wanted_size(MediaViewer *self, uint16_t width, uint16_t height);

/* Of a picture: stills alone are wanted, as of many that are shown small; the first at once, from what is stored if it can be. */
void media_viewer_set_stills(MediaViewer *self, bool stills);

/* Nothing is forwarded and no number is used up. Afterwards numbers go on without a hole, timestamps as time passed. */
void media_viewer_set_muted(MediaViewer *self, bool muted);

/* One packet of nothing but that much (1 ... 255) padding, on the RTX stream; false where there is none. It waits to be
 * flushed. */
bool media_viewer_send_padding(MediaViewer *self, uint8_t size);
bool media_viewer_can_pad(const MediaViewer *self);

/* What a sender report says now; false when nothing was sent since the last call. */
bool media_viewer_report(MediaViewer *self, MediaRtcpSenderInfo *ret_info);

G_END_DECLS
