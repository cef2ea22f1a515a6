#define G_LOG_DOMAIN "camera.outlet"

#include "camera/outlet.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    MAX_PARTS = 16, /* memories of one packet: its header, and of each unit in it its length and itself */
    RTP_HEADER = 12,
    SENDER_REPORT = 28,
    PLI_PACKET = 12,
    MAX_FEEDBACK = 1500,
    SEND_BUFFER = 1024 * 1024, /* a key frame; the kernel gives what it allows */
};
static const int64_t REPORT_US = G_USEC_PER_SEC;
static const int64_t NTP_EPOCH_S = INT64_C(2208988800); /* 1900 to 1970 */

typedef struct {
    uint32_t n_packets, n_bytes;
    int64_t reported_us; /* 0: never */
} Stream;

struct CamOutlet {
    int fd;
    int64_t origin_us; /* the wall clock where running time is 0; any line that sound and picture share will do */
    Stream streams[CAM_N_KINDS];
    const CamOutletEvents *events;
    void *user_data;
    guint watch;
};

CamOutlet *
cam_outlet_new(int fd)
{
    CamOutlet *self = g_new0(CamOutlet, 1);
    struct timeval patience = { .tv_sec = 1 };
    int size = SEND_BUFFER;

    self->fd = fd;
    self->origin_us = g_get_real_time();
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
                    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) < 0))
        g_debug("the socket stays as it is: %s", g_strerror(errno));
    return self;
}

void
cam_outlet_free(CamOutlet *self)
{
    if (self == NULL)
        return;
    if (self->watch != 0)
        g_source_remove(self->watch);
    if (self->fd >= 0)
        close(self->fd);
    g_free(self);
}

static void
report(CamOutlet *self, Stream *stream, const uint8_t *header, GstClockTime running_time)
{
    int64_t at_us = self->origin_us + (int64_t)GST_TIME_AS_USECONDS(running_time);
    uint8_t packet[SENDER_REPORT] = { 0x80, 200, 0, SENDER_REPORT / 4 - 1 };

    GST_WRITE_UINT32_BE(packet + 4, GST_READ_UINT32_BE(header + 8));
    GST_WRITE_UINT32_BE(packet + 8, (uint32_t)(at_us / G_USEC_PER_SEC + NTP_EPOCH_S));
    GST_WRITE_UINT32_BE(packet + 12, (uint32_t)(((uint64_t)(at_us % G_USEC_PER_SEC) << 32) / G_USEC_PER_SEC));
    GST_WRITE_UINT32_BE(packet + 16, GST_READ_UINT32_BE(header + 4));
    GST_WRITE_UINT32_BE(packet + 20, stream->n_packets);
    GST_WRITE_UINT32_BE(packet + 24, stream->n_bytes);
    if (send(self->fd, packet, sizeof packet, MSG_NOSIGNAL) < 0)
        g_debug("a report was lost: %s", g_strerror(errno));
}

/* In one piece, copied. */
static void
send_whole(CamOutlet *self, GstBuffer *packet)
{
    GstMapInfo map;

    if (!gst_buffer_map(packet, &map, GST_MAP_READ))
        return;
    if (send(self->fd, map.data, map.size, MSG_NOSIGNAL) < 0)
        g_debug("a packet was lost: %s", g_strerror(errno));
    gst_buffer_unmap(packet, &map);
}

/* Without copying: the payload may be a part of the camera's own packet. */
static void
send_parts(CamOutlet *self, GstBuffer *packet)
{
    GstMapInfo maps[MAX_PARTS];
    struct iovec parts[MAX_PARTS];
    struct msghdr message = { .msg_iov = parts };
    unsigned n = gst_buffer_n_memory(packet), n_mapped = 0;

    for (; n_mapped < n && gst_memory_map(gst_buffer_peek_memory(packet, n_mapped), &maps[n_mapped], GST_MAP_READ);
         n_mapped++)
        parts[n_mapped] = (struct iovec){ maps[n_mapped].data, maps[n_mapped].size };
    message.msg_iovlen = n_mapped;
    if (n_mapped == n && sendmsg(self->fd, &message, MSG_NOSIGNAL) < 0)
        g_debug("a packet was lost: %s", g_strerror(errno));
    for (unsigned i = 0; i < n_mapped; i++)
        gst_memory_unmap(maps[i].memory, &maps[i]);
}

void
cam_outlet_send(CamOutlet *self, CamKind kind, GstBuffer *packet, GstClockTime running_time)
{
    Stream *stream = &self->streams[kind];
    int64_t now_us = g_get_monotonic_time();
    uint8_t header[RTP_HEADER];

    if (self->fd < 0 || gst_buffer_extract(packet, 0, header, sizeof header) != sizeof header)
        return;
    if (gst_buffer_n_memory(packet) <= MAX_PARTS)
        send_parts(self, packet);
    else
        send_whole(self, packet);
    stream->n_packets++;
    stream->n_bytes += (uint32_t)gst_buffer_get_size(packet);
    if (!GST_CLOCK_TIME_IS_VALID(running_time) ||
        (stream->reported_us != 0 && now_us - stream->reported_us < REPORT_US))
        return;
    stream->reported_us = now_us;
    report(self, stream, header, running_time);
}

static gboolean
on_readable(int fd, GIOCondition condition, void *user_data)
{
    CamOutlet *self = user_data;
    uint8_t feedback[MAX_FEEDBACK];
    ssize_t n = recv(fd, feedback, sizeof feedback, MSG_DONTWAIT);

    (void)condition;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        self->watch = 0;
        self->events->gone(self->user_data);
        return G_SOURCE_REMOVE;
    }
    if (n >= PLI_PACKET && feedback[0] == 0x81 && feedback[1] == 206)
        self->events->keyframe_wanted(self->user_data);
    return G_SOURCE_CONTINUE;
}

void
cam_outlet_listen(CamOutlet *self, const CamOutletEvents *events, void *user_data)
{
    self->events = events;
    self->user_data = user_data;
    if (self->fd >= 0)
        self->watch = g_unix_fd_add(self->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, self);
}
