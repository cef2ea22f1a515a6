#include "signaling/reply.h"

#include <string.h>
#include <time.h>

#include "signaling/json.h"
#include "signaling/rpc.h"

typedef struct {
    const char *name, *value;
} Line;

/* Inline styles: the pages' component library sets them. */
static const Line security_lines[] = {
    { "Content-Security-Policy",
      "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob:; img-src 'self' blob: data:; "
      "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors "
      "'none'" },
    { "X-Content-Type-Options", "nosniff" },
    { "X-Frame-Options", "DENY" },
    { "Referrer-Policy", "no-referrer" },
    { "Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self), screen-wake-lock=(self), "
                            "fullscreen=(self), autoplay=(self), geolocation=(self), payment=(), usb=()" },
};

typedef struct {
    int status;
    const char *phrase;
} Phrase;

static const Phrase phrases[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 206, "Partial Content" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 416, "Range Not Satisfiable" },
    { 422, "Unprocessable Content" },
    { 426, "Upgrade Required" },
    { 428, "Precondition Required" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 503, "Service Unavailable" },
};

SigReply *
sig_reply_new(int status, const char *content_type, GBytes *body)
{
    SigReply *self = g_new0(SigReply, 1);

    self->status = status;
    self->headers = sig_pairs_new();
    self->content_type = g_strdup(content_type);
    self->body = body != NULL ? g_bytes_ref(body) : NULL;
    return self;
}

SigReply *
sig_reply_new_error(SigError code, const char *message)
{
    g_autoptr(JsonNode) node = json_node_alloc();
    g_autoptr(JsonObject) object = json_object_new();
    g_autoptr(GBytes) body = NULL;
    char *text;

    json_object_set_member(object, "error", sig_rpc_error_node(code, message));
    json_node_init_object(node, object);
    text = sig_json_to_text(node);
    body = g_bytes_new_take(text, strlen(text));
    return sig_reply_new(sig_error_get_http_status(code), "application/json", body);
}

void
sig_reply_free(SigReply *self)
{
    g_clear_pointer(&self->headers, sig_pairs_free);
    g_clear_pointer(&self->body, g_bytes_unref);
    g_free(self->content_type);
    g_free(self->file_path);
    g_free(self->etag);
    if (self->content_data != NULL)
        self->content->free(self->content_data);
    g_free(self);
}

static bool
is_header_name(const char *name)
{
    return *name != '\0' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == strlen(name);
}

bool
sig_reply_add_header(SigReply *self, const char *name, const char *value)
{
    if (!is_header_name(name))
        return false;
    for (const char *p = value; *p != '\0'; p++) {
        if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
            return false;
    }
    return sig_pairs_add(self->headers, g_strdup(name), g_strdup(value));
}

static const char *
get_phrase(int status)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(phrases); i++) {
        if (phrases[i].status == status)
            return phrases[i].phrase;
    }
    return "Other";
}

/* RFC 9110, 5.6.7; by hand, since strftime() speaks the user's language. */
static void
append_date(GString *head, int64_t time_s)
{
    static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)time_s;
    struct tm tm;

    if (gmtime_r(&seconds, &tm) == NULL)
        return;
    g_string_append_printf(head, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[tm.tm_wday], tm.tm_mday,
                           months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void
append_default(GString *head, const SigReply *self, const char *name, const char *value)
{
    if (sig_pairs_get_no_case(self->headers, name) == NULL)
        g_string_append_printf(head, "%s: %s\r\n", name, value);
}

GBytes *
sig_reply_make_head(const SigReply *self, const SigReplyFrame *frame)
{
    GString *head = g_string_sized_new(1024);

    g_string_append_printf(head, "HTTP/1.1 %d %s\r\n", self->status, get_phrase(self->status));
    append_date(head, frame->time_s);
    for (unsigned i = 0; i < G_N_ELEMENTS(security_lines); i++)
        append_default(head, self, security_lines[i].name, security_lines[i].value);
    if (frame->tls)
        append_default(head, self, "Strict-Transport-Security", "max-age=31536000");
    append_default(head, self, "Cache-Control", "no-store");
    if (self->content_type != NULL && !frame->no_length)
        append_default(head, self, "Content-Type", self->content_type);
    for (unsigned i = 0; i < sig_pairs_get_length(self->headers); i++)
        g_string_append_printf(head, "%s: %s\r\n", sig_pairs_get_name(self->headers, i),
                               sig_pairs_get_value(self->headers, i));
    if (!frame->no_length)
        g_string_append_printf(head, "Content-Length: %" G_GUINT64_FORMAT "\r\n", frame->length);
    if (frame->close)
        g_string_append(head, "Connection: close\r\n");
    g_string_append(head, "\r\n");
    return g_string_free_to_bytes(head);
}
