#include "recorder/seal/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "media/ntp.h"
#include "media/rtp.h"
#include "recorder/output.h"
#include "recorder/reader.h"

enum {
    MAX_TRACKS = 1000, /* openings of tracks in a session */
    MAX_SSRCS = 64,    /* of a track; packets of more are left out */
    MAX_EVENTS = 100000,
    MAX_STEPS = 10000,
    SENDER_REPORT_SIZE = 28,
    RTCP_SENDER_REPORT = 200,
};
static const int64_t NTP_TO_UNIX_US = 2208988800 * G_USEC_PER_SEC;

/* While reading. */
typedef struct {
    SealSession *session;
    GHashTable *open;  /* track id -> SealTrack *, borrowed: the newest opening */
    GHashTable *texts; /* set of char *, owned: entries seen; the writer may repeat some after a failure */
    uint32_t file;
    int64_t steps_us; /* of the wall clock since the session's first record */
} Reading;

static void
track_free(void *data)
{
    SealTrack *self = data;

    g_free(self->id);
    g_free(self->party);
    g_free(self->label);
    g_array_unref(self->packets);
    g_array_unref(self->reports);
    g_array_unref(self->losses);
    g_free(self);
}

void
seal_session_free(SealSession *self)
{
    if (!self)
        return;
    for (unsigned i = 0; i < self->fds->len; i++)
        close(g_array_index(self->fds, int, i));
    g_array_unref(self->fds);
    g_array_unref(self->steps);
    g_ptr_array_unref(self->tracks);
    rec_recording_free(self->recording);
    g_free(self->id);
    g_free(self);
}

/* Entries come up to one wall clock step before the record of the step: their own time may be either. */
static void
note_time(SealSession *self, int64_t at_us)
{
    if (self->first_us == 0 || at_us < self->first_us)
        self->first_us = at_us;
    self->last_us = MAX(self->last_us, at_us);
}

static SealTrack *
open_track(Reading *self, const char *id, const char *party, const char *label, MediaKind kind)
{
    SealSession *session = self->session;

    if (session->tracks->len >= MAX_TRACKS)
        return NULL;
    SealTrack *track = g_new0(SealTrack, 1);
    track->id = g_strdup(id);
    track->party = g_strdup(party);
    track->label = g_strdup(label);
    track->kind = kind;
    track->packets = g_array_new(FALSE, FALSE, sizeof(SealPacket));
    track->reports = g_array_new(FALSE, FALSE, sizeof(SealReport));
    track->losses = g_array_new(FALSE, FALSE, sizeof(SealLoss));
    g_ptr_array_add(session->tracks, track);
    g_hash_table_replace(self->open, track->id, track);
    return track;
}

static void
take_packet(Reading *self, SealTrack *track, const RecRecord *record)
{
    MediaRtp rtp;

    if (record->packet.size > UINT16_MAX || !media_rtp_parse(record->packet.data, record->packet.size, &rtp))
        return;
    SealPacket packet = {
        .sequence = record->packet.sequence,
        .arrival_us = record->packet.time_us - self->steps_us,
        .offset = record->data_offset,
        .timestamp = rtp.timestamp,
        .ssrc = rtp.ssrc,
        .file = self->file,
        .size = record->packet.size,
        .codec = record->interface->codec,
        .recovered = record->packet.recovered,
    };
    g_array_append_val(track->packets, packet);
    note_time(self->session, packet.arrival_us);
}

static void
take_report(Reading *self, SealTrack *track, const RecRecord *record)
{
    const uint8_t *data = record->packet.data;
    uint64_t ntp;
    SealReport report = { .arrival_us = record->packet.time_us - self->steps_us };

    if (record->packet.size < SENDER_REPORT_SIZE || data[1] != RTCP_SENDER_REPORT)
        return;
    memcpy(&report.ssrc, data + 4, 4);
    memcpy(&ntp, data + 8, 8);
    memcpy(&report.timestamp, data + 16, 4);
    report.ssrc = GUINT32_FROM_BE(report.ssrc);
    report.timestamp = GUINT32_FROM_BE(report.timestamp);
    report.ntp_us = media_ntp_to_us(GUINT64_FROM_BE(ntp)) - NTP_TO_UNIX_US;
    g_array_append_val(track->reports, report);
}

