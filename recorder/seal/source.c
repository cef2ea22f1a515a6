#include "recorder/seal/source.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include "recorder/seal/plugins.h"

enum {
    READ_BYTES = 64 * 1024,
    MAX_DECODED = 4,     /* buffers that wait */
    PATIENCE_MS = 20000, /* with a decoder that says nothing */
    STEP_MS = 100,
    LOOSE_SAMPLES = SEAL_SOURCE_RATE / 200, /* files say times in ms: so near is without a break */
};

struct SealSource {
    RecVault *vault; /* owned; of the entry's thread once it runs */
    uint64_t offset;
    GstElement *pipeline, *exit; /* owned; borrowed */
    bool is_over;
    GstSample *shown, *next; /* owned; of pictures */
    GstVideoFrame frame;     /* of what is shown; mapped when has_frame */
    bool has_frame;
    GstSample *sound; /* owned: what is being heard */
    int64_t sound_from, sound_to;
};

/* Without the two that are optional those codecs are told as such. */
static const struct {
    MediaCodec codec;
    const char *launch; /* from the demuxer on */
    const char *plugin; /* NULL: one that always is there */
} recipes[] = {
    { MEDIA_CODEC_OPUS, "matroskademux ! opusdec", NULL },
    { MEDIA_CODEC_VP8, "matroskademux ! vp8dec", NULL },
    { MEDIA_CODEC_VP9, "matroskademux ! vp9parse ! vp9dec", NULL },
    { MEDIA_CODEC_AV1, "matroskademux ! av1parse ! av1dec", "aom" },
    { MEDIA_CODEC_H264, "qtdemux ! h264parse ! openh264dec", "openh264" },
};

static const char *
find_launch(MediaCodec codec)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(recipes); i++) {
        if (recipes[i].codec == codec &&
            (!recipes[i].plugin || gst_registry_find_plugin(gst_registry_get(), recipes[i].plugin)))
            return recipes[i].launch;
    }
    return NULL;
}

bool
seal_source_init(GError **error)
{
    static const char *const plugins[] = { "app", "vpx", "opus", "videoconvertscale", "audioconvert", "audioresample" };

    for (unsigned i = 0; i < G_N_ELEMENTS(plugins); i++) {
        if (!seal_plugins_load(plugins[i], error))
            return false;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(recipes); i++) {
        g_autoptr(GError) missing = NULL;
        if (recipes[i].plugin && !seal_plugins_load(recipes[i].plugin, &missing))
            g_debug("no %s: %s", recipes[i].plugin, missing->message);
    }
    return true;
}

bool
seal_source_can(MediaCodec codec)
{
    return find_launch(codec) != NULL;
}

/* GStreamer's thread wants more of the file. A part that was changed on disk ends it. */
static void
on_need_data(GstAppSrc *entry, guint length, gpointer data)
{
    SealSource *self = data;
    g_autofree uint8_t *bytes = g_malloc(READ_BYTES);
    g_autoptr(GError) error = NULL;
    ssize_t n = rec_vault_pread(self->vault, bytes, READ_BYTES, self->offset, &error);

    (void)length;
    if (n <= 0) {
        gst_app_src_end_of_stream(entry);
        return;
    }
    self->offset += (uint64_t)n;
    gst_app_src_push_buffer(entry, gst_buffer_new_memdup(bytes, (gsize)n));
}

static char *
make_launch(const SealSourceConfig *config)
{
    const char *launch = find_launch(config->codec);

    if (!launch)
        return NULL;
    if (media_codec_get_kind(config->codec) == MEDIA_KIND_AUDIO)
        return g_strdup_printf("appsrc name=entry ! %s ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,"
                               "channels=1,rate=%d,layout=interleaved ! appsink name=exit sync=false max-buffers=%d",
                               launch, SEAL_SOURCE_RATE, MAX_DECODED);
    return g_strdup_printf("appsrc name=entry ! %s ! videoconvert n-threads=1 ! videoscale n-threads=1 ! video/x-raw,"
                           "format=BGRx,width=[1,%u],height=[1,%u],pixel-aspect-ratio=1/1 ! appsink name=exit "
                           "sync=false max-buffers=%d",
                           launch, config->max_width, config->max_height, MAX_DECODED);
}

