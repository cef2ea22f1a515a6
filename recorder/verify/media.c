#include "recorder/verify/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 4096, BUFFER = 256 * 1024, MAX_TRACKS = 4096 };
static const int64_t CLOCK_SLACK_US = 60 * 1000000LL;

typedef struct {
    VerChunk chunk;
    VerSums sums;
    bool steady;
} Leaf;

typedef struct {
    const char *track; /* of the manifest */
    uint8_t last[VER_HASH_BYTES];
    VerChunk chunk; /* the one before in the same file */
} Track;

typedef struct {
    VerCase *c;
    VerJsonDoc *doc;
    VerTree sha256, sm3;
    Leaf *leaves;
    size_t n_leaves, room;
    Track *tracks;
    size_t n_tracks;
    size_t file; /* where in the manifest's list we are */
} Reading;

static void
fail(VerCase *self, VerCheck check, VerWord word, const VerChunk *chunk)
{
    const VerFile *file = chunk->file >= 0 ? &self->files[chunk->file] : NULL;

    ver_report_fail(
        self->report, check, word,
        &(VerWhere){ .file = file ? file->path : "leaves.jsonl", .track = file ? file->track : NULL, .chunk = chunk });
}

static bool
parse_leaf(Reading *self, const char *line, size_t size, Leaf *ret_leaf)
{
    const VerJson *object = ver_json_read(self->doc, line, size);
    const VerCase *c = self->c;
    Leaf leaf = { .chunk = { .file = -1 } };

    leaf.chunk.chunk = ver_json_number(object, "chunk");
    leaf.chunk.offset = ver_json_number(object, "offset");
    leaf.chunk.bytes = ver_json_number(object, "bytes");
    leaf.chunk.pts_from_us = ver_json_number(object, "pts_from_us");
    leaf.chunk.pts_to_us = ver_json_number(object, "pts_to_us");
    leaf.chunk.wall_from_us = ver_json_number(object, "wall_from_us");
    leaf.chunk.wall_to_us = ver_json_number(object, "wall_to_us");
    leaf.steady = ver_json_is(object, "clock", "steady");
    *ret_leaf = leaf;
    /* grouped by file, in the order of the manifest */
    while (self->file < c->n_files && !ver_json_is(object, "file", c->files[self->file].name))
        self->file++;
    if (self->file < c->n_files)
        ret_leaf->chunk.file = (int32_t)self->file;
    return ret_leaf->chunk.file >= 0 && leaf.chunk.chunk >= 0 && leaf.chunk.offset >= 0 && leaf.chunk.bytes > 0 &&
           leaf.chunk.pts_from_us >= 0 && leaf.chunk.wall_from_us >= 0 &&
           (leaf.steady || ver_json_is(object, "clock", "stepped")) && ver_json_is(object, "session", c->session) &&
           ver_json_is(object, "track", c->files[self->file].track) && ver_read_sums(object, &ret_leaf->sums);
}

static Track *
find_track(Reading *self, const char *name)
{
    for (size_t i = 0; i < self->n_tracks; i++) {
        if (strcmp(self->tracks[i].track, name) == 0)
            return &self->tracks[i];
    }
    if (self->n_tracks == MAX_TRACKS)
        return NULL;
    self->tracks[self->n_tracks] = (Track){ .track = name, .chunk = { .file = -1 } };
    return &self->tracks[self->n_tracks++];
}

static void
check_times(Reading *self, const Leaf *leaf, const VerChunk *before)
{
    const VerChunk *chunk = &leaf->chunk;
    VerCase *c = self->c;
    bool forward = chunk->pts_to_us >= chunk->pts_from_us;

    if (before)
        forward = forward && chunk->pts_from_us >= before->pts_from_us && chunk->pts_to_us >= before->pts_to_us;
    if (leaf->steady) {
        forward = forward && chunk->wall_to_us >= chunk->wall_from_us;
        forward = forward && (!before || chunk->wall_from_us >= before->wall_from_us);
        if (chunk->wall_from_us < c->opened_us - CLOCK_SLACK_US || chunk->wall_to_us > c->made_us + CLOCK_SLACK_US)
            fail(c, VER_CHECK_LEAVES, VER_WORD_CHUNK_CLOCK, chunk);
    }
    if (!forward)
        fail(c, VER_CHECK_LEAVES, VER_WORD_CHUNK_TIMES, chunk);
}

