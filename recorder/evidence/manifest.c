#include "recorder/evidence/manifest.h"

#include <string.h>

#include "recorder/evidence/completeness.h"
#include "recorder/evidence/disk.h"

#define FORMAT "yuanjian-manifest/1"

enum { MAX_RECORDING_BYTES = 64 * 1024 * 1024, MAX_LEAVES_BYTES = 1 << 30 };

static const char *const documents[] = { "recording.json", "leaves.jsonl" };

/* What a manifest is made of, read. */
typedef struct {
    const RecManifestInput *input;
    char *texts[G_N_ELEMENTS(documents)];
    size_t sizes[G_N_ELEMENTS(documents)];
    RecChunks *chunks;
    JsonParser *parser;
    JsonObject *recording; /* borrowed from the parser */
} Parts;

static void
parts_clear(Parts *parts)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(documents); i++)
        g_free(parts->texts[i]);
    g_clear_pointer(&parts->chunks, rec_chunks_free);
    g_clear_object(&parts->parser);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parts, parts_clear)

static bool
refuse(GError **error, const char *folder, const char *what)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID, "%s: %s", folder, what);
    return false;
}

static bool
read_text(const char *folder, const char *name, size_t max, char **ret_text, size_t *ret_size, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    *ret_text = rec_disk_read(path, max, ret_size, error);
    return *ret_text != NULL;
}

static bool
has_document(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static bool
read_parts(Parts *parts, GError **error)
{
    const char *folder = parts->input->folder;

    if (!read_text(folder, documents[0], MAX_RECORDING_BYTES, &parts->texts[0], &parts->sizes[0], error))
        return false;
    /* Recordings of before have none: a manifest then names whole files alone. */
    if (has_document(folder, documents[1]) &&
        !read_text(folder, documents[1], MAX_LEAVES_BYTES, &parts->texts[1], &parts->sizes[1], error))
        return false;
    parts->chunks =
        rec_chunks_parse(parts->texts[1] != NULL ? parts->texts[1] : "", parts->sizes[1], parts->input->session, error);
    if (parts->chunks == NULL)
        return false;
    parts->parser = json_parser_new();
    if (!json_parser_load_from_data(parts->parser, parts->texts[0], (gssize)parts->sizes[0], NULL) ||
        json_parser_get_root(parts->parser) == NULL || !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parts->parser)))
        return refuse(error, folder, "recording.json is not the description of a recording");
    parts->recording = json_node_get_object(json_parser_get_root(parts->parser));
    if (g_strcmp0(json_object_get_string_member_with_default(parts->recording, "session", NULL),
                  parts->input->session) != 0 ||
        !json_object_has_member(parts->recording, "files") || !json_object_has_member(parts->recording, "events"))
        return refuse(error, folder, "recording.json is not the description of this session");
    return true;
}

static void
set_hex(JsonObject *object, const char *name, const uint8_t hash[REC_HASH_SIZE])
{
    g_autofree char *hex = rec_hash_to_hex(hash);

    json_object_set_string_member(object, name, hex);
}

static void
set_hashes(JsonObject *object, const RecHashes *hashes)
{
    json_object_set_int_member(object, "bytes", (gint64)hashes->bytes);
    set_hex(object, "sha256", hashes->sha256);
    set_hex(object, "sm3", hashes->sm3);
}

static bool
says(JsonObject *file, const char *name, const uint8_t hash[REC_HASH_SIZE])
{
    const char *said = json_object_get_string_member_with_default(file, name, NULL);
    g_autofree char *hex = rec_hash_to_hex(hash);

    return said == NULL || g_str_equal(said, hex);
}

