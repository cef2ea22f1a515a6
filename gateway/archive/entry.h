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
} GwEntry;

GwEntry *gw_entry_new(const char *session);
void gw_entry_free(GwEntry *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwEntry, gw_entry_free)

#define GW_ENTRY_COLUMNS "session, unit, class, state, card, began_ms, duration_ms, end_cause, recovered"
GwEntry *gw_entry_from_row(const GwRows *rows, unsigned row);
GwStatement *gw_entry_to_statement(const GwEntry *self); /* inserts or replaces */

void gw_entry_set_card(GwEntry *self, JsonObject *card); /* borrowed */
void gw_entry_set_recording(GwEntry *self, const RecRecording *recording);

/* Recording and File of docs/protocol.md. */
JsonObject *gw_entry_to_json(const GwEntry *self);
JsonObject *gw_entry_file_to_json(const char *session, const RecFile *file);

G_END_DECLS
