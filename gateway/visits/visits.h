/* gateway/visits/visits.h - family visits: who visits whom, when, where; and their life from booking to end
 *
 * Today's and running visits are kept in memory and written through to the store; others are read from it.
 * service.c builds it as sessions.h says; connections reach it through people's listener.
 * Ownership: main. Thread: main. */
#pragma once

#include "gateway/admin/admin.h"
#include "gateway/sessions/sessions.h"

G_BEGIN_DECLS

typedef struct GwVisits GwVisits;

/* Loads subjects, visitors and visits (blocking: start-up), brings running ones back as the same visit and session,
 * registers methods, and answers people's GwVisitLookup. */
GwVisits *gw_visits_new(const Gateway *gateway, GwSessions *sessions, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_visits_free(GwVisits *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwVisits, gw_visits_free)

/* Rows "visit.list", "visit.create", "visit.link" and "visit.import" (gateway/demo/demo.h). */
void gw_visits_add_commands(GwVisits *self, GwAdmin *admin);

/* Bookings from elsewhere: demonstration data, later a prison's booking system. Ids are the caller's ([A-Za-z0-9._-],
 * at most 64); what is there already is replaced (subject, visitor) or refused (visit). Written through. */
typedef struct {
    const char *id, *name, *number, *unit;
} GwSubjectImport;

typedef struct {
    const char *id, *subject, *name, *relation;
    const char *phone, *id_number; /* NULL: not known */
} GwVisitorImport;

typedef struct {
    const char *id; /* NULL: a new one */
    const char *subject;
    const char *const *visitors; /* NULL-terminated, 1 ... 3 */
    const char *terminal;
    int64_t starts_ms;
    unsigned minutes;
    GwRecordingClass recording_class;
    const char *privileged_reason; /* required when privileged */
} GwVisitImport;

bool gw_visits_import_subject(GwVisits *self, const GwSubjectImport *subject, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_visits_import_visitor(GwVisits *self, const GwVisitorImport *visitor, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The visit's id, borrowed. Errors are of SIG_ERROR. */
const char *gw_visits_import_visit(GwVisits *self, const GwVisitImport *visit,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A new code for the family; the one before is void. The link is PUBLIC_URL/visit/CODE. */
char *gw_visits_new_code(GwVisits *self, const char *visit, int64_t *ret_expires_ms,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* There is a visit that it should answer now: the waiting room is open, or it runs. */
bool gw_visits_terminal_is_busy(GwVisits *self, const char *terminal);

/* Once a second by itself; tests call it with their own time. */
void gw_visits_tick(GwVisits *self);

G_END_DECLS
