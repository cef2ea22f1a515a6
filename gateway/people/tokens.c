#include "gateway/people/tokens.h"

#include <string.h>

#include "gateway/people/secret.h"

/* Uses are written down this seldom: a lost one only shortens the idle time. */
#define USE_WRITTEN_MS (5 * 60 * 1000)

typedef struct {
    GwToken public; /* first */
    int64_t written_ms;
} Token;

struct GwTokens {
    GwStore *store;
    GwTokenRevoked revoked;
    void *user_data;
    GHashTable *by_hash; /* char * (the token's) -> Token */
};

static void
token_free(void *data)
{
    Token *token = data;

    g_free(token->public.hash);
    g_free(token->public.owner);
    g_free(token->public.address);
    g_free(token->public.device);
    g_free(token);
}

static Token *
add(GwTokens *self, const GwToken *token)
{
    Token *added = g_new0(Token, 1);

    added->public = *token;
    added->public.hash = g_strdup(token->hash);
    added->public.owner = g_strdup(token->owner);
    added->public.address = g_strdup(token->address);
    added->public.device = g_strdup(token->device);
    added->written_ms = token->used_ms;
    g_hash_table_insert(self->by_hash, added->public.hash, added);
    return added;
}

GwTokens *
gw_tokens_new(GwStore *store, GwTokenRevoked revoked, void *user_data, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        store, gw_statement_new("SELECT hash, owner, seat, made_ms, used_ms, expires_ms, address, device FROM token"),
        error);

    if (rows == NULL)
        return NULL;

    GwTokens *self = g_new0(GwTokens, 1);
    self->store = store;
    self->revoked = revoked;
    self->user_data = user_data;
    self->by_hash = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, token_free);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        const GwToken token = {
            .hash = (char *)gw_rows_text(rows, i, 0),
            .owner = (char *)gw_rows_text(rows, i, 1),
            .seat = gw_seat_from_string(gw_rows_text(rows, i, 2)),
            .made_ms = gw_rows_int(rows, i, 3),
            .used_ms = gw_rows_int(rows, i, 4),
            .expires_ms = gw_rows_int(rows, i, 5),
            .address = (char *)gw_rows_text(rows, i, 6),
            .device = (char *)gw_rows_text(rows, i, 7),
        };
        add(self, &token);
    }
    return self;
}

void
gw_tokens_free(GwTokens *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->by_hash);
    g_free(self);
}

static bool
is_over(const GwToken *token, int64_t now_ms)
{
    return now_ms >= token->expires_ms ||
           (token->seat == GW_SEAT_CONSOLE && now_ms - token->used_ms >= GW_TOKEN_CONSOLE_IDLE_MS);
}

static void
forget(GwTokens *self, Token *token)
{
    GwStatement *statement = gw_statement_new("DELETE FROM token WHERE hash = ?1");

    gw_statement_text(statement, token->public.hash);
    gw_store_run(self->store, statement, NULL, NULL);
    self->revoked(&token->public, self->user_data);
    g_hash_table_remove(self->by_hash, token->public.hash);
}

static void
make_room(GwTokens *self, GwSeat seat, const char *owner)
{
    GHashTableIter iter;
    void *value = NULL;
    Token *oldest = NULL;
    unsigned n = 0;

    g_hash_table_iter_init(&iter, self->by_hash);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Token *token = value;

        if (token->public.seat != seat || !g_str_equal(token->public.owner, owner))
            continue;
        n++;
        if (oldest == NULL || token->public.used_ms < oldest->public.used_ms)
            oldest = token;
    }
    if (n >= GW_TOKENS_PER_OWNER)
        forget(self, oldest);
}

static int64_t
usual_end(GwSeat seat, int64_t now_ms)
{
    return now_ms + (seat == GW_SEAT_TERMINAL ? GW_TOKEN_TERMINAL_MS : GW_TOKEN_CONSOLE_MS);
}

