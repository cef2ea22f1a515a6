#include "gateway/people/directory.h"

#include <string.h>

#include "gateway/people/posts.h"
#include "gateway/people/secret.h"
#include "gateway/people/tree.h"

/* A tree that is deeper than this is a mistake (or a ring). */
#define MAX_DEPTH 64

typedef struct {
    GHashTable *by_id; /* char * (the object's) -> object, owned */
    GPtrArray *order;
} Table;

struct GwDirectory {
    GwStore *store;
    GPtrArray *batch; /* GwStatement; NULL: each is written alone */
    Table units, persons, terminals;
    GHashTable *persons_by_name; /* lower case, owned -> GwPersonRecord */
};

static void
unit_free(void *data)
{
    GwUnitRecord *unit = data;

    g_free(unit->public.id);
    g_free(unit->public.name);
    g_free(unit->public.name_en);
    g_free(unit->public.tier);
    g_free(unit->public.parent);
    g_strfreev(unit->public.areas);
    g_ptr_array_unref(unit->places);
    g_free(unit);
}

static void
person_free(void *data)
{
    GwPersonRecord *person = data;

    g_free(person->public.id);
    g_free(person->public.name);
    g_free(person->public.display);
    g_free(person->public.unit);
    g_free(person->password);
    g_ptr_array_unref(person->posts);
    g_free(person);
}

static void
terminal_free(void *data)
{
    GwTerminalRecord *terminal = data;

    g_free(terminal->public.id);
    g_free(terminal->public.name);
    g_free(terminal->public.unit);
    g_free(terminal->public.version);
    g_queue_clear_full(&terminal->errors, g_free);
    g_free(terminal);
}

static void
table_init(Table *table, GDestroyNotify release)
{
    table->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, release);
    table->order = g_ptr_array_new();
}

static void
table_clear(Table *table)
{
    g_ptr_array_unref(table->order);
    g_hash_table_unref(table->by_id);
}

static void
table_add(Table *table, char *id, void *object)
{
    g_hash_table_insert(table->by_id, id, object);
    g_ptr_array_add(table->order, object);
}

static GwUnit *
remember_unit(GwDirectory *self, const GwNewUnit *unit)
{
    GwUnitRecord *record = g_new0(GwUnitRecord, 1);
    GwUnit *added = &record->public;

    added->id = g_strdup(unit->id);
    added->name = g_strdup(unit->name);
    added->name_en = g_strdup(unit->name_en);
    added->tier = g_strdup(unit->tier);
    added->parent = g_strdup(unit->parent);
    added->areas = gw_areas_from_string(unit->areas);
    record->places = g_ptr_array_new_with_free_func(gw_place_free);
    table_add(&self->units, added->id, added);
    return added;
}

static GwPersonRecord *
remember_person(GwDirectory *self, const GwNewPerson *person)
{
    GwPersonRecord *added = g_new0(GwPersonRecord, 1);

    added->public.id = g_strdup(person->id);
    added->public.name = g_strdup(person->name);
    added->public.display = g_strdup(person->display);
    added->public.unit = g_strdup(person->unit);
    added->public.access = gw_role_from_string(person->role);
    gw_posts_begin(added, person->unit, added->public.access, 0);
    table_add(&self->persons, added->public.id, added);
    g_hash_table_insert(self->persons_by_name, g_ascii_strdown(person->name, -1), added);
    return added;
}

static GwTerminalRecord *
remember_terminal(GwDirectory *self, const GwNewTerminal *terminal)
{
    GwTerminalRecord *added = g_new0(GwTerminalRecord, 1);

    added->public.id = g_strdup(terminal->id);
    added->public.name = g_strdup(terminal->name);
    added->public.unit = g_strdup(terminal->unit);
    g_queue_init(&added->errors);
    table_add(&self->terminals, added->public.id, added);
    return added;
}

static bool
load_units(GwDirectory *self, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        self->store,
        gw_statement_new("SELECT id, name, name_en, tier, parent, areas, closed_ms FROM unit ORDER BY rowid"), error);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++) {
        const GwNewUnit unit = { gw_rows_text(rows, i, 0), gw_rows_text(rows, i, 1), gw_rows_text(rows, i, 2),
                                 gw_rows_text(rows, i, 3), gw_rows_text(rows, i, 4), gw_rows_text(rows, i, 5) };
        remember_unit(self, &unit)->closed_ms = gw_rows_int(rows, i, 6);
    }
    return rows != NULL;
}

