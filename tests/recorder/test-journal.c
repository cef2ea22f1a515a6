#include "recorder/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/files.h"
#include "recorder/output.h"
#include "recorder/reader.h"
#include "recorder/track.h"
#include "tests/recorder/folder.h"

enum { PACKET_SIZE = 500 };

typedef struct {
    char *dir;
    RecJournal *journal;
    unsigned n_failed, n_recovered, n_closed;
    uint64_t lost;
    char *lost_cause;
    int64_t synced_us;
} Fixture;

static void
on_synced(int64_t up_to_us, void *user_data)
{
    Fixture *self = user_data;

    g_assert_cmpint(up_to_us, >=, self->synced_us);
    self->synced_us = up_to_us;
}

static void
on_lost(const char *session, const char *track, uint64_t packets, const char *cause, void *user_data)
{
    Fixture *self = user_data;

    g_assert_cmpstr(session, ==, "v1");
    g_assert_cmpstr(track, ==, "family-video-1");
    self->lost += packets;
    g_free(self->lost_cause);
    self->lost_cause = g_strdup(cause);
}

static void
on_failed(const GError *error, void *user_data)
{
    g_assert_error(error, REC_ERROR, REC_ERROR_IO);
    ((Fixture *)user_data)->n_failed++;
}

static void
on_recovered(void *user_data)
{
    ((Fixture *)user_data)->n_recovered++;
}

static const RecJournalEvents events = {
    .synced = on_synced,
    .lost = on_lost,
    .failed = on_failed,
    .recovered = on_recovered,
};

static void
open_journal(Fixture *self, uint64_t file_bytes)
{
    RecJournalConfig config = { .dir = self->dir, .n_workers = 1, .file_bytes = file_bytes };
    g_autoptr(GError) error = NULL;

    self->journal = rec_journal_new(&config, &events, self, &error);
    g_assert_no_error(error);
}

static void
fixture_init(Fixture *self)
{
    *self = (Fixture){ .dir = folder_new() };
}

static void
fixture_clear(Fixture *self)
{
    g_clear_pointer(&self->journal, rec_journal_free);
    g_free(self->lost_cause);
    folder_free(self->dir);
}

static RecTrack *
add_track(Fixture *self, const char *session)
{
    RecTrackInfo info = {
        .session = session,
        .track = "family-video-1",
        .party = "family",
        .label = "妈妈",
        .kind = MEDIA_KIND_VIDEO,
    };

    return rec_journal_add_track(self->journal, &info);
}

static void
put_packets(RecTrack *track, uint64_t first, unsigned n)
{
    MediaSink *sink = rec_track_get_sink(track);

    for (uint64_t i = first; i < first + n; i++) {
        uint8_t bytes[PACKET_SIZE] = { 0x80, 96 };
        memcpy(bytes + 12, &i, sizeof i);
        MediaPacket packet = {
            .data = bytes,
            .size = sizeof bytes,
            .codec = MEDIA_CODEC_VP8,
            .sequence = i,
            .recovered = i % 3 == 0,
            .arrival_us = g_get_monotonic_time(),
        };
        sink->klass->packets(sink, NULL, &packet, 1);
    }
}

static void
on_closed(void *session, void *data)
{
    (void)session;
    ((Fixture *)data)->n_closed++;
}

static void
close_session(Fixture *self, const char *session)
{
    unsigned before = self->n_closed;

    rec_journal_close_session(self->journal, session, on_closed, self);
    while (self->n_closed == before)
        g_main_context_iteration(NULL, TRUE);
}

/* What all files hold of a session. */
typedef struct {
    unsigned n_files, n_packets, n_reports, n_gaps;
    uint64_t gap_packets, last_sequence;
    bool whole_chain;
    GString *events; /* "open pause ..." */
} Content;

static void
read_entry(Content *self, const char *entry, const char *session)
{
    g_autofree char *own = rec_entry_get(entry, "YUANJIAN_SESSION"), *kind = rec_entry_get(entry, "YUANJIAN_KIND");
    g_autofree char *event = rec_entry_get(entry, "YUANJIAN_EVENT");

    if (g_strcmp0(own, session) != 0)
        return;
    if (g_strcmp0(kind, "gap") == 0) {
        self->n_gaps++;
        self->gap_packets += rec_entry_get_number(entry, "YUANJIAN_PACKETS");
    }
    if (event)
        g_string_append_printf(self->events, "%s ", event);
}

