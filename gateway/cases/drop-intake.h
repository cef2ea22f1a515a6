/* gateway/cases/drop-intake.h - one file of a platform: read, its rows taken as alarms, moved away with what came of each
 *
 * Ownership: of itself, until done was called; nothing is called any more after GwCases.gone. Thread: main; the disk by GTask. */
#pragma once

#include "gateway/cases/cases-priv.h"
#include "gateway/cases/drop-folder.h"

G_BEGIN_DECLS

/* How a file is come by. */
typedef struct {
    const char *path; /* of its folder */
    const GwDropFile *file;
    bool unended_is_whole; /* it has waited long enough for the end of its last line */
} GwDropWish;

typedef struct {
    bool done;     /* it has been moved away; else it is there still, and comes again */
    bool unended;  /* not done: its last line has no end */
    char *message; /* why nothing of it was taken, or why it is not done; NULL: there is nothing to say */
    char *sha256;  /* of what was read; NULL: it was not */
    unsigned taken, known, refused; /* rows */
} GwDropOutcome;

typedef void (*GwDropDone)(const GwDropOutcome *outcome, void *user_data);

void gw_drop_intake_begin(GwCases *cases, const GwPlatform *platform, const GwDropWish *wish, GwDropDone done,
                          void *user_data);

G_END_DECLS
