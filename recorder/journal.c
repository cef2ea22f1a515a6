#define G_LOG_DOMAIN "recorder.journal"

#include "recorder/journal.h"

#include <string.h>

#include "media/worker.h"
#include "recorder/files.h"
#include "recorder/pcapng.h"
#include "recorder/writer.h"

enum {
    MAX_WORKERS = 256,
    MAX_EVENT_TYPE = 64,
    MAX_EVENT_DETAIL = 16 * 1024,
};

struct RecJournal {
    const RecJournalEvents *events;
    void *user_data;
    RecRings *rings;      /* borrowed from the writer */
    RecWriter *writer;    /* owned */
    GHashTable *unsealed; /* set of char *, owned: sessions that have records */
    GHashTable *sealed;   /* set of char *, owned: since the start */
    GHashTable *cut;      /* set of char *, owned: sessions that ran when the service last did not end in order */
    MediaWorker *main;    /* owned: the way from the writer to here */
    GPtrArray *closing;   /* Closing *, owned */
    RecJournalStats stats;
};

typedef struct {
    char *session; /* owned */
    GFunc done;
    void *data;
} Closing;

/* Something the writer has to say, on its way to main. */
typedef struct {
    RecJournal *journal; /* borrowed: who frees it takes the way here away first */
    void (*run)(RecJournal *self, void *message);
    int64_t time_us;
    uint64_t packets;
    char *session, *track; /* owned */
    const char *cause;     /* constant */
    GError *error;         /* owned */
    void *token;
} Message;

static void
closing_free(void *data)
{
    Closing *self = data;

    g_free(self->session);
    g_free(self);
}

static void
message_free(void *data)
{
    Message *self = data;

    g_free(self->session);
    g_free(self->track);
    g_clear_error(&self->error);
    g_free(self);
}

static void
on_message(void *data)
{
    Message *message = data;

    message->run(message->journal, message);
}

/* Writer's thread. */
static void
send_message(RecJournal *self, const Message *message)
{
    Message *copy = g_memdup2(message, sizeof *message);

    copy->journal = self;
    media_worker_post(self->main, on_message, copy, message_free);
}

static void
run_synced(RecJournal *self, void *data)
{
    self->stats.synced_us = ((Message *)data)->time_us;
    if (self->events->synced)
        self->events->synced(((Message *)data)->time_us, self->user_data);
}

static void
run_lost(RecJournal *self, void *data)
{
    Message *message = data;

    if (g_strcmp0(message->cause, rec_loss_to_string(REC_LOSS_RING)) == 0)
        self->stats.lost_ring += message->packets;
    else
        self->stats.lost_disk += message->packets;
    if (self->events->lost)
        self->events->lost(message->session, message->track, message->packets, message->cause, self->user_data);
}

static void
run_failed(RecJournal *self, void *data)
{
    self->stats.failures++;
    if (self->events->failed)
        self->events->failed(((Message *)data)->error, self->user_data);
}

static void
run_recovered(RecJournal *self, void *data)
{
    (void)data;
    if (self->events->recovered)
        self->events->recovered(self->user_data);
}

static void
run_closed(RecJournal *self, void *data)
{
    Closing *closing = ((Message *)data)->token;

    unsigned index;

    if (!g_ptr_array_find(self->closing, closing, &index))
        return;
    g_ptr_array_steal_index(self->closing, index);
    if (closing->done)
        closing->done(closing->session, closing->data);
    closing_free(closing);
}

static void
on_synced(int64_t up_to_us, void *user_data)
{
    send_message(user_data, &(Message){ .run = run_synced, .time_us = up_to_us });
}

static void
on_lost(const RecTrack *track, uint64_t packets, const char *cause, void *user_data)
{
    send_message(user_data, &(Message){ .run = run_lost,
                                        .packets = packets,
                                        .session = g_strdup(track->session),
                                        .track = g_strdup(track->id),
                                        .cause = cause });
}

static void
on_failed(const GError *error, void *user_data)
{
    send_message(user_data, &(Message){ .run = run_failed, .error = g_error_copy(error) });
}

static void
on_recovered(void *user_data)
{
    send_message(user_data, &(Message){ .run = run_recovered });
}

static void
on_closed(void *token, void *user_data)
{
    send_message(user_data, &(Message){ .run = run_closed, .token = token });
}

static void
take_unsealed(RecJournal *self, RecFiles *files)
{
    g_autoptr(GPtrArray) sessions = rec_files_list_unsealed(files);

    for (unsigned i = 0; i < sessions->len; i++) {
        g_hash_table_add(self->unsealed, g_strdup(sessions->pdata[i]));
        if (rec_files_was_cut(files, sessions->pdata[i]))
            g_hash_table_add(self->cut, g_strdup(sessions->pdata[i]));
    }
}

