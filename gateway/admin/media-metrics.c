#include "gateway/admin/media-metrics.h"

#include "gateway/admin/exposition.h"

/* What stands for itself, and families of one name that a label tells apart (the first has the help). */
typedef struct {
    const char *name;
    GwMetricType type;
    const char *label, *label_value; /* NULL: none */
    MediaTotal total;
    const char *help; /* NULL: as the row before */
} Row;

#define COUNTER(name, total, help)                                                                                     \
    {                                                                                                                  \
        "media_" name, GW_METRIC_COUNTER, NULL, NULL, MEDIA_TOTAL_##total, help                                        \
    }
#define LABELLED(name, label, value, total, help)                                                                      \
    {                                                                                                                  \
        "media_" name, GW_METRIC_COUNTER, label, value, MEDIA_TOTAL_##total, help                                      \
    }
#define GAUGE(name, total, help)                                                                                       \
    {                                                                                                                  \
        "media_" name, GW_METRIC_GAUGE, NULL, NULL, MEDIA_TOTAL_##total, help                                          \
    }

static const Row rows[] = {
    LABELLED("packets_total", "direction", "in", PACKETS_IN,
             "Packets of media and its reports that were authentic, or were sent."),
    LABELLED("packets_total", "direction", "out", PACKETS_OUT, NULL),
    LABELLED("bytes_total", "direction", "in", BYTES_IN, "Bytes of these packets, with SRTP, without IP and UDP."),
    LABELLED("bytes_total", "direction", "out", BYTES_OUT, NULL),
    LABELLED("dropped_packets_total", "reason", "forged", DROPPED_FORGED,
             "Packets that were dropped: forged (not authentic, replayed or malformed), policed (more than one peer "
             "may send), socket (ours was full), unsent (nobody was connected)."),
    LABELLED("dropped_packets_total", "reason", "policed", DROPPED_POLICED, NULL),
    LABELLED("dropped_packets_total", "reason", "socket", DROPPED_SOCKET, NULL),
    LABELLED("dropped_packets_total", "reason", "unsent", DROPPED_UNSENT, NULL),
    COUNTER("received_packets_total", TRACK_PACKETS, "Packets of published tracks, retransmissions included."),
    COUNTER("recovered_packets_total", RECOVERED, "Packets that were missing at first and came when asked for again."),
    COUNTER("lost_packets_total", LOST, "Packets of published tracks that never came."),
    COUNTER("retransmitted_packets_total", RETRANSMITTED, "Packets that viewers were sent again."),
    COUNTER("red_packets_total", REDUNDANT, "Packets of sound that carried those before them (RFC 2198)."),
    LABELLED("nacks_total", "direction", "in", NACKS_IN, "Packets asked for again: by viewers (in), by us (out)."),
    LABELLED("nacks_total", "direction", "out", NACKS_OUT, NULL),
    LABELLED("keyframe_requests_total", "direction", "in", PLIS_IN,
             "Requests for a key frame (PLI, FIR): by viewers (in), by us (out)."),
    LABELLED("keyframe_requests_total", "direction", "out", PLIS_OUT, NULL),
    COUNTER("keyframes_total", KEYFRAMES, "Key frames that came."),
    LABELLED("handshakes_total", "result", "begun", HANDSHAKES_BEGUN, "DTLS handshakes."),
    LABELLED("handshakes_total", "result", "done", HANDSHAKES_DONE, NULL),
    LABELLED("handshakes_total", "result", "failed", HANDSHAKES_FAILED, NULL),
    COUNTER("address_changes_total", ADDRESS_CHANGES, "Peers that came from another address in mid call."),
    GAUGE("peers", PEERS, "Peer connections there are."),
    GAUGE("peers_connected", READY, "Peer connections through which media can flow."),
    GAUGE("tracks", TRACKS, "Tracks that are published."),
    GAUGE("viewers", VIEWERS, "Streams that are agreed towards those who watch."),
};

typedef struct {
    const char *name, *help;
    MediaTotal sum, n;
    double scale;
} Mean;

static const Mean means[] = {
    { "media_jitter_seconds", "Jitter of published tracks (RFC 3550), mean.", MEDIA_TOTAL_JITTER_US,
      MEDIA_TOTAL_JITTERS, 1e-6 },
    { "media_rtt_seconds", "Round trip to peers, mean.", MEDIA_TOTAL_RTT_US, MEDIA_TOTAL_RTTS, 1e-6 },
    { "media_estimate_bits_per_second", "What the way to a peer carries by estimate, mean.", MEDIA_TOTAL_ESTIMATE,
      MEDIA_TOTAL_ESTIMATES, 1 },
};

