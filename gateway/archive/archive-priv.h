/* gateway/archive/archive-priv.h - what the files of archive/ share
 *
 *   archive.c     what is being sealed, and the index of it; sealing.c: from journal to manifest
 *   ask.c         one question of a page or a command, step by step
 *   search.c      filters to SQL
 *   methods.c     list, get, note; shown.c: what archive.get adds
 *   views.c       who has seen what
 *   retention.c, holds.c, requests.c   how long, not at all, and what needs a second person
 *   health.c      damage that was found, and how log and time stamps are
 *   purge.c, purge-run.c, clock.c      lawful deletion; note.c its printable note
 *   derivatives.c, derive.c, derivative-make.c   what is made of recordings: composites, redactions
 *   export.c      packages; draw.c, reviews.c, observed.c, remarks.c, snapshots.c, verify.c
 *   route.c       files; commands.c the owner's socket */
#pragma once

#include "gateway/archive/archive.h"
#include "gateway/archive/ask.h"
#include "gateway/archive/clock.h"
#include "gateway/archive/spans.h"
#include "gateway/archive/work.h"
#include "gateway/evidence/manifests.h"
#include "gateway/evidence/time-stamps.h"
#include "recorder/keyring.h"

G_BEGIN_DECLS

enum {
    GW_ARCHIVE_MAX_ID = 64,
    GW_ARCHIVE_MAX_REASON = 1000, /* bytes */
    GW_ARCHIVE_MAX_ROWS = 500,    /* of one answer */
};

typedef struct GwDerivatives GwDerivatives;

typedef struct {
    int64_t given; /* numbers of jobs so far */
    unsigned verifying;
    GwDerivatives *derivatives; /* owned */
    int64_t drawn_day;          /* the last day on which lots were drawn */
} GwJobs;

typedef struct {
    GHashTable *damaged;  /* sessions, owned */
    const GwScrub *scrub; /* borrowed; NULL: none */
    unsigned log_alarms;
} GwHealth;

/* Who looks at what. */
typedef struct {
    GHashTable *seeing; /* asker and session -> GwSeeing, owned: what is being watched */
    GHashTable *opened; /* asker, address and session -> int64_t *, owned: when that was written last */
} GwLooks;

struct GwArchive {
    const Gateway *gateway;    /* borrowed */
    GwSessions *sessions;      /* borrowed */
    RecJournal *journal;       /* borrowed */
    RecSealer *sealer;         /* owned */
    GwManifests *manifests;    /* owned */
    GwTimeStamps *stamps;      /* owned */
    const RecKeyring *keyring; /* borrowed; NULL: recordings are not encrypted */
    char *dir;
    GHashTable *entries; /* session -> GwEntry, owned: those that are not sealed yet */
    GHashTable *cache;   /* session -> RecRecording, owned: looked at lately */
    GHashTable *misses;  /* asker -> how often in this minute */
    GwLooks looks;
    GPtrArray *rows;    /* GwAskRow, owned */
    GCancellable *gone; /* cancelled when the archive is freed */
    GwClock clock;
    int64_t (*steady_us)(void); /* NULL: CLOCK_MONOTONIC; tests have their own */
    unsigned tick_source;
    bool purging; /* a purge is being carried out */
    GwJobs jobs;
    GwHealth health;
};

/* The entry in memory; NULL: it is sealed, or unknown. */
GwEntry *gw_archive_find(GwArchive *self, const char *session);
/* Writes the entry, its persons and how long it is kept. */
void gw_archive_write_entry(GwArchive *self, const GwEntry *entry);
/* Everybody who may see it hears that it has changed; reads it from the index. */
void gw_archive_tell_changed(GwArchive *self, const char *session);

/* Everybody who may ask what waits for a second person in this unit hears that there is more or less of it. NULL: nobody. */
void gw_archive_tell_waiting(GwArchive *self, const char *unit);

/* Reads recording.json on another thread; borrowed, NULL with an error. Not called after the archive is freed. */
typedef void (*GwArchiveLoaded)(const RecRecording *recording, const GError *error, void *user_data);
void gw_archive_load(GwArchive *self, const char *session, GwArchiveLoaded loaded, void *user_data,
                     GDestroyNotify release);
char *gw_archive_get_folder(GwArchive *self, const char *session);
GwStatement *gw_archive_find_statement(const char *session); /* columns GW_ENTRY_COLUMNS */

/* sealing.c: what the sealer says, with the archive as user_data. */
extern const RecSealerEvents gw_archive_sealer_events;
void gw_archive_on_covered(const char *session, uint64_t size, void *user_data);
void gw_archive_tell(GwArchive *self, const GwEntry *entry);
void gw_archive_write_and_tell(GwArchive *self, const GwEntry *entry);

/* content.c: a file of the recording, decrypted as it goes out; answers http. */
typedef struct {
    const char *session, *dir; /* dir: in the recording's folder; NULL: that itself */
    const char *file, *tag, *content_type;
} GwArchiveFile;

void gw_archive_reply_content(GwArchive *self, SigHttp *http, const GwArchiveFile *file);
void gw_archive_reply_file(GwArchive *self, SigHttp *http, const char *session, const RecFile *file);
/* extract.c, rebuild.c: rows of the owner's commands. */
void gw_archive_handle_rebuild(GwAdminRequest *request, JsonObject *params, void *user_data);
void gw_archive_handle_extract(GwAdminRequest *request, JsonObject *params, void *user_data);

