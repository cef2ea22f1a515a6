/* gateway/supervision/sources.h - who publishes for a terminal or a camera at the moment
 *
 * A source is "terminal:ID" or "camera:ID". Whoever has a picture of it (a roll-call, a look session, a camera's process, a
 * device that always sends) provides it: a session and a party of it. The newest that shows something is taken. When nobody
 * provides what somebody wants to see, its kind is asked to begin, and told to end some seconds after the last one stopped
 * wanting it. What may be seen at all is decided by sessions/outside.h, who may see it by gw_people_reaches().
 * Ownership: main; kinds are static and outlive it. Thread: main. */
#pragma once

#include "gateway/sessions/outside.h"

G_BEGIN_DECLS

typedef struct GwSources GwSources;

enum {
    GW_SOURCES_MAX_ID = 80,
    GW_SOURCES_MAX_PROVIDERS = 8, /* of one source; the oldest goes */
    GW_SOURCES_LINGER_MS = 8000,  /* a patrol that comes round finds it still there */
};

/* Strings are borrowed and live until the next turn of the loop. */
typedef struct {
    const char *id; /* with its prefix */
    const char *unit, *name;
    bool online;
} GwSourceInfo;

typedef struct {
    const char *prefix; /* "terminal", "camera" */
    /* false: there is none of this id (without the prefix) */
    bool (*find)(const char *id, GwSourceInfo *ret_info, void *user_data);
    void (*foreach)(void (*func)(const GwSourceInfo *info, void *data), void *data, void *user_data);
    /* Somebody wants to see it and nobody shows it: asked once, and each second again while that is so; what is under way
     * already stays. actor: the one who wanted it first. NULL functions: it cannot be made to send. */
    void (*begin)(const char *id, const GwActor *actor, void *user_data);
    void (*end)(const char *id, void *user_data); /* nobody wants it any more */
    /* Why there is no picture, a word of docs/protocol.md: "offline", "visit", "busy", "declined", "no-answer", "fault",
     * "connecting"; NULL: no reason is known. */
    const char *(*why)(const char *id, void *user_data);
} GwSourceKind;

GwSources *gw_sources_new(const Gateway *gateway, GwSessions *sessions);
void gw_sources_free(GwSources *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwSources, gw_sources_free)

/* Rows "source.provide", "source.withdraw" and "source.list": for devices that send all the time. */
void gw_sources_add_commands(GwSources *self, GwAdmin *admin);
void gw_sources_add_kind(GwSources *self, const GwSourceKind *kind, void *user_data); /* at most four */

/* Copied. The same again is fine. */
void gw_sources_provide(GwSources *self, const char *source, const char *session, const char *party);
void gw_sources_withdraw(GwSources *self, const char *source, const char *session, const char *party);
/* Its kind has something new to say (why, online). */
void gw_sources_tell_changed(GwSources *self, const char *source);

/* False: there is no such source. */
bool gw_sources_find(GwSources *self, const char *source, GwSourceInfo *ret_info);
void gw_sources_foreach(GwSources *self, void (*func)(const GwSourceInfo *info, void *data), void *data);

/* Each want has its unwant. actor is copied. */
void gw_sources_want(GwSources *self, const char *source, const GwActor *actor);
void gw_sources_unwant(GwSources *self, const char *source);

/* What there is of it now. */
typedef struct {
    GwSession *session;   /* borrowed; NULL: nobody provides it */
    const char *party;    /* borrowed */
    MediaSource *picture; /* borrowed; NULL: none */
    MediaSource *sound;   /* likewise */
    const char *state;    /* "picture", "privileged", "held", or why there is none: as GwSourceKind.why, "none" */
} GwSourceView;

GwSourceView gw_sources_look(GwSources *self, const char *source);

/* Who shows what has changed: look again. At most four. */
typedef void (*GwSourcesFunc)(const char *source, void *user_data);
void gw_sources_add_func(GwSources *self, GwSourcesFunc func, void *user_data);
void gw_sources_remove_func(GwSources *self, void *user_data);

void gw_sources_tick(GwSources *self); /* once a second by itself; tests call it with their own time */

G_END_DECLS
