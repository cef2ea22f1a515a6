#include "recorder/disk-check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    WRITE_BYTES = 64 * 1024, /* what some visits send in a quarter of a second */
    MAX_SYNCS = 200,
    MOST_US = 4 * G_USEC_PER_SEC,
    AT_ONCE_US = 8,            /* no disk, and no way to one, is that fast */
    TURN_US = 2000,            /* a disk that turns 7,200 times a minute needs 4 ms on average */
    MOST_P99_US = 250 * 1000,  /* the journal is synced so often */
    MOST_MAX_US = 1000 * 1000, /* then it is an alarm */
};

const char *
rec_disk_verdict_to_string(RecDiskVerdict verdict)
{
    static const char *const names[] = { "keeps", "unknown", "doubtful", "forgets" };

    return names[verdict];
}

/* A line of /proc/self/mountinfo: ... MAJOR:MINOR ROOT POINT OPTIONS ... - TYPE SOURCE SUPER-OPTIONS */
static bool
read_mount(const char *line, const char *device, RecDiskFigures *figures)
{
    g_auto(GStrv) halves = g_strsplit(line, " - ", 2);
    g_auto(GStrv) left = g_strsplit(halves[0] ? halves[0] : "", " ", 7);
    g_auto(GStrv) right = g_strsplit(halves[0] && halves[1] ? halves[1] : "", " ", 3);

    if (g_strv_length(left) < 6 || g_strv_length(right) < 3 || strcmp(left[2], device) != 0)
        return false;
    g_strlcpy(figures->file_system, right[0], sizeof figures->file_system);
    figures->no_barriers = strstr(right[2], "nobarrier") || strstr(right[2], "barrier=0");
    return true;
}

static bool
read_queue(const char *device, const char *name, char *ret_text, size_t size)
{
    static const char *const ways[] = { "", "/.." }; /* of a partition, its disk's */

    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strdup_printf("/sys/dev/block/%s%s/queue/%s", device, ways[i], name), *text = NULL;
        if (g_file_get_contents(path, &text, NULL, NULL)) {
            g_strlcpy(ret_text, g_strstrip(text), size);
            return true;
        }
    }
    return false;
}

static void
describe_device(const char *folder, RecDiskFigures *figures)
{
    g_autofree char *mounts = NULL;
    struct stat status;
    char text[32];

    if (stat(folder, &status) < 0)
        return;
    g_autofree char *device = g_strdup_printf("%u:%u", major(status.st_dev), minor(status.st_dev));
    if (g_file_get_contents("/proc/self/mountinfo", &mounts, NULL, NULL)) {
        g_auto(GStrv) lines = g_strsplit(mounts, "\n", -1);
        for (char **line = lines; *line && !read_mount(*line, device, figures);)
            line++;
    }
    if (!read_queue(device, "write_cache", text, sizeof text))
        return;
    figures->has_device = true;
    figures->writes_back = strcmp(text, "write back") == 0;
    figures->rotates = read_queue(device, "rotational", text, sizeof text) && strcmp(text, "1") == 0;
}

static int
compare_times(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;

    return *a < *b ? -1 : *a > *b;
}

static bool
time_syncs(int fd, RecDiskFigures *figures)
{
    g_autofree uint8_t *bytes = g_malloc(WRITE_BYTES);
    int64_t times[MAX_SYNCS], end_us = g_get_monotonic_time() + MOST_US;
    unsigned n = 0;

    for (unsigned i = 0; i < WRITE_BYTES; i++)
        bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    while (n < MAX_SYNCS && (n == 0 || g_get_monotonic_time() < end_us)) {
        int64_t begin_us = g_get_monotonic_time();
        if (write(fd, bytes, WRITE_BYTES) != WRITE_BYTES || fdatasync(fd) < 0)
            return false;
        times[n++] = g_get_monotonic_time() - begin_us;
    }
    qsort(times, n, sizeof *times, compare_times);
    figures->n_syncs = n;
    figures->p50_us = times[n / 2];
    figures->p99_us = times[(n * 99) / 100 < n ? (n * 99) / 100 : n - 1];
    figures->max_us = times[n - 1];
    return true;
}

bool
rec_disk_measure(const char *folder, RecDiskFigures *ret_figures, GError **error)
{
    RecDiskFigures figures = { .file_system = "?" };
    g_autofree char *path = g_build_filename(folder, ".fsync-check-XXXXXX", NULL);
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0) {
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot write in %s: %s", folder, g_strerror(errno));
        return false;
    }
    unlink(path); /* whatever happens, nothing stays */
    describe_device(folder, &figures);
    bool timed = time_syncs(fd, &figures);
    int code = errno;
    close(fd);
    if (!timed) {
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "writing and syncing in %s failed: %s", folder, g_strerror(code));
        return false;
    }
    *ret_figures = figures;
    return true;
}

static bool
is_one_of(const char *word, const char *const *list)
{
    return g_strv_contains(list, word);
}

static void
add(GPtrArray *reasons, const char *text)
{
    g_ptr_array_add(reasons, g_strdup(text));
}

RecDiskVerdict
rec_disk_judge(const RecDiskFigures *figures, GPtrArray *reasons)
{
    static const char *const memory[] = { "tmpfs", "ramfs", NULL };
    static const char *const elsewhere[] = { "nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "fuse", NULL };
    RecDiskVerdict verdict = REC_DISK_KEEPS;

    if (is_one_of(figures->file_system, memory)) {
        add(reasons, "It is memory: all of it is gone with the power.");
        return REC_DISK_FORGETS;
    }
    if (figures->p50_us < AT_ONCE_US) {
        add(reasons, "fdatasync() answers at once: something makes nothing of it.");
        return REC_DISK_FORGETS;
    }
    if (is_one_of(figures->file_system, elsewhere) || g_str_has_prefix(figures->file_system, "fuse.")) {
        add(reasons, "Another machine or program decides what is kept: ask whoever runs it.");
        verdict = REC_DISK_UNKNOWN;
    }
    if (figures->no_barriers) {
        add(reasons, "It is mounted without barriers: the disk's own cache is not flushed. Mount it with them.");
        verdict = REC_DISK_DOUBTFUL;
    }
    if (figures->has_device && figures->rotates && figures->p50_us < TURN_US) {
        add(reasons,
            "It says that it turns, and answers faster than it could have: a cache answers. If that has no battery, "
            "switch it off (hdparm -W 0).");
        verdict = REC_DISK_DOUBTFUL;
    }
    if (verdict != REC_DISK_KEEPS)
        return verdict;
    if (figures->has_device && figures->writes_back)
        add(reasons, "The disk has a cache and says that it is flushed by each sync.");
    else if (figures->has_device)
        add(reasons, "The disk has no cache that could forget.");
    add(reasons, "Nothing speaks against it; only cutting the power proves it.");
    return verdict;
}

bool
rec_disk_is_fast_enough(const RecDiskFigures *figures, GPtrArray *reasons)
{
    if (figures->max_us >= MOST_MAX_US) {
        add(reasons, "Too slow: a sync took over a second, in which recordings are not safe.");
        return false;
    }
    if (figures->p99_us >= MOST_P99_US) {
        add(reasons, "Slow: syncs take longer than the quarter of a second between them.");
        return false;
    }
    add(reasons, "Fast enough: what arrives is on disk within a second.");
    return true;
}
