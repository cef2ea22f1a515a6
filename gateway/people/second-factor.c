#include "gateway/people/second-factor.h"

#include <liboath/oath.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/people/secret.h"

typedef struct {
    char *key;         /* base32; NULL: none yet */
    char *begun;       /* a key that waits for its first code; NULL: none */
    int64_t used_step; /* codes up to this one are used */
    int64_t since_ms;
    GPtrArray *codes; /* char *: hashes of recovery codes that are left */
} Factor;

struct GwSecondFactors {
    GwThrottle *throttle;
    GwStore *store;
    GHashTable *by_person; /* char * -> Factor */
};

static void
factor_free(void *data)
{
    Factor *factor = data;

    g_free(factor->key);
    g_free(factor->begun);
    g_ptr_array_unref(factor->codes);
    g_free(factor);
}

static Factor *
get_or_add(GwSecondFactors *self, const char *person)
{
    Factor *factor = g_hash_table_lookup(self->by_person, person);

    if (factor != NULL)
        return factor;
    factor = g_new0(Factor, 1);
    factor->codes = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_insert(self->by_person, g_strdup(person), factor);
    return factor;
}

static void
read_codes(Factor *factor, const char *text)
{
    g_auto(GStrv) hashes = g_strsplit(text, " ", -1);

    for (char **hash = hashes; *hash != NULL; hash++) {
        if (**hash != '\0')
            g_ptr_array_add(factor->codes, g_strdup(*hash));
    }
}

GwSecondFactors *
gw_second_factors_new(GwStore *store, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        store, gw_statement_new("SELECT person, key, since_ms, used_step, codes FROM second_factor"), error);

    if (rows == NULL)
        return NULL;

    GwSecondFactors *self = g_new0(GwSecondFactors, 1);
    self->store = store;
    self->throttle = gw_throttle_new_for_codes();
    self->by_person = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, factor_free);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        Factor *factor = get_or_add(self, gw_rows_text(rows, i, 0));

        factor->key = g_strdup(gw_rows_text(rows, i, 1));
        factor->since_ms = gw_rows_int(rows, i, 2);
        factor->used_step = gw_rows_int(rows, i, 3);
        read_codes(factor, gw_rows_text(rows, i, 4));
    }
    return self;
}

void
gw_second_factors_free(GwSecondFactors *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->by_person);
    gw_throttle_free(self->throttle);
    g_free(self);
}

GwThrottle *
gw_second_factors_get_throttle(GwSecondFactors *self)
{
    return self->throttle;
}

static void
save(GwSecondFactors *self, const char *person, const Factor *factor)
{
    g_autoptr(GString) codes = g_string_new(NULL);
    GwStatement *statement =
        gw_statement_new("INSERT INTO second_factor (person, key, since_ms, used_step, codes)"
                         " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (person) DO UPDATE SET key = excluded.key,"
                         " since_ms = excluded.since_ms, used_step = excluded.used_step, codes = excluded.codes");

    for (guint i = 0; i < factor->codes->len; i++)
        g_string_append_printf(codes, "%s ", (const char *)factor->codes->pdata[i]);
    gw_statement_text(statement, person);
    gw_statement_text(statement, factor->key);
    gw_statement_int(statement, factor->since_ms);
    gw_statement_int(statement, factor->used_step);
    gw_statement_text(statement, codes->str);
    gw_store_run(self->store, statement, NULL, NULL);
}

bool
gw_second_factors_has(GwSecondFactors *self, const char *person)
{
    const Factor *factor = g_hash_table_lookup(self->by_person, person);

    return factor != NULL && factor->key != NULL;
}

unsigned
gw_second_factors_get_n_codes(GwSecondFactors *self, const char *person)
{
    const Factor *factor = g_hash_table_lookup(self->by_person, person);

    return factor != NULL ? factor->codes->len : 0;
}

static char *
new_key(void)
{
    uint8_t bytes[GW_FACTOR_KEY_BYTES];
    char *text = NULL;
    size_t length = 0;

    if (RAND_bytes(bytes, sizeof(bytes)) != 1 ||
        oath_base32_encode((const char *)bytes, sizeof(bytes), &text, &length) != OATH_OK)
        g_error("there is no randomness");
    OPENSSL_cleanse(bytes, sizeof(bytes));
    char *key = g_strndup(text, length);
    free(text); /* the library's */
    return key;
}

