/* gateway/cameras/process.h - one run of yuanjian-camera: told what to do once, heard until it ends
 *
 * What it parses is hostile, so what it says is not believed: lines are bounded and read strictly, and a process that says
 * something else is ended. The login goes by its standard input, never by its command line.
 * Ownership: the caller. Thread: main. Re-entry: a handler may free the process. */
#pragma once

#include <glib.h>

#include "camera/lines.h"

G_BEGIN_DECLS

typedef struct GwCameraProcess GwCameraProcess;

typedef struct {
    void (*reported)(const CamReport *report, void *user_data);
    void (*ended)(void *user_data); /* nothing more comes; free it */
} GwCameraProcessEvents;

typedef struct {
    const char *program;
    const CamOrder *order;
    int media_fd; /* taken, even on failure; -1: a test */
} GwCameraProcessConfig;

GwCameraProcess *gw_camera_process_new(const GwCameraProcessConfig *config, const GwCameraProcessEvents *events,
                                       void *user_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* It takes leave of its camera, and is killed when that takes long. */
void gw_camera_process_free(GwCameraProcess *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwCameraProcess, gw_camera_process_free)

G_END_DECLS
