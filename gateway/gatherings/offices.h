/* gateway/gatherings/offices.h - which offices somebody means: a unit and all below, some units, or some terminals
 *
 * Roll-calls and lessons choose by it; who rings an office finds its terminal by it. Pure but for the tree, which it reads. Thread: main. */
#pragma once

#include "gateway/people/people.h"

G_BEGIN_DECLS

enum { GW_OFFICES_MAX = 500 };

typedef struct {
    const char *unit, *name, *terminal; /* borrowed; terminal NULL: none */
} GwChoice;

/* params: one of "unit" (and all below), "units", "terminals": what this person reaches as an inspector, sorted as the tree was
 * made. NULL with an error: something is not there, nothing is left, or it is too much. GwChoice. */
GArray *gw_offices_choose(GwPeople *people, const GwIdentity *identity, JsonObject *params, GError **error);
/* The lowest unit that is above all of them; owned. */
char *gw_offices_common_unit(GwPeople *people, const GArray *choices);
/* The terminal that should ring for a unit: one that is online, else the first; NULL: none. */
const GwTerminal *gw_offices_terminal_of(GwPeople *people, const char *unit);
/* The same for all units: unit id -> GwTerminal, borrowed. Owned. */
GHashTable *gw_offices_index_terminals(GwPeople *people);

G_END_DECLS