char *
gw_second_factors_begin(GwSecondFactors *self, const char *person)
{
    Factor *factor = get_or_add(self, person);

    g_free(factor->begun);
    factor->begun = new_key();
    return g_strdup(factor->begun);
}

char *
gw_second_factor_code(const char *key, int64_t step)
{
    char code[GW_FACTOR_DIGITS + 1] = "", *bytes = NULL;
    size_t length = 0;

    if (oath_base32_decode(key, strlen(key), &bytes, &length) != OATH_OK)
        return NULL;
    int result = oath_totp_generate(bytes, length, (time_t)(step * GW_FACTOR_STEP_S), GW_FACTOR_STEP_S, 0,
                                    GW_FACTOR_DIGITS, code);
    OPENSSL_cleanse(bytes, length);
    free(bytes); /* the library's */
    return result == OATH_OK ? g_strdup(code) : NULL;
}

/* The step whose code this is, of those that are not used; 0: none. All are looked at, so the time tells nothing. */
static int64_t
find_step(const char *key, const char *typed, int64_t used_step, int64_t now_ms)
{
    int64_t now = now_ms / 1000 / GW_FACTOR_STEP_S, found = 0;
    bool length_is_right = strlen(typed) == GW_FACTOR_DIGITS;

    for (int64_t step = MAX(1, now - GW_FACTOR_WINDOW); step <= now + GW_FACTOR_WINDOW; step++) {
        g_autofree char *code = gw_second_factor_code(key, step);
        if (code != NULL && length_is_right && CRYPTO_memcmp(code, typed, GW_FACTOR_DIGITS) == 0 && step > used_step &&
            found == 0)
            found = step;
    }
    return found;
}

char **
gw_second_factors_confirm(GwSecondFactors *self, const char *person, const char *code, int64_t now_ms)
{
    Factor *factor = g_hash_table_lookup(self->by_person, person);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    int64_t step = factor != NULL && factor->begun != NULL ? find_step(factor->begun, code, 0, now_ms) : 0;

    if (step == 0)
        return NULL;
    g_free(factor->key);
    factor->key = g_steal_pointer(&factor->begun);
    factor->used_step = step;
    factor->since_ms = now_ms;
    g_ptr_array_set_size(factor->codes, 0);
    for (int i = 0; i < GW_FACTOR_RECOVERY_CODES; i++) {
        g_autofree char *recovery = gw_secret_new_code();
        g_ptr_array_add(factor->codes, gw_secret_hash(recovery));
        g_strv_builder_add(builder, recovery);
    }
    save(self, person, factor);
    return g_strv_builder_end(builder);
}

static bool
use_recovery(GwSecondFactors *self, const char *person, Factor *factor, const char *typed)
{
    g_autofree char *code = gw_secret_read_code(typed);
    g_autofree char *hash = code != NULL ? gw_secret_hash(code) : NULL;

    for (guint i = 0; hash != NULL && i < factor->codes->len; i++) {
        if (!g_str_equal(factor->codes->pdata[i], hash))
            continue;
        g_ptr_array_remove_index(factor->codes, i);
        save(self, person, factor);
        return true;
    }
    return false;
}

GwFactorResult
gw_second_factors_use(GwSecondFactors *self, const char *person, const char *typed, int64_t now_ms)
{
    Factor *factor = g_hash_table_lookup(self->by_person, person);
    int64_t step = 0;

    if (factor == NULL || factor->key == NULL || strlen(typed) > GW_FACTOR_MAX_TYPED)
        return GW_FACTOR_WRONG;
    step = find_step(factor->key, typed, factor->used_step, now_ms);
    if (step != 0) {
        factor->used_step = step;
        save(self, person, factor);
        return GW_FACTOR_RIGHT;
    }
    return use_recovery(self, person, factor, typed) ? GW_FACTOR_RECOVERED : GW_FACTOR_WRONG;
}

void
gw_second_factors_reset(GwSecondFactors *self, const char *person)
{
    GwStatement *statement = gw_statement_new("DELETE FROM second_factor WHERE person = ?1");

    gw_statement_text(statement, person);
    gw_store_run(self->store, statement, NULL, NULL);
    g_hash_table_remove(self->by_person, person);
}
