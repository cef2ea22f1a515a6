#define G_LOG_DOMAIN "gateway.cases"

#include <string.h>

#include "gateway/cases/cases-priv.h"

/* Where units and cameras are, in WGS84. A camera of which nobody has said is where its unit is. */

static void
keep(GwCases *self, const char *object, GwPosition position)
{
    g_hash_table_replace(self->places, g_strdup(object), g_memdup2(&position, sizeof position));
}

bool
gw_places_load(GwCases *self, GError **error)
{
    g_autoptr(GwRows) rows =
        gw_store_query(self->gateway->store, gw_statement_new("SELECT object, lat, lon FROM place"), error);

    if (rows == NULL)
        return false;
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        const GwPosition position = { gw_degrees_from_int(gw_rows_int(rows, i, 1)),
                                      gw_degrees_from_int(gw_rows_int(rows, i, 2)) };
        keep(self, gw_rows_text(rows, i, 0), position);
    }
    return true;
}

const GwPosition *
gw_places_find(const GwCases *self, const char *kind, const char *id)
{
    g_autofree char *object = g_strconcat(kind, ":", id, NULL);

    return g_hash_table_lookup(self->places, object);
}

bool
gw_places_set(GwCases *self, const char *object, GwPosition position, GError **error)
{
    GwStatement *statement = NULL;

    if (!gw_position_is_valid(position)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                            "lat is from -90 to 90 and lon from -180 to 180, in degrees.");
        return false;
    }
    if (!g_hash_table_contains(self->places, object) && g_hash_table_size(self->places) >= GW_PLACES_MAX) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "There are %d places already.", GW_PLACES_MAX);
        return false;
    }
    keep(self, object, position);
    statement = gw_statement_new("INSERT INTO place (object, lat, lon) VALUES (?1, ?2, ?3)"
                                 " ON CONFLICT (object) DO UPDATE SET lat = excluded.lat, lon = excluded.lon");
    gw_statement_text(statement, object);
    gw_statement_int(statement, gw_degrees_to_int(position.lat));
    gw_statement_int(statement, gw_degrees_to_int(position.lon));
    gw_store_run(self->gateway->store, statement, NULL, NULL);
    return true;
}

void
gw_places_remove(GwCases *self, const char *object)
{
    GwStatement *statement = gw_statement_new("DELETE FROM place WHERE object = ?1");

    gw_statement_text(statement, object);
    gw_store_run(self->gateway->store, statement, NULL, NULL);
    g_hash_table_remove(self->places, object);
}

/* Near by. */

typedef struct {
    const GwCamera *camera;
    const GwPosition *at;
    double distance_m;
} Near;

typedef struct {
    GwCases *cases;
    const GwIdentity *identity; /* NULL: of anybody, below a unit */
    const char *below;
    GwPosition position;
    GArray *found; /* Near */
} Search;

static bool
is_wanted(const Search *search, const GwCamera *camera)
{
    GwPeople *people = search->cases->gateway->people;

    return search->identity != NULL ? gw_people_reaches(people, search->identity, GW_CASES_SEES, camera->unit)
                                    : gw_people_covers(people, search->below, camera->unit);
}

static void
look_at_camera(const GwCamera *camera, void *data)
{
    const Search *search = data;
    const GwPosition *at = gw_places_find(search->cases, "camera", camera->id);

    if (at == NULL)
        at = gw_places_find(search->cases, "unit", camera->unit);
    if (at == NULL || !is_wanted(search, camera))
        return;
    const Near near = { camera, at, gw_position_distance_m(*at, search->position) };
    g_array_append_val(search->found, near);
}

static int
compare(const void *a, const void *b)
{
    double x = ((const Near *)a)->distance_m, y = ((const Near *)b)->distance_m;

    return x < y ? -1 : x > y;
}

