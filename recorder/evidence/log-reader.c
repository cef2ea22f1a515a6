#include <string.h>

#include "recorder/evidence/checkpoint.h"
#include "recorder/evidence/disk.h"
#include "recorder/evidence/log.h"

/* A writer that publishes removes the partial tiles of the checkpoint before: then all is read again. */
enum { MAX_TRIES = 8, MAX_CACHED = 64 };

struct RecLogReader {
    char *dir, *note;
    RecCheckpoint checkpoint;
    uint8_t *edges[REC_TILES_MAX_LEVEL + 1]; /* owned; NULL: that level has no partial tile */
    GPtrArray *bundle;                       /* of the partial bundle; NULL: there is none */
    GHashTable *tiles;                       /* "LEVEL/N" -> hashes, owned: some full ones */
    GPtrArray *last;                         /* the full bundle that was read last */
    uint64_t last_n;
};

static void
forget(RecLogReader *self)
{
    g_clear_pointer(&self->note, g_free);
    rec_checkpoint_clear(&self->checkpoint);
    g_clear_pointer(&self->bundle, g_ptr_array_unref);
    for (int level = 0; level <= REC_TILES_MAX_LEVEL; level++)
        g_clear_pointer(&self->edges[level], g_free);
}

void
rec_log_reader_free(RecLogReader *self)
{
    if (self == NULL)
        return;
    forget(self);
    g_clear_pointer(&self->last, g_ptr_array_unref);
    g_clear_pointer(&self->tiles, g_hash_table_unref);
    g_free(self->dir);
    g_free(self);
}

static bool
load_partials(RecLogReader *self, GError **error)
{
    uint64_t size = self->checkpoint.size;

    for (int level = 0; level <= REC_TILES_MAX_LEVEL; level++) {
        uint64_t n = size >> (8 * level);
        unsigned width = (unsigned)(n % REC_LOG_TILE);

        if (width == 0)
            continue;
        self->edges[level] = rec_tiles_read(self->dir, level, n / REC_LOG_TILE, width, error);
        if (self->edges[level] == NULL)
            return false;
    }
    if (size % REC_LOG_TILE == 0)
        return true;
    self->bundle = rec_tiles_read_bundle(self->dir, size / REC_LOG_TILE, (unsigned)(size % REC_LOG_TILE), error);
    return self->bundle != NULL;
}

static bool
load(RecLogReader *self, GError **error)
{
    g_autofree char *path = g_build_filename(self->dir, "checkpoint", NULL);
    size_t size = 0;

    forget(self);
    self->note = rec_disk_read(path, REC_NOTE_MAX_BYTES, &size, error);
    return self->note != NULL && rec_checkpoint_parse(self->note, size, &self->checkpoint, error) &&
           load_partials(self, error);
}

RecLogReader *
rec_log_reader_new(const char *dir, GError **error)
{
    g_autoptr(RecLogReader) self = g_new0(RecLogReader, 1);

    self->dir = g_strdup(dir);
    self->tiles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (unsigned tries = 1;; tries++) {
        g_autoptr(GError) found = NULL;

        if (load(self, &found))
            return g_steal_pointer(&self);
        if (tries == MAX_TRIES || self->note == NULL) {
            g_propagate_error(error, g_steal_pointer(&found));
            return NULL;
        }
    }
}

uint64_t
rec_log_reader_get_size(const RecLogReader *self)
{
    return self->checkpoint.size;
}

const char *
rec_log_reader_get_note(const RecLogReader *self)
{
    return self->note;
}

static const uint8_t *
get_tile(RecLogReader *self, unsigned level, uint64_t n, GError **error)
{
    g_autofree char *key = g_strdup_printf("%u/%" G_GUINT64_FORMAT, level, n);
    uint8_t *tile = g_hash_table_lookup(self->tiles, key);

    if (n == self->checkpoint.size >> (8 * level) >> 8)
        return self->edges[level];
    if (tile != NULL)
        return tile;
    tile = rec_tiles_read(self->dir, (int)level, n, REC_LOG_TILE, error);
    if (tile == NULL)
        return NULL;
    if (g_hash_table_size(self->tiles) >= MAX_CACHED)
        g_hash_table_remove_all(self->tiles);
    g_hash_table_insert(self->tiles, g_steal_pointer(&key), tile);
    return tile;
}

/* Asked only for subtrees that are complete under the checkpoint. */
static bool
read_node(unsigned level, uint64_t index, uint8_t ret_hash[REC_HASH_SIZE], void *user_data, GError **error)
{
    unsigned k = level % 8;
    const uint8_t *tile = get_tile(user_data, level / 8, (index << k) / REC_LOG_TILE, error);

    if (tile == NULL)
        return false;
    rec_tile_get_node(tile, (unsigned)(index << k) % REC_LOG_TILE, k, ret_hash);
    return true;
}

static bool
has(const RecLogReader *self, uint64_t n, GError **error)
{
    if (n <= self->checkpoint.size)
        return true;
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_LIMIT,
                "entry %" G_GUINT64_FORMAT " is not under the checkpoint of %" G_GUINT64_FORMAT, n - 1,
                self->checkpoint.size);
    return false;
}

