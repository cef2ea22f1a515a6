/* rtsp-camera - a camera for tests: RTSP on 127.0.0.1 with a test picture and a tone, and faults on demand
 *
 * usage: rtsp-camera PORT [CODEC [PASSWORD]]    PORT 0: any; CODEC: h264, h265, bframes, silent; user "admin"
 * Prints "port N", then "clients N" whenever their number changes. Told on standard input: "stall", "go", "small", "large",
 * "rubbish" (packets of random bytes, also for those who come later), "end". */
#include <glib-unix.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    GMainLoop *loop;
    GstElement *size;
    gboolean stalled, rubbish;
    unsigned n_clients;
} Camera;

#define LARGE "video/x-raw,width=640,height=360,framerate=15/1"
#define SMALL "video/x-raw,width=320,height=180,framerate=15/1"

#define SOURCE "( videotestsrc is-live=true pattern=ball ! capsfilter name=size caps=" LARGE " ! "
#define SOUND                                                                                                          \
    " audiotestsrc is-live=true wave=ticks samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! alawenc ! "       \
    "rtppcmapay name=pay1 pt=8 )"

static const struct {
    const char *name, *launch;
} codecs[] = {
    { "h264", SOURCE "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 bitrate=1000 ! "
                     "rtph264pay name=pay0 pt=96" SOUND },
    { "silent", SOURCE "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 bitrate=1000 ! "
                       "rtph264pay name=pay0 pt=96 )" },
    { "h265", SOURCE "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=30 bitrate=1000 ! "
                     "rtph265pay name=pay0 pt=96" SOUND },
    { "bframes", SOURCE "x264enc speed-preset=ultrafast bframes=3 b-adapt=false key-int-max=30 bitrate=1000 ! "
                        "video/x-h264,profile=main ! rtph264pay name=pay0 pt=96" SOUND },
};

static void
spoil(GstBuffer *packet)
{
    GstMapInfo map;

    if (!gst_buffer_map(packet, &map, GST_MAP_READWRITE))
        return;
    for (gsize at = 12; at < map.size; at++)
        map.data[at] = (guint8)g_random_int();
    gst_buffer_unmap(packet, &map);
}

static GstPadProbeReturn
on_packet(GstPad *pad, GstPadProbeInfo *info, void *data)
{
    Camera *self = data;

    (void)pad;
    if (self->stalled)
        return GST_PAD_PROBE_DROP;
    if (!self->rubbish)
        return GST_PAD_PROBE_OK;
    if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
        info->data = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
        spoil(info->data);
        return GST_PAD_PROBE_OK;
    }
    info->data = gst_buffer_list_make_writable(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
    for (unsigned i = 0; i < gst_buffer_list_length(info->data); i++)
        spoil(gst_buffer_list_get_writable(info->data, i));
    return GST_PAD_PROBE_OK;
}

static void
on_media(GstRTSPMediaFactory *factory, GstRTSPMedia *media, void *data)
{
    Camera *self = data;
    g_autoptr(GstElement) bin = gst_rtsp_media_get_element(media);
    const char *const names[] = { "pay0", "pay1" };

    (void)factory;
    g_clear_object(&self->size);
    self->size = gst_bin_get_by_name(GST_BIN(bin), "size");
    for (unsigned i = 0; i < 2; i++) {
        g_autoptr(GstElement) payloader = gst_bin_get_by_name(GST_BIN(bin), names[i]);
        g_autoptr(GstPad) pad = payloader ? gst_element_get_static_pad(payloader, "src") : NULL;
        if (pad)
            gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet, self, NULL);
    }
}

static void
on_closed(GstRTSPClient *client, void *data)
{
    Camera *self = data;

    (void)client;
    printf("clients %u\n", --self->n_clients);
    fflush(stdout);
}

static void
on_client(GstRTSPServer *server, GstRTSPClient *client, void *data)
{
    Camera *self = data;

    (void)server;
    g_signal_connect(client, "closed", G_CALLBACK(on_closed), self);
    printf("clients %u\n", ++self->n_clients);
    fflush(stdout);
}

static void
set_size(Camera *self, const char *text)
{
    g_autoptr(GstCaps) caps = gst_caps_from_string(text);

    if (self->size)
        g_object_set(self->size, "caps", caps, NULL);
}

static gboolean
on_input(int fd, GIOCondition condition, void *data)
{
    Camera *self = data;
    char line[64] = "";

    (void)fd;
    (void)condition;
    if (!fgets(line, sizeof line, stdin) || g_str_has_prefix(line, "end")) {
        g_main_loop_quit(self->loop);
        return G_SOURCE_REMOVE;
    }
    if (g_str_has_prefix(line, "stall"))
        self->stalled = TRUE;
    if (g_str_has_prefix(line, "rubbish"))
        self->rubbish = TRUE;
    if (g_str_has_prefix(line, "go"))
        self->stalled = self->rubbish = FALSE;
    if (g_str_has_prefix(line, "small") || g_str_has_prefix(line, "large"))
        set_size(self, line[0] == 's' ? SMALL : LARGE);
    return G_SOURCE_CONTINUE;
}

static void
protect(GstRTSPServer *server, GstRTSPMediaFactory *factory, const char *password)
{
    g_autoptr(GstRTSPAuth) auth = gst_rtsp_auth_new();
    GstRTSPToken *token = gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "user", NULL);

    gst_rtsp_auth_set_supported_methods(auth, GST_RTSP_AUTH_DIGEST);
    gst_rtsp_auth_add_digest(auth, "admin", password, token);
    gst_rtsp_token_unref(token);
    gst_rtsp_server_set_auth(server, auth);
    gst_rtsp_media_factory_add_role(factory, "user", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
                                    GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, NULL);
}

int
main(int argc, char **argv)
{
    Camera camera = { 0 };
    const char *codec = argc > 2 ? argv[2] : "h264", *launch = NULL;

    gst_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(codecs); i++) {
        if (strcmp(codecs[i].name, codec) == 0)
            launch = codecs[i].launch;
    }
    if (argc < 2 || !launch) {
        fprintf(stderr, "usage: rtsp-camera PORT [h264|h265|bframes|silent [PASSWORD]]\n");
        return 2;
    }
    camera.loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GstRTSPServer) server = gst_rtsp_server_new();
    gst_rtsp_server_set_address(server, "127.0.0.1");
    gst_rtsp_server_set_service(server, argv[1]);
    g_autoptr(GstRTSPMountPoints) mounts = gst_rtsp_server_get_mount_points(server);
    GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory, launch);
    gst_rtsp_media_factory_set_shared(factory, TRUE);
    g_signal_connect(factory, "media-configure", G_CALLBACK(on_media), &camera);
    if (argc > 3)
        protect(server, factory, argv[3]);
    gst_rtsp_mount_points_add_factory(mounts, "/live", factory);
    g_signal_connect(server, "client-connected", G_CALLBACK(on_client), &camera);
    if (gst_rtsp_server_attach(server, NULL) == 0) {
        fprintf(stderr, "rtsp-camera: port %s is taken\n", argv[1]);
        return 1;
    }
    printf("port %d\n", gst_rtsp_server_get_bound_port(server));
    fflush(stdout);
    setvbuf(stdin, NULL, _IONBF, 0);
    g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, &camera);
    g_main_loop_run(camera.loop);
    return 0;
}
