/* gateway/supervision/wall-priv.h - what wall.c (the pages), wall-view.c (one page's peer), wall-talk.c, wall-methods.c and
 * wall-plans.c share */
#pragma once

#include "gateway/supervision/wall.h"
#include "media/peer.h"

G_BEGIN_DECLS

enum {
    GW_WALL_MAX_TILES = MEDIA_MAX_SLOTS - 1, /* and the sound */
    GW_WALL_MAX_VIEWS = 256,                 /* pages with a wall, on this node */
    GW_WALL_NOTE_MS = 60 * 1000,             /* a look that goes on is noted as often */
    GW_WALL_MAX_PIXELS = 16384,
};

typedef struct {
    char *source;      /* NULL: empty */
    unsigned slot;     /* of the peer */
    const char *state; /* a literal, as it was told last */
    bool wants;        /* it is wanted from sources */
    int64_t from_ms;   /* since when it is seen, or was noted last; 0: it is not seen */
    char *session;     /* whose picture that is */
    char *unit;
} GwTile;

/* The inspector's microphone in somebody's session. */
typedef struct {
    char *source, *session, *party; /* NULL: none */
    bool pending;                   /* the floor is taken when the microphone is there */
} GwWallTalk;

/* One page. */
typedef struct {
    GwWall *wall;      /* borrowed */
    SigClient *client; /* borrowed */
    char *audit, *display, *address;
    char *party;     /* its name where it talks */
    MediaRoom *room; /* owned: the peer's alone */
    MediaPeer *peer; /* owned; NULL: it failed */
    int64_t lost_ms; /* 0: it is not lost */
    unsigned n_tiles;
    GwTile *tiles; /* owned */
    unsigned sound_slot;
    char *sound; /* the source that is heard; NULL: none */
    GwWallTalk talk;
} GwWallView;

struct GwWall {
    const Gateway *gateway; /* borrowed */
    GwSessions *sessions;   /* borrowed */
    GwSources *sources;     /* borrowed */
    GHashTable *views;      /* SigClient -> GwWallView, owned */
    GHashTable *online;     /* source, owned -> whether it is, as pages were told last */
    guint tick_source;
};

/* wall-view.c. Errors are of SIG_ERROR. */
GwWallView *gw_wall_view_new(GwWall *wall, SigClient *client, unsigned n_tiles);
void gw_wall_view_free(GwWallView *self);
char *gw_wall_view_offer(GwWallView *self, JsonArray **ret_slots, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_wall_view_accept_answer(GwWallView *self, const char *answer, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* source NULL: nothing. Tells nobody: the caller answers with the tile's state. */
void gw_wall_view_show(GwWallView *self, unsigned tile, const char *source);
void gw_wall_view_listen(GwWallView *self, const char *source); /* NULL: nothing is heard */
/* Decides again what comes through; source NULL: all. */
void gw_wall_view_update(GwWallView *self, const char *source);
void gw_wall_view_tick(GwWallView *self);
JsonObject *gw_wall_tile_to_json(const GwWallView *self, unsigned tile);

/* wall-talk.c */
char *gw_wall_talk_begin(GwWallView *view, const char *source, const char *offer,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_wall_talk_end(GwWallView *view);
void
gw_wall_talk_update(GwWallView *view); /* takes the floor when the microphone has come; lets go without the right */

/* wall.c */
bool gw_wall_reaches(GwWall *self, SigClient *client, const char *source, GwSourceInfo *ret_info);
/* Connected, or a device of it sends. */
bool gw_wall_is_there(GwWall *self, const GwSourceInfo *info);
GwWallView *gw_wall_find_view(GwWall *self, SigClient *client);

extern const SigMethod *const gw_wall_methods[];
extern const SigEvent gw_wall_events[];
extern const SigMethod gw_method_wall_plans, gw_method_wall_save_plan, gw_method_wall_delete_plan; /* wall-plans.c */

G_END_DECLS
