#include "recorder/order.h"

#include <string.h>

#include "recorder/track.h"

static void
edit_free(void *data)
{
    RecEdit *self = data;

    g_free(self->party);
    g_free(self);
}

RecOrder *
rec_order_new(void)
{
    RecOrder *self = g_new0(RecOrder, 1);

    self->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->edits = g_ptr_array_new_with_free_func(edit_free);
    return self;
}

void
rec_order_free(RecOrder *self)
{
    if (!self)
        return;
    g_hash_table_unref(self->names);
    g_ptr_array_unref(self->edits);
    g_free(self->title);
    g_free(self->note);
    g_free(self->watermark);
    g_free(self);
}

static const char *const layouts[] = {
    [REC_LAYOUT_SIDE_BY_SIDE] = "side-by-side",
    [REC_LAYOUT_SPEAKER] = "speaker",
};

bool
rec_layout_from_string(const char *name, RecLayout *ret_layout)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(layouts); i++) {
        if (g_strcmp0(name, layouts[i]) == 0) {
            *ret_layout = (RecLayout)i;
            return true;
        }
    }
    return false;
}

const char *
rec_layout_to_string(RecLayout layout)
{
    return layouts[layout];
}

/* Reading. */

static bool
set_error(GError **error, const char *what)
{
    g_set_error_literal(error, REC_ERROR, REC_ERROR_INVALID, what);
    return false;
}

/* NULL: it is not there, or no text. */
static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

static bool
get_number(JsonObject *object, const char *name, int64_t max, int64_t *ret_number)
{
    JsonNode *node = json_object_get_member(object, name);

    if (!node || !JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64 ||
        json_node_get_int(node) < 0 || json_node_get_int(node) > max)
        return false;
    *ret_number = json_node_get_int(node);
    return true;
}

static JsonObject *
get_object(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static bool
read_area(JsonObject *object, RecEdit *edit)
{
    JsonNode *node = json_object_get_member(object, "area");
    JsonObject *area = get_object(node);
    int64_t x, y, width, height;

    if (!node)
        return true;
    if (!area || edit->is_mute || !edit->party || !get_number(area, "x", REC_ORDER_WHOLE, &x) ||
        !get_number(area, "y", REC_ORDER_WHOLE, &y) || !get_number(area, "width", REC_ORDER_WHOLE - x, &width) ||
        !get_number(area, "height", REC_ORDER_WHOLE - y, &height) || width == 0 || height == 0)
        return false;
    edit->has_area = true;
    edit->x = (uint16_t)x;
    edit->y = (uint16_t)y;
    edit->width = (uint16_t)width;
    edit->height = (uint16_t)height;
    return true;
}

static bool
read_edit(JsonObject *object, RecEdit *edit, GError **error)
{
    const char *what = get_text(object, "what"), *party = get_text(object, "party");
    int64_t from_ms, to_ms;

    edit->is_mute = g_strcmp0(what, "mute") == 0;
    if (!edit->is_mute && g_strcmp0(what, "black") != 0)
        return set_error(error, "an edit is \"mute\" or \"black\"");
    if (json_object_has_member(object, "party") && (!party || !rec_id_is_valid(party)))
        return set_error(error, "the party of an edit is the id of one");
    if (!get_number(object, "from_ms", REC_ORDER_MAX_MS, &from_ms) ||
        !get_number(object, "to_ms", REC_ORDER_MAX_MS, &to_ms) || from_ms >= to_ms)
        return set_error(error, "an edit is from a moment to a later one");
    edit->party = g_strdup(party);
    edit->from_us = from_ms * 1000;
    edit->to_us = to_ms * 1000;
    if (!read_area(object, edit))
        return set_error(error, "an area is a part of one party's picture, in thousandths");
    return true;
}

bool
rec_order_add_edits(RecOrder *self, JsonArray *edits, GError **error)
{
    unsigned n = json_array_get_length(edits);

    if (n > REC_ORDER_MAX_EDITS - self->edits->len) {
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "more than %d edits", REC_ORDER_MAX_EDITS);
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        JsonObject *object = get_object(json_array_get_element(edits, i));
        RecEdit *edit = g_new0(RecEdit, 1);
        g_ptr_array_add(self->edits, edit);
        if (!object)
            return set_error(error, "an edit is an object");
        if (!read_edit(object, edit, error))
            return false;
    }
    return true;
}

