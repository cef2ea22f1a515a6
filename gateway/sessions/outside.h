/* gateway/sessions/outside.h - what of a session may be looked at from outside of it: by a wall, by a roll-call's page
 *
 * The rule is that of an observer (routing.h), for somebody who is no party: nothing of what is privileged or paused, nothing
 * before the gate of a recorded session is open. Nobody in the session can tell.
 * Thread: main. */
#pragma once

#include "gateway/sessions/sessions.h"
#include "media/source.h"

G_BEGIN_DECLS

typedef enum {
    GW_OUTSIDE_SHOWN,
    GW_OUTSIDE_NOTHING,    /* it publishes nothing of that kind now */
    GW_OUTSIDE_HELD,       /* not begun, or paused */
    GW_OUTSIDE_PRIVILEGED, /* for nobody else's eyes */
} GwOutside;

/* What the party publishes; borrowed, valid until the session was applied again; NULL unless shown. */
GwOutside gw_outside_look(GwSession *session, const char *party, MediaKind kind, MediaSource **ret_source);

/* Called on main after every change of what a session shows, also when it goes. Whoever holds a source then looks again. Not
 * more than GW_OUTSIDE_MAX_FUNCS. func must not remove sessions. */
enum { GW_OUTSIDE_MAX_FUNCS = 4 };
typedef void (*GwOutsideFunc)(GwSession *session, void *user_data);
void gw_outside_add_func(GwSessions *sessions, GwOutsideFunc func, void *user_data);
void gw_outside_remove_func(GwSessions *sessions, void *user_data);

G_END_DECLS
