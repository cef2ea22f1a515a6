#include "gateway/people/people-priv.h"

#include <string.h>

#include "gateway/people/secret.h"

/* Kept in memory only: they live an hour at most, and a restart ends what they were for. */

typedef struct {
    GwMediaToken public;
    char *session, *party, *who;
    int64_t expires_ms;
} GwMediaGrant;

void
gw_media_grant_free(void *data)
{
    GwMediaGrant *grant = data;

    g_free(grant->session);
    g_free(grant->party);
    g_free(grant->who);
    g_free(grant);
}

char *
gw_people_new_media_token(GwPeople *self, const GwMediaToken *token, int64_t ttl_s)
{
    char *secret = gw_secret_new();
    GwMediaGrant *grant = g_new0(GwMediaGrant, 1);

    if (g_hash_table_size(self->media_tokens) >= GW_PEOPLE_MAX_MEDIA_TOKENS)
        gw_people_sweep_media_tokens(self, gw_people_now_ms());
    grant->session = g_strdup(token->session);
    grant->party = g_strdup(token->party);
    grant->who = g_strdup(token->who);
    grant->public = *token;
    grant->public.session = grant->session;
    grant->public.party = grant->party;
    grant->public.who = grant->who;
    grant->expires_ms = gw_people_now_ms() + ttl_s * 1000;
    g_hash_table_insert(self->media_tokens, gw_secret_hash(secret), grant);
    return secret;
}

const GwMediaToken *
gw_people_find_media_token(GwPeople *self, const char *secret)
{
    if (strlen(secret) > GW_SECRET_MAX)
        return NULL;

    g_autofree char *hash = gw_secret_hash(secret);
    const GwMediaGrant *grant = g_hash_table_lookup(self->media_tokens, hash);
    return grant != NULL && gw_people_now_ms() < grant->expires_ms ? &grant->public : NULL;
}

static gboolean
is_of(void *key, void *value, void *data)
{
    const GwMediaGrant *grant = value;
    (void)key;

    return g_strcmp0(grant->who, data) == 0;
}

void
gw_people_revoke_media_tokens(GwPeople *self, const char *who)
{
    g_hash_table_foreach_remove(self->media_tokens, is_of, (char *)who);
}

static gboolean
is_over(void *key, void *value, void *data)
{
    const GwMediaGrant *grant = value;
    const int64_t *now_ms = data;
    (void)key;

    return *now_ms >= grant->expires_ms;
}

void
gw_people_sweep_media_tokens(GwPeople *self, int64_t now_ms)
{
    g_hash_table_foreach_remove(self->media_tokens, is_over, &now_ms);
}
