#include "recorder/writer.h"

#include <sys/statvfs.h>

#include "recorder/scribe.h"

enum {
    DRAIN_US = 10 * 1000,
    RETRY_US = 5 * G_USEC_PER_SEC,
    TELL_LOST_US = 5 * G_USEC_PER_SEC,
    /* A packet that has this much age has been through its worker and is in the ring. */
    WORKER_PASS_US = 20 * 1000,
    LOOK_US = G_USEC_PER_SEC, /* at the room on the disk */
    ROOM_BYTES = 16 << 20,    /* with less, it is the room that lacks */
    FEW_INODES = 64,          /* no file can be made with fewer: as if there were no room */
};

typedef struct Command Command;
struct Command {
    void (*run)(RecWriter *self, Command *command);
    RecTrack *track; /* borrowed */
    char *session;   /* owned */
    char *text;      /* owned */
    void *token;
};

struct RecWriter {
    /* constant */
    const RecWriterEvents *events;
    void *user_data;
    char *dir;
    RecRings *rings; /* owned */
    GThread *thread;
    GAsyncQueue *commands; /* Command *, owned */
    /* atomic: commands so far. The queue orders memory by itself, but sanitizers do not see into GLib. */
    _Atomic uint64_t n_pushed;
    _Atomic uint64_t free_bytes;
    /* writer */
    RecScribe *scribe;  /* owned */
    GPtrArray *tracks;  /* RecTrack *, owned */
    GPtrArray *closing; /* tokens, waiting for the next sync */
    int64_t synced_us, tried_us, looked_us;
    bool failing, stopping;
};

static void
command_free(void *data)
{
    Command *self = data;

    g_free(self->session);
    g_free(self->text);
    g_free(self);
}

static void
drain(RecWriter *self)
{
    for (unsigned i = 0; i < self->rings->n_rings; i++) {
        const RecRingRecord *record;
        size_t size;
        while ((record = rec_ring_peek(self->rings->rings[i], &size))) {
            rec_scribe_put_packet(self->scribe, record, (const uint8_t *)(record + 1));
            rec_ring_pop(self->rings->rings[i]);
        }
    }
}

/* The first loss at once, then what has come together: a disk that fails for hours is not told four times a second. */
static void
tell_losses(RecWriter *self, RecTrack *track, bool last)
{
    RecTrackWriting *writing = &track->writing;
    int64_t now_us = g_get_monotonic_time();

    if (!last && writing->told_us != 0 && now_us - writing->told_us < TELL_LOST_US)
        return;
    for (RecLoss loss = 0; loss < REC_N_LOSSES; loss++) {
        if (writing->to_tell[loss] == 0)
            continue;
        self->events->lost(track, writing->to_tell[loss], rec_loss_to_string(loss), self->user_data);
        writing->to_tell[loss] = 0;
        writing->told_us = now_us;
    }
}

/* Tells what a track has lost and has it written. last: the track ends. */
static void
report_losses(RecWriter *self, RecTrack *track, bool last)
{
    RecTrackWriting *writing = &track->writing;
    uint64_t lost = atomic_exchange_explicit(&track->lost, 0, memory_order_relaxed);

    writing->lost[REC_LOSS_RING] += lost;
    if (lost > 0 && writing->lost_from_us == 0)
        writing->lost_from_us = rec_scribe_to_wall(self->scribe, self->synced_us);
    for (RecLoss loss = 0; loss < REC_N_LOSSES; loss++) {
        writing->to_tell[loss] += writing->lost[loss];
        writing->to_write[loss] += writing->lost[loss];
        writing->lost[loss] = 0;
    }
    tell_losses(self, track, last);
    rec_scribe_put_gaps(self->scribe, track);
}

static void
run_add_track(RecWriter *self, Command *command)
{
    rec_scribe_put_track(self->scribe, command->track);
    g_ptr_array_add(self->tracks, command->track);
}

static void
run_close_track(RecWriter *self, Command *command)
{
    report_losses(self, command->track, true);
    rec_scribe_forget(self->scribe, command->track);
    g_ptr_array_remove_fast(self->tracks, command->track); /* frees it */
}

static void
run_add_entry(RecWriter *self, Command *command)
{
    rec_scribe_put_entry(self->scribe, command->session, g_steal_pointer(&command->text));
}

static void
run_close_session(RecWriter *self, Command *command)
{
    g_ptr_array_add(self->closing, command->token);
}

static void
run_seal(RecWriter *self, Command *command)
{
    rec_scribe_seal(self->scribe, command->session);
}

static void
run_stop(RecWriter *self, Command *command)
{
    (void)command;
    self->stopping = true;
}

/* Asking the disk may take as long as it likes: nobody waits for this thread. */
static void
look_at_disk(RecWriter *self, int64_t now_us)
{
    struct statvfs status;

    if (self->looked_us != 0 && now_us - self->looked_us < LOOK_US)
        return;
    self->looked_us = now_us;
    if (statvfs(self->dir, &status) < 0)
        return;
    bool has_inodes = status.f_files == 0 || status.f_favail >= FEW_INODES;
    atomic_store_explicit(&self->free_bytes, has_inodes ? (uint64_t)status.f_bavail * status.f_frsize : 0,
                          memory_order_relaxed);
}

