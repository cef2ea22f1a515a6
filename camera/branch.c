#define G_LOG_DOMAIN "camera.branch"

#include "camera/branch.h"

#include <stdatomic.h>
#include <string.h>

#include "camera/plugins.h"

enum {
    RTP_HEADER = 12,
    MTU = 1200, /* fits every path, with what viewers' headers add */
    PT_VP8 = 96,
    PT_H264 = 102,
    PT_OPUS = 111,
    MAX_CHAIN = 10,
    MEASURED_FRAMES = 25, /* before a rate is told that the stream does not say */
    INTERVAL_CHANGE_PERCENT = 25,
    DECODE_QUEUE_NS = GST_SECOND,
};
static const char MESSAGE[] = "yuanjian-camera";

typedef struct {
    const char *encoding;
    CamKind kind;
    const char *depayloader, *parser, *decoder, *other_decoder; /* NULL: none */
    bool passes;                                                /* as it is, if it fits */
    bool (*is_sane)(const uint8_t payload[2]);                  /* NULL: anything may be */
} Recipe;

/* RFC 6184 section 5.2: never the forbidden bit, and not every type. */
static bool
is_sane_h264(const uint8_t payload[2])
{
    static const uint32_t types = 0x3f38fffe; /* 1-15, 19-21, 24-29 */

    return (payload[0] & 0x80) == 0 && (types >> (payload[0] & 0x1f) & 1) != 0;
}

/* RFC 7798 section 1.1.4: never the forbidden bit, one layer, and a temporal identifier that is not zero. */
static bool
is_sane_h265(const uint8_t payload[2])
{
    return (payload[0] & 0x81) == 0 && (payload[1] & 0xf8) == 0 && (payload[1] & 0x07) != 0;
}

static const Recipe recipes[] = {
    { "H264", CAM_VIDEO, "rtph264depay", "h264parse", "avdec_h264", "openh264dec", true, is_sane_h264 },
    { "H265", CAM_VIDEO, "rtph265depay", "h265parse", "avdec_h265", NULL, false, is_sane_h265 },
    { "JPEG", CAM_VIDEO, "rtpjpegdepay", NULL, "jpegdec", "avdec_mjpeg", false, NULL },
    { "MP4V-ES", CAM_VIDEO, "rtpmp4vdepay", "mpeg4videoparse", "avdec_mpeg4", NULL, false, NULL },
    { "PCMA", CAM_AUDIO, "rtppcmadepay", NULL, "alawdec", NULL, false, NULL },
    { "PCMU", CAM_AUDIO, "rtppcmudepay", NULL, "mulawdec", NULL, false, NULL },
    { "OPUS", CAM_AUDIO, "rtpopusdepay", NULL, "opusdec", NULL, true, NULL },
    { "MPEG4-GENERIC", CAM_AUDIO, "rtpmp4gdepay", "aacparse", "avdec_aac", NULL, false, NULL },
    { "MP4A-LATM", CAM_AUDIO, "rtpmp4adepay", "aacparse", "avdec_aac", NULL, false, NULL },
    { "L16", CAM_AUDIO, "rtpL16depay", NULL, NULL, NULL, false, NULL },
};

/* What has been seen of the frames; the stream's thread alone. */
typedef struct {
    GstClockTime last, first, last_key;
    unsigned n;
    unsigned interval_ms; /* as told last */
} Frames;

struct CamBranch {
    const Recipe *recipe;
    CamBranchConfig config;
    GstElement *parser;     /* borrowed; the last element before what is decided by its caps */
    GstElement *payloader;  /* borrowed; NULL: not decided yet */
    bool transcoded, unfit; /* the stream's thread */
    CamReport told;         /* of VIDEO or AUDIO */
    Frames frames;
    uint32_t timestamp; /* of the camera's newest packet; its thread */
    _Atomic uint64_t n_begun, n_whole, n_out, n_packets, n_nonsense;
    _Atomic int64_t last_out_us;
};

static void
tell(CamBranch *self, const CamReport *report)
{
    g_autofree char *line = cam_report_to_line(report);
    GstStructure *content = gst_structure_new(MESSAGE, "line", G_TYPE_STRING, line, NULL);

    gst_element_post_message(self->config.pipeline,
                             gst_message_new_application(GST_OBJECT(self->config.pipeline), content));
}

static void
tell_fault(CamBranch *self, CamFault fault)
{
    tell(self, &(CamReport){ .kind = CAM_REPORT_FAULT, .fault = fault });
}

