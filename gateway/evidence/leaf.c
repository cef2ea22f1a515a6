#include "gateway/evidence/leaf.h"

#include <string.h>

#include "recorder/evidence/hash.h"
#include "recorder/evidence/pending.h"

static char *
to_text(JsonObject *object)
{
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);

    return json_to_string(node, FALSE);
}

/* What is left of something that is too long. */
static JsonObject *
summarize(JsonObject *object)
{
    g_autofree char *text = to_text(object);
    JsonObject *summary = json_object_new();
    RecHashes hashes;

    rec_hash_bytes(text, strlen(text), &hashes);
    g_autofree char *hex = rec_hash_to_hex(hashes.sha256);
    json_object_set_int_member(summary, "omitted", (gint64)strlen(text));
    json_object_set_string_member(summary, "sha256", hex);
    return summary;
}

static JsonObject *
make_head(const GwLeafHead *head)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "type", head->type);
    json_object_set_int_member(object, "at_us", head->at_us);
    if (head->session != NULL)
        json_object_set_string_member(object, "session", head->session);
    return object;
}

static char *
make_text(const GwLeafHead *head, JsonObject *fields, bool shortened)
{
    g_autoptr(JsonObject) object = make_head(head);
    g_autoptr(GList) names = fields != NULL ? json_object_get_members(fields) : NULL;

    for (GList *name = names; name != NULL; name = name->next) {
        JsonNode *member = json_object_get_member(fields, name->data);
        if (json_object_has_member(object, name->data))
            continue;
        if (shortened && g_str_equal(name->data, "detail") && JSON_NODE_HOLDS_OBJECT(member))
            json_object_set_object_member(object, name->data, summarize(json_node_get_object(member)));
        else
            json_object_set_member(object, name->data, json_node_copy(member));
    }
    return to_text(object);
}

GBytes *
gw_leaf_new(const GwLeafHead *head, JsonObject *fields)
{
    g_autofree char *text = make_text(head, fields, false);

    if (strlen(text) > REC_LOG_MAX_ENTRY) {
        g_free(text);
        text = make_text(head, fields, true);
    }
    if (strlen(text) > REC_LOG_MAX_ENTRY) {
        g_autoptr(JsonObject) summary = summarize(fields);
        g_free(text);
        text = make_text(head, summary, false);
    }
    size_t size = strlen(text);
    return g_bytes_new_take(g_steal_pointer(&text), size);
}

JsonObject *
gw_leaf_parse(GBytes *leaf)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    gsize size = 0;
    const char *text = g_bytes_get_data(leaf, &size);

    if (size == 0 || !g_utf8_validate(text, (gssize)size, NULL) ||
        !json_parser_load_from_data(parser, text, (gssize)size, NULL))
        return NULL;
    JsonNode *root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root) || gw_leaf_get(json_node_get_object(root), "type") == NULL)
        return NULL;
    return json_object_ref(json_node_get_object(root));
}

const char *
gw_leaf_get(JsonObject *leaf, const char *name)
{
    JsonNode *member = json_object_get_member(leaf, name);

    return member != NULL && JSON_NODE_HOLDS_VALUE(member) ? json_node_get_string(member) : NULL;
}

int64_t
gw_leaf_get_number(JsonObject *leaf, const char *name)
{
    JsonNode *member = json_object_get_member(leaf, name);

    return member != NULL && JSON_NODE_HOLDS_VALUE(member) ? json_node_get_int(member) : 0;
}

char *
gw_leaf_get_text(JsonObject *leaf, const char *name)
{
    JsonNode *member = json_object_get_member(leaf, name);

    return member != NULL ? json_to_string(member, FALSE) : NULL;
}

GBytes *
gw_leaf_new_key(int64_t at_us, unsigned generation, const char *ed25519_sha256, const char *sm2_sha256)
{
    g_autoptr(JsonObject) fields = json_object_new();

    json_object_set_int_member(fields, "generation", generation);
    json_object_set_string_member(fields, "ed25519", ed25519_sha256);
    json_object_set_string_member(fields, "sm2", sm2_sha256);
    return gw_leaf_new(&(GwLeafHead){ .type = "key", .at_us = at_us }, fields);
}
