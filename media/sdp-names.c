#include "media/sdp-names.h"

#include <stddef.h>
#include <string.h>

enum {
    UFRAG_MIN = 4,
    PWD_MIN = 22,
};

static const struct {
    const char *uri;
    size_t offset;
} extensions[] = {
    { "urn:ietf:params:rtp-hdrext:sdes:mid", offsetof(MediaStream, ext_mid) },
    { "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", offsetof(MediaStream, ext_rid) },
    { "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", offsetof(MediaStream, ext_repaired_rid) },
    { "urn:ietf:params:rtp-hdrext:ssrc-audio-level", offsetof(MediaStream, ext_audio_level) },
    { "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
      offsetof(MediaStream, ext_transport_cc) },
    { "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", offsetof(MediaStream, ext_abs_send_time) },
    { "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
      offsetof(MediaStream, ext_dependency) },
};

uint8_t *
media_sdp_extension_field(MediaStream *stream, const char *uri)
{
    for (size_t i = 0; i < G_N_ELEMENTS(extensions); i++) {
        if (g_str_equal(extensions[i].uri, uri))
            return (uint8_t *)stream + extensions[i].offset;
    }
    return NULL;
}

void
media_sdp_foreach_extension(const MediaStream *stream, MediaSdpExtensionFunc func, void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(extensions); i++) {
        uint8_t id = *((const uint8_t *)stream + extensions[i].offset);
        if (id != 0)
            func(extensions[i].uri, id, data);
    }
}

size_t
media_sdp_hash_size(const char *name)
{
    static const struct {
        const char *name;
        size_t size;
    } hashes[] = { { "sha-256", 32 }, { "sha-384", 48 }, { "sha-512", 64 } };

    for (size_t i = 0; i < G_N_ELEMENTS(hashes); i++) {
        if (g_ascii_strcasecmp(hashes[i].name, name) == 0)
            return hashes[i].size;
    }
    return 0;
}

static bool
is_ice_text(const char *text, size_t min, size_t max)
{
    size_t size = text != NULL ? strlen(text) : 0;

    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '/' && text[i] != '-' && text[i] != '_' &&
            text[i] != '=')
            return false; /* '-', '_' and '=' are not of the alphabet, but clients in use send them */
    }
    return size >= min && size <= max;
}

bool
media_sdp_check_ice(const char *ufrag, const char *pwd, MediaIceCredentials *ret_ice, GError **error)
{
    if (!is_ice_text(ufrag, UFRAG_MIN, MEDIA_UFRAG_MAX) || !is_ice_text(pwd, PWD_MIN, MEDIA_PWD_MAX)) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "a=ice-ufrag or a=ice-pwd is missing or malformed");
        return false;
    }
    g_strlcpy(ret_ice->ufrag, ufrag, sizeof ret_ice->ufrag);
    g_strlcpy(ret_ice->pwd, pwd, sizeof ret_ice->pwd);
    return true;
}
