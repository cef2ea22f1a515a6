/* gateway/sessions/recording.h - what of a session goes into the journal: the one place that attaches a recorder
 *
 * A tap is one source on its way into the journal. It exists only for a session whose class is "recorded", and only
 * while that session runs; gw_recording_attach() asserts it. Ownership: the session's recording owns its taps; a
 * detached one frees itself when the media worker has let go. Thread:    main. */
#pragma once

#include "gateway/sessions/session-priv.h"

G_BEGIN_DECLS

/* NULL when this session is not recorded or has no journal. track: unique id in the session. */
GwTap *gw_recording_attach(GwSession *session, MediaSource *source, const char *party, const char *track);
void gw_recording_detach(GwTap *tap);
void gw_recording_detach_all(GwSession *session); /* and then closes the session in the journal if it has ended */

/* Something of every track that is published came here; may_be_silent: of those that give something. */
bool gw_recording_is_filled(const GwSession *session, bool may_be_silent);
bool gw_recording_has_begun(const GwSession *session); /* something of any track */

/* packets: what its source has received so far. Whether media has flowed for 2 s and none of it came here. */
bool gw_tap_is_stalled(GwTap *tap, uint64_t packets, bool flows, int64_t now_us);

/* Pure part of the above, for tests. Zeroed is valid. */
typedef struct {
    uint64_t source_packets, recorded_packets;
    int64_t since_us; /* 0: not stalled */
} GwStall;

bool gw_stall_update(GwStall *self, uint64_t source_packets, uint64_t recorded_packets, int64_t now_us);

/* Each second: notices stalls and recovery, tells by event. */
void gw_recording_tick(GwSession *session, int64_t now_us);
void gw_recording_close_if_over(GwSession *session);
void gw_recording_free_all(GwSession *session); /* the session goes: taps that are left free themselves */

G_END_DECLS
