/* gateway/service.h - the running service: everything built in order, torn down in reverse
 *
 * Ownership: main.c. Thread: main. */
#pragma once

#include "gateway/config.h"

G_BEGIN_DECLS

typedef struct GwService GwService;

/* Takes the data directory, opens the index, the ports and the socket, and begins to accept. config outlives it.
 * ret_exit_code (sysexits) says what kind of failure it was. */
GwService *gw_service_new(const GwConfig *config, int *ret_exit_code, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Lets go of everything; journals are written out. Sessions that run go on after the next start. */
void gw_service_free(GwService *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwService, gw_service_free)

const char *gw_service_get_public_url(GwService *self);

G_END_DECLS
