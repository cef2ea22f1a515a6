#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <openssl/evp.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "recorder/journal.h"
#include "recorder/output.h"
#include "recorder/pcapng.h"
#include "recorder/recording.h"
#include "recorder/vault.h"
#include "tests/recorder/folder.h"
#include "tests/recorder/studio.h"

#define PICTURE(encoder) "videotestsrc num-buffers=625 ! video/x-raw,width=160,height=120,framerate=25/1 ! " encoder
#define VP8              PICTURE("vp8enc deadline=1 keyframe-max-dist=50")
#define H264             PICTURE("x264enc tune=zerolatency speed-preset=ultrafast key-int-max=50")
#define SOUND            "audiotestsrc samplesperbuffer=960 num-buffers=1250 ! audio/x-raw,rate=48000 ! opusenc"
enum { SECONDS = 25, CHUNKS = 3, KEY_FD = 3, KILLS = 30 };

static const RecKey key = { { 4, 8, 15, 16, 23, 42 } };

typedef struct {
    char *dir, *journal_dir, *out;
} Stage;

static const RecJournalEvents no_events = { NULL };

static void
play(RecJournal *journal, const char *id, StudioTake *take, int64_t base_us)
{
    RecTrackInfo info = { "v1", id, "family", "Family", media_codec_get_kind(take->codec) };
    RecTrack *track = rec_journal_add_track(journal, &info);

    studio_take_play(take, track, base_us);
    rec_track_close(track);
}

