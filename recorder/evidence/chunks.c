#include "recorder/evidence/chunks.h"

#include <json-glib/json-glib.h>
#include <string.h>

enum { READ_BYTES = 1 << 18 };

typedef struct {
    uint64_t offset, bytes;
    uint8_t sha256[REC_HASH_SIZE], sm3[REC_HASH_SIZE];
} Chunk;

/* The lines of one file. */
typedef struct {
    char *file;
    unsigned first, n;
    uint64_t end;
} Group;

struct RecChunks {
    GArray *chunks, *groups;
    RecMerkle trees[2]; /* by RecHashKind */
};

static void
clear_group(void *data)
{
    g_free(((Group *)data)->file);
}

void
rec_chunks_free(RecChunks *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->chunks);
    g_array_unref(self->groups);
    g_free(self);
}

static bool
refuse(GError **error, const char *what, unsigned line)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID, "leaves.jsonl, line %u: %s", line + 1, what);
    return false;
}

static int64_t
get_number(JsonObject *object, const char *name)
{
    JsonNode *member = json_object_get_member(object, name);

    return member != NULL && JSON_NODE_HOLDS_VALUE(member) && json_node_get_value_type(member) == G_TYPE_INT64
               ? json_node_get_int(member)
               : -1;
}

static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *member = json_object_get_member(object, name);

    return member != NULL && JSON_NODE_HOLDS_VALUE(member) ? json_node_get_string(member) : NULL;
}

/* Its place in the file that the lines before are of, or the first of another. */
static bool
place(RecChunks *self, const char *file, int64_t number, const Chunk *chunk)
{
    Group *last = self->groups->len > 0 ? &g_array_index(self->groups, Group, self->groups->len - 1) : NULL;
    unsigned first = 0;

    if (last == NULL || !g_str_equal(last->file, file)) {
        if (rec_chunks_find(self, file, &first) > 0)
            return false;
        Group group = { .file = g_strdup(file), .first = self->chunks->len };
        g_array_append_val(self->groups, group);
        last = &g_array_index(self->groups, Group, self->groups->len - 1);
    }
    if (number != last->n || chunk->offset != last->end)
        return false;
    last->n++;
    last->end += chunk->bytes;
    return true;
}

static bool
read_line(RecChunks *self, JsonObject *object, const char *session, GError **error)
{
    int64_t offset = get_number(object, "offset"), bytes = get_number(object, "bytes");
    const char *file = get_text(object, "file"), *of = get_text(object, "session");
    unsigned line = self->chunks->len;
    Chunk chunk = { .offset = (uint64_t)offset, .bytes = (uint64_t)bytes };

    if (offset < 0 || bytes <= 0 || file == NULL || !rec_hash_from_hex(get_text(object, "sha256"), chunk.sha256) ||
        !rec_hash_from_hex(get_text(object, "sm3"), chunk.sm3))
        return refuse(error, "a member is missing or wrong", line);
    if (g_strcmp0(of, session) != 0)
        return refuse(error, "it is of another session", line);
    if (!place(self, file, get_number(object, "chunk"), &chunk))
        return refuse(error, "it is not the next chunk of its file", line);
    g_array_append_val(self->chunks, chunk);
    return true;
}

static bool
add_line(RecChunks *self, JsonParser *parser, const RecSlice *line, const char *session, GError **error)
{
    if (line->size == 0 || line->size > REC_CHUNKS_MAX_LINE_BYTES || self->chunks->len >= REC_CHUNKS_MAX_LINES)
        return refuse(error, "there are too many lines, or it is empty or too long", self->chunks->len);
    if (!json_parser_load_from_data(parser, line->data, (gssize)line->size, NULL) ||
        json_parser_get_root(parser) == NULL || !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)))
        return refuse(error, "it is no JSON object", self->chunks->len);
    if (!read_line(self, json_node_get_object(json_parser_get_root(parser)), session, error))
        return false;
    rec_merkle_add(&self->trees[REC_HASH_SHA256], line->data, line->size);
    rec_merkle_add(&self->trees[REC_HASH_SM3], line->data, line->size);
    return true;
}

