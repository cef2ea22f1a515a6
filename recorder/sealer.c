#include "recorder/sealer.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "recorder/recording.h"
#include "recorder/tool.h"

enum {
    MAX_TRIES = 4, /* the first one and three more */
    RETRY_FACTOR = 6,
};

static const int64_t RETRY_US = 5 * G_USEC_PER_SEC; /* then 30 s, then 180 s */

typedef enum {
    JOB_WAITING,
    JOB_RUNNING, /* or being read back: an answer will come */
    JOB_RESTING, /* until another try */
} JobState;

typedef struct {
    RecSealer *sealer; /* NULL: the sealer is gone, nobody wants to know */
    char *session;
    bool recovered;
    JobState state;
    unsigned n_tries;
    unsigned retry_timer; /* GSource id while resting */
    RecTool *tool;        /* of this try; NULL: it has ended */
} Job;

struct RecSealer {
    char *program, *journal_dir, *archive_dir;
    const RecKeyring *keyring; /* borrowed; NULL: files stay plain */
    unsigned max_processes, n_processes;
    int64_t retry_us;
    const RecSealerEvents *events;
    void *user_data;
    GQueue waiting;   /* Job *, owned */
    GHashTable *jobs; /* session -> Job *: waiting, running or waiting for another try; borrowed */
};

static void start_next(RecSealer *self);

static void
job_free(Job *self)
{
    if (self->state == JOB_RESTING)
        g_source_remove(self->retry_timer);
    g_free(self->session);
    g_free(self);
}

static char *
get_folder(const RecSealer *self, const Job *job)
{
    return g_build_filename(self->archive_dir, job->session, NULL);
}

static gboolean
on_retry(void *data)
{
    Job *job = data;

    job->state = JOB_WAITING;
    g_queue_push_tail(&job->sealer->waiting, job);
    start_next(job->sealer);
    return G_SOURCE_REMOVE;
}

/* The handler of an event may free the sealer: nothing touches it after this. */
static void
finish(Job *job, const GError *error)
{
    RecSealer *self = job->sealer;
    const RecSealerEvents *events = self->events;
    void *user_data = self->user_data;
    g_autofree char *folder = get_folder(self, job);

    g_hash_table_remove(self->jobs, job->session);
    start_next(self);
    if (error && events->failed)
        events->failed(job->session, error, user_data);
    if (!error && events->sealed)
        events->sealed(job->session, folder, user_data);
    job->state = JOB_WAITING;
    job_free(job);
}

/* Last call for this try; the sealer may be freed in it. */
static void
on_failed(Job *job, const GError *error)
{
    RecSealer *self = job->sealer;
    int64_t wait_us = self->retry_us;

    if (job->n_tries >= MAX_TRIES) {
        finish(job, error);
        return;
    }
    for (unsigned i = 1; i < job->n_tries; i++)
        wait_us *= RETRY_FACTOR;
    job->state = JOB_RESTING;
    job->retry_timer = g_timeout_add(MAX(wait_us / 1000, 1), on_retry, job);
    start_next(self);
}

typedef struct {
    char *folder;
    bool has_key;
    RecKey key;
} Check;

static void
check_free(void *data)
{
    Check *self = data;

    rec_key_clear(&self->key);
    g_free(self->folder);
    g_free(self);
}

