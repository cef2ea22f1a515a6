#include "recorder/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WINDOW_BYTES = 4 * REC_BLOCK_MAX_BYTES,
    MAX_INTERFACES = 100000, /* per file */
    MAX_DESCRIPTION = 4096,  /* also bounds how deep its JSON can nest */
};

struct RecReader {
    int fd;         /* -1: bytes only */
    uint8_t *owned; /* the window when there is a file */
    const uint8_t *window;
    uint64_t window_offset;
    size_t window_size;
    uint64_t size, number;

    uint64_t offset; /* of the next block */
    uint64_t good_end, skipped;
    GHashTable *interfaces; /* number -> RecInterface, owned */
    char *entry;            /* of the last record */
    RecChain chain;
    bool linked, broken;
};

static void
interface_free(void *data)
{
    RecInterface *self = data;

    g_free(self->session);
    g_free(self->track);
    g_free(self->party);
    g_free(self->label);
    g_free(self);
}

static RecReader *
reader_new(int fd, uint64_t size, uint64_t number)
{
    RecReader *self = g_new0(RecReader, 1);

    self->fd = fd;
    self->size = size;
    self->number = number;
    self->interfaces = g_hash_table_new_full(NULL, NULL, NULL, interface_free);
    rec_chain_init(&self->chain, NULL);
    return self;
}

RecReader *
rec_reader_new(const uint8_t *bytes, size_t size, uint64_t number)
{
    RecReader *self = reader_new(-1, size, number);

    self->window = bytes;
    self->window_size = size;
    return self;
}

RecReader *
rec_reader_open(const char *path, uint64_t number, GError **error)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &status) < 0) {
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot read %s: %s", path, g_strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    RecReader *self = reader_new(fd, status.st_size, number);
    self->owned = g_malloc(WINDOW_BYTES);
    self->window = self->owned;
    return self;
}

void
rec_reader_free(RecReader *self)
{
    if (!self)
        return;
    if (self->fd >= 0)
        close(self->fd);
    g_hash_table_unref(self->interfaces);
    rec_chain_clear(&self->chain);
    g_free(self->entry);
    g_free(self->owned);
    g_free(self);
}

/* What can be seen from offset on: a whole block at least, if the file has it. An unreadable place ends the file. */
static const uint8_t *
look(RecReader *self, uint64_t offset, size_t *ret_size)
{
    uint64_t window_end = self->window_offset + self->window_size;
    bool inside = offset >= self->window_offset && offset <= window_end;

    if (self->fd >= 0 && (!inside || (window_end - offset < REC_BLOCK_MAX_BYTES && window_end < self->size))) {
        self->window_offset = offset;
        self->window_size = 0;
        while (self->window_size < WINDOW_BYTES && offset + self->window_size < self->size) {
            ssize_t n = pread(self->fd, self->owned + self->window_size, WINDOW_BYTES - self->window_size,
                              (off_t)(offset + self->window_size));
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                break;
            self->window_size += n;
        }
    }
    *ret_size = self->window_offset + self->window_size - offset;
    return self->window + (offset - self->window_offset);
}

static const char *
get_member(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : "";
}

static bool
add_interface(RecReader *self, const char *name, const char *description)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    const char *slash = strchr(name, '/');

    if (!slash || strlen(description) > MAX_DESCRIPTION || !json_parser_load_from_data(parser, description, -1, NULL))
        return false;
    JsonNode *root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root) || g_hash_table_size(self->interfaces) >= MAX_INTERFACES)
        return false;
    JsonObject *object = json_node_get_object(root);
    JsonNode *number = json_object_get_member(object, "interface");
    if (!number || !JSON_NODE_HOLDS_VALUE(number) || json_node_get_value_type(number) != G_TYPE_INT64)
        return false;

    RecInterface *interface = g_new0(RecInterface, 1);
    interface->session = g_strndup(name, slash - name);
    interface->track = g_strdup(slash + 1);
    interface->party = g_strdup(get_member(object, "party"));
    interface->label = g_strdup(get_member(object, "label"));
    interface->kind = strcmp(get_member(object, "kind"), "audio") == 0 ? MEDIA_KIND_AUDIO : MEDIA_KIND_VIDEO;
    interface->codec = media_codec_from_name(get_member(object, "codec"));
    g_hash_table_replace(self->interfaces, GUINT_TO_POINTER((unsigned)json_node_get_int(number)), interface);
    return true;
}

/* Whether an entry closes a link of this very file at this very place. */
static bool
is_link(const RecReader *self, const char *entry, uint64_t offset, uint8_t ret_link[REC_CHAIN_SIZE])
{
    g_autofree char *hash = rec_entry_get(entry, "YUANJIAN_SHA256");

    return hash && rec_chain_from_string(hash, ret_link) &&
           (uint64_t)rec_entry_get_number(entry, "YUANJIAN_FILE") == self->number &&
           (uint64_t)rec_entry_get_number(entry, "YUANJIAN_OFFSET") == offset;
}

