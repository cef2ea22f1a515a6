#include "recorder/scrub.h"

#include <json-glib/json-glib.h>
#include <openssl/evp.h>
#include <string.h>

#include "recorder/chain.h"
#include "recorder/recording.h"
#include "recorder/vault.h"

enum {
    READ_BYTES = 256 * 1024,
    MAX_CHUNKS = 1000000,
};
#define MANIFEST    "manifest.json"
#define DERIVATIVES "derivatives"

typedef struct {
    const char *folder;
    const RecScrubConfig *config;
    GPtrArray *damages; /* RecDamage *, owned */
    GHashTable *chunks; /* file -> GPtrArray of JsonObject, owned: its lines of leaves.jsonl */
    EVP_MD_CTX *sum, *chunk_sum;
    uint8_t *bytes;
    bool ended;
} Scrub;

static void
damage_free(void *data)
{
    RecDamage *self = data;

    g_free(self->file);
    g_free(self->what);
    g_free(self);
}

static RecDamage *
add_damage(Scrub *self, const char *file, const char *what)
{
    RecDamage *damage = g_new0(RecDamage, 1);

    damage->file = g_strdup(file);
    damage->chunk = -1;
    damage->what = g_strdup(what);
    if (self->damages->len == REC_SCRUB_MAX_DAMAGES) /* one more of so many takes the place of the last */
        g_ptr_array_remove_index(self->damages, REC_SCRUB_MAX_DAMAGES - 1);
    g_ptr_array_add(self->damages, damage);
    return damage;
}

/* "" when it is not there or no text. */
static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : "";
}

static int64_t
get_number(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64
               ? json_node_get_int(node)
               : -1;
}

static bool
go_on(Scrub *self, uint64_t bytes)
{
    self->ended = self->ended || (self->config->go_on && !self->config->go_on(bytes, self->config->data));
    return !self->ended;
}

static char *
finish_sum(EVP_MD_CTX *sum)
{
    uint8_t hash[REC_CHAIN_SIZE];

    EVP_DigestFinal_ex(sum, hash, NULL);
    return rec_chain_to_string(hash);
}

/* From offset on; false: the disk or the vault refuses (error), or it was ended. */
static bool
read_range(Scrub *self, RecVault *vault, uint64_t offset, uint64_t size, GError **error)
{
    while (size > 0) {
        ssize_t n = rec_vault_pread(vault, self->bytes, MIN(size, READ_BYTES), offset, error);
        if (n <= 0) {
            if (n == 0)
                g_set_error_literal(error, REC_ERROR, REC_ERROR_INVALID, "it is shorter than it was");
            return false;
        }
        EVP_DigestUpdate(self->sum, self->bytes, (size_t)n);
        EVP_DigestUpdate(self->chunk_sum, self->bytes, (size_t)n);
        offset += (uint64_t)n;
        size -= (uint64_t)n;
        if (!go_on(self, (uint64_t)n))
            return false;
    }
    return true;
}

static void
check_chunk(Scrub *self, RecVault *vault, const RecFile *file, JsonObject *leaf)
{
    g_autoptr(GError) error = NULL;
    const char *what = NULL;

    EVP_DigestInit_ex(self->chunk_sum, EVP_sha256(), NULL);
    if (!read_range(self, vault, (uint64_t)get_number(leaf, "offset"), (uint64_t)get_number(leaf, "bytes"), &error)) {
        if (self->ended)
            return;
        what = error->message;
    }
    g_autofree char *sha256 = finish_sum(self->chunk_sum);
    if (!what && strcmp(sha256, get_text(leaf, "sha256")) != 0)
        what = "its bytes are not those that were sealed";
    if (!what)
        return;
    RecDamage *damage = add_damage(self, file->file, what);
    damage->chunk = (int)get_number(leaf, "chunk");
    damage->from_us = get_number(leaf, "pts_from_us");
    damage->to_us = get_number(leaf, "pts_to_us");
}

