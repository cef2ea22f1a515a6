#include "recorder/seal/leaves.h"

#include <openssl/evp.h>
#include <string.h>

#include "recorder/chain.h"
#include "recorder/seal/cuts.h"
#include "recorder/vault.h"

enum {
    MAX_LINES = 1000000,
    READ_BYTES = 256 * 1024,
    HASH_TEXT = 2 * REC_CHAIN_SIZE + 1, /* SHA-256 and SM3 are of one size */
};

typedef struct {
    uint64_t offset, bytes;
    int64_t from_us, to_us; /* absolute */
    uint64_t rtp_from, rtp_to, packets, lost, late;
    char sha256[HASH_TEXT], sm3[HASH_TEXT];
} Chunk;

/* The chunks of one file. */
typedef struct {
    const RecFile *file; /* borrowed */
    GArray *chunks;      /* Chunk */
} Group;

struct SealLeaves {
    GPtrArray *groups; /* Group *, owned */
    unsigned n_lines;
};

static void
group_free(void *data)
{
    Group *self = data;

    g_array_unref(self->chunks);
    g_free(self);
}

SealLeaves *
seal_leaves_new(void)
{
    SealLeaves *self = g_new0(SealLeaves, 1);

    self->groups = g_ptr_array_new_with_free_func(group_free);
    return self;
}

void
seal_leaves_free(SealLeaves *self)
{
    if (!self)
        return;
    g_ptr_array_unref(self->groups);
    g_free(self);
}

static Chunk *
get_chunk(const Group *group, unsigned i)
{
    return &g_array_index(group->chunks, Chunk, i);
}

/* Both hashes at once; sm3 NULL: only the fast one. */
typedef struct {
    EVP_MD_CTX *sha256, *sm3;
} Sums;

static void
sums_clear(Sums *self)
{
    EVP_MD_CTX_free(self->sha256);
    EVP_MD_CTX_free(self->sm3);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sums, sums_clear)

static void
sums_init(Sums *self)
{
    self->sha256 = EVP_MD_CTX_new();
    self->sm3 = EVP_MD_CTX_new();
}

static void
sums_begin(Sums *self)
{
    if (EVP_DigestInit_ex(self->sha256, EVP_sha256(), NULL) != 1 ||
        (self->sm3 && EVP_DigestInit_ex(self->sm3, EVP_sm3(), NULL) != 1))
        g_error("SHA-256 or SM3 is not available");
}

static void
sums_add(Sums *self, const uint8_t *bytes, size_t size)
{
    EVP_DigestUpdate(self->sha256, bytes, size);
    if (self->sm3)
        EVP_DigestUpdate(self->sm3, bytes, size);
}

static void
sum_end(EVP_MD_CTX *sum, char ret_text[HASH_TEXT])
{
    uint8_t hash[REC_CHAIN_SIZE];

    EVP_DigestFinal_ex(sum, hash, NULL);
    g_autofree char *text = rec_chain_to_string(hash);
    g_strlcpy(ret_text, text, HASH_TEXT);
}

static bool
read_chunk(RecVault *vault, const Chunk *chunk, Sums *sums, Sums *whole, GError **error)
{
    g_autofree uint8_t *bytes = g_malloc(READ_BYTES);
    uint64_t done = 0;

    while (done < chunk->bytes) {
        ssize_t n = rec_vault_pread(vault, bytes, MIN(READ_BYTES, chunk->bytes - done), chunk->offset + done, error);
        if (n < 0)
            return false;
        if (n == 0) {
            g_set_error_literal(error, REC_ERROR, REC_ERROR_IO, "a file became shorter while it was read");
            return false;
        }
        sums_add(sums, bytes, (size_t)n);
        if (whole)
            sums_add(whole, bytes, (size_t)n);
        done += (uint64_t)n;
    }
    return true;
}