char *
gw_tokens_issue(GwTokens *self, GwSeat seat, const char *owner, int64_t expires_ms, int64_t now_ms)
{
    char *secret = gw_secret_new();
    g_autofree char *hash = gw_secret_hash(secret);
    const GwToken token = {
        .hash = hash,
        .owner = (char *)owner,
        .seat = seat,
        .made_ms = now_ms,
        .used_ms = now_ms,
        .expires_ms = expires_ms != 0 ? expires_ms : usual_end(seat, now_ms),
    };
    GwStatement *statement = gw_statement_new(
        "INSERT INTO token (hash, seat, owner, made_ms, used_ms, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    make_room(self, seat, owner);
    add(self, &token);
    gw_statement_text(statement, hash);
    gw_statement_text(statement, gw_seat_to_string(seat));
    gw_statement_text(statement, owner);
    gw_statement_int(statement, token.made_ms);
    gw_statement_int(statement, token.used_ms);
    gw_statement_int(statement, token.expires_ms);
    gw_store_run(self->store, statement, NULL, NULL);
    return secret;
}

static void
use(GwTokens *self, Token *token, int64_t now_ms)
{
    token->public.used_ms = MAX(token->public.used_ms, now_ms);
    if (now_ms - token->written_ms < USE_WRITTEN_MS)
        return;

    GwStatement *statement = gw_statement_new("UPDATE token SET used_ms = ?2 WHERE hash = ?1");
    gw_statement_text(statement, token->public.hash);
    gw_statement_int(statement, now_ms);
    gw_store_run(self->store, statement, NULL, NULL);
    token->written_ms = now_ms;
}

const GwToken *
gw_tokens_use(GwTokens *self, GwSeat seat, const char *secret, int64_t now_ms)
{
    if (secret == NULL || strlen(secret) > GW_SECRET_MAX)
        return NULL;

    g_autofree char *hash = gw_secret_hash(secret);
    Token *token = g_hash_table_lookup(self->by_hash, hash);
    if (token == NULL || token->public.seat != seat)
        return NULL;
    if (is_over(&token->public, now_ms)) {
        forget(self, token);
        return NULL;
    }
    use(self, token, now_ms);
    return &token->public;
}

/* As much of it as fits, of whole letters, without control characters. */
static char *
tidy_device(const char *device)
{
    g_autofree char *valid = g_utf8_make_valid(device != NULL ? device : "", -1);
    size_t length = strlen(valid);

    if (length > GW_TOKEN_MAX_DEVICE) {
        const char *end = g_utf8_find_prev_char(valid, valid + GW_TOKEN_MAX_DEVICE + 1);
        length = end != NULL ? (size_t)(end - valid) : 0;
    }
    for (size_t i = 0; i < length; i++) {
        if (g_ascii_iscntrl(valid[i]))
            valid[i] = ' ';
    }
    return length > 0 ? g_strndup(valid, length) : NULL;
}

void
gw_tokens_set_origin(GwTokens *self, const char *secret, const char *address, const char *device)
{
    g_autofree char *hash = gw_secret_hash(secret);
    Token *token = g_hash_table_lookup(self->by_hash, hash);
    GwStatement *statement = NULL;

    if (token == NULL)
        return;
    g_free(token->public.address);
    g_free(token->public.device);
    token->public.address = g_strdup(address);
    token->public.device = tidy_device(device);
    statement = gw_statement_new("UPDATE token SET address = ?2, device = ?3 WHERE hash = ?1");
    gw_statement_text(statement, hash);
    gw_statement_text(statement, token->public.address);
    gw_statement_text(statement, token->public.device);
    gw_store_run(self->store, statement, NULL, NULL);
}

void
gw_tokens_foreach(GwTokens *self, GwSeat seat, const char *owner, void (*func)(const GwToken *token, void *data),
                  void *data)
{
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_hash);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwToken *token = value;
        if (token->seat == seat && g_str_equal(token->owner, owner))
            func(token, data);
    }
}

void
gw_tokens_touch(GwTokens *self, const char *hash, int64_t now_ms)
{
    Token *token = g_hash_table_lookup(self->by_hash, hash);

    if (token != NULL)
        use(self, token, now_ms);
}

void
gw_tokens_revoke(GwTokens *self, const char *hash)
{
    Token *token = g_hash_table_lookup(self->by_hash, hash);

    if (token != NULL)
        forget(self, token);
}

/* The tokens are collected first: forgetting changes the table. */
static void
forget_all(GwTokens *self, GPtrArray *tokens)
{
    for (unsigned i = 0; i < tokens->len; i++)
        forget(self, tokens->pdata[i]);
}

void
gw_tokens_revoke_owner(GwTokens *self, GwSeat seat, const char *owner, const char *except_hash)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_hash);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwToken *token = value;

        if (token->seat == seat && g_str_equal(token->owner, owner) && g_strcmp0(token->hash, except_hash) != 0)
            g_ptr_array_add(found, value);
    }
    forget_all(self, found);
}

void
gw_tokens_sweep(GwTokens *self, int64_t now_ms)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_hash);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (is_over(value, now_ms))
            g_ptr_array_add(found, value);
    }
    forget_all(self, found);
}

unsigned
gw_tokens_get_count(const GwTokens *self)
{
    return g_hash_table_size(self->by_hash);
}
