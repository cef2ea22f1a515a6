#define G_LOG_DOMAIN "gateway.scrub"

#include "gateway/scrub/scrub.h"
#include "gateway/task.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder/keyring.h"
#include "recorder/scrub.h"
#include "recorder/track.h"

enum {
    ROUND_S = 600,
    EARLY_DAYS = 1, /* read a day before it must be */
    MAX_SESSIONS = 1000000,
    LOWEST_PRIORITY = 19,
    IOPRIO_WHO_THREAD = 1,
    IOPRIO_IDLE = 3 << 13, /* ioprio_set(2): only when nobody else wants the disk */
    PIECE_US = 1000000,    /* the longest that one wait for the pace takes */
};
static const int64_t DAY_S = 24 * 3600;

/* What a thread does: the list of what is due (session NULL), or one recording. */
typedef struct {
    char *archive_dir, *state_dir;
    int64_t before_s; /* due: read before this time */
    char *session;
    bool has_key;
    RecKey key;
    uint64_t bytes_per_s, bytes;
    int64_t began_us;
    _Atomic bool *stop; /* borrowed; outlives the thread */
} Job;

struct GwScrub {
    const Gateway *gateway; /* borrowed */
    char *archive_dir, *state_dir;
    GwScrubConfig config; /* its strings are not kept */
    unsigned days;
    uint64_t bytes_per_s;
    guint timer;
    GThread *thread;    /* owned; of the job that runs */
    GCancellable *gone; /* cancelled when this is freed */
    GQueue sessions;    /* char *, owned: still to be read in this round */
    _Atomic bool stop;
    GwScrubStatus status; /* its session is owned here */
};

static void start_next(GwScrub *self);

static void
job_free(void *data)
{
    Job *self = data;

    gw_task_take();
    rec_key_clear(&self->key);
    g_free(self->archive_dir);
    g_free(self->state_dir);
    g_free(self->session);
    g_free(self);
}

/* On the thread. */

typedef struct {
    char *session;
    int64_t read_s;
} Due;

static int
compare_due(gconstpointer a, gconstpointer b)
{
    const Due *left = a, *right = b;

    return left->read_s < right->read_s ? -1 : left->read_s > right->read_s;
}

static int64_t
get_time(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    struct stat about;

    return stat(path, &about) == 0 ? (int64_t)about.st_mtim.tv_sec : 0;
}

/* Sessions, those that were read longest ago first. */
static GPtrArray *
list_due(const Job *job)
{
    GPtrArray *sessions = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(Due));
    g_autoptr(GDir) dir = g_dir_open(job->archive_dir, 0, NULL);
    const char *name = NULL;

    while (dir != NULL && list->len < MAX_SESSIONS && (name = g_dir_read_name(dir)) != NULL) {
        if (!rec_id_is_valid(name))
            continue;
        Due due = { NULL, MAX(get_time(job->state_dir, name), get_time(job->archive_dir, name)) };
        if (due.read_s >= job->before_s)
            continue;
        due.session = g_strdup(name);
        g_array_append_val(list, due);
    }
    g_array_sort(list, compare_due);
    for (guint i = 0; i < list->len; i++)
        g_ptr_array_add(sessions, g_array_index(list, Due, i).session);
    return sessions;
}

/* Keeps the pace; not much is read while it waits for the end. */
static bool
on_go_on(uint64_t bytes, void *data)
{
    Job *job = data;

    job->bytes += bytes;
    int64_t due_us = job->began_us + (int64_t)(job->bytes * G_USEC_PER_SEC / job->bytes_per_s);
    for (;;) {
        int64_t wait_us = due_us - g_get_monotonic_time();
        if (atomic_load(job->stop) || wait_us <= 0)
            return !atomic_load(job->stop);
        g_usleep((gulong)MIN(wait_us, PIECE_US));
    }
}