static void
content_read(Content *self, const char *dir, const char *session)
{
    *self = (Content){ .events = g_string_new(NULL), .whole_chain = true };
    for (uint64_t number = 1; number < 100; number++) {
        g_autofree char *path = rec_output_get_path(dir, number);
        g_autoptr(RecReader) reader = rec_reader_open(path, number, NULL);
        RecRecord record;
        if (!reader)
            continue;
        self->n_files++;
        while (rec_reader_next(reader, &record)) {
            if (record.entry)
                read_entry(self, record.entry, session);
            else if (strcmp(record.interface->session, session) != 0)
                continue;
            else if (record.packet.kind == REC_PACKET_RTCP)
                self->n_reports++;
            else
                self->n_packets++;
            if (!record.entry && record.packet.kind == REC_PACKET_RTP)
                self->last_sequence = record.packet.sequence;
        }
        self->whole_chain &= rec_reader_has_whole_chain(reader);
        g_assert_cmpuint(rec_reader_get_good_end(reader), ==, rec_reader_get_size(reader));
    }
}

static void
content_clear(Content *self)
{
    g_string_free(self->events, TRUE);
}

static void
packets_reports_and_events_are_read_back(void)
{
    Fixture fixture;
    Content content;
    MediaSenderReport report = { .ntp = 1, .timestamp = 2, .ssrc = 3 };

    fixture_init(&fixture);
    open_journal(&fixture, 0);
    rec_journal_add_event(fixture.journal, "v1", "open", "{\n\"a\":1\n}", g_get_real_time());
    RecTrack *track = add_track(&fixture, "v1");
    MediaSink *sink = rec_track_get_sink(track);
    g_assert_cmpint(sink->keyframe_interval_us, >, 0);
    put_packets(track, 1ull << 32, 1000);
    sink->klass->sender_report(sink, NULL, &report);
    g_assert_cmpuint(rec_track_get_packets(track), ==, 1000);
    rec_journal_add_event(fixture.journal, "v1", "close", NULL, g_get_real_time());
    rec_track_close(track);
    close_session(&fixture, "v1");
    int64_t now_us = g_get_real_time();
    g_assert_cmpint(fixture.synced_us, >, now_us - 10 * G_USEC_PER_SEC);
    g_assert_cmpint(fixture.synced_us, <=, now_us);

    content_read(&content, fixture.dir, "v1"); /* while it is still written to */
    g_assert_cmpuint(content.n_packets, ==, 1000);
    g_assert_cmpuint(content.n_reports, ==, 1);
    g_assert_cmpuint(content.last_sequence, ==, (1ull << 32) + 999);
    g_assert_cmpstr(content.events->str, ==, "open close ");
    g_assert_true(content.whole_chain);
    g_assert_cmpuint(fixture.lost, ==, 0);
    content_clear(&content);
    fixture_clear(&fixture);
}

static void
second_service_is_locked_out(void)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;

    fixture_init(&fixture);
    open_journal(&fixture, 0);
    RecJournalConfig config = { .dir = fixture.dir, .n_workers = 1 };
    g_assert_null(rec_journal_new(&config, &events, NULL, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_LOCKED);
    g_clear_pointer(&fixture.journal, rec_journal_free);
    open_journal(&fixture, 0);
    fixture_clear(&fixture);
}