SealSource *
seal_source_new(const SealSourceConfig *config, GError **error)
{
    static const GstAppSrcCallbacks callbacks = { .need_data = on_need_data };
    g_autoptr(SealSource) self = g_new0(SealSource, 1);
    g_autofree char *launch = make_launch(config);

    self->vault = config->vault;
    if (!launch) {
        g_set_error(error, REC_ERROR, REC_ERROR_SEAL, "there is no decoder of %s", media_codec_get_name(config->codec));
        return NULL;
    }
    self->pipeline = gst_parse_launch_full(launch, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
    if (!self->pipeline)
        return NULL;
    gst_object_ref_sink(self->pipeline);
    self->exit = gst_bin_get_by_name(GST_BIN(self->pipeline), "exit");
    g_autoptr(GstElement) entry = gst_bin_get_by_name(GST_BIN(self->pipeline), "entry");
    gst_app_src_set_callbacks(GST_APP_SRC(entry), (GstAppSrcCallbacks *)&callbacks, self, NULL);
    if (gst_element_set_state(self->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
        g_set_error_literal(error, REC_ERROR, REC_ERROR_SEAL, "GStreamer does not start");
        return NULL;
    }
    return g_steal_pointer(&self);
}

void
seal_source_free(SealSource *self)
{
    if (!self)
        return;
    if (self->pipeline)
        gst_element_set_state(self->pipeline, GST_STATE_NULL);
    if (self->has_frame)
        gst_video_frame_unmap(&self->frame);
    g_clear_pointer(&self->shown, gst_sample_unref);
    g_clear_pointer(&self->next, gst_sample_unref);
    g_clear_pointer(&self->sound, gst_sample_unref);
    g_clear_object(&self->exit);
    g_clear_object(&self->pipeline);
    rec_vault_free(self->vault);
    g_free(self);
}

static bool
has_failed(SealSource *self)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(self->pipeline);
    g_autoptr(GstMessage) message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);

    return message != NULL;
}

/* The next that was decoded; NULL: it is over. */
static GstSample *
pull(SealSource *self)
{
    for (int waited_ms = 0; !self->is_over && waited_ms < PATIENCE_MS; waited_ms += STEP_MS) {
        GstSample *sample = gst_app_sink_try_pull_sample(GST_APP_SINK(self->exit), STEP_MS * GST_MSECOND);
        if (sample)
            return sample;
        if (gst_app_sink_is_eos(GST_APP_SINK(self->exit)) || has_failed(self))
            break;
    }
    self->is_over = true;
    return NULL;
}

static int64_t
get_time(GstSample *sample)
{
    GstClockTime time = GST_BUFFER_PTS(gst_sample_get_buffer(sample));

    return GST_CLOCK_TIME_IS_VALID(time) ? (int64_t)(time / 1000) : 0;
}

/* Pictures. */

static bool
map_shown(SealSource *self)
{
    GstVideoInfo info;

    self->has_frame = gst_video_info_from_caps(&info, gst_sample_get_caps(self->shown)) &&
                      gst_video_frame_map(&self->frame, &info, gst_sample_get_buffer(self->shown), GST_MAP_READ);
    return self->has_frame;
}

bool
seal_source_show(SealSource *self, int64_t at_us, SealPicture *ret_picture)
{
    bool changed = false;

    if (!self->next)
        self->next = pull(self);
    while (self->next && get_time(self->next) <= at_us) {
        if (self->has_frame)
            gst_video_frame_unmap(&self->frame);
        self->has_frame = false;
        g_clear_pointer(&self->shown, gst_sample_unref);
        self->shown = self->next;
        self->next = pull(self);
        changed = true;
    }
    if (!self->shown || (changed && !map_shown(self)) || !self->has_frame)
        return false;
    *ret_picture = (SealPicture){
        .bytes = GST_VIDEO_FRAME_PLANE_DATA(&self->frame, 0),
        .width = (unsigned)GST_VIDEO_FRAME_WIDTH(&self->frame),
        .height = (unsigned)GST_VIDEO_FRAME_HEIGHT(&self->frame),
        .stride = (unsigned)GST_VIDEO_FRAME_PLANE_STRIDE(&self->frame, 0),
        .time_us = get_time(self->shown),
    };
    return true;
}

/* Sound. */

static bool
take_sound(SealSource *self)
{
    int64_t before = self->sound_to;
    bool is_first = self->sound == NULL;

    g_clear_pointer(&self->sound, gst_sample_unref);
    self->sound = pull(self);
    if (!self->sound)
        return false;
    int64_t from = get_time(self->sound) * SEAL_SOURCE_RATE / G_USEC_PER_SEC;
    if (!is_first && ABS(from - before) < LOOSE_SAMPLES)
        from = before;
    self->sound_from = from;
    self->sound_to = from + (int64_t)(gst_buffer_get_size(gst_sample_get_buffer(self->sound)) / sizeof(int16_t));
    return true;
}

static void
add_sound(SealSource *self, int64_t from, int32_t *sum, unsigned n)
{
    int64_t begin = MAX(from, self->sound_from), end = MIN(from + n, self->sound_to);
    GstMapInfo map;

    if (begin >= end || !gst_buffer_map(gst_sample_get_buffer(self->sound), &map, GST_MAP_READ))
        return;
    const int16_t *samples = (const int16_t *)(const void *)map.data;
    for (int64_t at = begin; at < end; at++)
        sum[at - from] += samples[at - self->sound_from];
    gst_buffer_unmap(gst_sample_get_buffer(self->sound), &map);
}

void
seal_source_mix(SealSource *self, int64_t from, int32_t *sum, unsigned n)
{
    if (!self->sound && !take_sound(self))
        return;
    for (;;) {
        add_sound(self, from, sum, n);
        if (self->sound_to >= from + n || !take_sound(self))
            return;
    }
}
