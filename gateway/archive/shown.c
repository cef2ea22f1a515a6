#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive-priv.h"

#include <string.h>

#include "gateway/evidence/index.h"
#include "recorder/evidence/manifest.h"

/* archive.get: how complete a recording is, and how far its chain of evidence goes. */

/* Completeness: what the sealer counted; it is not guessed for recordings of before. */

static JsonObject *
gap_to_json(const RecGap *gap)
{
    JsonObject *object = json_object_new();

    gw_object_set_text(object, "track", gap->track);
    json_object_set_int_member(object, "from_ms", gap->from_us / 1000);
    json_object_set_int_member(object, "to_ms", gap->to_us / 1000);
    json_object_set_string_member(object, "cause", gap->cause != NULL ? gap->cause : "network");
    return object;
}

void
gw_completeness_show(GwAsk *ask, const RecRecording *recording)
{
    JsonArray *parties = NULL;

    if (recording->parties->len == 0)
        return;
    parties = json_array_new();
    for (guint i = 0; i < recording->parties->len; i++) {
        const RecParty *party = recording->parties->pdata[i];
        JsonObject *object = gw_object_with_text("party", party->party);
        JsonArray *gaps = json_array_new();
        for (guint n = 0; party->gaps != NULL && n < party->gaps->len; n++)
            json_array_add_object_element(gaps, gap_to_json(&g_array_index(party->gaps, RecGap, n)));
        json_object_set_int_member(object, "expected_ms", party->expected_us / 1000);
        json_object_set_int_member(object, "missing_ms", party->missing_us / 1000);
        json_object_set_array_member(object, "gaps", gaps);
        json_array_add_object_element(parties, object);
    }
    json_object_set_array_member(ask->result, "completeness", parties);
}

/* The chain: the log's index, then the tokens, then the manifest in the folder. */

typedef struct {
    char *folder;
    RecKeys *keys;     /* a reference; NULL: there is no log */
    JsonObject *chain; /* owned; of main */
    int64_t logged;    /* index of the manifest's leaf; -1: none */
    /* What the other thread found. */
    char *sha256; /* NULL: there is no manifest */
    int64_t made_us;
    char *certificates[REC_KEY_KINDS]; /* hex; NULL: the manifest does not say */
    bool is_signed[REC_KEY_KINDS];
} Chain;

static const char *const kind_names[REC_KEY_KINDS] = { [REC_KEY_ED25519] = "ed25519", [REC_KEY_SM2] = "sm2" };

static void
chain_free(void *data)
{
    Chain *self = data;

    g_free(self->folder);
    g_clear_pointer(&self->keys, rec_keys_unref);
    json_object_unref(self->chain);
    g_free(self->sha256);
    for (unsigned i = 0; i < REC_KEY_KINDS; i++)
        g_free(self->certificates[i]);
    g_free(self);
}

/* A file of the folder that fits and is not empty; NULL: there is none. */
static GBytes *
read_small(const Chain *self, const char *name)
{
    g_autofree char *path = g_build_filename(self->folder, name, NULL);
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);

    if (file == NULL || g_mapped_file_get_length(file) == 0 || g_mapped_file_get_length(file) > REC_MANIFEST_MAX_BYTES)
        return NULL;
    return g_bytes_new(g_mapped_file_get_contents(file), g_mapped_file_get_length(file));
}

static bool
is_signed(const Chain *self, GBytes *manifest, RecKeyKind kind)
{
    g_autofree char *name = g_strconcat("manifest.", kind_names[kind], NULL);
    g_autoptr(GBytes) signature = read_small(self, name);
    const RecSlice data = { g_bytes_get_data(manifest, NULL), g_bytes_get_size(manifest) };

    for (unsigned i = 0; signature != NULL && self->keys != NULL && i < rec_keys_get_n(self->keys); i++) {
        const RecCertificate *certificate = rec_keys_get(self->keys, i);
        const RecSlice bytes = { g_bytes_get_data(signature, NULL), g_bytes_get_size(signature) };
        if (certificate->kind == kind && g_strcmp0(certificate->sha256, self->certificates[kind]) == 0)
            return rec_keys_verify(self->keys, i, &data, &bytes);
    }
    return false;
}

static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, name) : NULL;

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

static void
take_manifest(Chain *self, JsonObject *manifest)
{
    JsonNode *made = json_object_get_member(manifest, "made_us"), *keys = json_object_get_member(manifest, "keys");

    if (made != NULL && JSON_NODE_HOLDS_VALUE(made) && json_node_get_value_type(made) == G_TYPE_INT64)
        self->made_us = json_node_get_int(made);
    for (unsigned i = 0; keys != NULL && JSON_NODE_HOLDS_OBJECT(keys) && i < REC_KEY_KINDS; i++)
        self->certificates[i] = g_strdup(get_text(json_node_get_object(keys), kind_names[i]));
}