static void
note_read(const Job *job)
{
    g_autofree char *path = g_build_filename(job->state_dir, job->session, NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return; /* then it is read again sooner */
    if (futimens(fd, NULL) < 0)
        g_debug("%s keeps its time: %s", path, g_strerror(errno));
    close(fd);
}

static void
free_array(void *array)
{
    g_ptr_array_unref(array);
}

static void *
run(void *data)
{
    gw_task_take();

    g_autoptr(GTask) task = data;
    Job *job = g_task_get_task_data(task);
    GError *error = NULL;

    setpriority(PRIO_PROCESS, 0, LOWEST_PRIORITY); /* of this thread alone */
    if (syscall(SYS_ioprio_set, IOPRIO_WHO_THREAD, 0, IOPRIO_IDLE) < 0)
        g_debug("the disk is used with no less priority: %s", g_strerror(errno));
    if (job->session == NULL) {
        gw_task_return_pointer(task, list_due(job), free_array);
        return NULL;
    }
    g_autofree char *folder = g_build_filename(job->archive_dir, job->session, NULL);
    RecScrubConfig config = { .go_on = on_go_on, .data = job, .key = job->has_key ? &job->key : NULL };
    job->began_us = g_get_monotonic_time();
    GPtrArray *damages = rec_scrub(folder, &config, &error);
    if (damages == NULL) {
        gw_task_return_error(task, error);
        return NULL;
    }
    note_read(job);
    gw_task_return_pointer(task, damages, free_array);
    return NULL;
}

/* On main. */

static void
begin(GwScrub *self, Job *job, GAsyncReadyCallback done)
{
    GTask *task = g_task_new(NULL, self->gone, done, self);

    job->archive_dir = g_strdup(self->archive_dir);
    job->state_dir = g_strdup(self->state_dir);
    job->bytes_per_s = self->bytes_per_s;
    job->stop = &self->stop;
    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, job, job_free);
    gw_task_give();
    self->thread = g_thread_new("scrub", run, task);
}

/* NULL: this is over, and nobody wants to know. */
static GPtrArray *
end(GAsyncResult *result, void *user_data, GError **error)
{
    gw_task_take();

    GPtrArray *array = g_task_propagate_pointer(G_TASK(result), error);
    GwScrub *self = user_data;

    if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result)))) {
        g_clear_pointer(&array, g_ptr_array_unref);
        return NULL;
    }
    g_thread_join(g_steal_pointer(&self->thread));
    return array;
}

static void
tell_damage(GwScrub *self, const char *session, const RecDamage *damage)
{
    g_autofree char *object = g_strconcat("session:", session, NULL);
    GwAuditEntry entry = { .who = "system", .action = "archive.damaged", .object = object };
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, "file", damage->file);
    json_object_set_string_member(detail, "what", damage->what);
    if (damage->chunk >= 0) {
        json_object_set_int_member(detail, "chunk", damage->chunk);
        json_object_set_int_member(detail, "from_ms", damage->from_us / 1000);
        json_object_set_int_member(detail, "to_ms", damage->to_us / 1000);
        g_critical("session %s: %s is damaged: chunk %d, from %.1f s to %.1f s: %s", session, damage->file,
                   damage->chunk, (double)damage->from_us / 1e6, (double)damage->to_us / 1e6, damage->what);
    } else {
        g_critical("session %s: %s is damaged: %s", session, damage->file, damage->what);
    }
    gw_audit_add(self->gateway->audit, &entry, detail);
}

/* A folder may have been removed, lawfully, while it was read. */
static bool
is_there(const GwScrub *self, const char *session)
{
    g_autofree char *folder = g_build_filename(self->archive_dir, session, NULL);

    return g_file_test(folder, G_FILE_TEST_IS_DIR);
}

static void
take_result(GwScrub *self, const char *session, const GPtrArray *damages)
{
    if (self->config.read != NULL)
        self->config.read(session, damages, self->config.user_data);
    if (damages->len == 0)
        return;
    self->status.damaged++;
    self->status.damaged_ever++;
    for (guint i = 0; i < damages->len; i++)
        tell_damage(self, session, damages->pdata[i]);
}

static void
on_scrubbed(GObject *source, GAsyncResult *result, void *user_data)
{
    const Job *job = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) damages = end(result, user_data, &error);
    GwScrub *self = user_data;

    (void)source;
    if (damages == NULL && error == NULL)
        return;
    self->status.done++;
    self->status.bytes += job->bytes;
    if (damages != NULL && is_there(self, job->session))
        take_result(self, job->session, damages);
    start_next(self);
}

static void
finish_round(GwScrub *self)
{
    GwAuditEntry entry = { .who = "system", .action = "archive.scrubbed" };

    self->status.running = false;
    g_clear_pointer((char **)&self->status.session, g_free);
    if (self->status.done == 0)
        return;
    JsonObject *detail = json_object_new();
    json_object_set_int_member(detail, "recordings", self->status.done);
    json_object_set_int_member(detail, "damaged", self->status.damaged);
    json_object_set_int_member(detail, "bytes", (int64_t)self->status.bytes);
    gw_audit_add(self->gateway->audit, &entry, detail);
}

static void
start_next(GwScrub *self)
{
    char *session = g_queue_pop_head(&self->sessions);

    if (session == NULL) {
        finish_round(self);
        return;
    }
    Job *job = g_new0(Job, 1);
    job->session = session;
    job->has_key = rec_keyring_get(self->gateway->keyring, session, &job->key, NULL);
    g_free((char *)self->status.session);
    self->status.session = g_strdup(session);
    begin(self, job, on_scrubbed);
}

