#include "recorder/sealer.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/recording.h"

enum {
    MAX_TRIES = 4, /* the first one and three more */
    RETRY_FACTOR = 6,
    MAX_LINE = 4096, /* of progress and of the sealer's last words */
};
#define KEY_FD 3 /* in the sealer */

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
    GSubprocess *process; /* owned; of this try */
    GDataInputStream *output;
    char *complaint; /* the last line on its standard error */
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
    g_clear_object(&self->output);
    g_clear_object(&self->process);
    g_free(self->complaint);
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
on_ended(GObject *source, GAsyncResult *result, void *data)
{
    Job *job = data;
    RecSealer *self = job->sealer;
    g_autoptr(GError) error = NULL, seal_error = NULL;

    bool good = g_subprocess_wait_check_finish(G_SUBPROCESS(source), result, &error);
    if (!self) {
        job_free(job);
        return;
    }
    if (good) {
        g_autoptr(GTask) task = g_task_new(NULL, NULL, on_verified, job);
        Check *check = g_new0(Check, 1);
        check->folder = get_folder(self, job);
        check->has_key = self->keyring && rec_keyring_get(self->keyring, job->session, &check->key, NULL);
        g_task_set_task_data(task, check, check_free);
        g_task_run_in_thread(task, verify);
        return;
    }
    self->n_processes--;
    g_set_error(&seal_error, REC_ERROR, REC_ERROR_SEAL, "sealing %s failed: %s", job->session,
                job->complaint ? job->complaint : error->message);
    on_failed(job, seal_error);
}

static void
tell_progress(Job *job, const char *line)
{
    RecSealer *self = job->sealer;
    g_autoptr(JsonParser) parser = json_parser_new();

    if (strlen(line) > MAX_LINE || !json_parser_load_from_data(parser, line, -1, NULL))
        return;
    JsonNode *root = json_parser_get_root(parser);
    JsonNode *node =
        root && JSON_NODE_HOLDS_OBJECT(root) ? json_object_get_member(json_node_get_object(root), "progress") : NULL;
    if (node && JSON_NODE_HOLDS_VALUE(node) && self->events->progress)
        self->events->progress(job->session, CLAMP(json_node_get_double(node), 0.0, 1.0), self->user_data);
}

static void
on_line(GObject *source, GAsyncResult *result, void *data)
{
    Job *job = data;
    g_autofree char *line = g_data_input_stream_read_line_finish(G_DATA_INPUT_STREAM(source), result, NULL, NULL);

    if (!line || !job->sealer) {
        g_subprocess_wait_check_async(job->process, NULL, on_ended, job);
        return;
    }
    tell_progress(job, line);
    if (line[0] != '{' && line[0] != '\0') {
        g_free(job->complaint);
        job->complaint = g_utf8_make_valid(line, MIN(strlen(line), MAX_LINE));
    }
    g_data_input_stream_read_line_async(job->output, G_PRIORITY_DEFAULT, NULL, on_line, job);
}

/* The session's key, to be read once; -1 with an error. A pipe holds so little without anybody reading. */
static int
open_key(RecSealer *self, Job *job, GError **error)
{
    RecKey key;
    int fds[2];

    if (!rec_keyring_ensure(self->keyring, job->session, &key, error))
        return -1;
    if (!g_unix_open_pipe(fds, FD_CLOEXEC, error)) {
        rec_key_clear(&key);
        return -1;
    }
    bool written = write(fds[1], key.bytes, sizeof key.bytes) == sizeof key.bytes;
    close(fds[1]);
    rec_key_clear(&key);
    if (written)
        return fds[0];
    close(fds[0]);
    g_set_error_literal(error, REC_ERROR, REC_ERROR_IO, "the key cannot be handed over");
    return -1;
}

static bool
spawn(RecSealer *self, Job *job, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *always[] = { self->program, "--journal", self->journal_dir, "--session",
                             job->session,  "--out",     self->archive_dir };

    for (unsigned i = 0; i < G_N_ELEMENTS(always); i++)
        g_ptr_array_add(argv, (char *)always[i]);
    if (self->keyring) {
        int fd = open_key(self, job, error);
        if (fd < 0)
            return false;
        g_subprocess_launcher_take_fd(launcher, fd, KEY_FD);
        g_ptr_array_add(argv, "--key-fd=" G_STRINGIFY(KEY_FD));
        g_ptr_array_add(argv, "--cipher");
        g_ptr_array_add(argv, (char *)rec_cipher_kind_to_string(rec_keyring_get_cipher(self->keyring)));
    }
    if (job->recovered)
        g_ptr_array_add(argv, "--recovered");
    g_ptr_array_add(argv, NULL);
    job->process = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, error);
    if (!job->process)
        return false;
    job->output = g_data_input_stream_new(g_subprocess_get_stdout_pipe(job->process));
    g_data_input_stream_read_line_async(job->output, G_PRIORITY_DEFAULT, NULL, on_line, job);
    return true;
}

static void
start_next(RecSealer *self)
{
    Job *job;

    while (self->n_processes < self->max_processes && (job = g_queue_pop_head(&self->waiting))) {
        g_autoptr(GError) error = NULL;
        job->n_tries++;
        job->state = JOB_RUNNING;
        g_clear_object(&job->output);
        g_clear_object(&job->process);
        g_clear_pointer(&job->complaint, g_free);
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
        if (job->state == JOB_RUNNING)
            g_subprocess_force_exit(job->process); /* its end frees the job */
        else
            job_free(job);
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
