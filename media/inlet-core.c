#define G_LOG_DOMAIN "media.inlet"

#include "media/inlet-core.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/inlet.h"
#include "media/ntp.h"
#include "media/rtcp-writer.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "media/track-input.h"
#include "media/worker-priv.h"

enum {
    N_KINDS = 2,
    RTCP_FIRST = 192, /* RFC 5761 section 4 */
    RTCP_LAST = 223,
    MIN_MESSAGE = 8,
};

static const struct {
    uint8_t payload_type;
    MediaCodec codec;
} payload_types[] = {
    { 96, MEDIA_CODEC_VP8 },
    { 102, MEDIA_CODEC_H264 },
    { 111, MEDIA_CODEC_OPUS },
};

typedef struct {
    MediaTrack *track; /* owned */
    bool started;
    uint32_t ssrc;
} Stream;

/* What recvmmsg(2) fills. */
typedef struct {
    struct mmsghdr headers[MEDIA_INLET_BATCH];
    struct iovec parts[MEDIA_INLET_BATCH];
    uint8_t bytes[MEDIA_INLET_BATCH][MEDIA_TRACK_MAX_PACKET];
} Batch;

struct MediaInletCore {
    MediaWorker *worker; /* borrowed */
    MediaWatch watch;    /* fd -1: not connected */
    MediaClockOffset clock;
    Stream streams[N_KINDS];
    Batch *batch; /* owned; NULL: not connected yet */
};

static void
request_keyframe(MediaTrack *track, void *user_data)
{
    MediaInletCore *self = user_data;
    const Stream *stream = &self->streams[media_track_get_kind(track)];
    MediaRtcpWriter writer = { .size = 0 };

    /* lost when nobody reads: the track asks again */
    if (self->watch.fd >= 0 && stream->started && media_rtcp_write_pli(&writer, 0, stream->ssrc))
        (void)!send(self->watch.fd, writer.bytes, writer.size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

MediaInletCore *
media_inlet_core_new(MediaWorker *worker)
{
    MediaInletCore *self = g_new0(MediaInletCore, 1);

    MEDIA_ASSERT_ON_WORKER(worker);
    self->worker = worker;
    self->watch.fd = -1;
    for (unsigned i = 0; i < N_KINDS; i++) {
        const MediaTrackOwner owner = {
            .kind = (MediaKind)i,
            .clock = &self->clock,
            .request_keyframe = request_keyframe,
            .user_data = self,
            .sparse_keyframes = true,
        };
        self->streams[i].track = media_track_new(worker, &owner);
    }
    return self;
}

static void
disconnect(MediaInletCore *self)
{
    if (self->watch.fd < 0)
        return;
    media_worker_unwatch(self->worker, &self->watch);
    close(self->watch.fd);
    self->watch.fd = -1;
}

void
media_inlet_core_free(MediaInletCore *self)
{
    if (self == NULL)
        return;
    MEDIA_ASSERT_ON_WORKER(self->worker);
    disconnect(self);
    for (unsigned i = 0; i < N_KINDS; i++)
        media_track_free(self->streams[i].track);
    g_free(self->batch);
    g_free(self);
}

MediaTrack *
media_inlet_core_get_track(MediaInletCore *self, MediaKind kind)
{
    return self->streams[kind].track;
}

static void
take_reports(MediaInletCore *self, const uint8_t *message, size_t size)
{
    MediaRtcpReader reader;
    MediaRtcpPacket packet;
    int64_t now_us = media_worker_now_us(self->worker);

    if (!media_rtcp_reader_init(&reader, message, size))
        return;
    while (media_rtcp_reader_next(&reader, &packet)) {
        uint32_t ssrc = packet.type == MEDIA_RTCP_SR ? media_rtcp_get_sender_ssrc(&packet) : 0;
        MediaRtcpSenderInfo info;

        if (packet.type != MEDIA_RTCP_SR)
            continue;
        media_rtcp_get_sender_info(&packet, &info);
        for (unsigned i = 0; i < N_KINDS; i++) {
            const MediaSenderReport report = {
                .ntp = info.ntp, .timestamp = info.timestamp, .ssrc = ssrc, .arrival_us = now_us
            };
            if (!self->streams[i].started || self->streams[i].ssrc != ssrc)
                continue;
            media_clock_offset_learn(&self->clock, info.ntp, now_us);
            media_track_set_sender_report(self->streams[i].track, &report);
        }
    }
}

static MediaCodec
find_codec(uint8_t payload_type)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(payload_types); i++) {
        if (payload_types[i].payload_type == payload_type)
            return payload_types[i].codec;
    }
    return MEDIA_CODEC_NONE;
}