static void
follow_chain(RecReader *self, const char *entry)
{
    uint8_t link[REC_CHAIN_SIZE];
    g_autofree char *previous = rec_entry_get(entry, "YUANJIAN_PREVIOUS");

    if (is_link(self, entry, self->offset, link)) {
        rec_chain_close(&self->chain);
        self->broken |= memcmp(link, self->chain.link, sizeof link) != 0;
        self->linked = true;
        rec_chain_restart(&self->chain, link);
    } else if (previous && !self->linked && rec_chain_from_string(previous, link)) {
        size_t size;
        const uint8_t *bytes = look(self, 0, &size);
        rec_chain_restart(&self->chain, link);
        rec_chain_add(&self->chain, bytes, MIN(size, self->offset));
        self->linked = true;
    }
}

typedef enum {
    PARSED_NOT,
    PARSED_SILENT, /* good, but no record for the caller */
    PARSED_RECORD,
} Parsed;

static Parsed
parse_packet(RecReader *self, const RecBlock *block, RecRecord *ret_record)
{
    RecRecord record = { 0 };

    if (!rec_pcapng_parse_packet(block, &record.packet))
        return PARSED_NOT;
    record.interface = g_hash_table_lookup(self->interfaces, GUINT_TO_POINTER(record.packet.interface));
    record.data_offset = self->offset + 8 + (record.packet.data - block->body);
    *ret_record = record;
    return record.interface ? PARSED_RECORD : PARSED_SILENT; /* its interface was in a damaged place */
}

static Parsed
parse(RecReader *self, const RecBlock *block, RecRecord *ret_record)
{
    g_autofree char *name = NULL, *description = NULL;

    switch (block->type) {
    case REC_BLOCK_SECTION:
        return self->offset == 0 && rec_pcapng_parse_section(block) ? PARSED_SILENT : PARSED_NOT;
    case REC_BLOCK_INTERFACE:
        if (!rec_pcapng_parse_interface(block, &name, &description) || !add_interface(self, name, description))
            return PARSED_NOT;
        return PARSED_SILENT;
    case REC_BLOCK_PACKET:
        return parse_packet(self, block, ret_record);
    case REC_BLOCK_ENTRY:
        g_clear_pointer(&self->entry, g_free);
        if (!rec_pcapng_parse_entry(block, &self->entry))
            return PARSED_NOT;
        follow_chain(self, self->entry);
        *ret_record = (RecRecord){ .entry = self->entry };
        return PARSED_RECORD;
    default:
        return PARSED_NOT;
    }
}

/* Finds the next block that reads well, from offset on; its length is 0 when there is none. */
static uint64_t
find_block(RecReader *self, uint64_t offset, bool link_only)
{
    for (; offset + 12 <= self->size; offset += 4) {
        RecBlock block;
        size_t size;
        const uint8_t *bytes = look(self, offset, &size);
        g_autofree char *text = NULL, *more = NULL;
        RecPcapngPacket packet;
        uint8_t link[REC_CHAIN_SIZE];

        if (rec_pcapng_get_block(bytes, size, &block) == 0)
            continue;
        if (rec_pcapng_parse_entry(&block, &text) && (!link_only || is_link(self, text, offset, link)))
            return offset;
        if (!link_only &&
            (rec_pcapng_parse_packet(&block, &packet) || rec_pcapng_parse_interface(&block, &text, &more)))
            return offset;
    }
    return 0;
}

/* Steps over damage when a link further on proves that the file did not end here. */
static bool
skip_damage(RecReader *self)
{
    if (find_block(self, self->offset + 4, true) == 0)
        return false;
    uint64_t next = find_block(self, self->offset + 4, false);
    self->skipped += next - self->offset;
    self->broken = true;
    self->offset = next;
    return true;
}

bool
rec_reader_next(RecReader *self, RecRecord *ret_record)
{
    while (self->offset < self->size) {
        RecBlock block;
        size_t size;
        const uint8_t *bytes = look(self, self->offset, &size);
        size_t length = rec_pcapng_get_block(bytes, size, &block);
        Parsed parsed = length > 0 ? parse(self, &block, ret_record) : PARSED_NOT;

        if (parsed == PARSED_NOT) {
            if (!skip_damage(self))
                return false;
            continue;
        }
        bytes = look(self, self->offset, &size); /* following the chain may have moved the window */
        rec_chain_add(&self->chain, bytes, length);
        self->offset += length;
        self->good_end = self->offset;
        if (parsed == PARSED_RECORD)
            return true;
    }
    return false;
}

uint64_t
rec_reader_get_good_end(const RecReader *self)
{
    return self->good_end;
}

uint64_t
rec_reader_get_size(const RecReader *self)
{
    return self->size;
}

uint64_t
rec_reader_get_skipped(const RecReader *self)
{
    return self->skipped;
}

bool
rec_reader_has_whole_chain(const RecReader *self)
{
    return self->linked && !self->broken;
}

bool
rec_reader_get_link(const RecReader *self, uint8_t ret_link[REC_CHAIN_SIZE])
{
    if (!self->linked)
        return false;
    memcpy(ret_link, self->chain.link, REC_CHAIN_SIZE);
    return true;
}