static bool
load_persons(GwDirectory *self, GError **error)
{
    g_autoptr(GwRows) rows =
        gw_store_query(self->store,
                       gw_statement_new("SELECT id, name, display, unit, role, password, disabled, last_seen_ms, "
                                        "fresh_ms, until_ms FROM person ORDER BY rowid"),
                       error);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++) {
        const GwNewPerson person = { gw_rows_text(rows, i, 0), gw_rows_text(rows, i, 1), gw_rows_text(rows, i, 2),
                                     gw_rows_text(rows, i, 3), gw_rows_text(rows, i, 4) };
        GwPersonRecord *added = remember_person(self, &person);

        added->password = g_strdup(gw_rows_text(rows, i, 5));
        added->public.disabled = gw_rows_int(rows, i, 6) != 0;
        added->last_seen_ms = gw_rows_int(rows, i, 7);
        added->public.fresh_ms = gw_rows_int(rows, i, 8);
        ((GwPost *)added->posts->pdata[0])->until_ms = gw_rows_int(rows, i, 9);
        added->in_force = UINT32_MAX; /* not looked yet */
    }
    return rows != NULL;
}

static bool
load_terminals(GwDirectory *self, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        self->store, gw_statement_new("SELECT id, name, unit, version, last_seen_ms FROM terminal ORDER BY rowid"),
        error);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++) {
        const GwNewTerminal terminal = { gw_rows_text(rows, i, 0), gw_rows_text(rows, i, 1), gw_rows_text(rows, i, 2) };
        GwTerminalRecord *added = remember_terminal(self, &terminal);

        added->public.version = g_strdup(gw_rows_text(rows, i, 3));
        added->public.last_seen_ms = gw_rows_int(rows, i, 4);
    }
    return rows != NULL;
}

GwDirectory *
gw_directory_new(GwStore *store, GError **error)
{
    g_autoptr(GwDirectory) self = g_new0(GwDirectory, 1);

    self->store = store;
    table_init(&self->units, unit_free);
    table_init(&self->persons, person_free);
    table_init(&self->terminals, terminal_free);
    self->persons_by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!load_units(self, error) || !load_persons(self, error) || !load_terminals(self, error) ||
        !gw_posts_load(self, error) || !gw_tree_load(self, error))
        return NULL;
    return g_steal_pointer(&self);
}

void
gw_directory_free(GwDirectory *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->persons_by_name);
    table_clear(&self->terminals);
    table_clear(&self->persons);
    table_clear(&self->units);
    g_free(self);
}

GwStore *
gw_directory_get_store(GwDirectory *self)
{
    return self->store;
}

void
gw_directory_write(GwDirectory *self, GwStatement *statement)
{
    if (self->batch != NULL)
        g_ptr_array_add(self->batch, statement);
    else
        gw_store_run(self->store, statement, NULL, NULL);
}

void
gw_directory_begin(GwDirectory *self)
{
    if (self->batch == NULL)
        self->batch = g_ptr_array_new();
}

bool
gw_directory_is_batch(const GwDirectory *self)
{
    return self->batch != NULL;
}

void
gw_directory_end(GwDirectory *self)
{
    GPtrArray *batch = g_steal_pointer(&self->batch);

    if (batch->len > 0)
        gw_store_run_all(self->store, batch, NULL, NULL);
    else
        g_ptr_array_unref(batch);
}

const GwUnit *
gw_directory_get_unit(GwDirectory *self, const char *id)
{
    return id != NULL ? g_hash_table_lookup(self->units.by_id, id) : NULL;
}

GwPersonRecord *
gw_directory_get_person(GwDirectory *self, const char *id)
{
    return id != NULL ? g_hash_table_lookup(self->persons.by_id, id) : NULL;
}

GwTerminalRecord *
gw_directory_get_terminal(GwDirectory *self, const char *id)
{
    return id != NULL ? g_hash_table_lookup(self->terminals.by_id, id) : NULL;
}

const GwUnit *
gw_directory_find_unit(GwDirectory *self, const char *name)
{
    const GwUnit *found = gw_directory_get_unit(self, name);
    unsigned n = 0;

    if (found != NULL)
        return found;
    for (unsigned i = 0; i < self->units.order->len; i++) {
        const GwUnit *unit = self->units.order->pdata[i];

        if (g_str_equal(unit->name, name) || g_strcmp0(unit->name_en, name) == 0) {
            found = unit;
            n++;
        }
    }
    return n == 1 ? found : NULL;
}