bool
cam_branch_read_message(GstMessage *message, CamReport *ret_report)
{
    const GstStructure *content = gst_message_get_structure(message);

    return content != NULL && gst_structure_has_name(content, MESSAGE) &&
           cam_report_parse(gst_structure_get_string(content, "line"), ret_report);
}

static const Recipe *
find_recipe(const GstCaps *caps)
{
    const GstStructure *structure = gst_caps_get_size(caps) > 0 ? gst_caps_get_structure(caps, 0) : NULL;
    const char *encoding = structure ? gst_structure_get_string(structure, "encoding-name") : NULL;
    const char *media = structure ? gst_structure_get_string(structure, "media") : NULL;

    for (unsigned i = 0; encoding && media && i < G_N_ELEMENTS(recipes); i++) {
        if (g_ascii_strcasecmp(recipes[i].encoding, encoding) == 0 &&
            strcmp(recipes[i].kind == CAM_VIDEO ? "video" : "audio", media) == 0)
            return &recipes[i];
    }
    return NULL;
}

bool
cam_branch_takes(const GstCaps *caps, CamKind *ret_kind)
{
    const Recipe *recipe = find_recipe(caps);

    if (!recipe)
        return false;
    *ret_kind = recipe->kind;
    return true;
}

/* A chain is built before it is put into the pipeline, so that a missing element leaves nothing behind. */
typedef struct {
    GstElement *elements[MAX_CHAIN];
    unsigned n;
    bool failed;
} Chain;

static GstElement *
chain_add(Chain *self, const char *factory)
{
    GstElement *element = NULL;

    if (self->failed)
        return NULL;
    element = self->n < MAX_CHAIN ? cam_plugins_make(factory) : NULL;
    if (!element) {
        g_debug("%s is not installed", factory);
        self->failed = true;
        return NULL;
    }
    self->elements[self->n++] = gst_object_ref_sink(element);
    return element;
}

static void
chain_add_caps(Chain *self, const char *text)
{
    GstElement *filter = chain_add(self, "capsfilter");

    if (filter) {
        g_autoptr(GstCaps) caps = gst_caps_from_string(text);
        g_object_set(filter, "caps", caps, NULL);
    }
}

/* Takes the chain. */
static bool
chain_link(Chain *self, GstElement *pipeline, GstPad *from)
{
    bool linked = !self->failed;

    for (unsigned i = 0; i < self->n && linked; i++) {
        gst_bin_add(GST_BIN(pipeline), self->elements[i]);
        if (i > 0)
            linked = gst_element_link(self->elements[i - 1], self->elements[i]);
    }
    if (linked) {
        g_autoptr(GstPad) to = gst_element_get_static_pad(self->elements[0], "sink");
        linked = gst_pad_link(from, to) == GST_PAD_LINK_OK;
    }
    for (unsigned i = self->n; i > 0; i--) {
        if (linked)
            linked = gst_element_sync_state_with_parent(self->elements[i - 1]);
        gst_object_unref(self->elements[i - 1]);
    }
    return linked;
}

/* Parameter sets come before each key frame, whether the source repeats them or not. The payloader could do that too, but puts them
 * behind the first part of a picture that has several. */
static GstElement *
chain_add_parser(Chain *self, const char *factory)
{
    GstElement *parser = chain_add(self, factory);

    if (parser && g_object_class_find_property(G_OBJECT_GET_CLASS(parser), "config-interval"))
        g_object_set(parser, "config-interval", -1, NULL);
    return parser;
}

/* Out. */

static GstPadProbeReturn
on_packets(GstPad *pad, GstPadProbeInfo *info, void *data)
{
    CamBranch *self = data;
    g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    const GstSegment *segment = NULL;
    GstBufferList *list = info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST ? GST_PAD_PROBE_INFO_BUFFER_LIST(info) : NULL;

    if (event)
        gst_event_parse_segment(event, &segment);
    for (unsigned i = 0; i < (list ? gst_buffer_list_length(list) : 1); i++) {
        GstBuffer *packet = list ? gst_buffer_list_get(list, i) : GST_PAD_PROBE_INFO_BUFFER(info);
        GstClockTime time = segment && GST_BUFFER_PTS_IS_VALID(packet)
                                ? gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(packet))
                                : GST_CLOCK_TIME_NONE;
        cam_outlet_send(self->config.outlet, self->recipe->kind, packet, time);
    }
    atomic_fetch_add_explicit(&self->n_out, 1, memory_order_relaxed);
    atomic_store_explicit(&self->last_out_us, g_get_monotonic_time(), memory_order_relaxed);
    return GST_PAD_PROBE_DROP; /* the sink has nothing to do */
}

