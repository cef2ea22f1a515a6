#define G_LOG_DOMAIN "recorder.evidence.log"

#include "recorder/evidence/log.h"

#include <string.h>
#include <unistd.h>

#include "recorder/evidence/checkpoint.h"
#include "recorder/evidence/disk.h"

/* The tile of a level that is not full yet. */
typedef struct {
    uint64_t n; /* its number: full tiles before it */
    GByteArray *hashes;
} Edge;

/* A full tile on its way to the disk. */
typedef struct {
    int level;
    uint64_t n;
    GByteArray *hashes;
} Full;

struct RecLog {
    char *dir, *checkpoint_path;
    RecPending *pending;
    RecMerkle tree;
    Edge edges[REC_TILES_MAX_LEVEL + 1];
    GQueue full;        /* Full, owned */
    uint64_t published; /* size under DIR/checkpoint */
};

static bool
refuse(RecLog *self, GError **error, const char *what)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID,
                "the log in %s %s: put it back from its newest backup, or move it away and begin a new one", self->dir,
                what);
    return false;
}

static void
free_full(void *data)
{
    Full *full = data;

    g_byte_array_unref(full->hashes);
    g_free(full);
}

static unsigned
get_width(const Edge *edge)
{
    return edge->hashes->len / REC_HASH_SIZE;
}

/* A hash of its level; one that fills a tile goes on into the level above. */
static void
push(RecLog *self, int level, const uint8_t hash[REC_HASH_SIZE])
{
    Edge *edge = &self->edges[level];
    uint8_t root[REC_HASH_SIZE];

    g_byte_array_append(edge->hashes, hash, REC_HASH_SIZE);
    if (get_width(edge) < REC_LOG_TILE)
        return;
    rec_tile_get_node(edge->hashes->data, 0, 8, root);
    Full *full = g_new(Full, 1);
    *full = (Full){ level, edge->n, edge->hashes };
    g_queue_push_tail(&self->full, full);
    edge->hashes = g_byte_array_new();
    edge->n++;
    if (level < REC_TILES_MAX_LEVEL)
        push(self, level + 1, root);
}

static void
take_in(RecLog *self, GBytes *entry)
{
    gsize size = 0;
    const void *bytes = g_bytes_get_data(entry, &size);
    uint8_t hash[REC_HASH_SIZE];

    rec_merkle_hash_leaf(REC_HASH_SHA256, bytes, size, hash);
    rec_merkle_add_hash(&self->tree, hash);
    push(self, 0, hash);
}

static GByteArray *
make_bundle(GPtrArray *entries, unsigned n)
{
    GByteArray *bundle = g_byte_array_new();

    for (unsigned i = 0; i < n; i++)
        rec_bundle_add(bundle, entries->pdata[i]);
    return bundle;
}

/* Tiles first: entries leave DIR/pending when everything of them stands elsewhere. */
static bool
flush(RecLog *self, GError **error)
{
    for (const Full *full = g_queue_peek_head(&self->full); full != NULL; full = g_queue_peek_head(&self->full)) {
        if (!rec_tiles_write(self->dir, full->level, full->n, REC_LOG_TILE, full->hashes, error))
            return false;
        free_full(g_queue_pop_head(&self->full));
    }
    while (rec_pending_get_entries(self->pending)->len >= REC_LOG_TILE) {
        g_autoptr(GByteArray) bundle = make_bundle(rec_pending_get_entries(self->pending), REC_LOG_TILE);
        uint64_t n = rec_pending_get_first(self->pending) / REC_LOG_TILE;

        if (!rec_tiles_write(self->dir, REC_TILES_ENTRIES, n, REC_LOG_TILE, bundle, error) ||
            !rec_pending_drop(self->pending, REC_LOG_TILE, error))
            return false;
    }
    return true;
}

/* The edge of a level, from the roots of the full tiles below it. */
static bool
load_edge(RecLog *self, int level, uint64_t n_below, GError **error)
{
    Edge *edge = &self->edges[level];

    edge->n = n_below / REC_LOG_TILE;
    for (uint64_t n = edge->n * REC_LOG_TILE; n < n_below; n++) {
        g_autofree uint8_t *tile = rec_tiles_read(self->dir, level - 1, n, REC_LOG_TILE, error);
        uint8_t root[REC_HASH_SIZE];

        if (tile == NULL)
            return false;
        rec_tile_get_node(tile, 0, 8, root);
        g_byte_array_append(edge->hashes, root, REC_HASH_SIZE);
    }
    for (unsigned k = 0, width = get_width(edge); k < 8; k++) {
        unsigned from = width >> (k + 1) << (k + 1);
        if ((width >> k & 1) != 0)
            rec_tile_get_node(edge->hashes->data, from, k, self->tree.nodes[8 * level + k]);
    }
    return true;
}