/* Sound, and pictures: two that can be played, one of which no key frame came, with some losses. */
static void
stage_init(Stage *self)
{
    g_autoptr(GError) error = NULL;
    int64_t base_us = g_get_monotonic_time() - 60 * G_USEC_PER_SEC;

    *self = (Stage){ .dir = folder_new() };
    self->journal_dir = g_build_filename(self->dir, "journal", NULL);
    self->out = g_build_filename(self->dir, "archive", NULL);
    RecJournalConfig config = { .dir = self->journal_dir, .n_workers = 1 };
    g_autoptr(RecJournal) journal = rec_journal_new(&config, &no_events, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(StudioTake) sound = studio_take_new(MEDIA_CODEC_OPUS, SOUND);
    g_autoptr(StudioTake) picture = studio_take_new(MEDIA_CODEC_VP8, VP8);
    for (unsigned i = 0; i < sound->packets->len; i++) {
        studio_take_get(sound, i)->lost = i == 100 || i == 600 || i == 601;
        studio_take_get(sound, i)->recovered = i == 700;
    }
    g_autoptr(StudioTake) other = studio_take_new(MEDIA_CODEC_H264, H264);
    g_autoptr(StudioTake) raw = studio_take_new(MEDIA_CODEC_VP8, PICTURE("vp8enc deadline=1 keyframe-max-dist=9999"));
    for (unsigned i = 0; studio_take_get(raw, i)->time_us == 0; i++)
        studio_take_get(raw, i)->lost = true;
    play(journal, "family-audio-1", sound, base_us);
    play(journal, "family-video-1", picture, base_us);
    play(journal, "terminal-video-1", other, base_us);
    play(journal, "terminal-video-2", raw, base_us);
}

static void
stage_clear(Stage *self)
{
    g_free(self->journal_dir);
    g_free(self->out);
    folder_free(self->dir);
}

/* In the sealer, before it begins. fd: what it reads its key from. */
static void
hand_over(void *data)
{
    int fd = GPOINTER_TO_INT(data);

    if (fd == KEY_FD)
        fcntl(fd, F_SETFD, 0);
    else if (fd >= 0)
        dup2(fd, KEY_FD);
}

/* size: of the key that is given; 0: none. Returns the exit code; killed after kill_us: -1. */
static int
run_sealer(const Stage *self, const char *out, size_t size, int64_t kill_us)
{
    const char *argv[] = { YUANJIAN_SEAL, "--journal",   self->journal_dir,
                           "--session",   "v1",          "--out",
                           out,           "--recovered", size > 0 ? "--key-fd=3" : NULL,
                           NULL };
    g_autoptr(GError) error = NULL;
    int fds[2] = { -1, -1 }, status;
    GPid pid;

    if (size > 0) {
        g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
        g_assert_cmpint(write(fds[1], key.bytes, size), ==, size);
        close(fds[1]);
    }
    g_spawn_async(NULL, (char **)argv, NULL,
                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL |
                      G_SPAWN_LEAVE_DESCRIPTORS_OPEN,
                  hand_over, GINT_TO_POINTER(fds[0]), &pid, &error);
    g_assert_no_error(error);
    if (size > 0)
        close(fds[0]);
    if (kill_us > 0) {
        g_usleep((gulong)kill_us);
        kill(pid, SIGKILL);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *
read_text(const char *folder, const char *name, size_t *ret_size)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    char *text;

    g_assert_true(g_file_get_contents(path, &text, ret_size, NULL));
    return text;
}

static char *
hash(const EVP_MD *kind, const void *bytes, size_t size)
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned n;
    GString *hex = g_string_new(NULL);

    g_assert_cmpint(EVP_Digest(bytes, size, sum, &n, kind, NULL), ==, 1);
    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(hex, "%02x", sum[i]);
    return g_string_free(hex, FALSE);
}

static JsonObject *
parse(const char *line)
{
    g_autoptr(JsonNode) node = json_from_string(line, NULL);

    g_assert_nonnull(node);
    return json_object_ref(json_node_get_object(node));
}

static int64_t
get(JsonObject *leaf, const char *name)
{
    return json_object_get_int_member(leaf, name);
}

/* The lines of one file, from the first of lines on; returns the hash of the last. */
static char *
check_file(const Stage *self, const RecRecording *recording, const RecFile *file, char **lines, const char *before)
{
    g_autofree char *folder = g_build_filename(self->out, "v1", NULL), *previous = g_strdup(before);
    size_t size;
    g_autofree char *bytes = read_text(folder, file->file, &size);
    int64_t offset = 0, packets = 0, lost = 0, pts_us = file->start_us;

    g_assert_cmpuint(file->chunks, ==, CHUNKS);
    for (unsigned i = 0; i < file->chunks; i++) {
        g_autoptr(JsonObject) leaf = parse(lines[i]);
        g_assert_cmpstr(json_object_get_string_member(leaf, "file"), ==, file->file);
        g_assert_cmpstr(json_object_get_string_member(leaf, "track"), ==, file->track);
        g_assert_cmpstr(json_object_get_string_member(leaf, "previous"), ==, previous);
        g_assert_cmpstr(json_object_get_string_member(leaf, "clock"), ==, "steady");
        g_assert_cmpint(get(leaf, "chunk"), ==, i);
        g_assert_cmpint(get(leaf, "offset"), ==, offset);
        g_assert_cmpint(get(leaf, "pts_from_us"), ==, pts_us);
        g_assert_cmpint(get(leaf, "wall_from_us"), ==, recording->began_us + pts_us);
        g_assert_cmpint(get(leaf, "rtp_to") - get(leaf, "rtp_from") + 1, >=, get(leaf, "packets"));
        int64_t length_us = get(leaf, "pts_to_us") - pts_us;
        if (i + 1 < file->chunks) {
            g_assert_cmpint(length_us, >=, 10 * G_USEC_PER_SEC);
            g_assert_cmpint(length_us, <=, 12 * G_USEC_PER_SEC);
        }
        g_autofree char *sha256 = hash(EVP_sha256(), bytes + offset, get(leaf, "bytes"));
        g_autofree char *sm3 = hash(EVP_sm3(), bytes + offset, get(leaf, "bytes"));
        g_assert_cmpstr(json_object_get_string_member(leaf, "sha256"), ==, sha256);
        g_assert_cmpstr(json_object_get_string_member(leaf, "sm3"), ==, sm3);
        offset += get(leaf, "bytes");
        packets += get(leaf, "packets");
        lost += get(leaf, "lost");
        pts_us += length_us;
        g_free(previous);
        previous = hash(EVP_sha256(), lines[i], strlen(lines[i]));
    }
    g_autofree char *sm3 = hash(EVP_sm3(), bytes, size);
    g_assert_cmpstr(file->sm3, ==, sm3);
    g_assert_cmpint(offset, ==, size);
    g_assert_cmpint(packets, ==, file->packets);
    g_assert_cmpint(lost, ==, file->lost);
    g_assert_cmpint(pts_us, ==, file->start_us + file->duration_us);
    return g_steal_pointer(&previous);
}

static void
every_chunk_is_a_leaf(void)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    Stage stage;
    g_autoptr(GError) error = NULL;

    stage_init(&stage);
    g_assert_cmpint(run_sealer(&stage, stage.out, 0, 0), ==, EX_OK);
    g_autofree char *folder = g_build_filename(stage.out, "v1", NULL);
    g_autofree char *text = read_text(folder, REC_LEAVES_JSONL, NULL);
    g_assert_true(g_str_has_suffix(text, "}\n"));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 4 * CHUNKS + 1);
    g_autoptr(RecRecording) recording = rec_recording_load(folder, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(recording->files->len, ==, 4);
    for (unsigned i = 0; i < recording->files->len; i++) {
        const RecFile *file = recording->files->pdata[i];
        g_autofree char *last = check_file(&stage, recording, file, lines + i * CHUNKS, zeros);
        g_assert_nonnull(last);
    }
    g_assert_cmpstr(((RecFile *)recording->files->pdata[3])->content_type, ==, "application/x-pcapng");
    g_autoptr(JsonObject) first = parse(lines[0]), second = parse(lines[1]);
    g_assert_cmpint(get(first, "lost"), ==, 1);
    g_assert_cmpint(get(second, "lost"), ==, 2);
    g_assert_cmpint(get(second, "late"), ==, 1);
    stage_clear(&stage);
}

