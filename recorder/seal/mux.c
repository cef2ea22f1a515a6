#include "recorder/seal/mux.h"

#include <glib/gstdio.h>
#include <gst/gst.h>

#include "recorder/seal/mp4.h"
#include "recorder/seal/plugins.h"

enum {
    MAX_CHAIN = 4,
    END_SECONDS = 60,                /* for the muxer to write its index */
    CLUSTER_US = 2 * G_USEC_PER_SEC, /* of sound: one index entry each */
    MP4_TIMESCALE = 90000,
    TEMPORAL_DELIMITER_SIZE = 2,
};

typedef struct {
    const char *caps;             /* of what is pushed */
    const char *chain[MAX_CHAIN]; /* elements before the muxer */
    const char *muxer;
    const char *filter; /* caps between the last element and the muxer; NULL: any */
    bool takes_rtp;
} Recipe;

static const Recipe recipes[MEDIA_N_CODECS] = {
    [MEDIA_CODEC_OPUS] = { "audio/x-opus,channel-mapping-family=(int)0,channels=(int)2,rate=(int)48000",
                           { NULL },
                           "webmmux",
                           NULL,
                           false },
    [MEDIA_CODEC_VP8] = { "application/x-rtp,media=(string)video,clock-rate=(int)90000,encoding-name=(string)VP8",
                          { "rtpvp8depay" },
                          "webmmux",
                          NULL,
                          true },
    [MEDIA_CODEC_VP9] = { "application/x-rtp,media=(string)video,clock-rate=(int)90000,encoding-name=(string)VP9",
                          { "rtpvp9depay", "vp9parse" },
                          "webmmux",
                          NULL,
                          true },
    [MEDIA_CODEC_AV1] = { "video/x-av1,stream-format=(string)obu-stream,alignment=(string)tu,framerate=(fraction)0/1",
                          { "av1parse" },
                          "webmmux",
                          NULL,
                          false },
    [MEDIA_CODEC_H264] = { "application/x-rtp,media=(string)video,clock-rate=(int)90000,encoding-name=(string)H264",
                           { "rtph264depay", "h264parse" },
                           "mp4mux",
                           "video/x-h264,stream-format=(string)avc3,alignment=(string)au",
                           true },
};

struct SealMux {
    MediaCodec codec;
    char *path;
    int64_t made_us;
    GstElement *pipeline; /* owned */
    GstPad *entry;        /* owned; what is pushed goes in here */
    /* what went into the muxer; its own thread has ended when this is read */
    bool has_caps;
    GstClockTime first, last, last_step;
    SealMuxResult result;
};

bool
seal_mux_init(GError **error)
{
    static const char *const plugins[] = {
        "coreelements", "rtp", "videoparsersbad", "matroska", "isomp4",
    };

    if (!seal_plugins_init(error))
        return false;
    for (unsigned i = 0; i < G_N_ELEMENTS(plugins); i++) {
        if (!seal_plugins_load(plugins[i], error))
            return false;
    }
    return true;
}

const char *
seal_mux_get_suffix(MediaCodec codec)
{
    return codec == MEDIA_CODEC_H264 ? "mp4" : "webm";
}

const char *
seal_mux_get_content_type(MediaCodec codec)
{
    if (codec == MEDIA_CODEC_H264)
        return "video/mp4";
    return media_codec_get_kind(codec) == MEDIA_KIND_AUDIO ? "audio/webm" : "video/webm";
}

bool
seal_mux_takes_rtp(MediaCodec codec)
{
    return recipes[codec].takes_rtp;
}

static bool
set_error(GError **error, const char *text)
{
    g_set_error_literal(error, REC_ERROR, REC_ERROR_SEAL, text);
    return false;
}

