#include "tools/webrtc-client.h"

#include <curl/curl.h>
#include <gst/gst.h>
#include <gst/sdp/sdp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#define GST_USE_UNSTABLE_API
#include <gst/webrtc/webrtc.h>

enum { MAX_ANSWER_BYTES = 1024 * 1024 };
enum { VOICE_BYTES = 1920, VOICE_MS = 20 }; /* of a buffer: 960 samples of 2 bytes, at 48 kHz */

struct WebrtcClient {
    /* constant after new() */
    char *url, *token;
    bool play;

    GstElement *pipeline, *webrtc; /* owned, borrowed */
    char *resource;                /* Location; owned */
    bool posted;
    int64_t posted_us;

    GMappedFile *voice; /* NULL: a tone */
    uint64_t voice_n;   /* buffers so far; only on the streaming thread of the voice */

    /* written on streaming threads */
    atomic_uint video_frames, audio_buffers, width, height;
    atomic_uint connected_ms, first_packet_ms, first_picture_ms; /* since the offer was posted */
    atomic_bool connected, failed;
    char error[256]; /* main, or once before failed is set */
};

static void
set_failed(WebrtcClient *self, const char *why)
{
    if (atomic_load(&self->failed))
        return;
    g_strlcpy(self->error, why, sizeof self->error);
    atomic_store(&self->failed, true);
}

/* Now, where it has not been noted before. */
static void
note_time(const WebrtcClient *self, atomic_uint *ms)
{
    unsigned none = 0;

    atomic_compare_exchange_strong(ms, &none, MAX(1, (unsigned)((g_get_monotonic_time() - self->posted_us) / 1000)));
}

typedef struct {
    GString *body;
    char *location;
} Answer;

static size_t
on_body(char *data, size_t size, size_t n, void *user_data)
{
    Answer *answer = user_data;

    if (answer->body->len + size * n > MAX_ANSWER_BYTES)
        return 0;
    g_string_append_len(answer->body, data, (gssize)(size * n));
    return size * n;
}

static size_t
on_header(char *data, size_t size, size_t n, void *user_data)
{
    Answer *answer = user_data;
    g_autofree char *line = g_strndup(data, size * n);

    if (g_ascii_strncasecmp(line, "location:", 9) == 0) {
        g_free(answer->location);
        answer->location = g_strdup(g_strstrip(line + 9));
    }
    return size * n;
}

/* Returns the HTTP status; 0: no answer. */
static long
send_request(WebrtcClient *self, const char *verb, const char *url, const char *body, Answer *answer)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/sdp");
    g_autofree char *authorization = g_strconcat("Authorization: Bearer ", self->token, NULL);
    long status = 0;

    headers = curl_slist_append(headers, authorization);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, verb);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (body != NULL)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, answer);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return status;
}

/* The Location may be a path. Owned. */
static char *
resolve(const char *base, const char *location)
{
    return g_uri_resolve_relative(base, location, G_URI_FLAGS_NONE, NULL);
}

static void
take_answer(WebrtcClient *self, const char *text)
{
    GstSDPMessage *message = NULL;

    gst_sdp_message_new(&message);
    if (gst_sdp_message_parse_buffer((const guint8 *)text, (guint)strlen(text), message) != GST_SDP_OK) {
        gst_sdp_message_free(message);
        set_failed(self, "the answer is not SDP");
        return;
    }
    GstWebRTCSessionDescription *answer = gst_webrtc_session_description_new(GST_WEBRTC_SDP_TYPE_ANSWER, message);
    g_signal_emit_by_name(self->webrtc, "set-remote-description", answer, NULL);
    gst_webrtc_session_description_free(answer);
}

static gboolean
post_offer(void *data)
{
    WebrtcClient *self = data;
    GstWebRTCSessionDescription *offer = NULL;
    Answer answer = { .body = g_string_new(NULL) };

    self->posted_us = g_get_monotonic_time();
    g_object_get(self->webrtc, "local-description", &offer, NULL);
    g_autofree char *text = gst_sdp_message_as_text(offer->sdp);
    gst_webrtc_session_description_free(offer);
    long status = send_request(self, "POST", self->url, text, &answer);
    if (status == 201) {
        self->resource = answer.location != NULL ? resolve(self->url, answer.location) : NULL;
        take_answer(self, answer.body->str);
    } else {
        g_autofree char *why = g_strdup_printf("POST %s: HTTP %ld %.160s", self->url, status, answer.body->str);
        set_failed(self, why);
    }
    g_string_free(answer.body, TRUE);
    g_free(answer.location);
    return G_SOURCE_REMOVE;
}

