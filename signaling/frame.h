/* signaling/frame.h - WebSocket frames (RFC 6455, 5), the server's side
 *
 * Takes and gives bytes, no I/O. Strict: frames that are not masked, reserved bits or opcodes, long or fragmented
 * control frames, binary messages, text that is not UTF-8 and forbidden close codes end the connection with the code
 * that the RFC names; a length is refused as soon as it is read, before anything is allocated for it.
 * Ownership: plain value; zeroed memory is a fresh reader; sig_frames_clear() when done.
 * Thread:    whoever owns it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

enum {
    SIG_FRAMES_MAX_MESSAGE = 1024 * 1024,
    SIG_FRAMES_MAX_FRAGMENTS = 256,
    SIG_FRAMES_MAX_CONTROL = 125,
};

typedef enum {
    SIG_FRAME_CONTINUATION = 0x0,
    SIG_FRAME_TEXT = 0x1,
    SIG_FRAME_BINARY = 0x2,
    SIG_FRAME_CLOSE = 0x8,
    SIG_FRAME_PING = 0x9,
    SIG_FRAME_PONG = 0xa,
} SigFrameOpcode;

typedef enum {
    SIG_FRAMES_MORE,    /* all bytes are used */
    SIG_FRAMES_MESSAGE, /* a whole text is in message */
    SIG_FRAMES_PING,    /* control, n_control: to be sent back */
    SIG_FRAMES_PONG,
    SIG_FRAMES_CLOSE, /* code: what the peer said, or 1000 */
    SIG_FRAMES_BAD,   /* code: what to close with */
} SigFramesEvent;

typedef struct {
    uint8_t header[14];
    size_t n_header;
    uint64_t n_left; /* payload bytes of this frame still to come */
    uint8_t mask_at;
    bool in_payload, in_message;
    unsigned n_fragments;
    GByteArray *message; /* NULL when there is none */
    uint8_t control[SIG_FRAMES_MAX_CONTROL];
    size_t n_control;
    uint16_t code;
} SigFrames;

/* Uses some of the bytes and moves *bytes and *size on; call again until it says MORE. After BAD or CLOSE no more.
 * message is cleared by the next call. */
SigFramesEvent sig_frames_next(SigFrames *self, const uint8_t **bytes, size_t *size);
void sig_frames_clear(SigFrames *self);

/* One whole frame as a server sends it: not masked. */
GBytes *sig_frame_new(SigFrameOpcode opcode, const void *payload, size_t size);
/* reason is cut to what a control frame holds. */
GBytes *sig_frame_new_close(uint16_t code, const char *reason);

/* Sec-WebSocket-Accept for a key, or NULL if the key is not 16 bytes in base64. */
char *sig_frame_accept_key(const char *key);

G_END_DECLS
