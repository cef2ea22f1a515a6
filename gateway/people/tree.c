#include "gateway/people/tree.h"

#include <string.h>

void
gw_place_free(void *data)
{
    GwPlace *place = data;

    g_free(place->parent);
    g_free(place->name);
    g_free(place);
}

static GwUnitRecord *
get_record(GwDirectory *directory, const char *id)
{
    return (GwUnitRecord *)gw_directory_get_unit(directory, id);
}

static void
remember(GwUnitRecord *unit, const GwPlace *place)
{
    GwPlace *added = g_memdup2(place, sizeof *place);

    added->parent = g_strdup(place->parent);
    added->name = g_strdup(place->name);
    g_ptr_array_add(unit->places, added);
}

bool
gw_tree_load(GwDirectory *directory, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        gw_directory_get_store(directory),
        gw_statement_new("SELECT unit, parent, name, from_ms, until_ms FROM unit_history ORDER BY rowid"), error);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++) {
        GwUnitRecord *unit = get_record(directory, gw_rows_text(rows, i, 0));
        const GwPlace place = { (char *)gw_rows_text(rows, i, 1), (char *)gw_rows_text(rows, i, 2),
                                gw_rows_int(rows, i, 3), gw_rows_int(rows, i, 4) };
        if (unit != NULL)
            remember(unit, &place);
    }
    return rows != NULL;
}

char **
gw_areas_from_string(const char *text)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autoptr(GString) plain = g_string_new(text != NULL ? text : "");
    unsigned n = 0;

    g_string_replace(plain, "、", ";", 0);
    g_string_replace(plain, ";", ";", 0);
    g_auto(GStrv) parts = g_strsplit(plain->str, ";", -1);
    for (char **part = parts; *part != NULL; part++) {
        if (*g_strstrip(*part) == '\0')
            continue;
        g_strv_builder_add(builder, *part);
        n++;
    }
    return n > 0 ? g_strv_builder_end(builder) : NULL;
}

char *
gw_areas_to_string(char *const *areas)
{
    return areas != NULL ? g_strjoinv(";", (char **)areas) : NULL;
}

static GwUnitRecord *
find(GwDirectory *directory, const char *id, GError **error)
{
    GwUnitRecord *unit = get_record(directory, id);

    if (unit == NULL)
        g_set_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "there is no unit '%s'", id);
    return unit;
}

static GwStatement *
write_place(const char *unit, const GwPlace *place)
{
    GwStatement *statement = gw_statement_new(
        "INSERT INTO unit_history (unit, parent, name, from_ms, until_ms) VALUES (?1, ?2, ?3, ?4, ?5)");

    gw_statement_text(statement, unit);
    gw_statement_text(statement, place->parent);
    gw_statement_text(statement, place->name);
    gw_statement_int(statement, place->from_ms);
    gw_statement_int(statement, place->until_ms);
    return statement;
}

static GwStatement *
write_unit(const GwUnit *unit)
{
    g_autofree char *areas = gw_areas_to_string(unit->areas);
    GwStatement *statement = gw_statement_new("UPDATE unit SET name = ?2, name_en = ?3, tier = ?4, parent = ?5,"
                                              " areas = ?6, closed_ms = ?7 WHERE id = ?1");

    gw_statement_text(statement, unit->id);
    gw_statement_text(statement, unit->name);
    gw_statement_text(statement, unit->name_en);
    gw_statement_text(statement, unit->tier);
    gw_statement_text(statement, unit->parent);
    gw_statement_text(statement, areas);
    gw_statement_int(statement, unit->closed_ms);
    return statement;
}

/* place: what was before; NULL: nothing that is told later has changed. */
static void
save(GwDirectory *directory, const GwUnitRecord *unit, const GwPlace *place)
{
    bool alone = !gw_directory_is_batch(directory);

    if (alone)
        gw_directory_begin(directory);
    if (place != NULL)
        gw_directory_write(directory, write_place(unit->public.id, place));
    gw_directory_write(directory, write_unit(&unit->public));
    if (alone)
        gw_directory_end(directory);
}

