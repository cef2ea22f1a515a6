/* recorder/disk-check.h - whether a folder's disk keeps what fdatasync() says it keeps, and how long that takes
 *
 * A program cannot prove it without cutting the power: these are signs, and the reasons are given. Takes at most a few
 * seconds and some MB of room, which are given back. Pure judgement, so that it can be tested.
 * Ownership: the caller. Thread: any; disk. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/error.h"

G_BEGIN_DECLS

typedef struct {
    char file_system[32];                  /* "ext4", "tmpfs" ... */
    bool no_barriers;                      /* mounted so that the disk's own cache is not flushed */
    bool has_device, rotates, writes_back; /* a disk of its own, as the kernel describes it */
    unsigned n_syncs;
    int64_t p50_us, p99_us, max_us; /* of writing 64 KiB and fdatasync() */
} RecDiskFigures;

typedef enum {
    REC_DISK_KEEPS,    /* nothing speaks against it */
    REC_DISK_UNKNOWN,  /* somebody else's machine decides */
    REC_DISK_DOUBTFUL, /* something speaks against it */
    REC_DISK_FORGETS,
} RecDiskVerdict;

const char *rec_disk_verdict_to_string(RecDiskVerdict verdict);

bool rec_disk_measure(const char *folder, RecDiskFigures *ret_figures, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* reasons: of char *, sentences are added. */
RecDiskVerdict rec_disk_judge(const RecDiskFigures *figures, GPtrArray *reasons);
/* Whether what arrives is on disk within a second. Adds a sentence. */
bool rec_disk_is_fast_enough(const RecDiskFigures *figures, GPtrArray *reasons);

G_END_DECLS
