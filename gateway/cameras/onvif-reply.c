#include "gateway/cameras/onvif-reply.h"

#include <string.h>

enum {
    MAX_DEPTH = 32,
    MAX_TEXT = GW_ONVIF_MAX_SCOPES,
    MAX_LOCAL = 32, /* of a name; all that are known are shorter */
    MAX_PIXELS = 65535,
};

typedef struct {
    GwOnvifReply *reply;
    char path[MAX_DEPTH][MAX_LOCAL + 1];
    unsigned depth;
    char text[MAX_TEXT + 1];
    size_t n_text;
    bool is_envelope;
} Reading;

/* Whole characters. */
static void
copy(char *to, size_t size, const char *from)
{
    const char *end = NULL;

    g_strlcpy(to, from, size);
    if (!g_utf8_validate(to, -1, &end))
        to[end - to] = '\0';
}

#define COPY(to, from) copy(to, sizeof to, from)

static const char *
get_local(const char *name)
{
    const char *colon = strrchr(name, ':');

    return colon != NULL ? colon + 1 : name;
}

/* up 0: the innermost. */
static bool
is_at(const Reading *self, unsigned up, const char *name)
{
    return up < self->depth && strcmp(self->path[self->depth - 1 - up], name) == 0;
}

static const char *
find_attribute(const char *wanted, const char **names, const char **values)
{
    for (unsigned i = 0; names[i] != NULL; i++) {
        if (strcmp(get_local(names[i]), wanted) == 0)
            return values[i];
    }
    return "";
}

static void
on_start(GMarkupParseContext *context, const char *name, const char **names, const char **values, void *data,
         GError **error)
{
    Reading *self = data;
    GwOnvifReply *reply = self->reply;
    const char *local = get_local(name);

    (void)context;
    if (self->depth == MAX_DEPTH) {
        g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "too deep");
        return;
    }
    g_strlcpy(self->path[self->depth++], local, sizeof self->path[0]);
    self->n_text = 0;
    self->is_envelope |= self->depth == 1 && strcmp(local, "Envelope") == 0;
    if (strcmp(local, "Profiles") == 0 && reply->n_profiles < GW_ONVIF_MAX_PROFILES)
        COPY(reply->profiles[reply->n_profiles++].token, find_attribute("token", names, values));
    if (strcmp(local, "Preset") == 0 && reply->n_presets < GW_ONVIF_MAX_PRESETS)
        COPY(reply->presets[reply->n_presets++].token, find_attribute("token", names, values));
    if (strcmp(local, "PTZConfiguration") == 0 && is_at(self, 1, "Profiles") && reply->n_profiles > 0)
        reply->profiles[reply->n_profiles - 1].moves = true;
}

static void
on_text(GMarkupParseContext *context, const char *text, size_t size, void *data, GError **error)
{
    Reading *self = data;
    size_t taken = MIN(size, MAX_TEXT - self->n_text);

    (void)context;
    (void)error;
    memcpy(self->text + self->n_text, text, taken);
    self->n_text += taken;
}

static int
read_number(const char *text)
{
    return (int)CLAMP(g_ascii_strtoll(text, NULL, 10), 0, MAX_PIXELS);
}

static void
take_of_profile(Reading *self, GwOnvifProfile *profile)
{
    if (is_at(self, 0, "Name") && is_at(self, 1, "Profiles"))
        COPY(profile->name, self->text);
    if (is_at(self, 0, "Encoding") && is_at(self, 1, "VideoEncoderConfiguration"))
        COPY(profile->codec, self->text);
    if (!is_at(self, 1, "Resolution") || !is_at(self, 2, "VideoEncoderConfiguration"))
        return;
    if (is_at(self, 0, "Width"))
        profile->width = (unsigned)read_number(self->text);
    if (is_at(self, 0, "Height"))
        profile->height = (unsigned)read_number(self->text);
}

static void
take_clock(Reading *self)
{
    static const char *const names[] = { "Year", "Month", "Day", "Hour", "Minute", "Second" };

    for (unsigned i = 0; i < G_N_ELEMENTS(names) && is_at(self, 2, "UTCDateTime"); i++) {
        if (is_at(self, 0, names[i]))
            self->reply->date[i] = read_number(self->text);
    }
}

