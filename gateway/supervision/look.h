/* gateway/supervision/look.h - a terminal that nobody uses is asked for its picture, and let go again
 *
 * The "terminal" kind of sources.h. A look is a session of kind "inspection" and class "unkept" with one party, "site": the
 * terminal is rung and publishes there, or a device of it does by its own token. Its people are told by their page that somebody
 * looks (F36). A terminal that is busy is never torn out of what it does: it is asked again later.
 * Ownership: main. Thread: main. */
#pragma once

#include "gateway/supervision/sources.h"

G_BEGIN_DECLS

typedef struct GwLooks GwLooks;
typedef struct GwLook GwLook;

#define GW_LOOK_PARTY "site"

enum { GW_LOOK_AGAIN_MS = 20 * 1000 }; /* after a refusal, while somebody still wants to see it */

/* How a terminal is rung. ring may answer at once or later, by gw_look_refuse(); media that flows is an answer too. */
typedef struct {
    /* NULL and a reason: it cannot be rung */
    void *(*ring)(GwLook *look, const GwActor *actor, const char **ret_why, void *user_data);
    /* Whether it takes part in something as a called party already, and where. */
    bool (*find)(const char *terminal, const char **ret_session, const char **ret_party, void *user_data);
    void (*cancel)(void *call, void *user_data);
    void (*media)(void *call, void *user_data); /* its picture flows */
} GwLookRinger;

GwLooks *gw_looks_new(const Gateway *gateway, GwSessions *sessions, GwSources *sources);
void gw_looks_free(GwLooks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwLooks, gw_looks_free)

/* Nobody is rung before. ringer is static. */
void gw_looks_set_ringer(GwLooks *self, const GwLookRinger *ringer, void *user_data);

const char *gw_look_get_terminal(const GwLook *self);
const char *gw_look_get_session(const GwLook *self);
int64_t gw_look_now_ms(const GwLook *self);
/* why: "visit", "busy", "declined", "no-answer", "offline": its session ends. The call is over by itself. A literal. */
void gw_look_refuse(GwLook *self, const char *why);

G_END_DECLS
