#include "recorder/composer.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/order.h"
#include "recorder/vault.h"

enum {
    MAX_LINE = 4096, /* of what the program says */
    HEX_256 = 64,
    N_WORDS = 7, /* of its command line, always */
};
#define KEY_FD 3 /* in the program */

typedef struct {
    RecComposer *composer; /* NULL: nobody wants to know */
    char *id, *session, *folder, *dir, *name, *order;
    GSubprocess *process; /* owned; NULL: it waits */
    GDataInputStream *output;
    char *complaint; /* the last line that was no JSON */
    JsonNode *made;  /* what it says that it made */
} Job;

struct RecComposer {
    char *program;
    const RecKeyring *keyring; /* borrowed */
    const RecComposerEvents *events;
    void *user_data;
    GQueue jobs; /* Job *, owned until they run; the head runs when running is set */
    Job *running;
};

static void start_next(RecComposer *self);

static void
job_free(Job *self)
{
    g_clear_object(&self->output);
    g_clear_object(&self->process);
    g_clear_pointer(&self->made, json_node_unref);
    g_free(self->complaint);
    g_free(self->id);
    g_free(self->session);
    g_free(self->folder);
    g_free(self->dir);
    g_free(self->name);
    g_free(self->order);
    g_free(self);
}

static void
remove_file(const Job *job)
{
    g_autofree char *plain = g_build_filename(job->dir, job->name, NULL);
    g_autofree char *encrypted = g_strconcat(plain, REC_VAULT_SUFFIX, NULL);

    g_unlink(plain);
    g_unlink(encrypted);
}

/* What the program says: data from outside. */

static const char *
get_hex(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);
    const char *hex = node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
                          ? json_node_get_string(node)
                          : NULL;

    return hex && strlen(hex) == HEX_256 && strspn(hex, "0123456789abcdef") == HEX_256 ? hex : NULL;
}

static int64_t
get_number(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64
               ? json_node_get_int(node)
               : -1;
}

static bool
read_made(const Job *job, RecComposed *ret_composed)
{
    JsonObject *object = job->made ? json_node_get_object(job->made) : NULL;

    if (!object)
        return false;
    int64_t width = get_number(object, "width"), height = get_number(object, "height");
    *ret_composed = (RecComposed){
        .bytes = (uint64_t)get_number(object, "bytes"),
        .sha256 = get_hex(object, "sha256"),
        .sm3 = get_hex(object, "sm3"),
        .duration_us = get_number(object, "duration_us"),
        .width = (unsigned)width,
        .height = (unsigned)height,
    };
    return get_number(object, "bytes") > 0 && ret_composed->sha256 && ret_composed->sm3 &&
           ret_composed->duration_us >= 0 && width > 0 && width <= UINT16_MAX && height > 0 && height <= UINT16_MAX;
}

static void
take_line(Job *job, const char *line)
{
    RecComposer *self = job->composer;
    g_autoptr(JsonNode) node = strlen(line) <= MAX_LINE ? json_from_string(line, NULL) : NULL;

    if (!node || !JSON_NODE_HOLDS_OBJECT(node)) {
        if (*line == '\0')
            return;
        g_free(job->complaint);
        job->complaint = g_utf8_make_valid(line, (gssize)MIN(strlen(line), MAX_LINE));
        return;
    }
    JsonNode *progress = json_object_get_member(json_node_get_object(node), "progress");
    if (!progress) {
        g_clear_pointer(&job->made, json_node_unref);
        job->made = g_steal_pointer(&node);
    } else if (JSON_NODE_HOLDS_VALUE(progress) && self->events->progress) {
        self->events->progress(job->id, CLAMP(json_node_get_double(progress), 0.0, 1.0), self->user_data);
    }
}

/* Running. */

static void
finish(Job *job, const GError *error)
{
    RecComposer *self = job->composer;
    RecComposed composed = { 0 };
    g_autoptr(GError) failure = NULL;

    self->running = NULL;
    if (error)
        g_set_error(&failure, REC_ERROR, REC_ERROR_SEAL, "%s", job->complaint ? job->complaint : error->message);
    else if (!read_made(job, &composed))
        g_set_error_literal(&failure, REC_ERROR, REC_ERROR_SEAL, "the program does not say what it made");
    if (failure) {
        remove_file(job);
        self->events->failed(job->id, failure, self->user_data);
    } else {
        self->events->made(job->id, &composed, self->user_data);
    }
    job_free(job);
    start_next(self);
}

static void
on_ended(GObject *source, GAsyncResult *result, void *data)
{
    Job *job = data;
    g_autoptr(GError) error = NULL;

    g_subprocess_wait_check_finish(G_SUBPROCESS(source), result, &error);
    if (job->composer) {
        finish(job, error);
        return;
    }
    remove_file(job);
    job_free(job);
}

