#include "signaling/body.h"

#include <string.h>

/* Chunk lines and trailers together. */
enum { MAX_OVERHEAD = 64 * 1024, MAX_CHUNK_DIGITS = 12 };

SigBodyState
sig_body_init(SigBody *self, const SigHead *head, size_t max)
{
    *self = (SigBody){ .max = max, .n_left = head->length, .chunked = head->chunked };
    if (head->length > max)
        return SIG_BODY_TOO_LARGE;
    self->bytes = g_byte_array_new();
    return head->chunked || head->length > 0 ? SIG_BODY_MORE : SIG_BODY_DONE;
}

static void
take_data(SigBody *self, const uint8_t **bytes, size_t *size)
{
    size_t n = (size_t)MIN(self->n_left, *size);

    g_byte_array_append(self->bytes, *bytes, (unsigned)n);
    self->n_left -= n;
    *bytes += n;
    *size -= n;
}

/* A whole line is in self->line, at least its beginning. */
static SigBodyState
end_line(SigBody *self)
{
    size_t n_digits;

    if (self->in_trailer)
        return self->n_line == 0 ? SIG_BODY_DONE : SIG_BODY_MORE;
    if (self->after_chunk) {
        self->after_chunk = false;
        return self->n_line == 0 ? SIG_BODY_MORE : SIG_BODY_BAD;
    }
    self->line[MIN(self->n_line, sizeof self->line - 1)] = '\0';
    n_digits = strspn(self->line, "0123456789abcdefABCDEF");
    if (n_digits == 0 || n_digits > MAX_CHUNK_DIGITS || strchr("; \t", self->line[n_digits]) == NULL)
        return SIG_BODY_BAD;
    self->line[n_digits] = '\0';
    self->n_left = g_ascii_strtoull(self->line, NULL, 16);
    self->in_trailer = self->n_left == 0;
    self->in_chunk = self->n_left > 0;
    return self->n_left > self->max - self->bytes->len ? SIG_BODY_TOO_LARGE : SIG_BODY_MORE;
}

static SigBodyState
take_line(SigBody *self, const uint8_t **bytes, size_t *size)
{
    while (*size > 0) {
        uint8_t c = *(*bytes)++;
        bool after_cr = self->n_line > 0 && self->line[MIN(self->n_line, sizeof self->line) - 1] == '\r';

        (*size)--;
        if (++self->n_overhead > MAX_OVERHEAD || (c < 0x20 && c != '\r' && c != '\n' && c != '\t') ||
            (c == '\n') != after_cr)
            return SIG_BODY_BAD;
        if (c == '\n') {
            SigBodyState state;

            self->n_line--;
            if (self->n_line < sizeof self->line)
                self->line[self->n_line] = '\0';
            state = end_line(self);
            self->n_line = 0;
            return state;
        }
        /* what does not fit is an extension or a trailer: only its last byte matters, for the CR */
        self->line[MIN(self->n_line, sizeof self->line - 1)] = (char)c;
        self->n_line++;
    }
    return SIG_BODY_MORE;
}

static SigBodyState
take_chunked(SigBody *self, const uint8_t **bytes, size_t *size)
{
    while (*size > 0) {
        SigBodyState state;

        if (self->in_chunk) {
            take_data(self, bytes, size);
            self->in_chunk = self->n_left > 0;
            self->after_chunk = !self->in_chunk;
            continue;
        }
        state = take_line(self, bytes, size);
        if (state != SIG_BODY_MORE)
            return state;
    }
    return SIG_BODY_MORE;
}

SigBodyState
sig_body_take(SigBody *self, const uint8_t **bytes, size_t *size)
{
    if (self->chunked)
        return take_chunked(self, bytes, size);
    take_data(self, bytes, size);
    return self->n_left == 0 ? SIG_BODY_DONE : SIG_BODY_MORE;
}

GBytes *
sig_body_steal(SigBody *self)
{
    return self->bytes != NULL ? g_byte_array_free_to_bytes(g_steal_pointer(&self->bytes)) : g_bytes_new(NULL, 0);
}

void
sig_body_clear(SigBody *self)
{
    g_clear_pointer(&self->bytes, g_byte_array_unref);
    memset(self, 0, sizeof *self);
}
