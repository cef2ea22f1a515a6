#define G_LOG_DOMAIN "gateway.voices"

#include "gateway/visits/voices.h"

#include "gateway/visits/notices.h"

struct GwVoices {
    GHashTable *clips; /* "zh/NAME" -> MediaClip */
};

static void
unref_clip(void *clip)
{
    media_clip_unref(clip);
}

static void
load(GwVoices *self, const char *dir, const char *language, const char *name)
{
    g_autofree char *key = g_strdup_printf("%s/%s", language, name);
    g_autofree char *path = g_strdup_printf("%s/%s.opus", dir, key);
    g_autoptr(GError) error = NULL;
    MediaClip *clip = media_clip_new_from_file(path, &error);

    if (clip == NULL) {
        g_message("the notice %s will only be shown, not spoken: %s", key, error->message);
        return;
    }
    g_hash_table_insert(self->clips, g_steal_pointer(&key), clip);
}

GwVoices *
gw_voices_new(const char *dir)
{
    GwVoices *self = g_new0(GwVoices, 1);

    self->clips = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_clip);
    for (const GwNotice *notice = gw_notices_get_all(); dir != NULL && notice->name != NULL; notice++) {
        load(self, dir, "zh", notice->name);
        load(self, dir, "en", notice->name);
    }
    return self;
}

void
gw_voices_free(GwVoices *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->clips);
    g_free(self);
}

MediaClip *
gw_voices_get(GwVoices *self, const char *language, const char *name)
{
    g_autofree char *key = g_strdup_printf("%s/%s", language, name);

    return g_hash_table_lookup(self->clips, key);
}