GBytes *
rec_log_reader_get_entry(RecLogReader *self, uint64_t index, GError **error)
{
    uint64_t n = index / REC_LOG_TILE;

    if (index == G_MAXUINT64 || !has(self, index + 1, error))
        return NULL;
    if (n == self->checkpoint.size / REC_LOG_TILE)
        return g_bytes_ref(self->bundle->pdata[index % REC_LOG_TILE]);
    if (self->last == NULL || self->last_n != n) {
        g_clear_pointer(&self->last, g_ptr_array_unref);
        self->last = rec_tiles_read_bundle(self->dir, n, REC_LOG_TILE, error);
        self->last_n = n;
    }
    return self->last != NULL ? g_bytes_ref(self->last->pdata[index % REC_LOG_TILE]) : NULL;
}

GByteArray *
rec_log_reader_prove(RecLogReader *self, uint64_t index, uint64_t size, GError **error)
{
    const RecMerkleSource source = { .read = read_node, .user_data = self };

    return has(self, size, error) ? rec_merkle_prove_inclusion(&source, index, size, error) : NULL;
}

GByteArray *
rec_log_reader_prove_consistency(RecLogReader *self, uint64_t older, uint64_t newer, GError **error)
{
    const RecMerkleSource source = { .read = read_node, .user_data = self };

    return has(self, newer, error) ? rec_merkle_prove_consistency(&source, older, newer, error) : NULL;
}

static void
print_hashes(GString *text, const GByteArray *hashes)
{
    for (guint at = 0; at + REC_HASH_SIZE <= hashes->len; at += REC_HASH_SIZE) {
        g_autofree char *hash = g_base64_encode(hashes->data + at, REC_HASH_SIZE);
        g_string_append_printf(text, "%s\n", hash);
    }
}

char *
rec_log_reader_print_consistency(RecLogReader *self, uint64_t older, uint64_t newer, GError **error)
{
    g_autoptr(GByteArray) proof = rec_log_reader_prove_consistency(self, older, newer, error);
    GString *text = NULL;

    if (proof == NULL)
        return NULL;
    text = g_string_new(NULL);
    print_hashes(text, proof);
    return g_string_free(text, FALSE);
}

static char *
make_proof(RecLogReader *self, uint64_t index, uint64_t size, const char *note, GError **error)
{
    g_autoptr(GByteArray) proof = rec_log_reader_prove(self, index, size, error);
    GString *text = NULL;

    if (proof == NULL)
        return NULL;
    text = g_string_new("c2sp.org/tlog-proof@v1\n");
    g_string_append_printf(text, "index %" G_GUINT64_FORMAT "\n", index);
    print_hashes(text, proof);
    g_string_append_printf(text, "\n%s", note);
    return g_string_free(text, FALSE);
}

char *
rec_log_reader_make_proof(RecLogReader *self, uint64_t index, GError **error)
{
    return make_proof(self, index, self->checkpoint.size, self->note, error);
}

char *
rec_log_reader_make_older_proof(RecLogReader *self, uint64_t index, const char *note, GError **error)
{
    g_auto(RecCheckpoint) older = { 0 };

    if (!rec_checkpoint_parse(note, strlen(note), &older, error))
        return NULL;
    if (strcmp(older.origin, self->checkpoint.origin) != 0) {
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID, "the checkpoint is of another log");
        return NULL;
    }
    return make_proof(self, index, older.size, note, error);
}

static bool
refuse(GError **error, const char *what, uint64_t index)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID,
                "%s %" G_GUINT64_FORMAT " is not what was signed", what, index);
    return false;
}

static bool
check_entry(RecLogReader *self, RecMerkle *tree, uint64_t index, GBytes *entry, GError **error)
{
    gsize size = 0;
    const void *bytes = g_bytes_get_data(entry, &size);
    uint8_t hash[REC_HASH_SIZE];
    const uint8_t *tile = get_tile(self, 0, index / REC_LOG_TILE, error);

    if (tile == NULL)
        return false;
    rec_merkle_hash_leaf(REC_HASH_SHA256, bytes, size, hash);
    if (memcmp(hash, tile + (index % REC_LOG_TILE) * REC_HASH_SIZE, REC_HASH_SIZE) != 0)
        return refuse(error, "the log is altered: entry", index);
    rec_merkle_add_hash(tree, hash);
    return true;
}

bool
rec_log_reader_verify(RecLogReader *self, RecLogEach each, void *user_data, GError **error)
{
    const RecMerkleSource source = { .read = read_node, .user_data = self };
    uint8_t root[REC_HASH_SIZE], tiles[REC_HASH_SIZE];
    RecMerkle tree;

    rec_merkle_init(&tree, REC_HASH_SHA256);
    for (uint64_t i = 0; i < self->checkpoint.size; i++) {
        g_autoptr(GBytes) entry = rec_log_reader_get_entry(self, i, error);

        if (entry == NULL || !check_entry(self, &tree, i, entry, error) ||
            (each != NULL && !each(i, entry, user_data, error)))
            return false;
    }
    rec_merkle_get_root(&tree, root);
    if (!rec_merkle_read_root(&source, self->checkpoint.size, tiles, error))
        return false;
    if (memcmp(root, self->checkpoint.root, REC_HASH_SIZE) != 0)
        return refuse(error, "the log is altered: the tree of size", self->checkpoint.size);
    if (memcmp(root, tiles, REC_HASH_SIZE) != 0)
        return refuse(error, "the tiles are altered: the tree of size", self->checkpoint.size);
    return true;
}
