/* recorder/scrub.h - reads one sealed recording again, all of it, against what was written down when it was sealed
 *
 * Each chunk against its line of leaves.jsonl, each file against recording.json, both of these against manifest.json where there
 * is one. Recordings of before, without leaves, are checked by whole files. What was made of it (derivatives/) is read, too, each against
 * its record; what is being made, or removed meanwhile, is passed over.
 * Ownership: the caller. Thread: any; reads much: one that may wait. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/cipher.h"
#include "recorder/error.h"

G_BEGIN_DECLS

/* What is not as it was. */
typedef struct {
    char *file;             /* "recording.json", "family-1-video-1.webm" ... */
    int chunk;              /* -1: the whole file */
    int64_t from_us, to_us; /* of the chunk, since the recording's start */
    char *what;             /* a sentence */
} RecDamage;

typedef struct {
    /* Called after each piece that was read; false ends the reading (REC_ERROR_LOCKED). May wait, to go slowly. */
    bool (*go_on)(uint64_t bytes, void *data);
    void *data;
    const RecKey *key; /* of the session; NULL: it has none */
} RecScrubConfig;

enum { REC_SCRUB_MAX_DAMAGES = 1000 };

/* RecDamage *, empty when all is well. NULL with an error when it was not read to the end: ended, or the disk refuses to list. */
GPtrArray *rec_scrub(const char *folder, const RecScrubConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
