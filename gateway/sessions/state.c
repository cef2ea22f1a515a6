#include "gateway/sessions/state.h"

static const char *const state_names[GW_SESSION_N_STATES] = {
    [GW_SESSION_SCHEDULED] = "scheduled", [GW_SESSION_OPEN] = "open",           [GW_SESSION_LIVE] = "live",
    [GW_SESSION_PAUSED] = "paused",       [GW_SESSION_SUSPENDED] = "suspended", [GW_SESSION_ENDED] = "ended",
    [GW_SESSION_SEALED] = "sealed",
};

#define TO(state) (1u << GW_SESSION_##state)

/* From each state, where to. A visit may end from anywhere; only what has ended can be sealed. */
static const unsigned may_follow[GW_SESSION_N_STATES] = {
    [GW_SESSION_SCHEDULED] = TO(OPEN) | TO(ENDED),
    [GW_SESSION_OPEN] = TO(LIVE) | TO(ENDED),
    [GW_SESSION_LIVE] = TO(PAUSED) | TO(SUSPENDED) | TO(ENDED),
    [GW_SESSION_PAUSED] = TO(LIVE) | TO(SUSPENDED) | TO(ENDED),
    [GW_SESSION_SUSPENDED] = TO(LIVE) | TO(PAUSED) | TO(ENDED),
    [GW_SESSION_ENDED] = TO(SEALED),
    [GW_SESSION_SEALED] = 0,
};

const char *
gw_session_state_to_string(GwSessionState state)
{
    g_return_val_if_fail(state < GW_SESSION_N_STATES, "unknown");
    return state_names[state];
}

GwSessionState
gw_session_state_from_string(const char *word)
{
    for (unsigned i = 0; i < GW_SESSION_N_STATES; i++) {
        if (g_strcmp0(word, state_names[i]) == 0)
            return i;
    }
    return GW_SESSION_N_STATES;
}

bool
gw_session_state_may_follow(GwSessionState from, GwSessionState to)
{
    return from < GW_SESSION_N_STATES && to < GW_SESSION_N_STATES && (may_follow[from] & (1u << to)) != 0;
}

bool
gw_session_state_is_running(GwSessionState state)
{
    return state == GW_SESSION_LIVE || state == GW_SESSION_PAUSED || state == GW_SESSION_SUSPENDED;
}

const char *
gw_recording_class_to_string(GwRecordingClass recording_class)
{
    switch (recording_class) {
    case GW_CLASS_RECORDED:
        return "recorded";
    case GW_CLASS_PRIVILEGED:
        return "privileged";
    case GW_CLASS_UNKEPT:
        return "unkept";
    case GW_CLASS_UNKNOWN:
        break;
    }
    return "unknown";
}

GwRecordingClass
gw_recording_class_from_string(const char *word)
{
    if (g_strcmp0(word, "recorded") == 0)
        return GW_CLASS_RECORDED;
    if (g_strcmp0(word, "privileged") == 0)
        return GW_CLASS_PRIVILEGED;
    if (g_strcmp0(word, "unkept") == 0)
        return GW_CLASS_UNKEPT;
    return GW_CLASS_UNKNOWN;
}

bool
gw_recording_class_is_observable(GwRecordingClass recording_class)
{
    return recording_class == GW_CLASS_RECORDED || recording_class == GW_CLASS_UNKEPT;
}
