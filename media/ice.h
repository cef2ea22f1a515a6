/* media/ice.h - an ICE-lite agent's memory: which credentials are good, and which paths checks have proved (RFC 8445)
 *
 * Pure: told what happened, says what follows. Ownership: a value inside its transport; init / clear. */
#pragma once

#include "media/path.h"
#include "media/stun.h"
#include "media/transport.h"

G_BEGIN_DECLS

enum {
    MEDIA_ICE_MAX_PATHS = 8, /* proved ones per transport; the one not heard of for longest makes room */
    MEDIA_ICE_SILENT_US = 3 * G_USEC_PER_SEC, /* a selected path is left without nomination after this */
};

typedef struct {
    char *ufrag, *pwd;  /* owned; NULL: none */
    char *remote_ufrag; /* owned; NULL: not known yet, anything goes */
} MediaIceGeneration;

typedef struct {
    MediaPath path;
    int64_t seen_us; /* its last valid check or authentic packet */
} MediaIcePath;

typedef struct {
    MediaIceGeneration current, previous;
    unsigned n_paths;
    int selected; /* -1: none */
    MediaIcePath paths[MEDIA_ICE_MAX_PATHS];
} MediaIce;

void media_ice_init(MediaIce *self, const MediaIceCredentials *local);
void media_ice_clear(MediaIce *self);

/* Keeps the current credentials as the previous ones; those before are forgotten: ret_forgotten (owned; NULL: none). */
void media_ice_restart(MediaIce *self, const MediaIceCredentials *local, char **ret_forgotten);
void media_ice_set_remote(MediaIce *self, const char *ufrag);

/* The password to judge a check by; NULL: not for us (RFC 8445 section 7.3). */
const char *media_ice_get_password(const MediaIce *self, const MediaStunCheck *check);

typedef struct {
    bool added;    /* the check's path was not known */
    bool selected; /* the selected path is another one now */
    bool evicted;  /* evicted_path made room */
    MediaPath evicted_path;
    char *retired_ufrag; /* owned: no good any more, the new credentials are in use */
} MediaIceOutcome;

/* After a check has proved to be valid. */
void media_ice_on_valid(MediaIce *self, const MediaStunCheck *check, const MediaPath *path, int64_t now_us,
                        MediaIceOutcome *ret_outcome);

bool media_ice_has_path(const MediaIce *self, const MediaPath *path);
const MediaPath *media_ice_get_selected(const MediaIce *self); /* borrowed; NULL: none */

/* An authentic packet came this way. */
void media_ice_touch(MediaIce *self, const MediaPath *path, int64_t now_us);

/* true: it was the selected one; another, or none, is now. */
bool media_ice_remove_path(MediaIce *self, const MediaPath *path);

G_END_DECLS