GwPersonRecord *
gw_directory_find_person(GwDirectory *self, const char *name)
{
    g_autofree char *folded = g_ascii_strdown(name, -1);
    GwPersonRecord *found = g_hash_table_lookup(self->persons_by_name, folded);

    return found != NULL ? found : gw_directory_get_person(self, name);
}

GwTerminalRecord *
gw_directory_find_terminal(GwDirectory *self, const char *name)
{
    GwTerminalRecord *found = gw_directory_get_terminal(self, name);
    unsigned n = 0;

    if (found != NULL)
        return found;
    for (unsigned i = 0; i < self->terminals.order->len; i++) {
        GwTerminalRecord *terminal = self->terminals.order->pdata[i];

        if (g_str_equal(terminal->public.name, name)) {
            found = terminal;
            n++;
        }
    }
    return n == 1 ? found : NULL;
}

bool
gw_directory_covers(GwDirectory *self, const char *unit, const char *below)
{
    const GwUnit *at = gw_directory_get_unit(self, below);

    for (unsigned depth = 0; at != NULL && unit != NULL && depth < MAX_DEPTH; depth++) {
        if (g_str_equal(at->id, unit))
            return true;
        at = gw_directory_get_unit(self, at->parent);
    }
    return false;
}

const GPtrArray *
gw_directory_list_units(GwDirectory *self)
{
    return self->units.order;
}

const GPtrArray *
gw_directory_list_persons(GwDirectory *self)
{
    return self->persons.order;
}

const GPtrArray *
gw_directory_list_terminals(GwDirectory *self)
{
    return self->terminals.order;
}

static bool
check_unit(GwDirectory *self, const char *id, GError **error)
{
    const GwUnit *unit = gw_directory_get_unit(self, id);

    if (unit != NULL && unit->closed_ms == 0)
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, unit == NULL ? "there is no unit '%s'" : "unit '%s' is closed",
                id);
    return false;
}

const GwUnit *
gw_directory_add_unit(GwDirectory *self, const GwNewUnit *unit, GError **error)
{
    g_autofree char *id = unit->id != NULL ? g_strdup(unit->id) : gw_secret_new_id("u");
    GwNewUnit new = *unit;

    new.id = id;
    if (gw_directory_get_unit(self, id) != NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "there is a unit '%s' already", id);
        return NULL;
    }
    if (unit->parent != NULL && !check_unit(self, unit->parent, error))
        return NULL;
    if (self->units.order->len >= GW_DIRECTORY_MAX_UNITS) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "there cannot be more than %d units", GW_DIRECTORY_MAX_UNITS);
        return NULL;
    }

    GwStatement *statement =
        gw_statement_new("INSERT INTO unit (id, name, name_en, tier, parent, areas) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    gw_statement_text(statement, id);
    gw_statement_text(statement, unit->name);
    gw_statement_text(statement, unit->name_en);
    gw_statement_text(statement, unit->tier);
    gw_statement_text(statement, unit->parent);
    gw_statement_text(statement, unit->areas);
    gw_directory_write(self, statement);
    return remember_unit(self, &new);
}

/* For typing: letters, digits and . _ - only. */
static bool
is_login_name(const char *name)
{
    size_t length = strlen(name);

    return length >= 1 && length <= GW_DIRECTORY_MAX_NAME &&
           strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") == length;
}

static bool
check_person(GwDirectory *self, const GwNewPerson *person, GError **error)
{
    if (!is_login_name(person->name)) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                    "'%s' is not a name to sign in with: up to %d letters, digits, '.', '_' or '-'", person->name,
                    GW_DIRECTORY_MAX_NAME);
        return false;
    }
    if (gw_directory_find_person(self, person->name) != NULL || gw_directory_get_person(self, person->id) != NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "there is a person '%s' already", person->name);
        return false;
    }
    if (self->persons.order->len >= GW_DIRECTORY_MAX_PERSONS) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "there cannot be more than %d persons",
                    GW_DIRECTORY_MAX_PERSONS);
        return false;
    }
    return check_unit(self, person->unit, error);
}

