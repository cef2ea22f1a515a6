/* gateway/visits/subjects.h - inmates and the relatives on their lists: in memory, written through
 *
 * Ownership: visits/. Thread: main. */
#pragma once

#include "gateway/visits/visits.h"

G_BEGIN_DECLS

enum {
    GW_MAX_VISITORS_OF_SUBJECT = 50,
    GW_MAX_VISITORS_OF_VISIT = 3,
};

typedef struct {
    char *id, *subject, *name, *relation;
    char *phone, *id_number; /* NULL: not known. Never told whole but by visits.unmask */
} GwVisitor;

typedef struct {
    char *id, *name, *number, *unit;
    GPtrArray *visitors; /* GwVisitor, owned */
    /* The picture that was enrolled: its SHA-256, and when; NULL: none. The file is supervisees/'s. */
    char *picture;
    int64_t picture_ms;
} GwSubject;

typedef struct GwSubjects GwSubjects;

GwSubjects *gw_visits_get_subjects(const GwVisits *visits); /* borrowed; as long as the visits */

GwSubjects *gw_subjects_new(GwStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT; /* loads; blocking */
void gw_subjects_free(GwSubjects *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwSubjects, gw_subjects_free)

const GwSubject *gw_subjects_find(const GwSubjects *self, const char *id);
const GwVisitor *gw_subjects_find_visitor(const GwSubjects *self, const char *id);
void gw_subjects_foreach(const GwSubjects *self, void (*func)(const GwSubject *subject, void *data), void *data);

/* What is there already stays as it is. Errors are of SIG_ERROR. */
bool gw_subjects_add(GwSubjects *self, const GwSubjectImport *subject, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of one that is there: its name, number or unit is another now. False, and an error: it is not there, or a name is none. */
bool gw_subjects_change(GwSubjects *self, const GwSubjectImport *subject, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_subjects_set_picture(GwSubjects *self, const char *subject, const char *sha256, int64_t now_ms);
bool gw_subject_check(const char *id, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_subjects_add_visitor(GwSubjects *self, const GwVisitorImport *visitor,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

JsonObject *gw_subject_to_json(const GwSubject *self); /* {id, name, number} */
JsonObject *gw_visitor_to_json(const GwVisitor *self); /* {id, name, relation} */
/* {phone?, id_number?} beside it, masked: for consoles and the archive. */
void gw_visitor_add_masked(const GwVisitor *self, JsonObject *object);

/* [A-Za-z0-9._-], 1 to 64, as ids of other systems have to be. */
bool gw_visit_id_is_valid(const char *id);

G_END_DECLS
