#include "gateway/calls/policy.h"

#include <string.h>

const GwCallKind gw_call_kinds[] = {
    { "inspection", 0, true }, /* people in the room are told by the page */
    { "talk", 1, false },      { "lesson", 1, false }, { "roll-call", 2, false },
    { "emergency", 3, false }, { NULL, 0, false },
};

const char *const gw_call_answers[] = { "ask", "answer", NULL };

struct GwPolicies {
    GwStore *store;  /* borrowed */
    GHashTable *set; /* "TERMINAL KIND" -> GwPolicy */
};

const GwCallKind *
gw_call_kind_find(const char *name)
{
    for (const GwCallKind *kind = gw_call_kinds; kind->name != NULL; kind++) {
        if (g_strcmp0(kind->name, name) == 0)
            return kind;
    }
    return NULL;
}

static char *
make_key(const char *terminal, const char *kind)
{
    return g_strconcat(terminal, " ", kind, NULL);
}

static void
keep(GwPolicies *self, const char *terminal, const char *kind, GwPolicy policy)
{
    g_hash_table_replace(self->set, make_key(terminal, kind), g_memdup2(&policy, sizeof policy));
}

GwPolicies *
gw_policies_new(GwStore *store, GError **error)
{
    g_autoptr(GwPolicies) self = g_new0(GwPolicies, 1);
    g_autoptr(GwRows) rows = NULL;

    self->store = store;
    self->set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    rows = gw_store_query(store, gw_statement_new("SELECT terminal, kind, automatic, after_s FROM terminal_policy"),
                          error);
    if (rows == NULL)
        return NULL;
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        const GwPolicy policy = {
            .automatic = gw_rows_int(rows, i, 2) != 0,
            .after_s = (unsigned)CLAMP(gw_rows_int(rows, i, 3), 0, GW_POLICY_MAX_AFTER_S),
        };
        keep(self, gw_rows_text(rows, i, 0), gw_rows_text(rows, i, 1), policy);
    }
    return g_steal_pointer(&self);
}

void
gw_policies_free(GwPolicies *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->set);
    g_free(self);
}

GwPolicy
gw_policies_get(const GwPolicies *self, const char *terminal, const GwCallKind *kind)
{
    g_autofree char *key = make_key(terminal, kind->name);
    const GwPolicy *policy = g_hash_table_lookup(self->set, key);

    return policy != NULL ? *policy : (GwPolicy){ .automatic = kind->automatic };
}

void
gw_policies_set(GwPolicies *self, const char *terminal, const GwCallKind *kind, GwPolicy policy)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO terminal_policy (terminal, kind, automatic, after_s) VALUES (?1, ?2, ?3, ?4)"
                         " ON CONFLICT (terminal, kind) DO UPDATE SET automatic = excluded.automatic,"
                         " after_s = excluded.after_s");

    keep(self, terminal, kind->name, policy);
    gw_statement_text(statement, terminal);
    gw_statement_text(statement, kind->name);
    gw_statement_int(statement, policy.automatic);
    gw_statement_int(statement, policy.after_s);
    gw_store_run(self->store, statement, NULL, NULL);
}
