/* tests/recorder/studio.h - real media for tests: encoded by GStreamer, cut into RTP packets, given to a recorded track
 *
 * Times are virtual: everything happened long ago by the time the test runs. */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "recorder/journal.h"

typedef struct {
    uint8_t *bytes;
    size_t size;
    int64_t time_us;  /* when it was captured, from the start of the take */
    int64_t delay_us; /* on its way; the test's to change */
    uint64_t sequence;
    bool lost, recovered;
} StudioPacket;

/* One encoding. */
typedef struct {
    MediaCodec codec;
    uint32_t ssrc, timestamp_offset;
    GArray *packets;   /* StudioPacket */
    GPtrArray *frames; /* GBytes *: the encoded frames before they were cut */
} StudioTake;

void studio_init(void);

/* source: a launch line up to and including the encoder ("videotestsrc num-buffers=100 ! vp8enc"). */
StudioTake *studio_take_new(MediaCodec codec, const char *source);
void studio_take_free(StudioTake *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StudioTake, studio_take_free)

StudioPacket *studio_take_get(StudioTake *self, unsigned i);
/* Continues before: sequence numbers and timestamps go on, times begin at start_us. */
void studio_take_follow(StudioTake *self, StudioTake *before, int64_t start_us);

/* Gives everything to the sink in the order of arrival. base_us: CLOCK_MONOTONIC us of time 0. */
void studio_take_play(StudioTake *self, RecTrack *track, int64_t base_us);
/* A sender report: the sender's clock was ntp_us (since 1970) at time_us, and it arrived delay_us later. */
void studio_take_report(StudioTake *self, RecTrack *track, int64_t base_us, int64_t time_us, int64_t ntp_us,
                        int64_t delay_us);

/* The frames of a file, by GStreamer's demuxers. */
typedef struct {
    int64_t time_us;
    GBytes *bytes;
} StudioFrame;

GArray *studio_read_file(const char *path); /* StudioFrame; frees its bytes */
/* Decodes all of it: how many raw buffers came; any error fails the test. */
unsigned studio_decode_file(const char *path);
