/* bench/micro - CPU time of the parts of the packet path, so that a regression shows where
 *
 *   micro [--runs N] [--json] [PATTERN]      parts whose name contains the pattern (default: all)
 *
 * A line a part: ns per operation, median and least of several runs. User and system time of this process alone; run it on a
 * quiet machine and compare with another build of the same machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/micro/part.h"

enum { MAX_RUNS = 101 };

static int n_runs = 15;
static gboolean json;

static int64_t
get_cpu_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void
measure(const MicroPart *part)
{
    double ns[MAX_RUNS];
    void *state = part->set_up(part->how);

    if (state == NULL)
        return;
    for (int i = -1; i < n_runs; i++) { /* the first is for the caches */
        if (part->prepare != NULL)
            part->prepare(state);
        int64_t start_ns = get_cpu_ns();
        part->run(state, part->n_ops);
        if (i >= 0)
            ns[i] = (double)(get_cpu_ns() - start_ns) / part->n_ops;
    }
    part->tear_down(state);
    qsort(ns, (size_t)n_runs, sizeof(ns[0]), compare);
    if (json)
        printf("{\"part\":\"%s\",\"ns\":%.1f,\"min\":%.1f}\n", part->name, ns[n_runs / 2], ns[0]);
    else
        printf("%-52s %9.1f ns   (least %.1f)\n", part->name, ns[n_runs / 2], ns[0]);
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    static const MicroPart *const groups[] = { micro_crypto, micro_sending, micro_tracking };
    g_auto(GStrv) patterns = NULL;
    const GOptionEntry entries[] = {
        { "runs", 0, 0, G_OPTION_ARG_INT, &n_runs, "runs of each part (15)", "N" },
        { "json", 0, 0, G_OPTION_ARG_NONE, &json, "a JSON object a line", NULL },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &patterns, NULL, "[PATTERN]" },
        { NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || n_runs < 1 || n_runs > MAX_RUNS) {
        fprintf(stderr, "micro: %s\n", error != NULL ? error->message : "1 to 101 runs");
        return 2;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(groups); i++)
        for (const MicroPart *part = groups[i]; part->name != NULL; part++)
            if (patterns == NULL || strstr(part->name, patterns[0]) != NULL)
                measure(part);
    return 0;
}
