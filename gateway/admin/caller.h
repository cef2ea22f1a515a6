/* gateway/admin/caller.h - the other end of the owner's socket: one call of a running service
 *
 * Thread: main; blocks. For the command line. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* G_IO_ERROR_NOT_FOUND: no service is running on data_dir; _PERMISSION_DENIED: it is somebody else's; SIG_ERROR: the
 * service's own refusal. Messages are sentences for people. */
JsonNode *gw_admin_ask(const char *data_dir, const char *command, JsonObject *params,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

char *gw_admin_get_path(const char *data_dir); /* of the socket; owned */

G_END_DECLS
