/* gateway/calls/policy.h - the kinds of calls, and what each terminal does by itself when it is called
 *
 * In memory, written through to the store. Ownership: calls/. Thread: main. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "gateway/store/store.h"

G_BEGIN_DECLS

enum { GW_POLICY_MAX_AFTER_S = 120 };

/* A call of a higher rank may interrupt one of a lower. */
typedef struct {
    const char *name;
    unsigned rank;
    bool automatic; /* where nobody has set anything else */
} GwCallKind;

extern const GwCallKind gw_call_kinds[];               /* ends with { NULL } */
extern const char *const gw_call_answers[];            /* "ask", "answer"; NULL-terminated */
const GwCallKind *gw_call_kind_find(const char *name); /* NULL: there is none */

typedef struct {
    bool automatic;   /* answers by itself; people in the room see it */
    unsigned after_s; /* so many seconds later */
} GwPolicy;

typedef struct GwPolicies GwPolicies;

GwPolicies *gw_policies_new(GwStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT; /* loads; blocking */
void gw_policies_free(GwPolicies *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwPolicies, gw_policies_free)

GwPolicy gw_policies_get(const GwPolicies *self, const char *terminal, const GwCallKind *kind);
void gw_policies_set(GwPolicies *self, const char *terminal, const GwCallKind *kind, GwPolicy policy);

G_END_DECLS
