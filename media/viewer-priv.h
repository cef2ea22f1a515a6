/* media/viewer-priv.h - the parts of a viewer: what goes out (viewer-send.c), what comes in and when it may (viewer.c),
 * and which layer of it (viewer-layers.c) */
#pragma once

#include "media/bitrate.h"
#include "media/encodings.h"
#include "media/layer-choice.h"
#include "media/packet-store.h"
#include "media/red.h"
#include "media/resend-limit.h"
#include "media/rewriter.h"
#include "media/track-input.h"
#include "media/viewer.h"

G_BEGIN_DECLS

typedef enum {
    MEDIA_VIEWER_IDLE,      /* no track */
    MEDIA_VIEWER_WAITING,   /* for a key frame, or for any packet of sound */
    MEDIA_VIEWER_REPLAYING, /* behind the live point: what is stored goes out tick by tick */
    MEDIA_VIEWER_LIVE,
} MediaViewerState;

/* One encoding that the viewer listens to. */
typedef struct {
    MediaSink sink;
    MediaViewer *viewer; /* borrowed */
    MediaTrack *track;   /* borrowed; NULL: none */
    uint32_t epoch;      /* of the track, that the rewriter follows */
} MediaViewerTap;

/* The picture stands: key frames only, one in a while. Each is kept here while it is sent: a large one takes a thin line longer
 * than the track's store remembers. */
typedef struct {
    uint32_t timestamp; /* of the one that was sent last */
    int64_t sent_us;    /* when it began; 0: none since the picture stands */
    int64_t asked_us;
    unsigned n_begun;
    MediaPacketStore *kept; /* owned; NULL: none */
    size_t n_packets, size; /* of it; bytes of payload */
    bool on_its_way;        /* else more of it is awaited */
    MediaTimestampMap line; /* as it was before */
    uint64_t cursor;        /* the next of them to go out */
    MediaTimer timer;
} MediaViewerStills;

/* What is asked of a picture. */
typedef struct {
    uint32_t budget;
    uint16_t width, height; /* 0: all there is */
    bool stills;            /* whoever watches wants no more */
    MediaLayerChoice choice;
    MediaEncodingsWatch watch;
} MediaViewerWish;

/* What every packet needs stands together, before the rest: on_prefetch() fetches that alone. */
struct MediaViewer {
    MediaSenderLine *line; /* borrowed */
    MediaTrack *given;     /* borrowed; what the owner said; NULL: none */
    MediaKind kind;
    MediaViewerState state;
    MediaCodec codec; /* of what was sent last */
    bool muted;
    unsigned active; /* the tap that is sent; the other one's key frame is waited for, if it has a track */
    MediaViewerTap taps[2];
    MediaBitrate bitrate;
    MediaViewerStats stats;
    struct {
        uint32_t bytes;
        bool any; /* since the last report */
    } payload;    /* for sender reports */
    struct {
        uint8_t payload_type; /* 0: not agreed */
        MediaRedSwitch now;
    } red;
    MediaViewerWish wish;
    MediaRewriter rewriter;

    MediaTrack *before;    /* that was sent before, for what is asked again; NULL: none */
    uint32_t before_epoch; /* of it */
    struct {
        uint64_t first, cursor; /* the key frame's; the next one's */
        MediaTimer timer;
    } replay;
    MediaViewerStills stills;
    MediaResendLimit resend;
};

/* A burst that is ready to be sent. */
typedef struct {
    size_t n;
    const MediaPacket *packets[MEDIA_TRACK_MAX_BURST];
    MediaRewritten rewritten[MEDIA_TRACK_MAX_BURST];
    uint8_t padding[MEDIA_TRACK_MAX_BURST];
} MediaViewerBurst;

static inline MediaViewerTap *
media_viewer_get_tap(MediaViewer *self)
{
    return &self->taps[self->active];
}

static inline MediaViewerTap *
media_viewer_get_next_tap(MediaViewer *self)
{
    return &self->taps[1 - self->active];
}

static inline bool
media_viewer_is_suspended(const MediaViewer *self)
{
    return self->kind == MEDIA_KIND_VIDEO && (self->wish.budget == 0 || self->wish.stills);
}

/* viewer-send.c. A burst has room for MEDIA_TRACK_MAX_BURST packets; sending it empties it. */
void media_viewer_add_to_burst(MediaViewer *self, MediaViewerBurst *burst, const MediaPacket *packet);
void media_viewer_send_burst(MediaViewer *self, MediaViewerBurst *burst);
/* Straight from the track's store, as RTX (RFC 4588) where that was agreed, else the same packet again. */
void media_viewer_resend(MediaViewer *self, const MediaPacket *packet, MediaRewritten *rewritten);

/* viewer-red.c: the payload with those before it (RFC 2198); 0: send it as it is. */
size_t media_viewer_make_red(MediaViewer *self, const MediaPacket *packet, uint8_t payload[MEDIA_TRACK_MAX_PACKET]);

/* viewer.c */
void media_viewer_attach(MediaViewer *self, MediaViewerTap *tap, MediaTrack *track); /* NULL: none */
void media_viewer_wait_again(MediaViewer *self);
void media_viewer_start(MediaViewer *self);

/* viewer-layers.c */
void media_viewer_choose(MediaViewer *self);       /* looks again which layer it should be */
void media_viewer_choose_first(MediaViewer *self); /* nothing is sent yet: what can start at once, if anything */
void media_viewer_take_over(MediaViewer *self, const MediaPacket *first); /* the next tap's key frame has come */

/* viewer-stills.c, of one that is suspended */
bool media_viewer_take_still(MediaViewer *self,
                             const MediaPacket *packet); /* whether it goes out now, not in its turn */
bool media_viewer_show_stored_still(MediaViewer *self);  /* false: there is none */
const MediaPacket *media_viewer_find_still(const MediaViewer *self, uint64_t sequence);
void media_viewer_drop_still(MediaViewer *self);

G_END_DECLS
