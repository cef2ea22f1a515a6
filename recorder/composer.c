#include "recorder/composer.h"

#include <glib/gstdio.h>
#include <string.h>

#include "recorder/order.h"
#include "recorder/tool.h"
#include "recorder/vault.h"

enum { HEX_256 = 64 };

typedef struct {
    RecComposer *composer; /* NULL: nobody wants to know */
    char *id, *session, *folder, *dir, *name, *order;
    RecTool *tool;  /* NULL: it waits */
    JsonNode *made; /* what it says that it made */
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
    g_clear_pointer(&self->made, json_node_unref);
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
on_said(JsonNode *node, void *data)
{
    Job *job = data;

    g_clear_pointer(&job->made, json_node_unref);
    job->made = json_node_ref(node);
}

static void
on_progress(double fraction, void *data)
{
    const Job *job = data;

    if (job->composer->events->progress)
        job->composer->events->progress(job->id, fraction, job->composer->user_data);
}

/* Running. */

static void
finish(Job *job, const GError *error)
{
    RecComposer *self = job->composer;
    RecComposed composed = { 0 };
    g_autoptr(GError) unclear = NULL;

    self->running = NULL;
    if (!error && !read_made(job, &composed)) {
        g_set_error_literal(&unclear, REC_ERROR, REC_ERROR_SEAL, "the program does not say what it made");
        error = unclear;
    }
    if (error) {
        remove_file(job);
        self->events->failed(job->id, error, self->user_data);
    } else {
        self->events->made(job->id, &composed, self->user_data);
    }
    job_free(job);
    start_next(self);
}

static void
on_ended(const GError *error, void *data)
{
    Job *job = data;

    if (job->composer) {
        finish(job, error);
        return;
    }
    remove_file(job);
    job_free(job);
}

static bool
spawn(RecComposer *self, Job *job, GError **error)
{
    static const RecToolEvents events = { on_progress, on_said, on_ended };
    const char *const argv[] = {
        self->program, "--compose", job->folder, "--out", job->dir, "--name", job->name, NULL
    };
    RecToolConfig config = { .argv = argv, .input = job->order };
    RecKey key;

    if (self->keyring && rec_keyring_has(self->keyring, job->session)) {
        if (!rec_keyring_get(self->keyring, job->session, &key, error))
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
    rec_tool_stop(self->running->tool);
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