static void
on_gathering(GstElement *webrtc, GParamSpec *spec, void *user_data)
{
    WebrtcClient *self = user_data;
    GstWebRTCICEGatheringState state;

    (void)spec;
    g_object_get(webrtc, "ice-gathering-state", &state, NULL);
    if (state != GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE || self->posted)
        return;
    self->posted = true;
    g_idle_add(post_offer, self);
}

static void
on_connection(GstElement *webrtc, GParamSpec *spec, void *user_data)
{
    WebrtcClient *self = user_data;
    GstWebRTCPeerConnectionState state;

    (void)spec;
    g_object_get(webrtc, "connection-state", &state, NULL);
    atomic_store(&self->connected, state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED);
    if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED)
        note_time(self, &self->connected_ms);
    if (state == GST_WEBRTC_PEER_CONNECTION_STATE_FAILED)
        set_failed(self, "the peer connection failed");
}

static void
on_offer_created(GstPromise *promise, void *user_data)
{
    WebrtcClient *self = user_data;
    GstWebRTCSessionDescription *offer = NULL;

    gst_structure_get(gst_promise_get_reply(promise), "offer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &offer, NULL);
    gst_promise_unref(promise);
    if (offer == NULL) {
        set_failed(self, "webrtcbin made no offer");
        return;
    }
    g_signal_emit_by_name(self->webrtc, "set-local-description", offer, NULL);
    gst_webrtc_session_description_free(offer);
}

static void
on_negotiation_needed(GstElement *webrtc, void *user_data)
{
    GstPromise *promise = gst_promise_new_with_change_func(on_offer_created, user_data, NULL);

    g_signal_emit_by_name(webrtc, "create-offer", NULL, promise);
}

static void
on_decoded(GstElement *sink, GstBuffer *buffer, GstPad *pad, void *user_data)
{
    WebrtcClient *self = user_data;
    g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
    const GstStructure *structure = caps != NULL ? gst_caps_get_structure(caps, 0) : NULL;
    int width = 0;
    int height = 0;

    (void)sink;
    (void)buffer;
    if (structure == NULL)
        return;
    if (!g_str_has_prefix(gst_structure_get_name(structure), "video/")) {
        atomic_fetch_add(&self->audio_buffers, 1);
        return;
    }
    gst_structure_get_int(structure, "width", &width);
    gst_structure_get_int(structure, "height", &height);
    atomic_store(&self->width, (unsigned)width);
    atomic_store(&self->height, (unsigned)height);
    note_time(self, &self->first_picture_ms);
    atomic_fetch_add(&self->video_frames, 1);
}

static void
on_decoder_pad(GstElement *decoder, GstPad *pad, void *user_data)
{
    WebrtcClient *self = user_data;
    GstElement *sink = gst_element_factory_make("fakesink", NULL);

    (void)decoder;
    g_object_set(sink, "signal-handoffs", TRUE, "sync", FALSE, "async", FALSE, NULL);
    g_signal_connect(sink, "handoff", G_CALLBACK(on_decoded), self);
    gst_bin_add(GST_BIN(self->pipeline), sink);
    gst_element_sync_state_with_parent(sink);
    g_autoptr(GstPad) target = gst_element_get_static_pad(sink, "sink");
    gst_pad_link(pad, target);
}

static GstPadProbeReturn
on_first_packet(GstPad *pad, GstPadProbeInfo *info, void *user_data)
{
    WebrtcClient *self = user_data;
    g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
    const GstStructure *structure = caps != NULL ? gst_caps_get_structure(caps, 0) : NULL;

    (void)info;
    if (structure != NULL && g_strcmp0(gst_structure_get_string(structure, "media"), "video") == 0)
        note_time(self, &self->first_packet_ms);
    return GST_PAD_PROBE_REMOVE;
}

static void
on_pad_added(GstElement *webrtc, GstPad *pad, void *user_data)
{
    WebrtcClient *self = user_data;

    (void)webrtc;
    if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC)
        return;
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_first_packet, self, NULL);
    GstElement *decoder = gst_element_factory_make("decodebin", NULL);
    g_signal_connect(decoder, "pad-added", G_CALLBACK(on_decoder_pad), self);
    gst_bin_add(GST_BIN(self->pipeline), decoder);
    gst_element_sync_state_with_parent(decoder);
    g_autoptr(GstPad) target = gst_element_get_static_pad(decoder, "sink");
    gst_pad_link(pad, target);
}

