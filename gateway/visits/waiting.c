#include "gateway/visits/waiting.h"

GwWaiting
gw_waiting_decide(const GwWaitingInput *input)
{
    if (!input->open)
        return GW_WAITING_TOO_EARLY;
    if (!input->family_ready)
        return GW_WAITING_FAMILY;
    if (!input->terminal_online)
        return GW_WAITING_TERMINAL_OFFLINE;
    if (!input->terminal_ready || !input->subject_here)
        return GW_WAITING_BEING_FETCHED;
    return input->recordable ? GW_WAITING_OFFICER : GW_WAITING_RECORDER;
}

const char *
gw_waiting_to_string(GwWaiting waiting)
{
    static const char *const names[] = {
        [GW_WAITING_TOO_EARLY] = "too-early",
        [GW_WAITING_FAMILY] = "family",
        [GW_WAITING_TERMINAL_OFFLINE] = "terminal-offline",
        [GW_WAITING_BEING_FETCHED] = "being-fetched",
        [GW_WAITING_RECORDER] = "recorder",
        [GW_WAITING_OFFICER] = "officer",
    };

    return names[waiting];
}