static void
take_packet(MediaInletCore *self, const uint8_t *message, size_t size)
{
    MediaRtp rtp;

    if (!media_rtp_parse(message, size, &rtp))
        return;
    MediaCodec codec = find_codec(rtp.payload_type);
    if (codec == MEDIA_CODEC_NONE)
        return;
    Stream *stream = &self->streams[media_codec_get_kind(codec)];
    if (stream->started && stream->ssrc != rtp.ssrc)
        media_track_restart(stream->track);
    stream->started = true;
    stream->ssrc = rtp.ssrc;
    const MediaTrackInput input = {
        .data = message,
        .size = size,
        .rtp = &rtp,
        .codec = codec,
        .audio_level = -1,
        .arrival_us = media_worker_now_us(self->worker),
    };
    media_track_accept(stream->track, &input);
}

void
media_inlet_core_take(MediaInletCore *self, const uint8_t *message, size_t size)
{
    if (size < MIN_MESSAGE || size > MEDIA_TRACK_MAX_PACKET)
        return;
    if (message[1] >= RTCP_FIRST && message[1] <= RTCP_LAST)
        take_reports(self, message, size);
    else
        take_packet(self, message, size);
}

static int
receive(MediaInletCore *self)
{
    Batch *batch = self->batch;

    for (unsigned i = 0; i < MEDIA_INLET_BATCH; i++) {
        batch->parts[i] = (struct iovec){ batch->bytes[i], sizeof batch->bytes[i] };
        batch->headers[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &batch->parts[i], .msg_iovlen = 1 } };
    }
    return recvmmsg(self->watch.fd, batch->headers, MEDIA_INLET_BATCH, MSG_DONTWAIT, NULL);
}

/* False: the other side has gone. */
static bool
drain(MediaInletCore *self, int *ret_n)
{
    int n = receive(self);

    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return false;
    for (int i = 0; i < n; i++) {
        const struct mmsghdr *header = &self->batch->headers[i];

        if (header->msg_len == 0)
            return false;
        if ((header->msg_hdr.msg_flags & MSG_TRUNC) == 0)
            media_inlet_core_take(self, self->batch->bytes[i], header->msg_len);
    }
    *ret_n = n;
    return true;
}

static void
on_ready(void *data, uint32_t events G_GNUC_UNUSED)
{
    MediaInletCore *self = data;
    int n = MEDIA_INLET_BATCH;

    for (unsigned i = 0; i < MEDIA_INLET_MAX_BATCHES && n == MEDIA_INLET_BATCH; i++) {
        if (!drain(self, &n)) {
            disconnect(self);
            return;
        }
    }
}

void
media_inlet_core_connect(MediaInletCore *self, int fd)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    disconnect(self);
    self->clock = (MediaClockOffset){ 0 }; /* another process has another line */
    if (fd < 0)
        return;
    if (self->batch == NULL)
        self->batch = g_new0(Batch, 1);
    self->watch = (MediaWatch){ .on_ready = on_ready, .data = self, .fd = fd };
    if (!media_worker_watch(self->worker, &self->watch, EPOLLIN)) {
        close(fd);
        self->watch.fd = -1;
    }
}
