/* gateway/archive/asker.h - who asks the archive, and what he may see
 *
 * A value with owned strings, kept while the store or the disk is asked. Thread: main. */
#pragma once

#include "gateway/people/people.h"

G_BEGIN_DECLS

typedef struct {
    char *id;                        /* person */
    char *unit;                      /* NULL: nothing is his */
    char *audit, *display, *address; /* as in GwActor */
    uint32_t access;
    bool is_owner; /* of the command line: sees all */
} GwAsker;

GwAsker gw_asker_copy(const GwIdentity *identity, const char *address);
GwAsker gw_asker_of_person(const GwPerson *person);
GwAsker gw_asker_owner(void);
void gw_asker_set(GwAsker *asker, const GwAsker *from); /* copies; asker is empty before */
void gw_asker_clear(GwAsker *asker);

/* The one rule by which everything in the archive is limited to the asker's unit and below. What belongs to no unit
 * (meetings) is the owner's alone. */
bool gw_asker_covers(const GwAsker *asker, GwPeople *people, const char *unit);

G_END_DECLS