/* The size of the first key frame stays in the head of the file; frames of another size say so themselves. */
static GstPadProbeReturn
on_caps(SealMux *self, GstEvent *event)
{
    GstCaps *caps;
    int width = 0, height = 0;

    gst_event_parse_caps(event, &caps);
    GstStructure *structure = gst_caps_get_structure(caps, 0);
    gst_structure_get_int(structure, "width", &width);
    gst_structure_get_int(structure, "height", &height);
    if (width > 0 && height > 0 && width <= UINT16_MAX && height <= UINT16_MAX &&
        (unsigned)width * (unsigned)height > (unsigned)self->result.width * self->result.height) {
        self->result.width = width;
        self->result.height = height;
    }
    if (self->has_caps)
        return GST_PAD_PROBE_DROP; /* muxers refuse to see them change */
    self->has_caps = true;
    return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_buffer(SealMux *self, GstPadProbeInfo *info)
{
    GstBuffer *buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    GstClockTime time = GST_BUFFER_PTS(buffer);

    GST_PAD_PROBE_INFO_DATA(info) = buffer;
    if (!GST_CLOCK_TIME_IS_VALID(time))
        time = self->result.n_frames > 0 ? self->last : 0;
    if (self->result.n_frames++ == 0)
        self->first = time;
    else if (time > self->last)
        self->last_step = time - self->last;
    self->last = MAX(time, self->last);
    if (GST_BUFFER_DURATION_IS_VALID(buffer) && GST_BUFFER_DURATION(buffer) > 0)
        self->last_step = GST_BUFFER_DURATION(buffer);
    GST_BUFFER_PTS(buffer) = self->last - self->first;
    GST_BUFFER_DTS(buffer) = self->codec == MEDIA_CODEC_H264 ? GST_BUFFER_PTS(buffer) : GST_CLOCK_TIME_NONE;
    if (self->codec == MEDIA_CODEC_AV1) /* Matroska leaves temporal delimiters out */
        gst_buffer_resize(buffer, TEMPORAL_DELIMITER_SIZE, -1);
    return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_probe(GstPad *pad, GstPadProbeInfo *info, void *data)
{
    SealMux *self = data;

    (void)pad;
    if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
        return on_buffer(self, info);
    if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_CAPS)
        return on_caps(self, GST_PAD_PROBE_INFO_EVENT(info));
    return GST_PAD_PROBE_OK;
}

static GstElement *
add_element(SealMux *self, const char *factory, GError **error)
{
    GstElement *element = gst_element_factory_make(factory, NULL);

    if (!element) {
        g_set_error(error, REC_ERROR, REC_ERROR_SEAL, "GStreamer has no %s", factory);
        return NULL;
    }
    gst_bin_add(GST_BIN(self->pipeline), element);
    return element;
}

static void
set_up_muxer(SealMux *self, GstElement *muxer)
{
    if (self->codec == MEDIA_CODEC_H264) {
        g_autofree char *spare = g_strconcat(self->path, ".spare", NULL);
        g_object_set(muxer, "faststart", TRUE, "faststart-file", spare, NULL);
        return;
    }
    g_autoptr(GDateTime) made = g_date_time_new_from_unix_utc(self->made_us / G_USEC_PER_SEC);
    g_object_set(muxer, "creation-time", made, "writing-app", "yuanjian-seal", NULL);
    if (self->codec == MEDIA_CODEC_OPUS)
        g_object_set(muxer, "min-cluster-duration", (gint64)CLUSTER_US * 1000, NULL);
}

/* The pad of the muxer, watched. */
static GstPad *
request_pad(SealMux *self, GstElement *muxer)
{
    GstPad *pad = gst_element_request_pad_simple(
        muxer, media_codec_get_kind(self->codec) == MEDIA_KIND_AUDIO ? "audio_%u" : "video_%u");

    if (self->codec == MEDIA_CODEC_H264)
        g_object_set(pad, "trak-timescale", MP4_TIMESCALE, NULL);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_probe, self, NULL);
    return pad;
}

/* entry -> chain -> filter -> muxer -> sink */
static bool
build(SealMux *self, GError **error)
{
    const Recipe *recipe = &recipes[self->codec];
    GstElement *muxer = add_element(self, recipe->muxer, error);
    GstElement *sink = muxer ? add_element(self, "filesink", error) : NULL;
    g_autoptr(GstPad) last = gst_object_ref(self->entry);

    if (!sink)
        return false;
    for (unsigned i = 0; i < MAX_CHAIN && recipe->chain[i]; i++) {
        GstElement *element = add_element(self, recipe->chain[i], error);
        g_autoptr(GstPad) in = element ? gst_element_get_static_pad(element, "sink") : NULL;
        if (!in)
            return false;
        if (gst_pad_link(last, in) != GST_PAD_LINK_OK)
            return set_error(error, "the elements do not fit together");
        gst_object_unref(last);
        last = gst_element_get_static_pad(element, "src");
    }
    set_up_muxer(self, muxer);
    g_object_set(sink, "location", self->path, "async", FALSE, NULL);
    g_autoptr(GstPad) in = request_pad(self, muxer);
    if (recipe->filter) {
        GstElement *filter = add_element(self, "capsfilter", error);
        g_autoptr(GstCaps) caps = gst_caps_from_string(recipe->filter);
        if (!filter)
            return false;
        g_object_set(filter, "caps", caps, NULL);
        g_autoptr(GstPad) filter_in = gst_element_get_static_pad(filter, "sink");
        if (gst_pad_link(last, filter_in) != GST_PAD_LINK_OK)
            return set_error(error, "the elements do not fit together");
        gst_object_unref(last);
        last = gst_element_get_static_pad(filter, "src");
    }
    if (gst_pad_link(last, in) != GST_PAD_LINK_OK || !gst_element_link(muxer, sink))
        return set_error(error, "the elements do not fit together");
    return true;
}

