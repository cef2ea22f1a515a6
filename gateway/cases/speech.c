#define G_LOG_DOMAIN "gateway.speech"

#include "gateway/cases/speech.h"

#include <gio/gio.h>
#include <string.h>

enum { LONGEST_S = 20 };

struct GwSpeech {
    GSubprocess *process;
    MediaClip *clip;
    guint timer;
    bool running, freed; /* freed: nobody wants to know any more */
};

static void
destroy(GwSpeech *self)
{
    g_clear_handle_id(&self->timer, g_source_remove);
    g_clear_pointer(&self->clip, media_clip_unref);
    g_clear_object(&self->process);
    g_free(self);
}

static void
take_bytes(GwSpeech *self, GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    size_t size = 0;
    const uint8_t *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;

    if (data != NULL && g_subprocess_get_successful(self->process))
        self->clip = media_clip_new(data, size, &error);
    if (self->clip == NULL)
        g_message("a sentence will only be shown, not spoken: %s",
                  error != NULL ? error->message : "the program ([cases] speaker) failed");
}

static void
on_spoken(GObject *source, GAsyncResult *result, void *data)
{
    GwSpeech *self = data;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;

    self->running = false;
    if (!g_subprocess_communicate_finish(G_SUBPROCESS(source), result, &bytes, NULL, &error))
        g_debug("%s", error->message);
    if (self->freed) {
        destroy(self);
        return;
    }
    g_clear_handle_id(&self->timer, g_source_remove);
    take_bytes(self, error == NULL ? bytes : NULL);
}

static gboolean
on_late(void *data)
{
    GwSpeech *self = data;

    self->timer = 0;
    g_subprocess_force_exit(self->process);
    return G_SOURCE_REMOVE;
}

GwSpeech *
gw_speech_new(const char *program, const char *sentence)
{
    GwSpeech *self = g_new0(GwSpeech, 1);
    g_autoptr(GBytes) input = g_bytes_new(sentence, strlen(sentence));
    g_autoptr(GError) error = NULL;
    const char *argv[] = { program, NULL };

    if (program != NULL)
        self->process = g_subprocess_newv(
            argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
            &error);
    if (self->process == NULL) {
        g_message("a sentence will only be shown, not spoken: %s",
                  error != NULL ? error->message : "there is no program for it");
        return self;
    }
    self->running = true;
    self->timer = g_timeout_add_seconds(LONGEST_S, on_late, self);
    g_subprocess_communicate_async(self->process, input, NULL, on_spoken, self);
    return self;
}

void
gw_speech_free(GwSpeech *self)
{
    if (self == NULL)
        return;
    self->freed = true;
    g_clear_handle_id(&self->timer, g_source_remove);
    if (self->running)
        g_subprocess_force_exit(self->process);
    else
        destroy(self);
}

MediaClip *
gw_speech_get_clip(const GwSpeech *self)
{
    return self->clip;
}

bool
gw_speech_is_running(const GwSpeech *self)
{
    return self->running;
}
