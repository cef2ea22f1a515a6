#include "tests/recorder/studio.h"

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/rtp/gstrtpbuffer.h>
#include <string.h>

#include "media/ntp.h"

enum { FIRST_SEQUENCE = 65000 }; /* so that every take of some length goes round the end */

/* GLib leaves its first table of names behind when GStreamer makes it grow: these programs look for no leaks. The sealer
 * that they start does. */
const char *__lsan_default_options(void);

const char *
__lsan_default_options(void)
{
    return "detect_leaks=0";
}

void
studio_init(void)
{
    gst_init(NULL, NULL);
}

static void
packet_clear(void *data)
{
    g_free(((StudioPacket *)data)->bytes);
}

static const char *
get_payloader(MediaCodec codec)
{
    switch (codec) {
    case MEDIA_CODEC_OPUS:
        return "rtpopuspay";
    case MEDIA_CODEC_VP8:
        return "rtpvp8pay picture-id-mode=2";
    case MEDIA_CODEC_VP9:
        return "rtpvp9pay picture-id-mode=2";
    case MEDIA_CODEC_H264:
        return "rtph264pay config-interval=-1 aggregate-mode=zero-latency";
    default:
        g_assert_not_reached();
    }
}

static GstElement *
launch(const char *line)
{
    g_autoptr(GError) error = NULL;
    GstElement *pipeline = gst_parse_launch(line, &error);

    g_assert_no_error(error);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    return pipeline;
}

/* NULL at the end; any error of the pipeline fails the test. */
static GstSample *
pull(GstElement *pipeline, const char *name)
{
    g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline), name);
    GstSample *sample = gst_app_sink_pull_sample(GST_APP_SINK(sink));
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
    g_autoptr(GstMessage) message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);

    if (message) {
        g_autoptr(GError) error = NULL;
        gst_message_parse_error(message, &error, NULL);
        g_assert_no_error(error);
    }
    return sample;
}

static void
stop(GstElement *pipeline)
{
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
}

static GBytes *
to_bytes(GstBuffer *buffer)
{
    size_t size = gst_buffer_get_size(buffer);
    uint8_t *bytes = g_malloc(size);

    gst_buffer_extract(buffer, 0, bytes, size);
    return g_bytes_new_take(bytes, size);
}

static StudioTake *
take_new(MediaCodec codec)
{
    static uint32_t next_ssrc = 1000;
    StudioTake *self = g_new0(StudioTake, 1);

    self->codec = codec;
    self->ssrc = next_ssrc++;
    self->timestamp_offset = 0xFFFFF000; /* goes round the end soon */
    self->packets = g_array_new(FALSE, TRUE, sizeof(StudioPacket));
    g_array_set_clear_func(self->packets, packet_clear);
    self->frames = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    return self;
}

static void
add_packet(StudioTake *self, const uint8_t *bytes, size_t size, int64_t time_us)
{
    StudioPacket packet = {
        .bytes = g_memdup2(bytes, size),
        .size = size,
        .time_us = time_us,
        .sequence = (1ull << 32) + FIRST_SEQUENCE + self->packets->len,
    };

    g_array_append_val(self->packets, packet);
}

/* The element that Debian's GStreamer does not have: one OBU element per packet, long ones in pieces. */
static void
cut_av1(StudioTake *self, GBytes *frame, int64_t time_us)
{
    enum { PIECE = 1000 };
    size_t size;
    const uint8_t *bytes = g_bytes_get_data(frame, &size);
    uint8_t packet[12 + 1 + PIECE + 1];

    for (size_t at = 0; at < size;) {
        size_t length = 0, start = at + 1 + (bytes[at] >> 2 & 1);
        unsigned type = bytes[at] >> 3 & 15;
        for (unsigned shift = 0;; shift += 7) {
            length |= (size_t)(bytes[start] & 0x7f) << shift;
            if (!(bytes[start++] & 0x80))
                break;
        }
        g_autofree uint8_t *obu = g_malloc(1 + length);
        obu[0] = bytes[at] & ~2; /* without a size */
        memcpy(obu + 1, bytes + start, length);
        at = start + length;
        for (size_t done = 0; type != 2 && done < length + 1; done += PIECE) {
            size_t piece = MIN((size_t)PIECE, length + 1 - done);
            bool last = done + piece == length + 1;
            memset(packet, 0, 12);
            packet[0] = 0x80;
            packet[1] = 96 | (last && at == size ? 0x80 : 0);
            packet[12] = (done > 0 ? 0x80 : 0) | (last ? 0 : 0x40) | 1 << 4 | (type == 1 && done == 0 ? 8 : 0);
            memcpy(packet + 13, obu + done, piece);
            add_packet(self, packet, 13 + piece, time_us);
        }
    }
}

