#define G_LOG_DOMAIN "gateway.wall"

#include "gateway/supervision/wall-priv.h"

/* What a page with a wall calls. Every source is checked against the asker's rights where it is shown (wall-view.c). */

enum { MAX_SDP = 256 * 1024, MAX_LISTED = 5000 };

#define OFFER                                                                                                          \
    {                                                                                                                  \
        .name = "sdp", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_SDP, .summary = "SDP"                             \
    }
#define SOURCE                                                                                                         \
    {                                                                                                                  \
        .name = "source", .type = SIG_TYPE_STRING, .min = 1, .max = GW_SOURCES_MAX_ID,                                 \
        .summary = "terminal:ID or camera:ID"                                                                          \
    }

static const char no_wall[] = "This page has no wall open: call wall.open first.";

static GwWallView *
find_view(GwWall *self, SigRequest *request)
{
    GwWallView *view = gw_wall_find_view(self, sig_request_get_client(request));

    if (view == NULL)
        sig_request_fail(request, SIG_ERROR_STATE, no_wall);
    return view;
}

/* wall.open */

static void
handle_open(SigRequest *request, JsonObject *params, void *user_data)
{
    GwWall *self = user_data;
    SigClient *client = sig_request_get_client(request);
    g_autoptr(GError) error = NULL;
    g_autofree char *offer = NULL;
    JsonArray *slots = NULL;
    JsonObject *answer = NULL;

    if (client == NULL) {
        sig_request_fail(request, SIG_ERROR_STATE, "The connection has gone.");
        return;
    }
    g_hash_table_remove(self->views, client);
    if (g_hash_table_size(self->views) >= GW_WALL_MAX_VIEWS) {
        sig_request_fail(request, SIG_ERROR_LIMIT, "%d walls are open on this node: close some.", GW_WALL_MAX_VIEWS);
        return;
    }
    GwWallView *view = gw_wall_view_new(self, client, (unsigned)json_object_get_int_member(params, "tiles"));
    offer = gw_wall_view_offer(view, &slots, &error);
    if (offer == NULL) {
        gw_wall_view_free(view);
        sig_request_fail_error(request, error);
        return;
    }
    g_hash_table_insert(self->views, client, view);
    answer = json_object_new();
    json_object_set_string_member(answer, "sdp", offer);
    json_object_set_array_member(answer, "slots", slots);
    sig_request_reply_object(request, answer);
}

static void
handle_answer(SigRequest *request, JsonObject *params, void *user_data)
{
    GwWallView *view = find_view(user_data, request);
    g_autoptr(GError) error = NULL;

    if (view == NULL)
        return;
    if (!gw_wall_view_accept_answer(view, json_object_get_string_member(params, "sdp"), &error))
        sig_request_fail_error(request, error);
    else
        sig_request_reply(request, NULL);
}

static void
handle_close(SigRequest *request, JsonObject *params, void *user_data)
{
    GwWall *self = user_data;
    SigClient *client = sig_request_get_client(request);

    (void)params;
    if (client != NULL)
        g_hash_table_remove(self->views, client);
    sig_request_reply(request, NULL);
}

/* wall.show */

typedef struct {
    unsigned slot;
    const char *source; /* NULL: nothing */
    bool has_source, has_size, has_stills, stills;
    uint16_t width, height;
} Wish;

static bool
read_size(JsonObject *object, const char *name, uint16_t *ret_pixels)
{
    JsonNode *node = json_object_get_member(object, name);

    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64)
        return false;
    int64_t pixels = json_node_get_int(node);
    if (pixels < 0 || pixels > GW_WALL_MAX_PIXELS)
        return false;
    *ret_pixels = (uint16_t)pixels;
    return true;
}

static bool
read_source(JsonNode *node, Wish *wish)
{
    wish->has_source = true;
    wish->source = NULL;
    if (JSON_NODE_HOLDS_NULL(node))
        return true;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
        return false;
    wish->source = json_node_get_string(node);
    return *wish->source != '\0' && strlen(wish->source) <= GW_SOURCES_MAX_ID;
}