/* Who asks for what is not there is slowed down. */
void gw_archive_count_miss(GwArchive *self, const GwAsker *asker);
bool gw_archive_may_guess(GwArchive *self, const GwAsker *asker);

/* Fail closed: done is called when the entry is in the audit table and, where there is one, in the node's log. leaf: its
 * number there, or -1. detail: taken. */
typedef void (*GwArchiveLogged)(int64_t leaf, const GError *error, void *user_data);
void gw_archive_log(GwArchive *self, const GwAuditEntry *entry, JsonObject *detail, GwArchiveLogged done,
                    void *user_data);

/* Pages of this person, wherever they are open. Takes params. */
void gw_archive_tell_person(GwArchive *self, const char *person, const char *event, JsonObject *params);

/* "visit:1095" ...: the number of this name; of "*"; or -1. */
int gw_rules_get(char **rules, const char *name);
JsonArray *gw_rules_to_json(char **rules, const char *name, const char *number);

/* NULL: the archive has no such method. */
const GwArchiveMethod *gw_archive_find_method(const char *name);
void gw_archive_add_path_command(GwArchive *self, GwAdmin *admin);

/* Small JSON. */
JsonObject *gw_object_with_text(const char *name, const char *value);
void gw_object_set_text(JsonObject *object, const char *name, const char *value); /* NULL: left out */
void gw_object_set_row_text(JsonObject *object, const char *name, const GwRows *rows, unsigned row, unsigned column);
void gw_object_set_row_int(JsonObject *object, const char *name, const GwRows *rows, unsigned row, unsigned column);

/* Parts of archive.get: each adds its member to the result of the question and goes on. */
void gw_views_show(GwAsk *ask, GwAskFunc next);
void gw_retention_show(GwAsk *ask, GwAskFunc next);
void gw_holds_show(GwAsk *ask, GwAskFunc next);
void gw_requests_show(GwAsk *ask, GwAskFunc next);
void gw_reviews_show(GwAsk *ask, GwAskFunc next);
void gw_remarks_show(GwAsk *ask, GwAskFunc next);
void gw_exports_show(GwAsk *ask, GwAskFunc next);
void gw_snapshots_show(GwAsk *ask, GwAskFunc next);
void gw_chain_show(GwAsk *ask, GwAskFunc next);
void gw_completeness_show(GwAsk *ask, const RecRecording *recording); /* adds it; nothing when it was not counted */

/* Retention: what is written when a recording is first known, and what a request does when it is approved. */
void gw_retention_add_rule(GwArchive *self, GPtrArray *statements, const GwEntry *entry);
int64_t gw_retention_get_default_ms(const GwArchive *self, const GwEntry *entry);
void gw_retention_apply_shorten(GwAsk *ask, const char *session, int64_t until_ms, GPtrArray *statements);

/* A request that a second person decides; the fields that do not apply are NULL or 0. */
typedef struct {
    const char *what, *session, *hold, *recipient, *reason;
    const char *options; /* JSON: members of what is asked for */
    int64_t until_ms;
} GwNewRequest;

/* Logs it, writes it, and replies with "request". */
void gw_requests_add(GwAsk *ask, const GwNewRequest *request);

/* Makes the export that ask->detail (a Request with "who") asks for, and goes on. */
void gw_exports_make_approved(GwAsk *ask, GwAskFunc next);

/* Each second, from archive.c. */
void gw_purges_tick(GwArchive *self);
void gw_views_tick(GwArchive *self);
void gw_draws_tick(GwArchive *self);
void gw_views_flush(GwArchive *self); /* at the end */
void gw_views_flush_session(GwArchive *self, const char *session);
/* What who watches now and is not written yet; who NULL: nothing. */
void gw_views_add_live(GwArchive *self, const char *who, const char *session, GArray *spans);
/* Of archive.get: that the recording which was found is opened is on record, if only from a while ago when the asker asks anew
 * for what lies open before him. */
void gw_views_note_open(GwAsk *ask);
void gw_looks_init(GwLooks *self);
void gw_looks_clear(GwLooks *self);

extern const GwArchiveMethod gw_archive_methods[], gw_views_methods[], gw_retention_methods[], gw_holds_methods[],
    gw_requests_methods[], gw_purge_methods[], gw_export_methods[], gw_review_methods[], gw_draw_methods[],
    gw_remark_methods[], gw_observed_methods[], gw_verify_methods[], gw_health_methods[];
extern const GwArchiveCommand gw_archive_commands[];
extern const SigEvent gw_archive_events[];
extern const SigRoute gw_archive_routes[], gw_export_routes[], gw_snapshot_routes[], gw_note_routes[];

/* The audit entry that stays of a recording: its leaf is a tombstone. */
#define GW_ARCHIVE_TOMBSTONE "archive.destroyed"

#define GW_PARAM_ID(member)                                                                                            \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_STRING, .min = 1, .max = GW_ARCHIVE_MAX_ID                                    \
    }
#define GW_PARAM_REASON                                                                                                \
    {                                                                                                                  \
        .name = "reason", .type = SIG_TYPE_STRING, .min = 1, .max = GW_ARCHIVE_MAX_REASON                              \
    }

G_END_DECLS