/* Reads the folder back; on a thread of its own. */
static void
verify(GTask *task, void *source, void *task_data, GCancellable *cancel)
{
    const Check *check = task_data;
    GError *error = NULL;
    g_autoptr(RecRecording) recording = rec_recording_load(check->folder, &error);

    (void)source;
    (void)cancel;
    if (recording && rec_recording_verify(recording, check->folder, check->has_key ? &check->key : NULL, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void
on_verified(GObject *source, GAsyncResult *result, void *data)
{
    Job *job = data;
    RecSealer *self = job->sealer;
    g_autoptr(GError) error = NULL;

    (void)source;
    bool good = g_task_propagate_boolean(G_TASK(result), &error);
    if (!self) {
        job_free(job);
        return;
    }
    self->n_processes--;
    if (good)
        finish(job, NULL);
    else
        on_failed(job, error);
}

static void
read_back(Job *job)
{
    RecSealer *self = job->sealer;
    g_autoptr(GTask) task = g_task_new(NULL, NULL, on_verified, job);
    Check *check = g_new0(Check, 1);

    check->folder = get_folder(self, job);
    check->has_key = self->keyring && rec_keyring_get(self->keyring, job->session, &check->key, NULL);
    g_task_set_task_data(task, check, check_free);
    g_task_run_in_thread(task, verify);
}

static void
on_ended(const GError *error, void *data)
{
    Job *job = data;
    g_autoptr(GError) failure = NULL;

    job->tool = NULL;
    if (!job->sealer) {
        job_free(job);
        return;
    }
    if (!error) {
        read_back(job);
        return;
    }
    job->sealer->n_processes--;
    g_set_error(&failure, REC_ERROR, REC_ERROR_SEAL, "sealing %s failed: %s", job->session, error->message);
    on_failed(job, failure);
}

static void
on_progress(double fraction, void *data)
{
    const Job *job = data;

    if (job->sealer->events->progress)
        job->sealer->events->progress(job->session, fraction, job->sealer->user_data);
}

static bool
spawn(RecSealer *self, Job *job, GError **error)
{
    static const RecToolEvents events = { on_progress, NULL, on_ended };
    const char *const argv[] = {
        self->program, "--journal", self->journal_dir, "--session",
        job->session,  "--out",     self->archive_dir, job->recovered ? "--recovered" : NULL,
        NULL,
    };
    RecToolConfig config = { .argv = argv };
    RecKey key;

    if (self->keyring) {
        if (!rec_keyring_ensure(self->keyring, job->session, &key, error))
            return false;
        config.key = &key;
        config.cipher = rec_keyring_get_cipher(self->keyring);
    }
    job->tool = rec_tool_start(&config, &events, job, error);
    if (config.key)
        rec_key_clear(&key);
    return job->tool != NULL;
}

static void
start_next(RecSealer *self)
{
    Job *job;

    while (self->n_processes < self->max_processes && (job = g_queue_pop_head(&self->waiting))) {
        g_autoptr(GError) error = NULL;
        job->n_tries++;
        job->state = JOB_RUNNING;
        if (spawn(self, job, &error))
            self->n_processes++;
        else
            on_failed(job, error);
    }
}

/* What a sealer left that was cut off: plain media among it. */
static void
remove_leftovers(const char *archive_dir)
{
    g_autoptr(GDir) dir = g_dir_open(archive_dir, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        if (name[0] != '.' || !g_str_has_suffix(name, ".tmp"))
            continue;
        g_autofree char *path = g_build_filename(archive_dir, name, NULL);
        g_autoptr(GDir) inner = g_dir_open(path, 0, NULL);
        const char *file;
        while (inner && (file = g_dir_read_name(inner))) {
            g_autofree char *file_path = g_build_filename(path, file, NULL);
            g_unlink(file_path);
        }
        g_rmdir(path);
    }
}

RecSealer *
rec_sealer_new(const RecSealerConfig *config, const RecSealerEvents *events, void *user_data)
{
    RecSealer *self = g_new0(RecSealer, 1);

    self->program = g_strdup(config->program);
    self->journal_dir = g_strdup(config->journal_dir);
    self->archive_dir = g_strdup(config->archive_dir);
    self->keyring = config->keyring;
    self->max_processes = MAX(config->max_processes, 1);
    self->retry_us = config->retry_us > 0 ? config->retry_us : RETRY_US;
    self->events = events;
    self->user_data = user_data;
    g_queue_init(&self->waiting);
    self->jobs = g_hash_table_new(g_str_hash, g_str_equal);
    remove_leftovers(self->archive_dir);
    return self;
}

void
rec_sealer_free(RecSealer *self)
{
    GHashTableIter iter;
    void *value;

    if (!self)
        return;
    g_queue_clear(&self->waiting);
    g_hash_table_iter_init(&iter, self->jobs);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Job *job = value;
        g_hash_table_iter_remove(&iter);
        job->sealer = NULL;
        if (job->state != JOB_RUNNING)
            job_free(job);
        else if (job->tool) /* its end, or that of reading it back, frees the job */
            rec_tool_stop(job->tool);
    }
    g_hash_table_unref(self->jobs);
    g_free(self->program);
    g_free(self->journal_dir);
    g_free(self->archive_dir);
    g_free(self);
}

void
rec_sealer_add(RecSealer *self, const char *session, bool recovered)
{
    if (g_hash_table_contains(self->jobs, session))
        return;
    Job *job = g_new0(Job, 1);
    job->sealer = self;
    job->session = g_strdup(session);
    job->recovered = recovered;
    g_hash_table_insert(self->jobs, job->session, job);
    g_queue_push_tail(&self->waiting, job);
    start_next(self);
}