static void
add_packets_out(CamBranch *self, Chain *chain, const char *payloader, unsigned payload_type)
{
    self->payloader = chain_add(chain, payloader);
    if (!self->payloader)
        return;
    g_object_set(self->payloader, "pt", payload_type, "mtu", MTU, NULL);
    if (strcmp(payloader, "rtph264pay") == 0)
        gst_util_set_object_arg(G_OBJECT(self->payloader), "aggregate-mode", "zero-latency");
    g_autoptr(GstPad) out = gst_element_get_static_pad(self->payloader, "src");
    gst_pad_add_probe(out, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packets, self, NULL);
    GstElement *sink = chain_add(chain, "fakesink");
    if (sink)
        g_object_set(sink, "sync", FALSE, "async", FALSE, NULL);
}

static void
add_decoder(CamBranch *self, Chain *chain)
{
    const Recipe *recipe = self->recipe;

    if (!recipe->decoder)
        return;
    const char *decoder =
        recipe->other_decoder && !cam_plugins_has(recipe->decoder) ? recipe->other_decoder : recipe->decoder;
    chain_add(chain, decoder);
}

static void
add_picture_encoder(CamBranch *self, Chain *chain)
{
    GstElement *encoder = NULL;

    if (cam_plugins_has("x264enc")) {
        encoder = chain_add(chain, "x264enc");
        if (encoder) {
            g_object_set(encoder, "bitrate", 2000, "key-int-max", 50, "bframes", 0, "threads", 2, "b-adapt", FALSE,
                         NULL);
            gst_util_set_object_arg(G_OBJECT(encoder), "tune", "zerolatency");
            gst_util_set_object_arg(G_OBJECT(encoder), "speed-preset", "ultrafast");
        }
        chain_add_caps(chain, "video/x-h264,profile=(string)constrained-baseline");
        chain_add_parser(chain, "h264parse");
        add_packets_out(self, chain, "rtph264pay", PT_H264);
        return;
    }
    encoder = chain_add(chain, "vp8enc");
    if (encoder) {
        g_object_set(encoder, "deadline", (gint64)1, "cpu-used", 8, "target-bitrate", 2000000, "keyframe-max-dist", 50,
                     "threads", 2, NULL);
        gst_util_set_object_arg(G_OBJECT(encoder), "end-usage", "cbr");
    }
    add_packets_out(self, chain, "rtpvp8pay", PT_VP8);
}

static void
add_picture(CamBranch *self, Chain *chain)
{
    GstElement *queue = NULL;

    if (!self->transcoded) {
        add_packets_out(self, chain, "rtph264pay", PT_H264);
        return;
    }
    queue = chain_add(chain, "queue"); /* decoding does not hold up the sound */
    if (queue)
        g_object_set(queue, "max-size-buffers", 0, "max-size-time", (guint64)DECODE_QUEUE_NS, NULL);
    add_decoder(self, chain);
    chain_add(chain, "videoconvertscale");
    chain_add_caps(chain, "video/x-raw,format=(string)I420,width=(int)[16,1920],height=(int)[16,1088]");
    add_picture_encoder(self, chain);
}

static void
add_sound(CamBranch *self, Chain *chain)
{
    GstElement *encoder = NULL;

    if (self->transcoded) {
        add_decoder(self, chain);
        chain_add(chain, "audioconvert");
        chain_add(chain, "audioresample");
        chain_add_caps(chain, "audio/x-raw,rate=(int)48000,channels=(int)[1,2]");
        encoder = chain_add(chain, "opusenc");
        if (encoder) {
            g_object_set(encoder, "bitrate", 32000, "inband-fec", TRUE, NULL);
            gst_util_set_object_arg(G_OBJECT(encoder), "audio-type", "voice");
        }
    }
    add_packets_out(self, chain, "rtpopuspay", PT_OPUS);
}

/* Browsers decode these; what they cannot, or in another order than it is shown, is decoded here. */
static bool
fits(const CamBranch *self, const GstCaps *caps)
{
    static const char *const profiles[] = { "constrained-baseline", "baseline",        "main", "high",
                                            "constrained-high",     "progressive-high" };
    const char *profile = gst_structure_get_string(gst_caps_get_structure(caps, 0), "profile");

    if (!self->recipe->passes || self->config.transcode)
        return false;
    if (self->recipe->kind == CAM_AUDIO || !profile)
        return true;
    for (unsigned i = 0; i < G_N_ELEMENTS(profiles); i++) {
        if (strcmp(profile, profiles[i]) == 0)
            return true;
    }
    return false;
}

