/* tests/system/broken-disk.c - preloaded into a service: the disk under one folder does what a file says
 *
 * BROKEN_DISK names the control file, BROKEN_DISK_FOLDER what the paths concerned contain. The control file holds a word and
 * a number, read at every fdatasync() and fsync(): "slow MS" (each takes so long), "eio N" (the next N fail), "lie 0" (nothing
 * is synced, all is well). Each call is written down in CONTROL.calls: inode, and what was answered. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PATH = 4096, MAX_WORD = 16, SLICE_MS = 50 };

typedef struct {
    char word[MAX_WORD];
    long number;
} Order;

static bool
is_concerned(int fd)
{
    char name[64], path[MAX_PATH];
    const char *folder = getenv("BROKEN_DISK_FOLDER");

    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(name, path, sizeof path - 1);
    if (size < 0 || folder == NULL)
        return false;
    path[size] = '\0';
    return strstr(path, folder) != NULL;
}

static Order
read_order(void)
{
    Order order = { 0 };
    const char *path = getenv("BROKEN_DISK");
    FILE *file = path != NULL ? fopen(path, "re") : NULL;

    if (file == NULL)
        return order;
    if (fscanf(file, "%15s %ld", order.word, &order.number) != 2)
        order = (Order){ 0 };
    fclose(file);
    return order;
}

static void
write_down(int fd, const char *answer)
{
    char path[MAX_PATH], line[128];
    struct stat status = { 0 };

    fstat(fd, &status);
    snprintf(path, sizeof path, "%s.calls", getenv("BROKEN_DISK"));
    int size = snprintf(line, sizeof line, "%lu %s\n", (unsigned long)status.st_ino, answer);
    int out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (out < 0 || write(out, line, (size_t)size) < 0)
        perror(path);
    if (out >= 0)
        close(out);
}

/* Slow for so long, or until the order is taken back. */
static void
be_slow(const Order *order)
{
    for (long ms = 0; ms < order->number && strcmp(read_order().word, "slow") == 0; ms += SLICE_MS)
        nanosleep(&(struct timespec){ .tv_nsec = SLICE_MS * 1000000L }, NULL);
}

static int
synchronise(const char *name, int fd)
{
    static _Atomic long n_failed;
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    Order order = is_concerned(fd) ? read_order() : (Order){ 0 };

    if (strcmp(order.word, "slow") == 0)
        be_slow(&order);
    if (strcmp(order.word, "eio") == 0 && n_failed < order.number) {
        n_failed++;
        write_down(fd, "EIO");
        errno = EIO;
        return -1;
    }
    if (order.word[0] != '\0')
        write_down(fd, "done");
    return strcmp(order.word, "lie") == 0 ? 0 : next(fd);
}

int
fdatasync(int fd)
{
    return synchronise("fdatasync", fd);
}

int
fsync(int fd)
{
    return synchronise("fsync", fd);
}
