/* gateway/evidence/log-thread.h - the thread that owns the node's log: everything of it that waits for the disk or signs
 *
 * Entries that come together are synced together. When the disk refuses, entries that must be there are answered with the
 * error at once; the others wait (GW_LOG_MAX_SPOOL) and are written, in order, when it works again: tried once a second.
 * A checkpoint is signed 10 s after the first entry that is under none, and whenever somebody asks.
 * Ownership: main. Thread: main, also callbacks. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/evidence/log.h"

G_BEGIN_DECLS

enum {
    GW_LOG_MAX_SPOOL = 10000,
    GW_LOG_CHECKPOINT_US = 10 * G_USEC_PER_SEC,
};

typedef struct GwLogThread GwLogThread;

typedef struct {
    const char *dir, *keys_dir;
    const char *name;   /* in certificates; NULL: the origin's */
    const char *origin; /* NULL: made from the first key */
} GwLogThreadConfig;

typedef struct {
    void (*failed)(const GError *error, void *user_data); /* told once, until it has recovered */
    void (*recovered)(void *user_data);
    void (*published)(uint64_t size, const char *note, void *user_data);
    /* In order, of every entry, right after it was synced and before its own done. */
    void (*appended)(uint64_t index, GBytes *entry, void *user_data);
} GwLogThreadEvents;

/* Blocks: makes or loads the keys, opens the log. REC_EVIDENCE_ERROR. */
GwLogThread *gw_log_thread_new(const GwLogThreadConfig *config, const GwLogThreadEvents *events, void *user_data,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes what waits, signs a last checkpoint. Answers that main has not seen by then are dropped (so: flush first). */
void gw_log_thread_free(GwLogThread *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwLogThread, gw_log_thread_free)

const char *gw_log_thread_get_origin(const GwLogThread *self);
const char *gw_log_thread_get_dir(const GwLogThread *self);
RecKeys *gw_log_thread_get_keys(const GwLogThread *self); /* borrowed; another one after a rotation */
uint64_t gw_log_thread_get_cut(const GwLogThread *self);  /* see rec_log_get_cut() */
uint64_t gw_log_thread_get_size(const GwLogThread *self); /* entries that main has heard of */
unsigned gw_log_thread_get_n_spooled(const GwLogThread *self);
bool gw_log_thread_has_failed(const GwLogThread *self);

/* error borrowed; index is valid without one. */
typedef void (*GwLogDone)(uint64_t index, const GError *error, void *user_data);

/* Takes entry. must: it is refused rather than spooled. done may be NULL; is called from the loop. */
void gw_log_thread_append(GwLogThread *self, GBytes *entry, bool must, GwLogDone done, void *user_data);
/* done without an error: everything that was appended before is synced; none of it waits for the disk. */
void gw_log_thread_settle(GwLogThread *self, GwLogDone done, void *user_data);
/* A checkpoint over everything that was appended before; done gets its size. */
void gw_log_thread_publish(GwLogThread *self, GwLogDone done, void *user_data);
/* New keys: an entry names them, the old keys sign for it, then the new ones sign. done gets the index of the entry. */
void gw_log_thread_rotate(GwLogThread *self, GwLogDone done, void *user_data);

/* Blocks until what was asked so far is answered; for the end and for tests. */
void gw_log_thread_flush(GwLogThread *self);

G_END_DECLS