static bool
read_stills(JsonNode *node, Wish *wish)
{
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_BOOLEAN)
        return false;
    wish->has_stills = true;
    wish->stills = json_node_get_boolean(node);
    return true;
}

/* {slot, source?, width?, height?, stills?} */
static bool
read_wish(const GwWallView *view, JsonNode *node, Wish *wish)
{
    JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    JsonNode *slot = object != NULL ? json_object_get_member(object, "slot") : NULL;

    *wish = (Wish){ 0 };
    if (slot == NULL || !JSON_NODE_HOLDS_VALUE(slot) || json_node_get_value_type(slot) != G_TYPE_INT64 ||
        json_node_get_int(slot) < 0 || json_node_get_int(slot) >= view->n_tiles)
        return false;
    wish->slot = (unsigned)json_node_get_int(slot);
    if (json_object_has_member(object, "source") && !read_source(json_object_get_member(object, "source"), wish))
        return false;
    if (json_object_has_member(object, "stills") && !read_stills(json_object_get_member(object, "stills"), wish))
        return false;
    wish->has_size = json_object_has_member(object, "width") && json_object_has_member(object, "height");
    return !wish->has_size || (read_size(object, "width", &wish->width) && read_size(object, "height", &wish->height));
}

static bool
check_wishes(const GwWallView *view, JsonArray *wishes)
{
    Wish wish;

    for (unsigned i = 0; i < json_array_get_length(wishes); i++) {
        if (!read_wish(view, json_array_get_element(wishes, i), &wish))
            return false;
    }
    return true;
}

static void
handle_show(SigRequest *request, JsonObject *params, void *user_data)
{
    GwWallView *view = find_view(user_data, request);
    JsonArray *wishes = json_object_get_array_member(params, "tiles"), *tiles = NULL;
    JsonObject *answer = NULL;

    if (view == NULL)
        return;
    if (!check_wishes(view, wishes)) {
        sig_request_fail(
            request, SIG_ERROR_BAD_PARAMS,
            "A tile is {slot: 0 ... %u, source: id or null, width, height in pixels, stills: true or false}.",
            view->n_tiles - 1);
        return;
    }
    tiles = json_array_new();
    for (unsigned i = 0; i < json_array_get_length(wishes); i++) {
        Wish wish;
        if (!read_wish(view, json_array_get_element(wishes, i), &wish))
            continue;
        if (wish.has_size && view->peer != NULL)
            media_peer_set_slot_size(view->peer, view->tiles[wish.slot].slot, wish.width, wish.height);
        if (wish.has_stills && view->peer != NULL)
            media_peer_set_slot_stills(view->peer, view->tiles[wish.slot].slot, wish.stills);
        if (wish.has_source)
            gw_wall_view_show(view, wish.slot, wish.source);
        json_array_add_object_element(tiles, gw_wall_tile_to_json(view, wish.slot));
    }
    answer = json_object_new();
    json_object_set_array_member(answer, "tiles", tiles);
    sig_request_reply_object(request, answer);
}

static void
handle_listen(SigRequest *request, JsonObject *params, void *user_data)
{
    GwWall *self = user_data;
    GwWallView *view = find_view(self, request);
    const char *source = json_object_get_string_member_with_default(params, "source", NULL);
    GwSourceInfo info;

    if (view == NULL)
        return;
    if (source != NULL && !gw_wall_reaches(self, view->client, source, &info)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such source in your part of the tree.");
        return;
    }
    gw_wall_view_listen(view, source);
    sig_request_reply(request, NULL);
}

