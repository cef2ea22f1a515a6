/* Publishes by WHIP or plays by WHEP for some seconds with webrtcbin, then prints what happened as one line of JSON.
 * Exit status 0 when the connection came up (and, playing, sound and picture were decoded). For the tests. */
#include <gst/gst.h>
#include <stdio.h>

#include "tools/webrtc-client.h"

static gboolean
on_end(void *loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

/* Once a second, for who wants to know when it stood still. */
static gboolean
on_second(void *client)
{
    WebrtcClientStats stats;

    webrtc_client_get_stats(client, &stats);
    fprintf(stderr, "frames %u sound %u connected %d %s\n", stats.video_frames, stats.audio_buffers, stats.connected,
            stats.error);
    return G_SOURCE_CONTINUE;
}

int
main(int argc, char **argv)
{
    WebrtcClientConfig config = { 0 };
    WebrtcClientStats stats;
    char *whip = NULL;
    char *whep = NULL;
    int seconds = 10;
    gboolean trace = FALSE, small = FALSE;
    bool ok;
    g_autoptr(GError) error = NULL;
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    GOptionEntry entries[] = {
        { "whip", 0, 0, G_OPTION_ARG_STRING, &whip, "publish there", "URL" },
        { "whep", 0, 0, G_OPTION_ARG_STRING, &whep, "play from there", "URL" },
        { "token", 0, 0, G_OPTION_ARG_STRING, &config.token, "Bearer token", "TOKEN" },
        { "codec", 0, 0, G_OPTION_ARG_STRING, &config.codec, "vp8 (default), vp9 or h264", "NAME" },
        { "label", 0, 0, G_OPTION_ARG_FILENAME, &config.label, "burnt into the picture; UTF-8 in any locale", "TEXT" },
        { "voice", 0, 0, G_OPTION_ARG_FILENAME, &config.voice_path, "raw 48 kHz mono s16le, looped; else a tone",
          "FILE" },
        { "small", 0, 0, G_OPTION_ARG_NONE, &small, "a small picture of few frames", NULL },
        { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "how long (10)", "N" },
        { "trace", 0, 0, G_OPTION_ARG_NONE, &trace, "say each second what has come", NULL },
        { 0 },
    };
    g_autoptr(GOptionContext) options = g_option_context_new("- a WHIP or WHEP client");

    g_option_context_add_main_entries(options, entries, NULL);
    g_option_context_add_group(options, gst_init_get_option_group());
    if (!g_option_context_parse(options, &argc, &argv, &error) || (whip == NULL) == (whep == NULL) ||
        config.token == NULL) {
        fprintf(stderr, "%s\n", error != NULL ? error->message : "give --whip or --whep, and --token");
        return 64;
    }
    config.play = whep != NULL;
    config.small = small;
    config.url = config.play ? whep : whip;
    WebrtcClient *client = webrtc_client_new(&config);
    g_timeout_add_seconds((guint)seconds, on_end, loop);
    if (trace)
        g_timeout_add_seconds(1, on_second, client);
    g_main_loop_run(loop);
    webrtc_client_get_stats(client, &stats);
    webrtc_client_free(client);
    printf("{\"connected\": %s, \"video_frames\": %u, \"audio_buffers\": %u, \"connected_ms\": %u, "
           "\"first_packet_ms\": %u, "
           "\"first_picture_ms\": %u, \"width\": %u, \"height\": %u, \"error\": \"%s\"}\n",
           stats.connected ? "true" : "false", stats.video_frames, stats.audio_buffers, stats.connected_ms,
           stats.first_packet_ms, stats.first_picture_ms, stats.video_width, stats.video_height, stats.error);
    ok = stats.connected && !stats.failed && (!config.play || (stats.video_frames > 0 && stats.audio_buffers > 0));
    return ok ? 0 : 1;
}
