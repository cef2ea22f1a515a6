/* gateway/admin/admin.h - the owner's socket: DIR/admin.sock, JSON-RPC 2.0, one object a line
 *
 * Only the user who runs the service gets in (file mode 0600 and SO_PEERCRED), so a command needs no further right;
 * every command that changes something writes its own audit entry with who = "owner". A subject registers its commands
 * as rows; the command line (commands.c) is a table over their names, which says what it prints of an answer.
 * Ownership: main; rows are static const and outlive it. Thread: main, also handlers, which may answer at once or
 * later. */
#pragma once

#include <json-glib/json-glib.h>

#include "signaling/method.h"

G_BEGIN_DECLS

typedef struct GwAdmin GwAdmin;
typedef struct GwAdminRequest GwAdminRequest;

enum {
    GW_ADMIN_MAX_LINE = 1024 * 1024,
    GW_ADMIN_MAX_CLIENTS = 16,
};

/* Ends with a { NULL } entry. Parameters are checked from the row before the handler runs, as for SigMethod. */
typedef struct {
    const char *name;
    const SigParam *params;                                                       /* NULL: none */
    void (*handle)(GwAdminRequest *request, JsonObject *params, void *user_data); /* params borrowed */
} GwAdminCommand;

/* Listens on path; an abandoned socket there is replaced. Fails with G_IO_ERROR, naming the path. */
GwAdmin *gw_admin_new(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_admin_free(GwAdmin *self); /* removes the socket */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwAdmin, gw_admin_free)

void gw_admin_add_commands(GwAdmin *self, const GwAdminCommand *rows, void *user_data);

/* Runs a row from inside the service, with the same checks (demonstration data, tests). params is borrowed. done gets
 * either; both borrowed. */
typedef void (*GwAdminDone)(JsonNode *result, const GError *error, void *user_data);
void gw_admin_call(GwAdmin *self, const char *command, JsonObject *params, GwAdminDone done, void *user_data);

/* A request ends with exactly one of these; each frees it. If its caller has gone nothing is sent. */
void gw_admin_reply(GwAdminRequest *request, JsonNode *result);          /* takes result; NULL answers {} */
void gw_admin_reply_object(GwAdminRequest *request, JsonObject *result); /* takes result */
void gw_admin_fail(GwAdminRequest *request, SigError code, const char *format, ...) G_GNUC_PRINTF(3, 4);
void gw_admin_fail_error(GwAdminRequest *request, const GError *error); /* SIG_ERROR as it is; else INTERNAL */

G_END_DECLS
