/* camera/pull.h - one camera: its RTSP session, its streams, and what is wrong with it
 *
 * Runs until something is wrong or it is told to quit: whoever started the process decides whether to try again.
 * Ownership: the caller. Thread: main. */
#pragma once

#include "camera/lines.h"
#include "camera/outlet.h"

G_BEGIN_DECLS

typedef struct CamPull CamPull;

/* What is found is told by this, line by line. */
typedef void (*CamTell)(const CamReport *report, void *user_data);

CamPull *cam_pull_new(const CamOrder *order, CamOutlet *outlet, CamTell tell, void *user_data);
/* Ends the RTSP session as it should be. */
void cam_pull_free(CamPull *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CamPull, cam_pull_free)

/* Returns when it is over; a fault has been told then, if there was one. */
void cam_pull_run(CamPull *self);
void cam_pull_quit(CamPull *self);

G_END_DECLS
