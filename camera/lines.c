#include "camera/lines.h"

#include <string.h>

enum {
    MAX_WORDS = 6,
    MAX_PIXELS = 16384,
    MAX_MILLI_FPS = 1000 * 1000,
    MAX_INTERVAL_MS = 3600 * 1000,
};

static const char *const fault_words[CAM_N_FAULTS] = {
    "none", "unreachable", "password", "no-stream", "stalled", "rubbish", "unfit", "internal",
};

static const char *const report_words[] = { "state connected", "state playing" };

const char *
cam_fault_to_string(CamFault fault)
{
    return fault_words[fault];
}

CamFault
cam_fault_from_string(const char *word)
{
    unsigned fault = 0;

    while (fault < CAM_N_FAULTS && strcmp(fault_words[fault], word) != 0)
        fault++;
    return (CamFault)fault;
}

bool
cam_url_is_valid(const char *url)
{
    g_autoptr(GUri) uri = NULL;

    if (strlen(url) > CAM_MAX_URL || !g_str_is_ascii(url))
        return false;
    for (const char *c = url; *c != '\0'; c++) {
        if (!g_ascii_isgraph(*c))
            return false;
    }
    uri = g_uri_parse(url, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
    return uri != NULL && g_strcmp0(g_uri_get_scheme(uri), "rtsp") == 0 && g_uri_get_host(uri) != NULL &&
           g_uri_get_host(uri)[0] != '\0' && g_uri_get_userinfo(uri) == NULL;
}

/* Percent-escaped text of at most room - 1 bytes, without NUL and control characters. */
static bool
take_text(const char *escaped, char *out, size_t room)
{
    g_autofree char *text = g_uri_unescape_string(escaped, NULL);

    if (text == NULL || strlen(text) >= room)
        return false;
    for (const char *c = text; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            return false;
    }
    g_strlcpy(out, text, room);
    memset(text, 0, strlen(text));
    return true;
}

static bool
take_mode(CamOrder *self, bool test)
{
    if (self->url[0] == '\0')
        return false;
    self->test = test;
    self->complete = true;
    return true;
}

static bool
take_url(CamOrder *self, const char *escaped)
{
    char url[sizeof self->url];

    if (!take_text(escaped, url, sizeof url) || !cam_url_is_valid(url))
        return false;
    g_strlcpy(self->url, url, sizeof self->url);
    return true;
}

bool
cam_order_take_line(CamOrder *self, const char *line)
{
    if (self->complete || strlen(line) > CAM_MAX_LINE)
        return false;
    if (g_str_has_prefix(line, "url "))
        return take_url(self, line + strlen("url "));
    if (g_str_has_prefix(line, "user "))
        return take_text(line + strlen("user "), self->user, sizeof self->user);
    if (g_str_has_prefix(line, "password "))
        return take_text(line + strlen("password "), self->password, sizeof self->password);
    if (strcmp(line, "transport udp") == 0 || strcmp(line, "transport tcp") == 0) {
        self->udp = strcmp(line, "transport udp") == 0;
        return true;
    }
    if (strcmp(line, "transcode") == 0) {
        self->transcode = true;
        return true;
    }
    if (strcmp(line, "play") == 0 || strcmp(line, "test") == 0)
        return take_mode(self, strcmp(line, "test") == 0);
    return false;
}

char *
cam_order_to_lines(const CamOrder *self)
{
    g_autofree char *url = g_uri_escape_string(self->url, NULL, FALSE);
    g_autofree char *user = g_uri_escape_string(self->user, NULL, FALSE);
    g_autofree char *password = g_uri_escape_string(self->password, NULL, FALSE);
    char *lines =
        g_strdup_printf("url %s\nuser %s\npassword %s\ntransport %s\n%s%s\n", url, user, password,
                        self->udp ? "udp" : "tcp", self->transcode ? "transcode\n" : "", self->test ? "test" : "play");

    memset(password, 0, strlen(password));
    return lines;
}

void
cam_order_clear(CamOrder *self)
{
    explicit_bzero(self, sizeof *self);
}

static bool
take_number(const char *word, unsigned most, unsigned *ret_number)
{
    guint64 number = 0;

    if (!g_ascii_string_to_unsigned(word, 10, 0, most, &number, NULL))
        return false;
    *ret_number = (unsigned)number;
    return true;
}

static bool
take_codec(const char *word, CamReport *report)
{
    size_t length = strlen(word);

    if (length == 0 || length > CAM_MAX_CODEC || strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != length)
        return false;
    g_strlcpy(report->codec, word, sizeof report->codec);
    return true;
}

static bool
take_way(const char *word, CamReport *report)
{
    report->transcoded = strcmp(word, "transcoded") == 0;
    return report->transcoded || strcmp(word, "passed") == 0;
}

static bool
take_words(char **words, unsigned n_words, CamReport *report)
{
    if (strcmp(words[0], "video") == 0 && n_words == 6) {
        report->kind = CAM_REPORT_VIDEO;
        return take_codec(words[1], report) && take_number(words[2], MAX_PIXELS, &report->width) &&
               take_number(words[3], MAX_PIXELS, &report->height) &&
               take_number(words[4], MAX_MILLI_FPS, &report->milli_fps) && take_way(words[5], report);
    }
    if (strcmp(words[0], "audio") == 0 && n_words == 3) {
        report->kind = CAM_REPORT_AUDIO;
        return take_codec(words[1], report) && take_way(words[2], report);
    }
    if (strcmp(words[0], "keyframes") == 0 && n_words == 2) {
        report->kind = CAM_REPORT_KEYFRAMES;
        return take_number(words[1], MAX_INTERVAL_MS, &report->interval_ms);
    }
    if (strcmp(words[0], "fault") == 0 && n_words == 2) {
        report->kind = CAM_REPORT_FAULT;
        report->fault = cam_fault_from_string(words[1]);
        return report->fault != CAM_N_FAULTS;
    }
    return false;
}

bool
cam_report_parse(const char *line, CamReport *ret_report)
{
    CamReport report = { 0 };

    if (strlen(line) > CAM_MAX_LINE)
        return false;
    for (unsigned i = 0; i < G_N_ELEMENTS(report_words); i++) {
        if (strcmp(line, report_words[i]) == 0) {
            *ret_report = (CamReport){ .kind = (CamReportKind)i };
            return true;
        }
    }
    g_auto(GStrv) words = g_strsplit(line, " ", MAX_WORDS + 1);
    unsigned n_words = g_strv_length(words);
    if (n_words == 0 || n_words > MAX_WORDS || !take_words(words, n_words, &report))
        return false;
    *ret_report = report;
    return true;
}

char *
cam_report_to_line(const CamReport *self)
{
    const char *way = self->transcoded ? "transcoded" : "passed";

    switch (self->kind) {
    case CAM_REPORT_CONNECTED:
    case CAM_REPORT_PLAYING:
        break;
    case CAM_REPORT_VIDEO:
        return g_strdup_printf("video %s %u %u %u %s", self->codec, self->width, self->height, self->milli_fps, way);
    case CAM_REPORT_AUDIO:
        return g_strdup_printf("audio %s %s", self->codec, way);
    case CAM_REPORT_KEYFRAMES:
        return g_strdup_printf("keyframes %u", self->interval_ms);
    case CAM_REPORT_FAULT:
        return g_strdup_printf("fault %s", cam_fault_to_string(self->fault));
    }
    return g_strdup(report_words[self->kind]);
}
