#define G_LOG_DOMAIN "recorder.scribe"

#include "recorder/scribe.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "recorder/output.h"
#include "recorder/pcapng.h"

enum {
    FLUSH_BYTES = 1024 * 1024,
    MAX_HELD_ENTRIES = 10000,
    CLOCK_STEP_US = 100 * 1000, /* a smaller difference is not worth a record */
    CLOCK_READ_US = 1000,       /* a reading that took longer says nothing */
};

typedef struct {
    char *session; /* or NULL */
    char *text;
} Entry;

struct RecScribe {
    char *dir;
    uint64_t file_bytes;
    RecFiles *files;   /* owned */
    RecOutput *output; /* owned; NULL: the disk fails */
    GError *failure;   /* owned; not yet taken */
    uint64_t number;   /* of the output */
    uint32_t n_interfaces;
    GPtrArray *unflushed; /* RecTrack *, borrowed: tracks with packets in the buffer */
    GQueue recent;        /* Entry *, owned: written since the last sync */
    GQueue held;          /* Entry *, owned: not written */
    GQueue unsealed;      /* char *, owned: to be remembered as sealed when the disk is back */
    int64_t wall_offset_us;
    uint8_t link[REC_CHAIN_SIZE]; /* the last that is on disk */
};

static void
entry_free(void *data)
{
    Entry *self = data;

    g_free(self->session);
    g_free(self->text);
    g_free(self);
}

/* Wall clock minus monotonic clock; false when this thread was interrupted while reading. */
static bool
read_clocks(int64_t *ret_offset_us)
{
    int64_t before = g_get_monotonic_time();
    int64_t wall = g_get_real_time();
    int64_t after = g_get_monotonic_time();

    if (after - before > CLOCK_READ_US)
        return false;
    *ret_offset_us = wall - (before + after) / 2;
    return true;
}

static bool
begin_output(RecScribe *self, GError **error)
{
    uint64_t number = rec_files_take_number(self->files);
    RecOutput *output = rec_output_new(self->dir, number, self->link, error);

    if (!output)
        return false;
    self->output = output;
    self->number = number;
    self->n_interfaces = 0;
    rec_files_begin(self->files, number);
    return true;
}

RecScribe *
rec_scribe_new(const char *dir, uint64_t file_bytes, RecFiles *files, GError **error)
{
    RecScribe *self = g_new0(RecScribe, 1);

    self->dir = g_strdup(dir);
    self->file_bytes = file_bytes;
    self->files = files;
    self->unflushed = g_ptr_array_new();
    g_queue_init(&self->recent);
    g_queue_init(&self->held);
    g_queue_init(&self->unsealed);
    if (rec_files_get_link(files))
        memcpy(self->link, rec_files_get_link(files), REC_CHAIN_SIZE);
    while (!read_clocks(&self->wall_offset_us))
        ;
    if (!begin_output(self, error)) {
        rec_scribe_free(self);
        return NULL;
    }
    return self;
}

/* The output is done for. What it holds up to the last flush stays; entries that may be lost are written again. */
static void
fail(RecScribe *self, GError *error)
{
    Entry *entry;

    for (unsigned i = 0; i < self->unflushed->len; i++) {
        RecTrack *track = self->unflushed->pdata[i];
        track->writing.lost[REC_LOSS_DISK] += track->writing.unflushed;
        track->writing.unflushed = 0;
        if (track->writing.lost_from_us == 0)
            track->writing.lost_from_us = rec_scribe_to_wall(self, g_get_monotonic_time()) - REC_JOURNAL_SYNC_US;
    }
    g_ptr_array_set_size(self->unflushed, 0);
    while ((entry = g_queue_pop_tail(&self->recent)))
        g_queue_push_head(&self->held, entry);
    g_clear_pointer(&self->output, rec_output_free);
    g_clear_error(&self->failure);
    self->failure = error;
}