/* What stands in one line against what stood before it. */
static void
check_leaf(Reading *self, const Leaf *leaf, const char *line, size_t size)
{
    VerCase *c = self->c;
    const VerChunk *chunk = &leaf->chunk;
    const VerFile *file = &c->files[chunk->file];
    Track *track = find_track(self, file->track);
    char previous[VER_HEX_SIZE];

    if (!track)
        return;
    const VerChunk *before = track->chunk.file == chunk->file ? &track->chunk : NULL;
    int64_t number = before ? before->chunk + 1 : 0, offset = before ? before->offset + before->bytes : 0;
    ver_hex(track->last, previous);
    if (!ver_json_is(ver_json_read(self->doc, line, size), "previous", previous))
        fail(c, VER_CHECK_LEAVES, VER_WORD_CHUNK_LINK, chunk);
    if (chunk->chunk != number || (int64_t)self->n_leaves != file->first_leaf + chunk->chunk)
        fail(c, VER_CHECK_LEAVES, VER_WORD_CHUNK_NUMBER, chunk);
    if (chunk->offset != offset)
        fail(c, VER_CHECK_LEAVES, chunk->offset > offset ? VER_WORD_CHUNK_HOLE : VER_WORD_CHUNK_OVERLAP, chunk);
    if (chunk->offset + chunk->bytes > file->bytes)
        fail(c, VER_CHECK_LEAVES, VER_WORD_CHUNK_PAST_END, chunk);
    check_times(self, leaf, before);
    ver_hash_of(VER_SHA256, line, size, track->last);
    track->chunk = *chunk;
}

static bool
take_line(Reading *self, const char *line, size_t size)
{
    Leaf leaf;
    uint64_t index = self->sha256.n_leaves;

    if (index == VER_MAX_CHUNKS)
        return false;
    ver_tree_add(&self->sha256, line, size);
    ver_tree_add(&self->sm3, line, size);
    size_t file = self->file;
    if (!parse_leaf(self, line, size, &leaf)) {
        self->file = file;
        char number[32];
        snprintf(number, sizeof number, "line %llu", (unsigned long long)index + 1);
        ver_report_fail(self->c->report, VER_CHECK_LEAVES, VER_WORD_BAD_LEAF,
                        &(VerWhere){ .file = "leaves.jsonl", .detail = number });
        return true;
    }
    check_leaf(self, &leaf, line, size);
    if (self->n_leaves == self->room) {
        self->room = self->room ? self->room * 2 : 1024;
        self->leaves = ver_grow(self->leaves, self->room, sizeof *self->leaves);
    }
    self->leaves[self->n_leaves++] = leaf;
    return true;
}

/* All lines, in pieces; every line ends with a newline. */
static bool
read_lines(Reading *self, const VerZipEntry *entry)
{
    char *buffer = ver_alloc(BUFFER, 1);
    size_t held = 0;
    bool fine = true;

    for (uint64_t at = 0; fine && (at < entry->size || held > 0);) {
        size_t n = entry->size - at < BUFFER - held ? (size_t)(entry->size - at) : BUFFER - held;
        fine = ver_source_read(self->c->source, entry, at, buffer + held, n);
        at += n;
        held += n;
        char *line = buffer, *newline;
        while (fine && (newline = memchr(line, '\n', held)) != NULL) {
            size_t size = (size_t)(newline - line);
            fine = size <= MAX_LINE && take_line(self, line, size);
            held -= size + 1;
            line = newline + 1;
        }
        fine = fine && held <= MAX_LINE && (held == 0 || at < entry->size);
        memmove(buffer, line, held);
    }
    free(buffer);
    return fine;
}

