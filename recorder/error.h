/* recorder/error.h - what can go wrong in recorder/, as seen by its callers */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define REC_ERROR (rec_error_quark())

typedef enum {
    REC_ERROR_IO,      /* the disk refused: full, read-only, broken; the message names the path */
    REC_ERROR_INVALID, /* bytes that are not what they should be */
    REC_ERROR_LOCKED,  /* another service has this data directory */
    REC_ERROR_SEAL,    /* the sealer failed; the message says how */
    REC_ERROR_NO_KEY,  /* it is encrypted and its key is not there: destroyed, or never of this node */
} RecError;

GQuark rec_error_quark(void);

G_END_DECLS