/* Says once that the disk has failed, and tries again now and then. */
static void
check_disk(RecWriter *self, int64_t now_us)
{
    g_autoptr(GError) failure = rec_scribe_take_failure(self->scribe);

    if (failure && !self->failing) {
        self->failing = true;
        self->looked_us = 0;
        look_at_disk(self, now_us);
        /* Another file is tried at once when that is what it may be: a single one must not cost seconds. */
        if (rec_writer_get_free_bytes(self) < ROOM_BYTES)
            self->tried_us = now_us;
        self->events->failed(failure, self->user_data);
    }
    if (!self->failing || (self->tried_us != 0 && now_us - self->tried_us < RETRY_US))
        return;
    self->tried_us = now_us;
    if (!rec_scribe_retry(self->scribe))
        return;
    self->failing = false;
    self->events->recovered(self->user_data);
}

static void
sync_all(RecWriter *self, int64_t now_us)
{
    for (unsigned i = 0; i < self->tracks->len; i++)
        report_losses(self, self->tracks->pdata[i], false);
    self->synced_us = now_us;
    if (!rec_scribe_sync(self->scribe))
        return;
    self->events->synced(rec_scribe_to_wall(self->scribe, now_us - WORKER_PASS_US), self->user_data);
    for (unsigned i = 0; i < self->closing->len; i++)
        self->events->closed(self->closing->pdata[i], self->user_data);
    g_ptr_array_set_size(self->closing, 0);
}

static bool
is_idle(const RecWriter *self)
{
    return self->tracks->len == 0 && self->closing->len == 0 && !self->failing && !rec_scribe_is_dirty(self->scribe);
}

static Command *
wait_for_command(RecWriter *self)
{
    return g_async_queue_timeout_pop(self->commands, is_idle(self) ? LOOK_US : DRAIN_US);
}

static void *
run(void *data)
{
    RecWriter *self = data;

    while (!self->stopping) {
        GQueue commands = G_QUEUE_INIT;
        Command *command = wait_for_command(self);
        for (; command; command = g_async_queue_try_pop(self->commands))
            g_queue_push_tail(&commands, command);
        atomic_load_explicit(&self->n_pushed, memory_order_acquire);

        /* what was given to a sink before a command is in a ring by now, and is written before it */
        int64_t now_us = g_get_monotonic_time();
        drain(self);
        while ((command = g_queue_pop_head(&commands))) {
            command->run(self, command);
            command_free(command);
        }
        rec_scribe_flush(self->scribe);
        if (self->closing->len > 0 || now_us - self->synced_us >= REC_JOURNAL_SYNC_US)
            sync_all(self, now_us);
        check_disk(self, now_us);
        look_at_disk(self, now_us);
    }
    return NULL;
}

RecWriter *
rec_writer_new(const RecWriterConfig *config, const RecWriterEvents *events, void *user_data, GError **error)
{
    RecScribe *scribe = rec_scribe_new(config->dir, config->file_bytes, config->files, error);

    if (!scribe) {
        rec_rings_free(config->rings);
        return NULL;
    }
    RecWriter *self = g_new0(RecWriter, 1);
    self->events = events;
    self->user_data = user_data;
    self->dir = g_strdup(config->dir);
    self->free_bytes = UINT64_MAX;
    look_at_disk(self, g_get_monotonic_time());
    self->rings = config->rings;
    self->scribe = scribe;
    self->commands = g_async_queue_new_full(command_free);
    self->tracks = g_ptr_array_new_with_free_func((GDestroyNotify)rec_track_free);
    self->closing = g_ptr_array_new();
    self->thread = g_thread_new("journal", run, self);
    return self;
}

static void
push(RecWriter *self, const Command *command)
{
    Command *copy = g_memdup2(command, sizeof *command);

    atomic_fetch_add_explicit(&self->n_pushed, 1, memory_order_release);
    g_async_queue_push(self->commands, copy);
}

void
rec_writer_free(RecWriter *self)
{
    if (!self)
        return;
    push(self, &(Command){ .run = run_stop });
    g_thread_join(self->thread);
    rec_scribe_free(self->scribe);
    rec_rings_free(self->rings);
    g_async_queue_unref(self->commands);
    g_ptr_array_unref(self->tracks);
    g_ptr_array_unref(self->closing);
    g_free(self->dir);
    g_free(self);
}

uint64_t
rec_writer_get_free_bytes(const RecWriter *self)
{
    return atomic_load_explicit(&self->free_bytes, memory_order_relaxed);
}

void
rec_writer_add_track(RecWriter *self, RecTrack *track)
{
    push(self, &(Command){ .run = run_add_track, .track = track });
}

void
rec_writer_close_track(RecWriter *self, RecTrack *track)
{
    push(self, &(Command){ .run = run_close_track, .track = track });
}

void
rec_writer_add_entry(RecWriter *self, const char *session, char *text)
{
    push(self, &(Command){ .run = run_add_entry, .session = g_strdup(session), .text = text });
}

void
rec_writer_close_session(RecWriter *self, void *token)
{
    push(self, &(Command){ .run = run_close_session, .token = token });
}

void
rec_writer_set_sealed(RecWriter *self, const char *session)
{
    push(self, &(Command){ .run = run_seal, .session = g_strdup(session) });
}
