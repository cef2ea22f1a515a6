#include "recorder/pcapng.h"

#include <string.h>
#include <zlib.h>

enum {
    BYTE_ORDER_MAGIC = 0x1A2B3C4D,
    LINKTYPE_WIRESHARK_UPPER_PDU = 252, /* a tag names the dissector: Wireshark shows RTP without being told */
    SNAP_LENGTH = 0,

    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_SECTION_APPLICATION = 4,
    OPTION_INTERFACE_NAME = 2,
    OPTION_INTERFACE_DESCRIPTION = 3,
    OPTION_INTERFACE_RESOLUTION = 9,
    OPTION_PACKET_FLAGS = 2,
    OPTION_PACKET_HASH = 3,
    OPTION_PACKET_ID = 5,

    FLAGS_INBOUND = 1,
    HASH_CRC32 = 2,
    MICROSECONDS = 6,

    BLOCK_OVERHEAD = 12,
    PACKET_FIXED = 20,
    INTERFACE_FIXED = 8,
    SECTION_FIXED = 16,
    TAG_SIZE = 12,
};

static const uint8_t TAGS[][TAG_SIZE] = {
    [REC_PACKET_RTP] = { 0, 12, 0, 4, 'r', 't', 'p', 0, 0, 0, 0, 0 },
    [REC_PACKET_RTCP] = { 0, 12, 0, 4, 'r', 't', 'c', 'p', 0, 0, 0, 0 },
};
static const char CHECKSUM_LINE[] = "YUANJIAN_CRC32=";
static const char RECOVERED[] = "recovered";

static void
put_u16(GByteArray *out, uint16_t value)
{
    uint16_t little = GUINT16_TO_LE(value);
    g_byte_array_append(out, (const uint8_t *)&little, sizeof little);
}

static void
put_u32(GByteArray *out, uint32_t value)
{
    uint32_t little = GUINT32_TO_LE(value);
    g_byte_array_append(out, (const uint8_t *)&little, sizeof little);
}

static void
put_padded(GByteArray *out, const void *data, size_t size)
{
    static const uint8_t zeros[4] = { 0 };

    g_byte_array_append(out, data, size);
    g_byte_array_append(out, zeros, -size & 3);
}

static void
put_option(GByteArray *out, uint16_t code, const void *data, size_t size)
{
    put_u16(out, code);
    put_u16(out, size);
    put_padded(out, data, size);
}

static size_t
begin_block(GByteArray *out, uint32_t type)
{
    size_t start = out->len;

    put_u32(out, type);
    put_u32(out, 0); /* the length, known at the end */
    return start;
}

static void
end_block(GByteArray *out, size_t start)
{
    uint32_t length = out->len + 4 - start;
    uint32_t little = GUINT32_TO_LE(length);

    put_u32(out, length);
    memcpy(out->data + start + 4, &little, sizeof little);
}

void
rec_pcapng_put_section(GByteArray *out)
{
    static const char application[] = "yuanjian journal 1";
    size_t start = begin_block(out, REC_BLOCK_SECTION);

    put_u32(out, BYTE_ORDER_MAGIC);
    put_u16(out, 1); /* major */
    put_u16(out, 0); /* minor */
    put_u32(out, UINT32_MAX);
    put_u32(out, UINT32_MAX); /* section length: not known */
    put_option(out, OPTION_SECTION_APPLICATION, application, strlen(application));
    put_option(out, OPTION_END, NULL, 0);
    end_block(out, start);
}

void
rec_pcapng_put_interface(GByteArray *out, const char *name, const char *description)
{
    uint8_t resolution = MICROSECONDS;
    size_t start = begin_block(out, REC_BLOCK_INTERFACE);

    put_u16(out, LINKTYPE_WIRESHARK_UPPER_PDU);
    put_u16(out, 0);
    put_u32(out, SNAP_LENGTH);
    put_option(out, OPTION_INTERFACE_NAME, name, strlen(name));
    put_option(out, OPTION_INTERFACE_DESCRIPTION, description, strlen(description));
    put_option(out, OPTION_INTERFACE_RESOLUTION, &resolution, 1);
    put_option(out, OPTION_END, NULL, 0);
    end_block(out, start);
}

static uint32_t
get_packet_crc(RecPacketKind kind, const uint8_t *data, size_t size)
{
    return crc32_z(crc32_z(0, TAGS[kind], TAG_SIZE), data, size);
}

