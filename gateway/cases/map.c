#include <string.h>

#include "gateway/cases/cases-priv.h"

/* The map: positions of what one may see, and tiles that lie in DIR/tiles/Z/X/Y.png. Nothing is asked from elsewhere. */

enum { MAX_ZOOM = 22 };

static const GwIdentity *
get_identity(SigRequest *request)
{
    return gw_identity_of_client(sig_request_get_client(request));
}

enum { LOOKS = GW_CASES_SEES | GW_ACCESS_ADMINISTRATOR };

typedef struct {
    GwCases *cases;
    const GwIdentity *identity;
    JsonArray *rows;
} Listing;

static bool
reaches(const Listing *listing, const char *unit)
{
    return gw_people_reaches(listing->cases->gateway->people, listing->identity, LOOKS, unit);
}

static void
add_unit(const GwUnit *unit, void *data)
{
    const Listing *listing = data;
    const GwPosition *at = gw_places_find(listing->cases, "unit", unit->id);
    JsonObject *row = NULL;

    if (unit->closed_ms != 0 || !reaches(listing, unit->id))
        return;
    row = gw_people_unit_to_json(listing->cases->gateway->people, unit->id);
    json_object_set_string_member(row, "tier", unit->tier);
    gw_object_set_text(row, "parent", unit->parent);
    if (at != NULL)
        gw_position_to_json(*at, row);
    json_array_add_object_element(listing->rows, row);
}

static void
add_camera(const GwCamera *camera, void *data)
{
    const Listing *listing = data;
    const GwPosition *at = gw_places_find(listing->cases, "camera", camera->id);
    JsonObject *row = NULL;

    if (!reaches(listing, camera->unit))
        return;
    row = gw_object_with_text("id", camera->id);
    json_object_set_string_member(row, "name", camera->name);
    json_object_set_string_member(row, "unit", camera->unit);
    if (at != NULL)
        gw_position_to_json(*at, row);
    json_array_add_object_element(listing->rows, row);
}

static void
add_cases(Listing *listing)
{
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, listing->cases->open);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwCase *one = value;
        if (gw_people_reaches(listing->cases->gateway->people, listing->identity, GW_CASES_SEES, one->unit) &&
            json_array_get_length(listing->rows) < GW_CASES_MAX_ROWS)
            json_array_add_object_element(listing->rows, gw_case_to_json(listing->cases, one));
    }
}

/* Which zooms there are: folders 0 ... 22 of DIR/tiles. */
static JsonObject *
find_tiles(const GwCases *self)
{
    JsonObject *tiles = NULL;

    for (int zoom = 0; zoom <= MAX_ZOOM; zoom++) {
        g_autofree char *path = g_strdup_printf("%s/tiles/%d", self->gateway->config->data_dir, zoom);
        if (!g_file_test(path, G_FILE_TEST_IS_DIR))
            continue;
        if (tiles == NULL) {
            tiles = json_object_new();
            json_object_set_int_member(tiles, "min", zoom);
        }
        json_object_set_int_member(tiles, "max", zoom);
    }
    return tiles;
}

static void
handle_get(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    Listing units = { self, get_identity(request), json_array_new() };
    Listing cameras = { self, units.identity, json_array_new() }, cases = { self, units.identity, json_array_new() };
    JsonObject *answer = json_object_new(), *tiles = find_tiles(self);

    (void)params;
    gw_people_foreach_unit(self->gateway->people, add_unit, &units);
    if (self->needs.cameras != NULL)
        gw_cameras_foreach(self->needs.cameras, add_camera, &cameras);
    add_cases(&cases);
    json_object_set_array_member(answer, "units", units.rows);
    json_object_set_array_member(answer, "cameras", cameras.rows);
    json_object_set_array_member(answer, "cases", cases.rows);
    if (tiles != NULL)
        json_object_set_object_member(answer, "tiles", tiles);
    sig_request_reply_object(request, answer);
}

/* map.place */

static bool
may_place(GwCases *self, SigRequest *request, const char *object)
{
    const char *id = strchr(object, ':');
    const GwCamera *camera = NULL;
    const char *unit = NULL;

    if (g_str_has_prefix(object, "unit:") && gw_people_get_unit(self->gateway->people, id + 1) != NULL)
        unit = id + 1;
    if (g_str_has_prefix(object, "camera:") && self->needs.cameras != NULL)
        camera = gw_cameras_find(self->needs.cameras, id + 1);
    if (camera != NULL)
        unit = camera->unit;
    return gw_people_reaches(self->gateway->people, get_identity(request), GW_ACCESS_ADMINISTRATOR, unit);
}