/* Round and round. clocksync behind it keeps the time. */
static void
on_voice_wanted(GstElement *source, guint size, void *user_data)
{
    WebrtcClient *self = user_data;
    size_t n = g_mapped_file_get_length(self->voice) / VOICE_BYTES;
    const char *at = g_mapped_file_get_contents(self->voice) + self->voice_n % n * VOICE_BYTES;
    GstBuffer *buffer = gst_buffer_new_memdup(at, VOICE_BYTES);
    GstFlowReturn flow;

    (void)size;
    GST_BUFFER_PTS(buffer) = self->voice_n++ * VOICE_MS * GST_MSECOND;
    GST_BUFFER_DURATION(buffer) = VOICE_MS * GST_MSECOND;
    g_signal_emit_by_name(source, "push-buffer", buffer, &flow);
    gst_buffer_unref(buffer);
}

static bool
open_voice(WebrtcClient *self, const char *path, GError **error)
{
    self->voice = g_mapped_file_new(path, FALSE, error);
    if (self->voice == NULL)
        return false;
    if (g_mapped_file_get_length(self->voice) >= VOICE_BYTES)
        return true;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s is too short for a voice", path);
    return false;
}

static void
connect_voice(WebrtcClient *self)
{
    GstElement *source = gst_bin_get_by_name(GST_BIN(self->pipeline), "voice");

    g_signal_connect(source, "need-data", G_CALLBACK(on_voice_wanted), self);
    gst_object_unref(source);
}

static char *
publish_pipeline(const WebrtcClientConfig *config)
{
    static const struct {
        const char *name, *encoder;
    } encoders[] = {
        { "vp8",
          "vp8enc deadline=1 cpu-used=8 target-bitrate=600000 keyframe-max-dist=250 ! "
          "rtpvp8pay pt=96 picture-id-mode=15-bit ! application/x-rtp,media=video,encoding-name=VP8,payload=96" },
        { "h264", "x264enc tune=zerolatency speed-preset=ultrafast bitrate=600 key-int-max=250 ! "
                  "video/x-h264,profile=constrained-baseline ! rtph264pay pt=96 config-interval=-1 "
                  "aggregate-mode=zero-latency ! application/x-rtp,media=video,encoding-name=H264,payload=96,"
                  "packetization-mode=(string)1" },
        { "vp9", "vp9enc deadline=1 cpu-used=8 target-bitrate=600000 keyframe-max-dist=250 ! rtpvp9pay pt=96 ! "
                 "application/x-rtp,media=video,encoding-name=VP9,payload=96" },
    };
    const char *encoder = encoders[0].encoder;
    const char *sound = config->voice_path != NULL
                            ? "appsrc name=voice format=time max-buffers=2 "
                              "caps=audio/x-raw,format=S16LE,rate=48000,channels=1,layout=interleaved ! clocksync"
                            : "audiotestsrc is-live=true wave=sine freq=440 volume=0.3";

    for (size_t i = 0; i < G_N_ELEMENTS(encoders); i++) {
        if (g_strcmp0(encoders[i].name, config->codec) == 0)
            encoder = encoders[i].encoder;
    }
    return g_strdup_printf("webrtcbin name=webrtc bundle-policy=max-bundle "
                           "videotestsrc is-live=true pattern=ball background-color=0xff1f4e5f ! "
                           "video/x-raw,%s ! clockoverlay font-desc=\"Sans 20\" "
                           "time-format=\"%s %%H:%%M:%%S\" ! videoconvert ! %s ! webrtc. "
                           "%s ! audioconvert ! audioresample ! opusenc ! rtpopuspay pt=97 ! "
                           "application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! webrtc.",
                           config->small ? "width=320,height=180,framerate=5/1" : "width=640,height=360,framerate=25/1",
                           config->label != NULL ? config->label : "", encoder, sound);
}

static void
add_receiver(GstElement *webrtc, const char *caps_text)
{
    g_autoptr(GstCaps) caps = gst_caps_from_string(caps_text);
    GstWebRTCRTPTransceiver *transceiver = NULL;

    g_signal_emit_by_name(webrtc, "add-transceiver", GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, caps, &transceiver);
    g_clear_object(&transceiver);
}