static bool
hash(Group *self, const char *folder, RecFile *file, GError **error)
{
    g_auto(Sums) sums, whole;
    char sha256[HASH_TEXT], sm3[HASH_TEXT];

    sums_init(&sums);
    sums_init(&whole);
    g_autoptr(RecVault) vault = rec_vault_open(folder, file->file, NULL, error);
    if (!vault)
        return false;
    file->bytes = rec_vault_get_size(vault);
    sums_begin(&whole);
    for (unsigned i = 0; i < self->chunks->len; i++) {
        Chunk *chunk = get_chunk(self, i);
        uint64_t next = i + 1 < self->chunks->len ? get_chunk(self, i + 1)->offset : file->bytes;
        chunk->bytes = next - chunk->offset;
        sums_begin(&sums);
        if (!read_chunk(vault, chunk, &sums, &whole, error))
            return false;
        sum_end(sums.sha256, chunk->sha256);
        sum_end(sums.sm3, chunk->sm3);
    }
    sum_end(whole.sha256, sha256);
    sum_end(whole.sm3, sm3);
    file->sha256 = g_strdup(sha256);
    file->sm3 = g_strdup(sm3);
    file->chunks = self->chunks->len;
    return true;
}

static void
add_chunks(Group *self, const SealRunContents *contents, const RecFile *file)
{
    for (unsigned i = 0; i < contents->cuts->len; i++) {
        const SealCut *cut = &g_array_index(contents->cuts, SealCut, i);
        Chunk chunk = { .offset = cut->offset, .from_us = file->start_us + cut->time_us };
        if (i > 0)
            get_chunk(self, i - 1)->to_us = chunk.from_us;
        g_array_append_val(self->chunks, chunk);
    }
    Chunk *last = get_chunk(self, self->chunks->len - 1);
    last->to_us = MAX(last->from_us, file->start_us + file->duration_us);
}

/* A packet belongs to the chunk in whose time it was made. */
static void
count_packets(Group *self, const SealRun *run, const SealRunContents *contents)
{
    unsigned at = 0, loss = 0;

    for (unsigned i = contents->begin; i < run->n; i++) {
        const SealPacket *packet = &run->packets[i];
        int64_t time_us = seal_clock_get_time(run->clock, i);
        while (at + 1 < self->chunks->len && get_chunk(self, at + 1)->from_us <= time_us)
            at++;
        Chunk *chunk = get_chunk(self, at);
        if (chunk->packets++ == 0)
            chunk->rtp_from = packet->sequence;
        chunk->rtp_to = packet->sequence;
        chunk->late += packet->recovered;
        for (; loss < contents->losses->len && g_array_index(contents->losses, SealRunLoss, loss).before <= i; loss++)
            chunk->lost += g_array_index(contents->losses, SealRunLoss, loss).packets;
    }
}

bool
seal_leaves_add(SealLeaves *self, const SealRun *run, const SealRunContents *contents, const char *folder,
                RecFile *file, GError **error)
{
    Group *group = g_new0(Group, 1);

    group->file = file;
    group->chunks = g_array_new(FALSE, TRUE, sizeof(Chunk));
    g_ptr_array_add(self->groups, group);
    self->n_lines += contents->cuts->len;
    if (self->n_lines > MAX_LINES) {
        g_set_error(error, REC_ERROR, REC_ERROR_SEAL, "more than %d chunks", MAX_LINES);
        return false;
    }
    add_chunks(group, contents, file);
    count_packets(group, run, contents);
    return hash(group, folder, file, error);
}

/* What the node's clock showed at this time; the session's own times go on along the clock of its first record. */
static int64_t
get_wall(const SealSession *session, int64_t at_us, bool *ret_stepped)
{
    int64_t wall_us = at_us;

    *ret_stepped = false;
    for (unsigned i = 0; i < session->steps->len; i++) {
        const SealStep *step = &g_array_index(session->steps, SealStep, i);
        if (step->at_us > at_us)
            break;
        wall_us += step->step_us;
        *ret_stepped = true;
    }
    return wall_us;
}

