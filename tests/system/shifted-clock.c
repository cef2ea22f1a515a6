/* tests/system/shifted-clock.c - preloaded into a service: the wall clock is as far off as a file says
 *
 * SHIFTED_CLOCK names a file of 8 bytes: seconds to add, a number of this machine. It is looked at at every reading. The
 * monotonic clock is left alone, as when somebody sets the clock. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int64_t
get_shift(void)
{
    static const volatile int64_t *_Atomic shared;
    const volatile int64_t *shift = shared;
    const char *path = getenv("SHIFTED_CLOCK");

    if (shift == NULL && path != NULL) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        void *mapped = fd >= 0 ? mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
        if (fd >= 0)
            close(fd);
        if (mapped != MAP_FAILED)
            shared = shift = mapped;
    }
    return shift != NULL ? *shift : 0;
}

int
clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    static int (*_Atomic next)(clockid_t, struct timespec *);

    if (next == NULL)
        next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = next(clock, ret_time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        ret_time->tv_sec += get_shift();
    return result;
}

int
gettimeofday(struct timeval *restrict ret_time, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *ret_time = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
    return 0;
}

time_t
time(time_t *ret_time)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (ret_time != NULL)
        *ret_time = now.tv_sec;
    return now.tv_sec;
}