static void
same_journal_gives_same_leaves(void)
{
    Stage stage;
    size_t size, other_size;

    stage_init(&stage);
    g_autofree char *other_out = g_build_filename(stage.dir, "other", NULL);
    g_autofree char *folder = g_build_filename(stage.out, "v1", NULL);
    g_autofree char *other = g_build_filename(other_out, "v1", NULL);
    g_assert_cmpint(run_sealer(&stage, stage.out, 0, 0), ==, EX_OK);
    g_assert_cmpint(run_sealer(&stage, other_out, sizeof key, 0), ==, EX_OK); /* encrypted or not */
    g_autofree char *text = read_text(folder, REC_LEAVES_JSONL, &size);
    g_autofree char *other_text = read_text(other, REC_LEAVES_JSONL, &other_size);
    g_assert_cmpmem(text, size, other_text, other_size);
    g_autofree char *json = read_text(folder, REC_RECORDING_JSON, &size);
    g_autofree char *other_json = read_text(other, REC_RECORDING_JSON, &other_size);
    g_assert_cmpmem(json, size, other_json, other_size);
    stage_clear(&stage);
}

static void
put_packet(RecOutput *output, uint64_t sequence, int64_t time_us)
{
    uint8_t data[50] = { 0x80, 96 };
    RecPcapngPacket packet = { .time_us = time_us, .data = data, .size = sizeof data, .sequence = sequence };

    data[3] = (uint8_t)sequence;
    data[5] = (uint8_t)(sequence * 7); /* 20 ms and a little */
    rec_pcapng_put_packet(rec_output_get_buffer(output), &packet);
}

/* Somebody sets the clock back by an hour between two packets. */
static void
a_step_of_the_clock_is_told(void)
{
    static const int64_t start_us = INT64_C(1700000000000000), hour_us = INT64_C(3600) * G_USEC_PER_SEC;
    g_autoptr(GError) error = NULL;
    Stage stage = { .dir = folder_new() };
    g_autoptr(GString) step = g_string_new(NULL);

    stage.journal_dir = g_strdup(stage.dir);
    stage.out = g_build_filename(stage.dir, "archive", NULL);
    RecOutput *output = rec_output_new(stage.dir, 1, NULL, &error);
    g_assert_no_error(error);
    rec_pcapng_put_interface(rec_output_get_buffer(output), "v1/family-video-1",
                             "{\"interface\":0,\"kind\":\"video\",\"codec\":\"VP8\",\"party\":\"family\"}");
    put_packet(output, 1, start_us);
    rec_entry_add_number(step, "__REALTIME_TIMESTAMP", start_us - hour_us + 10000);
    rec_entry_add(step, "YUANJIAN_KIND", "clock");
    rec_entry_add_number(step, "YUANJIAN_STEP", -hour_us);
    rec_pcapng_put_entry(rec_output_get_buffer(output), step->str);
    put_packet(output, 2, start_us - hour_us + 20000);
    g_assert_true(rec_output_sync(output, &error));
    rec_output_free(output);

    g_assert_cmpint(run_sealer(&stage, stage.out, 0, 0), ==, EX_OK);
    g_autofree char *folder = g_build_filename(stage.out, "v1", NULL);
    g_autofree char *text = read_text(folder, REC_LEAVES_JSONL, NULL);
    g_autoptr(JsonObject) leaf = parse(g_strchomp(text));
    g_assert_cmpstr(json_object_get_string_member(leaf, "clock"), ==, "stepped");
    g_assert_cmpint(get(leaf, "packets"), ==, 2);
    g_assert_cmpint(get(leaf, "wall_from_us"), ==, start_us);
    g_assert_cmpint(get(leaf, "wall_to_us"), ==, start_us - hour_us + get(leaf, "pts_to_us"));
    stage_clear(&stage);
}

