#include "recorder/seal/sandbox.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void *
run_thread(void *data)
{
    return data;
}

/* The exit code says which of the walls is missing. */
static int
try_walls(void)
{
    char *argv[] = { "/bin/true", NULL };
    struct rlimit core;

    if (!seal_sandbox_enter(NULL))
        return 1;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM || socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
        return 2;
    if (execv(argv[0], argv) == 0 || errno != EPERM)
        return 3;
    if (getpriority(PRIO_PROCESS, 0) != 19)
        return 4;
    if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_max != 0)
        return 5;
    if (g_thread_join(g_thread_new("one", run_thread, argv)) != argv) /* what sealing needs still works */
        return 6;
    return 0;
}

static void
walls_stand(void)
{
    int status;
    pid_t child = fork();

    g_assert_cmpint(child, >=, 0);
    if (child == 0)
        _exit(try_walls());
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/sandbox/walls-stand", walls_stand);
    return g_test_run();
}