/* Whether the lines cover the file without a gap. */
static bool
covers(const GPtrArray *leaves, const RecFile *file)
{
    int64_t at = 0;

    for (unsigned i = 0; i < leaves->len; i++) {
        JsonObject *leaf = leaves->pdata[i];
        if (get_number(leaf, "offset") != at || get_number(leaf, "bytes") < 0 || get_number(leaf, "chunk") != i ||
            get_number(leaf, "bytes") > G_MAXINT64 - at)
            return false;
        at += get_number(leaf, "bytes");
    }
    return (uint64_t)at == file->bytes;
}

static void
check_file(Scrub *self, const RecFile *file)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RecVault) vault = rec_vault_open(self->folder, file->file, self->config->key, &error);
    const GPtrArray *leaves = g_hash_table_lookup(self->chunks, file->file);

    if (!vault) {
        add_damage(self, file->file, error->message);
        return;
    }
    if (rec_vault_get_size(vault) != file->bytes) {
        add_damage(self, file->file, "it has not the length that it had");
        return;
    }
    EVP_DigestInit_ex(self->sum, EVP_sha256(), NULL);
    unsigned n_before = self->damages->len;
    if (leaves && covers(leaves, file)) {
        for (unsigned i = 0; i < leaves->len && !self->ended; i++)
            check_chunk(self, vault, file, leaves->pdata[i]);
    } else {
        if (leaves || file->chunks > 0)
            add_damage(self, REC_LEAVES_JSONL, "its lines do not cover the files");
        EVP_DigestInit_ex(self->chunk_sum, EVP_sha256(), NULL);
        if (!read_range(self, vault, 0, file->bytes, &error) && !self->ended)
            add_damage(self, file->file, error->message);
    }
    g_autofree char *sha256 = finish_sum(self->sum);
    if (!self->ended && self->damages->len == n_before && strcmp(sha256, file->sha256) != 0)
        add_damage(self, file->file, "it is not what recording.json says");
}

static char *
load(Scrub *self, const char *name, size_t *ret_size)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(self->folder, name, NULL);
    char *text = NULL;

    if (g_file_test(path, G_FILE_TEST_EXISTS) && !g_file_get_contents(path, &text, ret_size, &error))
        add_damage(self, name, error->message);
    return text;
}

static void
free_leaves(void *leaves)
{
    g_ptr_array_unref(leaves);
}

static void
take_line(Scrub *self, const char *line)
{
    g_autoptr(JsonNode) node = json_from_string(line, NULL);

    if (!node || !JSON_NODE_HOLDS_OBJECT(node)) {
        add_damage(self, REC_LEAVES_JSONL, "a line of it cannot be read");
        return;
    }
    JsonObject *leaf = json_node_get_object(node);
    const char *file = get_text(leaf, "file");
    GPtrArray *leaves = g_hash_table_lookup(self->chunks, file);
    if (!leaves) {
        leaves = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
        g_hash_table_insert(self->chunks, g_strdup(file), leaves);
    }
    g_ptr_array_add(leaves, json_object_ref(leaf));
}

static void
read_leaves(Scrub *self)
{
    size_t size;
    g_autofree char *text = load(self, REC_LEAVES_JSONL, &size);
    unsigned n = 0;

    for (char *line = text, *end; line && *line && n < MAX_CHUNKS; line = end, n++) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        else
            end = line + strlen(line);
        take_line(self, line);
    }
}

/* The documents that the manifest names. */
static void
check_documents(Scrub *self)
{
    size_t size, n;
    g_autofree char *text = load(self, MANIFEST, &size);
    g_autoptr(JsonNode) node = text ? json_from_string(text, NULL) : NULL;

    if (!text)
        return;
    JsonNode *list =
        node && JSON_NODE_HOLDS_OBJECT(node) ? json_object_get_member(json_node_get_object(node), "documents") : NULL;
    if (!list || !JSON_NODE_HOLDS_ARRAY(list)) {
        add_damage(self, MANIFEST, "it cannot be read");
        return;
    }
    for (unsigned i = 0; i < json_array_get_length(json_node_get_array(list)); i++) {
        JsonNode *item = json_array_get_element(json_node_get_array(list), i);
        const char *name = JSON_NODE_HOLDS_OBJECT(item) ? get_text(json_node_get_object(item), "file") : "";
        if (strcmp(name, REC_RECORDING_JSON) != 0 && strcmp(name, REC_LEAVES_JSONL) != 0)
            continue;
        g_autofree char *bytes = load(self, name, &n);
        g_autofree char *sha256 =
            bytes ? g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, n) : NULL;
        if (g_strcmp0(sha256, get_text(json_node_get_object(item), "sha256")) != 0)
            add_damage(self, name, sha256 ? "it is not what the manifest says" : "it is not there any more");
    }
}