static gboolean
on_message(GstBus *bus, GstMessage *message, void *user_data)
{
    WebrtcClient *self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *detail = NULL;

    (void)bus;
    if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ERROR)
        return G_SOURCE_CONTINUE;
    gst_message_parse_error(message, &error, &detail);
    g_autofree char *why = g_strdup_printf("%s: %s", GST_MESSAGE_SRC_NAME(message), error->message);
    g_strdelimit(why, "\"\\\n", ' '); /* it is printed as JSON */
    set_failed(self, why);
    return G_SOURCE_CONTINUE;
}

static void
watch_bus(WebrtcClient *self)
{
    GstBus *bus = gst_element_get_bus(self->pipeline);

    gst_bus_add_watch(bus, on_message, self);
    gst_object_unref(bus);
}

WebrtcClient *
webrtc_client_new(const WebrtcClientConfig *config)
{
    WebrtcClient *self = g_new0(WebrtcClient, 1);
    g_autofree char *text =
        config->play ? g_strdup("webrtcbin name=webrtc bundle-policy=max-bundle") : publish_pipeline(config);
    g_autoptr(GError) error = NULL;

    self->url = g_strdup(config->url);
    self->token = g_strdup(config->token);
    self->play = config->play;
    if (config->voice_path != NULL && !open_voice(self, config->voice_path, &error)) {
        set_failed(self, error->message);
        return self;
    }
    self->pipeline = gst_parse_launch_full(text, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
    if (self->pipeline == NULL) {
        set_failed(self, error->message);
        return self;
    }
    if (!GST_IS_PIPELINE(self->pipeline)) { /* one element alone comes without a pipeline */
        GstElement *element = self->pipeline;
        self->pipeline = gst_pipeline_new(NULL);
        gst_bin_add(GST_BIN(self->pipeline), element);
    }
    watch_bus(self);
    self->webrtc = gst_bin_get_by_name(GST_BIN(self->pipeline), "webrtc");
    g_signal_connect(self->webrtc, "notify::ice-gathering-state", G_CALLBACK(on_gathering), self);
    g_signal_connect(self->webrtc, "notify::connection-state", G_CALLBACK(on_connection), self);
    g_signal_connect(self->webrtc, "on-negotiation-needed", G_CALLBACK(on_negotiation_needed), self);
    if (self->voice != NULL)
        connect_voice(self);
    if (self->play) {
        g_signal_connect(self->webrtc, "pad-added", G_CALLBACK(on_pad_added), self);
        add_receiver(self->webrtc, "application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000;"
                                   "application/x-rtp,media=video,encoding-name=H264,payload=98,clock-rate=90000,"
                                   "packetization-mode=(string)1,profile-level-id=(string)42e01f;"
                                   "application/x-rtp,media=video,encoding-name=VP9,payload=99,clock-rate=90000");
        add_receiver(self->webrtc, "application/x-rtp,media=audio,encoding-name=OPUS,payload=97,clock-rate=48000,"
                                   "encoding-params=(string)2");
    }
    gst_element_set_state(self->pipeline, GST_STATE_PLAYING);
    return self;
}

void
webrtc_client_get_stats(WebrtcClient *self, WebrtcClientStats *ret_stats)
{
    *ret_stats = (WebrtcClientStats){
        .failed = atomic_load(&self->failed),
        .connected = atomic_load(&self->connected),
        .video_frames = atomic_load(&self->video_frames),
        .connected_ms = atomic_load(&self->connected_ms),
        .first_packet_ms = atomic_load(&self->first_packet_ms),
        .first_picture_ms = atomic_load(&self->first_picture_ms),
        .audio_buffers = atomic_load(&self->audio_buffers),
        .video_width = atomic_load(&self->width),
        .video_height = atomic_load(&self->height),
    };
    if (ret_stats->failed)
        g_strlcpy(ret_stats->error, self->error, sizeof ret_stats->error);
}

void
webrtc_client_free(WebrtcClient *self)
{
    if (self == NULL)
        return;
    if (self->resource != NULL) {
        Answer answer = { .body = g_string_new(NULL) };
        send_request(self, "DELETE", self->resource, NULL, &answer);
        g_string_free(answer.body, TRUE);
        g_free(answer.location);
    }
    while (g_source_remove_by_user_data(self))
        ;
    if (self->pipeline != NULL)
        gst_element_set_state(self->pipeline, GST_STATE_NULL);
    g_clear_object(&self->webrtc);
    g_clear_object(&self->pipeline);
    g_clear_pointer(&self->voice, g_mapped_file_unref);
    g_free(self->resource);
    g_free(self->url);
    g_free(self->token);
    g_free(self);
}
