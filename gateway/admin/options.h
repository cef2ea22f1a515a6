/* gateway/admin/options.h - a command's words on the command line, from a table
 *
 * Thread: main. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef enum {
    GW_OPTION_TEXT,
    GW_OPTION_PATH, /* made absolute */
    GW_OPTION_JSON, /* a file that holds it */
    GW_OPTION_FLAG,
    GW_OPTION_NUMBER,
    GW_OPTION_DURATION, /* "30s", "10m", "1h", "90": whole seconds */
} GwOptionType;

/* Ends with a { NULL } entry. */
typedef struct {
    const char *word;   /* "--session"; without -- it is the next word that is no option: "SESSION" */
    const char *member; /* of the parameters: "session" */
    GwOptionType type;
    bool required;
    const char *value; /* what help calls its value: "ID"; NULL for a flag */
    const char *help;
} GwOption;

/* Every command takes --data, --json and --help too: members "data" (text), "json" and "help" (true). Requirements are
 * not checked when help is asked for. Fails with G_OPTION_ERROR and a sentence. */
JsonObject *gw_options_parse(const GwOption *options, char **words, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "Usage: yuanjian NAME --session ID ...", owned. */
char *gw_options_describe(const char *name, const char *summary, const GwOption *options);

G_END_DECLS
