/* gateway/evidence/evidence.h - the node's log as the rest of the gateway sees it: what happens becomes an entry that stays
 *
 * Every entry of the audit record, every session that is announced, every manifest is one line of JSON in an append-only,
 * signed log (docs/evidence.md). An entry counts when done is called without an error: it is synced. Who must not go on without
 * it (an export, a deletion, a right that is granted, a recorded session that begins) waits for done; the rest is kept and
 * written when the disk works again.
 * Ownership: main (service.c). Thread: main, also callbacks, which come from the loop. A NULL GwEvidence (tests without a log)
 * is allowed in gw_evidence_append, _announce, _settle and _publish: done is called at once, with index 0. */
#pragma once

#include <json-glib/json-glib.h>

#include "gateway/evidence/log-thread.h"
#include "gateway/store/store.h"

G_BEGIN_DECLS

typedef struct GwEvidence GwEvidence;

typedef struct {
    const char *data_dir;
    const char *node;          /* [evidence] name; NULL: made from the first key */
    const char *config_sha256; /* of the configuration, hex */
    GwStore *store;            /* its index; outlives this */
} GwEvidenceConfig;

/* Makes keys and log at first start; blocks. REC_EVIDENCE_ERROR: _KEYS and _INVALID need an administrator. */
GwEvidence *gw_evidence_new(const GwEvidenceConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Appends "stop" and signs a last checkpoint. gw_evidence_flush() first, or its last answers are lost. */
void gw_evidence_free(GwEvidence *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwEvidence, gw_evidence_free)

/* Blocks until everything that was asked so far is answered; for the end and for tests. Calls done functions. */
void gw_evidence_flush(GwEvidence *self);

typedef GwLogDone GwEvidenceDone; /* (uint64_t index, const GError *error, void *user_data) */

typedef struct {
    const char *type;    /* "audit", "session.open" ... */
    const char *session; /* NULL: of none */
    bool must;           /* refused with an error while the log cannot be written; otherwise kept and written later */
} GwEvidenceEntry;

/* fields: taken, may be NULL; become members of the line after type, at_us and session. done may be NULL. */
void gw_evidence_append(GwEvidence *self, const GwEvidenceEntry *entry, JsonObject *fields, GwEvidenceDone done,
                        void *user_data);

/* Before the first packet of a session can be journaled: who will meet, of which class, by whose decision. done without an
 * error: it is in the log, and the session may begin. With an error: it may not, unless it is privileged. */
typedef struct {
    const char *session, *kind;
    const char *name, *unit;     /* NULL: none */
    const char *recording_class; /* "recorded": a "session.open"; "privileged": a "session.not-recorded" */
    const char *authority;       /* who or what decided the class: "person:ID", "rule:visit" ... */
    const char *reason;          /* of a session that is not recorded; NULL: none given */
    const char *const *parties;  /* names, NULL-terminated; NULL: not known yet */
} GwAnnouncement;

void gw_evidence_announce(GwEvidence *self, const GwAnnouncement *announcement, GwEvidenceDone done, void *user_data);

/* done without an error: everything that was appended before is on disk. With an error some of it waits. */
void gw_evidence_settle(GwEvidence *self, GwEvidenceDone done, void *user_data);

/* A checkpoint over everything that was appended before, signed now; done gets its size. */
void gw_evidence_publish(GwEvidence *self, GwEvidenceDone done, void *user_data);

typedef struct {
    uint64_t size, published; /* entries; entries under the last checkpoint */
    int64_t published_ms;     /* when that was signed; 0: there is none */
    unsigned spooled;         /* entries that wait for the disk: an alarm */
    bool failed;              /* the log cannot be written: an alarm; exports, deletions and grants are refused */
    bool keys_expired;        /* the certificates are not good now: rotate the keys */
} GwEvidenceStatus;

void gw_evidence_get_status(const GwEvidence *self, GwEvidenceStatus *ret_status);

/* For those who read the log on a thread of their own: rec_log_reader_new(). */
const char *gw_evidence_get_log_dir(const GwEvidence *self);
const char *gw_evidence_get_origin(const GwEvidence *self);
RecKeys *gw_evidence_get_keys(const GwEvidence *self); /* a new reference: signing is for other threads than main */
void gw_evidence_rotate_keys(GwEvidence *self, GwEvidenceDone done, void *user_data);

/* Told when a checkpoint was signed; may be NULL. */
typedef void (*GwEvidencePublished)(uint64_t size, const char *note, void *user_data);
void gw_evidence_set_published_func(GwEvidence *self, GwEvidencePublished func, void *user_data);

G_END_DECLS