GwPersonRecord *
gw_directory_add_person(GwDirectory *self, const GwNewPerson *person, GError **error)
{
    g_autofree char *id = person->id != NULL ? g_strdup(person->id) : gw_secret_new_id("p");
    GwNewPerson new = *person;

    new.id = id;
    if (!check_person(self, &new, error))
        return NULL;

    GwStatement *statement =
        gw_statement_new("INSERT INTO person (id, name, display, unit, role) VALUES (?1, ?2, ?3, ?4, ?5)");
    gw_statement_text(statement, id);
    gw_statement_text(statement, person->name);
    gw_statement_text(statement, person->display);
    gw_statement_text(statement, person->unit);
    gw_statement_text(statement, person->role);
    gw_directory_write(self, statement);
    return remember_person(self, &new);
}

static bool
has_terminal(GwDirectory *self, const GwNewTerminal *terminal)
{
    for (unsigned i = 0; i < self->terminals.order->len; i++) {
        const GwTerminal *other = self->terminals.order->pdata[i];

        if (g_str_equal(other->id, terminal->id) ||
            (g_str_equal(other->unit, terminal->unit) && g_str_equal(other->name, terminal->name)))
            return true;
    }
    return false;
}

GwTerminalRecord *
gw_directory_add_terminal(GwDirectory *self, const GwNewTerminal *terminal, GError **error)
{
    g_autofree char *id = terminal->id != NULL ? g_strdup(terminal->id) : gw_secret_new_id("t");
    GwNewTerminal new = *terminal;

    new.id = id;
    if (!check_unit(self, terminal->unit, error))
        return NULL;
    if (has_terminal(self, &new)) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "there is a terminal '%s' already in this unit", new.name);
        return NULL;
    }
    if (self->terminals.order->len >= GW_DIRECTORY_MAX_TERMINALS) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "there cannot be more than %d terminals",
                    GW_DIRECTORY_MAX_TERMINALS);
        return NULL;
    }

    GwStatement *statement = gw_statement_new("INSERT INTO terminal (id, name, unit) VALUES (?1, ?2, ?3)");
    gw_statement_text(statement, id);
    gw_statement_text(statement, terminal->name);
    gw_statement_text(statement, terminal->unit);
    gw_directory_write(self, statement);
    return remember_terminal(self, &new);
}

void
gw_directory_set_fresh(GwDirectory *self, GwPersonRecord *person, int64_t now_ms)
{
    GwStatement *statement = gw_statement_new("UPDATE person SET fresh_ms = ?2 WHERE id = ?1");

    person->public.fresh_ms = now_ms;
    gw_statement_text(statement, person->public.id);
    gw_statement_int(statement, now_ms);
    gw_directory_write(self, statement);
}

void
gw_directory_set_disabled(GwDirectory *self, GwPersonRecord *person, bool disabled)
{
    GwStatement *statement = gw_statement_new("UPDATE person SET disabled = ?2 WHERE id = ?1");

    person->public.disabled = disabled;
    gw_statement_text(statement, person->public.id);
    gw_statement_int(statement, disabled);
    gw_directory_write(self, statement);
}

void
gw_directory_set_password(GwDirectory *self, GwPersonRecord *person, const char *encoded)
{
    GwStatement *statement = gw_statement_new("UPDATE person SET password = ?2 WHERE id = ?1");

    g_free(person->password);
    person->password = g_strdup(encoded);
    gw_statement_text(statement, person->public.id);
    gw_statement_text(statement, encoded);
    gw_directory_write(self, statement);
}

void
gw_directory_person_seen(GwDirectory *self, GwPersonRecord *person, int64_t now_ms)
{
    GwStatement *statement = gw_statement_new("UPDATE person SET last_seen_ms = ?2 WHERE id = ?1");

    person->last_seen_ms = now_ms;
    gw_statement_text(statement, person->public.id);
    gw_statement_int(statement, now_ms);
    gw_directory_write(self, statement);
}

void
gw_directory_add_terminal_error(GwTerminalRecord *terminal, const char *error)
{
    g_queue_push_tail(&terminal->errors, g_strdup(error));
    if (terminal->errors.length > GW_DIRECTORY_MAX_ERRORS)
        g_free(g_queue_pop_head(&terminal->errors));
}

void
gw_directory_save_terminal(GwDirectory *self, const GwTerminalRecord *terminal)
{
    GwStatement *statement = gw_statement_new("UPDATE terminal SET version = ?2, last_seen_ms = ?3 WHERE id = ?1");

    gw_statement_text(statement, terminal->public.id);
    gw_statement_text(statement, terminal->public.version);
    gw_statement_int(statement, terminal->public.last_seen_ms);
    gw_directory_write(self, statement);
}