static void
on_line(GObject *source, GAsyncResult *result, void *data)
{
    Job *job = data;
    g_autofree char *line = g_data_input_stream_read_line_finish(G_DATA_INPUT_STREAM(source), result, NULL, NULL);

    if (line && job->composer)
        take_line(job, line);
    /* the handler may have cancelled it */
    if (line && job->composer)
        g_data_input_stream_read_line_async(job->output, G_PRIORITY_DEFAULT, NULL, on_line, job);
    else
        g_subprocess_wait_check_async(job->process, NULL, on_ended, job);
}

/* The session's key, to be read once; -1 with an error. A pipe holds so little without anybody reading. */
static int
open_key(RecComposer *self, Job *job, GError **error)
{
    RecKey key;
    int fds[2];

    if (!rec_keyring_get(self->keyring, job->session, &key, error))
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

static void
on_ordered(GObject *source, GAsyncResult *result, void *data)
{
    g_bytes_unref(data); /* lived until it was written */
    /* where this fails, the program says that its order is none */
    g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, NULL, NULL);
    g_output_stream_close_async(G_OUTPUT_STREAM(source), G_PRIORITY_DEFAULT, NULL, NULL, NULL);
}

static bool
spawn(RecComposer *self, Job *job, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
    const char *argv[] = { self->program, "--compose", job->folder, "--out", job->dir, "--name",
                           job->name,     NULL,        NULL,        NULL,    NULL };

    if (self->keyring && rec_keyring_has(self->keyring, job->session)) {
        int fd = open_key(self, job, error);
        if (fd < 0)
            return false;
        g_subprocess_launcher_take_fd(launcher, fd, KEY_FD);
        argv[N_WORDS] = "--key-fd=" G_STRINGIFY(KEY_FD);
        argv[N_WORDS + 1] = "--cipher";
        argv[N_WORDS + 2] = rec_cipher_kind_to_string(rec_keyring_get_cipher(self->keyring));
    }
    job->process = g_subprocess_launcher_spawnv(launcher, argv, error);
    if (!job->process)
        return false;
    GBytes *order = g_bytes_new(job->order, strlen(job->order));
    g_output_stream_write_all_async(g_subprocess_get_stdin_pipe(job->process), g_bytes_get_data(order, NULL),
                                    g_bytes_get_size(order), G_PRIORITY_DEFAULT, NULL, on_ordered, order);
    job->output = g_data_input_stream_new(g_subprocess_get_stdout_pipe(job->process));
    g_data_input_stream_read_line_async(job->output, G_PRIORITY_DEFAULT, NULL, on_line, job);
    return true;
}

static void
start_next(RecComposer *self)
{
    Job *job;

    while (!self->running && (job = g_queue_pop_head(&self->jobs))) {
        g_autoptr(GError) error = NULL;
        self->running = job;
        if (spawn(self, job, &error)) {
            if (self->events->progress)
                self->events->progress(job->id, 0, self->user_data);
            return;
        }
        self->running = NULL;
        self->events->failed(job->id, error, self->user_data);
        job_free(job);
    }
}

RecComposer *
rec_composer_new(const char *program, const RecKeyring *keyring, const RecComposerEvents *events, void *user_data)
{
    RecComposer *self = g_new0(RecComposer, 1);

    self->program = g_strdup(program);
    self->keyring = keyring;
    self->events = events;
    self->user_data = user_data;
    g_queue_init(&self->jobs);
    return self;
}

/* Its end frees the job. */
static void
give_up_running(RecComposer *self)
{
    self->running->composer = NULL;
    g_subprocess_force_exit(self->running->process);
    self->running = NULL;
}

void
rec_composer_free(RecComposer *self)
{
    if (!self)
        return;
    if (self->running)
        give_up_running(self);
    g_queue_clear_full(&self->jobs, (GDestroyNotify)job_free);
    g_free(self->program);
    g_free(self);
}

static Job *
find(RecComposer *self, const char *id)
{
    for (GList *item = self->jobs.head; item; item = item->next) {
        if (strcmp(((Job *)item->data)->id, id) == 0)
            return item->data;
    }
    return NULL;
}

void
rec_composer_add(RecComposer *self, const RecComposerJob *config)
{
    if (find(self, config->id) || (self->running && strcmp(self->running->id, config->id) == 0))
        return;
    Job *job = g_new0(Job, 1);
    job->composer = self;
    job->id = g_strdup(config->id);
    job->session = g_strdup(config->session);
    job->folder = g_strdup(config->folder);
    job->dir = g_strdup(config->dir);
    job->name = g_strdup(config->name);
    job->order = g_strdup(config->order);
    g_queue_push_tail(&self->jobs, job);
    start_next(self);
}

bool
rec_composer_cancel(RecComposer *self, const char *id)
{
    Job *job = find(self, id);

    if (job) {
        g_queue_remove(&self->jobs, job);
        job_free(job);
        return true;
    }
    if (!self->running || strcmp(self->running->id, id) != 0)
        return false;
    give_up_running(self);
    start_next(self);
    return true;
}