static void
handle_talk(SigRequest *request, JsonObject *params, void *user_data)
{
    GwWall *self = user_data;
    GwWallView *view = find_view(self, request);
    const char *source = json_object_get_string_member(params, "source");
    g_autoptr(GError) error = NULL;
    g_autofree char *sdp = NULL;
    GwSourceInfo info;
    JsonObject *answer = NULL;

    if (view == NULL)
        return;
    if (!gw_wall_reaches(self, view->client, source, &info)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such source in your part of the tree.");
        return;
    }
    sdp = gw_wall_talk_begin(view, source, json_object_get_string_member(params, "sdp"), &error);
    if (sdp == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    answer = json_object_new();
    json_object_set_string_member(answer, "sdp", sdp);
    sig_request_reply_object(request, answer);
}

static void
handle_hush(SigRequest *request, JsonObject *params, void *user_data)
{
    GwWallView *view = find_view(user_data, request);

    (void)params;
    if (view == NULL)
        return;
    gw_wall_talk_end(view);
    sig_request_reply(request, NULL);
}

/* wall.sources */

typedef struct {
    GwWall *wall;
    SigClient *client;
    JsonArray *sources, *units;
    GHashTable *named; /* ids of units, borrowed from the directory */
} Listing;

/* The unit and those above it, as far up as the asker reaches. */
static void
name_unit(Listing *listing, const char *id)
{
    GwPeople *people = listing->wall->gateway->people;
    const GwIdentity *identity = gw_identity_of_client(listing->client);
    const GwUnit *unit = gw_people_get_unit(people, id);

    while (unit != NULL && !g_hash_table_contains(listing->named, unit->id) &&
           gw_people_reaches(people, identity, GW_ACCESS_INSPECTOR, unit->id)) {
        JsonObject *object = gw_people_unit_to_json(people, unit->id);

        g_hash_table_add(listing->named, unit->id);
        json_object_set_string_member(object, "tier", unit->tier);
        if (unit->parent != NULL)
            json_object_set_string_member(object, "parent", unit->parent);
        json_array_add_object_element(listing->units, object);
        unit = unit->parent != NULL ? gw_people_get_unit(people, unit->parent) : NULL;
    }
}

static void
add_source(const GwSourceInfo *info, void *data)
{
    Listing *listing = data;
    JsonObject *object = NULL;

    if (json_array_get_length(listing->sources) >= MAX_LISTED ||
        !gw_people_reaches(listing->wall->gateway->people, gw_identity_of_client(listing->client), GW_ACCESS_INSPECTOR,
                           info->unit))
        return;
    object = json_object_new();
    json_object_set_string_member(object, "id", info->id);
    json_object_set_string_member(object, "name", info->name);
    json_object_set_string_member(object, "unit", info->unit);
    json_object_set_boolean_member(object, "online", gw_wall_is_there(listing->wall, info));
    json_array_add_object_element(listing->sources, object);
    name_unit(listing, info->unit);
}

static void
handle_sources(SigRequest *request, JsonObject *params, void *user_data)
{
    GwWall *self = user_data;
    g_autoptr(GHashTable) named = g_hash_table_new(g_str_hash, g_str_equal);
    Listing listing = {
        .wall = self,
        .client = sig_request_get_client(request),
        .sources = json_array_new(),
        .units = json_array_new(),
        .named = named,
    };
    JsonObject *answer = json_object_new();

    (void)params;
    if (listing.client != NULL)
        gw_sources_foreach(self->sources, add_source, &listing);
    json_object_set_array_member(answer, "units", listing.units);
    json_object_set_array_member(answer, "sources", listing.sources);
    sig_request_reply_object(request, answer);
}

static const SigMethod open_row = {
    .name = "wall.open",
    .access = GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ { .name = "tiles",
                                    .type = SIG_TYPE_INTEGER,
                                    .min = 1,
                                    .max = GW_WALL_MAX_TILES,
                                    .summary = "how many pictures there may be at once" },
                                  { NULL } },
    .summary = "Opens the page's wall, empty; the one it had is closed.",
    .result = "{sdp: an offer, slots: [{mid, party: the slot's number or \"sound\", kind}]}",
    .handle = handle_open,
};