static bool
read_text(JsonObject *object, const char *name, char **ret_text)
{
    const char *text = get_text(object, name);

    if (!json_object_has_member(object, name))
        return true;
    if (!text || strlen(text) > REC_ORDER_MAX_TEXT || !g_utf8_validate(text, -1, NULL))
        return false;
    *ret_text = g_strdup(text);
    return true;
}

static bool
read_names(RecOrder *self, JsonObject *object)
{
    JsonNode *node = json_object_get_member(object, "names");
    JsonObject *names = get_object(node);

    if (!names)
        return !node;
    if (json_object_get_size(names) > REC_ORDER_MAX_NAMES)
        return false;
    g_autoptr(GList) parties = json_object_get_members(names);
    for (GList *party = parties; party; party = party->next) {
        char *name = NULL;
        if (!rec_id_is_valid(party->data) || !read_text(names, party->data, &name) || !name)
            return false;
        g_hash_table_replace(self->names, g_strdup(party->data), name);
    }
    return true;
}

RecOrder *
rec_order_from_json(const char *text, size_t size, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(RecOrder) self = rec_order_new();

    if (size > REC_ORDER_MAX_BYTES || !g_utf8_validate_len(text, size, NULL) ||
        !json_parser_load_from_data(parser, text, (gssize)size, NULL)) {
        set_error(error, "the order is no JSON");
        return NULL;
    }
    JsonObject *object = get_object(json_parser_get_root(parser));
    if (!object || !rec_layout_from_string(get_text(object, "layout"), &self->layout)) {
        set_error(error, "the order has no layout");
        return NULL;
    }
    JsonNode *edits = json_object_get_member(object, "edits");
    if (!read_text(object, "title", &self->title) || !read_text(object, "note", &self->note) ||
        !read_text(object, "watermark", &self->watermark) || !read_names(self, object) ||
        (edits && !JSON_NODE_HOLDS_ARRAY(edits))) {
        set_error(error, "the order has a wrong or too long member");
        return NULL;
    }
    if (edits && !rec_order_add_edits(self, json_node_get_array(edits), error))
        return NULL;
    return g_steal_pointer(&self);
}

/* Writing. */

static JsonObject *
edit_to_json(const RecEdit *edit)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "what", edit->is_mute ? "mute" : "black");
    if (edit->party)
        json_object_set_string_member(object, "party", edit->party);
    json_object_set_int_member(object, "from_ms", edit->from_us / 1000);
    json_object_set_int_member(object, "to_ms", edit->to_us / 1000);
    if (edit->has_area) {
        JsonObject *area = json_object_new();
        json_object_set_int_member(area, "x", edit->x);
        json_object_set_int_member(area, "y", edit->y);
        json_object_set_int_member(area, "width", edit->width);
        json_object_set_int_member(area, "height", edit->height);
        json_object_set_object_member(object, "area", area);
    }
    return object;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static JsonObject *
names_to_json(const RecOrder *self)
{
    JsonObject *names = json_object_new();
    unsigned n;
    g_autofree void **parties = g_hash_table_get_keys_as_array(self->names, &n);

    if (n > 0)
        qsort(parties, n, sizeof *parties, compare_names);
    for (unsigned i = 0; i < n; i++)
        json_object_set_string_member(names, parties[i], g_hash_table_lookup(self->names, parties[i]));
    return names;
}

JsonNode *
rec_order_edits_to_json(const RecOrder *self)
{
    JsonNode *node = json_node_new(JSON_NODE_ARRAY);
    JsonArray *edits = json_array_new();

    for (unsigned i = 0; i < self->edits->len; i++)
        json_array_add_object_element(edits, edit_to_json(self->edits->pdata[i]));
    json_node_take_array(node, edits);
    return node;
}

char *
rec_order_to_json(const RecOrder *self)
{
    g_autoptr(JsonObject) object = json_object_new();
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);

    json_object_set_string_member(object, "layout", rec_layout_to_string(self->layout));
    if (self->title)
        json_object_set_string_member(object, "title", self->title);
    if (self->note)
        json_object_set_string_member(object, "note", self->note);
    if (self->watermark)
        json_object_set_string_member(object, "watermark", self->watermark);
    json_object_set_object_member(object, "names", names_to_json(self));
    json_object_set_member(object, "edits", rec_order_edits_to_json(self));
    json_node_set_object(node, object);
    return json_to_string(node, FALSE);
}

bool
rec_edit_covers(const RecEdit *self, const char *party, int64_t from_us, int64_t to_us)
{
    return (!self->party || g_strcmp0(self->party, party) == 0) && from_us < self->to_us && to_us > self->from_us;
}
