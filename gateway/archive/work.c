#include "gateway/archive/work.h"

#include "gateway/archive/archive-priv.h"
#include "gateway/task.h"

typedef struct {
    GwAsk *ask;
    GwWorkFunc run;
    GwWorkDone done;
    void *data;
    GDestroyNotify release;
} Work;

static void
work_free(void *data)
{
    Work *work = data;

    gw_task_take();
    if (work->release != NULL)
        work->release(work->data);
    g_free(work);
}

static void
run_work(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    Work *work = task_data;
    GError *error = NULL;

    (void)source;
    (void)cancellable;
    if (work->run(work->data, &error))
        gw_task_return_true(task);
    else
        gw_task_return_error(task, error);
}

static void
on_worked(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    Work *work = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;

    (void)source;
    (void)data;
    g_task_propagate_boolean(G_TASK(result), &error);
    if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result))))
        gw_ask_drop(work->ask);
    else
        work->done(work->ask, work->data, error);
    gw_task_give();
}

void
gw_work_run(GwAsk *ask, GwWorkFunc run, void *data, GDestroyNotify release, GwWorkDone done)
{
    Work *work = g_new(Work, 1);
    g_autoptr(GTask) task = g_task_new(NULL, ask->archive->gone, on_worked, NULL);

    *work = (Work){ ask, run, done, data, release };
    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, work, work_free);
    gw_task_run(task, run_work);
}
