/* tests/media/forwarding-fixture.h - a publisher and viewers on fake transports, in virtual time */
#pragma once

#include <glib.h>

#include "fake-loop.h"
#include "media/receiver.h"
#include "media/rtcp-writer.h"
#include "media/rtp.h"
#include "media/sender.h"

enum {
    START_US = 1000 * 1000 * 1000,
    AUDIO_SSRC = 0x1111,
    VIDEO_SSRC = 0x2222,
    VIDEO_RTX_SSRC = 0x2223,
    VIEW_SSRC = 0x9000, /* of the first viewer; RTX is one more, the next viewer ten more */
    AUDIO_TYPE = 111,
    VP8_TYPE = 96,
    VP8_RTX_TYPE = 97,
    H264_TYPE = 102,
    VIEW_VP8_TYPE = 120,
    VIEW_VP8_RTX_TYPE = 121,
    VIEW_OPUS_TYPE = 122,
    EXT_MID = 4,
    EXT_TWCC = 3,
    EXT_LEVEL = 1,
    MAX_VIEWERS = 4,
};

typedef struct {
    MediaWorker *worker;
    MediaTransport *from, *to; /* the publisher's, the viewers' */
    MediaReceiver *receiver;
    MediaSender *sender;
    MediaTrack *audio, *video;
    unsigned n_viewers;
} Fixture;

void fixture_set_up(Fixture *self);
void fixture_tear_down(Fixture *self);

MediaStream fixture_make_video_stream(const char *mid, uint32_t ssrc);
MediaStream fixture_make_audio_stream(const char *mid, uint32_t ssrc);
MediaViewer *fixture_view(Fixture *self, MediaTrack *track);

/* A packet of the publisher's, as it comes out of SRTP. */
typedef struct {
    uint32_t ssrc;
    uint8_t payload_type;
    uint16_t sequence;
    uint32_t timestamp;
    const char *mid;      /* extension; NULL: none */
    int transport_number; /* extension; 0: none */
    const void *payload;
    size_t size;
} Sent;

void fixture_publish(Fixture *self, const Sent *sent);

/* size bytes of VP8, all of them filler after the descriptor. */
void fixture_publish_vp8(Fixture *self, uint16_t sequence, uint32_t timestamp, bool key, size_t size);
void fixture_publish_opus(Fixture *self, uint16_t sequence, uint32_t timestamp);

/* What viewers got so far, parsed; extension is not valid. */
unsigned fixture_get_n_rtp(Fixture *self);
const FakePacket *fixture_get_rtp(Fixture *self, unsigned i, MediaRtp *ret_rtp);
void fixture_forget(Fixture *self); /* all that was sent so far, both ways */

/* How many RTCP packets of this type and count (FMT) went out. */
unsigned fixture_count_rtcp(MediaTransport *transport, MediaRtcpType type, int count);
bool fixture_find_rtcp(MediaTransport *transport, MediaRtcpType type, int count, MediaRtcpPacket *ret_packet);

void fixture_viewer_nacks(Fixture *self, uint32_t ssrc, uint16_t sequence);
