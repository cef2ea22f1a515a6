/* gateway/archive/export.h - packages that leave the house
 *
 *   export.c        who may, why, the receipt, the list
 *   export-make.c   the package, put together once and frozen; its bytes, in any range
 * Thread: main. */
#pragma once

#include "gateway/archive/archive-priv.h"

G_BEGIN_DECLS

/* Makes the package of the question's entry and export (ask->id), on another thread; then its row is "ready" or "failed" and
 * whoever asked hears of it. The question goes on at once. */
typedef struct {
    const char *id, *session, *by, *approved_by, *recipient, *reason;
    int64_t at_ms;
    const char *derivative; /* goes into the package; NULL: none */
    bool is_redacted;       /* instead of the media */
} GwExportFacts;

/* Who gives what to whom, owned: in the receipt, and burnt into the export's composite. */
char *gw_export_make_watermark(const GwExportFacts *facts);

bool gw_export_can_make(const GwArchive *self);
void gw_export_make(GwArchive *self, const GwExportFacts *facts, const char *person);
/* The last step of writing an export's state. rows: its session; whoever has that open hears of it. */
void gw_export_on_state(GwAsk *ask, const GwRows *rows);
/* For who verifies: the package as an export of these facts would be, in a file of dir that has no name and is not kept. Goes on
 * with done, on main, on the question; not when the archive is freed before. copy is the caller's, and stays until then. */
typedef struct {
    char *dir;
    int fd;              /* -1; then of the package, at its beginning */
    gint cancelled;      /* atomic: makes it fail */
    gint percent;        /* atomic */
    uint64_t read, size; /* of the thread */
    /* A checkpoint that the node has kept, and the proof from there to the package's; owned, NULL: it has none. */
    char *witness, *consistency;
    GwWorkDone done; /* data: the copy */
} GwExportCopy;

void gw_export_copy(GwAsk *ask, const GwExportFacts *facts, GwExportCopy *copy);
/* Answers with the package, or the part of it that is asked for. */
void gw_export_send(GwArchive *self, SigHttp *http, const char *session, const char *id);

G_END_DECLS
