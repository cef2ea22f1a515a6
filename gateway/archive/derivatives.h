/* gateway/archive/derivatives.h - what is made of a recording: composites and redactions
 *
 * A derivative is asked for (derive.c), made by the composer one after the other (derivative-make.c), and lies in the folder of its
 * recording: derivatives/ID.webm, encrypted with the session's key, and ID.json, which says what it is and of what. The table
 * is an index of those that are made; they never count as the original, and go with it.
 *
 *   derivatives.c      rows, lists, playing
 *   derive.c           who may ask, cancel, remove
 *   derivative-make.c  from a row that waits to a file that is on record
 * Thread: main. */
#pragma once

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/folder.h"
#include "recorder/evidence/draft.h"

G_BEGIN_DECLS

#define GW_DERIVATIVES_DIR "derivatives"

#define GW_DERIVATIVE_COLUMNS                                                                                          \
    "id, session, kind, layout, state, who, display, at_ms, reason, approver_display, request, edits, watermark,"      \
    " export, parent, made_ms, duration_ms, width, height, bytes, sha256, sm3, message"
enum {
    GW_DERIVATIVE_ID,
    GW_DERIVATIVE_SESSION,
    GW_DERIVATIVE_KIND,
    GW_DERIVATIVE_LAYOUT,
    GW_DERIVATIVE_STATE,
    GW_DERIVATIVE_WHO,
    GW_DERIVATIVE_DISPLAY,
    GW_DERIVATIVE_AT_MS,
    GW_DERIVATIVE_REASON,
    GW_DERIVATIVE_APPROVER_DISPLAY,
    GW_DERIVATIVE_REQUEST,
    GW_DERIVATIVE_EDITS,
    GW_DERIVATIVE_WATERMARK,
    GW_DERIVATIVE_EXPORT,
    GW_DERIVATIVE_PARENT,
    GW_DERIVATIVE_MADE_MS,
    GW_DERIVATIVE_DURATION_MS,
    GW_DERIVATIVE_WIDTH,
    GW_DERIVATIVE_HEIGHT,
    GW_DERIVATIVE_BYTES,
    GW_DERIVATIVE_SHA256,
    GW_DERIVATIVE_SM3,
    GW_DERIVATIVE_MESSAGE,
    GW_DERIVATIVE_N_COLUMNS,
};

#define GW_DERIVATIVE_CONTENT_TYPE "video/webm"

/* As the asker sees it. */
JsonObject *gw_derivative_to_json(const GwAsk *ask, const GwRows *rows, unsigned row);
GwStatement *gw_derivative_find_statement(const char *id);
char *gw_derivative_get_file(const char *id); /* ID.webm, owned */
/* Its record, and the file as it is in the vault; name of the folder: the id. Any thread. */
bool gw_derivative_add_to_package(const GwFolder *folder, RecPackageDraft *draft, GError **error);
void gw_derivatives_show(GwAsk *ask, GwAskFunc next); /* a part of archive.get */

/* A row to be made: approved, and waiting. NULL where it does not apply. */
typedef struct {
    const char *session, *kind, *layout, *reason, *request, *edits, *watermark, *export;
    const char *state, *who, *display;
    int64_t at_ms;
} GwNewDerivative;

/* RETURNING GW_DERIVATIVE_COLUMNS. */
GwStatement *gw_derivative_to_statement(const char *id, const GwNewDerivative *derivative);

/* Making. */
GwDerivatives *gw_derivatives_new(GwArchive *archive, const RecSealerConfig *sealer);
void gw_derivatives_free(GwDerivatives *self);

/* A row that is "waiting" is made when its turn comes. */
void gw_derivatives_add(GwDerivatives *self, const char *id);
/* At start: what was waiting or being made is begun anew; what was so for an export is given up with it. */
void gw_derivatives_recover(GwDerivatives *self);
/* How far it is: 0 ... 1; -1: it is not here. */
double gw_derivatives_get_progress(const GwDerivatives *self, const char *id);
bool gw_derivatives_cancel(GwDerivatives *self, const char *id);
/* The recording is about to be destroyed. */
void gw_derivatives_cancel_session(GwDerivatives *self, const char *session);

/* An approved request: derive.c. */
void gw_redactions_make_approved(GwAsk *ask, GwAskFunc next);
void gw_redactions_refuse(GwAsk *ask, GwAskFunc next);

/* The composite of an export is there, or failed: export.c. */
void gw_exports_on_composite(GwArchive *self, const char *export_id, const char *derivative, const GError *error);

extern const GwArchiveMethod gw_derivatives_methods[], gw_derive_methods[];
extern const SigRoute gw_derivatives_routes[];

G_END_DECLS
