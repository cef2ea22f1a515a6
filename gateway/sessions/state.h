/* gateway/sessions/state.h - the words of a session's life: states, recording classes, roles, and which step may follow
 *
 * Pure: constant tables, any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef enum {
    GW_SESSION_SCHEDULED,
    GW_SESSION_OPEN, /* the waiting room; a visit calls it "waiting" */
    GW_SESSION_LIVE,
    GW_SESSION_PAUSED,
    GW_SESSION_SUSPENDED, /* live, but a party has dropped and may come back */
    GW_SESSION_ENDED,
    GW_SESSION_SEALED, /* in the archive */
    GW_SESSION_N_STATES,
} GwSessionState;

const char *gw_session_state_to_string(GwSessionState state);
/* GW_SESSION_N_STATES when the word is unknown. */
GwSessionState gw_session_state_from_string(const char *word);
bool gw_session_state_may_follow(GwSessionState from, GwSessionState to);
/* LIVE, PAUSED or SUSPENDED: admitted and not over. */
bool gw_session_state_is_running(GwSessionState state);

typedef enum {
    GW_CLASS_UNKNOWN, /* could not be read: the session waits, nobody observes, nothing is recorded */
    GW_CLASS_RECORDED,
    GW_CLASS_PRIVILEGED, /* no recorder exists in the media path, nobody observes */
    GW_CLASS_UNKEPT,     /* only looked at (a wall, a camera): no recorder either, it may be observed, and the archive does not
                            hear of it; what is on record is who looked */
} GwRecordingClass;

const char *gw_recording_class_to_string(GwRecordingClass recording_class);
GwRecordingClass gw_recording_class_from_string(const char *word);
/* By officers, unseen. */
bool gw_recording_class_is_observable(GwRecordingClass recording_class);

typedef enum {
    GW_ROLE_PARTY,    /* sees and is seen: family, terminal, somebody in a meeting */
    GW_ROLE_OBSERVER, /* an officer: sees unseen; is heard only while talking in */
    GW_ROLE_VIEWER,   /* watches a meeting and publishes nothing */
} GwRole;

G_END_DECLS
