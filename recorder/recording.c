#include "recorder/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/chain.h"
#include "recorder/track.h"
#include "recorder/vault.h"

enum {
    MAX_JSON_BYTES = 64 * 1024 * 1024,
    MAX_FILES = 10000,
};

static void
gap_clear(void *data)
{
    g_free(((RecGap *)data)->cause);
    g_free(((RecGap *)data)->track);
}

static void
file_free(void *data)
{
    RecFile *self = data;

    g_free(self->track);
    g_free(self->party);
    g_free(self->label);
    g_free(self->file);
    g_free(self->content_type);
    g_free(self->sha256);
    g_free(self->sm3);
    g_array_unref(self->gaps);
    g_free(self);
}

static void
party_free(void *data)
{
    RecParty *self = data;

    g_free(self->party);
    g_array_unref(self->gaps);
    g_free(self);
}

static void
event_free(void *data)
{
    RecEvent *self = data;

    g_free(self->type);
    g_free(self->detail);
    g_free(self);
}

RecRecording *
rec_recording_new(const char *session)
{
    RecRecording *self = g_new0(RecRecording, 1);

    self->session = g_strdup(session);
    self->files = g_ptr_array_new_with_free_func(file_free);
    self->parties = g_ptr_array_new_with_free_func(party_free);
    self->events = g_ptr_array_new_with_free_func(event_free);
    return self;
}

void
rec_recording_free(RecRecording *self)
{
    if (!self)
        return;
    g_free(self->session);
    g_ptr_array_unref(self->files);
    g_ptr_array_unref(self->parties);
    g_ptr_array_unref(self->events);
    g_free(self);
}

static GArray *
gaps_new(void)
{
    GArray *gaps = g_array_new(FALSE, TRUE, sizeof(RecGap));

    g_array_set_clear_func(gaps, gap_clear);
    return gaps;
}

RecParty *
rec_recording_add_party(RecRecording *self)
{
    RecParty *party = g_new0(RecParty, 1);

    party->gaps = gaps_new();
    g_ptr_array_add(self->parties, party);
    return party;
}

RecFile *
rec_recording_add_file(RecRecording *self)
{
    RecFile *file = g_new0(RecFile, 1);

    file->gaps = gaps_new();
    g_ptr_array_add(self->files, file);
    return file;
}

RecEvent *
rec_recording_add_event(RecRecording *self)
{
    RecEvent *event = g_new0(RecEvent, 1);

    g_ptr_array_add(self->events, event);
    return event;
}

static void
put_string(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, value ? value : "");
}

static void
put_number(JsonBuilder *builder, const char *name, int64_t value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, value);
}