/* At most 255 tiles of each level are read, however long the log is. */
static bool
load_tiles(RecLog *self, GError **error)
{
    uint64_t first = rec_pending_get_first(self->pending), n = first / REC_LOG_TILE;

    if (first % REC_LOG_TILE != 0)
        return refuse(self, error, "is damaged at its end");
    self->tree.size = first;
    self->edges[0].n = n;
    for (int level = 1; level <= REC_TILES_MAX_LEVEL; level++) {
        if (!load_edge(self, level, n, error))
            return false;
        n /= REC_LOG_TILE;
    }
    return true;
}

static bool
read_node(unsigned level, uint64_t index, uint8_t ret_hash[REC_HASH_SIZE], void *user_data, GError **error)
{
    RecLog *self = user_data;
    const Edge *edge = &self->edges[level / 8];
    unsigned k = level % 8, from = (unsigned)(index << k) % REC_LOG_TILE;
    uint64_t n = (index << k) / REC_LOG_TILE;
    g_autofree uint8_t *tile = NULL;

    g_assert(n <= edge->n && (n < edge->n || from + (1U << k) <= get_width(edge)));
    if (n < edge->n)
        tile = rec_tiles_read(self->dir, (int)level / 8, n, REC_LOG_TILE, error);
    if (n < edge->n && tile == NULL)
        return false;
    rec_tile_get_node(tile != NULL ? tile : edge->hashes->data, from, k, ret_hash);
    return true;
}

/* What was signed for is there, and is what it was. */
static bool
check_published(RecLog *self, GError **error)
{
    const RecMerkleSource source = { .read = read_node, .user_data = self };
    g_auto(RecCheckpoint) checkpoint = { 0 };
    uint8_t root[REC_HASH_SIZE];
    size_t size = 0;

    if (access(self->checkpoint_path, F_OK) != 0)
        return true;
    g_autofree char *note = rec_disk_read(self->checkpoint_path, REC_NOTE_MAX_BYTES, &size, error);
    if (note == NULL || !rec_checkpoint_parse(note, size, &checkpoint, error))
        return false;
    if (checkpoint.size > self->tree.size)
        return refuse(self, error, "has lost entries that were signed for");
    if (!rec_merkle_read_root(&source, checkpoint.size, root, error))
        return false;
    if (memcmp(root, checkpoint.root, REC_HASH_SIZE) != 0)
        return refuse(self, error, "does not hold what was signed for");
    self->published = checkpoint.size;
    return true;
}

static bool
open_all(RecLog *self, GError **error)
{
    g_autofree char *path = g_build_filename(self->dir, "pending", NULL);
    g_autofree char *tiles = g_build_filename(self->dir, "tile", NULL);

    if (!rec_disk_make_folder(self->dir, error))
        return false;
    if (access(path, F_OK) != 0 && (access(tiles, F_OK) == 0 || access(self->checkpoint_path, F_OK) == 0))
        return refuse(self, error, "has lost its last entries");
    self->pending = rec_pending_open(path, error);
    if (self->pending == NULL || !load_tiles(self, error))
        return false;
    GPtrArray *entries = rec_pending_get_entries(self->pending);
    for (guint i = 0; i < entries->len; i++)
        take_in(self, entries->pdata[i]);
    return flush(self, error) && check_published(self, error);
}

RecLog *
rec_log_open(const char *dir, GError **error)
{
    g_autoptr(RecLog) self = g_new0(RecLog, 1);

    self->dir = g_strdup(dir);
    self->checkpoint_path = g_build_filename(dir, "checkpoint", NULL);
    rec_merkle_init(&self->tree, REC_HASH_SHA256);
    for (int level = 0; level <= REC_TILES_MAX_LEVEL; level++)
        self->edges[level].hashes = g_byte_array_new();
    return open_all(self, error) ? g_steal_pointer(&self) : NULL;
}

