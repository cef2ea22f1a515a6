#include "gateway/photos/answer.h"

#include <math.h>
#include <string.h>

#include "signaling/json.h"
#include "signaling/params.h"

enum { MAX_MARK = 16, MAX_ACCURACY_M = 100000 };

#define MAX_TAKEN_MS INT64_C(4102444800000) /* 2100 */

static const char *const states[] = { "given", "denied", "unavailable", "timeout", "unsupported", NULL };

static const SigParam rows[] = {
    { .name = "mark", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_MARK },
    { .name = "taken_ms", .type = SIG_TYPE_INTEGER, .min = 0, .max = MAX_TAKEN_MS },
    { .name = "place", .type = SIG_TYPE_OBJECT },
    { NULL },
};

static const SigParam place_rows[] = {
    { .name = "state", .type = SIG_TYPE_STRING, .values = states },
    { .name = "lat", .type = SIG_TYPE_NUMBER, .optional = true },
    { .name = "lon", .type = SIG_TYPE_NUMBER, .optional = true },
    { .name = "accuracy_m", .type = SIG_TYPE_NUMBER, .optional = true },
    { NULL },
};

void
gw_photo_answer_clear(GwPhotoAnswer *self)
{
    g_free(self->mark);
    g_free(self->place);
    g_free(self->place_state);
    g_clear_pointer(&self->picture, g_bytes_unref);
    *self = (GwPhotoAnswer){ 0 };
}

static bool
fail(GError **error, const char *message)
{
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_INVALID, message);
    return false;
}

static bool
is_within(JsonObject *place, const char *name, double most)
{
    return json_object_has_member(place, name) && fabs(json_object_get_double_member(place, name)) <= most;
}

/* Anew from what was checked: nothing else of the phone's words is kept. */
static char *
write_place(JsonObject *place, const char *state)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    JsonObject *copy = json_object_new();

    json_object_set_string_member(copy, "state", state);
    if (strcmp(state, "given") == 0) {
        double accuracy_m = json_object_get_double_member_with_default(place, "accuracy_m", 0);
        json_object_set_double_member(copy, "lat", json_object_get_double_member(place, "lat"));
        json_object_set_double_member(copy, "lon", json_object_get_double_member(place, "lon"));
        json_object_set_int_member(copy, "accuracy_m", (int64_t)CLAMP(accuracy_m, 0, MAX_ACCURACY_M));
    }
    json_node_take_object(node, copy);
    return sig_json_to_text(node);
}

bool
gw_photo_answer_parse(GBytes *body, GwPhotoAnswer *ret_answer, GError **error)
{
    size_t size = 0;
    const char *bytes = body != NULL ? g_bytes_get_data(body, &size) : NULL;
    const char *end = bytes != NULL ? memchr(bytes, '\n', MIN(size, GW_PHOTO_ANSWER_MAX_HEAD)) : NULL;
    g_autoptr(JsonNode) node = NULL;

    if (end == NULL)
        return fail(error, "The answer begins with one line of JSON of at most 1024 bytes.");
    node = sig_json_parse(bytes, (size_t)(end - bytes), error);
    if (node == NULL)
        return false;
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return fail(error, "The first line is a JSON object.");
    JsonObject *head = json_node_get_object(node);
    if (!sig_params_check(rows, head, error))
        return false;
    JsonObject *place = json_object_get_object_member(head, "place");
    if (!sig_params_check(place_rows, place, error))
        return false;
    const char *state = json_object_get_string_member(place, "state");
    if (strcmp(state, "given") == 0 && (!is_within(place, "lat", 90) || !is_within(place, "lon", 180)))
        return fail(error, "A place that is given has lat and lon.");
    size_t offset = (size_t)(end - bytes) + 1;
    *ret_answer = (GwPhotoAnswer){
        .mark = g_strdup(json_object_get_string_member(head, "mark")),
        .place = write_place(place, state),
        .place_state = g_strdup(state),
        .taken_ms = json_object_get_int_member(head, "taken_ms"),
        .picture = g_bytes_new_from_bytes(body, offset, size - offset),
    };
    return true;
}
