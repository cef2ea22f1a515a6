#include "recorder/evidence/draft.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "recorder/evidence/draft-priv.h"
#include "recorder/evidence/guide.h"
#include "recorder/evidence/paper.h"

enum { READ_SIZE = 256 * 1024 };

struct RecPackageDraft {
    char *session;
    GPtrArray *items; /* RecPackageItem *, owned */
    bool sealed;
};

static const char *const required[] = {
    "manifest.json", "manifest.ed25519",        "manifest.sm2",      "recording.json",
    "leaves.jsonl",  "log/manifest.tlog-proof", "log/manifest.json", "log/checkpoint",
};

RecPackageDraft *
rec_package_draft_new(const char *session)
{
    RecPackageDraft *self = g_new0(RecPackageDraft, 1);

    self->session = g_strdup(session);
    self->items = g_ptr_array_new_with_free_func((GDestroyNotify)rec_package_item_free);
    return self;
}

void
rec_package_draft_free(RecPackageDraft *self)
{
    if (!self)
        return;
    g_free(self->session);
    g_ptr_array_unref(self->items);
    g_free(self);
}

const GPtrArray *
rec_package_draft_get_items(const RecPackageDraft *self)
{
    return self->items;
}

bool
rec_package_draft_is_sealed(const RecPackageDraft *self)
{
    return self->sealed;
}

static bool
add(RecPackageDraft *self, RecPackageItem *item, GError **error)
{
    g_autoptr(RecPackageItem) owned = item;
    const char *wrong = NULL;

    if (rec_package_item_rank(item->name) < 0)
        wrong = "no package has an entry of this name";
    else if (rec_package_item_find(self->items, item->name))
        wrong = "it is in the package already";
    else if (self->items->len >= REC_PACKAGE_MAX_ITEMS)
        wrong = "the package has too many entries";
    if (wrong) {
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "\"%s\": %s", item->name, wrong);
        return false;
    }
    g_ptr_array_add(self->items, g_steal_pointer(&owned));
    return true;
}

bool
rec_package_draft_add(RecPackageDraft *self, const char *name, GBytes *bytes, GError **error)
{
    g_return_val_if_fail(bytes && !self->sealed, false);
    return add(self, rec_package_item_new(name, bytes, 0), error);
}

bool
rec_package_draft_add_file(RecPackageDraft *self, const char *name, uint64_t bytes, GError **error)
{
    g_return_val_if_fail(!self->sealed, false);
    return add(self, rec_package_item_new(name, NULL, bytes), error);
}

static bool
measure(RecPackageItem *item, const RecPackageReader *reader, GError **error)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree uint8_t *buffer = g_malloc(READ_SIZE);
    uint64_t size;

    if (item->bytes) {
        g_checksum_update(sum, g_bytes_get_data(item->bytes, NULL), (gssize)g_bytes_get_size(item->bytes));
        item->sha256 = g_strdup(g_checksum_get_string(sum));
        return true;
    }
    for (uint64_t offset = 0; offset < item->size; offset += size) {
        size = MIN(item->size - offset, READ_SIZE);
        if (!reader->read(item->name, offset, buffer, size, reader->user_data, error))
            return false;
        g_checksum_update(sum, buffer, (gssize)size);
        item->crc32 = rec_package_crc32(item->crc32, buffer, size);
    }
    item->sha256 = g_strdup(g_checksum_get_string(sum));
    return true;
}

static bool
fits(const RecPackageItem *item, const char *name, JsonObject *listed, GError **error)
{
    const char *sha256 = json_object_get_string_member_with_default(listed, "sha256", "");
    int64_t bytes = json_object_get_int_member_with_default(listed, "bytes", -1);

    if (item && bytes >= 0 && item->size == (uint64_t)bytes && g_str_equal(item->sha256, sha256))
        return true;
    g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s %s", name,
                item ? "is not as the manifest says" : "is missing from the package");
    return false;
}

/* Every element of the manifest's array is an entry PREFIX + file as it says. */
static bool
list_fits(const RecPackageDraft *self, JsonObject *manifest, const char *member, const char *prefix, GError **error)
{
    JsonNode *node = json_object_get_member(manifest, member);
    JsonArray *array = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

    for (unsigned i = 0; array && i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);
        if (!JSON_NODE_HOLDS_OBJECT(element))
            continue;
        JsonObject *listed = json_node_get_object(element);
        const char *file = json_object_get_string_member_with_default(listed, "file", "");
        g_autofree char *name = g_strconcat(prefix, file, NULL);
        if (!fits(rec_package_item_find(self->items, name), name, listed, error))
            return false;
    }
    return true;
}

