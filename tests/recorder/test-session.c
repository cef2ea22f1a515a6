#include "recorder/seal/session.h"

#include "recorder/output.h"
#include "recorder/pcapng.h"
#include "tests/recorder/folder.h"

static const int64_t START_US = INT64_C(1700000000) * G_USEC_PER_SEC;
static const int64_t HOUR_US = INT64_C(3600) * G_USEC_PER_SEC;

static void
put_packet(RecOutput *output, uint64_t sequence, int64_t time_us)
{
    uint8_t data[50] = { 0x80, 96 };
    RecPcapngPacket packet = {
        .time_us = time_us,
        .data = data,
        .size = sizeof data,
        .sequence = (1ull << 32) + sequence,
    };

    rec_pcapng_put_packet(rec_output_get_buffer(output), &packet);
}

static void
put_entry(RecOutput *output, const char *kind, const char *name, const char *value, int64_t time_us)
{
    GString *text = g_string_new(NULL);

    rec_entry_add_number(text, "__REALTIME_TIMESTAMP", time_us);
    rec_entry_add(text, "YUANJIAN_KIND", kind);
    rec_entry_add(text, "YUANJIAN_SESSION", "v1");
    rec_entry_add(text, name, value);
    rec_pcapng_put_entry(rec_output_get_buffer(output), text->str);
    g_string_free(text, TRUE);
}

static RecOutput *
begin_file(const char *dir, uint64_t number)
{
    g_autoptr(GError) error = NULL;
    RecOutput *output = rec_output_new(dir, number, NULL, &error);

    g_assert_no_error(error);
    rec_pcapng_put_interface(
        rec_output_get_buffer(output), "v1/family-video-1",
        "{\"interface\":0,\"kind\":\"video\",\"codec\":\"VP8\",\"party\":\"family\",\"label\":\"A\"}");
    return output;
}

static void
end_file(RecOutput *output)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(rec_output_sync(output, &error));
    rec_output_free(output);
}

static const SealPacket *
get_packet(const SealSession *session, unsigned i)
{
    const SealTrack *track = session->tracks->pdata[0];

    g_assert_cmpuint(track->packets->len, >, i);
    return &g_array_index(track->packets, SealPacket, i);
}

/* Somebody sets the clock back by an hour in mid session: the time line goes on. */
static void
steps_of_the_wall_clock_are_undone(void)
{
    char *dir = folder_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *step = g_strdup_printf("%" G_GINT64_FORMAT, -HOUR_US);

    RecOutput *output = begin_file(dir, 1);
    put_packet(output, 0, START_US);
    put_entry(output, "clock", "YUANJIAN_STEP", step, START_US - HOUR_US);
    put_packet(output, 1, START_US - HOUR_US + 20000);
    put_entry(output, "event", "YUANJIAN_EVENT", "warn", START_US - HOUR_US + 30000);
    end_file(output);
    g_autoptr(SealSession) session = seal_session_read(dir, "v1", &error);
    g_assert_no_error(error);
    g_assert_cmpint(get_packet(session, 0)->arrival_us, ==, START_US);
    g_assert_cmpint(get_packet(session, 1)->arrival_us, ==, START_US + 20000);
    g_assert_cmpint(((RecEvent *)session->recording->events->pdata[0])->at_us, ==, START_US + 30000);
    g_assert_cmpint(session->first_us, ==, START_US);
    folder_free(dir);
}

/* Over two files, of which the first ends in the middle of a record; doubles and disorder; an entry that was written
 * again after a failure. */
static void
files_are_joined_and_sorted(void)
{
    char *dir = folder_new();
    g_autofree char *path = rec_output_get_path(dir, 1), *bytes = NULL;
    g_autoptr(GError) error = NULL;
    size_t size;

    RecOutput *output = begin_file(dir, 1);
    put_packet(output, 2, START_US + 2);
    put_packet(output, 0, START_US + 3);
    put_entry(output, "event", "YUANJIAN_EVENT", "warn", START_US);
    put_packet(output, 9, START_US + 9);
    g_assert_true(rec_output_flush(output, &error));
    rec_output_free(output);
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    g_assert_true(g_file_set_contents(path, bytes, (gssize)size - 30, NULL));

    output = begin_file(dir, 2);
    put_entry(output, "event", "YUANJIAN_EVENT", "warn", START_US);
    put_packet(output, 1, START_US + 4);
    put_packet(output, 2, START_US + 5);
    end_file(output);
    g_autoptr(SealSession) session = seal_session_read(dir, "v1", &error);
    g_assert_no_error(error);
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpuint(get_packet(session, i)->sequence, ==, (1ull << 32) + i);
    g_assert_cmpuint(((SealTrack *)session->tracks->pdata[0])->packets->len, ==, 3);
    g_assert_cmpint(get_packet(session, 2)->arrival_us, ==, START_US + 2); /* of doubles the first */
    g_assert_cmpuint(session->recording->events->len, ==, 1);
    folder_free(dir);
}

static void
other_sessions_are_not_seen(void)
{
    char *dir = folder_new();
    g_autoptr(GError) error = NULL;

    RecOutput *output = begin_file(dir, 1);
    put_packet(output, 2, START_US);
    end_file(output);
    g_assert_null(seal_session_read(dir, "v2", &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
    folder_free(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/session/steps-of-the-wall-clock-are-undone", steps_of_the_wall_clock_are_undone);
    g_test_add_func("/recorder/session/files-are-joined-and-sorted", files_are_joined_and_sorted);
    g_test_add_func("/recorder/session/other-sessions-are-not-seen", other_sessions_are_not_seen);
    return g_test_run();
}
