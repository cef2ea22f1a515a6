#define G_LOG_DOMAIN "gateway.drop"

#include "gateway/cases/drop-intake.h"

#include "gateway/cases/drop-table.h"
#include "gateway/people/csv.h"
#include "gateway/task.h"

enum { MAX_RUNNING = 50 /* rows that are being taken: they share a transaction */ };

typedef struct Work Work;

/* What came of a row. */
typedef struct {
    Work *work;
    const char *word; /* constant */
    char *alarm, *case_id, *reason;
} Entry;

struct Work {
    GwCases *cases; /* borrowed; not after its gone */
    char *platform, *path;
    GwDropFile file;
    bool unended_is_whole, changed;
    GPtrArray *rows; /* GwDropRow; NULL: none could be read */
    Entry *entries;  /* one for each */
    unsigned next, running;
    bool feeding, stopped;
    char *stamp, *result;
    GwDropOutcome outcome;
    GwDropDone done;
    void *user_data;
};

static void
work_free(Work *work)
{
    for (guint i = 0; work->entries != NULL && i < work->rows->len; i++) {
        g_free(work->entries[i].alarm);
        g_free(work->entries[i].case_id);
        g_free(work->entries[i].reason);
    }
    g_free(work->entries);
    g_clear_pointer(&work->rows, g_ptr_array_unref);
    g_free(work->platform);
    g_free(work->path);
    g_free(work->file.name);
    g_free(work->stamp);
    g_free(work->result);
    g_free(work->outcome.message);
    g_free(work->outcome.sha256);
    g_free(work);
}

static void
finish(Work *work)
{
    work->done(&work->outcome, work->user_data);
    work_free(work);
}

static void
begin_task(Work *work, GTaskThreadFunc run, GAsyncReadyCallback done)
{
    g_autoptr(GTask) task = g_task_new(NULL, work->cases->gone, done, work);

    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, work, NULL);
    gw_task_run(task, run);
}

static bool
is_gone(GAsyncResult *result, Work *work)
{
    if (!g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result))))
        return false;
    work_free(work);
    return true;
}

/* Away with it. */

static void
run_moving(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    Work *work = task_data;
    g_autoptr(GError) error = NULL;

    (void)source;
    (void)cancellable;
    work->outcome.done = gw_drop_folder_finish(work->path, &work->file, work->stamp, work->result, &error);
    if (!work->outcome.done) {
        g_free(work->outcome.message);
        work->outcome.message = g_strdup(error->message);
    }
    gw_task_return_true(task);
}

static void
on_moved(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    (void)source;
    if (!is_gone(result, data))
        finish(data);
}

static char *
make_stamp(int64_t now_ms)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(now_ms / 1000);
    g_autofree char *seconds = g_date_time_format(time, "%Y%m%dT%H%M%S");

    return g_strdup_printf("%s.%03dZ", seconds, (int)(now_ms % 1000));
}

static void
add_line(GString *text, const char *const *fields)
{
    for (unsigned i = 0; fields[i] != NULL; i++) {
        g_string_append(text, i > 0 ? "," : "");
        gw_csv_append(text, fields[i]);
    }
    g_string_append(text, "\r\n");
}

static const char *
or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static void
move_away(Work *work)
{
    g_autoptr(GString) text = g_string_new("line,alarm_id,result,case_id,reason\r\n");
    const char *const whole[] = { "", "", "refused", "", or_empty(work->outcome.message), NULL };

    if (work->rows == NULL)
        add_line(text, whole);
    for (guint i = 0; work->rows != NULL && i < work->rows->len; i++) {
        const Entry *entry = &work->entries[i];
        g_autofree char *line = g_strdup_printf("%u", ((const GwDropRow *)work->rows->pdata[i])->line);
        const char *const fields[] = {
            line, or_empty(entry->alarm), entry->word, or_empty(entry->case_id), or_empty(entry->reason), NULL
        };
        add_line(text, fields);
    }
    work->result = g_string_free(g_steal_pointer(&text), FALSE);
    work->stamp = make_stamp(gw_cases_now_ms(work->cases));
    begin_task(work, run_moving, on_moved);
}

/* Its rows. */

static void feed(Work *work);

