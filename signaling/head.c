#include "signaling/head.h"

#include <string.h>

#include "signaling/error.h"

enum { MAX_VERB = 16, MAX_TARGET = 8 * 1024, MAX_LENGTH_DIGITS = 18 };

static const char *const single_headers[] = {
    "host",    "content-length",    "transfer-encoding",     "authorization", "origin", "range",
    "upgrade", "sec-websocket-key", "sec-websocket-version", "content-type",  "cookie", "expect"
};

typedef struct {
    const char *at, *end;
} Lines;

static bool
refuse(GError **error, const char *what)
{
    g_set_error(error, SIG_ERROR, SIG_ERROR_INVALID, "not a request that can be read: %s", what);
    return false;
}

/* RFC 9110, 5.6.2 */
static bool
is_token_char(char c)
{
    return g_ascii_isalnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static size_t
token_length(const char *text, size_t max)
{
    size_t n = 0;

    while (n < max && is_token_char(text[n]))
        n++;
    return n;
}

/* A line ends with CR LF; a bare CR or LF is refused. */
static bool
next_line(Lines *lines, const char **ret_line, size_t *ret_length, GError **error)
{
    const char *start = lines->at, *feed = memchr(start, '\n', (size_t)(lines->end - start));

    if (feed == NULL || feed == start || feed[-1] != '\r')
        return refuse(error, "a line does not end with CR LF");
    *ret_line = start;
    *ret_length = (size_t)(feed - 1 - start);
    lines->at = feed + 1;
    for (size_t i = 0; i < *ret_length; i++) {
        if ((unsigned char)start[i] < 0x20 && start[i] != '\t')
            return refuse(error, "a control character in the head");
        if (start[i] == 0x7f)
            return refuse(error, "a control character in the head");
    }
    return true;
}

/* origin-form, or absolute-form (RFC 9112, 3.2.2), whose authority is dropped. */
static bool
parse_target(SigHead *self, const char *target, size_t length, GError **error)
{
    const char *mark;

    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)target[i] <= 0x20 || (unsigned char)target[i] >= 0x7f || target[i] == '#')
            return refuse(error, "the address holds characters that it must not");
    }
    for (unsigned i = 0; i < 2; i++) {
        const char *scheme = i == 0 ? "http://" : "https://";
        size_t skip = strlen(scheme);

        if (length <= skip || g_ascii_strncasecmp(target, scheme, skip) != 0)
            continue;
        while (skip < length && target[skip] != '/' && target[skip] != '?')
            skip++;
        target += skip;
        length -= skip;
    }
    if (length == 0 || length > MAX_TARGET || target[0] != '/')
        return refuse(error, "the address must begin with '/' and be shorter than 8 KiB");
    mark = memchr(target, '?', length);
    self->path = g_strndup(target, mark != NULL ? (size_t)(mark - target) : length);
    if (mark != NULL)
        self->query = g_strndup(mark + 1, length - (size_t)(mark + 1 - target));
    return true;
}

