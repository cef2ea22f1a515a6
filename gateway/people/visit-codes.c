#include "gateway/people/visit-codes.h"

#include "gateway/people/secret.h"

#define REMEMBER_MS (INT64_C(7) * 24 * 3600 * 1000)

typedef struct {
    char *hash, *visit;
    int64_t expires_ms;
} Code;

struct GwVisitCodes {
    GwStore *store;
    GHashTable *by_hash;  /* char * (the code's) -> Code, owned */
    GHashTable *by_visit; /* char * (the code's) -> Code */
};

static void
code_free(void *data)
{
    Code *code = data;

    g_free(code->hash);
    g_free(code->visit);
    g_free(code);
}

static void
add(GwVisitCodes *self, const char *hash, const char *visit, int64_t expires_ms)
{
    Code *code = g_new0(Code, 1);

    code->hash = g_strdup(hash);
    code->visit = g_strdup(visit);
    code->expires_ms = expires_ms;
    g_hash_table_insert(self->by_hash, code->hash, code);
    g_hash_table_insert(self->by_visit, code->visit, code);
}

GwVisitCodes *
gw_visit_codes_new(GwStore *store, GError **error)
{
    g_autoptr(GwRows) rows =
        gw_store_query(store, gw_statement_new("SELECT hash, visit, expires_ms FROM visit_code"), error);

    if (rows == NULL)
        return NULL;

    GwVisitCodes *self = g_new0(GwVisitCodes, 1);
    self->store = store;
    self->by_hash = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, code_free);
    self->by_visit = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        add(self, gw_rows_text(rows, i, 0), gw_rows_text(rows, i, 1), gw_rows_int(rows, i, 2));
    return self;
}

void
gw_visit_codes_free(GwVisitCodes *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->by_visit);
    g_hash_table_unref(self->by_hash);
    g_free(self);
}

static void
forget(GwVisitCodes *self, Code *code)
{
    GwStatement *statement = gw_statement_new("DELETE FROM visit_code WHERE hash = ?1");

    gw_statement_text(statement, code->hash);
    gw_store_run(self->store, statement, NULL, NULL);
    g_hash_table_remove(self->by_visit, code->visit);
    g_hash_table_remove(self->by_hash, code->hash);
}

char *
gw_visit_codes_issue(GwVisitCodes *self, const char *visit, int64_t expires_ms)
{
    char *code = gw_secret_new_code();
    g_autofree char *hash = gw_secret_hash(code);
    GwStatement *statement = gw_statement_new("INSERT INTO visit_code (hash, visit, expires_ms) VALUES (?1, ?2, ?3)");

    gw_visit_codes_revoke(self, visit);
    add(self, hash, visit, expires_ms);
    gw_statement_text(statement, hash);
    gw_statement_text(statement, visit);
    gw_statement_int(statement, expires_ms);
    gw_store_run(self->store, statement, NULL, NULL);
    return code;
}

const char *
gw_visit_codes_find(GwVisitCodes *self, const char *typed, int64_t now_ms, int64_t *ret_expires_ms, bool *ret_expired)
{
    g_autofree char *read = gw_secret_read_code(typed);
    g_autofree char *hash = read != NULL ? gw_secret_hash(read) : NULL;
    const Code *code = hash != NULL ? g_hash_table_lookup(self->by_hash, hash) : NULL;

    *ret_expired = code != NULL && now_ms >= code->expires_ms;
    if (code == NULL || *ret_expired)
        return NULL;
    *ret_expires_ms = code->expires_ms;
    return code->visit;
}

void
gw_visit_codes_revoke(GwVisitCodes *self, const char *visit)
{
    Code *code = g_hash_table_lookup(self->by_visit, visit);

    if (code != NULL)
        forget(self, code);
}

void
gw_visit_codes_sweep(GwVisitCodes *self, int64_t now_ms)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_hash);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (now_ms >= ((Code *)value)->expires_ms + REMEMBER_MS)
            g_ptr_array_add(found, value);
    }
    for (unsigned i = 0; i < found->len; i++)
        forget(self, found->pdata[i]);
}
