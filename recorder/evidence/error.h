/* recorder/evidence/error.h - what can go wrong in recorder/evidence/, as seen by its callers */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define REC_EVIDENCE_ERROR (rec_evidence_error_quark())

typedef enum {
    REC_EVIDENCE_ERROR_IO,          /* the disk refused; the message names the path */
    REC_EVIDENCE_ERROR_INVALID,     /* bytes that are not what they should be: damaged, altered, hostile */
    REC_EVIDENCE_ERROR_LIMIT,       /* more than is allowed, or not there */
    REC_EVIDENCE_ERROR_KEYS,        /* the keys are missing, can be read by others, or do not fit */
    REC_EVIDENCE_ERROR_UNAVAILABLE, /* the time-stamp server does not answer, or the log has failed: try again later */
} RecEvidenceError;

GQuark rec_evidence_error_quark(void);

G_END_DECLS