/* The place that ends now. */
static const GwPlace *
leave_place(GwUnitRecord *unit, int64_t now_ms)
{
    const GwPlace *last = unit->places->len > 0 ? unit->places->pdata[unit->places->len - 1] : NULL;
    const GwPlace place = { unit->public.parent, unit->public.name, last != NULL ? last->until_ms : 0, now_ms };

    remember(unit, &place);
    return unit->places->pdata[unit->places->len - 1];
}

static bool
has_room(const GwUnitRecord *unit, GError **error)
{
    if (unit->places->len < GW_TREE_MAX_PLACES)
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%s was moved or renamed %d times; no more is kept",
                unit->public.name, GW_TREE_MAX_PLACES);
    return false;
}

static bool
check_areas(const char *text, GError **error)
{
    g_auto(GStrv) areas = gw_areas_from_string(text);
    bool fine = areas == NULL || g_strv_length(areas) <= GW_UNIT_MAX_AREAS;

    for (char **area = areas; fine && area != NULL && *area != NULL; area++)
        fine = strlen(*area) <= GW_UNIT_MAX_AREA_NAME;
    if (!fine)
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "a unit serves up to %d townships, with names of up to %d bytes",
                    GW_UNIT_MAX_AREAS, GW_UNIT_MAX_AREA_NAME);
    return fine;
}

static void
set(char **text, const char *value)
{
    if (value == NULL)
        return;
    g_free(*text);
    *text = *value != '\0' ? g_strdup(value) : NULL;
}

bool
gw_tree_change(GwDirectory *directory, const char *id, const GwUnitChange *change, int64_t now_ms, GError **error)
{
    GwUnitRecord *unit = find(directory, id, error);
    const GwPlace *place = NULL;

    if (unit == NULL || !check_areas(change->areas, error))
        return false;
    if (change->name != NULL && !g_str_equal(change->name, unit->public.name)) {
        if (!has_room(unit, error))
            return false;
        place = leave_place(unit, now_ms);
        set(&unit->public.name, change->name);
    }
    set(&unit->public.name_en, change->name_en);
    set(&unit->public.tier, change->tier);
    if (change->areas != NULL) {
        g_strfreev(unit->public.areas);
        unit->public.areas = gw_areas_from_string(change->areas);
    }
    save(directory, unit, place);
    return true;
}

static unsigned
depth_of(GwDirectory *directory, const char *id)
{
    const GwUnit *at = gw_directory_get_unit(directory, id);
    unsigned depth = 0;

    for (; at != NULL && depth < GW_TREE_MAX_DEPTH; depth++)
        at = gw_directory_get_unit(directory, at->parent);
    return depth;
}

/* How many levels there are from id down, itself counted. */
static unsigned
height_of(GwDirectory *directory, const char *id)
{
    const GPtrArray *units = gw_directory_list_units(directory);
    unsigned own = depth_of(directory, id), deepest = own;

    for (guint i = 0; i < units->len; i++) {
        const GwUnit *unit = units->pdata[i];
        if (gw_directory_covers(directory, id, unit->id))
            deepest = MAX(deepest, depth_of(directory, unit->id));
    }
    return deepest - own + 1;
}

bool
gw_tree_move(GwDirectory *directory, const char *id, const char *parent, int64_t now_ms, GError **error)
{
    GwUnitRecord *unit = find(directory, id, error);
    const GwUnitRecord *above = unit != NULL && parent != NULL ? find(directory, parent, error) : NULL;

    if (unit == NULL || (parent != NULL && above == NULL))
        return false;
    if (parent != NULL && gw_directory_covers(directory, id, parent)) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s cannot be moved below itself", unit->public.name);
        return false;
    }
    if (above != NULL && above->public.closed_ms != 0) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s is closed", above->public.name);
        return false;
    }
    if (depth_of(directory, parent) + height_of(directory, id) > GW_TREE_MAX_DEPTH) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "the tree would be deeper than %d levels", GW_TREE_MAX_DEPTH);
        return false;
    }
    if (g_strcmp0(parent, unit->public.parent) == 0)
        return true;
    if (!has_room(unit, error))
        return false;
    const GwPlace *place = leave_place(unit, now_ms);
    g_free(unit->public.parent);
    unit->public.parent = g_strdup(parent);
    save(directory, unit, place);
    return true;
}