static void
take_record(Reading *self, const RecRecord *record)
{
    const RecInterface *interface = record->interface;
    SealTrack *track;

    if (strcmp(interface->session, self->session->id) != 0)
        return;
    track = g_hash_table_lookup(self->open, interface->track);
    if (!track) /* its opening is in a damaged place */
        track = open_track(self, interface->track, interface->party, interface->label, interface->kind);
    if (!track)
        return;
    if (record->packet.kind == REC_PACKET_RTP)
        take_packet(self, track, record);
    else
        take_report(self, track, record);
}

static void
take_track(Reading *self, const char *entry)
{
    g_autofree char *id = rec_entry_get(entry, "YUANJIAN_TRACK"), *media = rec_entry_get(entry, "YUANJIAN_MEDIA");
    g_autofree char *party = rec_entry_get(entry, "YUANJIAN_PARTY"), *label = rec_entry_get(entry, "YUANJIAN_LABEL");

    if (id && media && party && label)
        open_track(self, id, party, label, strcmp(media, "audio") == 0 ? MEDIA_KIND_AUDIO : MEDIA_KIND_VIDEO);
}

static void
take_gap(Reading *self, const char *entry)
{
    g_autofree char *id = rec_entry_get(entry, "YUANJIAN_TRACK");
    SealTrack *track = id ? g_hash_table_lookup(self->open, id) : NULL;
    SealLoss loss = {
        .from_us = rec_entry_get_number(entry, "YUANJIAN_FROM") - self->steps_us,
        .to_us = rec_entry_get_number(entry, "__REALTIME_TIMESTAMP") - self->steps_us,
    };

    if (track)
        g_array_append_val(track->losses, loss);
}

static void
take_event(Reading *self, const char *entry)
{
    RecRecording *recording = self->session->recording;
    g_autofree char *type = rec_entry_get(entry, "YUANJIAN_EVENT");

    if (!type || recording->events->len >= MAX_EVENTS)
        return;
    RecEvent *event = rec_recording_add_event(recording);
    event->type = g_steal_pointer(&type);
    event->detail = rec_entry_get(entry, "YUANJIAN_DETAIL");
    event->at_us = rec_entry_get_number(entry, "__REALTIME_TIMESTAMP") - self->steps_us;
    note_time(self->session, event->at_us);
}

static void
take_step(Reading *self, const char *entry)
{
    SealStep step = { .step_us = rec_entry_get_number(entry, "YUANJIAN_STEP") };

    self->steps_us += step.step_us;
    step.at_us = rec_entry_get_number(entry, "__REALTIME_TIMESTAMP") - self->steps_us;
    if (self->session->steps->len < MAX_STEPS)
        g_array_append_val(self->session->steps, step);
}

static void
take_entry(Reading *self, const char *entry)
{
    g_autofree char *kind = rec_entry_get(entry, "YUANJIAN_KIND"), *session = rec_entry_get(entry, "YUANJIAN_SESSION");

    if (g_strcmp0(kind, "clock") == 0 && self->session->first_us != 0)
        take_step(self, entry);
    if (g_strcmp0(session, self->session->id) != 0 || !g_hash_table_add(self->texts, g_strdup(entry)))
        return;
    if (g_strcmp0(kind, "track") == 0)
        take_track(self, entry);
    else if (g_strcmp0(kind, "gap") == 0)
        take_gap(self, entry);
    else if (g_strcmp0(kind, "event") == 0)
        take_event(self, entry);
}

static bool
read_file(Reading *self, const char *journal_dir, uint64_t number, GError **error)
{
    g_autofree char *path = rec_output_get_path(journal_dir, number);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    RecRecord record;

    if (fd < 0 && errno == ENOENT)
        return true; /* it held nothing unsealed and has just gone */
    if (fd < 0) {
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot read %s: %s", path, g_strerror(errno));
        return false;
    }
    self->file = self->session->fds->len;
    g_array_append_val(self->session->fds, fd);
    g_autoptr(RecReader) reader = rec_reader_open(path, number, error);
    if (!reader)
        return false;
    while (rec_reader_next(reader, &record)) {
        if (record.interface)
            take_record(self, &record);
        else
            take_entry(self, record.entry);
    }
    return true;
}

static int
compare_numbers(gconstpointer a, gconstpointer b)
{
    const uint64_t *left = a, *right = b;

    return *left < *right ? -1 : *left > *right;
}