static void
tell_format(CamBranch *self, const GstCaps *caps)
{
    const GstStructure *structure = gst_caps_get_structure(caps, 0);
    CamReport report = { .transcoded = self->transcoded };
    int width = 0, height = 0, numerator = 0, denominator = 1;

    report.kind = self->recipe->kind == CAM_VIDEO ? CAM_REPORT_VIDEO : CAM_REPORT_AUDIO;
    g_strlcpy(report.codec, self->recipe->encoding, sizeof report.codec);
    if (self->recipe->kind == CAM_VIDEO) {
        gst_structure_get_int(structure, "width", &width);
        gst_structure_get_int(structure, "height", &height);
        report.width = (unsigned)MAX(width, 0);
        report.height = (unsigned)MAX(height, 0);
        if (gst_structure_get_fraction(structure, "framerate", &numerator, &denominator) && denominator > 0)
            report.milli_fps = (unsigned)MIN((gint64)MAX(numerator, 0) * 1000 / denominator, 240 * 1000);
    }
    if (memcmp(&report, &self->told, sizeof report) == 0)
        return;
    self->told = report;
    tell(self, &report);
}

static void
on_caps(CamBranch *self, GstPad *pad, const GstCaps *caps)
{
    Chain chain = { .n = 0 };
    bool passes = fits(self, caps);

    if (self->payloader) { /* the camera has changed its mind */
        if (!self->transcoded && !passes)
            tell_fault(self, CAM_FAULT_UNFIT);
        tell_format(self, caps);
        return;
    }
    self->transcoded = !passes;
    if (self->recipe->kind == CAM_VIDEO)
        add_picture(self, &chain);
    else
        add_sound(self, &chain);
    if (!chain_link(&chain, self->config.pipeline, pad)) {
        tell_fault(self, self->recipe->kind == CAM_VIDEO ? CAM_FAULT_NO_STREAM : CAM_FAULT_INTERNAL);
        return;
    }
    tell_format(self, caps);
}

static void
note_keyframe(CamBranch *self, GstClockTime time)
{
    Frames *frames = &self->frames;
    unsigned interval_ms = 0;

    if (GST_CLOCK_TIME_IS_VALID(frames->last_key) && time > frames->last_key)
        interval_ms = (unsigned)MIN(GST_TIME_AS_MSECONDS(time - frames->last_key), 3600 * 1000);
    frames->last_key = time;
    if (interval_ms == 0 || (unsigned)ABS((int)interval_ms - (int)frames->interval_ms) * 100 <=
                                frames->interval_ms * INTERVAL_CHANGE_PERCENT)
        return;
    frames->interval_ms = interval_ms;
    tell(self, &(CamReport){ .kind = CAM_REPORT_KEYFRAMES, .interval_ms = interval_ms });
}

static void
measure(CamBranch *self, GstClockTime time)
{
    Frames *frames = &self->frames;

    if (frames->n++ == 0)
        frames->first = time;
    if (frames->n != MEASURED_FRAMES + 1 || self->told.milli_fps != 0 || time <= frames->first)
        return;
    self->told.milli_fps = (unsigned)(MEASURED_FRAMES * 1000 * GST_SECOND / (time - frames->first));
    tell(self, &self->told);
}

static void
on_frame(CamBranch *self, GstBuffer *frame)
{
    Frames *frames = &self->frames;
    GstClockTime time = GST_BUFFER_PTS(frame);

    if (!GST_CLOCK_TIME_IS_VALID(time))
        return;
    if (GST_CLOCK_TIME_IS_VALID(frames->last) && time < frames->last && !self->transcoded && !self->unfit) {
        self->unfit = true; /* frames that are shown later than they come: no browser puts them in order */
        tell_fault(self, CAM_FAULT_UNFIT);
    }
    frames->last = time;
    if (!GST_BUFFER_FLAG_IS_SET(frame, GST_BUFFER_FLAG_DELTA_UNIT))
        note_keyframe(self, time);
    measure(self, time);
}

