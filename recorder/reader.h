/* recorder/reader.h - reads one journal file, whatever state it is in
 *
 * Records come in the order of the file. A file ends at its first record that is not whole (a torn tail), unless a link
 * of the hash chain further on proves that the file went on: then what is between is damage, is skipped and counted.
 * Ownership: the caller. Thread: any, one at a time; it reads the disk: main only at start. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/codec.h"
#include "recorder/chain.h"
#include "recorder/error.h"
#include "recorder/pcapng.h"

G_BEGIN_DECLS

typedef struct RecReader RecReader;

/* What a journal says about the packets of a track in one codec. */
typedef struct {
    char *session, *track, *party, *label;
    MediaKind kind;
    MediaCodec codec;
} RecInterface;

typedef struct {
    const RecInterface *interface; /* borrowed; NULL: this is an entry */
    RecPcapngPacket packet;        /* its data stays valid until the next call */
    uint64_t data_offset;          /* of packet.data in the file */
    const char *entry;             /* borrowed, until the next call */
} RecRecord;

/* number: of the file; links of other files prove nothing. */
RecReader *rec_reader_open(const char *path, uint64_t number, GError **error) G_GNUC_WARN_UNUSED_RESULT;
RecReader *rec_reader_new(const uint8_t *bytes, size_t size, uint64_t number); /* bytes are borrowed */
void rec_reader_free(RecReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecReader, rec_reader_free)

/* False at the end. */
bool rec_reader_next(RecReader *self, RecRecord *ret_record);

uint64_t rec_reader_get_good_end(const RecReader *self); /* of the last good record so far */
uint64_t rec_reader_get_size(const RecReader *self);
uint64_t rec_reader_get_skipped(const RecReader *self); /* bytes of damage so far */
bool rec_reader_has_whole_chain(const RecReader *self); /* every link so far covers what was read */
/* The last link so far; false before the first. */
bool rec_reader_get_link(const RecReader *self, uint8_t ret_link[REC_CHAIN_SIZE]);

G_END_DECLS