static JsonObject *
describe_file(const Parts *parts, JsonObject *file, GError **error)
{
    static const char *const copied[] = { "file", "track", "party", "kind", "codec", "content_type" };
    const char *name = json_object_get_string_member_with_default(file, "file", "");
    g_autofree char *base = g_path_get_basename(name);
    JsonObject *object = NULL;
    RecHashes hashes;
    unsigned first = 0;

    if (!g_str_equal(base, name) || name[0] == '.') {
        refuse(error, parts->input->folder, "recording.json names a file that is not in its folder");
        return NULL;
    }
    if (!rec_chunks_check_file(parts->chunks, name, parts->input->media, &hashes, error))
        return NULL;
    if (!says(file, "sha256", hashes.sha256) || !says(file, "sm3", hashes.sm3) ||
        json_object_get_int_member_with_default(file, "bytes", -1) != (gint64)hashes.bytes) {
        refuse(error, name, "it is not what recording.json says");
        return NULL;
    }
    object = json_object_new();
    for (unsigned i = 0; i < G_N_ELEMENTS(copied); i++)
        json_object_set_string_member(object, copied[i],
                                      json_object_get_string_member_with_default(file, copied[i], ""));
    set_hashes(object, &hashes);
    json_object_set_int_member(object, "chunks", rec_chunks_find(parts->chunks, name, &first));
    json_object_set_int_member(object, "first_leaf", first);
    return object;
}

static bool
add_files(const Parts *parts, JsonObject *manifest, GError **error)
{
    JsonArray *files = json_object_get_array_member(parts->recording, "files");
    JsonArray *described = json_array_new();
    unsigned covered = 0;

    json_object_set_array_member(manifest, "files", described);
    for (guint i = 0; i < json_array_get_length(files); i++) {
        JsonObject *object = describe_file(parts, json_array_get_object_element(files, i), error);
        if (object == NULL)
            return false;
        covered += (unsigned)json_object_get_int_member(object, "chunks");
        json_array_add_object_element(described, object);
    }
    if (covered != rec_chunks_get_count(parts->chunks))
        return refuse(error, parts->input->folder,
                      "leaves.jsonl has chunks of a file that recording.json does not name");
    return true;
}

static void
add_documents(const Parts *parts, JsonObject *manifest)
{
    JsonArray *array = json_array_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(documents); i++) {
        JsonObject *object = NULL;
        RecHashes hashes;

        if (parts->texts[i] == NULL)
            continue;
        object = json_object_new();
        rec_hash_bytes(parts->texts[i], parts->sizes[i], &hashes);
        json_object_set_string_member(object, "file", documents[i]);
        set_hashes(object, &hashes);
        json_array_add_object_element(array, object);
    }
    json_object_set_array_member(manifest, "documents", array);
}

static void
add_leaves(const Parts *parts, JsonObject *manifest)
{
    JsonObject *leaves = json_object_new();
    uint8_t root[REC_HASH_SIZE];

    json_object_set_int_member(leaves, "count", rec_chunks_get_count(parts->chunks));
    rec_chunks_get_root(parts->chunks, REC_HASH_SHA256, root);
    set_hex(leaves, "sha256_root", root);
    rec_chunks_get_root(parts->chunks, REC_HASH_SM3, root);
    set_hex(leaves, "sm3_root", root);
    json_object_set_object_member(manifest, "leaves", leaves);
}

static JsonArray *
get_array(JsonObject *object, const char *name)
{
    JsonNode *member = json_object_get_member(object, name);

    return member != NULL && JSON_NODE_HOLDS_ARRAY(member) ? json_node_get_array(member) : NULL;
}

static void
add_party(const Parts *parts, JsonArray *parties, JsonObject *given, const char *id)
{
    JsonObject *party = json_object_new();
    g_autoptr(GList) names = given != NULL ? json_object_get_members(given) : NULL;

    for (GList *name = names; name != NULL; name = name->next)
        json_object_set_member(party, name->data, json_object_dup_member(given, name->data));
    if (given == NULL) {
        json_object_set_string_member(party, "id", id);
        json_object_set_string_member(party, "role", g_str_equal(id, "announcer") ? "announcer" : "party");
        json_object_set_string_member(party, "name", id);
        json_object_set_string_member(party, "proof", "");
        json_object_set_array_member(party, "joined", json_array_new());
        json_object_set_boolean_member(party, "observer", FALSE);
    }
    if (!json_object_has_member(party, "completeness"))
        json_object_set_object_member(party, "completeness", rec_completeness_of(parts->recording, id));
    json_array_add_object_element(parties, party);
}

