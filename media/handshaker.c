#include "media/handshaker.h"

struct MediaHandshaker {
    char *fingerprint;
};

MediaHandshaker *
media_handshaker_new(GError **error G_GNUC_UNUSED)
{
    return g_new0(MediaHandshaker, 1);
}

void
media_handshaker_free(MediaHandshaker *self)
{
    g_free(self);
}

const char *
media_handshaker_get_fingerprint(const MediaHandshaker *self)
{
    return self->fingerprint;
}