static void
stamp(StudioTake *self)
{
    uint32_t rate = media_codec_get_clock_rate(self->codec);

    for (unsigned i = 0; i < self->packets->len; i++) {
        StudioPacket *packet = studio_take_get(self, i);
        uint16_t sequence = GUINT16_TO_BE((uint16_t)packet->sequence);
        uint32_t timestamp = GUINT32_TO_BE(self->timestamp_offset + (uint32_t)(packet->time_us * rate / 1000000));
        uint32_t ssrc = GUINT32_TO_BE(self->ssrc);
        memcpy(packet->bytes + 2, &sequence, 2);
        memcpy(packet->bytes + 4, &timestamp, 4);
        memcpy(packet->bytes + 8, &ssrc, 4);
    }
}

static void
take_samples(StudioTake *self, GstElement *pipeline)
{
    GstSample *sample;
    int64_t first_us = -1;

    while ((sample = pull(pipeline, "packets"))) {
        GstBuffer *buffer = gst_sample_get_buffer(sample);
        g_autoptr(GBytes) bytes = to_bytes(buffer);
        int64_t time_us = (int64_t)(GST_BUFFER_PTS(buffer) / 1000);
        if (first_us < 0)
            first_us = time_us;
        add_packet(self, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), time_us - first_us);
        gst_sample_unref(sample);
    }
    while ((sample = pull(pipeline, "frames"))) {
        g_ptr_array_add(self->frames, to_bytes(gst_sample_get_buffer(sample)));
        gst_sample_unref(sample);
    }
}

static void
take_av1(StudioTake *self, GstElement *pipeline)
{
    GstSample *sample;
    int64_t first_us = -1;

    while ((sample = pull(pipeline, "frames"))) {
        GBytes *frame = to_bytes(gst_sample_get_buffer(sample));
        int64_t time_us = (int64_t)(GST_BUFFER_PTS(gst_sample_get_buffer(sample)) / 1000);
        if (first_us < 0)
            first_us = time_us;
        cut_av1(self, frame, time_us - first_us);
        g_ptr_array_add(self->frames, frame);
        gst_sample_unref(sample);
    }
}

StudioTake *
studio_take_new(MediaCodec codec, const char *source)
{
    StudioTake *self = take_new(codec);
    g_autofree char *line = NULL;
    const char *frames = "queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! appsink name=frames sync=false";

    if (codec == MEDIA_CODEC_AV1)
        line =
            g_strdup_printf("%s ! av1parse ! video/x-av1,alignment=tu,stream-format=obu-stream ! %s", source, frames);
    else
        line = g_strdup_printf("%s ! tee name=t ! queue ! %s mtu=1100 ! appsink name=packets sync=false "
                               "t. ! %s",
                               source, get_payloader(codec), frames);
    GstElement *pipeline = launch(line);
    if (codec == MEDIA_CODEC_AV1)
        take_av1(self, pipeline);
    else
        take_samples(self, pipeline);
    stop(pipeline);
    stamp(self);
    g_assert_cmpuint(self->packets->len, >, 0);
    return self;
}

void
studio_take_free(StudioTake *self)
{
    g_array_unref(self->packets);
    g_ptr_array_unref(self->frames);
    g_free(self);
}