static void
take_fault(Reading *self)
{
    if (is_at(self, 0, "Value") && strstr(self->text, "NotAuthorized") != NULL)
        self->reply->refused = true;
    if ((is_at(self, 0, "Text") && is_at(self, 1, "Reason")) || is_at(self, 0, "faultstring"))
        COPY(self->reply->fault, self->text);
}

static void
take(Reading *self)
{
    GwOnvifReply *reply = self->reply;

    if (reply->n_profiles > 0)
        take_of_profile(self, &reply->profiles[reply->n_profiles - 1]);
    if (reply->n_presets > 0 && is_at(self, 0, "Name") && is_at(self, 1, "Preset"))
        COPY(reply->presets[reply->n_presets - 1].name, self->text);
    if (is_at(self, 0, "XAddr") && is_at(self, 1, "Media"))
        COPY(reply->media, self->text);
    if (is_at(self, 0, "XAddr") && is_at(self, 1, "PTZ"))
        COPY(reply->ptz, self->text);
    if (is_at(self, 0, "Uri") && is_at(self, 1, "MediaUri"))
        COPY(reply->uri, self->text);
    if (is_at(self, 0, "PresetToken") && is_at(self, 1, "SetPresetResponse"))
        COPY(reply->preset, self->text);
    if (is_at(self, 0, "XAddrs") && is_at(self, 1, "ProbeMatch"))
        COPY(reply->addresses, self->text);
    if (is_at(self, 0, "Scopes") && is_at(self, 1, "ProbeMatch"))
        COPY(reply->scopes, self->text);
    take_clock(self);
    take_fault(self);
}

static void
on_end(GMarkupParseContext *context, const char *name, void *data, GError **error)
{
    Reading *self = data;

    (void)context;
    (void)name;
    (void)error;
    self->text[self->n_text] = '\0';
    if (self->n_text > 0) {
        g_strstrip(self->text);
        take(self);
    }
    self->n_text = 0;
    self->depth--;
}

bool
gw_onvif_reply_read(const char *text, size_t size, GwOnvifReply *ret_reply)
{
    static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end, .text = on_text };
    static const char mark[] = "\xef\xbb\xbf"; /* some cameras begin with it */
    g_autofree Reading *reading = g_new0(Reading, 1);
    g_autofree GwOnvifReply *reply = g_new0(GwOnvifReply, 1);

    if (size > GW_ONVIF_MAX_XML)
        return false;
    if (size >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
        text += strlen(mark);
        size -= strlen(mark);
    }
    reading->reply = reply;
    g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, reading, NULL);
    if (!g_markup_parse_context_parse(context, text, (gssize)size, NULL) ||
        !g_markup_parse_context_end_parse(context, NULL) || !reading->is_envelope)
        return false;
    *ret_reply = *reply;
    return true;
}

char *
gw_onvif_get_scope(const char *scopes, const char *name)
{
    g_auto(GStrv) all = g_strsplit_set(scopes, " \t\r\n", -1);
    g_autofree char *prefix = g_strdup_printf("onvif://www.onvif.org/%s/", name);

    for (char **scope = all; *scope != NULL; scope++) {
        g_autofree char *value =
            g_str_has_prefix(*scope, prefix) ? g_uri_unescape_string(*scope + strlen(prefix), NULL) : NULL;
        if (value != NULL && value[0] != '\0' && g_utf8_validate(value, -1, NULL))
            return g_steal_pointer(&value);
    }
    return NULL;
}

bool
gw_onvif_is_address(const char *text)
{
    g_autoptr(GUri) uri = strlen(text) <= GW_ONVIF_MAX_ADDRESS ? g_uri_parse(text, G_URI_FLAGS_NONE, NULL) : NULL;

    return uri != NULL && strcmp(g_uri_get_scheme(uri), "http") == 0 && g_uri_get_host(uri) != NULL &&
           g_uri_get_host(uri)[0] != '\0' && g_uri_get_userinfo(uri) == NULL;
}

bool
gw_onvif_is_same_host(const char *address, const char *other)
{
    g_autoptr(GUri) one = gw_onvif_is_address(address) ? g_uri_parse(address, G_URI_FLAGS_NONE, NULL) : NULL;
    g_autoptr(GUri) two = gw_onvif_is_address(other) ? g_uri_parse(other, G_URI_FLAGS_NONE, NULL) : NULL;

    return one != NULL && two != NULL && g_ascii_strcasecmp(g_uri_get_host(one), g_uri_get_host(two)) == 0;
}