void
rec_log_free(RecLog *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->pending, rec_pending_free);
    for (int level = 0; level <= REC_TILES_MAX_LEVEL; level++)
        g_byte_array_unref(self->edges[level].hashes);
    g_queue_clear_full(&self->full, free_full);
    g_free(self->dir);
    g_free(self->checkpoint_path);
    g_free(self);
}

uint64_t
rec_log_get_size(const RecLog *self)
{
    return self->tree.size;
}

uint64_t
rec_log_get_published(const RecLog *self)
{
    return self->published;
}

uint64_t
rec_log_get_cut(const RecLog *self)
{
    return rec_pending_get_cut(self->pending);
}

void
rec_log_get_root(const RecLog *self, uint8_t ret_root[REC_HASH_SIZE])
{
    rec_merkle_get_root(&self->tree, ret_root);
}

static bool
are_allowed(GBytes *const *entries, unsigned n, GError **error)
{
    bool good = n > 0 && n <= REC_LOG_MAX_GROUP;

    for (unsigned i = 0; good && i < n; i++)
        good = g_bytes_get_size(entries[i]) > 0 && g_bytes_get_size(entries[i]) <= REC_LOG_MAX_ENTRY;
    if (!good)
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_LIMIT,
                    "an entry of the log has 1 to %d bytes, a group 1 to %d entries", REC_LOG_MAX_ENTRY,
                    REC_LOG_MAX_GROUP);
    return good;
}

bool
rec_log_append(RecLog *self, GBytes *const *entries, unsigned n, uint64_t *ret_first, GError **error)
{
    g_autoptr(GError) flush_error = NULL;

    if (!are_allowed(entries, n, error))
        return false;
    /* What could not be put into tiles waits, up to a limit. */
    if (rec_pending_get_entries(self->pending)->len + n > REC_PENDING_MAX && !flush(self, error))
        return false;
    if (!rec_pending_append(self->pending, entries, n, error))
        return false;
    *ret_first = self->tree.size;
    for (unsigned i = 0; i < n; i++)
        take_in(self, entries[i]);
    if (!flush(self, &flush_error))
        g_debug("tiles are written later: %s", flush_error->message);
    return true;
}

/* Which tile of a level is not full at this size, and how wide it is. */
static unsigned
get_partial(uint64_t size, int level, uint64_t *ret_n)
{
    uint64_t n = size >> (8 * MAX(level, 0));

    *ret_n = n / REC_LOG_TILE;
    return (unsigned)(n % REC_LOG_TILE);
}

static bool
write_partials(RecLog *self, GError **error)
{
    GPtrArray *entries = rec_pending_get_entries(self->pending);
    g_autoptr(GByteArray) bundle = make_bundle(entries, entries->len);

    for (int level = REC_TILES_ENTRIES; level <= REC_TILES_MAX_LEVEL; level++) {
        uint64_t n = 0, old_n = 0;
        unsigned width = get_partial(self->tree.size, level, &n);
        unsigned old = get_partial(self->published, level, &old_n);

        if (width == 0 || (width == old && n == old_n))
            continue;
        if (!rec_tiles_write(self->dir, level, n, width, level >= 0 ? self->edges[level].hashes : bundle, error))
            return false;
    }
    return true;
}

static void
remove_partials(RecLog *self, uint64_t older)
{
    for (int level = REC_TILES_ENTRIES; level <= REC_TILES_MAX_LEVEL; level++) {
        uint64_t n = 0, old_n = 0;
        unsigned width = get_partial(self->tree.size, level, &n);
        unsigned old = get_partial(older, level, &old_n);

        if (old > 0 && (width != old || n != old_n))
            rec_tiles_remove_partial(self->dir, level, old_n, old);
    }
}

bool
rec_log_publish(RecLog *self, const RecLogSigning *signing, char **ret_note, GError **error)
{
    RecCheckpoint checkpoint = { .origin = (char *)signing->origin, .size = self->tree.size, .at_ms = signing->at_ms };
    uint64_t older = self->published;

    rec_log_get_root(self, checkpoint.root);
    g_autofree char *note = rec_checkpoint_sign(&checkpoint, signing->keys, error);
    if (note == NULL || !flush(self, error) || !write_partials(self, error) ||
        !rec_disk_replace(self->checkpoint_path, note, strlen(note), 0600, error))
        return false;
    self->published = self->tree.size;
    remove_partials(self, older);
    if (ret_note != NULL)
        *ret_note = g_steal_pointer(&note);
    return true;
}
