/* gateway/admin/command.h - one command of the command line, and the tables of all
 *
 * A subject's commands are a table in gateway/admin/commands-SUBJECT.c, named here and in commands.c. */
#pragma once

#include "gateway/admin/options.h"

G_BEGIN_DECLS

typedef struct {
    const char *words, *method, *summary;
    const GwOption *options;
    const char *plain;          /* member that is printed alone */
    const char *list;           /* member that is printed as a table, or one a line without columns */
    const char *const *columns; /* NULL-terminated */
} GwCommand;

/* Each ends with a { NULL } entry. */
extern const GwCommand gw_commands_archive[];
extern const GwCommand gw_commands_cases[];
extern const GwCommand gw_commands_people[];
extern const GwCommand gw_commands_sessions[];

G_END_DECLS
