#include "gateway/task.h"

#include <stdatomic.h>

static _Atomic unsigned handed;

void
gw_task_give(void)
{
    atomic_fetch_add_explicit(&handed, 1, memory_order_acq_rel);
}

void
gw_task_take(void)
{
    atomic_fetch_add_explicit(&handed, 1, memory_order_acq_rel);
}

void
gw_task_run(GTask *task, GTaskThreadFunc run)
{
    gw_task_give();
    g_task_run_in_thread(task, run);
}

void
gw_task_return_true(GTask *task)
{
    gw_task_give();
    g_task_return_boolean(task, TRUE);
}

void
gw_task_return_error(GTask *task, GError *error)
{
    gw_task_give();
    g_task_return_error(task, error);
}

void
gw_task_return_pointer(GTask *task, void *pointer, GDestroyNotify release)
{
    gw_task_give();
    g_task_return_pointer(task, pointer, release);
}
