/* gateway/archive/export-time.h - the time stamp of a package: the first token over the log that was made after its manifest
 *
 * Thread: any; reads the disk. */
#pragma once

#include "recorder/evidence/draft.h"
#include "recorder/evidence/log.h"

G_BEGIN_DECLS

/* Borrowed. */
typedef struct {
    const char *folder;  /* of the recording */
    const char *log_dir; /* of the node's log */
    const char *tsa_ca;  /* PEM of the authorities; NULL: none are known */
    RecLogReader *log;
    int64_t manifest; /* its leaf; -1: none */
} GwExportTime;

/* Adds time/...; nothing, and true, when there is no token yet. */
bool gw_export_time_add(const GwExportTime *self, RecPackageDraft *draft, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