static GArray *
list_numbers(const char *journal_dir, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GDir) dir = g_dir_open(journal_dir, 0, &cause);
    const char *name;

    if (!dir) {
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot read the journal: %s", cause->message);
        return NULL;
    }
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    while ((name = g_dir_read_name(dir))) {
        uint64_t number;
        int length = 0;
        if (sscanf(name, "journal-%20" G_GUINT64_FORMAT "%n", &number, &length) == 1 &&
            strcmp(name + length, ".pcapng") == 0)
            g_array_append_val(numbers, number);
    }
    g_array_sort(numbers, compare_numbers);
    return numbers;
}

/* The order of SSRCs is that of their first packets; packets of one too many get the order MAX_SSRCS. */
static unsigned
get_order(const uint32_t *ssrcs, unsigned n, uint32_t ssrc)
{
    for (unsigned i = 0; i < n; i++) {
        if (ssrcs[i] == ssrc)
            return i;
    }
    return MAX_SSRCS;
}

typedef struct {
    uint32_t ssrcs[MAX_SSRCS];
    unsigned n;
} Order;

static int
compare_packets(gconstpointer a, gconstpointer b, void *data)
{
    const SealPacket *left = a, *right = b;
    const Order *order = data;
    int difference = 0;

    if (left->ssrc != right->ssrc)
        difference =
            (int)get_order(order->ssrcs, order->n, left->ssrc) - (int)get_order(order->ssrcs, order->n, right->ssrc);
    if (difference == 0 && left->sequence != right->sequence)
        difference = left->sequence < right->sequence ? -1 : 1;
    return difference;
}

/* In the order of sending: late and recovered packets come into their place, doubles go. */
static void
sort_packets(SealTrack *track)
{
    Order order = { .n = 0 };
    unsigned kept = 0;

    for (unsigned i = 0; i < track->packets->len && order.n < MAX_SSRCS; i++) {
        uint32_t ssrc = g_array_index(track->packets, SealPacket, i).ssrc;
        if (get_order(order.ssrcs, order.n, ssrc) == MAX_SSRCS)
            order.ssrcs[order.n++] = ssrc;
    }
    g_array_sort_with_data(track->packets, compare_packets, &order); /* stable: of doubles the first arrival is first */
    for (unsigned i = 0; i < track->packets->len; i++) {
        SealPacket *packets = (SealPacket *)track->packets->data;
        bool twice =
            kept > 0 && packets[kept - 1].ssrc == packets[i].ssrc && packets[kept - 1].sequence == packets[i].sequence;
        if (!twice && get_order(order.ssrcs, order.n, packets[i].ssrc) < MAX_SSRCS)
            packets[kept++] = packets[i];
    }
    g_array_set_size(track->packets, kept);
}

static void
finish(SealSession *self)
{
    for (unsigned i = 0; i < self->tracks->len; i++) {
        SealTrack *track = self->tracks->pdata[i];
        sort_packets(track);
        for (unsigned k = 0; k < track->packets->len; k++)
            self->n_bytes += g_array_index(track->packets, SealPacket, k).size;
    }
}

SealSession *
seal_session_read(const char *journal_dir, const char *id, GError **error)
{
    g_autoptr(SealSession) self = g_new0(SealSession, 1);
    g_autoptr(GHashTable) open = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Reading reading = { .session = self, .open = open, .texts = texts };

    self->id = g_strdup(id);
    self->tracks = g_ptr_array_new_with_free_func(track_free);
    self->recording = rec_recording_new(id);
    self->fds = g_array_new(FALSE, FALSE, sizeof(int));
    self->steps = g_array_new(FALSE, FALSE, sizeof(SealStep));
    g_autoptr(GArray) numbers = list_numbers(journal_dir, error);
    if (!numbers)
        return NULL;
    for (unsigned i = 0; i < numbers->len; i++) {
        if (!read_file(&reading, journal_dir, g_array_index(numbers, uint64_t, i), error))
            return NULL;
    }
    if (g_hash_table_size(texts) == 0 && self->tracks->len == 0) {
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s holds nothing of session %s", journal_dir, id);
        return NULL;
    }
    finish(self);
    return g_steal_pointer(&self);
}

bool
seal_session_get_data(const SealSession *self, const SealPacket *packet, uint8_t *bytes, GError **error)
{
    ssize_t n;

    do
        n = pread(g_array_index(self->fds, int, packet->file), bytes, packet->size, (off_t)packet->offset);
    while (n < 0 && errno == EINTR);
    if (n == packet->size)
        return true;
    g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot read the journal again: %s",
                n < 0 ? g_strerror(errno) : "it has become shorter");
    return false;
}
