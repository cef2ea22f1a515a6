/* camera/branch.h - one stream of a camera on its way: taken out of its RTP, decoded and encoded again where it must be, put
 * into RTP as WebRTC has it, and out
 *
 * H.264 and Opus are passed on as they are; parameter sets come before every key frame.
 * Ownership: the pull. Elements belong to the pipeline; free the branch after the pipeline has stopped.
 * Thread: made on the pipeline's; counters are read on any. What happens is told by messages on the pipeline's bus. */
#pragma once

#include "camera/lines.h"
#include "camera/outlet.h"

G_BEGIN_DECLS

typedef struct CamBranch CamBranch;

typedef struct {
    GstElement *pipeline; /* borrowed */
    CamOutlet *outlet;    /* borrowed */
    bool transcode;       /* whatever it is */
} CamBranchConfig;

/* Whether streams of these caps (application/x-rtp) can be taken. */
bool cam_branch_takes(const GstCaps *caps, CamKind *ret_kind);

/* NULL: an element that it needs is not installed. */
CamBranch *cam_branch_new(const CamBranchConfig *config, GstPad *from, const GstCaps *caps);
void cam_branch_free(CamBranch *self);

typedef struct {
    uint64_t n_begun;    /* frames of which the camera has sent something */
    uint64_t n_whole;    /* frames that could be made out */
    uint64_t n_out;      /* frames that have gone out */
    uint64_t n_packets;  /* of the camera's */
    uint64_t n_nonsense; /* of them, with a beginning that no encoder writes; they are dropped */
    int64_t last_out_us; /* monotonic; 0: none yet */
} CamBranchCounts;

CamBranchCounts cam_branch_get_counts(const CamBranch *self);
void cam_branch_request_keyframe(CamBranch *self);

/* The report in a message of a branch; false: it is no such message. */
bool cam_branch_read_message(GstMessage *message, CamReport *ret_report);

G_END_DECLS