static bool
start(SealMux *self, GError **error)
{
    g_autoptr(GstCaps) caps = gst_caps_from_string(recipes[self->codec].caps);
    GstSegment segment;

    gst_segment_init(&segment, GST_FORMAT_TIME);
    if (gst_element_set_state(self->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
        return set_error(error, "GStreamer does not start");
    gst_pad_set_active(self->entry, TRUE);
    gst_pad_push_event(self->entry, gst_event_new_stream_start("seal"));
    gst_pad_push_event(self->entry, gst_event_new_caps(caps));
    gst_pad_push_event(self->entry, gst_event_new_segment(&segment));
    return true;
}

SealMux *
seal_mux_new(const SealMuxConfig *config, GError **error)
{
    g_autoptr(SealMux) self = g_new0(SealMux, 1);

    self->codec = config->codec;
    self->path = g_strdup(config->path);
    self->made_us = config->made_us;
    g_random_set_seed(config->seed); /* where the muxer takes its identifiers from */
    self->pipeline = gst_object_ref_sink(gst_pipeline_new(NULL));
    self->entry = gst_object_ref_sink(gst_pad_new("entry", GST_PAD_SRC));
    if (!build(self, error) || !start(self, error))
        return NULL;
    return g_steal_pointer(&self);
}

void
seal_mux_free(SealMux *self)
{
    if (!self)
        return;
    if (self->pipeline) {
        gst_element_set_state(self->pipeline, GST_STATE_NULL);
        gst_pad_set_active(self->entry, FALSE);
        gst_object_unref(self->pipeline);
        gst_object_unref(self->entry);
    }
    g_free(self->path);
    g_free(self);
}

/* What an element complained about; else the name of the flow. */
static bool
set_flow_error(SealMux *self, GstFlowReturn flow, GError **error)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(self->pipeline);
    g_autoptr(GstMessage) message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
    g_autoptr(GError) cause = NULL;

    if (message)
        gst_message_parse_error(message, &cause, NULL);
    g_set_error(error, REC_ERROR, REC_ERROR_SEAL, "muxing %s: %s", media_codec_get_name(self->codec),
                cause ? cause->message : gst_flow_get_name(flow));
    return false;
}

bool
seal_mux_push(SealMux *self, const uint8_t *bytes, size_t size, int64_t time_us, int64_t duration_us, GError **error)
{
    GstBuffer *buffer = gst_buffer_new_memdup(bytes, size);

    GST_BUFFER_PTS(buffer) = time_us * 1000;
    if (duration_us > 0)
        GST_BUFFER_DURATION(buffer) = duration_us * 1000;
    GstFlowReturn flow = gst_pad_push(self->entry, buffer);
    return flow == GST_FLOW_OK || set_flow_error(self, flow, error);
}

bool
seal_mux_finish(SealMux *self, SealMuxResult *ret_result, GError **error)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(self->pipeline);

    gst_pad_push_event(self->entry, gst_event_new_eos());
    if (self->result.n_frames == 0) {
        gst_element_set_state(self->pipeline, GST_STATE_NULL);
        g_unlink(self->path);
        *ret_result = self->result;
        return true;
    }
    g_autoptr(GstMessage) message =
        gst_bus_timed_pop_filtered(bus, END_SECONDS * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    if (!message)
        return set_error(error, "the muxer does not end");
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        g_autoptr(GError) cause = NULL;
        gst_message_parse_error(message, &cause, NULL);
        return set_error(error, cause->message);
    }
    gst_element_set_state(self->pipeline, GST_STATE_NULL);
    if (self->codec == MEDIA_CODEC_H264 && !seal_mp4_set_times(self->path, self->made_us, error))
        return false;
    self->result.first_us = self->first / 1000;
    self->result.duration_us = (self->last - self->first + self->last_step) / 1000;
    *ret_result = self->result;
    return true;
}