static bool
set_place(GwCases *self, const char *object, JsonObject *params, GError **error)
{
    GwPosition position = { json_object_get_double_member_with_default(params, "lat", 1000),
                            json_object_get_double_member_with_default(params, "lon", 1000) };
    GwDatum datum = GW_DATUM_WGS84;

    if (!json_object_has_member(params, "lat") && !json_object_has_member(params, "lon")) {
        gw_places_remove(self, object);
        return true;
    }
    if (gw_position_is_valid(position) &&
        gw_datum_from_string(json_object_get_string_member_with_default(params, "datum", "WGS84"), &datum))
        position = gw_position_to_wgs84(position, datum);
    return gw_places_set(self, object, position, error);
}

static void
handle_place(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    const char *object = json_object_get_string_member(params, "object");
    g_autoptr(GError) error = NULL;

    if (!may_place(self, request, object)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such unit or camera in your part of the tree.");
        return;
    }
    if (!set_place(self, object, params, &error)) {
        sig_request_fail_error(request, error);
        return;
    }
    const GwActor actor = gw_cases_actor_of(request);
    gw_cases_note(self, &actor, "place.set", object, json_object_ref(params));
    sig_request_reply(request, NULL);
}

static const SigMethod get_row = {
    .name = "map.get",
    .access = LOOKS,
    .summary = "Units, cameras and open cases of the asker's part of the tree, with where they are (WGS84) where that "
               "is known.",
    .result =
        "{units: [{id, name, tier, parent?, lat?, lon?}], cameras: [{id, name, unit, lat?, lon?}], cases: [Case], "
        "tiles?: {min, max}}",
    .handle = handle_get,
};

static const SigMethod place_row = {
    .name = "map.place",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = (const SigParam[]){ { .name = "object",
                                    .type = SIG_TYPE_STRING,
                                    .min = 1,
                                    .max = GW_CASES_MAX_ID + 8,
                                    .summary = "\"unit:ID\" or \"camera:ID\"" },
                                  { .name = "lat", .type = SIG_TYPE_NUMBER, .optional = true },
                                  { .name = "lon", .type = SIG_TYPE_NUMBER, .optional = true },
                                  { .name = "datum",
                                    .type = SIG_TYPE_STRING,
                                    .optional = true,
                                    .max = 16,
                                    .values = gw_datum_names,
                                    .summary = "WGS84 unless it is GCJ02" },
                                  { NULL } },
    .summary = "Says where a unit or a camera is; without lat and lon nobody knows any more.",
    .result = "{}",
    .handle = handle_place,
};

const SigMethod *const gw_map_methods[] = { &get_row, &place_row, NULL };

/* Tiles. */

static bool
read_number(SigHttp *http, const char *name, uint64_t max, uint64_t *ret_number)
{
    return g_ascii_string_to_unsigned(sig_http_get_param(http, name), 10, 0, max, ret_number, NULL);
}

static void
handle_tile(SigHttp *http, void *user_data)
{
    const GwCases *self = user_data;
    uint64_t zoom = 0, x = 0, y = 0;
    g_autofree char *path = NULL;

    if (!read_number(http, "z", MAX_ZOOM, &zoom) || !read_number(http, "x", (UINT64_C(1) << zoom) - 1, &x) ||
        !read_number(http, "y", (UINT64_C(1) << zoom) - 1, &y)) {
        sig_http_fail(http, SIG_ERROR_NOT_FOUND, "There is no such tile.");
        return;
    }
    path = g_strdup_printf("%s/tiles/%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT ".png",
                           self->gateway->config->data_dir, zoom, x, y);
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        sig_http_fail(http, SIG_ERROR_NOT_FOUND, "There is no such tile.");
        return;
    }
    sig_http_add_header(http, "Cache-Control", "private, max-age=86400");
    sig_http_add_header(http, "X-Content-Type-Options", "nosniff");
    sig_http_reply_file(http, path, "image/png");
}

const SigRoute gw_map_routes[] = {
    { "GET", "/api/v1/map/tiles/{z}/{x}/{y}", LOOKS, 0, "A tile of the map, from the data directory.", handle_tile },
    { NULL },
};