static bool
has_party(JsonArray *parties, const char *id)
{
    for (guint i = 0; i < json_array_get_length(parties); i++) {
        if (g_str_equal(json_object_get_string_member(json_array_get_object_element(parties, i), "id"), id))
            return true;
    }
    return false;
}

static void
add_unnamed(const Parts *parts, JsonArray *parties, const char *list)
{
    JsonArray *all = get_array(parts->recording, list);

    for (guint i = 0; all != NULL && i < json_array_get_length(all); i++) {
        const char *id =
            json_object_get_string_member_with_default(json_array_get_object_element(all, i), "party", NULL);
        if (id != NULL && !has_party(parties, id))
            add_party(parts, parties, NULL, id);
    }
}

/* Those that the gateway names, and whoever else is in the recording. */
static void
add_parties(const Parts *parts, JsonObject *manifest)
{
    JsonArray *given = get_array(parts->input->facts, "parties");
    JsonArray *parties = json_array_new();

    for (guint i = 0; given != NULL && i < json_array_get_length(given); i++) {
        JsonObject *party = json_array_get_object_element(given, i);
        add_party(parts, parties, party, json_object_get_string_member_with_default(party, "id", "?"));
    }
    add_unnamed(parts, parties, "files");
    add_unnamed(parts, parties, "parties"); /* of whom nothing ever came */
    json_object_set_array_member(manifest, "parties", parties);
}

static void
copy_member(JsonObject *to, JsonObject *from, const char *name)
{
    if (json_object_has_member(from, name))
        json_object_set_member(to, name, json_object_dup_member(from, name));
    else
        json_object_set_array_member(to, name, json_array_new());
}

static void
add_keys(const RecKeys *keys, JsonObject *manifest)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "ed25519", rec_keys_get_current(keys, REC_KEY_ED25519)->sha256);
    json_object_set_string_member(object, "sm2", rec_keys_get_current(keys, REC_KEY_SM2)->sha256);
    json_object_set_object_member(manifest, "keys", object);
}

static char *
build(const Parts *parts, GError **error)
{
    g_autoptr(JsonObject) manifest = json_object_new();
    JsonObject *facts = parts->input->facts;

    json_object_set_string_member(manifest, "format", FORMAT);
    copy_member(manifest, facts, "session");
    copy_member(manifest, facts, "node");
    json_object_set_boolean_member(manifest, "recovered",
                                   json_object_get_boolean_member_with_default(parts->recording, "recovered", FALSE));
    json_object_set_int_member(manifest, "began_us",
                               json_object_get_int_member_with_default(parts->recording, "began_us", 0));
    json_object_set_int_member(manifest, "duration_us",
                               json_object_get_int_member_with_default(parts->recording, "duration_us", 0));
    add_parties(parts, manifest);
    copy_member(manifest, facts, "notices");
    copy_member(manifest, parts->recording, "events");
    copy_member(manifest, facts, "notes");
    if (!add_files(parts, manifest, error))
        return NULL;
    add_documents(parts, manifest);
    add_leaves(parts, manifest);
    copy_member(manifest, facts, "log");
    add_keys(parts->input->keys, manifest);
    json_object_set_int_member(manifest, "made_us", parts->input->made_us);
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), manifest);
    return json_to_string(node, FALSE);
}

static bool
write_part(const char *folder, const char *name, const void *bytes, size_t size, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    return rec_disk_replace(path, bytes, size, 0600, error);
}

