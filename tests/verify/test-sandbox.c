/* The verifier's sandbox, entered in a child: what still works and what does not. */
#include "recorder/verify/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <linux/landlock.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef bool (*Try)(int folder);

static bool
can_read(int folder)
{
    int fd = openat(folder, "file", O_RDONLY);
    char byte;

    return fd >= 0 && read(fd, &byte, 1) == 1 && malloc(1 << 20) && write(STDERR_FILENO, "", 0) == 0;
}

static bool
can_write_there(int folder)
{
    return openat(folder, "new", O_WRONLY | O_CREAT, 0600) >= 0 || openat(folder, "file", O_RDWR) >= 0 ||
           unlinkat(folder, "file", 0) == 0;
}

static bool
can_read_elsewhere(int folder)
{
    (void)folder;
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool
can_talk(int folder)
{
    (void)folder;
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_DGRAM, 0) >= 0;
}

static bool
can_start_something(int folder)
{
    (void)folder;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child > 0 || execl("/bin/true", "true", NULL) == 0;
}

static bool
can_make_code(int folder)
{
    (void)folder;
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
can_take_all_memory(int folder)
{
    (void)folder;
    return mmap(NULL, (size_t)4 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

/* In a child, behind the sandbox. */
static bool
works(Try attempt)
{
    g_autofree char *path = g_dir_make_tmp("yuanjian-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(path, "file", NULL);
    int status = -1;

    g_assert_true(g_file_set_contents(file, "x", 1, NULL));
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    pid_t child = fork();
    if (child == 0)
        _exit(!ver_sandbox_enter(folder) ? 2 : attempt(folder) ? 1 : 0);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    close(folder);
    g_unlink(file);
    g_rmdir(path);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 2);
    return WEXITSTATUS(status) == 1;
}

static bool
has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static void
test_nothing_is_left_but_reading(void)
{
    static const Try refused[] = { can_write_there, can_talk, can_start_something, can_make_code, can_take_all_memory };

    g_assert_true(works(can_read));
    for (unsigned i = 0; i < G_N_ELEMENTS(refused); i++)
        g_assert_false(works(refused[i]));
    if (has_landlock())
        g_assert_false(works(can_read_elsewhere));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verify/sandbox/nothing-is-left-but-reading", test_nothing_is_left_but_reading);
    return g_test_run();
}
