#include "camera/outlet.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 12, N_UNITS = 40, UNIT = 5 };

typedef struct {
    int ours;
    CamOutlet *outlet;
} Line;

static void
line_init(Line *self)
{
    int ends[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
    self->ours = ends[0];
    self->outlet = cam_outlet_new(ends[1]);
}

static void
line_clear(Line *self)
{
    cam_outlet_free(self->outlet);
    close(self->ours);
}

static void
append(GstBuffer *packet, const uint8_t *bytes, size_t size)
{
    GstMemory *memory = gst_allocator_alloc(NULL, size, NULL);
    GstMapInfo map;

    g_assert_true(gst_memory_map(memory, &map, GST_MAP_WRITE));
    memcpy(map.data, bytes, size);
    gst_memory_unmap(memory, &map);
    gst_buffer_append_memory(packet, memory);
}

/* A header, and units in memories of their own, as a payloader joins small ones. */
static GstBuffer *
make_packet(unsigned n_units, uint8_t *ret_bytes, size_t *ret_size)
{
    GstBuffer *packet = gst_buffer_new();
    uint8_t header[HEADER] = { 0x80, 102 };
    size_t size = HEADER;

    append(packet, header, HEADER);
    memcpy(ret_bytes, header, HEADER);
    for (unsigned i = 0; i < n_units; i++) {
        uint8_t unit[UNIT];
        memset(unit, (int)i + 1, UNIT);
        append(packet, unit, UNIT);
        memcpy(ret_bytes + size, unit, UNIT);
        size += UNIT;
    }
    *ret_size = size;
    return packet;
}

/* Key frames begin with one: access unit delimiter, two parameter sets, information, each with its length. */
static void
test_a_packet_of_many_parts_goes_out_whole(void)
{
    Line line;

    line_init(&line);
    for (unsigned n = 1; n <= N_UNITS; n++) {
        uint8_t wanted[HEADER + N_UNITS * UNIT], got[sizeof wanted + 1];
        size_t size = 0;
        GstBuffer *packet = make_packet(n, wanted, &size);

        cam_outlet_send(line.outlet, CAM_VIDEO, packet, GST_CLOCK_TIME_NONE);
        ssize_t n_got = recv(line.ours, got, sizeof got, MSG_DONTWAIT);
        g_assert_cmpmem(got, MAX(n_got, 0), wanted, size);
        gst_buffer_unref(packet);
    }
    line_clear(&line);
}

static void
test_what_is_no_packet_is_not_sent(void)
{
    GstBuffer *packet = gst_buffer_new();
    uint8_t byte = 0;
    Line line;

    line_init(&line);
    append(packet, &byte, 1);
    cam_outlet_send(line.outlet, CAM_VIDEO, packet, GST_CLOCK_TIME_NONE);
    g_assert_cmpint(recv(line.ours, &byte, 1, MSG_DONTWAIT), ==, -1);
    gst_buffer_unref(packet);
    line_clear(&line);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_setenv("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE); /* none is needed */
    g_setenv("GST_REGISTRY_1_0", "/dev/null", TRUE);
    gst_registry_fork_set_enabled(FALSE);
    gst_init(NULL, NULL);
    g_test_add_func("/camera/outlet/a-packet-of-many-parts-goes-out-whole", test_a_packet_of_many_parts_goes_out_whole);
    g_test_add_func("/camera/outlet/what-is-no-packet-is-not-sent", test_what_is_no_packet_is_not_sent);
    return g_test_run();
}