/* recording.json, leaves.jsonl and encrypted files that read back; nothing else. */
static void
assert_sealed(const Stage *self)
{
    g_autofree char *folder = g_build_filename(self->out, "v1", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(RecRecording) recording = rec_recording_load(folder, &error);
    g_assert_no_error(error);
    g_assert_true(rec_recording_verify(recording, folder, &key, &error));
    g_assert_no_error(error);
    g_assert_false(rec_recording_verify(recording, folder, NULL, NULL));

    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    unsigned n = 0;
    while ((name = g_dir_read_name(dir))) {
        n++;
        g_assert_true(g_str_has_suffix(name, REC_VAULT_SUFFIX) || strcmp(name, REC_RECORDING_JSON) == 0 ||
                      strcmp(name, REC_LEAVES_JSONL) == 0);
    }
    g_assert_cmpuint(n, ==, recording->files->len + 2);
}

static void
encrypted_leaves_nothing_plain(void)
{
    Stage stage;

    stage_init(&stage);
    g_assert_cmpint(run_sealer(&stage, stage.out, sizeof key, 0), ==, EX_OK);
    assert_sealed(&stage);
    g_assert_cmpint(run_sealer(&stage, stage.out, sizeof key, 0), ==, EX_OK); /* is there, and is the same */
    g_assert_cmpint(run_sealer(&stage, stage.out, 0, 0), ==, EX_SOFTWARE);    /* cannot be compared */
    assert_sealed(&stage);
    stage_clear(&stage);
}

static void
half_a_key_is_refused(void)
{
    Stage stage;

    stage_init(&stage);
    g_assert_cmpint(run_sealer(&stage, stage.out, 31, 0), ==, EX_USAGE);
    g_assert_false(g_file_test(stage.out, G_FILE_TEST_EXISTS));
    stage_clear(&stage);
}

static void
killed_at_any_moment_nothing_or_the_whole(void)
{
    Stage stage;
    unsigned n_killed = 0;

    stage_init(&stage);
    g_autofree char *folder = g_build_filename(stage.out, "v1", NULL);
    int64_t began_us = g_get_monotonic_time();
    g_assert_cmpint(run_sealer(&stage, stage.out, sizeof key, 0), ==, EX_OK);
    int64_t takes_us = g_get_monotonic_time() - began_us;
    for (unsigned i = 1; i <= KILLS; i++) {
        folder_free(g_strdup(folder));
        n_killed += run_sealer(&stage, stage.out, sizeof key, MAX(takes_us * i / KILLS, 1)) == -1;
        if (g_file_test(folder, G_FILE_TEST_EXISTS))
            assert_sealed(&stage);
    }
    g_assert_cmpuint(n_killed, >, 0);
    g_assert_cmpint(run_sealer(&stage, stage.out, sizeof key, 0), ==, EX_OK);
    assert_sealed(&stage);
    g_autofree char *half = g_build_filename(stage.out, ".v1.tmp", NULL);
    g_assert_false(g_file_test(half, G_FILE_TEST_EXISTS));
    stage_clear(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    studio_init();
    g_test_add_func("/recorder/leaves/every-chunk-is-a-leaf", every_chunk_is_a_leaf);
    g_test_add_func("/recorder/leaves/same-journal-gives-same-leaves", same_journal_gives_same_leaves);
    g_test_add_func("/recorder/leaves/a-step-of-the-clock-is-told", a_step_of_the_clock_is_told);
    g_test_add_func("/recorder/leaves/encrypted-leaves-nothing-plain", encrypted_leaves_nothing_plain);
    g_test_add_func("/recorder/leaves/half-a-key-is-refused", half_a_key_is_refused);
    g_test_add_func("/recorder/leaves/killed-at-any-moment-nothing-or-the-whole",
                    killed_at_any_moment_nothing_or_the_whole);
    return g_test_run();
}
