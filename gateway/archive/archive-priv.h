/* gateway/archive/archive-priv.h - what archive.c, its methods and its route share */
#pragma once

#include "gateway/archive/archive.h"
#include "gateway/archive/entry.h"

G_BEGIN_DECLS

struct GwArchive {
    const Gateway *gateway; /* borrowed */
    GwSessions *sessions;   /* borrowed */
    RecJournal *journal;    /* borrowed */
    RecSealer *sealer;      /* owned */
    char *dir;
    GHashTable *entries; /* session -> GwEntry, owned: those that are not sealed yet */
    GHashTable *cache;   /* session -> RecRecording, owned: looked at lately */
    GCancellable *gone;  /* cancelled when the archive is freed */
};

/* Of one asker, kept while the store or the disk is asked. */
typedef struct {
    char *unit; /* NULL: the owner, who sees all */
    char *audit, *display, *address;
} GwAsker;

GwAsker gw_asker_copy(const GwIdentity *identity, const char *address);
void gw_asker_clear(GwAsker *asker);
bool gw_archive_covers(GwArchive *self, const GwAsker *asker, const char *unit);

/* The entry in memory; NULL: it is sealed, or unknown. */
GwEntry *gw_archive_find(GwArchive *self, const char *session);

/* Reads recording.json on another thread; borrowed, NULL with an error. Not called after the archive is freed. */
typedef void (*GwArchiveLoaded)(const RecRecording *recording, const GError *error, void *user_data);
void gw_archive_load(GwArchive *self, const char *session, GwArchiveLoaded loaded, void *user_data,
                     GDestroyNotify release);
char *gw_archive_get_folder(GwArchive *self, const char *session);

/* list.c: rows of the index. unit NULL: all. */
typedef struct {
    const char *unit, *text;
    int64_t from_ms, to_ms; /* 0: no limit */
    int64_t limit, offset;
} GwArchiveQuery;

GwStatement *gw_archive_query_to_statement(const GwArchiveQuery *query);
/* {recordings, total} */
JsonObject *gw_archive_rows_to_json(GwArchive *self, const GwRows *rows);
GwStatement *gw_archive_find_statement(const char *session); /* columns GW_ENTRY_COLUMNS */

/* content.c: a file of the recording, decrypted as it goes out; answers http. */
void gw_archive_reply_file(GwArchive *self, SigHttp *http, const char *session, const RecFile *file);
/* extract.c: a row of the owner's commands. */
void gw_archive_handle_extract(GwAdminRequest *request, JsonObject *params, void *user_data);

extern const SigMethod *const gw_archive_methods[];
extern const SigEvent gw_archive_events[];
extern const SigRoute gw_archive_routes[];

G_END_DECLS
