/* gateway/supervisees/supervisees.h - who is under supervision, for those who look after them: a list, and an enrolled picture each
 *
 * The register itself is that of visits (gateway/visits/subjects.h): a supervisee is a subject, its id the person_ref of other
 * systems. Pictures lie in DIR/supervisees as SHA256.jpg; one that was replaced stays.
 * Ownership: main (service.c), after visits. Thread: main. */
#pragma once

#include "gateway/gateway.h"
#include "gateway/visits/subjects.h"

G_BEGIN_DECLS

typedef struct GwSupervisees GwSupervisees;

enum {
    GW_SUPERVISEES_SEE =
        GW_ACCESS_OFFICER | GW_ACCESS_INSPECTOR | GW_ACCESS_OFFICE, /* of their units, and those below */
    GW_PICTURE_MIN_BYTES = 2000,
    GW_PICTURE_MAX_BYTES = 3 * 1024 * 1024,
};

/* Registers methods and routes. Gateway.server may be NULL (tests). */
GwSupervisees *gw_supervisees_new(const Gateway *gateway, GwSubjects *subjects);
void gw_supervisees_free(GwSupervisees *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwSupervisees, gw_supervisees_free)

/* {id, name, number, unit, picture?, picture_ms?} */
JsonObject *gw_supervisee_to_json(GwPeople *people, const GwSubject *subject);
/* NULL: a JPEG that a person can be told by; otherwise what is wrong with it, constant. */
const char *gw_supervisee_check_picture(GBytes *bytes);

G_END_DECLS
