/* tools/webrtc-client.h - one WHIP or WHEP connection by GStreamer's webrtcbin
 *
 * Shared by the demonstration terminal and by the tests that use a client we did not write.
 * Ownership: the caller. Thread: main (GLib loop must run); counters may be read at any time. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct WebrtcClient WebrtcClient;

typedef struct {
    const char *url;        /* http://HOST/whip/SESSION/PARTY or /whep/... */
    const char *token;      /* Bearer */
    bool play;              /* WHEP; else WHIP */
    const char *voice_path; /* WHIP: raw 48 kHz mono s16le that is looped; NULL: a tone */
    const char *codec;      /* WHIP: "vp8" (default), "h264", "vp9" */
    const char *label;      /* burnt into the picture */
    bool small;             /* WHIP: a small picture of few frames, for many senders on one machine */
} WebrtcClientConfig;

typedef struct {
    bool failed; /* HTTP refused, or the connection failed; error says why */
    char error[256];
    unsigned connected_ms;     /* from the offer until the connection was up; 0: not yet */
    unsigned video_frames;     /* WHEP: decoded */
    unsigned first_packet_ms;  /* WHEP: from the offer to the first packet of a picture; 0: none */
    unsigned first_picture_ms; /* WHEP: from the offer to the first decoded; 0: none */
    unsigned audio_buffers;    /* WHEP: decoded */
    unsigned video_width, video_height;
    bool connected;
} WebrtcClientStats;

WebrtcClient *webrtc_client_new(const WebrtcClientConfig *config);
void webrtc_client_get_stats(WebrtcClient *self, WebrtcClientStats *ret_stats);
void webrtc_client_free(WebrtcClient *self); /* DELETEs the resource */