static void
put_gaps(JsonBuilder *builder, const GArray *gaps)
{
    json_builder_set_member_name(builder, "gaps");
    json_builder_begin_array(builder);
    for (unsigned i = 0; i < gaps->len; i++) {
        const RecGap *gap = &g_array_index(gaps, RecGap, i);
        json_builder_begin_object(builder);
        if (gap->track)
            put_string(builder, "track", gap->track);
        put_number(builder, "from_us", gap->from_us);
        put_number(builder, "to_us", gap->to_us);
        put_string(builder, "cause", gap->cause);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void
put_file(JsonBuilder *builder, const RecFile *file)
{
    json_builder_begin_object(builder);
    put_string(builder, "track", file->track);
    put_string(builder, "party", file->party);
    put_string(builder, "label", file->label);
    put_string(builder, "kind", media_kind_to_string(file->kind));
    put_string(builder, "codec", media_codec_get_name(file->codec));
    put_string(builder, "file", file->file);
    put_string(builder, "content_type", file->content_type);
    put_string(builder, "sha256", file->sha256);
    if (file->sm3)
        put_string(builder, "sm3", file->sm3);
    put_number(builder, "start_us", file->start_us);
    put_number(builder, "duration_us", file->duration_us);
    put_number(builder, "bytes", (int64_t)file->bytes);
    put_number(builder, "chunks", file->chunks);
    put_number(builder, "packets", (int64_t)file->packets);
    put_number(builder, "lost", (int64_t)file->lost);
    put_number(builder, "width", file->width);
    put_number(builder, "height", file->height);
    put_gaps(builder, file->gaps);
    json_builder_end_object(builder);
}

static void
put_party(JsonBuilder *builder, const RecParty *party)
{
    json_builder_begin_object(builder);
    put_string(builder, "party", party->party);
    put_number(builder, "expected_us", party->expected_us);
    put_number(builder, "missing_us", party->missing_us);
    put_gaps(builder, party->gaps);
    json_builder_end_object(builder);
}

static void
put_event(JsonBuilder *builder, const RecEvent *event)
{
    g_autoptr(JsonNode) detail = event->detail ? json_from_string(event->detail, NULL) : NULL;

    json_builder_begin_object(builder);
    put_string(builder, "type", event->type);
    put_number(builder, "at_us", event->at_us);
    if (detail && JSON_NODE_HOLDS_OBJECT(detail)) {
        json_builder_set_member_name(builder, "detail");
        json_builder_add_value(builder, g_steal_pointer(&detail));
    }
    json_builder_end_object(builder);
}

char *
rec_recording_to_json(const RecRecording *self)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    put_number(builder, "version", 1);
    put_string(builder, "session", self->session);
    put_number(builder, "began_us", self->began_us);
    put_number(builder, "duration_us", self->duration_us);
    json_builder_set_member_name(builder, "recovered");
    json_builder_add_boolean_value(builder, self->recovered);
    json_builder_set_member_name(builder, "files");
    json_builder_begin_array(builder);
    for (unsigned i = 0; i < self->files->len; i++)
        put_file(builder, self->files->pdata[i]);
    json_builder_end_array(builder);
    json_builder_set_member_name(builder, "parties");
    json_builder_begin_array(builder);
    for (unsigned i = 0; i < self->parties->len; i++)
        put_party(builder, self->parties->pdata[i]);
    json_builder_end_array(builder);
    json_builder_set_member_name(builder, "events");
    json_builder_begin_array(builder);
    for (unsigned i = 0; i < self->events->len; i++)
        put_event(builder, self->events->pdata[i]);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *text = json_to_string(root, TRUE);
    return g_strconcat(text, "\n", NULL);
}

/* NULL unless it is there and a text. */
static const char *
get_string(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

static int64_t
get_number(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64
               ? json_node_get_int(node)
               : 0;
}

/* NULL unless it is there and an array. */
static JsonArray *
get_array(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static JsonObject *
get_element(JsonArray *array, unsigned i)
{
    JsonNode *node = json_array_get_element(array, i);

    return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

/* A file of this very folder, nothing else. */
static bool
is_file_name(const char *name)
{
    return name && name[0] != '\0' && name[0] != '.' && !strchr(name, '/') && strlen(name) < 255;
}

static bool
read_gaps(GArray *ret_gaps, JsonObject *object)
{
    JsonArray *gaps = get_array(object, "gaps");

    for (unsigned i = 0; gaps && i < json_array_get_length(gaps); i++) {
        JsonObject *gap = get_element(gaps, i);
        if (!gap || !get_string(gap, "cause"))
            return false;
        RecGap value = { get_number(gap, "from_us"), get_number(gap, "to_us"), g_strdup(get_string(gap, "cause")),
                         g_strdup(get_string(gap, "track")) };
        g_array_append_val(ret_gaps, value);
    }
    return gaps != NULL;
}

static bool
read_file(RecRecording *self, JsonObject *object)
{
    uint8_t hash[REC_CHAIN_SIZE];

    if (!object || !rec_id_is_valid(get_string(object, "track")) || !is_file_name(get_string(object, "file")) ||
        !rec_chain_from_string(get_string(object, "sha256"), hash) || !get_string(object, "codec"))
        return false;
    RecFile *file = rec_recording_add_file(self);
    file->track = g_strdup(get_string(object, "track"));
    file->party = g_strdup(get_string(object, "party"));
    file->label = g_strdup(get_string(object, "label"));
    file->codec = media_codec_from_name(get_string(object, "codec"));
    file->kind = media_codec_get_kind(file->codec);
    file->file = g_strdup(get_string(object, "file"));
    file->content_type = g_strdup(get_string(object, "content_type"));
    file->sha256 = g_strdup(get_string(object, "sha256"));
    file->sm3 = g_strdup(get_string(object, "sm3"));
    file->start_us = get_number(object, "start_us");
    file->duration_us = get_number(object, "duration_us");
    file->bytes = get_number(object, "bytes");
    file->chunks = get_number(object, "chunks");
    file->packets = get_number(object, "packets");
    file->lost = get_number(object, "lost");
    file->width = get_number(object, "width");
    file->height = get_number(object, "height");
    return file->party && file->label && file->content_type && file->codec != MEDIA_CODEC_NONE &&
           read_gaps(file->gaps, object);
}

static bool
read_party(RecRecording *self, JsonObject *object)
{
    if (!object || !get_string(object, "party"))
        return false;
    RecParty *party = rec_recording_add_party(self);
    party->party = g_strdup(get_string(object, "party"));
    party->expected_us = get_number(object, "expected_us");
    party->missing_us = get_number(object, "missing_us");
    return read_gaps(party->gaps, object);
}

static bool
read_event(RecRecording *self, JsonObject *object)
{
    if (!object || !get_string(object, "type"))
        return false;
    RecEvent *event = rec_recording_add_event(self);
    JsonNode *detail = json_object_get_member(object, "detail");
    event->type = g_strdup(get_string(object, "type"));
    event->at_us = get_number(object, "at_us");
    event->detail = detail ? json_to_string(detail, FALSE) : NULL;
    return true;
}

RecRecording *
rec_recording_from_json(const char *text, size_t size)
{
    g_autoptr(JsonParser) parser = json_parser_new();

    if (size > MAX_JSON_BYTES || !json_parser_load_from_data(parser, text, (gssize)size, NULL))
        return NULL;
    JsonNode *root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root))
        return NULL;
    JsonObject *object = json_node_get_object(root);
    JsonArray *files = get_array(object, "files"), *events = get_array(object, "events"),
              *parties = get_array(object, "parties");
    JsonNode *recovered = json_object_get_member(object, "recovered");
    if (get_number(object, "version") != 1 || !rec_id_is_valid(get_string(object, "session")) || !files || !events ||
        json_array_get_length(files) > MAX_FILES || (parties && json_array_get_length(parties) > MAX_FILES) ||
        !recovered || !JSON_NODE_HOLDS_VALUE(recovered))
        return NULL;

    g_autoptr(RecRecording) self = rec_recording_new(get_string(object, "session"));
    self->began_us = get_number(object, "began_us");
    self->duration_us = get_number(object, "duration_us");
    self->recovered = json_node_get_boolean(recovered);
    for (unsigned i = 0; i < json_array_get_length(files); i++) {
        if (!read_file(self, get_element(files, i)))
            return NULL;
    }
    for (unsigned i = 0; parties && i < json_array_get_length(parties); i++) {
        if (!read_party(self, get_element(parties, i)))
            return NULL;
    }
    for (unsigned i = 0; i < json_array_get_length(events); i++) {
        if (!read_event(self, get_element(events, i)))
            return NULL;
    }
    return g_steal_pointer(&self);
}

RecRecording *
rec_recording_load(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, REC_RECORDING_JSON, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) read_error = NULL;
    size_t size;

    if (!g_file_get_contents(path, &text, &size, &read_error)) {
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot read %s: %s", path, read_error->message);
        return NULL;
    }
    RecRecording *self = rec_recording_from_json(text, size);
    if (!self)
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s is not the description of a recording", path);
    return self;
}

bool
rec_recording_verify(const RecRecording *self, const char *folder, const RecKey *key, GError **error)
{
    for (unsigned i = 0; i < self->files->len; i++) {
        const RecFile *file = self->files->pdata[i];
        g_autoptr(RecVault) vault = rec_vault_open(folder, file->file, key, error);
        g_autofree char *sha256 = vault ? rec_vault_hash(vault, error) : NULL;

        if (!sha256)
            return false;
        if (rec_vault_get_size(vault) != file->bytes || strcmp(sha256, file->sha256) != 0) {
            g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s/%s is not what was sealed", folder, file->file);
            return false;
        }
    }
    return true;
}