static void
set_flushed(RecScribe *self)
{
    for (unsigned i = 0; i < self->unflushed->len; i++)
        ((RecTrack *)self->unflushed->pdata[i])->writing.unflushed = 0;
    g_ptr_array_set_size(self->unflushed, 0);
}

void
rec_scribe_flush(RecScribe *self)
{
    GError *error = NULL;

    if (!self->output)
        return;
    if (rec_output_flush(self->output, &error))
        set_flushed(self);
    else
        fail(self, error);
}

/* Ends this file and begins the next. */
static void
roll(RecScribe *self)
{
    g_autofree char *sessions = rec_files_list_current(self->files);
    GError *error = NULL;

    if (!rec_output_finish(self->output, sessions, &error)) {
        fail(self, error);
        return;
    }
    set_flushed(self);
    g_queue_clear_full(&self->recent, entry_free);
    rec_output_get_link(self->output, self->link);
    g_clear_pointer(&self->output, rec_output_free);
    if (!begin_output(self, &error))
        fail(self, error);
    rec_files_sweep(self->files);
}

/* Makes room in the buffer and in the file. */
static void
after_put(RecScribe *self)
{
    if (rec_output_get_size(self->output) >= self->file_bytes)
        roll(self);
    else if (rec_output_get_buffer(self->output)->len >= FLUSH_BYTES)
        rec_scribe_flush(self);
}

static char *
describe(const RecTrack *track, MediaCodec codec, uint32_t interface)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "interface");
    json_builder_add_int_value(builder, interface);
    json_builder_set_member_name(builder, "kind");
    json_builder_add_string_value(builder, media_kind_to_string(track->kind));
    json_builder_set_member_name(builder, "codec");
    json_builder_add_string_value(builder, media_codec_get_name(codec));
    json_builder_set_member_name(builder, "clock_rate");
    json_builder_add_int_value(builder, media_codec_get_clock_rate(codec));
    json_builder_set_member_name(builder, "party");
    json_builder_add_string_value(builder, track->party);
    json_builder_set_member_name(builder, "label");
    json_builder_add_string_value(builder, track->label);
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

static uint32_t
get_interface(RecScribe *self, RecTrack *track, MediaCodec codec)
{
    RecTrackWriting *writing = &track->writing;

    if (writing->file != self->number) {
        writing->file = self->number;
        memset(writing->known, 0, sizeof writing->known);
        rec_files_note(self->files, track->session);
    }
    if (!writing->known[codec]) {
        g_autofree char *name = g_strdup_printf("%s/%s", track->session, track->id);
        g_autofree char *description = describe(track, codec, self->n_interfaces);
        rec_pcapng_put_interface(rec_output_get_buffer(self->output), name, description);
        writing->known[codec] = true;
        writing->interfaces[codec] = self->n_interfaces++;
    }
    return writing->interfaces[codec];
}

void
rec_scribe_put_track(RecScribe *self, RecTrack *track)
{
    if (track->writing.begun)
        return;
    GString *text = g_string_new(NULL);
    g_autofree char *message = g_strdup_printf("session %s: track %s begins", track->session, track->id);
    track->writing.begun = true;
    rec_entry_add_number(text, "__REALTIME_TIMESTAMP", rec_scribe_to_wall(self, g_get_monotonic_time()));
    rec_entry_add(text, "SYSLOG_IDENTIFIER", "yuanjian");
    rec_entry_add(text, "MESSAGE", message);
    rec_entry_add(text, "YUANJIAN_KIND", "track");
    rec_entry_add(text, "YUANJIAN_SESSION", track->session);
    rec_entry_add(text, "YUANJIAN_TRACK", track->id);
    rec_entry_add(text, "YUANJIAN_MEDIA", media_kind_to_string(track->kind));
    rec_entry_add(text, "YUANJIAN_PARTY", track->party);
    rec_entry_add(text, "YUANJIAN_LABEL", track->label);
    rec_scribe_put_entry(self, track->session, g_string_free(text, FALSE));
}

