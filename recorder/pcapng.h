/* recorder/pcapng.h - the blocks of a journal file, written and read (docs/journal.md)
 *
 * Pure: bytes in, bytes out. Reading is safe with any bytes; what does not fit in every detail is refused, because a
 * journal ends at its first block that is not whole.
 * Thread: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

enum {
    REC_BLOCK_SECTION = 0x0A0D0D0A,
    REC_BLOCK_INTERFACE = 1,
    REC_BLOCK_PACKET = 6,
    REC_BLOCK_ENTRY = 9, /* systemd journal export */

    REC_BLOCK_MAX_BYTES = 256 * 1024, /* a larger block is not ours */
};

typedef struct {
    uint32_t type;
    const uint8_t *body;
    size_t body_size;
} RecBlock;

typedef enum {
    REC_PACKET_RTP,
    REC_PACKET_RTCP,
} RecPacketKind;

typedef struct {
    RecPacketKind kind;
    uint32_t interface;
    int64_t time_us;
    const uint8_t *data;
    size_t size;
    uint64_t sequence; /* extended; RTP only */
    bool recovered;    /* came as a retransmission */
} RecPcapngPacket;

/* Appends one block each. */
void rec_pcapng_put_section(GByteArray *out);
void rec_pcapng_put_interface(GByteArray *out, const char *name, const char *description);
void rec_pcapng_put_packet(GByteArray *out, const RecPcapngPacket *packet);
/* text: lines NAME=value, each with its line end. The checksum line is added here. */
void rec_pcapng_put_entry(GByteArray *out, const char *text);

/* The block at the start of bytes; returns its length, 0 when there is no whole one. */
size_t rec_pcapng_get_block(const uint8_t *bytes, size_t size, RecBlock *ret_block);

bool rec_pcapng_parse_section(const RecBlock *block);
/* Strings are owned by the caller. */
bool rec_pcapng_parse_interface(const RecBlock *block, char **ret_name, char **ret_description);
/* Checks the CRC. data points into the block. */
bool rec_pcapng_parse_packet(const RecBlock *block, RecPcapngPacket *ret_packet);
/* Checks the CRC. The text (owned by the caller) ends before the checksum line. */
bool rec_pcapng_parse_entry(const RecBlock *block, char **ret_text);

/* Appends the line NAME=value; a line end inside the value becomes a space. */
void rec_entry_add(GString *text, const char *name, const char *value);
void rec_entry_add_number(GString *text, const char *name, int64_t value);

/* The value of the line NAME=..., owned by the caller; NULL when there is none. */
char *rec_entry_get(const char *text, const char *name);
int64_t rec_entry_get_number(const char *text, const char *name); /* 0 when there is none */

G_END_DECLS