/* Signatures first: a manifest.json that is there is signed. */
static bool
write_all(const RecManifestInput *input, const char *text, GError **error)
{
    RecSignatures signatures;
    size_t size = strlen(text);

    if (size > REC_MANIFEST_MAX_BYTES)
        return refuse(error, input->folder, "its manifest would be too long");
    return rec_keys_sign(input->keys, text, size, &signatures, error) &&
           write_part(input->folder, "manifest.ed25519", signatures.ed25519, sizeof signatures.ed25519, error) &&
           write_part(input->folder, "manifest.sm2", signatures.sm2, signatures.sm2_size, error) &&
           write_part(input->folder, "manifest.json", text, size, error);
}

bool
rec_manifest_make(const RecManifestInput *input, RecManifest *ret_manifest, GError **error)
{
    g_auto(Parts) parts = { .input = input };
    g_autofree char *text = NULL;

    if (!read_parts(&parts, error))
        return false;
    text = build(&parts, error);
    return text != NULL && write_all(input, text, error) &&
           rec_manifest_check(input->folder, input->keys, ret_manifest, error);
}

bool
rec_manifest_is_there(const char *folder)
{
    return has_document(folder, "manifest.json") && has_document(folder, "manifest.ed25519") &&
           has_document(folder, "manifest.sm2");
}

static bool
is_signed(const RecKeys *keys, RecKeyKind kind, const RecSlice *text, const RecSlice *signature)
{
    for (unsigned i = 0; i < rec_keys_get_n(keys); i++) {
        if (rec_keys_get(keys, i)->kind == kind && rec_keys_verify(keys, i, text, signature))
            return true;
    }
    return false;
}

static bool
check_signatures(const char *folder, const RecKeys *keys, const RecSlice *text, GError **error)
{
    static const char *const names[] = { [REC_KEY_ED25519] = "manifest.ed25519", [REC_KEY_SM2] = "manifest.sm2" };

    for (RecKeyKind kind = 0; kind < REC_KEY_KINDS; kind++) {
        g_autofree char *bytes = NULL;
        size_t size = 0;

        if (!read_text(folder, names[kind], REC_SM2_MAX_BYTES, &bytes, &size, error))
            return false;
        if (!is_signed(keys, kind, text, &(RecSlice){ bytes, size }))
            return refuse(error, folder, "its manifest is not signed by this node");
    }
    return true;
}

static bool
check_documents(const char *folder, JsonObject *manifest, GError **error)
{
    JsonArray *array = get_array(manifest, "documents");

    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonObject *document = json_array_get_object_element(array, i);
        const char *name = json_object_get_string_member_with_default(document, "file", "");
        g_autofree char *path = g_build_filename(folder, name, NULL);
        RecHashes hashes;

        if (strchr(name, '/') != NULL || !rec_hash_file(path, &hashes, error))
            return false;
        if (!says(document, "sha256", hashes.sha256) || !says(document, "sm3", hashes.sm3))
            return refuse(error, path, "it is not what the manifest says");
    }
    return true;
}

bool
rec_manifest_check(const char *folder, const RecKeys *keys, RecManifest *ret_manifest, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autofree char *text = NULL;
    size_t size = 0;
    RecHashes hashes;

    if (!read_text(folder, "manifest.json", REC_MANIFEST_MAX_BYTES, &text, &size, error) ||
        !check_signatures(folder, keys, &(RecSlice){ text, size }, error))
        return false;
    if (!json_parser_load_from_data(parser, text, (gssize)size, NULL) ||
        !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)))
        return refuse(error, folder, "manifest.json is not a manifest");
    JsonObject *manifest = json_node_get_object(json_parser_get_root(parser));
    if (!check_documents(folder, manifest, error))
        return false;
    rec_hash_bytes(text, size, &hashes);
    g_autofree char *sha256 = rec_hash_to_hex(hashes.sha256);
    g_autofree char *sm3 = rec_hash_to_hex(hashes.sm3);
    g_strlcpy(ret_manifest->sha256, sha256, sizeof ret_manifest->sha256);
    g_strlcpy(ret_manifest->sm3, sm3, sizeof ret_manifest->sm3);
    ret_manifest->recovered = json_object_get_boolean_member_with_default(manifest, "recovered", FALSE);
    return true;
}
