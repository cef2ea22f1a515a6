#include "signaling/frame.h"

#include <string.h>

enum {
    CLOSE_NORMAL = 1000,
    CLOSE_PROTOCOL = 1002,
    CLOSE_UNSUPPORTED = 1003,
    CLOSE_BAD_TEXT = 1007,
    CLOSE_TOO_LARGE = 1009,
    MAX_REASON = SIG_FRAMES_MAX_CONTROL - 2,
};

static SigFramesEvent
bad(SigFrames *self, uint16_t code)
{
    self->code = code;
    return SIG_FRAMES_BAD;
}

static SigFrameOpcode
opcode_of(const SigFrames *self)
{
    return self->header[0] & 0x0f;
}

static bool
is_final(const SigFrames *self)
{
    return (self->header[0] & 0x80) != 0;
}

static bool
is_control(const SigFrames *self)
{
    return (self->header[0] & 0x08) != 0;
}

static size_t
header_size(const SigFrames *self)
{
    if (self->n_header < 2)
        return 2;
    switch (self->header[1] & 0x7f) {
    case 126:
        return 2 + 2 + 4;
    case 127:
        return 2 + 8 + 4;
    default:
        return 2 + 4;
    }
}

/* 0: fine; otherwise the close code. Called with the first two bytes and again with the whole header. */
static uint16_t
check_start(const SigFrames *self)
{
    SigFrameOpcode opcode = opcode_of(self);

    if ((self->header[0] & 0x70) != 0 || (self->header[1] & 0x80) == 0)
        return CLOSE_PROTOCOL;
    if (is_control(self)) {
        bool known = opcode == SIG_FRAME_CLOSE || opcode == SIG_FRAME_PING || opcode == SIG_FRAME_PONG;

        return known && is_final(self) && (self->header[1] & 0x7f) <= SIG_FRAMES_MAX_CONTROL ? 0 : CLOSE_PROTOCOL;
    }
    if (opcode == SIG_FRAME_BINARY)
        return CLOSE_UNSUPPORTED;
    if (opcode != SIG_FRAME_TEXT && opcode != SIG_FRAME_CONTINUATION)
        return CLOSE_PROTOCOL;
    return self->in_message == (opcode == SIG_FRAME_CONTINUATION) ? 0 : CLOSE_PROTOCOL;
}

static uint64_t
payload_length(const SigFrames *self)
{
    unsigned length = self->header[1] & 0x7f, n_bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
    uint64_t value = n_bytes == 0 ? length : 0;

    for (unsigned i = 0; i < n_bytes; i++)
        value = value << 8 | self->header[2 + i];
    return value;
}

static SigFramesEvent
begin_payload(SigFrames *self)
{
    self->n_left = payload_length(self);
    self->mask_at = 0;
    self->in_payload = true;
    if (is_control(self)) {
        self->n_control = 0;
        return SIG_FRAMES_MORE;
    }
    if (self->message == NULL)
        self->message = g_byte_array_new();
    self->in_message = true;
    if (++self->n_fragments > SIG_FRAMES_MAX_FRAGMENTS || self->n_left > SIG_FRAMES_MAX_MESSAGE - self->message->len)
        return bad(self, CLOSE_TOO_LARGE);
    return SIG_FRAMES_MORE;
}

static SigFramesEvent
take_header(SigFrames *self, const uint8_t **bytes, size_t *size)
{
    while (*size > 0 && self->n_header < header_size(self)) {
        self->header[self->n_header++] = *(*bytes)++;
        (*size)--;
        if (self->n_header == 2 && check_start(self) != 0)
            return bad(self, check_start(self));
    }
    return self->n_header < header_size(self) ? SIG_FRAMES_MORE : begin_payload(self);
}

