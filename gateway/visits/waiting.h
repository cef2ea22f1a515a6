/* gateway/visits/waiting.h - what a visit that has not begun is waiting for (F31): one pure decision
 *
 * Pure: any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef enum {
    GW_WAITING_TOO_EARLY,
    GW_WAITING_FAMILY,           /* to come, and to pass the device check */
    GW_WAITING_TERMINAL_OFFLINE, /* the room's device does not answer: somebody looks after it */
    GW_WAITING_BEING_FETCHED,    /* the subject is on the way to the room */
    GW_WAITING_RECORDER,         /* everybody is there, but it could not be recorded: somebody looks after it */
    GW_WAITING_OFFICER,          /* everybody is there */
} GwWaiting;

typedef struct {
    bool open; /* the waiting room is: its time has come */
    bool family_ready;
    bool terminal_online, terminal_ready;
    bool subject_here;
    bool recordable; /* or nothing is to be recorded */
} GwWaitingInput;

GwWaiting gw_waiting_decide(const GwWaitingInput *input);
const char *gw_waiting_to_string(GwWaiting waiting);

G_END_DECLS