static void
check_root(VerCase *self, const VerTree *tree, const char *name)
{
    uint8_t root[VER_HASH_BYTES];
    char hex[VER_HEX_SIZE];

    ver_tree_root(tree, root);
    ver_hex(root, hex);
    if (!ver_json_is(ver_json_get(self->manifest, "leaves"), name, hex))
        ver_report_fail(self->report, VER_CHECK_ROOTS, VER_WORD_ROOT,
                        &(VerWhere){ .file = "leaves.jsonl", .detail = name });
}

static void
check_leaves(Reading *self)
{
    VerCase *c = self->c;
    const VerZipEntry *entry = ver_source_find(c->source, "leaves.jsonl");
    const VerWhere where = { .file = "leaves.jsonl" };

    self->sha256.hash = ver_hash_new(VER_SHA256);
    self->sm3.hash = ver_hash_new(VER_SM3);
    if (!entry || !read_lines(self, entry))
        ver_report_fail(c->report, VER_CHECK_LEAVES, VER_WORD_BAD_LEAVES, &where);
    if (ver_json_number(ver_json_get(c->manifest, "leaves"), "count") != (int64_t)self->sha256.n_leaves)
        ver_report_fail(c->report, VER_CHECK_LEAVES, VER_WORD_LEAF_COUNT, &where);
    check_root(c, &self->sha256, "sha256_root");
    check_root(c, &self->sm3, "sm3_root");
    ver_hash_free(self->sha256.hash);
    ver_hash_free(self->sm3.hash);
    ver_report_done(c->report, VER_CHECK_LEAVES);
    ver_report_done(c->report, VER_CHECK_ROOTS);
}

static void
check_chunk(VerCase *self, const Leaf *leaf)
{
    const VerChunk *chunk = &leaf->chunk;
    VerSums sums;

    if (!ver_hash_entry(self, self->files[chunk->file].entry, (uint64_t)chunk->offset, (uint64_t)chunk->bytes, &sums))
        fail(self, VER_CHECK_MEDIA, VER_WORD_CHUNK_MISSING, chunk);
    else if (memcmp(sums.sha256, leaf->sums.sha256, VER_HASH_BYTES) != 0)
        fail(self, VER_CHECK_MEDIA, VER_WORD_CHUNK_SHA256, chunk);
    else if (memcmp(sums.sm3, leaf->sums.sm3, VER_HASH_BYTES) != 0)
        fail(self, VER_CHECK_MEDIA, VER_WORD_CHUNK_SM3, chunk);
}

static void
check_file(VerCase *self, const VerFile *file, int64_t covered, int64_t n_chunks)
{
    const VerWhere where = { .file = file->path, .track = file->track };

    if (n_chunks != file->n_chunks)
        ver_report_fail(self->report, VER_CHECK_LEAVES, VER_WORD_CHUNK_COUNT, &where);
    if (covered != file->bytes)
        ver_report_fail(self->report, VER_CHECK_LEAVES, VER_WORD_NOT_ALL_COVERED, &where);
    if (!self->redacted)
        ver_check_entry(self, VER_CHECK_MEDIA, file->entry, file->bytes, &file->sums, &where);
}

void
ver_check_media(VerCase *self)
{
    Reading reading = { .c = self, .doc = ver_json_new(), .tracks = ver_alloc(MAX_TRACKS, sizeof(Track)) };
    size_t at = 0;

    check_leaves(&reading);
    for (size_t i = 0; i < self->n_files; i++) {
        int64_t covered = 0, n_chunks = 0;
        for (; at < reading.n_leaves && reading.leaves[at].chunk.file == (int32_t)i; at++, n_chunks++) {
            covered = reading.leaves[at].chunk.offset + reading.leaves[at].chunk.bytes;
            if (!self->redacted)
                check_chunk(self, &reading.leaves[at]);
        }
        check_file(self, &self->files[i], covered, n_chunks);
    }
    if (self->redacted) {
        ver_report_skip(self->report, VER_CHECK_LEAVES, VER_WORD_LEFT_OUT, NULL);
        ver_report_skip(self->report, VER_CHECK_MEDIA, VER_WORD_LEFT_OUT, NULL);
    }
    ver_report_done(self->report, VER_CHECK_MEDIA);
    free(reading.leaves);
    free(reading.tracks);
    ver_json_free(reading.doc);
}