static void
take_payload(SigFrames *self, const uint8_t **bytes, size_t *size)
{
    size_t n = (size_t)MIN(self->n_left, *size);
    const uint8_t *mask = self->header + self->n_header - 4;
    uint8_t *to = self->control + self->n_control;

    if (n == 0)
        return;
    if (is_control(self)) {
        self->n_control += n;
    } else {
        unsigned at = self->message->len;

        g_byte_array_set_size(self->message, at + (unsigned)n);
        to = self->message->data + at;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = (*bytes)[i] ^ mask[(self->mask_at + i) & 3];
    self->mask_at = (uint8_t)((self->mask_at + n) & 3);
    self->n_left -= n;
    *bytes += n;
    *size -= n;
}

/* RFC 6455, 7.4; 3000-4999 are for libraries and applications. */
static bool
is_close_code(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static SigFramesEvent
end_close(SigFrames *self)
{
    if (self->n_control == 1)
        return bad(self, CLOSE_PROTOCOL);
    self->code = CLOSE_NORMAL;
    if (self->n_control == 0)
        return SIG_FRAMES_CLOSE;
    self->code = (uint16_t)(self->control[0] << 8 | self->control[1]);
    if (!is_close_code(self->code))
        return bad(self, CLOSE_PROTOCOL);
    if (!g_utf8_validate_len((const char *)self->control + 2, self->n_control - 2, NULL))
        return bad(self, CLOSE_BAD_TEXT);
    return SIG_FRAMES_CLOSE;
}

/* NUL is a character for WebSocket; what reads the text refuses it. */
static bool
is_utf8(const GByteArray *text)
{
    const char *p = text->len > 0 ? (const char *)text->data : "", *end = p + text->len;

    while (p < end && !g_utf8_validate_len(p, (size_t)(end - p), &p)) {
        if (*p != '\0')
            return false;
        p++;
    }
    return true;
}

static SigFramesEvent
end_frame(SigFrames *self)
{
    self->in_payload = false;
    self->n_header = 0;
    switch (opcode_of(self)) {
    case SIG_FRAME_PING:
        return SIG_FRAMES_PING;
    case SIG_FRAME_PONG:
        return SIG_FRAMES_PONG;
    case SIG_FRAME_CLOSE:
        return end_close(self);
    default:
        break;
    }
    if (!is_final(self))
        return SIG_FRAMES_MORE;
    self->in_message = false;
    self->n_fragments = 0;
    return is_utf8(self->message) ? SIG_FRAMES_MESSAGE : bad(self, CLOSE_BAD_TEXT);
}

SigFramesEvent
sig_frames_next(SigFrames *self, const uint8_t **bytes, size_t *size)
{
    if (self->message != NULL && !self->in_message)
        g_clear_pointer(&self->message, g_byte_array_unref);

    for (;;) {
        SigFramesEvent event = SIG_FRAMES_MORE;

        if (!self->in_payload)
            event = take_header(self, bytes, size);
        if (event != SIG_FRAMES_MORE)
            return event;
        if (!self->in_payload)
            return SIG_FRAMES_MORE;
        take_payload(self, bytes, size);
        if (self->n_left > 0)
            return SIG_FRAMES_MORE;
        event = end_frame(self);
        if (event != SIG_FRAMES_MORE)
            return event;
    }
}

void
sig_frames_clear(SigFrames *self)
{
    g_clear_pointer(&self->message, g_byte_array_unref);
    memset(self, 0, sizeof *self);
}

GBytes *
sig_frame_new(SigFrameOpcode opcode, const void *payload, size_t size)
{
    GByteArray *frame = g_byte_array_sized_new((unsigned)size + 10);
    uint8_t header[10] = { (uint8_t)(0x80 | opcode) };
    unsigned n_bytes = size <= 125 ? 0 : size <= 0xffff ? 2 : 8;

    header[1] = n_bytes == 0 ? (uint8_t)size : n_bytes == 2 ? 126 : 127;
    for (unsigned i = 0; i < n_bytes; i++)
        header[2 + i] = (uint8_t)((uint64_t)size >> (8 * (n_bytes - 1 - i)));
    g_byte_array_append(frame, header, 2 + n_bytes);
    if (size > 0)
        g_byte_array_append(frame, payload, (unsigned)size);
    return g_byte_array_free_to_bytes(frame);
}

GBytes *
sig_frame_new_close(uint16_t code, const char *reason)
{
    uint8_t payload[SIG_FRAMES_MAX_CONTROL] = { (uint8_t)(code >> 8), (uint8_t)code };
    size_t length = reason != NULL ? strlen(reason) : 0;

    if (length > MAX_REASON) {
        const char *end = NULL;

        g_utf8_validate_len(reason, MAX_REASON, &end);
        length = (size_t)(end - reason);
    }
    if (length > 0)
        memcpy(payload + 2, reason, length);
    return sig_frame_new(SIG_FRAME_CLOSE, payload, 2 + length);
}

char *
sig_frame_accept_key(const char *key)
{
    g_autoptr(GChecksum) sha1 = NULL;
    g_autofree uint8_t *raw = NULL;
    uint8_t digest[20];
    size_t size = sizeof digest, n_raw = 0;

    if (strlen(key) != 24)
        return NULL;
    raw = g_base64_decode(key, &n_raw);
    if (n_raw != 16)
        return NULL;
    sha1 = g_checksum_new(G_CHECKSUM_SHA1);
    g_checksum_update(sha1, (const uint8_t *)key, -1);
    g_checksum_update(sha1, (const uint8_t *)"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", -1);
    g_checksum_get_digest(sha1, digest, &size);
    return g_base64_encode(digest, size);
}
