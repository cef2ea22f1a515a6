/* media/send-run.h - gathers packets of one transport and of one size, to leave in one call
 *
 * A packet is built in place: reserve, write, commit. Whatever does not fit the run (another owner, a larger packet, a
 * full buffer, one after a shorter one) flushes it first.
 * Ownership: one per worker, in its MediaNet.
 * Thread:    its worker. Pure but for the send function it is given. */
#pragma once

#include "media/path.h"

G_BEGIN_DECLS

enum {
    MEDIA_RUN_BYTES = 65536,     /* the buffer */
    MEDIA_RUN_MAX_BYTES = 65000, /* of a run: one datagram's worth of UDP payload */
    MEDIA_RUN_MAX_SEGMENTS = 64, /* UDP_MAX_SEGMENTS of the kernels before 6.9 */
};

/* Of the transport that sends; outlives the run or calls media_send_run_flush_target() first. */
typedef struct {
    MediaPath path;
    bool gso_refused;    /* by the route, once: from then on one by one */
    bool named;          /* path.local has to be named, or the kernel would choose another */
    uint32_t generation; /* of the routes that say so (media/routes.h); 0: not asked */
    uint64_t packets, bytes, dropped;
} MediaSendTarget;

typedef struct MediaSendRun MediaSendRun;

/* Sends what the run holds and accounts for it in the target. */
typedef void (*MediaSendRunFunc)(void *data, const MediaSendRun *run);

struct MediaSendRun {
    MediaSendRunFunc send;
    void *data;
    MediaSendTarget *target; /* borrowed; NULL: the run is empty */
    size_t segment_size;     /* on the wire, with the TCP length header where there is one */
    size_t used;
    unsigned n_segments;
    bool closed; /* its last segment is a shorter one */
    uint8_t bytes[MEDIA_RUN_BYTES];
};

void media_send_run_init(MediaSendRun *self, MediaSendRunFunc send, void *data);

/* Where to write size (1 ... 2048) bytes of packet; NULL when that is out of range. */
uint8_t *media_send_run_reserve(MediaSendRun *self, MediaSendTarget *target, size_t size);
/* The packet of the last reserve is there. Without commit it never was. */
void media_send_run_commit(MediaSendRun *self, size_t size);

void media_send_run_flush(MediaSendRun *self);
/* Flushes if the run is this target's: before its path changes, before it goes. */
void media_send_run_flush_target(MediaSendRun *self, const MediaSendTarget *target);

G_END_DECLS