static bool
is_empty(GwDirectory *directory, const GwUnit *unit, int64_t now_ms, GError **error)
{
    const GPtrArray *units = gw_directory_list_units(directory), *persons = gw_directory_list_persons(directory);

    for (guint i = 0; i < units->len; i++) {
        const GwUnit *below = units->pdata[i];

        if (g_strcmp0(below->parent, unit->id) != 0 || below->closed_ms != 0)
            continue;
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s is below it: move or close that first", below->name);
        return false;
    }
    for (guint i = 0; i < persons->len; i++) {
        const GwPersonRecord *person = persons->pdata[i];

        for (guint k = 0; k < person->posts->len && !person->public.disabled; k++) {
            const GwPost *post = person->posts->pdata[k];

            if (!g_str_equal(post->unit, unit->id) || (post->until_ms != 0 && post->until_ms <= now_ms))
                continue;
            g_set_error(error, SIG_ERROR, SIG_ERROR_STATE,
                        "%s has a post in it: end that, or disable the account, first", person->public.display);
            return false;
        }
    }
    return true;
}

bool
gw_tree_close(GwDirectory *directory, const char *id, bool closed, int64_t now_ms, GError **error)
{
    GwUnitRecord *unit = find(directory, id, error);

    if (unit == NULL || (closed && unit->public.closed_ms == 0 && !is_empty(directory, &unit->public, now_ms, error)))
        return false;
    const GwUnit *above = gw_directory_get_unit(directory, unit->public.parent);
    if (!closed && above != NULL && above->closed_ms != 0) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s is closed: open that first", above->name);
        return false;
    }
    if (closed != (unit->public.closed_ms != 0)) {
        unit->public.closed_ms = closed ? now_ms : 0;
        save(directory, unit, NULL);
    }
    return true;
}

static GwPlace
place_at(const GwUnitRecord *unit, int64_t at_ms)
{
    for (guint i = 0; i < unit->places->len; i++) {
        const GwPlace *place = unit->places->pdata[i];
        if (at_ms < place->until_ms)
            return *place;
    }
    return (GwPlace){ .parent = unit->public.parent, .name = unit->public.name };
}

char *
gw_tree_path_at(GwDirectory *directory, const char *id, int64_t at_ms)
{
    g_autoptr(GString) path = g_string_new(NULL);
    const GwUnitRecord *unit = get_record(directory, id);

    if (unit == NULL)
        return NULL;
    for (unsigned depth = 0; unit != NULL && depth < GW_TREE_MAX_DEPTH; depth++) {
        const GwPlace place = place_at(unit, at_ms);

        if (depth > 0)
            g_string_prepend(path, " / ");
        g_string_prepend(path, place.name);
        unit = get_record(directory, place.parent);
    }
    return g_string_free(g_steal_pointer(&path), FALSE);
}

char *
gw_tree_place_at(GwDirectory *directory, const char *id, int64_t at_ms)
{
    g_autoptr(GString) place = g_string_new("/");
    const GwUnitRecord *unit = get_record(directory, id);

    for (unsigned depth = 0; unit != NULL && depth < GW_TREE_MAX_DEPTH; depth++) {
        const GwPlace then = place_at(unit, at_ms);

        g_string_prepend(place, unit->public.id);
        g_string_prepend_c(place, '/');
        unit = get_record(directory, then.parent);
    }
    return g_string_free(g_steal_pointer(&place), FALSE);
}