static const SigMethod answer_row = {
    .name = "wall.answer",
    .access = GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ OFFER, { NULL } },
    .summary = "The page's answer to the offer of wall.open.",
    .result = "{}",
    .handle = handle_answer,
};

static const SigMethod show_row = {
    .name = "wall.show",
    .access = GW_ACCESS_INSPECTOR,
    .params =
        (const SigParam[]){ { .name = "tiles",
                              .type = SIG_TYPE_ARRAY,
                              .max = GW_WALL_MAX_TILES,
                              .summary = "{slot, source?: id or null for nothing, width?, height?: in device pixels}" },
                            { NULL } },
    .summary = "Puts sources into slots, at once and without a new description; no larger picture comes than is shown.",
    .result =
        "{tiles: [{slot, source?, state: picture, connecting, offline, visit, busy, declined, no-answer, fault, held, "
        "privileged, no-right, none or empty}]}",
    .handle = handle_show,
};

static const SigMethod listen_row = {
    .name = "wall.listen",
    .access = GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ { .name = "source",
                                    .type = SIG_TYPE_STRING,
                                    .optional = true,
                                    .min = 1,
                                    .max = GW_SOURCES_MAX_ID,
                                    .summary = "one that is shown; none: nothing is heard" },
                                  { NULL } },
    .summary = "Whose sound comes.",
    .result = "{}",
    .handle = handle_listen,
};

static const SigMethod talk_row = {
    .name = "wall.talk",
    .access = GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ SOURCE, OFFER, { NULL } },
    .summary = "The page's microphone is heard there, until wall.hush.",
    .result = "{sdp: the answer}",
    .handle = handle_talk,
};

static const SigMethod hush_row = {
    .name = "wall.hush",
    .access = GW_ACCESS_INSPECTOR,
    .summary = "Ends talking.",
    .result = "{}",
    .handle = handle_hush,
};

static const SigMethod close_row = {
    .name = "wall.close",
    .access = GW_ACCESS_INSPECTOR,
    .summary = "Closes the page's wall.",
    .result = "{}",
    .handle = handle_close,
};

static const SigMethod sources_row = {
    .name = "wall.sources",
    .access = GW_ACCESS_INSPECTOR,
    .summary = "All that the asker may look at, with the units it belongs to; wall.presence tells what changes.",
    .result = "{units: [{id, name, name_en?, tier, parent?}], sources: [{id, name, unit, online}]}",
    .handle = handle_sources,
};

const SigMethod *const gw_wall_methods[] = {
    &open_row,
    &answer_row,
    &show_row,
    &listen_row,
    &talk_row,
    &hush_row,
    &close_row,
    &sources_row,
    &gw_method_wall_plans,
    &gw_method_wall_save_plan,
    &gw_method_wall_delete_plan,
    NULL,
};

static const SigParam tile_params[] = {
    { .name = "slot", .type = SIG_TYPE_INTEGER },
    { .name = "source", .type = SIG_TYPE_STRING, .optional = true },
    { .name = "state", .type = SIG_TYPE_STRING, .summary = "as in wall.show's answer" },
    { NULL },
};

static const SigParam presence_params[] = {
    { .name = "source", .type = SIG_TYPE_STRING },
    { .name = "online", .type = SIG_TYPE_BOOLEAN },
    { NULL },
};

static const SigParam alarm_params[] = {
    { .name = "source", .type = SIG_TYPE_STRING },
    { .name = "reason", .type = SIG_TYPE_STRING },
    { .name = "at_ms", .type = SIG_TYPE_INTEGER },
    { NULL },
};

const SigEvent gw_wall_events[] = {
    { .name = "wall.tile", .params = tile_params, .summary = "Why a tile has a picture, or none, has changed." },
    { .name = "wall.presence", .params = presence_params, .summary = "A source of the tree came or went." },
    { .name = "wall.alarm", .params = alarm_params, .summary = "Something happened there: show it out of turn." },
    { NULL },
};
