#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/admin/probes.h"

static void
add(GString *text, const char *name, const char *type, const char *help, double value)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_printf(text, "# HELP yuanjian_%s %s\n# TYPE yuanjian_%s %s\nyuanjian_%s %s\n", name, help, name,
                           type, name, g_ascii_formatd(number, sizeof(number), "%.15g", value));
}

static double
resident_bytes(void)
{
    g_autofree char *text = NULL;
    guint64 pages = 0;

    if (!g_file_get_contents("/proc/self/statm", &text, NULL, NULL))
        return 0;
    g_auto(GStrv) words = g_strsplit(text, " ", 3);
    if (words[0] != NULL && words[1] != NULL)
        pages = g_ascii_strtoull(words[1], NULL, 10);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double
open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;

    if (dir == NULL)
        return 0;
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n > 3 ? n - 3 : 0; /* . and .. and the directory itself */
}

static void
add_process(GString *text)
{
    struct rusage usage = { 0 };

    getrusage(RUSAGE_SELF, &usage);
    add(text, "process_cpu_seconds_total", "counter", "CPU time of the service.",
        (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    add(text, "process_resident_bytes", "gauge", "Memory of the service.", resident_bytes());
    add(text, "process_open_files", "gauge", "Open descriptors.", open_files());
}

static void
add_store(GString *text, const Gateway *gateway)
{
    GwStoreStats stats;

    gw_store_get_stats(gateway->store, &stats);
    add(text, "store_queued", "gauge", "Statements that wait.", stats.queued);
    add(text, "store_kept", "gauge", "Writes that wait for the disk.", stats.kept);
    add(text, "store_run_total", "counter", "Statements that ran.", (double)stats.run);
    add(text, "store_failed_total", "counter", "Statements that failed.", (double)stats.failed);
    add(text, "store_healthy", "gauge", "1: the last write reached the disk.", stats.healthy);
    add(text, "audit_kept", "gauge", "Audit entries that wait for the disk.", gw_audit_get_n_kept(gateway->audit));
}

static void
add_signaling(GString *text, const Gateway *gateway)
{
    SigServerStats stats;

    sig_server_get_stats(gateway->server, &stats);
    add(text, "signaling_clients", "gauge", "Open WebSocket connections.", stats.clients);
    add(text, "signaling_requests_total", "counter", "Requests that were answered.", (double)stats.requests);
    add(text, "signaling_refused_total", "counter", "Requests that were refused.", (double)stats.refused);
    add(text, "signaling_dropped_slow_total", "counter", "Connections that did not read.", (double)stats.dropped_slow);
}

char *
gw_metrics_format(const Gateway *gateway)
{
    GString *text = g_string_new("# TYPE yuanjian_info gauge\nyuanjian_info{version=\"" YUANJIAN_VERSION "\"} 1\n");

    add_process(text);
    add_store(text, gateway);
    add_signaling(text, gateway);
    add(text, "media_workers", "gauge", "Media threads.", media_node_get_n_workers(gateway->media));
    return g_string_free(text, FALSE);
}