/* Nothing is sealed that the verifier would refuse for its media. */
static JsonObject *
check(const RecPackageDraft *self, bool is_redacted, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    size_t size;

    for (unsigned i = 0; i < G_N_ELEMENTS(required); i++) {
        if (!rec_package_item_find(self->items, required[i])) {
            g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s is missing from the package", required[i]);
            return NULL;
        }
    }
    const char *text = g_bytes_get_data(rec_package_item_find(self->items, "manifest.json")->bytes, &size);
    JsonNode *root = json_parser_load_from_data(parser, text, (gssize)size, NULL) ? json_parser_get_root(parser) : NULL;
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
        g_set_error_literal(error, REC_ERROR, REC_ERROR_INVALID, "manifest.json cannot be read: it was changed");
        return NULL;
    }
    JsonObject *manifest = json_node_get_object(root);
    if ((!is_redacted && !list_fits(self, manifest, "files", "media/", error)) ||
        !list_fits(self, manifest, "documents", "", error))
        return NULL;
    return json_object_ref(manifest);
}

static void
add_text(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    if (value)
        json_builder_add_string_value(builder, value);
    else
        json_builder_add_null_value(builder);
}

static void
add_number(JsonBuilder *builder, const char *name, int64_t value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, value);
}

static void
add_entries(JsonBuilder *builder, const GPtrArray *items)
{
    json_builder_set_member_name(builder, "entries");
    json_builder_begin_array(builder);
    for (unsigned i = 0; i < items->len; i++) {
        const RecPackageItem *item = g_ptr_array_index(items, i);
        json_builder_begin_object(builder);
        add_text(builder, "name", item->name);
        add_number(builder, "bytes", (int64_t)item->size);
        add_text(builder, "sha256", item->sha256);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static GBytes *
make_receipt(const RecPackageDraft *self, const RecPackageExport *facts)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    add_text(builder, "format", "yuanjian-receipt/1");
    add_text(builder, "export", facts->id);
    add_text(builder, "session", self->session);
    add_number(builder, "at_us", facts->at_us);
    add_text(builder, "by", facts->by);
    add_text(builder, "approved_by", facts->approved_by);
    add_text(builder, "reason", facts->reason);
    add_text(builder, "watermark", facts->watermark);
    add_text(builder, "manifest_sha256", rec_package_item_find(self->items, "manifest.json")->sha256);
    add_entries(builder, self->items);
    json_builder_end_object(builder);

    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    char *text = json_to_string(root, FALSE);
    return g_bytes_new_take(text, strlen(text));
}

static bool
add_made(RecPackageDraft *self, const char *name, GBytes *bytes, GError **error)
{
    g_autoptr(GBytes) owned = bytes;

    if (!rec_package_draft_add(self, name, owned, error))
        return false;
    return measure(rec_package_item_find(self->items, name), NULL, error);
}

GBytes *
rec_package_draft_seal(RecPackageDraft *self, const RecPackageExport *facts, const RecPackageReader *reader,
                       GError **error)
{
    g_return_val_if_fail(!self->sealed, NULL);
    for (unsigned i = 0; i < self->items->len; i++) {
        if (!measure(g_ptr_array_index(self->items, i), reader, error))
            return NULL;
    }
    JsonObject *manifest = check(self, facts->is_redacted, error);
    if (!manifest)
        return NULL;
    GBytes *paper = rec_paper_make(manifest, facts);
    json_object_unref(manifest);
    if (!add_made(self, "report.html", paper, error) ||
        !add_made(self, "VERIFY.txt", rec_guide_make(self->items, facts->is_redacted), error))
        return NULL;
    g_ptr_array_sort(self->items, rec_package_item_compare);

    g_autoptr(GBytes) receipt = make_receipt(self, facts);
    if (!rec_package_draft_add(self, "receipt.json", receipt, error))
        return NULL;
    self->sealed = true;
    return g_steal_pointer(&receipt);
}
