/* recorder/evidence/tiles.h - the files of a log as C2SP tlog-tiles names them: DIR/tile/LEVEL/N and DIR/tile/entries/N
 *
 * A tile of level L holds up to 256 hashes, each the root of 256^L leaves; a bundle up to 256 entries, each with its length
 * (2 bytes, big-endian) before it. What is not full has ".p/WIDTH" after its name. Blocks. Thread: any. */
#pragma once

#include "recorder/evidence/merkle.h"
#include "recorder/evidence/pending.h"

G_BEGIN_DECLS

enum {
    REC_TILES_MAX_LEVEL = 7,
    REC_TILES_ENTRIES = -1, /* in the place of a level: the entries themselves */
    REC_TILE_BYTES = REC_LOG_TILE * REC_HASH_SIZE,
    REC_BUNDLE_MAX_BYTES = REC_LOG_TILE * (REC_LOG_MAX_ENTRY + 2),
};

/* width: 256 is a full one. "tile/0/x001/x234/067.p/5" below the folder of the log; owned. */
char *rec_tiles_get_path(int level, uint64_t n, unsigned width);

/* width hashes, or a bundle of width entries; synced. */
bool rec_tiles_write(const char *dir, int level, uint64_t n, unsigned width, const GByteArray *bytes,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_bundle_add(GByteArray *bundle, GBytes *entry);
/* Exactly width entries; NULL when the bytes are anything else. Array of GBytes. */
GPtrArray *rec_bundle_parse(const uint8_t *bytes, size_t size, unsigned width);

/* Exactly width hashes or entries. INVALID when the file is anything else. */
uint8_t *rec_tiles_read(const char *dir, int level, uint64_t n, unsigned width,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *rec_tiles_read_bundle(const char *dir, uint64_t n, unsigned width, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_tiles_remove_partial(const char *dir, int level, uint64_t n, unsigned width);

/* The root of hashes [from, from + 2^levels) of a tile. */
void rec_tile_get_node(const uint8_t *hashes, unsigned from, unsigned levels, uint8_t ret_hash[REC_HASH_SIZE]);

G_END_DECLS
