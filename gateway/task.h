/* gateway/task.h - a GTask whose thread and main hand each other what they work on
 *
 * GLib orders that by locks of its own, which ThreadSanitizer does not see. So these stand in for GLib's functions where
 * something is given away, and whoever gets it (the function on the thread, the callback on main) calls gw_task_take() first.
 * The task's data is freed on either: a callback gives it at its end, what frees it takes it. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void gw_task_give(void); /* before a thread of one's own is started */
void gw_task_take(void);

void gw_task_run(GTask *task, GTaskThreadFunc run); /* g_task_run_in_thread() */
void gw_task_return_true(GTask *task);
void gw_task_return_error(GTask *task, GError *error);                           /* taken */
void gw_task_return_pointer(GTask *task, void *pointer, GDestroyNotify release); /* taken */

G_END_DECLS
