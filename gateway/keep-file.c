#include "gateway/keep-file.h"

#include "gateway/task.h"
#include "recorder/evidence/disk.h"

/* The thread touches nothing else. */
typedef struct {
    char *folder, *path;
    GBytes *bytes;
    GwFileKept kept;
    void *user_data;
} Work;

static void
work_free(void *data)
{
    Work *work = data;

    gw_task_take();
    g_free(work->folder);
    g_free(work->path);
    g_bytes_unref(work->bytes);
    g_free(work);
}

static bool
write_file(const Work *work, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(work->folder);
    size_t size = 0;
    const char *bytes = g_bytes_get_data(work->bytes, &size);

    return rec_disk_make_folder(work->folder, error) && rec_disk_replace(work->path, bytes, size, 0600, error) &&
           rec_disk_sync_folder(parent, error);
}

static void
run(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    GError *error = NULL;

    (void)source;
    (void)cancellable;
    if (write_file(task_data, &error))
        gw_task_return_true(task);
    else
        gw_task_return_error(task, error);
}

static void
on_done(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    GTask *task = G_TASK(result);
    const Work *work = g_task_get_task_data(task);
    g_autoptr(GError) error = NULL;

    (void)source;
    (void)data;
    g_task_propagate_boolean(task, &error);
    work->kept(g_cancellable_is_cancelled(g_task_get_cancellable(task)), error, work->user_data);
    gw_task_give();
}

void
gw_keep_file(const char *folder, const char *name, GBytes *bytes, GCancellable *gone, GwFileKept kept, void *user_data)
{
    g_autoptr(GTask) task = g_task_new(NULL, gone, on_done, NULL);
    Work *work = g_new0(Work, 1);

    work->folder = g_strdup(folder);
    work->path = g_build_filename(folder, name, NULL);
    work->bytes = g_bytes_ref(bytes);
    work->kept = kept;
    work->user_data = user_data;
    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, work, work_free);
    gw_task_run(task, run);
}