static void
bad_folder_is_an_error(void)
{
    g_autoptr(GError) error = NULL;
    RecJournalConfig config = { .dir = "/proc/nothing/here", .n_workers = 1 };

    g_assert_null(rec_journal_new(&config, &events, NULL, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_IO);
}

static void
files_follow_each_other_and_go_when_all_is_sealed(void)
{
    Fixture fixture;
    Content content;

    fixture_init(&fixture);
    open_journal(&fixture, 100 * 1000);
    RecTrack *first = add_track(&fixture, "v1"), *second = add_track(&fixture, "v2");
    put_packets(first, 1ull << 32, 400);
    put_packets(second, 1ull << 32, 400);
    rec_track_close(first);
    rec_track_close(second);
    close_session(&fixture, "v1");
    close_session(&fixture, "v2");
    content_read(&content, fixture.dir, "v2");
    g_assert_cmpuint(content.n_files, >=, 4);
    g_assert_cmpuint(content.n_packets, ==, 400);
    g_assert_true(content.whole_chain);
    unsigned n_files = content.n_files;
    content_clear(&content);

    rec_journal_set_sealed(fixture.journal, "v1");
    close_session(&fixture, "v1"); /* the writer has done it when this is answered */
    content_read(&content, fixture.dir, "v2");
    g_assert_cmpuint(content.n_packets, ==, 400);
    g_assert_cmpuint(content.n_files, <, n_files);
    content_clear(&content);

    rec_journal_set_sealed(fixture.journal, "v2");
    close_session(&fixture, "v2");
    content_read(&content, fixture.dir, "v2");
    g_assert_cmpuint(content.n_packets, ==, 0);
    g_assert_cmpuint(content.n_files, ==, 1); /* the new one */
    content_clear(&content);
    fixture_clear(&fixture);
}

static void
assert_unsealed(Fixture *self, const char *expected)
{
    g_autoptr(GPtrArray) list = rec_journal_list_unsealed(self->journal);

    g_ptr_array_add(list, NULL);
    g_autofree char *joined = g_strjoinv(" ", (char **)list->pdata);
    g_assert_cmpstr(joined, ==, expected);
}

static void
what_is_sealed_survives_a_restart(void)
{
    Fixture fixture;

    fixture_init(&fixture);
    open_journal(&fixture, 0);
    rec_journal_add_event(fixture.journal, "v3", "open", NULL, 1);
    rec_journal_add_event(fixture.journal, "v1", "open", NULL, 1);
    rec_journal_add_event(fixture.journal, "v2", "open", NULL, 1);
    assert_unsealed(&fixture, "v1 v2 v3");
    rec_journal_set_sealed(fixture.journal, "v1");
    assert_unsealed(&fixture, "v2 v3");
    rec_journal_add_event(fixture.journal, "v1", "late", NULL, 1); /* is not kept */
    g_clear_pointer(&fixture.journal, rec_journal_free);
    open_journal(&fixture, 0);
    assert_unsealed(&fixture, "v2 v3");
    g_assert_false(rec_journal_was_cut(fixture.journal, "v2"));

    RecTrack *track = add_track(&fixture, "v1"); /* the session goes on after all */
    put_packets(track, 1ull << 32, 1);
    rec_track_close(track);
    g_clear_pointer(&fixture.journal, rec_journal_free);
    open_journal(&fixture, 0);
    assert_unsealed(&fixture, "v1 v2 v3");
    rec_journal_set_sealed(fixture.journal, "v1");
    rec_journal_set_sealed(fixture.journal, "v2");
    rec_journal_set_sealed(fixture.journal, "v3");
    g_clear_pointer(&fixture.journal, rec_journal_free);
    open_journal(&fixture, 0);
    assert_unsealed(&fixture, "");
    fixture_clear(&fixture);
}

/* Cuts the file there, starts the journal on it, and looks at what is left. */
static void
check_cut(const char *dir, const uint8_t *bytes, size_t size, size_t expected)
{
    g_autofree char *path = rec_output_get_path(dir, 1), *left = NULL;
    g_autoptr(GError) error = NULL;
    size_t left_size;

    g_assert_true(g_file_set_contents(path, (const char *)bytes, (gssize)size, &error));
    g_autoptr(RecFiles) files = rec_files_new(dir, &error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) sessions = rec_files_list_unsealed(files);
    g_assert_cmpuint(sessions->len, ==, 1);
    g_assert_true(g_file_get_contents(path, &left, &left_size, NULL));
    g_assert_cmpuint(left_size, ==, expected);
    g_assert_cmpmem(left, left_size, bytes, expected);
}

static void
torn_tails_are_cut_at_every_byte(void)
{
    enum { PAGE = 4096 };
    Fixture fixture;
    size_t size, end = 0, before = 0;
    RecBlock block;
    g_autofree char *path = NULL, *text = NULL;

    fixture_init(&fixture);
    open_journal(&fixture, 0);
    RecTrack *track = add_track(&fixture, "v1");
    put_packets(track, 1ull << 32, 5);
    rec_track_close(track);
    rec_journal_add_event(fixture.journal, "v1", "close", NULL, 1);
    close_session(&fixture, "v1");
    path = rec_output_get_path(fixture.dir, 1);
    g_assert_true(g_file_get_contents(path, &text, &size, NULL)); /* as a power cut leaves it: without an end */
    g_clear_pointer(&fixture.journal, rec_journal_free);

    g_autofree uint8_t *bytes = g_malloc0(size + PAGE);
    memcpy(bytes, text, size);
    for (size_t at = 0; at < size;) { /* all that comes after the first packet can be torn */
        size_t length = rec_pcapng_get_block(bytes + at, size - at, &block);
        g_assert_cmpuint(length, >, 0);
        at += length;
        if (block.type == REC_BLOCK_PACKET && end == 0)
            before = end = at;
    }
    for (size_t cut = end; cut <= size; cut++) {
        if (rec_pcapng_get_block(bytes + before, cut - before, &block) > 0)
            before += rec_pcapng_get_block(bytes + before, cut - before, &block);
        check_cut(fixture.dir, bytes, cut, before);
        if (cut % 16 != 0)
            continue;
        g_autofree uint8_t *spoiled = g_malloc0(size + PAGE); /* zero pages to the end, and beyond it */
        memcpy(spoiled, bytes, cut);
        check_cut(fixture.dir, spoiled, size + PAGE, before);
        memset(spoiled + cut, 0xE5, size + PAGE - cut); /* stale bytes */
        check_cut(fixture.dir, spoiled, size + PAGE, before);
    }
    fixture_clear(&fixture);
}

static void
unreadable_file_is_set_aside(void)
{
    Fixture fixture;

    fixture_init(&fixture);
    g_autofree char *path = rec_output_get_path(fixture.dir, 7), *aside = g_strconcat(path, ".damaged", NULL);
    g_assert_true(g_file_set_contents(path, "this is no journal at all", -1, NULL));
    open_journal(&fixture, 0);
    g_assert_true(g_file_test(aside, G_FILE_TEST_EXISTS));
    assert_unsealed(&fixture, "");
    fixture_clear(&fixture);
}

static void *
put_from_another_thread(void *track)
{
    put_packets(track, 1ull << 32, 10);
    return NULL;
}

static void
loss_is_counted_told_and_written(void)
{
    Fixture fixture;
    Content content;

    fixture_init(&fixture);
    open_journal(&fixture, 0); /* for one worker */
    RecTrack *track = add_track(&fixture, "v1");
    put_packets(track, (1ull << 32) + 10, 5);
    g_thread_join(g_thread_new("second", put_from_another_thread, track)); /* finds no ring */
    g_assert_cmpuint(rec_track_get_packets(track), ==, 5);
    rec_track_close(track);
    close_session(&fixture, "v1");
    g_assert_cmpuint(fixture.lost, ==, 10);
    g_assert_cmpstr(fixture.lost_cause, ==, "ring");
    content_read(&content, fixture.dir, "v1");
    g_assert_cmpuint(content.n_packets, ==, 5);
    g_assert_cmpuint(content.gap_packets, ==, 10);
    content_clear(&content);
    fixture_clear(&fixture);
}

/* A disk of one megabyte, where that can be had. */
static bool
mount_small(const char *dir)
{
    return mount("tmpfs", dir, "tmpfs", 0, "size=1m") == 0;
}

static void
full_disk_fails_once_and_recovers(void)
{
    Fixture fixture;
    Content content;
    uint64_t next = 1ull << 32, kept;

    fixture_init(&fixture);
    if (!mount_small(fixture.dir)) {
        g_test_skip("a small file system cannot be mounted here");
        fixture_clear(&fixture);
        return;
    }
    g_autofree char *filler = g_build_filename(fixture.dir, "filler", NULL), *zeros = g_malloc0(700 * 1024);
    g_assert_true(g_file_set_contents(filler, zeros, 700 * 1024, NULL));
    open_journal(&fixture, 0);
    RecTrack *track = add_track(&fixture, "v1");
    while (fixture.n_failed == 0 || fixture.lost == 0) {
        put_packets(track, next, 20);
        next += 20;
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    rec_journal_add_event(fixture.journal, "v1", "warn", NULL, 1); /* must not be lost */
    g_assert_cmpint(g_unlink(filler), ==, 0);
    while (fixture.n_recovered == 0) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    kept = rec_track_get_packets(track);
    put_packets(track, next, 20);
    rec_track_close(track);
    close_session(&fixture, "v1");
    g_assert_cmpuint(fixture.n_failed, ==, 1);
    g_assert_cmpstr(fixture.lost_cause, ==, "disk");
    content_read(&content, fixture.dir, "v1");
    g_assert_cmpuint(content.n_packets + fixture.lost, ==, kept + 20); /* every packet is either there or told */
    g_assert_cmpuint(content.gap_packets, ==, fixture.lost);
    g_assert_nonnull(strstr(content.events->str, "warn"));
    g_assert_true(content.whole_chain);
    content_clear(&content);
    g_clear_pointer(&fixture.journal, rec_journal_free);
    g_assert_cmpint(umount2(fixture.dir, MNT_DETACH), ==, 0);
    fixture_clear(&fixture);
}

/* The child of the next test: a packet every 5 ms until it is killed; n_put says how many. */
static void
write_until_killed(const char *dir, _Atomic uint64_t *n_put)
{
    Fixture fixture = { .dir = (char *)dir };

    open_journal(&fixture, 0);
    RecTrack *track = add_track(&fixture, "v1");
    for (uint64_t i = 0;; i++) {
        put_packets(track, (1ull << 32) + i, 1);
        atomic_store(n_put, i + 1);
        g_usleep(5000);
    }
}

static void
kill_loses_a_quarter_of_a_second_at_most(void)
{
    enum { MOST = REC_JOURNAL_SYNC_US / 5000 };
    Fixture fixture;
    Content content;
    _Atomic uint64_t *n_put = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    fixture_init(&fixture);
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0)
        write_until_killed(fixture.dir, n_put);
    while (atomic_load(n_put) < 150)
        g_usleep(1000);
    g_assert_cmpint(kill(child, SIGKILL), ==, 0);
    g_assert_cmpint(waitpid(child, NULL, 0), ==, child);

    open_journal(&fixture, 0);
    assert_unsealed(&fixture, "v1");
    g_assert_true(rec_journal_was_cut(fixture.journal, "v1"));
    content_read(&content, fixture.dir, "v1");
    g_assert_cmpuint(content.n_packets + MOST, >=, atomic_load(n_put));
    content_clear(&content);
    munmap((void *)n_put, 4096);
    fixture_clear(&fixture);
}

static void
ids_are_checked(void)
{
    g_assert_true(rec_id_is_valid("family-1_video.2"));
    g_assert_false(rec_id_is_valid(NULL));
    g_assert_false(rec_id_is_valid(""));
    g_assert_false(rec_id_is_valid(".."));
    g_assert_false(rec_id_is_valid(".hidden"));
    g_assert_false(rec_id_is_valid("a/b"));
    g_assert_false(rec_id_is_valid("a b"));
    g_assert_false(rec_id_is_valid("a\n"));
    g_assert_false(rec_id_is_valid("a~2"));
    char longest[REC_ID_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[REC_ID_MAX] = '\0';
    g_assert_true(rec_id_is_valid(longest));
    longest[REC_ID_MAX] = 'a';
    longest[REC_ID_MAX + 1] = '\0';
    g_assert_false(rec_id_is_valid(longest));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* first, while there are no threads */
    g_test_add_func("/recorder/journal/kill-loses-a-quarter-of-a-second-at-most",
                    kill_loses_a_quarter_of_a_second_at_most);
    g_test_add_func("/recorder/journal/packets-reports-and-events-are-read-back",
                    packets_reports_and_events_are_read_back);
    g_test_add_func("/recorder/journal/second-service-is-locked-out", second_service_is_locked_out);
    g_test_add_func("/recorder/journal/bad-folder-is-an-error", bad_folder_is_an_error);
    g_test_add_func("/recorder/journal/files-follow-each-other-and-go-when-all-is-sealed",
                    files_follow_each_other_and_go_when_all_is_sealed);
    g_test_add_func("/recorder/journal/what-is-sealed-survives-a-restart", what_is_sealed_survives_a_restart);
    g_test_add_func("/recorder/journal/torn-tails-are-cut-at-every-byte", torn_tails_are_cut_at_every_byte);
    g_test_add_func("/recorder/journal/unreadable-file-is-set-aside", unreadable_file_is_set_aside);
    g_test_add_func("/recorder/journal/loss-is-counted-told-and-written", loss_is_counted_told_and_written);
    g_test_add_func("/recorder/journal/full-disk-fails-once-and-recovers", full_disk_fails_once_and_recovers);
    g_test_add_func("/recorder/journal/ids-are-checked", ids_are_checked);
    return g_test_run();
}
