#include "recorder/seal/encoder.h"

#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

enum {
    MAX_WAITING = 3, /* pictures in front of the encoder */
    PATIENCE_MS = 60000,
    STEP_US = 1000,
    KEYFRAME_S = 2, /* so finely it can be sought in */
    BITS_PER_PIXEL_DIVISOR = 12,
    SOUND_BITRATE = 48000,
};

struct SealEncoder {
    GstElement *pipeline;           /* owned */
    GstElement *picture_in, *sound; /* owned; where both go in */
    size_t picture_bytes;
    uint64_t n_frames;
};

bool
seal_encoder_init(GError **error)
{
    /* what decodes encodes, too: vpx and opus are there already */
    if (gst_element_factory_find("vp8enc") && gst_element_factory_find("opusenc"))
        return true;
    g_set_error_literal(error, REC_ERROR, REC_ERROR_SEAL, "GStreamer has no encoder of VP8 and Opus");
    return false;
}

static char *
make_launch(int fd, unsigned width, unsigned height)
{
    return g_strdup_printf(
        "webmmux name=mux writing-app=yuanjian-seal ! fdsink fd=%d sync=false"
        " appsrc name=picture format=time caps=video/x-raw,format=BGRx,width=%u,height=%u,framerate=%d/1,"
        "pixel-aspect-ratio=1/1 ! videoconvert n-threads=1 ! vp8enc deadline=1 cpu-used=8 threads=1 lag-in-frames=0"
        " end-usage=vbr target-bitrate=%u keyframe-max-dist=%d static-threshold=60 error-resilient=0"
        " ! queue max-size-time=0 max-size-buffers=0 max-size-bytes=67108864 ! mux."
        " appsrc name=sound format=time caps=audio/x-raw,format=S16LE,channels=1,rate=%d,layout=interleaved"
        " ! opusenc bitrate=%d ! queue max-size-time=0 max-size-buffers=0 max-size-bytes=16777216 ! mux.",
        fd, width, height, SEAL_ENCODER_FPS, width * height * SEAL_ENCODER_FPS / BITS_PER_PIXEL_DIVISOR,
        KEYFRAME_S * SEAL_ENCODER_FPS, SEAL_ENCODER_RATE, SOUND_BITRATE);
}

SealEncoder *
seal_encoder_new(int fd, unsigned width, unsigned height, GError **error)
{
    g_autoptr(SealEncoder) self = g_new0(SealEncoder, 1);
    g_autofree char *launch = make_launch(fd, width, height);

    self->picture_bytes = (size_t)width * height * 4;
    self->pipeline = gst_parse_launch_full(launch, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
    if (!self->pipeline)
        return NULL;
    gst_object_ref_sink(self->pipeline);
    self->picture_in = gst_bin_get_by_name(GST_BIN(self->pipeline), "picture");
    self->sound = gst_bin_get_by_name(GST_BIN(self->pipeline), "sound");
    if (gst_element_set_state(self->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
        g_set_error_literal(error, REC_ERROR, REC_ERROR_SEAL, "GStreamer does not start");
        return NULL;
    }
    return g_steal_pointer(&self);
}

void
seal_encoder_free(SealEncoder *self)
{
    if (!self)
        return;
    if (self->pipeline)
        gst_element_set_state(self->pipeline, GST_STATE_NULL);
    g_clear_object(&self->picture_in);
    g_clear_object(&self->sound);
    g_clear_object(&self->pipeline);
    g_free(self);
}

static bool
check(SealEncoder *self, GError **error)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(self->pipeline);
    g_autoptr(GstMessage) message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
    g_autoptr(GError) cause = NULL;

    if (!message)
        return true;
    gst_message_parse_error(message, &cause, NULL);
    g_set_error(error, REC_ERROR, REC_ERROR_SEAL, "encoding: %s", cause->message);
    return false;
}

/* Until the encoder has taken what was there; it never lies whole in memory. */
static bool
wait_for_room(SealEncoder *self, GError **error)
{
    int64_t until_us = g_get_monotonic_time() + PATIENCE_MS * INT64_C(1000);

    while (gst_app_src_get_current_level_bytes(GST_APP_SRC(self->picture_in)) >= MAX_WAITING * self->picture_bytes) {
        if (!check(self, error))
            return false;
        if (g_get_monotonic_time() > until_us) {
            g_set_error_literal(error, REC_ERROR, REC_ERROR_SEAL, "the encoder does not go on");
            return false;
        }
        g_usleep(STEP_US);
    }
    return check(self, error);
}

static bool
push(SealEncoder *self, GstElement *entry, const void *bytes, size_t size, GError **error)
{
    GstBuffer *buffer = gst_buffer_new_memdup(bytes, size);

    GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(self->n_frames, GST_SECOND, SEAL_ENCODER_FPS);
    GST_BUFFER_DURATION(buffer) =
        gst_util_uint64_scale(self->n_frames + 1, GST_SECOND, SEAL_ENCODER_FPS) - GST_BUFFER_PTS(buffer);
    if (gst_app_src_push_buffer(GST_APP_SRC(entry), buffer) == GST_FLOW_OK)
        return true;
    if (check(self, error))
        g_set_error_literal(error, REC_ERROR, REC_ERROR_SEAL, "the encoder takes no more");
    return false;
}

bool
seal_encoder_add(SealEncoder *self, const uint8_t *picture, const int16_t samples[SEAL_ENCODER_SAMPLES], GError **error)
{
    if (!wait_for_room(self, error) || !push(self, self->picture_in, picture, self->picture_bytes, error) ||
        !push(self, self->sound, samples, SEAL_ENCODER_SAMPLES * sizeof *samples, error))
        return false;
    self->n_frames++;
    return true;
}

bool
seal_encoder_finish(SealEncoder *self, GError **error)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(self->pipeline);

    gst_app_src_end_of_stream(GST_APP_SRC(self->picture_in));
    gst_app_src_end_of_stream(GST_APP_SRC(self->sound));
    g_autoptr(GstMessage) message =
        gst_bus_timed_pop_filtered(bus, PATIENCE_MS * GST_MSECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    g_autoptr(GError) cause = NULL;
    if (message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
        gst_element_set_state(self->pipeline, GST_STATE_NULL);
        return true;
    }
    if (message)
        gst_message_parse_error(message, &cause, NULL);
    g_set_error(error, REC_ERROR, REC_ERROR_SEAL, "encoding: %s", cause ? cause->message : "it does not end");
    return false;
}