StudioPacket *
studio_take_get(StudioTake *self, unsigned i)
{
    return &g_array_index(self->packets, StudioPacket, i);
}

void
studio_take_follow(StudioTake *self, StudioTake *before, int64_t start_us)
{
    uint64_t next = studio_take_get(before, before->packets->len - 1)->sequence + 1;

    self->ssrc = before->ssrc;
    for (unsigned i = 0; i < self->packets->len; i++) {
        studio_take_get(self, i)->sequence = next + i;
        studio_take_get(self, i)->time_us += start_us;
    }
    stamp(self);
}

static int
compare_arrivals(gconstpointer a, gconstpointer b)
{
    const StudioPacket *left = *(StudioPacket *const *)a, *right = *(StudioPacket *const *)b;
    int64_t difference = left->time_us + left->delay_us - right->time_us - right->delay_us;

    if (difference != 0)
        return difference < 0 ? -1 : 1;
    return left->sequence < right->sequence ? -1 : left->sequence > right->sequence;
}

void
studio_take_play(StudioTake *self, RecTrack *track, int64_t base_us)
{
    MediaSink *sink = rec_track_get_sink(track);
    g_autoptr(GPtrArray) order = g_ptr_array_new();

    for (unsigned i = 0; i < self->packets->len; i++) {
        if (!studio_take_get(self, i)->lost)
            g_ptr_array_add(order, studio_take_get(self, i));
    }
    g_ptr_array_sort(order, compare_arrivals);
    for (unsigned i = 0; i < order->len; i++) {
        const StudioPacket *packet = order->pdata[i];
        MediaPacket shown = {
            .data = packet->bytes,
            .size = packet->size,
            .codec = self->codec,
            .sequence = packet->sequence,
            .recovered = packet->recovered,
            .arrival_us = base_us + packet->time_us + packet->delay_us,
        };
        sink->klass->packets(sink, NULL, &shown, 1);
    }
}

void
studio_take_report(StudioTake *self, RecTrack *track, int64_t base_us, int64_t time_us, int64_t ntp_us,
                   int64_t delay_us)
{
    MediaSink *sink = rec_track_get_sink(track);
    MediaSenderReport report = {
        .ntp = media_ntp_from_us(ntp_us + 2208988800 * G_USEC_PER_SEC),
        .timestamp = self->timestamp_offset + (uint32_t)(time_us * media_codec_get_clock_rate(self->codec) / 1000000),
        .ssrc = self->ssrc,
        .arrival_us = base_us + time_us + delay_us,
    };

    sink->klass->sender_report(sink, NULL, &report);
}

static void
frame_clear(void *data)
{
    g_bytes_unref(((StudioFrame *)data)->bytes);
}

GArray *
studio_read_file(const char *path)
{
    bool mp4 = g_str_has_suffix(path, ".mp4");
    g_autofree char *line = g_strdup_printf("filesrc location=%s ! %s ! appsink name=frames sync=false", path,
                                            mp4 ? "qtdemux" : "matroskademux");
    GArray *frames = g_array_new(FALSE, FALSE, sizeof(StudioFrame));
    GstElement *pipeline = launch(line);
    GstSample *sample;

    g_array_set_clear_func(frames, frame_clear);
    while ((sample = pull(pipeline, "frames"))) {
        GstBuffer *buffer = gst_sample_get_buffer(sample);
        StudioFrame frame = { (int64_t)(GST_BUFFER_PTS(buffer) / 1000), to_bytes(buffer) };
        g_array_append_val(frames, frame);
        gst_sample_unref(sample);
    }
    stop(pipeline);
    return frames;
}

unsigned
studio_decode_file(const char *path)
{
    g_autofree char *line = g_strdup_printf("filesrc location=%s ! decodebin ! appsink name=frames sync=false", path);
    GstElement *pipeline = launch(line);
    GstSample *sample;
    unsigned n = 0;

    while ((sample = pull(pipeline, "frames"))) {
        n++;
        gst_sample_unref(sample);
    }
    stop(pipeline);
    return n;
}