RecJournal *
rec_journal_new(const RecJournalConfig *config, const RecJournalEvents *events, void *user_data, GError **error)
{
    static const RecWriterEvents writer_events = {
        .synced = on_synced,
        .lost = on_lost,
        .failed = on_failed,
        .recovered = on_recovered,
        .closed = on_closed,
    };
    RecFiles *files = rec_files_new(config->dir, error);

    if (!files)
        return NULL;
    g_autoptr(RecJournal) self = g_new0(RecJournal, 1);
    self->events = events;
    self->user_data = user_data;
    self->unsealed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->sealed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->cut = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->closing = g_ptr_array_new_with_free_func(closing_free);
    self->main = media_worker_new_for_context(g_main_context_get_thread_default());
    take_unsealed(self, files);

    self->rings = rec_rings_new(CLAMP(config->n_workers, 1, MAX_WORKERS), REC_JOURNAL_RING_BYTES);
    RecWriterConfig writer_config = {
        .dir = config->dir,
        .file_bytes = config->file_bytes > 0 ? config->file_bytes : REC_JOURNAL_FILE_BYTES,
        .files = files,
        .rings = self->rings,
    };
    self->writer = rec_writer_new(&writer_config, &writer_events, self, error);
    return self->writer ? g_steal_pointer(&self) : NULL;
}

void
rec_journal_free(RecJournal *self)
{
    if (!self)
        return;
    rec_writer_free(self->writer);
    media_worker_free(self->main); /* what is still under way goes nowhere */
    g_hash_table_unref(self->unsealed);
    g_hash_table_unref(self->sealed);
    g_hash_table_unref(self->cut);
    g_ptr_array_unref(self->closing);
    g_free(self);
}

static void
note_session(RecJournal *self, const char *session)
{
    g_hash_table_remove(self->sealed, session);
    g_hash_table_add(self->unsealed, g_strdup(session));
}

RecTrack *
rec_journal_add_track(RecJournal *self, const RecTrackInfo *info)
{
    g_return_val_if_fail(rec_id_is_valid(info->session) && rec_id_is_valid(info->track), NULL);

    RecTrack *track = rec_track_new(self->rings, info);
    track->journal = self;
    note_session(self, info->session);
    rec_writer_add_track(self->writer, track);
    return track;
}

void
rec_track_close(RecTrack *self)
{
    if (self)
        rec_writer_close_track(self->journal->writer, self);
}

void
rec_journal_add_event(RecJournal *self, const char *session, const char *type, const char *detail, int64_t at_us)
{
    g_return_if_fail(rec_id_is_valid(session) && type);

    if (g_hash_table_contains(self->sealed, session)) {
        g_debug("%s of %s comes after it was sealed: not kept", type, session);
        return;
    }
    g_autofree char *word = g_strndup(type, MAX_EVENT_TYPE);
    g_autofree char *message = g_strdup_printf("session %s: %s", session, word);
    GString *text = g_string_new(NULL);
    rec_entry_add_number(text, "__REALTIME_TIMESTAMP", at_us);
    rec_entry_add(text, "SYSLOG_IDENTIFIER", "yuanjian");
    rec_entry_add(text, "MESSAGE", message);
    rec_entry_add(text, "YUANJIAN_KIND", "event");
    rec_entry_add(text, "YUANJIAN_SESSION", session);
    rec_entry_add(text, "YUANJIAN_EVENT", word);
    if (detail)
        rec_entry_add(text, "YUANJIAN_DETAIL", strlen(detail) <= MAX_EVENT_DETAIL ? detail : "{\"truncated\":true}");
    note_session(self, session);
    rec_writer_add_entry(self->writer, session, g_string_free(text, FALSE));
}

void
rec_journal_close_session(RecJournal *self, const char *session, GFunc done, void *data)
{
    Closing *closing = g_new0(Closing, 1);

    closing->session = g_strdup(session);
    closing->done = done;
    closing->data = data;
    g_ptr_array_add(self->closing, closing);
    rec_writer_close_session(self->writer, closing);
}

static int
compare_strings(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
rec_journal_list_unsealed(RecJournal *self)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    void *session;

    g_hash_table_iter_init(&iter, self->unsealed);
    while (g_hash_table_iter_next(&iter, &session, NULL))
        g_ptr_array_add(list, g_strdup(session));
    g_ptr_array_sort(list, compare_strings);
    return list;
}

bool
rec_journal_was_cut(const RecJournal *self, const char *session)
{
    return g_hash_table_contains(self->cut, session);
}

void
rec_journal_set_sealed(RecJournal *self, const char *session)
{
    g_return_if_fail(rec_id_is_valid(session));

    g_hash_table_remove(self->unsealed, session);
    g_hash_table_add(self->sealed, g_strdup(session));
    rec_writer_set_sealed(self->writer, session);
}

void
rec_journal_get_stats(const RecJournal *self, RecJournalStats *ret_stats)
{
    *ret_stats = self->stats;
    ret_stats->free_bytes = rec_writer_get_free_bytes(self->writer);
    for (unsigned i = 0; i < self->rings->n_rings; i++) {
        const RecRing *ring = self->rings->rings[i];

        ret_stats->ring_used = MAX(ret_stats->ring_used, rec_ring_get_used(ring));
        ret_stats->ring_bytes = rec_ring_get_capacity(ring);
    }
}
