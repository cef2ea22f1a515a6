#include "media/sdp-simulcast.h"

#include <string.h>

enum {
    MAX_OFFERED = 16, /* rids, and groups of SSRCs, that are looked at */
    MAX_IN_GROUP = 8,
};

/* RFC 8851 section 10: letters, digits, '-' and '_'. */
static bool
is_rid(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isalnum(text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    }
    return length > 0 && length <= MEDIA_RID_MAX;
}

/* "a=rid:ID send ..." stands in the section. */
static bool
is_declared(const GstSDPMedia *media, const char *rid, size_t length)
{
    for (guint i = 0; i < 2 * MAX_OFFERED; i++) {
        const char *value = gst_sdp_media_get_attribute_val_n(media, "rid", i);

        if (value == NULL)
            return false;
        if (strncmp(value, rid, length) != 0 || strncmp(value + length, " send", 5) != 0)
            continue;
        if (value[length + 5] == '\0' || value[length + 5] == ' ')
            return true;
    }
    return false;
}

static bool
has_rid(const MediaStream *stream, const char *rid, size_t length)
{
    for (unsigned i = 0; i < stream->n_encodings; i++) {
        if (strlen(stream->encodings[i].rid) == length && memcmp(stream->encodings[i].rid, rid, length) == 0)
            return true;
    }
    return false;
}

/* "send f;~h,x;q recv ...": streams by ';', alternatives of one by ',', '~' begins paused. */
static void
read_rids(const GstSDPMedia *media, const char *value, MediaStream *stream)
{
    const char *list = g_str_has_prefix(value, "send ") ? value : strstr(value, " send ");

    if (list == NULL)
        return;
    list = strchr(list + 1, ' ') + 1;
    for (unsigned n = 0; n < MAX_OFFERED && stream->n_encodings < MEDIA_MAX_ENCODINGS; n++) {
        size_t whole = strcspn(list, "; ");
        const char *rid = list[0] == '~' ? list + 1 : list;
        size_t length = strcspn(rid, ",; ");

        if (is_rid(rid, length) && !has_rid(stream, rid, length) && is_declared(media, rid, length))
            memcpy(stream->encodings[stream->n_encodings++].rid, rid, length);
        if (list[whole] != ';')
            break;
        list += whole + 1;
    }
}

/* The SSRCs of an "a=ssrc-group:SEMANTICS n n ..." line; returns how many, 0 when it is another group. */
static unsigned
read_group(const char *value, const char *semantics, uint32_t ssrcs[MAX_IN_GROUP])
{
    size_t length = strlen(semantics);
    unsigned n = 0;

    if (strncmp(value, semantics, length) != 0)
        return 0;
    for (const char *p = value + length; *p == ' ' && g_ascii_isdigit(p[1]) && n < MAX_IN_GROUP;) {
        char *end;
        guint64 ssrc = g_ascii_strtoull(p + 1, &end, 10);

        if (ssrc == 0 || ssrc > G_MAXUINT32)
            return 0;
        ssrcs[n++] = (uint32_t)ssrc;
        p = end;
    }
    return n;
}

static void
read_ssrc_groups(const GstSDPMedia *media, MediaStream *stream)
{
    uint32_t ssrcs[MAX_IN_GROUP];
    const char *value;

    for (guint i = 0; i < MAX_OFFERED && (value = gst_sdp_media_get_attribute_val_n(media, "ssrc-group", i)) != NULL;
         i++) {
        unsigned n = MIN(read_group(value, "SIM", ssrcs), MEDIA_MAX_ENCODINGS);

        for (unsigned k = 0; k < n && stream->n_encodings < MEDIA_MAX_ENCODINGS; k++)
            stream->encodings[stream->n_encodings++].ssrc = ssrcs[k];
    }
    for (guint i = 0; i < MAX_OFFERED && (value = gst_sdp_media_get_attribute_val_n(media, "ssrc-group", i)) != NULL;
         i++) {
        if (read_group(value, "FID", ssrcs) != 2)
            continue;
        for (unsigned k = 0; k < stream->n_encodings; k++) {
            if (stream->encodings[k].ssrc == ssrcs[0])
                stream->encodings[k].rtx_ssrc = ssrcs[1];
        }
    }
}

void
media_sdp_read_simulcast(const GstSDPMedia *media, MediaStream *stream)
{
    const char *simulcast = gst_sdp_media_get_attribute_val(media, "simulcast");

    if (stream->kind != MEDIA_KIND_VIDEO)
        return;
    if (simulcast != NULL && stream->ext_rid != 0)
        read_rids(media, simulcast, stream);
    else
        read_ssrc_groups(media, stream);
    if (stream->n_encodings < 2) {
        stream->n_encodings = 0;
        memset(stream->encodings, 0, sizeof stream->encodings);
    }
}

void
media_sdp_write_simulcast(const MediaStream *stream, GstSDPMedia *media)
{
    g_autoptr(GString) list = g_string_new("recv ");

    if (stream->n_encodings == 0 || stream->encodings[0].rid[0] == '\0')
        return;
    for (unsigned i = 0; i < stream->n_encodings; i++) {
        g_autofree char *rid = g_strconcat(stream->encodings[i].rid, " recv", NULL);

        gst_sdp_media_add_attribute(media, "rid", rid);
        g_string_append_printf(list, "%s%s", i > 0 ? ";" : "", stream->encodings[i].rid);
    }
    gst_sdp_media_add_attribute(media, "simulcast", list->str);
}