static void
add_rows(GString *text, const MediaTotalsView *view)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].help != NULL)
            gw_exposition_open(text, rows[i].name, rows[i].type, rows[i].help);
        gw_exposition_add(text, rows[i].name, rows[i].label, rows[i].label_value, (double)view->values[rows[i].total]);
    }
}

static void
add_rates(GString *text, const MediaTotalsView *view)
{
    static const char name[] = "media_bits_per_second";

    gw_exposition_open(text, name, GW_METRIC_GAUGE, "Media of the last second: published (in), forwarded (out).");
    gw_exposition_add(text, name, "direction", "in", (double)view->values[MEDIA_TOTAL_BITRATE_UP]);
    gw_exposition_add(text, name, "direction", "out", (double)view->values[MEDIA_TOTAL_BITRATE_DOWN]);
    for (size_t i = 0; i < G_N_ELEMENTS(means); i++) {
        double n = (double)view->values[means[i].n];
        gw_exposition_one(text, means[i].name, GW_METRIC_GAUGE, means[i].help,
                          n > 0 ? (double)view->values[means[i].sum] * means[i].scale / n : 0);
    }
}

/* A histogram has two labels here; the buckets count everything up to their bound. */
static void
add_joins(GString *text, const MediaTotalsView *view)
{
    static const char *const names[MEDIA_N_JOINS] = { "watch", "publish" };

    gw_exposition_open(text, "media_join_seconds", GW_METRIC_HISTOGRAM,
                       "From the offer, or from when there was something to watch, to the first packet of media.");
    for (unsigned join = 0; join < MEDIA_N_JOINS; join++) {
        uint64_t n = 0;

        for (unsigned i = 0; i < MEDIA_N_JOIN_BUCKETS; i++) {
            char bound[G_ASCII_DTOSTR_BUF_SIZE] = "+Inf";

            n += view->joins[join].n[i];
            if (i < MEDIA_N_JOIN_BUCKETS - 1)
                g_ascii_formatd(bound, sizeof bound, "%g", media_join_bounds_ms[i] / 1000.0);
            g_string_append_printf(text,
                                   "yuanjian_media_join_seconds_bucket{kind=\"%s\",le=\"%s\"} %" G_GUINT64_FORMAT "\n",
                                   names[join], bound, n);
        }
        gw_exposition_add(text, "media_join_seconds_sum", "kind", names[join], (double)view->joins[join].sum_us / 1e6);
        gw_exposition_add(text, "media_join_seconds_count", "kind", names[join], (double)n);
    }
}

typedef struct {
    const char *name;
    GwMetricType type;
    const char *help;
} LoadRow;

static double
get_load(const MediaWorkerLoad *load, unsigned row)
{
    switch (row) {
    case 0:
        return (double)load->cpu_us / 1e6;
    case 1:
        return (double)load->passes;
    case 2:
        return load->busy;
    default:
        return load->peers;
    }
}

static void
add_workers(GString *text, MediaNode *node)
{
    static const LoadRow load_rows[] = {
        { "media_worker_cpu_seconds_total", GW_METRIC_COUNTER, "CPU time of a media thread." },
        { "media_worker_passes_total", GW_METRIC_COUNTER, "How often it woke up." },
        { "media_worker_busy_ratio", GW_METRIC_GAUGE, "Share of a core that it used since it was looked at last." },
        { "media_worker_users", GW_METRIC_GAUGE, "Rooms and peers that live on it." },
    };

    for (unsigned row = 0; row < G_N_ELEMENTS(load_rows); row++) {
        gw_exposition_open(text, load_rows[row].name, load_rows[row].type, load_rows[row].help);
        for (unsigned i = 0; i < media_node_get_n_workers(node); i++) {
            MediaWorkerLoad load;
            char number[16];

            media_node_get_load(node, i, &load);
            g_snprintf(number, sizeof number, "%u", i);
            gw_exposition_add(text, load_rows[row].name, "worker", number, get_load(&load, row));
        }
    }
}

void
gw_media_metrics_add(GString *text, MediaNode *node)
{
    MediaTotalsView view;

    media_node_get_totals(node, &view);
    gw_exposition_one(text, "media_workers", GW_METRIC_GAUGE, "Media threads.", media_node_get_n_workers(node));
    gw_exposition_one(text, "media_rooms", GW_METRIC_GAUGE, "Rooms there are.", media_node_get_n_rooms(node));
    add_rows(text, &view);
    add_rates(text, &view);
    add_joins(text, &view);
    add_workers(text, node);
}