void
rec_scribe_put_packet(RecScribe *self, const RecRingRecord *record, const uint8_t *data)
{
    RecTrackWriting *writing = &record->track->writing;
    MediaCodec codec = record->is_report ? writing->codec : record->codec;

    rec_scribe_put_track(self, record->track);
    if (!self->output) {
        writing->lost[REC_LOSS_DISK] += record->is_report ? 0 : 1;
        if (writing->lost_from_us == 0)
            writing->lost_from_us = rec_scribe_to_wall(self, record->arrival_us);
        return;
    }
    writing->codec = codec;
    RecPcapngPacket packet = {
        .kind = record->is_report ? REC_PACKET_RTCP : REC_PACKET_RTP,
        .interface = get_interface(self, record->track, codec),
        .time_us = rec_scribe_to_wall(self, record->arrival_us),
        .data = data,
        .size = record->size,
        .sequence = record->sequence,
        .recovered = record->recovered,
    };
    rec_pcapng_put_packet(rec_output_get_buffer(self->output), &packet);
    if (!record->is_report && writing->unflushed++ == 0)
        g_ptr_array_add(self->unflushed, record->track);
    after_put(self);
}

static void
put_entry(RecScribe *self, Entry *entry)
{
    if (entry->session)
        rec_files_note(self->files, entry->session);
    rec_pcapng_put_entry(rec_output_get_buffer(self->output), entry->text);
    g_queue_push_tail(&self->recent, entry);
    after_put(self);
}

void
rec_scribe_put_entry(RecScribe *self, const char *session, char *text)
{
    Entry *entry = g_new0(Entry, 1);

    entry->session = g_strdup(session);
    entry->text = text;
    if (self->output) {
        put_entry(self, entry);
        return;
    }
    g_queue_push_tail(&self->held, entry);
    if (self->held.length > MAX_HELD_ENTRIES)
        entry_free(g_queue_pop_head(&self->held));
}

static void
put_gap(RecScribe *self, RecTrack *track, RecLoss loss)
{
    GString *text = g_string_new(NULL);
    g_autofree char *message = g_strdup_printf("session %s: track %s has a gap", track->session, track->id);

    rec_entry_add_number(text, "__REALTIME_TIMESTAMP", rec_scribe_to_wall(self, g_get_monotonic_time()));
    rec_entry_add(text, "SYSLOG_IDENTIFIER", "yuanjian");
    rec_entry_add(text, "MESSAGE", message);
    rec_entry_add(text, "YUANJIAN_KIND", "gap");
    rec_entry_add(text, "YUANJIAN_SESSION", track->session);
    rec_entry_add(text, "YUANJIAN_TRACK", track->id);
    rec_entry_add(text, "YUANJIAN_CAUSE", rec_loss_to_string(loss));
    rec_entry_add_number(text, "YUANJIAN_PACKETS", (int64_t)track->writing.to_write[loss]);
    rec_entry_add_number(text, "YUANJIAN_FROM", track->writing.lost_from_us);
    track->writing.to_write[loss] = 0;
    rec_scribe_put_entry(self, track->session, g_string_free(text, FALSE));
}

void
rec_scribe_put_gaps(RecScribe *self, RecTrack *track)
{
    if (!self->output)
        return;
    for (RecLoss loss = 0; loss < REC_N_LOSSES; loss++) {
        if (track->writing.to_write[loss] > 0)
            put_gap(self, track, loss);
    }
    track->writing.lost_from_us = 0;
}

void
rec_scribe_forget(RecScribe *self, RecTrack *track)
{
    rec_scribe_flush(self);
    for (RecLoss loss = 0; loss < REC_N_LOSSES; loss++) {
        track->writing.to_write[loss] += track->writing.lost[loss];
        if (track->writing.to_write[loss] > 0)
            put_gap(self, track, loss); /* held back while the disk fails */
    }
    g_ptr_array_remove_fast(self->unflushed, track);
}