static bool
parse_request_line(SigHead *self, const char *line, size_t length, GError **error)
{
    size_t verb = token_length(line, MIN(length, MAX_VERB + 1));
    const char *target = line + verb + 1, *version;

    if (verb == 0 || verb > MAX_VERB || verb + 1 >= length || line[verb] != ' ')
        return refuse(error, "no verb");
    version = memchr(target, ' ', length - verb - 1);
    if (version == NULL || length - (size_t)(version + 1 - line) != strlen("HTTP/1.1") ||
        memcmp(version + 1, "HTTP/1.", 7) != 0 || (version[8] != '0' && version[8] != '1'))
        return refuse(error, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    self->keep_alive = version[8] == '1';
    self->verb = g_strndup(line, verb);
    return parse_target(self, target, (size_t)(version - target), error);
}

static bool
parse_header(SigHead *self, const char *line, size_t length, GError **error)
{
    size_t name = token_length(line, length);
    const char *value = line + name + 1, *end = line + length;

    if (name == 0 || name >= length || line[name] != ':')
        return refuse(error, "a header line without a name, or a folded one");
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (!sig_pairs_add(self->headers, g_strndup(line, name), g_strndup(value, (size_t)(end - value))))
        return refuse(error, "too many header lines");
    return true;
}

static bool
parse_length(SigHead *self, GError **error)
{
    const char *length = sig_head_get(self, "content-length"), *coding = sig_head_get(self, "transfer-encoding");

    if (length != NULL && coding != NULL)
        return refuse(error, "Content-Length beside Transfer-Encoding");
    if (coding != NULL) {
        if (g_ascii_strcasecmp(coding, "chunked") != 0 || !self->keep_alive)
            return refuse(error, "no transfer coding but chunked, in HTTP/1.1, is taken");
        self->chunked = true;
    }
    if (length == NULL)
        return true;
    if (*length == '\0' || strlen(length) > MAX_LENGTH_DIGITS || strspn(length, "0123456789") != strlen(length))
        return refuse(error, "Content-Length is not a number");
    self->length = g_ascii_strtoull(length, NULL, 10);
    self->has_length = true;
    return true;
}

static bool
check_headers(SigHead *self, GError **error)
{
    const char *expect = sig_head_get(self, "expect");

    for (unsigned i = 0; i < G_N_ELEMENTS(single_headers); i++) {
        if (sig_pairs_count_no_case(self->headers, single_headers[i]) > 1)
            return refuse(error, "a header that may come only once comes twice");
    }
    if (self->keep_alive && sig_head_get(self, "host") == NULL)
        return refuse(error, "no Host");
    if (!parse_length(self, error))
        return false;
    self->expects_continue = self->keep_alive && expect != NULL && g_ascii_strcasecmp(expect, "100-continue") == 0;
    if (sig_head_lists(self, "connection", "close"))
        self->keep_alive = false;
    return true;
}

SigHeadState
sig_head_parse(const uint8_t *bytes, size_t size, SigHead **ret_head, size_t *ret_used, GError **error)
{
    g_autoptr(SigHead) self = NULL;
    const char *text = (const char *)bytes, *stop, *line;
    size_t skipped = 0, length;
    Lines lines;

    /* RFC 9112, 2.2: an empty line before the request line is ignored */
    while (size - skipped >= 2 && skipped < 4 && memcmp(text + skipped, "\r\n", 2) == 0)
        skipped += 2;
    stop = memmem(text + skipped, MIN(size, SIG_HEAD_MAX_SIZE) - skipped, "\r\n\r\n", 4);
    if (stop == NULL && size < SIG_HEAD_MAX_SIZE && memmem(text + skipped, size - skipped, "\n\n", 2) == NULL)
        return SIG_HEAD_MORE;
    if (stop == NULL) {
        refuse(error, size < SIG_HEAD_MAX_SIZE ? "a line does not end with CR LF" : "the head is too long");
        return SIG_HEAD_BAD;
    }
    self = g_new0(SigHead, 1);
    self->headers = sig_pairs_new();
    lines = (Lines){ text + skipped, stop + 2 };
    if (!next_line(&lines, &line, &length, error) || !parse_request_line(self, line, length, error))
        return SIG_HEAD_BAD;
    while (lines.at < lines.end) {
        if (!next_line(&lines, &line, &length, error) || !parse_header(self, line, length, error))
            return SIG_HEAD_BAD;
    }
    if (!check_headers(self, error))
        return SIG_HEAD_BAD;
    *ret_used = (size_t)(stop + 4 - text);
    *ret_head = g_steal_pointer(&self);
    return SIG_HEAD_DONE;
}

void
sig_head_free(SigHead *self)
{
    g_clear_pointer(&self->headers, sig_pairs_free);
    g_free(self->verb);
    g_free(self->path);
    g_free(self->query);
    g_free(self);
}

const char *
sig_head_get(const SigHead *self, const char *name)
{
    return sig_pairs_get_no_case(self->headers, name);
}

static bool
item_is(const char *item, size_t length, const char *token)
{
    const char *quality;
    size_t name;

    while (length > 0 && (*item == ' ' || *item == '\t')) {
        item++;
        length--;
    }
    name = token_length(item, length);
    if (name != strlen(token) || g_ascii_strncasecmp(item, token, name) != 0)
        return false;
    quality = memmem(item, length, "q=0", 3);
    return quality == NULL || strspn(quality + 3, ".0") < (size_t)(item + length - quality - 3);
}

bool
sig_head_lists(const SigHead *self, const char *name, const char *token)
{
    for (unsigned i = 0; i < sig_pairs_get_length(self->headers); i++) {
        if (g_ascii_strcasecmp(sig_pairs_get_name(self->headers, i), name) != 0)
            continue;
        for (const char *p = sig_pairs_get_value(self->headers, i); *p != '\0';) {
            size_t length = strcspn(p, ",");

            if (item_is(p, length, token))
                return true;
            p += length;
            p += *p == ',';
        }
    }
    return false;
}
