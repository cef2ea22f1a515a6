#include "gateway/keep-file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "gateway/task.h"

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
fail(const char *path, const char *what, GError **error)
{
    int code = errno;

    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code), "%s cannot be %s: %s", path, what,
                g_strerror(code));
    return false;
}

static bool
sync_folder(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool fine = fd >= 0 && fsync(fd) == 0;

    if (!fine)
        fail(path, "synced", error);
    if (fd >= 0)
        close(fd);
    return fine;
}

static bool
write_file(const Work *work, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(work->folder);
    size_t size = 0;
    const char *bytes = g_bytes_get_data(work->bytes, &size);

    if (g_mkdir_with_parents(work->folder, 0700) != 0)
        return fail(work->folder, "made", error);
    return g_file_set_contents_full(work->path, bytes, (gssize)size,
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error) &&
           sync_folder(work->folder, error) && sync_folder(parent, error);
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
