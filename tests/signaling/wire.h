/* A small service in the test's own process, and clients that speak to it over raw sockets.
 *
 * The service runs on the test's main context; a client runs in a thread of its own, blocks, and asserts there. */
#pragma once

#include "signaling/frame.h"
#include "signaling/server.h"

typedef struct {
    SigServer *server;
    uint16_t port;
    unsigned n_opened, n_closed; /* main */
    SigRequest *kept;            /* of the method "keep"; main */
    SigHttp *kept_http;          /* of GET /keep; main */
    char *file_path;
    int done;  /* atomic: the client's thread has ended */
    void *arg; /* the test's own */
} Wire;

/* address "127.0.0.1", port 0, "/api/ws" unless config says otherwise; NULL: all defaults. */
void wire_init(Wire *self, const SigServerConfig *config);
void wire_clear(Wire *self);
/* Turns the main loop while client runs. */
void wire_run(Wire *self, void (*client)(Wire *wire));
void wire_iterate_until(const unsigned *value, unsigned wanted);

/* The client's side: 10 s at most for everything. */
int wire_connect(const Wire *self);
void wire_send(int fd, const char *text);
void wire_send_bytes(int fd, const void *bytes, size_t size);
/* Head and body by Content-Length (no body for HEAD). */
char *wire_read_reply(int fd, bool head_only);
/* All until the end of the stream. */
char *wire_read_all(int fd);
/* One request on a connection of its own; the answer as text. */
char *wire_request(const Wire *self, const char *text);
int wire_status(const char *reply);

/* Upgrades; extra is header lines. The status line's number is asserted. */
int wire_upgrade(const Wire *self, const char *extra, int status);
void wire_send_frame(int fd, unsigned first_byte, const void *payload, size_t size);
void wire_call(int fd, const char *json);
/* Payload of the next frame; NULL at the end of the stream. */
char *wire_read_frame(int fd, unsigned *ret_opcode, size_t *ret_size);
/* The next text; asserts that it is one. */
char *wire_read_text(int fd);
/* The code of the close frame, after whatever texts; 0: the stream ended without. */
unsigned wire_read_close(int fd);