bool
rec_scribe_is_dirty(const RecScribe *self)
{
    return self->output && rec_output_is_dirty(self->output);
}

/* Arrival times follow the monotonic clock; a step of the wall clock is written down, so that a reader can undo it. */
static void
check_clock(RecScribe *self)
{
    int64_t offset_us;

    if (!read_clocks(&offset_us) || ABS(offset_us - self->wall_offset_us) < CLOCK_STEP_US)
        return;
    GString *text = g_string_new(NULL);
    rec_entry_add_number(text, "__REALTIME_TIMESTAMP", g_get_real_time());
    rec_entry_add(text, "SYSLOG_IDENTIFIER", "yuanjian");
    rec_entry_add(text, "MESSAGE", "the wall clock was set");
    rec_entry_add(text, "YUANJIAN_KIND", "clock");
    rec_entry_add_number(text, "YUANJIAN_STEP", offset_us - self->wall_offset_us);
    self->wall_offset_us = offset_us;
    rec_scribe_put_entry(self, NULL, g_string_free(text, FALSE));
}

bool
rec_scribe_sync(RecScribe *self)
{
    GError *error = NULL;

    check_clock(self);
    if (!self->output)
        return false;
    if (!rec_output_sync(self->output, &error)) {
        fail(self, error);
        return false;
    }
    rec_output_get_link(self->output, self->link);
    set_flushed(self);
    g_queue_clear_full(&self->recent, entry_free);
    return true;
}

void
rec_scribe_seal(RecScribe *self, const char *session)
{
    char *next;

    g_queue_push_tail(&self->unsealed, g_strdup(session));
    while (self->output && (next = g_queue_peek_head(&self->unsealed))) {
        g_autoptr(GError) error = NULL;
        if (!rec_files_seal(self->files, next, &error)) {
            fail(self, g_steal_pointer(&error));
            return;
        }
        g_free(g_queue_pop_head(&self->unsealed));
    }
    if (self->output && rec_files_current_is_sealed(self->files))
        roll(self);
    rec_files_sweep(self->files);
}

GError *
rec_scribe_take_failure(RecScribe *self)
{
    return g_steal_pointer(&self->failure);
}

bool
rec_scribe_is_failing(const RecScribe *self)
{
    return !self->output;
}

bool
rec_scribe_retry(RecScribe *self)
{
    g_autoptr(GError) error = NULL;
    Entry *entry;

    if (g_mkdir_with_parents(self->dir, 0700) < 0) /* somebody may have removed it */
        g_debug("cannot make %s: %s", self->dir, g_strerror(errno));
    if (!begin_output(self, &error)) {
        g_debug("%s", error->message);
        return false;
    }
    while (self->output && (entry = g_queue_pop_head(&self->held)))
        put_entry(self, entry);
    while (self->output && !g_queue_is_empty(&self->unsealed)) {
        g_autofree char *session = g_queue_pop_head(&self->unsealed);
        rec_scribe_seal(self, session);
    }
    return self->output != NULL;
}

int64_t
rec_scribe_to_wall(const RecScribe *self, int64_t monotonic_us)
{
    return monotonic_us + self->wall_offset_us;
}

void
rec_scribe_free(RecScribe *self)
{
    if (!self)
        return;
    if (self->output) {
        g_autofree char *sessions = rec_files_list_current(self->files);
        g_autoptr(GError) error = NULL;
        if (!rec_output_finish(self->output, sessions, &error))
            g_debug("%s", error->message);
    }
    rec_output_free(self->output);
    rec_files_free(self->files);
    g_clear_error(&self->failure);
    g_queue_clear_full(&self->recent, entry_free);
    g_queue_clear_full(&self->held, entry_free);
    g_queue_clear_full(&self->unsealed, g_free);
    g_ptr_array_unref(self->unflushed);
    g_free(self->dir);
    g_free(self);
}
