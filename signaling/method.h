/* signaling/method.h - what one JSON-RPC method is: a row of data and a handler
 *
 * Parameters are checked once, from the row, before the handler runs; the same rows are written out as OpenRPC, from
 * which the pages' types are generated.
 * Ownership: rows are static const and outlive the server.
 * Thread:    handlers run on main, one at a time. They may answer at once or later, from main. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "signaling/error.h"

G_BEGIN_DECLS

typedef struct SigClient SigClient;
typedef struct SigRequest SigRequest;

typedef enum {
    SIG_TYPE_STRING,
    SIG_TYPE_INTEGER,
    SIG_TYPE_NUMBER,
    SIG_TYPE_BOOLEAN,
    SIG_TYPE_OBJECT,
    SIG_TYPE_ARRAY,
} SigType;

/* Ends with a { NULL } entry. Members that no entry names are refused. */
typedef struct {
    const char *name;
    SigType type;
    bool optional;
    int64_t min, max;          /* STRING: length in bytes (max 0: 256); INTEGER: value when min < max; ARRAY: items */
    const char *const *values; /* STRING: NULL-terminated list of what is allowed; NULL: any valid UTF-8 without control
                                  characters, but newline and tab where max > 256 and CR where max > 4096 (SDP) */
    const char *summary;       /* one line for OpenRPC */
} SigParam;

typedef struct {
    const char *name;       /* "visits.list" */
    uint32_t access;        /* bits of the application; the client needs one of them; 0: anybody who is connected */
    const SigParam *params; /* NULL: none */
    const char *summary;    /* one line: what it does, as somebody who calls it would say */
    const char *result;     /* one line: what it answers */
    void (*handle)(SigRequest *request, JsonObject *params, void *user_data);
} SigMethod;

/* An event that the server may send ({"method": name, "params": ...} without an id); for OpenRPC. */
typedef struct {
    const char *name;
    const SigParam *params;
    const char *summary;
} SigEvent;

/* A request ends with exactly one of these; each frees it. If its client has gone nothing is sent. Main thread. */
void sig_request_reply(SigRequest *request, JsonNode *result);          /* takes result; NULL answers {} */
void sig_request_reply_object(SigRequest *request, JsonObject *result); /* takes result */
void sig_request_fail(SigRequest *request, SigError code, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* From a SIG_ERROR as it is; any other domain becomes INTERNAL with a neutral message (the cause is logged). */
void sig_request_fail_error(SigRequest *request, const GError *error);

/* The same with members beside "reason" in data. Takes data; NULL: none. */
void sig_request_fail_data(SigRequest *request, const GError *error, JsonObject *data);

/* Borrowed; NULL when the client has gone since. */
SigClient *sig_request_get_client(SigRequest *request);

G_END_DECLS