/* Without its record it is being made, or removed. */
static bool
is_recorded(const Scrub *self, const char *record)
{
    g_autofree char *path = g_build_filename(self->folder, record, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void
check_derivative(Scrub *self, const char *id)
{
    g_autofree char *record = g_strconcat(DERIVATIVES "/", id, ".json", NULL);
    g_autofree char *name = g_strconcat(id, ".webm", NULL), *shown = g_strconcat(DERIVATIVES "/", name, NULL);
    g_autofree char *dir = g_build_filename(self->folder, DERIVATIVES, NULL);
    size_t n;
    g_autofree char *text = load(self, record, &n);
    g_autoptr(JsonNode) node = text ? json_from_string(text, NULL) : NULL;
    JsonNode *file =
        node && JSON_NODE_HOLDS_OBJECT(node) ? json_object_get_member(json_node_get_object(node), "file") : NULL;
    g_autoptr(GError) error = NULL;

    if (!text)
        return;
    if (!file || !JSON_NODE_HOLDS_OBJECT(file)) {
        add_damage(self, record, "it cannot be read");
        return;
    }
    g_autoptr(RecVault) vault = rec_vault_open(dir, name, self->config->key, &error);
    EVP_DigestInit_ex(self->sum, EVP_sha256(), NULL);
    EVP_DigestInit_ex(self->chunk_sum, EVP_sha256(), NULL);
    bool read = vault && read_range(self, vault, 0, rec_vault_get_size(vault), &error);
    g_autofree char *sha256 = finish_sum(self->sum);
    if (self->ended || !is_recorded(self, record))
        return;
    if (!read)
        add_damage(self, shown, error->message);
    else if (strcmp(sha256, get_text(json_node_get_object(file), "sha256")) != 0)
        add_damage(self, shown, "it is not what its record says");
}

static void
check_derivatives(Scrub *self)
{
    g_autofree char *path = g_build_filename(self->folder, DERIVATIVES, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;

    while (dir && !self->ended && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *id = g_str_has_suffix(name, ".json") ? g_strndup(name, strlen(name) - 5) : NULL;
        if (id)
            check_derivative(self, id);
    }
}

GPtrArray *
rec_scrub(const char *folder, const RecScrubConfig *config, GError **error)
{
    g_autoptr(GHashTable) chunks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_leaves);
    g_autofree uint8_t *bytes = g_malloc(READ_BYTES);
    g_autoptr(GPtrArray) damages = g_ptr_array_new_with_free_func(damage_free);
    g_autoptr(GError) cause = NULL;
    g_autoptr(RecRecording) recording = rec_recording_load(folder, &cause);
    Scrub self = { folder, config, damages, chunks, EVP_MD_CTX_new(), EVP_MD_CTX_new(), bytes, false };

    if (!recording)
        add_damage(&self, REC_RECORDING_JSON, cause->message);
    check_documents(&self);
    read_leaves(&self);
    for (unsigned i = 0; recording && i < recording->files->len && !self.ended; i++)
        check_file(&self, recording->files->pdata[i]);
    check_derivatives(&self);
    EVP_MD_CTX_free(self.sum);
    EVP_MD_CTX_free(self.chunk_sum);
    if (!self.ended)
        return g_steal_pointer(&damages);
    g_set_error_literal(error, REC_ERROR, REC_ERROR_LOCKED, "it was ended before it was done");
    return NULL;
}
