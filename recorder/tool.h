/* recorder/tool.h - one run of yuanjian-seal: handed a key and an order, heard line by line, told when it has ended
 *
 * It frees itself after `ended`. Thread: main. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "recorder/error.h"
#include "recorder/keyring.h"

G_BEGIN_DECLS

typedef struct RecTool RecTool;

/* Handlers of the first two may stop it. */
typedef struct {
    void (*progress)(double fraction, void *user_data); /* 0 ... 1 */
    void (*said)(JsonNode *node, void *user_data);      /* any other JSON object, from outside: check it; may be NULL */
    /* The last call, also after it was stopped. error NULL: it has done its work; else what it complained about last. */
    void (*ended)(const GError *error, void *user_data);
} RecToolEvents;

typedef struct {
    const char *const *argv; /* NULL-terminated; what hands over the key is added */
    const RecKey *key;       /* NULL: files stay plain */
    RecCipherKind cipher;    /* with a key */
    const char *input;       /* for its standard input; NULL: it has none */
} RecToolConfig;

/* NULL: it cannot be started, and no handler is called. Copies the config. */
RecTool *rec_tool_start(const RecToolConfig *config, const RecToolEvents *events, void *user_data,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* It is ended by force; nothing but `ended` comes, later. */
void rec_tool_stop(RecTool *self);

G_END_DECLS
