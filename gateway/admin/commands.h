/* gateway/admin/commands.h - the command line besides `serve`: words to a call of the running service, its answer to text
 *
 * Thread: main; blocks. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "gateway/admin/options.h"

G_BEGIN_DECLS

/* Runs the command that words (NULL-terminated, without the program's name) name; prints; returns the exit code. */
int gw_commands_run(char **words);

/* The list of all commands, with serve; owned. */
char *gw_commands_describe(void);

/* For tests: the call that words would make; NULL with G_OPTION_ERROR. help: true when only help is asked for. */
JsonObject *gw_commands_parse(char **words, const char **ret_method, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
