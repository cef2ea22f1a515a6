#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/inlet.h"
#include "media/node.h"

/* A real worker and a real socket: what comes through it is counted by a sink. */

enum { SSRC = 0x1234 };

typedef struct {
    MediaSink sink; /* first */
    gint n_packets, n_keyframes, n_reports, gone;
} Counter;

static void
on_packets(MediaSink *sink, MediaTrack *track, const MediaPacket *packets, size_t n_packets)
{
    Counter *self = (Counter *)sink;

    (void)track;
    for (size_t i = 0; i < n_packets; i++) {
        if (packets[i].keyframe)
            g_atomic_int_inc(&self->n_keyframes);
        g_atomic_int_inc(&self->n_packets);
    }
}

static void
on_report(MediaSink *sink, MediaTrack *track, const MediaSenderReport *report)
{
    (void)track;
    (void)report;
    g_atomic_int_inc(&((Counter *)sink)->n_reports);
}

static void
on_gone(MediaSink *sink, MediaTrack *track)
{
    (void)track;
    g_atomic_int_inc(&((Counter *)sink)->gone);
}

static const MediaSinkClass counting = { .packets = on_packets, .sender_report = on_report, .track_gone = on_gone };

typedef struct {
    MediaNode *node;
    MediaRoom *room;
    MediaInlet *inlet;
    Counter counter;
    int fd; /* the process's end */
} Inlet;

static int
connect_process(Inlet *self)
{
    int ends[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
    media_inlet_connect(self->inlet, ends[0]);
    return ends[1];
}

static void
set_up(Inlet *self, gconstpointer data G_GNUC_UNUSED)
{
    const MediaNodeConfig config = { .n_workers = 1, .bind_address = "127.0.0.1" };
    g_autoptr(GError) error = NULL;

    self->node = media_node_new(&config, &error);
    g_assert_no_error(error);
    self->room = media_room_new(self->node);
    self->inlet = media_inlet_new(self->room);
    self->counter.sink.klass = &counting;
    media_source_add_sink(media_inlet_get_source(self->inlet, MEDIA_KIND_VIDEO), &self->counter.sink);
    self->fd = connect_process(self);
}

static void
wait_for(const gint *count, int wanted)
{
    for (int i = 0; i < 5000 && g_atomic_int_get(count) < wanted; i++)
        g_usleep(1000);
    g_assert_cmpint(g_atomic_int_get(count), ==, wanted);
}

static void
tear_down(Inlet *self, gconstpointer data G_GNUC_UNUSED)
{
    media_inlet_free(self->inlet);
    wait_for(&self->counter.gone, 1);
    media_room_free(self->room);
    media_node_free(self->node);
    close(self->fd);
}

static void
send_frame(Inlet *self, uint16_t sequence, uint8_t payload_type, uint8_t unit, uint32_t ssrc)
{
    const uint8_t packet[] = { 0x80,
                               0x80 | payload_type,
                               (uint8_t)(sequence >> 8),
                               (uint8_t)sequence,
                               0,
                               0,
                               0,
                               (uint8_t)sequence,
                               (uint8_t)(ssrc >> 24),
                               (uint8_t)(ssrc >> 16),
                               (uint8_t)(ssrc >> 8),
                               (uint8_t)ssrc,
                               unit,
                               1,
                               2,
                               3 };

    g_assert_cmpint(send(self->fd, packet, sizeof packet, MSG_NOSIGNAL), ==, sizeof packet);
}

static void
test_packets_and_reports_arrive(Inlet *self, gconstpointer data G_GNUC_UNUSED)
{
    static const uint8_t report[28] = { 0x80, 200, 0, 6, 0, 0, 0x12, 0x34, 0xe0 };

    for (unsigned i = 0; i < 100; i++) /* more than a batch */
        send_frame(self, (uint16_t)i, 102, i == 0 ? 0x65 : 0x41, SSRC);
    wait_for(&self->counter.n_packets, 100);
    wait_for(&self->counter.n_keyframes, 1);
    g_assert_cmpint(send(self->fd, report, sizeof report, 0), ==, sizeof report);
    wait_for(&self->counter.n_reports, 1);
}

static void
test_what_is_no_packet_is_dropped(Inlet *self, gconstpointer data G_GNUC_UNUSED)
{
    uint8_t bytes[4000];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)g_random_int();
    for (size_t size = 1; size <= sizeof bytes; size += size < 40 ? 1 : 97) {
        bytes[0] = 0x40; /* RTP of no version */
        g_assert_cmpint(send(self->fd, bytes, size, 0), ==, (int)size);
    }
    send_frame(self, 1, 35, 0x65, SSRC); /* no payload type of ours */
    send_frame(self, 2, 102, 0x65, SSRC);
    wait_for(&self->counter.n_packets, 1);
}

static void
test_another_process_takes_over(Inlet *self, gconstpointer data G_GNUC_UNUSED)
{
    send_frame(self, 1, 102, 0x65, SSRC);
    wait_for(&self->counter.n_packets, 1);
    close(self->fd); /* it has died */
    self->fd = connect_process(self);
    send_frame(self, 40000, 102, 0x65, SSRC + 1);
    wait_for(&self->counter.n_packets, 2);
    wait_for(&self->counter.n_keyframes, 2);
    /* and while the one before lives */
    int before = self->fd;
    self->fd = connect_process(self);
    send_frame(self, 7, 102, 0x65, SSRC + 2);
    wait_for(&self->counter.n_packets, 3);
    close(before);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/media/inlet/" name, Inlet, NULL, set_up, func, tear_down)
    ADD("packets-and-reports-arrive", test_packets_and_reports_arrive);
    ADD("what-is-no-packet-is-dropped", test_what_is_no_packet_is_dropped);
    ADD("another-process-takes-over", test_another_process_takes_over);
    return g_test_run();
}
