/* gateway/people/access.h - who may call what: the bits of SigMethod.access and SigRoute.access, and who is asking
 *
 * Thread: main. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "signaling/client.h"
#include "signaling/route.h"

G_BEGIN_DECLS

enum {
    GW_ACCESS_FAMILY = 1 << 0,        /* a family's device, for one visit */
    GW_ACCESS_TERMINAL = 1 << 1,      /* a paired terminal */
    GW_ACCESS_OFFICER = 1 << 2,       /* visit officer */
    GW_ACCESS_ADMINISTRATOR = 1 << 3, /* runs the node; can never watch */
    GW_ACCESS_MEDIA_TOKEN = 1 << 4,   /* a Bearer token for WHIP and WHEP */
    GW_ACCESS_SECURITY = 1 << 5,   /* security administrator: second person of deletions and exports; can never watch */
    GW_ACCESS_AUDITOR = 1 << 6,    /* audit administrator: reads logs and proofs; can never watch */
    GW_ACCESS_PROCURATOR = 1 << 7, /* reads the archive, writes remarks, and nothing else */
    GW_ACCESS_INSPECTOR = 1 << 8,  /* sees offices below: roll-calls, wall, spot checks, tickets */
    GW_ACCESS_OFFICE = 1 << 9,     /* staff of an office: answers what comes from above, sees its own unit */
    GW_ACCESS_ENROLLING =
        1 << 10, /* signed in, but the role asks for a second factor and there is none yet: only that */
    GW_ACCESS_PLATFORM = 1 << 11, /* another system, by its token: posts alarms */
    GW_ACCESS_FETCHER = 1 << 12,  /* another system, by its token: fetches what was recorded (IF6) */
    GW_ACCESS_WATCH = GW_ACCESS_OFFICER | GW_ACCESS_PROCURATOR, /* recordings */
    GW_ACCESS_CONSOLE = GW_ACCESS_OFFICER | GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR |
                        GW_ACCESS_PROCURATOR | GW_ACCESS_INSPECTOR | GW_ACCESS_OFFICE,
    GW_ACCESS_PARTY = GW_ACCESS_FAMILY | GW_ACCESS_TERMINAL,
    GW_ACCESS_ANY_SEAT = GW_ACCESS_CONSOLE | GW_ACCESS_PARTY,
};

typedef enum {
    GW_SEAT_NONE,
    GW_SEAT_VISIT,
    GW_SEAT_TERMINAL,
    GW_SEAT_CONSOLE,
} GwSeat;

const char *gw_seat_to_string(GwSeat seat); /* "visit", "terminal", "console" */
GwSeat gw_seat_from_string(const char *name);
const char *gw_seat_get_cookie(GwSeat seat); /* "yuanjian-visit" ... */

/* Who sits at the other end of a connection: resolved from its token when it opened, kept by people/, valid as long as
 * the client; access and unit change when rights do. Revoking the token closes the client. */
typedef struct {
    GwSeat seat;
    uint32_t access;     /* of all posts in force: where, says gw_people_reaches() */
    const char *id;      /* person, terminal or visit id */
    const char *display; /* for logs, audit and other people's pages */
    const char *unit;    /* unit id, see gw_people_get_person_unit(); NULL for the visit seat */
    const char *audit;   /* "person:ID" ... as GwAuditEntry.who */
} GwIdentity;

/* NULL before it was resolved (the client is then closed). Borrowed. */
const GwIdentity *gw_identity_of_client(SigClient *client);
const GwIdentity *gw_identity_of_http(SigHttp *http);

G_END_DECLS