RecChunks *
rec_chunks_parse(const char *text, size_t size, const char *session, GError **error)
{
    g_autoptr(RecChunks) self = g_new0(RecChunks, 1);
    g_autoptr(JsonParser) parser = json_parser_new();
    const char *end = text + size;

    self->chunks = g_array_new(FALSE, FALSE, sizeof(Chunk));
    self->groups = g_array_new(FALSE, FALSE, sizeof(Group));
    g_array_set_clear_func(self->groups, clear_group);
    rec_merkle_init(&self->trees[REC_HASH_SHA256], REC_HASH_SHA256);
    rec_merkle_init(&self->trees[REC_HASH_SM3], REC_HASH_SM3);
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        if (newline == NULL) {
            refuse(error, "it does not end", self->chunks->len);
            return NULL;
        }
        const RecSlice line = { text, (size_t)(newline - text) };
        if (!add_line(self, parser, &line, session, error))
            return NULL;
        text = newline + 1;
    }
    return g_steal_pointer(&self);
}

unsigned
rec_chunks_get_count(const RecChunks *self)
{
    return self->chunks->len;
}

void
rec_chunks_get_root(const RecChunks *self, RecHashKind kind, uint8_t ret_root[REC_HASH_SIZE])
{
    rec_merkle_get_root(&self->trees[kind], ret_root);
}

unsigned
rec_chunks_find(const RecChunks *self, const char *file, unsigned *ret_first)
{
    for (guint i = 0; i < self->groups->len; i++) {
        const Group *group = &g_array_index(self->groups, Group, i);
        if (!g_str_equal(group->file, file))
            continue;
        *ret_first = group->first;
        return group->n;
    }
    return 0;
}

/* bytes from offset into both sums. */
static bool
hash_range(const RecMedia *media, const Chunk *range, RecHasher *whole, RecHasher *part, GError **error)
{
    g_autofree uint8_t *buffer = g_malloc(READ_BYTES);

    for (uint64_t at = 0; at < range->bytes;) {
        size_t n = (size_t)MIN(range->bytes - at, READ_BYTES);
        if (!media->read(range->offset + at, buffer, n, media->user_data, error))
            return false;
        rec_hasher_add(whole, buffer, n);
        rec_hasher_add(part, buffer, n);
        at += n;
    }
    return true;
}

static bool
check_chunks(const RecChunks *self, const char *file, const RecMedia *media, RecHasher *whole, GError **error)
{
    g_autoptr(RecHasher) part = rec_hasher_new();
    unsigned first = 0, n = rec_chunks_find(self, file, &first);

    for (unsigned i = 0; i < n; i++) {
        const Chunk *chunk = &g_array_index(self->chunks, Chunk, first + i);
        RecHashes hashes;

        if (!hash_range(media, chunk, whole, part, error))
            return false;
        rec_hasher_finish(part, &hashes);
        if (memcmp(hashes.sha256, chunk->sha256, REC_HASH_SIZE) != 0 ||
            memcmp(hashes.sm3, chunk->sm3, REC_HASH_SIZE) != 0) {
            g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID,
                        "%s: chunk %u (from byte %" G_GUINT64_FORMAT ") is not what was sealed", file, i,
                        chunk->offset);
            return false;
        }
    }
    return true;
}

bool
rec_chunks_check_file(const RecChunks *self, const char *file, const RecMedia *media, RecHashes *ret_hashes,
                      GError **error)
{
    g_autoptr(RecHasher) whole = rec_hasher_new();
    g_autoptr(RecHasher) rest = rec_hasher_new();
    unsigned first = 0, n = rec_chunks_find(self, file, &first);
    uint64_t bytes = 0;

    if (!media->open(file, &bytes, media->user_data, error))
        return false;
    const Chunk all = { .bytes = bytes };
    const Chunk *last = n > 0 ? &g_array_index(self->chunks, Chunk, first + n - 1) : NULL;
    if (last != NULL && last->offset + last->bytes != bytes) {
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID,
                    "%s has %" G_GUINT64_FORMAT " bytes, its chunks %" G_GUINT64_FORMAT, file, bytes,
                    last->offset + last->bytes);
        return false;
    }
    if (last != NULL ? !check_chunks(self, file, media, whole, error) : !hash_range(media, &all, whole, rest, error))
        return false;
    rec_hasher_finish(whole, ret_hashes);
    return true;
}
