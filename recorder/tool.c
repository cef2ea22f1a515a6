#include "recorder/tool.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINE = 4096 }; /* of what it says */
#define KEY_FD 3          /* in the program */

struct RecTool {
    const RecToolEvents *events;
    void *user_data;
    GSubprocess *process; /* owned */
    GDataInputStream *output;
    char *complaint; /* the last line that was no JSON */
    bool stopped;
};

static void
tool_free(RecTool *self)
{
    g_clear_object(&self->output);
    g_clear_object(&self->process);
    g_free(self->complaint);
    g_free(self);
}

static void
take_line(RecTool *self, const char *line)
{
    g_autoptr(JsonNode) node = strlen(line) <= MAX_LINE ? json_from_string(line, NULL) : NULL;

    if (!node || !JSON_NODE_HOLDS_OBJECT(node)) {
        if (*line == '\0')
            return;
        g_free(self->complaint);
        self->complaint = g_utf8_make_valid(line, (gssize)MIN(strlen(line), MAX_LINE));
        return;
    }
    JsonNode *progress = json_object_get_member(json_node_get_object(node), "progress");
    if (progress && JSON_NODE_HOLDS_VALUE(progress))
        self->events->progress(CLAMP(json_node_get_double(progress), 0.0, 1.0), self->user_data);
    else if (!progress && self->events->said)
        self->events->said(node, self->user_data);
}

static void
on_ended(GObject *source, GAsyncResult *result, void *data)
{
    RecTool *self = data;
    g_autoptr(GError) status = NULL, error = NULL;

    if (!g_subprocess_wait_check_finish(G_SUBPROCESS(source), result, &status))
        g_set_error(&error, REC_ERROR, REC_ERROR_SEAL, "%s", self->complaint ? self->complaint : status->message);
    self->events->ended(error, self->user_data);
    tool_free(self);
}

static void
on_line(GObject *source, GAsyncResult *result, void *data)
{
    RecTool *self = data;
    g_autofree char *line = g_data_input_stream_read_line_finish(G_DATA_INPUT_STREAM(source), result, NULL, NULL);

    if (line && !self->stopped)
        take_line(self, line);
    /* the handler may have stopped it */
    if (line && !self->stopped)
        g_data_input_stream_read_line_async(self->output, G_PRIORITY_DEFAULT, NULL, on_line, self);
    else
        g_subprocess_wait_check_async(self->process, NULL, on_ended, self);
}

/* To be read once; -1 with an error. A pipe holds so little without anybody reading. */
static int
open_key(const RecKey *key, GError **error)
{
    int fds[2];

    if (!g_unix_open_pipe(fds, FD_CLOEXEC, error))
        return -1;
    bool written = write(fds[1], key->bytes, sizeof key->bytes) == sizeof key->bytes;
    close(fds[1]);
    if (written)
        return fds[0];
    close(fds[0]);
    g_set_error_literal(error, REC_ERROR, REC_ERROR_IO, "the key cannot be handed over");
    return -1;
}

static void
on_written(GObject *source, GAsyncResult *result, void *data)
{
    g_bytes_unref(data); /* lived until it was written */
    /* where this fails, the program says that its order is none */
    g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, NULL, NULL);
    g_output_stream_close_async(G_OUTPUT_STREAM(source), G_PRIORITY_DEFAULT, NULL, NULL, NULL);
}

static void
write_input(RecTool *self, const char *text)
{
    GBytes *bytes = g_bytes_new(text, strlen(text));

    g_output_stream_write_all_async(g_subprocess_get_stdin_pipe(self->process), g_bytes_get_data(bytes, NULL),
                                    g_bytes_get_size(bytes), G_PRIORITY_DEFAULT, NULL, on_written, bytes);
}

static GSubprocess *
spawn(const RecToolConfig *config, GError **error)
{
    GSubprocessFlags in = config->input ? G_SUBPROCESS_FLAGS_STDIN_PIPE : G_SUBPROCESS_FLAGS_NONE;
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(in | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();

    for (unsigned i = 0; config->argv[i]; i++)
        g_ptr_array_add(argv, (char *)config->argv[i]);
    if (config->key) {
        int fd = open_key(config->key, error);
        if (fd < 0)
            return NULL;
        g_subprocess_launcher_take_fd(launcher, fd, KEY_FD);
        g_ptr_array_add(argv, "--key-fd=" G_STRINGIFY(KEY_FD));
        g_ptr_array_add(argv, "--cipher");
        g_ptr_array_add(argv, (char *)rec_cipher_kind_to_string(config->cipher));
    }
    g_ptr_array_add(argv, NULL);
    return g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, error);
}

RecTool *
rec_tool_start(const RecToolConfig *config, const RecToolEvents *events, void *user_data, GError **error)
{
    GSubprocess *process = spawn(config, error);
    RecTool *self;

    if (!process)
        return NULL;
    self = g_new0(RecTool, 1);
    self->events = events;
    self->user_data = user_data;
    self->process = process;
    if (config->input)
        write_input(self, config->input);
    self->output = g_data_input_stream_new(g_subprocess_get_stdout_pipe(process));
    g_data_input_stream_read_line_async(self->output, G_PRIORITY_DEFAULT, NULL, on_line, self);
    return self;
}

void
rec_tool_stop(RecTool *self)
{
    self->stopped = true;
    g_subprocess_force_exit(self->process);
}
