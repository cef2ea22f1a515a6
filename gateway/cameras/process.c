#define G_LOG_DOMAIN "gateway.camera"

#include "gateway/cameras/process.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
    MEDIA_FD = 3, /* in the process */
    READ_BYTES = 1024,
    MAX_REPORTS = 64, /* from one second to the next; a camera has so little to say */
    END_MS = 4000,
};

struct GwCameraProcess {
    GSubprocess *process;
    GInputStream *output; /* borrowed from the process */
    GCancellable *cancel;
    GString *line;
    char bytes[READ_BYTES];
    bool reading, freed; /* a read is under way; nobody wants to know any more */
    unsigned n_reports;
    int64_t counted_us;
    const GwCameraProcessEvents *events;
    void *user_data;
};

/* A process that was told to go. */
typedef struct {
    GSubprocess *process;
    guint timer;
} Leaving;

static gboolean
on_late(void *data)
{
    Leaving *leaving = data;

    leaving->timer = 0;
    g_subprocess_force_exit(leaving->process);
    return G_SOURCE_REMOVE;
}

static void
on_left(GObject *source, GAsyncResult *result, void *data)
{
    Leaving *leaving = data;

    g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
    if (leaving->timer != 0)
        g_source_remove(leaving->timer);
    g_object_unref(leaving->process);
    g_free(leaving);
}

static void
let_go(GSubprocess *process)
{
    Leaving *leaving = g_new0(Leaving, 1);

    leaving->process = process;
    leaving->timer = g_timeout_add(END_MS, on_late, leaving);
    g_subprocess_send_signal(process, SIGTERM);
    g_subprocess_wait_async(process, NULL, on_left, leaving);
}

static void
destroy(GwCameraProcess *self)
{
    g_string_free(self->line, TRUE);
    g_object_unref(self->cancel);
    g_free(self);
}

/* False: it says what no camera process says. */
static bool
take_line(GwCameraProcess *self, const char *line)
{
    int64_t now_us = g_get_monotonic_time();
    CamReport report;

    if (now_us - self->counted_us > G_USEC_PER_SEC) {
        self->counted_us = now_us;
        self->n_reports = 0;
    }
    if (++self->n_reports > MAX_REPORTS || !cam_report_parse(line, &report))
        return false;
    self->events->reported(&report, self->user_data);
    return true;
}

static bool
take_bytes(GwCameraProcess *self, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size && !self->freed; i++) {
        if (bytes[i] == '\0' || self->line->len > CAM_MAX_LINE)
            return false;
        if (bytes[i] != '\n') {
            g_string_append_c(self->line, bytes[i]);
            continue;
        }
        bool good = take_line(self, self->line->str);
        g_string_truncate(self->line, 0);
        if (!good)
            return false;
    }
    return true;
}

static void read_more(GwCameraProcess *self);

static void
on_read(GObject *source, GAsyncResult *result, void *data)
{
    GwCameraProcess *self = data;
    gssize n = g_input_stream_read_finish(G_INPUT_STREAM(source), result, NULL);
    bool good = !self->freed && n > 0 && take_bytes(self, self->bytes, (size_t)n);

    self->reading = false;
    if (self->freed) {
        destroy(self);
        return;
    }
    if (good)
        read_more(self);
    else
        self->events->ended(self->user_data);
}

static void
read_more(GwCameraProcess *self)
{
    self->reading = true;
    g_input_stream_read_async(self->output, self->bytes, sizeof self->bytes, G_PRIORITY_DEFAULT, self->cancel, on_read,
                              self);
}

static GSubprocess *
spawn(const GwCameraProcessConfig *config, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    const char *const argv[] = { config->program, NULL };

    g_subprocess_launcher_unsetenv(launcher, "GST_DEBUG");
    if (config->media_fd >= 0)
        g_subprocess_launcher_take_fd(launcher, config->media_fd, MEDIA_FD);
    return g_subprocess_launcher_spawnv(launcher, argv, error);
}

/* A pipe holds all of it, whether anybody reads or not. */
static bool
give_order(GSubprocess *process, const CamOrder *order, GError **error)
{
    g_autofree char *lines = cam_order_to_lines(order);
    size_t size = strlen(lines);
    bool given = g_output_stream_write_all(g_subprocess_get_stdin_pipe(process), lines, size, NULL, NULL, error);

    explicit_bzero(lines, size);
    return given;
}

GwCameraProcess *
gw_camera_process_new(const GwCameraProcessConfig *config, const GwCameraProcessEvents *events, void *user_data,
                      GError **error)
{
    GSubprocess *process = spawn(config, error);

    if (process == NULL)
        return NULL;
    if (!give_order(process, config->order, error)) {
        let_go(process);
        return NULL;
    }
    GwCameraProcess *self = g_new0(GwCameraProcess, 1);
    self->process = process;
    self->output = g_subprocess_get_stdout_pipe(process);
    self->cancel = g_cancellable_new();
    self->line = g_string_new(NULL);
    self->events = events;
    self->user_data = user_data;
    read_more(self);
    return self;
}

void
gw_camera_process_free(GwCameraProcess *self)
{
    if (self == NULL)
        return;
    self->freed = true;
    g_cancellable_cancel(self->cancel);
    let_go(g_steal_pointer(&self->process));
    if (!self->reading)
        destroy(self);
}