static GArray *
search_near(Search *search, unsigned most)
{
    search->found = g_array_new(FALSE, FALSE, sizeof(Near));
    if (search->cases->needs.cameras != NULL)
        gw_cameras_foreach(search->cases->needs.cameras, look_at_camera, search);
    g_array_sort(search->found, compare);
    if (search->found->len > most)
        g_array_set_size(search->found, most);
    return search->found;
}

JsonArray *
gw_places_near(GwCases *self, const GwIdentity *identity, GwPosition position, unsigned most)
{
    Search search = { .cases = self, .identity = identity, .position = position };
    g_autoptr(GArray) found = search_near(&search, most);
    JsonArray *rows = json_array_new();

    for (guint i = 0; i < found->len; i++) {
        const Near *near = &g_array_index(found, Near, i);
        JsonObject *row = gw_object_with_text("id", near->camera->id);
        JsonObject *unit = gw_people_unit_to_json(self->gateway->people, near->camera->unit);
        json_object_set_string_member(row, "name", near->camera->name);
        if (unit != NULL)
            json_object_set_object_member(row, "unit", unit);
        gw_position_to_json(*near->at, row);
        json_object_set_int_member(row, "distance_m", (int64_t)near->distance_m);
        json_array_add_object_element(rows, row);
    }
    return rows;
}

const char **
gw_places_near_ids(GwCases *self, GwPosition position, const char *below, unsigned most)
{
    Search search = { .cases = self, .below = below, .position = position };
    g_autoptr(GArray) found = search_near(&search, most);
    const char **ids = g_new0(const char *, found->len + 1);

    for (guint i = 0; i < found->len; i++)
        ids[i] = g_array_index(found, Near, i).camera->id;
    return ids;
}

/* place.import: {places: [{object, lat, lon, datum?}]}; all or none. */

static bool
read_place(JsonNode *node, const char **ret_object, GwPosition *ret_position)
{
    JsonObject *row = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    const char *datum = row != NULL ? json_object_get_string_member_with_default(row, "datum", "WGS84") : NULL;
    GwDatum known = GW_DATUM_WGS84;

    if (row == NULL || !gw_datum_from_string(datum, &known))
        return false;
    *ret_object = json_object_get_string_member_with_default(row, "object", "");
    *ret_position = (GwPosition){ json_object_get_double_member_with_default(row, "lat", 1000),
                                  json_object_get_double_member_with_default(row, "lon", 1000) };
    if (!gw_position_is_valid(*ret_position) ||
        (!g_str_has_prefix(*ret_object, "unit:") && !g_str_has_prefix(*ret_object, "camera:")))
        return false;
    *ret_position = gw_position_to_wgs84(*ret_position, known);
    return true;
}

static void
handle_import(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    JsonArray *places = json_object_get_array_member(params, "places");
    unsigned n = json_array_get_length(places);
    const char *object = NULL;
    GwPosition position;
    JsonObject *detail = NULL;

    for (unsigned i = 0; i < n; i++) {
        if (read_place(json_array_get_element(places, i), &object, &position))
            continue;
        gw_admin_fail(
            request, SIG_ERROR_BAD_PARAMS,
            "Place %u: object is \"unit:ID\" or \"camera:ID\", lat and lon are degrees, datum is WGS84 or GCJ02.",
            i + 1);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        g_autoptr(GError) error = NULL;
        if (read_place(json_array_get_element(places, i), &object, &position) &&
            !gw_places_set(self, object, position, &error)) {
            gw_admin_fail_error(request, error);
            return;
        }
    }
    detail = json_object_new();
    json_object_set_int_member(detail, "places", n);
    gw_cases_note(self, &(GwActor){ .audit = "owner" }, "place.import", NULL, detail);
    gw_admin_reply(request, NULL);
}

const GwAdminCommand gw_place_commands[] = {
    { "place.import",
      (const SigParam[]){ { .name = "places", .type = SIG_TYPE_ARRAY, .max = GW_PLACES_MAX }, { NULL } },
      handle_import },
    { NULL },
};