static char *
make_line(const SealSession *session, const Group *group, unsigned i, const char *previous)
{
    const Chunk *chunk = get_chunk(group, i);
    int64_t began_us = session->recording->began_us;
    GString *line = g_string_new("{");
    bool stepped;

    g_string_append_printf(line, "\"session\":\"%s\",\"file\":\"%s\",\"track\":\"%s\",\"chunk\":%u,", session->id,
                           group->file->file, group->file->track, i);
    g_string_append_printf(line, "\"offset\":%" G_GUINT64_FORMAT ",\"bytes\":%" G_GUINT64_FORMAT ",", chunk->offset,
                           chunk->bytes);
    g_string_append_printf(line, "\"pts_from_us\":%" G_GINT64_FORMAT ",\"pts_to_us\":%" G_GINT64_FORMAT ",",
                           chunk->from_us - began_us, chunk->to_us - began_us);
    int64_t from_us = get_wall(session, chunk->from_us, &stepped), to_us = get_wall(session, chunk->to_us, &stepped);
    g_string_append_printf(line, "\"wall_from_us\":%" G_GINT64_FORMAT ",\"wall_to_us\":%" G_GINT64_FORMAT ",", from_us,
                           to_us);
    g_string_append_printf(line, "\"clock\":\"%s\",", stepped ? "stepped" : "steady");
    g_string_append_printf(line, "\"rtp_from\":%" G_GUINT64_FORMAT ",\"rtp_to\":%" G_GUINT64_FORMAT ",",
                           chunk->rtp_from, chunk->rtp_to);
    g_string_append_printf(
        line, "\"packets\":%" G_GUINT64_FORMAT ",\"lost\":%" G_GUINT64_FORMAT ",\"late\":%" G_GUINT64_FORMAT ",",
        chunk->packets, chunk->lost, chunk->late);
    g_string_append_printf(line, "\"sha256\":\"%s\",\"sm3\":\"%s\",\"previous\":\"%s\"}", chunk->sha256, chunk->sm3,
                           previous);
    return g_string_free(line, FALSE);
}

static void
put_lines(GString *text, const SealSession *session, const Group *group, GHashTable *newest)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

    for (unsigned i = 0; i < group->chunks->len; i++) {
        const char *previous = g_hash_table_lookup(newest, group->file->track);
        g_autofree char *line = make_line(session, group, i, previous ? previous : zeros);
        g_hash_table_replace(newest, group->file->track, g_compute_checksum_for_string(G_CHECKSUM_SHA256, line, -1));
        g_string_append(text, line);
        g_string_append_c(text, '\n');
    }
}

bool
seal_leaves_write(const SealLeaves *self, const SealSession *session, const char *folder, GError **error)
{
    g_autoptr(GHashTable) newest = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free); /* of each track */
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *path = g_build_filename(folder, REC_LEAVES_JSONL, NULL);
    g_autoptr(GError) cause = NULL;

    for (unsigned i = 0; i < self->groups->len; i++)
        put_lines(text, session, self->groups->pdata[i], newest);
    if (g_file_set_contents_full(path, text->str, (gssize)text->len, G_FILE_SET_CONTENTS_NONE, 0600, &cause))
        return true;
    g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot write %s: %s", path, cause->message);
    return false;
}

static bool
check_group(const Group *self, const char *folder, const RecKey *key, GError **error)
{
    g_auto(Sums) sums = { .sha256 = EVP_MD_CTX_new() };
    char sha256[HASH_TEXT];

    g_autoptr(RecVault) vault = rec_vault_open(folder, self->file->file, key, error);
    if (!vault)
        return false;
    for (unsigned i = 0; i < self->chunks->len; i++) {
        const Chunk *chunk = get_chunk(self, i);
        sums_begin(&sums);
        if (!read_chunk(vault, chunk, &sums, NULL, error))
            return false;
        sum_end(sums.sha256, sha256);
        if (strcmp(sha256, chunk->sha256) != 0) {
            g_set_error(error, REC_ERROR, REC_ERROR_IO, "%s did not read back as it was written: chunk %u",
                        self->file->file, i);
            return false;
        }
    }
    return true;
}

bool
seal_leaves_check(const SealLeaves *self, const char *folder, const RecKey *key, GError **error)
{
    for (unsigned i = 0; i < self->groups->len; i++) {
        if (!check_group(self->groups->pdata[i], folder, key, error))
            return false;
    }
    return true;
}
