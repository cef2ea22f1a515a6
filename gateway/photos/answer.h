/* gateway/photos/answer.h - what a phone sends: one line of JSON, and the JPEG behind it
 *
 *   {"mark": "4711", "taken_ms": 1774447200000, "place": {"state": "given", "lat": 31.23, "lon": 121.47, "accuracy_m": 12}}
 *
 * place.state says why there is no place: "denied", "unavailable", "timeout", "unsupported". Any bytes are safe.
 * Pure. Thread: any. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

enum { GW_PHOTO_ANSWER_MAX_HEAD = 1024 };

typedef struct {
    char *mark;
    char *place; /* JSON of what is known, and nothing else */
    char *place_state;
    int64_t taken_ms;
    GBytes *picture;
} GwPhotoAnswer;

/* Fails with SIG_ERROR_INVALID or what the JSON reader says; then there is nothing to clear. */
bool gw_photo_answer_parse(GBytes *body, GwPhotoAnswer *ret_answer, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_photo_answer_clear(GwPhotoAnswer *self);

G_END_DECLS