/* On another thread. What cannot be read is not there: archive.verify is who says what is wrong. */
static bool
read_manifest(void *data, GError **error)
{
    Chain *self = data;
    g_autoptr(GBytes) manifest = read_small(self, "manifest.json");
    g_autoptr(JsonParser) parser = json_parser_new_immutable();

    (void)error;
    if (manifest == NULL)
        return true;
    self->sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, manifest);
    if (!json_parser_load_from_data(parser, g_bytes_get_data(manifest, NULL), (gssize)g_bytes_get_size(manifest), NULL))
        return true;
    JsonNode *root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root))
        return true;
    take_manifest(self, json_node_get_object(root));
    for (unsigned i = 0; i < REC_KEY_KINDS; i++)
        self->is_signed[i] = is_signed(self, manifest, i);
    return true;
}

static void
on_manifest_read(GwAsk *ask, void *data, const GError *error)
{
    const Chain *self = data;
    JsonObject *certificates = json_object_new();

    (void)error;
    if (self->sha256 != NULL) {
        json_object_set_string_member(self->chain, "sha256", self->sha256);
        if (self->made_us > 0)
            json_object_set_int_member(self->chain, "made_ms", self->made_us / 1000);
        for (unsigned i = 0; i < REC_KEY_KINDS; i++) {
            json_object_set_boolean_member(self->chain, kind_names[i], self->is_signed[i]);
            gw_object_set_text(certificates, kind_names[i], self->certificates[i]);
        }
        json_object_set_object_member(self->chain, "certificates", json_object_ref(certificates));
    }
    json_object_unref(certificates);
    json_object_set_object_member(ask->result, "chain", json_object_ref(self->chain));
    ask->then(ask);
}

static void
on_times(GwAsk *ask, const GwRows *rows)
{
    Chain *self = ask->data;
    bool found = gw_rows_get_count(rows) > 0, good = found && g_strcmp0(gw_rows_text(rows, 0, 2), "good") == 0;
    bool asked = found || gw_time_stamps_get_state(ask->archive->stamps) != GW_TIME_STAMP_NONE;

    json_object_set_string_member(self->chain, "time", good ? "done" : asked ? "pending" : "none");
    if (good) {
        json_object_set_int_member(self->chain, "checkpoint", gw_rows_int(rows, 0, 0));
        json_object_set_int_member(self->chain, "time_ms", gw_rows_int(rows, 0, 1));
    }
    gw_work_run(ask, read_manifest, self, chain_free, on_manifest_read);
}

static void
find_times(GwAsk *ask)
{
    Chain *self = ask->data;
    GwEvidence *evidence = ask->archive->gateway->evidence;
    GwEvidenceStatus status = { 0 };

    if (self->logged < 0) {
        gw_work_run(ask, read_manifest, self, chain_free, on_manifest_read);
        return;
    }
    if (evidence != NULL)
        gw_evidence_get_status(evidence, &status);
    if (status.published > (uint64_t)self->logged)
        json_object_set_int_member(self->chain, "checkpoint", (int64_t)status.published);
    /* A token over any later checkpoint is one for this manifest, too. */
    GwStatement *statement = gw_statement_new("SELECT size, at_ms, state FROM evidence_time WHERE size > ?1"
                                              " ORDER BY state = 'good' DESC, size LIMIT 1");
    gw_statement_int(statement, self->logged);
    gw_ask_query(ask, statement, on_times);
}

static void
on_leaves(GwAsk *ask, const GwRows *rows)
{
    Chain *self = ask->data;

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        const char *type = gw_rows_text(rows, i, 2);
        int64_t index = gw_rows_int(rows, i, 0), at_ms = gw_rows_int(rows, i, 1) / 1000;
        if (g_strcmp0(type, "session.open") == 0 && !json_object_has_member(self->chain, "opened")) {
            json_object_set_int_member(self->chain, "opened", index);
            json_object_set_int_member(self->chain, "opened_ms", at_ms);
        }
        if (g_strcmp0(type, "manifest") == 0) {
            self->logged = index;
            json_object_set_int_member(self->chain, "logged", index);
            json_object_set_int_member(self->chain, "logged_ms", at_ms);
        }
    }
    find_times(ask);
}

void
gw_chain_show(GwAsk *ask, GwAskFunc next)
{
    GwEvidence *evidence = ask->archive->gateway->evidence;
    Chain *self = g_new0(Chain, 1);

    self->folder = gw_archive_get_folder(ask->archive, ask->entry->session);
    self->keys = evidence != NULL ? gw_evidence_get_keys(evidence) : NULL;
    self->chain = json_object_new();
    self->logged = -1;
    ask->data = self;
    ask->then = next;
    gw_ask_query(ask, gw_index_find_session(ask->entry->session), on_leaves);
}