void
rec_pcapng_put_packet(GByteArray *out, const RecPcapngPacket *packet)
{
    uint32_t flags = GUINT32_TO_LE(FLAGS_INBOUND);
    uint32_t crc = GUINT32_TO_BE(get_packet_crc(packet->kind, packet->data, packet->size));
    uint64_t id = GUINT64_TO_LE(packet->sequence);
    uint8_t hash[5] = { HASH_CRC32 };
    size_t start = begin_block(out, REC_BLOCK_PACKET);

    memcpy(hash + 1, &crc, sizeof crc);
    put_u32(out, packet->interface);
    put_u32(out, (uint64_t)packet->time_us >> 32);
    put_u32(out, (uint32_t)packet->time_us);
    put_u32(out, TAG_SIZE + packet->size);
    put_u32(out, TAG_SIZE + packet->size);
    g_byte_array_append(out, TAGS[packet->kind], TAG_SIZE);
    put_padded(out, packet->data, packet->size);
    put_option(out, OPTION_PACKET_FLAGS, &flags, sizeof flags);
    put_option(out, OPTION_PACKET_HASH, hash, sizeof hash);
    if (packet->kind == REC_PACKET_RTP)
        put_option(out, OPTION_PACKET_ID, &id, sizeof id);
    if (packet->recovered)
        put_option(out, OPTION_COMMENT, RECOVERED, strlen(RECOVERED));
    put_option(out, OPTION_END, NULL, 0);
    end_block(out, start);
}

void
rec_pcapng_put_entry(GByteArray *out, const char *text)
{
    size_t size = strlen(text);
    g_autofree char *whole =
        g_strdup_printf("%s%s%08lx\n", text, CHECKSUM_LINE, crc32_z(0, (const uint8_t *)text, size));
    size_t start = begin_block(out, REC_BLOCK_ENTRY);

    put_padded(out, whole, strlen(whole));
    end_block(out, start);
}

static uint16_t
get_u16(const uint8_t *bytes)
{
    return bytes[0] | bytes[1] << 8;
}

static uint32_t
get_u32(const uint8_t *bytes)
{
    return get_u16(bytes) | (uint32_t)get_u16(bytes + 2) << 16;
}

size_t
rec_pcapng_get_block(const uint8_t *bytes, size_t size, RecBlock *ret_block)
{
    if (size < BLOCK_OVERHEAD)
        return 0;
    uint32_t length = get_u32(bytes + 4);
    if (length < BLOCK_OVERHEAD || length % 4 != 0 || length > REC_BLOCK_MAX_BYTES || length > size)
        return 0;
    if (get_u32(bytes + length - 4) != length)
        return 0;
    *ret_block = (RecBlock){ get_u32(bytes), bytes + 8, length - BLOCK_OVERHEAD };
    return length;
}

typedef struct {
    const uint8_t *at, *end;
    uint16_t code, size;
    const uint8_t *value;
} Options;

/* False at the end of the options; a list that is not closed leaves at short of end. */
static bool
next_option(Options *self)
{
    if (self->end - self->at < 4)
        return false;
    self->code = get_u16(self->at);
    self->size = get_u16(self->at + 2);
    self->value = self->at + 4;
    size_t padded = (self->size + 3u) & ~3u;
    if ((size_t)(self->end - self->value) < padded)
        return false;
    if (self->code == OPTION_END) {
        self->at = self->end;
        return false;
    }
    self->at = self->value + padded;
    return true;
}

bool
rec_pcapng_parse_section(const RecBlock *block)
{
    return block->type == REC_BLOCK_SECTION && block->body_size >= SECTION_FIXED &&
           get_u32(block->body) == BYTE_ORDER_MAGIC && get_u16(block->body + 4) == 1;
}

static void
take_string(char **string, const Options *option)
{
    g_free(*string);
    *string = g_strndup((const char *)option->value, option->size);
}

bool
rec_pcapng_parse_interface(const RecBlock *block, char **ret_name, char **ret_description)
{
    g_autofree char *name = NULL, *description = NULL;
    bool microseconds = false;

    if (block->type != REC_BLOCK_INTERFACE || block->body_size < INTERFACE_FIXED ||
        get_u16(block->body) != LINKTYPE_WIRESHARK_UPPER_PDU)
        return false;
    Options options = { .at = block->body + INTERFACE_FIXED, .end = block->body + block->body_size };
    while (next_option(&options)) {
        if (options.code == OPTION_INTERFACE_NAME)
            take_string(&name, &options);
        else if (options.code == OPTION_INTERFACE_DESCRIPTION)
            take_string(&description, &options);
        else if (options.code == OPTION_INTERFACE_RESOLUTION)
            microseconds = options.size == 1 && options.value[0] == MICROSECONDS;
    }
    if (options.at != options.end || !name || !description || !microseconds)
        return false;
    *ret_name = g_steal_pointer(&name);
    *ret_description = g_steal_pointer(&description);
    return true;
}