static void
on_listed(GObject *source, GAsyncResult *result, void *user_data)
{
    g_autoptr(GPtrArray) sessions = end(result, user_data, NULL);
    GwScrub *self = user_data;

    (void)source;
    if (sessions == NULL)
        return;
    self->status.total = sessions->len;
    for (guint i = 0; i < sessions->len; i++)
        g_queue_push_tail(&self->sessions, g_strdup(sessions->pdata[i]));
    start_next(self);
}

bool
gw_scrub_start(GwScrub *self, bool all, const char *session)
{
    Job *job = NULL;

    if (self->status.running)
        return false;
    self->status = (GwScrubStatus){ .running = true, .damaged_ever = self->status.damaged_ever };
    if (session != NULL) {
        self->status.total = 1;
        g_queue_push_tail(&self->sessions, g_strdup(session));
        start_next(self);
        return true;
    }
    job = g_new0(Job, 1);
    job->before_s = all ? G_MAXINT64 : g_get_real_time() / G_USEC_PER_SEC - (MAX(self->days, 2) - EARLY_DAYS) * DAY_S;
    begin(self, job, on_listed);
    return true;
}

static gboolean
on_round(void *data)
{
    gw_scrub_start(data, false, NULL);
    return G_SOURCE_CONTINUE;
}

GwScrub *
gw_scrub_new(const Gateway *gateway, const GwScrubConfig *config)
{
    GwScrub *self = g_new0(GwScrub, 1);

    self->gateway = gateway;
    self->archive_dir = g_strdup(config->archive_dir);
    self->state_dir = g_strdup(config->state_dir);
    self->config = *config;
    self->days = config->days;
    self->bytes_per_s = MAX(config->bytes_per_s, 1);
    self->gone = g_cancellable_new();
    g_queue_init(&self->sessions);
    if (g_mkdir_with_parents(self->state_dir, 0700) != 0)
        g_warning("%s cannot be made: %s", self->state_dir, g_strerror(errno));
    if (self->days > 0)
        self->timer = g_timeout_add_seconds(ROUND_S, on_round, self);
    return self;
}

void
gw_scrub_free(GwScrub *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id(&self->timer, g_source_remove);
    g_cancellable_cancel(self->gone);
    atomic_store(&self->stop, true);
    if (self->thread != NULL)
        g_thread_join(self->thread);
    g_queue_clear_full(&self->sessions, g_free);
    g_object_unref(self->gone);
    g_free((char *)self->status.session);
    g_free(self->archive_dir);
    g_free(self->state_dir);
    g_free(self);
}

void
gw_scrub_get_status(const GwScrub *self, GwScrubStatus *ret_status)
{
    *ret_status = self->status;
}

/* Commands. */

static void
handle_start(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwAuditEntry entry = { .who = "owner", .action = "archive.scrub" };
    GwScrub *self = user_data;
    bool all = json_object_get_boolean_member_with_default(params, "all", FALSE);
    const char *session = json_object_get_string_member_with_default(params, "session", NULL);

    if (session != NULL && (!rec_id_is_valid(session) || !is_there(self, session))) {
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "There is no recording '%s': see archive list.", session);
        return;
    }
    g_autofree char *object = session != NULL ? g_strconcat("session:", session, NULL) : NULL;
    entry.object = object;
    if (!gw_scrub_start(self, all, session)) {
        gw_admin_fail(request, SIG_ERROR_STATE, "The archive is being read already: see scrub --status.");
        return;
    }
    JsonObject *detail = json_object_new();
    json_object_set_boolean_member(detail, "all", all);
    gw_audit_add(self->gateway->audit, &entry, detail);
    gw_admin_reply(request, NULL);
}

static void
handle_status(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    const GwScrub *self = user_data;
    JsonObject *result = json_object_new();

    (void)params;
    json_object_set_boolean_member(result, "running", self->status.running);
    json_object_set_int_member(result, "done", self->status.done);
    json_object_set_int_member(result, "total", self->status.total);
    json_object_set_int_member(result, "damaged", self->status.damaged);
    json_object_set_int_member(result, "bytes", (int64_t)self->status.bytes);
    if (self->status.session != NULL)
        json_object_set_string_member(result, "session", self->status.session);
    gw_admin_reply_object(request, result);
}

static const SigParam start_params[] = {
    { .name = "all", .type = SIG_TYPE_BOOLEAN, .optional = true },
    { .name = "session", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = 64 },
    { NULL },
};

static const GwAdminCommand rows[] = {
    { .name = "scrub.start", .params = start_params, .handle = handle_start },
    { .name = "scrub.status", .handle = handle_status },
    { NULL },
};

void
gw_scrub_add_commands(GwScrub *self, GwAdmin *admin)
{
    gw_admin_add_commands(admin, rows, self);
}
