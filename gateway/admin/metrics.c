#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/admin/exposition.h"
#include "gateway/admin/media-metrics.h"
#include "gateway/admin/probes.h"
#include "gateway/sessions/session-priv.h"
#include "recorder/journal.h"

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
    gw_exposition_one(text, "process_cpu_seconds_total", GW_METRIC_COUNTER, "CPU time of the service.",
                      (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                          (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    gw_exposition_one(text, "process_resident_bytes", GW_METRIC_GAUGE, "Memory of the service.", resident_bytes());
    gw_exposition_one(text, "process_open_files", GW_METRIC_GAUGE, "Open descriptors.", open_files());
}

static void
add_store(GString *text, const Gateway *gateway)
{
    GwStoreStats stats;

    gw_store_get_stats(gateway->store, &stats);
    gw_exposition_one(text, "store_queued", GW_METRIC_GAUGE, "Statements that wait.", stats.queued);
    gw_exposition_one(text, "store_kept", GW_METRIC_GAUGE, "Writes that wait for the disk.", stats.kept);
    gw_exposition_one(text, "store_run_total", GW_METRIC_COUNTER, "Statements that ran.", (double)stats.run);
    gw_exposition_one(text, "store_failed_total", GW_METRIC_COUNTER, "Statements that failed.", (double)stats.failed);
    gw_exposition_one(text, "store_healthy", GW_METRIC_GAUGE, "1: the last write reached the disk.", stats.healthy);
    gw_exposition_one(text, "audit_kept", GW_METRIC_GAUGE, "Audit entries that wait for the disk.",
                      gw_audit_get_n_kept(gateway->audit));
}

static void
add_signaling(GString *text, const Gateway *gateway)
{
    SigServerStats stats;

    sig_server_get_stats(gateway->server, &stats);
    gw_exposition_one(text, "signaling_clients", GW_METRIC_GAUGE, "Open WebSocket connections.", stats.clients);
    gw_exposition_one(text, "signaling_requests_total", GW_METRIC_COUNTER, "Requests that were answered.",
                      (double)stats.requests);
    gw_exposition_one(text, "signaling_refused_total", GW_METRIC_COUNTER, "Requests that were refused.",
                      (double)stats.refused);
    gw_exposition_one(text, "signaling_dropped_slow_total", GW_METRIC_COUNTER, "Connections that did not read.",
                      (double)stats.dropped_slow);
}

static void
add_journal(GString *text, const RecJournal *journal)
{
    RecJournalStats stats;

    rec_journal_get_stats(journal, &stats);
    gw_exposition_one(text, "journal_ring_bytes", GW_METRIC_GAUGE,
                      "Room in each ring between a worker and the journal.", (double)stats.ring_bytes);
    gw_exposition_one(text, "journal_ring_used_bytes", GW_METRIC_GAUGE, "Used of the fullest of them.",
                      (double)stats.ring_used);
    gw_exposition_open(text, "journal_lost_packets_total", GW_METRIC_COUNTER,
                       "Packets that were not recorded: ring (the writer did not keep up), disk (it failed).");
    gw_exposition_add(text, "journal_lost_packets_total", "cause", "ring", (double)stats.lost_ring);
    gw_exposition_add(text, "journal_lost_packets_total", "cause", "disk", (double)stats.lost_disk);
    gw_exposition_one(text, "journal_failures_total", GW_METRIC_COUNTER, "Times that writing failed.",
                      (double)stats.failures);
    gw_exposition_one(text, "journal_free_bytes", GW_METRIC_GAUGE,
                      "Left on the disk of recordings; 0 also when no file can be made any more.",
                      (double)stats.free_bytes);
    gw_exposition_one(text, "journal_synced_seconds", GW_METRIC_GAUGE,
                      "Everything that arrived before this time (since 1970) is on disk; 0: nothing yet.",
                      (double)stats.synced_us / 1e6);
}

static void
count_session(void *session, void *counts)
{
    ((unsigned *)counts)[gw_session_get_state(session)]++;
}

static void
add_sessions(GString *text, GwSessions *sessions)
{
    unsigned counts[GW_SESSION_N_STATES] = { 0 };

    gw_sessions_foreach(sessions, count_session, counts);
    gw_exposition_open(text, "sessions", GW_METRIC_GAUGE, "Sessions in memory, by state.");
    for (GwSessionState state = 0; state < GW_SESSION_N_STATES; state++)
        gw_exposition_add(text, "sessions", "state", gw_session_state_to_string(state), counts[state]);
    if (gw_sessions_get_journal(sessions) != NULL)
        add_journal(text, gw_sessions_get_journal(sessions));
}

static void
add_scrub(GString *text, const GwScrub *scrub)
{
    GwScrubStatus status;

    gw_scrub_get_status(scrub, &status);
    gw_exposition_one(text, "archive_damaged_total", GW_METRIC_COUNTER,
                      "Recordings that were found to be not as they were sealed: look at once.",
                      (double)status.damaged_ever);
    gw_exposition_one(text, "archive_scrubbing", GW_METRIC_GAUGE, "1 while the archive is read again.", status.running);
}

static void
add_archive(GString *text, const GwArchive *archive)
{
    const GwTimeStamps *stamps = gw_archive_get_time_stamps(archive);

    gw_exposition_one(text, "archive_damaged", GW_METRIC_GAUGE,
                      "Recordings that are known not to be as they were sealed: an alarm until they are restored.",
                      gw_archive_get_n_damaged(archive));
    gw_exposition_one(text, "time_stamps_pending", GW_METRIC_GAUGE, "Checkpoints that wait for a time stamp.",
                      gw_time_stamps_get_n_pending(stamps));
    gw_exposition_one(text, "time_stamps_since_seconds", GW_METRIC_GAUGE,
                      "Since when (since 1970) the oldest of them waits; 0: none does.",
                      (double)gw_time_stamps_get_since_ms(stamps) / 1000);
}

static void
add_log(GString *text, const GwEvidence *evidence)
{
    GwEvidenceStatus status;

    gw_evidence_get_status(evidence, &status);
    gw_exposition_one(text, "log_entries_total", GW_METRIC_COUNTER, "Entries of the node's log.", (double)status.size);
    gw_exposition_one(text, "log_unpublished", GW_METRIC_GAUGE, "Entries that no checkpoint covers yet.",
                      (double)(status.size - MIN(status.published, status.size)));
    gw_exposition_one(text, "log_checkpoint_seconds", GW_METRIC_GAUGE,
                      "When the last checkpoint was signed (since 1970); 0: there is none.",
                      (double)status.published_ms / 1000);
    gw_exposition_one(text, "log_spooled", GW_METRIC_GAUGE, "Entries that wait for the disk: an alarm.",
                      status.spooled);
    gw_exposition_one(text, "log_failed", GW_METRIC_GAUGE, "1 while the log cannot be written: an alarm.",
                      status.failed);
    gw_exposition_one(text, "log_keys_expired", GW_METRIC_GAUGE, "1 while the signing certificates are not good.",
                      status.keys_expired);
}

char *
gw_metrics_format(const GwProbes *probes)
{
    const Gateway *gateway = probes->gateway;
    GString *text = g_string_new(NULL);

    gw_exposition_open(text, "info", GW_METRIC_GAUGE, "1, with the version of the service.");
    gw_exposition_add(text, "info", "version", YUANJIAN_VERSION, 1);
    add_process(text);
    add_store(text, gateway);
    add_signaling(text, gateway);
    if (gateway->evidence != NULL)
        add_log(text, gateway->evidence);
    if (probes->scrub != NULL)
        add_scrub(text, probes->scrub);
    if (probes->archive != NULL)
        add_archive(text, probes->archive);
    gw_media_metrics_add(text, gateway->media);
    if (probes->sessions != NULL)
        add_sessions(text, probes->sessions);
    return g_string_free(text, FALSE);
}
