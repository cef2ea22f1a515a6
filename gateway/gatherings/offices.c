#include "gateway/gatherings/offices.h"

#include "signaling/server.h"

/* Units in the middle of the tree that have no terminal are not offices: they are left out
 * unless somebody names them. */

typedef struct {
    const char *unit;
    const GwTerminal *best;
} Search;

static void
look_at_terminal(const GwTerminal *terminal, void *data)
{
    Search *search = data;

    if (g_strcmp0(terminal->unit, search->unit) != 0)
        return;
    if (search->best == NULL || (terminal->online && !search->best->online))
        search->best = terminal;
}

const GwTerminal *
gw_offices_terminal_of(GwPeople *people, const char *unit)
{
    Search search = { .unit = unit };

    gw_people_foreach_terminal(people, look_at_terminal, &search);
    return search.best;
}

/* The same for all units at once: unit id -> GwTerminal. */

static void
index_terminal(const GwTerminal *terminal, void *data)
{
    const GwTerminal *before = g_hash_table_lookup(data, terminal->unit);

    if (before == NULL || (terminal->online && !before->online))
        g_hash_table_insert(data, terminal->unit, (void *)terminal);
}

GHashTable *
gw_offices_index_terminals(GwPeople *people)
{
    GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);

    gw_people_foreach_terminal(people, index_terminal, index);
    return index;
}

typedef struct {
    GwPeople *people;
    const GwIdentity *identity;
    GHashTable *terminals; /* owned */
    GHashTable *parents;   /* units that have others below, owned */
    GHashTable *taken;     /* unit ids that are chosen already, owned */
    GArray *choices;
    const char *below;
} Choosing;

static bool
may_call(const Choosing *self, const char *unit)
{
    return gw_people_reaches(self->people, self->identity, GW_ACCESS_INSPECTOR, unit);
}

static void
take(Choosing *self, const GwUnit *unit, const GwTerminal *terminal)
{
    const GwChoice choice = { unit->id, unit->name, terminal != NULL ? terminal->id : NULL };

    if (g_hash_table_add(self->taken, unit->id))
        g_array_append_val(self->choices, choice);
}

static void
note_parent(const GwUnit *unit, void *data)
{
    if (unit->parent != NULL)
        g_hash_table_add(data, unit->parent);
}

static void
take_below(const GwUnit *unit, void *data)
{
    Choosing *self = data;
    const GwTerminal *terminal = g_hash_table_lookup(self->terminals, unit->id);

    if (!gw_people_covers(self->people, self->below, unit->id) || !may_call(self, unit->id))
        return;
    if (terminal != NULL || !g_hash_table_contains(self->parents, unit->id))
        take(self, unit, terminal);
}

static bool
fail_not_found(const char *what, const char *id, GError **error)
{
    g_set_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no %s '%s' in your part of the tree.", what, id);
    return false;
}

static bool
take_named(Choosing *self, const char *id, bool is_terminal, GError **error)
{
    GwPeople *people = self->people;
    const GwTerminal *terminal = is_terminal ? gw_people_get_terminal(people, id) : NULL;
    const GwUnit *unit = NULL;

    if (terminal != NULL || !is_terminal)
        unit = gw_people_get_unit(people, is_terminal ? terminal->unit : id);
    if (unit == NULL || !may_call(self, unit->id))
        return fail_not_found(is_terminal ? "terminal" : "unit", id, error);
    take(self, unit, is_terminal ? terminal : g_hash_table_lookup(self->terminals, unit->id));
    return true;
}

static bool
take_list(Choosing *self, JsonArray *ids, bool are_terminals, GError **error)
{
    for (guint i = 0; i < json_array_get_length(ids); i++) {
        JsonNode *node = json_array_get_element(ids, i);
        const char *id = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
        if (id == NULL) {
            g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "Units and terminals are named by their ids.");
            return false;
        }
        if (!take_named(self, id, are_terminals, error))
            return false;
    }
    return true;
}

static bool
choose(Choosing *self, JsonObject *params, GError **error)
{
    GwPeople *people = self->people;
    bool units = json_object_has_member(params, "units"), terminals = json_object_has_member(params, "terminals");

    self->below = json_object_get_string_member_with_default(params, "unit", NULL);
    if ((self->below != NULL) + units + terminals != 1) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                            "Name one of \"unit\", \"units\" and \"terminals\".");
        return false;
    }
    if (units || terminals)
        return take_list(self, json_object_get_array_member(params, units ? "units" : "terminals"), terminals, error);
    if (!may_call(self, self->below))
        return fail_not_found("unit", self->below, error);
    gw_people_foreach_unit(people, note_parent, self->parents);
    gw_people_foreach_unit(people, take_below, self);
    return true;
}

GArray *
gw_offices_choose(GwPeople *people, const GwIdentity *identity, JsonObject *params, GError **error)
{
    g_autoptr(GHashTable) terminals = gw_offices_index_terminals(people);
    g_autoptr(GHashTable) parents = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GArray) choices = g_array_new(FALSE, FALSE, sizeof(GwChoice));
    Choosing choosing = { people, identity, terminals, parents, taken, choices, NULL };

    if (!choose(&choosing, params, error))
        return NULL;
    if (choices->len == 0) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "There is no office to call: choose others.");
        return NULL;
    }
    if (choices->len > GW_OFFICES_MAX) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "These are %u offices: at most %d can be called at once.",
                    choices->len, GW_OFFICES_MAX);
        return NULL;
    }
    return g_steal_pointer(&choices);
}

char *
gw_offices_common_unit(GwPeople *people, const GArray *choices)
{
    const GwUnit *unit = gw_people_get_unit(people, g_array_index(choices, GwChoice, 0).unit);

    for (guint i = 1; i < choices->len; i++) {
        const char *other = g_array_index(choices, GwChoice, i).unit;
        while (unit->parent != NULL && !gw_people_covers(people, unit->id, other))
            unit = gw_people_get_unit(people, unit->parent);
    }
    return g_strdup(unit->id);
}
