/* How fast the sealer is: makes the journal of one visit of two parties, seals it encrypted, and says how many seconds of the visit one
 * second of one core seals. usage: bench/seal --program PATH_OF_YUANJIAN_SEAL [--minutes 30] [--kbits 1200: of each party] */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/output.h"
#include "recorder/pcapng.h"

enum {
    PACKET_BYTES = 1200,
    RTP_HEADER = 12,
    FPS = 30,
    KEY_EVERY_S = 4,
    SOUND_BYTES = 120, /* 48 kbit/s */
    SOUND_US = 20000,
    FLUSH_BYTES = 4 << 20,
    N_TRACKS = 4,
};
static const int64_t START_US = INT64_C(1700000000) * G_USEC_PER_SEC;

typedef struct {
    RecOutput *output;
    uint64_t sequences[N_TRACKS], bytes;
    GRand *noise;
} Visit;

static void
put(Visit *self, unsigned track, uint8_t *data, size_t size, int64_t time_us, uint32_t rate)
{
    uint32_t timestamp = GUINT32_TO_BE((uint32_t)((time_us - START_US) * rate / G_USEC_PER_SEC));
    uint16_t number = GUINT16_TO_BE((uint16_t)self->sequences[track]);
    RecPcapngPacket packet = {
        .interface = track,
        .time_us = time_us,
        .data = data,
        .size = size,
        .sequence = ((uint64_t)1 << 32) + self->sequences[track]++,
    };
    g_autoptr(GError) error = NULL;

    memcpy(data + 2, &number, 2);
    memcpy(data + 4, &timestamp, 4);
    data[11] = (uint8_t)(1 + track);
    rec_pcapng_put_packet(rec_output_get_buffer(self->output), &packet);
    self->bytes += size;
    if (rec_output_get_buffer(self->output)->len > FLUSH_BYTES && !rec_output_flush(self->output, &error))
        g_error("%s", error->message);
}

/* The inside of a frame is noise: no part of sealing looks at it. */
static void
put_frame(Visit *self, unsigned track, int64_t time_us, size_t size, bool key)
{
    static const uint8_t head[] = { 0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01 };
    uint8_t data[PACKET_BYTES];

    for (size_t done = 0; done < size;) {
        size_t n = MIN(size - done, PACKET_BYTES - RTP_HEADER - 1);
        memset(data, 0, RTP_HEADER + 1);
        for (size_t i = RTP_HEADER + 1; i + 4 <= sizeof data; i += 4) {
            uint32_t word = g_rand_int(self->noise);
            memcpy(data + i, &word, 4);
        }
        data[0] = 0x80;
        data[1] = done + n == size ? 0x80 | 96 : 96;
        if (done == 0) {
            data[RTP_HEADER] = 0x10; /* a frame begins */
            memcpy(data + RTP_HEADER + 1, head, sizeof head);
            data[RTP_HEADER + 1] = key ? 0x10 : 0x11;
        }
        put(self, track, data, RTP_HEADER + 1 + n, time_us, 90000);
        done += n;
    }
}

static void
put_sound(Visit *self, unsigned track, int64_t time_us)
{
    uint8_t data[RTP_HEADER + SOUND_BYTES] = { 0x80, 111 };

    for (size_t i = RTP_HEADER; i + 4 <= sizeof data; i += 4) {
        uint32_t word = g_rand_int(self->noise);
        memcpy(data + i, &word, 4);
    }
    data[RTP_HEADER] = 0xf8; /* CELT, 20 ms: any bytes decode; of hybrid frames one in thousands would not */
    put(self, track, data, sizeof data, time_us, 48000);
}