static GstPadProbeReturn
on_parsed(GstPad *pad, GstPadProbeInfo *info, void *data)
{
    CamBranch *self = data;
    GstCaps *caps = NULL;

    if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
        atomic_fetch_add_explicit(&self->n_whole, 1, memory_order_relaxed);
        if (self->recipe->kind == CAM_VIDEO)
            on_frame(self, GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
    }
    if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_CAPS) {
        gst_event_parse_caps(GST_PAD_PROBE_INFO_EVENT(info), &caps);
        on_caps(self, pad, caps);
    }
    return GST_PAD_PROBE_OK;
}

/* RFC 3550 section 5.1. */
static bool
read_payload(GstBuffer *packet, const uint8_t header[RTP_HEADER], uint8_t payload[2])
{
    size_t at = RTP_HEADER + 4 * (size_t)(header[0] & 0x0f);
    uint8_t extension[4];

    if ((header[0] & 0x10) != 0) {
        if (gst_buffer_extract(packet, at, extension, sizeof extension) != sizeof extension)
            return false;
        at += sizeof extension + 4 * (size_t)GST_READ_UINT16_BE(extension + 2);
    }
    return gst_buffer_extract(packet, at, payload, 2) == 2;
}

static GstPadProbeReturn
on_camera_packet(GstPad *pad, GstPadProbeInfo *info, void *data)
{
    CamBranch *self = data;
    GstBuffer *packet = GST_PAD_PROBE_INFO_BUFFER(info);
    uint8_t header[RTP_HEADER], payload[2];

    (void)pad;
    if (gst_buffer_extract(packet, 0, header, sizeof header) != sizeof header)
        return GST_PAD_PROBE_OK;
    if (GST_READ_UINT32_BE(header + 4) != self->timestamp)
        atomic_fetch_add_explicit(&self->n_begun, 1, memory_order_relaxed);
    self->timestamp = GST_READ_UINT32_BE(header + 4);
    atomic_fetch_add_explicit(&self->n_packets, 1, memory_order_relaxed);
    if (!self->recipe->is_sane || !read_payload(packet, header, payload) || self->recipe->is_sane(payload))
        return GST_PAD_PROBE_OK;
    atomic_fetch_add_explicit(&self->n_nonsense, 1, memory_order_relaxed);
    return GST_PAD_PROBE_DROP;
}

CamBranch *
cam_branch_new(const CamBranchConfig *config, GstPad *from, const GstCaps *caps)
{
    CamBranch *self = g_new0(CamBranch, 1);
    Chain chain = { .n = 0 };

    self->recipe = find_recipe(caps);
    g_assert(self->recipe);
    self->config = *config;
    self->frames.last = self->frames.last_key = GST_CLOCK_TIME_NONE;
    self->parser = chain_add(&chain, self->recipe->depayloader);
    if (self->recipe->parser)
        self->parser = chain_add_parser(&chain, self->recipe->parser);
    if (self->parser) {
        g_autoptr(GstPad) out = gst_element_get_static_pad(self->parser, "src");
        gst_pad_add_probe(out, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_parsed, self, NULL);
    }
    if (!chain_link(&chain, config->pipeline, from)) {
        cam_branch_free(self);
        return NULL;
    }
    gst_pad_add_probe(from, GST_PAD_PROBE_TYPE_BUFFER, on_camera_packet, self, NULL);
    return self;
}

void
cam_branch_free(CamBranch *self)
{
    g_free(self);
}

CamBranchCounts
cam_branch_get_counts(const CamBranch *self)
{
    return (CamBranchCounts){
        .n_begun = atomic_load_explicit(&self->n_begun, memory_order_relaxed),
        .n_whole = atomic_load_explicit(&self->n_whole, memory_order_relaxed),
        .n_out = atomic_load_explicit(&self->n_out, memory_order_relaxed),
        .n_packets = atomic_load_explicit(&self->n_packets, memory_order_relaxed),
        .n_nonsense = atomic_load_explicit(&self->n_nonsense, memory_order_relaxed),
        .last_out_us = atomic_load_explicit(&self->last_out_us, memory_order_relaxed),
    };
}

void
cam_branch_request_keyframe(CamBranch *self)
{
    GstStructure *content = gst_structure_new("GstForceKeyUnit", "all-headers", G_TYPE_BOOLEAN, TRUE, NULL);
    GstEvent *event = gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM, content);
    g_autoptr(GstPad) pad = gst_element_get_static_pad(self->payloader ? self->payloader : self->parser, "sink");

    /* the encoder here, or by RTCP the one in the camera, if it takes such requests */
    if (!gst_pad_push_event(pad, event))
        g_debug("nobody makes key frames when asked");
}