/* False when there is no CRC or it is wrong. */
static bool
parse_packet_options(const RecBlock *block, size_t start, RecPcapngPacket *packet)
{
    Options options = { .at = block->body + start, .end = block->body + block->body_size };
    bool checked = false;

    while (next_option(&options)) {
        if (options.code == OPTION_PACKET_HASH && options.size == 5 && options.value[0] == HASH_CRC32) {
            uint32_t crc = GUINT32_SWAP_LE_BE(get_u32(options.value + 1));
            if (crc != get_packet_crc(packet->kind, packet->data, packet->size))
                return false;
            checked = true;
        } else if (options.code == OPTION_PACKET_ID && options.size == 8) {
            packet->sequence = get_u32(options.value) | (uint64_t)get_u32(options.value + 4) << 32;
        } else if (options.code == OPTION_COMMENT && options.size == strlen(RECOVERED)) {
            packet->recovered = memcmp(options.value, RECOVERED, strlen(RECOVERED)) == 0;
        }
    }
    return options.at == options.end && checked;
}

bool
rec_pcapng_parse_packet(const RecBlock *block, RecPcapngPacket *ret_packet)
{
    const uint8_t *body = block->body;
    RecPcapngPacket packet = { 0 };

    if (block->type != REC_BLOCK_PACKET || block->body_size < PACKET_FIXED + TAG_SIZE)
        return false;
    size_t captured = get_u32(body + 12);
    if (captured < TAG_SIZE || captured > block->body_size - PACKET_FIXED)
        return false;
    size_t padded = (captured + 3) & ~(size_t)3;
    if (padded > block->body_size - PACKET_FIXED)
        return false;

    packet.interface = get_u32(body);
    packet.time_us = (int64_t)((uint64_t)get_u32(body + 4) << 32 | get_u32(body + 8));
    packet.data = body + PACKET_FIXED + TAG_SIZE;
    packet.size = captured - TAG_SIZE;
    if (memcmp(body + PACKET_FIXED, TAGS[REC_PACKET_RTP], TAG_SIZE) == 0)
        packet.kind = REC_PACKET_RTP;
    else if (memcmp(body + PACKET_FIXED, TAGS[REC_PACKET_RTCP], TAG_SIZE) == 0)
        packet.kind = REC_PACKET_RTCP;
    else
        return false;
    if (!parse_packet_options(block, PACKET_FIXED + padded, &packet))
        return false;
    *ret_packet = packet;
    return true;
}

bool
rec_pcapng_parse_entry(const RecBlock *block, char **ret_text)
{
    const size_t line = strlen(CHECKSUM_LINE) + 8 + 1;

    if (block->type != REC_BLOCK_ENTRY || memchr(block->body, 0, block->body_size) == block->body)
        return false;
    size_t size = strnlen((const char *)block->body, block->body_size);
    if (size < line || block->body_size - size > 3)
        return false;
    g_autofree char *text = g_strndup((const char *)block->body, size - line);
    g_autofree char *checksum = g_strdup_printf("%s%08lx\n", CHECKSUM_LINE, crc32_z(0, block->body, size - line));
    if (memcmp(block->body + size - line, checksum, line) != 0)
        return false;
    *ret_text = g_steal_pointer(&text);
    return true;
}

void
rec_entry_add(GString *text, const char *name, const char *value)
{
    g_string_append_printf(text, "%s=", name);
    size_t start = text->len;
    g_string_append(text, value);
    g_strdelimit(text->str + start, "\r\n", ' ');
    g_string_append_c(text, '\n');
}

void
rec_entry_add_number(GString *text, const char *name, int64_t value)
{
    g_string_append_printf(text, "%s=%" G_GINT64_FORMAT "\n", name, value);
}

char *
rec_entry_get(const char *text, const char *name)
{
    size_t size = strlen(name);

    for (const char *line = text; line && *line;) {
        const char *end = strchrnul(line, '\n');
        if (strncmp(line, name, size) == 0 && line[size] == '=')
            return g_strndup(line + size + 1, end - line - size - 1);
        line = *end ? end + 1 : NULL;
    }
    return NULL;
}

int64_t
rec_entry_get_number(const char *text, const char *name)
{
    g_autofree char *value = rec_entry_get(text, name);

    return value ? g_ascii_strtoll(value, NULL, 10) : 0;
}