static void
refuse_row(Entry *entry, const char *reason)
{
    entry->word = "refused";
    entry->reason = g_strdup(reason);
    entry->work->outcome.refused++;
}

static void
stop(Work *work, const GError *error)
{
    work->stopped = true;
    g_free(work->outcome.message);
    work->outcome.message = g_strdup(error->message);
}

static void
on_taken(JsonObject *answer, const GError *error, void *user_data)
{
    Entry *entry = user_data;
    Work *work = entry->work;

    work->running--;
    if (g_error_matches(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE) ||
        g_error_matches(error, SIG_ERROR, SIG_ERROR_SIGN_IN))
        stop(work, error);
    else if (error != NULL)
        refuse_row(entry, error->message);
    else {
        bool known = json_object_get_boolean_member(answer, "known");
        entry->word = known ? "known" : "taken";
        entry->case_id = g_strdup(json_object_get_string_member(answer, "case_id"));
        *(known ? &work->outcome.known : &work->outcome.taken) += 1;
    }
    if (!work->feeding)
        feed(work);
}

static void
take_row(Work *work, const GwPlatform *platform)
{
    GwDropRow *row = work->rows->pdata[work->next];
    Entry *entry = &work->entries[work->next++];

    entry->work = work;
    if (row->fault != NULL) {
        refuse_row(entry, row->fault);
        return;
    }
    entry->alarm = g_strdup(row->alarm.id);
    work->running++;
    gw_cases_take_alarm(work->cases, platform, &row->alarm, on_taken, entry);
}

static void
feed(Work *work)
{
    const GwPlatform *platform = g_hash_table_lookup(work->cases->platforms, work->platform);

    work->feeding = true;
    while (!work->stopped && work->running < MAX_RUNNING && work->next < work->rows->len)
        take_row(work, platform);
    work->feeding = false;
    if (work->running > 0)
        return;
    if (work->stopped)
        finish(work);
    else
        move_away(work);
}

/* Reading it. */

static void
parse(Work *work, GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    size_t size = 0;
    const char *text = g_bytes_get_data(bytes, &size);

    work->outcome.unended = size == 0 || text[size - 1] != '\n';
    if (work->outcome.unended && !work->unended_is_whole) {
        work->changed = true;
        return;
    }
    work->outcome.unended = false;
    work->outcome.sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
    work->rows = gw_drop_table_read(text != NULL ? text : "", size, &error);
    if (work->rows == NULL)
        work->outcome.message = g_strdup(error->message);
}

static void
read_file(Work *work)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = NULL;

    if (!work->file.plain) {
        work->outcome.message = g_strdup("It is a link, a pipe, or has another name: only plain files are taken.");
        return;
    }
    bytes = gw_drop_folder_read(work->path, &work->file, GW_DROP_MAX_BYTES, &error);
    work->changed = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN) ||
                    g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    if (bytes != NULL)
        parse(work, bytes);
    else if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOMEM))
        work->outcome.message = g_strdup_printf("A file has at most %d kB: split it.", GW_DROP_MAX_BYTES / 1024);
    else if (!work->changed)
        work->outcome.message = g_strdup(error->message);
}

static void
run_reading(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    (void)source;
    (void)cancellable;
    read_file(task_data);
    gw_task_return_true(task);
}

static void
on_read(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    Work *work = data;

    (void)source;
    if (is_gone(result, work))
        return;
    if (work->changed) {
        finish(work);
        return;
    }
    if (work->rows == NULL) {
        work->outcome.refused = 1;
        move_away(work);
        return;
    }
    work->entries = g_new0(Entry, work->rows->len + 1);
    feed(work);
}

void
gw_drop_intake_begin(GwCases *cases, const GwPlatform *platform, const GwDropWish *wish, GwDropDone done,
                     void *user_data)
{
    Work *work = g_new0(Work, 1);

    work->cases = cases;
    work->platform = g_strdup(platform->id);
    work->path = g_strdup(wish->path);
    work->file = *wish->file;
    work->file.name = g_strdup(wish->file->name);
    work->unended_is_whole = wish->unended_is_whole;
    work->done = done;
    work->user_data = user_data;
    begin_task(work, run_reading, on_read);
}
