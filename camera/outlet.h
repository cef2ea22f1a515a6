/* camera/outlet.h - where a camera's packets leave the process: RTP and sender reports, one packet a message
 *
 * A message that the service does not take within a second is lost; so a service that stands holds the camera up, not memory.
 * Ownership: the caller. Thread: send() any, each kind on one at a time; the rest main. */
#pragma once

#include <gst/gst.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct CamOutlet CamOutlet;

typedef enum {
    CAM_AUDIO,
    CAM_VIDEO,
    CAM_N_KINDS,
} CamKind;

/* fd: a socket that keeps messages apart; taken. -1: nothing is sent. */
CamOutlet *cam_outlet_new(int fd);
void cam_outlet_free(CamOutlet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CamOutlet, cam_outlet_free)

/* One RTP packet that stands for this running time. */
void cam_outlet_send(CamOutlet *self, CamKind kind, GstBuffer *packet, GstClockTime running_time);

/* Told on main when the service asks for a key frame, and when it has gone. */
typedef struct {
    void (*keyframe_wanted)(void *user_data);
    void (*gone)(void *user_data);
} CamOutletEvents;

void cam_outlet_listen(CamOutlet *self, const CamOutletEvents *events, void *user_data);

G_END_DECLS
