/* gateway/photos/photos.h - a photo now, by a link to somebody's phone (发实时照片); a person judges whose face it is
 *
 * Who looks after a supervisee asks; the link (256 bits, one use, half an hour by default) goes to the phone by whatever way there
 * is. Its page takes a picture with the phone's camera, place and clock, and burns a mark into it that it was given when it was
 * opened; the gateway adds the time at which it came, and its SHA-256 is in the node's log before anybody is shown it. Nothing
 * compares faces: somebody says "same", "not sure", "other person" or "no answer".
 * Pictures lie in DIR/photos as SHA256.jpg, and go [supervision] photo-days after they came; digest, place, time and verdict stay.
 * Ownership: main (service.c), after supervisees. Thread: main. */
#pragma once

#include "gateway/gateway.h"
#include "gateway/visits/subjects.h"

G_BEGIN_DECLS

typedef struct GwPhotos GwPhotos;

/* Registers methods and routes. Gateway.server may be NULL (tests). */
GwPhotos *gw_photos_new(const Gateway *gateway, GwSubjects *subjects, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_photos_free(GwPhotos *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwPhotos, gw_photos_free)

G_END_DECLS