static void
make_journal(const char *dir, int minutes, int kbits)
{
    static const char *const parties[] = { "family", "terminal" };
    g_autoptr(GError) error = NULL;
    Visit visit = { .output = rec_output_new(dir, 1, NULL, &error), .noise = g_rand_new_with_seed(1) };
    size_t frame = (size_t)(kbits * 125 - SOUND_BYTES * 50) / FPS;

    if (!visit.output)
        g_error("%s", error->message);
    for (unsigned i = 0; i < N_TRACKS; i++) {
        bool sound = i % 2 == 0;
        g_autofree char *name = g_strdup_printf("v1/%s-%s-1", parties[i / 2], sound ? "audio" : "video");
        g_autofree char *text = g_strdup_printf("{\"interface\":%u,\"kind\":\"%s\",\"codec\":\"%s\",\"party\":\"%s\","
                                                "\"label\":\"A\"}",
                                                i, sound ? "audio" : "video", sound ? "opus" : "VP8", parties[i / 2]);
        rec_pcapng_put_interface(rec_output_get_buffer(visit.output), name, text);
    }
    for (int64_t n = 0; n < (int64_t)minutes * 60 * FPS; n++) {
        int64_t at_us = START_US + n * G_USEC_PER_SEC / FPS;
        for (unsigned side = 0; side < 2; side++)
            put_frame(&visit, 2 * side + 1, at_us, frame, n % (FPS * KEY_EVERY_S) == 0);
        for (int64_t t = (n * G_USEC_PER_SEC / FPS + SOUND_US - 1) / SOUND_US;
             t * SOUND_US < (n + 1) * G_USEC_PER_SEC / FPS; t++) {
            put_sound(&visit, 0, START_US + t * SOUND_US);
            put_sound(&visit, 2, START_US + t * SOUND_US);
        }
    }
    if (!rec_output_sync(visit.output, &error))
        g_error("%s", error->message);
    rec_output_free(visit.output);
    g_rand_free(visit.noise);
    printf("journal: %d minutes, %.1f MB of packets, %.0f kbit/s in all\n", minutes, (double)visit.bytes / 1e6,
           (double)visit.bytes * 8 / 1000 / (minutes * 60));
}

static void
hand_over(void *fd)
{
    dup2(GPOINTER_TO_INT(fd), 9);
}

static double
seal(const char *program, const char *dir, const char *out)
{
    const char *argv[] = { program, "--journal", dir, "--session", "v1", "--out", out, "--key-fd=9", NULL };
    g_autoptr(GError) error = NULL;
    struct rusage usage;
    int fds[2], status;
    GPid pid;

    if (pipe2(fds, O_CLOEXEC) < 0 || write(fds[1], "0123456789abcdef0123456789abcdef", 32) != 32)
        g_error("no pipe");
    close(fds[1]);
    if (!g_spawn_async(NULL, (char **)argv, NULL,
                       G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_LEAVE_DESCRIPTORS_OPEN,
                       hand_over, GINT_TO_POINTER(fds[0]), &pid, &error))
        g_error("%s", error->message);
    close(fds[0]);
    if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        g_error("the sealer failed: %d", status);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void
clean(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        if (g_unlink(inner) < 0)
            clean(inner);
    }
    g_rmdir(path);
}

int
main(int argc, char **argv)
{
    int minutes = 30, kbits = 1200;
    char *program = NULL;
    const GOptionEntry entries[] = {
        { "program", 0, 0, G_OPTION_ARG_FILENAME, &program, "yuanjian-seal", "PATH" },
        { "minutes", 0, 0, G_OPTION_ARG_INT, &minutes, "of the visit", "N" },
        { "kbits", 0, 0, G_OPTION_ARG_INT, &kbits, "a second, of each party", "N" },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || !program || minutes < 1 || kbits < 100)
        g_error("%s", error ? error->message : "--program is needed");
    g_autofree char *dir = g_dir_make_tmp("seal-XXXXXX", NULL), *out = g_build_filename(dir, "out", NULL);
    make_journal(dir, minutes, kbits);
    double seconds = seal(program, dir, out);
    printf("sealed with %.2f s of CPU: %.0f s of the visit in each\n", seconds, minutes * 60 / seconds);
    clean(dir);
    return 0;
}
