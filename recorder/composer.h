/* recorder/composer.h - makes derivatives of sealed recordings, in a process of its own
 *
 * Starts yuanjian-seal --compose (sandboxed, lowest CPU priority), one at a time; reads its progress and what it made.
 * Ownership: main. Thread: main. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/error.h"
#include "recorder/keyring.h"

G_BEGIN_DECLS

typedef struct RecComposer RecComposer;

/* As it was read back. */
typedef struct {
    uint64_t bytes;
    const char *sha256, *sm3; /* hex */
    int64_t duration_us;
    unsigned width, height;
} RecComposed;

/* Handlers of the last two may add and cancel; they may not free. */
typedef struct {
    void (*progress)(const char *id, double fraction, void *user_data); /* the first one: it has begun */
    void (*made)(const char *id, const RecComposed *composed, void *user_data);
    void (*failed)(const char *id, const GError *error, void *user_data); /* nothing of it is left */
} RecComposerEvents;

typedef struct {
    const char *id, *session;
    const char *folder;     /* of the recording */
    const char *dir, *name; /* the file becomes DIR/NAME, encrypted as the recording is */
    const char *order;      /* JSON: see recorder/order.h */
} RecComposerJob;

/* program: of yuanjian-seal; keyring: borrowed, NULL: recordings are plain. */
RecComposer *rec_composer_new(const char *program, const RecKeyring *keyring, const RecComposerEvents *events,
                              void *user_data);
void rec_composer_free(RecComposer *self); /* ends what runs; nobody is told */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecComposer, rec_composer_free)

/* Copies the job; one of an id that is there already is left alone. */
void rec_composer_add(RecComposer *self, const RecComposerJob *job);
/* Nobody is told; false: it is not there (any more). What it has written is removed. */
bool rec_composer_cancel(RecComposer *self, const char *id);

G_END_DECLS
