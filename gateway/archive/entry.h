/* gateway/archive/entry.h - one recording as the index knows it
 *
 * A value with owned strings. Thread: main. */
#pragma once

#include <json-glib/json-glib.h>

#include "gateway/sessions/sessions.h"
#include "recorder/recording.h"

G_BEGIN_DECLS

typedef enum {
    GW_ENTRY_NONE, /* privileged: nothing is kept, and that is on record */
    GW_ENTRY_RECORDING,
    GW_ENTRY_SEALING,
    GW_ENTRY_SEALED,
    GW_ENTRY_FAILED,
    GW_ENTRY_DESTROYED, /* lawfully; its tombstone stays */
} GwEntryState;

typedef struct {
    char *session, *unit;
    GwRecordingClass recording_class;
    GwEntryState state;
    JsonObject *card; /* NULL: nothing is known of the session */
    int64_t began_ms, duration_ms;
    char *end_cause;
    bool recovered;
    double progress; /* of sealing */
    char *kind;      /* of the session */
    bool described;  /* kind, unit and card are those of the recording */
    int64_t missing_ms, bytes;
    /* Only read here; written where they are decided. */
    char *keep_class;
    int64_t until_ms; /* 0: not known yet */
    bool held;
    char *review; /* "none", "open", "taken" or a verdict */
} GwEntry;

GwEntry *gw_entry_new(const char *session);
void gw_entry_free(GwEntry *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwEntry, gw_entry_free)

#define GW_ENTRY_COLUMNS                                                                                               \
    "session, unit, class, state, card, began_ms, duration_ms, end_cause, recovered, kind, missing_ms, bytes,"         \
    " keep_class, until_ms, held, review"
enum { GW_ENTRY_N_COLUMNS = 16 };
GwEntry *gw_entry_from_row(const GwRows *rows, unsigned row);
/* Where its columns begin with column at. */
GwEntry *gw_entry_from_row_at(const GwRows *rows, unsigned row, unsigned at);
GwStatement *gw_entry_to_statement(const GwEntry *self); /* inserts or replaces */
/* Whom archive.list finds it by: of its card, and officers of its events. */
void gw_entry_add_person_statements(const GwEntry *self, GPtrArray *statements);
const char *gw_entry_state_to_string(GwEntryState state);

void gw_entry_set_card(GwEntry *self, JsonObject *card); /* borrowed */
/* Also what the recording says of its session. */
void gw_entry_set_recording(GwEntry *self, const RecRecording *recording);

/* Recording and File of docs/protocol.md. */
JsonObject *gw_entry_to_json(const GwEntry *self);
JsonObject *gw_entry_file_to_json(const char *session, const RecFile *file);

G_END_DECLS
