/* gateway/scrub/scrub.h - the archive is read again, a little at a time, so that all of it is within [recorder] scrub-days
 *
 * A disk that forgets is found while there is still a copy somewhere. One recording at a time, on a thread of the lowest
 * priority, no faster than [recorder] scrub-mb a second. What is not as it was sealed is an audit entry ("archive.damaged": file,
 * chunk, when in the recording), a critical line in the log and a count in the metrics. When a recording was read last is the time of
 * DIR/scrub/SESSION; until then that of its folder, because sealing reads back.
 * Commands: scrub.start {all?, session?} -> {}, scrub.status {} -> {running, done, total, damaged, bytes, session?}.
 * Ownership: main. Thread: main. */
#pragma once

#include "gateway/admin/admin.h"
#include "gateway/gateway.h"

G_BEGIN_DECLS

typedef struct GwScrub GwScrub;

typedef struct {
    const char *archive_dir, *state_dir;
    unsigned days; /* 0: only when asked */
    uint64_t bytes_per_s;
    /* Of each recording that was read to its end: RecDamage *, borrowed. NULL: nobody wants to know. */
    void (*read)(const char *session, const GPtrArray *damages, void *user_data);
    void *user_data;
} GwScrubConfig;

typedef struct {
    bool running;
    unsigned done, total; /* recordings of this round, or of the last */
    unsigned damaged;
    uint64_t bytes;
    uint64_t damaged_ever; /* since the start of the service */
    const char *session;   /* borrowed; NULL: none */
} GwScrubStatus;

GwScrub *gw_scrub_new(const Gateway *gateway, const GwScrubConfig *config);
void gw_scrub_free(GwScrub *self); /* waits for the piece that is being read */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwScrub, gw_scrub_free)

/* all: whatever was read lately; else what is due. session: this one alone; NULL: every one. False: a round runs already. */
bool gw_scrub_start(GwScrub *self, bool all, const char *session);
void gw_scrub_get_status(const GwScrub *self, GwScrubStatus *ret_status);

void gw_scrub_add_commands(GwScrub *self, GwAdmin *admin);

G_END_DECLS
