/* signaling/router.h - the rows of routes, and which of them a request means
 *
 * Ownership: the server; rows are borrowed.
 * Thread:    filled on main before the sockets' thread starts, read by both after that. */
#pragma once

#include "signaling/pairs.h"
#include "signaling/route.h"

G_BEGIN_DECLS

typedef struct SigRouter SigRouter;

typedef struct {
    const SigRoute *row;
    void *user_data;
} SigRouterEntry;

SigRouter *sig_router_new(void);
void sig_router_free(SigRouter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SigRouter, sig_router_free)

void sig_router_add(SigRouter *self, const SigRoute *rows, void *user_data);
unsigned sig_router_get_length(const SigRouter *self);
const SigRouterEntry *sig_router_get(const SigRouter *self, unsigned index);

/* The row with the most literal segments. ret_params receives what its pattern names. NULL: none; then ret_allow is the
 * Allow header if the address has other verbs, else NULL. */
const SigRouterEntry *sig_router_find(const SigRouter *self, const char *verb, const char *const *segments,
                                      SigPairs **ret_params, char **ret_allow);

G_END_DECLS
