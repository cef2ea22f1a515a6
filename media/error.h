/* media/error.h - what can go wrong in media/, as seen by its callers */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MEDIA_ERROR (media_error_quark())

typedef enum {
    MEDIA_ERROR_INVALID,     /* the peer sent something malformed */
    MEDIA_ERROR_UNSUPPORTED, /* well formed, but nothing here can use it */
    MEDIA_ERROR_STATE,       /* right call, wrong moment */
    MEDIA_ERROR_LIMIT,       /* a limit was reached */
    MEDIA_ERROR_SYSTEM,      /* the machine refused: port taken, no descriptors ... */
} MediaError;

GQuark media_error_quark(void);

G_END_DECLS
