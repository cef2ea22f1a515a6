/* camera/lines.h - what the service and yuanjian-camera say to each other: one line each, words first
 *
 * Orders go to its standard input: "url TEXT", "user TEXT", "password TEXT", "transport tcp|udp", "transcode", and last
 * "play" or "test". Reports come from its standard output: "state ...", "video ...", "audio ...", "keyframes MS", "fault WORD".
 * TEXT is percent-escaped. Neither side believes the other: every line is bounded, and what is not understood is refused.
 * Pure: any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

enum {
    CAM_MAX_LINE = 4096, /* without its end */
    CAM_MAX_URL = 1000,
    CAM_MAX_LOGIN = 128, /* bytes, of a user's name or a password */
    CAM_MAX_CODEC = 15,
};

/* Why no picture comes. */
typedef enum {
    CAM_FAULT_NONE,
    CAM_FAULT_UNREACHABLE, /* nobody answers at the address */
    CAM_FAULT_PASSWORD,    /* user or password are refused */
    CAM_FAULT_NO_STREAM,   /* there is no such stream, or none with a picture that can be read */
    CAM_FAULT_STALLED,     /* connected, and nothing comes (any more) */
    CAM_FAULT_RUBBISH,     /* what comes is no picture */
    CAM_FAULT_UNFIT,       /* cannot be passed on as it is: "transcode" is needed */
    CAM_FAULT_INTERNAL,    /* the process itself */
    CAM_N_FAULTS,
} CamFault;

const char *cam_fault_to_string(CamFault fault);
CamFault cam_fault_from_string(const char *word); /* CAM_N_FAULTS: unknown */

typedef struct {
    char url[CAM_MAX_URL + 1], user[CAM_MAX_LOGIN + 1], password[CAM_MAX_LOGIN + 1];
    bool udp;       /* RTP over UDP rather than in the RTSP connection */
    bool transcode; /* also what could be passed on */
    bool test;      /* look at it, say what it is, end */
    bool complete;  /* "play" or "test" was said */
} CamOrder;

/* False: the line is none. After complete every line is refused. */
bool cam_order_take_line(CamOrder *self, const char *line) G_GNUC_WARN_UNUSED_RESULT;
/* All lines, each with its end; holds the password: clear it after use. */
char *cam_order_to_lines(const CamOrder *self);
void cam_order_clear(CamOrder *self);

/* rtsp://HOST[:PORT][/...] without user and password in it. */
bool cam_url_is_valid(const char *url);

typedef enum {
    CAM_REPORT_CONNECTED, /* the camera has answered; "state connected" */
    CAM_REPORT_PLAYING,   /* the first picture has gone out; "state playing" */
    CAM_REPORT_VIDEO,
    CAM_REPORT_AUDIO,
    CAM_REPORT_KEYFRAMES,
    CAM_REPORT_FAULT,
} CamReportKind;

typedef struct {
    CamReportKind kind;
    char codec[CAM_MAX_CODEC + 1]; /* as RTSP names it: "H264", "PCMA" */
    bool transcoded;               /* of VIDEO and AUDIO */
    unsigned width, height;        /* of VIDEO; 0: not known yet */
    unsigned milli_fps;            /* of VIDEO; 0: not known yet */
    unsigned interval_ms;          /* of KEYFRAMES: from one to the next */
    CamFault fault;                /* of FAULT */
} CamReport;

bool cam_report_parse(const char *line, CamReport *ret_report) G_GNUC_WARN_UNUSED_RESULT;
char *cam_report_to_line(const CamReport *self); /* without its end */

G_END_DECLS
