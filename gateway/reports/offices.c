#include <string.h>

#include "gateway/reports/reports-priv.h"

/* Offices are the units that have none below them: what a squad, a village station or a prison is called does not matter. */

typedef struct {
    GwPeople *people;
    GPtrArray *offices;
    GHashTable *parents; /* ids that have something below them then */
    char *within;
    int64_t at_ms;
} Collecting;

static void
office_free(void *data)
{
    GwOfficePlace *office = data;

    g_free(office->place);
    g_free(office);
}

/* "/a/b/c/": "b". Owned; NULL: a root. */
static char *
get_parent(const char *place)
{
    g_auto(GStrv) ids = g_strsplit(place, "/", 0);
    unsigned n = g_strv_length(ids);

    return n >= 4 ? g_strdup(ids[n - 3]) : NULL;
}

static void
collect(const GwUnit *unit, void *data)
{
    Collecting *it = data;
    g_autofree char *place = NULL, *parent = NULL;
    GwOfficePlace *office = NULL;

    if (unit->closed_ms != 0 && unit->closed_ms <= it->at_ms)
        return;
    place = gw_people_unit_place_at(it->people, unit->id, it->at_ms);
    parent = get_parent(place);
    if (parent != NULL)
        g_hash_table_add(it->parents, g_steal_pointer(&parent));
    if (strstr(place, it->within) == NULL)
        return;
    office = g_new(GwOfficePlace, 1);
    *office = (GwOfficePlace){ unit->id, g_steal_pointer(&place) };
    g_ptr_array_add(it->offices, office);
}

GPtrArray *
gw_offices_at(GwPeople *people, const char *below, int64_t at_ms)
{
    g_autoptr(GHashTable) parents = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Collecting it = {
        .people = people,
        .offices = g_ptr_array_new_with_free_func(office_free),
        .parents = parents,
        .within = g_strconcat("/", below, "/", NULL),
        .at_ms = at_ms,
    };

    gw_people_foreach_unit(people, collect, &it);
    for (unsigned i = it.offices->len; i > 0; i--) {
        const GwOfficePlace *office = it.offices->pdata[i - 1];
        if (g_hash_table_contains(parents, office->unit))
            g_ptr_array_remove_index(it.offices, i - 1);
    }
    g_free(it.within);
    return it.offices;
}

char *
gw_place_get_below(const char *place, const char *unit)
{
    g_autofree char *within = g_strconcat("/", unit, "/", NULL);
    const char *at = strstr(place, within), *next = at != NULL ? at + strlen(within) : NULL;
    const char *end = next != NULL ? strchr(next, '/') : NULL;

    return end != NULL ? g_strndup(next, (size_t)(end - next)) : NULL;
}

bool
gw_reports_read_span(GwQuestion *question, GwFactFilter *filter)
{
    filter->unit = gw_question_get(question, "unit");
    filter->from_ms = gw_question_get_int(question, "from_ms");
    filter->until_ms = gw_question_get_int(question, "until_ms");
    if (!gw_fact_log_check_unit(question, filter->unit))
        return false;
    if (filter->from_ms < filter->until_ms)
        return true;
    gw_question_fail(question, SIG_ERROR_BAD_PARAMS, "'from_ms' must be before 'until_ms'.");
    return false;
}
