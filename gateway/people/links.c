#include "gateway/people/links.h"

#include <string.h>

#include "gateway/people/secret.h"

typedef struct {
    char *hash, *owner;
    GwSeat seat;
    int64_t expires_ms, used_ms; /* used_ms 0: not yet */
} Link;

struct GwLinks {
    GwStore *store;
    GHashTable *by_hash; /* char * (the link's) -> Link */
};

static void
link_free(void *data)
{
    Link *link = data;

    g_free(link->hash);
    g_free(link->owner);
    g_free(link);
}

GwLinks *
gw_links_new(GwStore *store, GError **error)
{
    g_autoptr(GwRows) rows =
        gw_store_query(store, gw_statement_new("SELECT hash, owner, seat, expires_ms, used_ms FROM link"), error);

    if (rows == NULL)
        return NULL;

    GwLinks *self = g_new0(GwLinks, 1);
    self->store = store;
    self->by_hash = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, link_free);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        Link *link = g_new0(Link, 1);

        link->hash = g_strdup(gw_rows_text(rows, i, 0));
        link->owner = g_strdup(gw_rows_text(rows, i, 1));
        link->seat = gw_seat_from_string(gw_rows_text(rows, i, 2));
        link->expires_ms = gw_rows_int(rows, i, 3);
        link->used_ms = gw_rows_int(rows, i, 4);
        g_hash_table_insert(self->by_hash, link->hash, link);
    }
    return self;
}

void
gw_links_free(GwLinks *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->by_hash);
    g_free(self);
}

static void
forget(GwLinks *self, Link *link)
{
    GwStatement *statement = gw_statement_new("DELETE FROM link WHERE hash = ?1");

    gw_statement_text(statement, link->hash);
    gw_store_run(self->store, statement, NULL, NULL);
    g_hash_table_remove(self->by_hash, link->hash);
}

/* Open ones of the owner; ret_oldest may be NULL. */
static GPtrArray *
find_open(GwLinks *self, GwSeat seat, const char *owner, Link **ret_oldest)
{
    GPtrArray *found = g_ptr_array_new();
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_hash);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Link *link = value;

        if (link->seat != seat || link->used_ms != 0 || !g_str_equal(link->owner, owner))
            continue;
        g_ptr_array_add(found, link);
        if (ret_oldest != NULL && (*ret_oldest == NULL || link->expires_ms < (*ret_oldest)->expires_ms))
            *ret_oldest = link;
    }
    return found;
}

char *
gw_links_issue(GwLinks *self, GwSeat seat, const char *owner, int64_t now_ms)
{
    Link *oldest = NULL;
    g_autoptr(GPtrArray) open = find_open(self, seat, owner, &oldest);
    GwStatement *statement =
        gw_statement_new("INSERT INTO link (hash, seat, owner, expires_ms) VALUES (?1, ?2, ?3, ?4)");
    char *code = gw_secret_new();
    Link *link = g_new0(Link, 1);

    if (open->len >= GW_LINKS_PER_OWNER)
        forget(self, oldest);
    link->hash = gw_secret_hash(code);
    link->owner = g_strdup(owner);
    link->seat = seat;
    link->expires_ms = now_ms + GW_LINK_MS;
    g_hash_table_insert(self->by_hash, link->hash, link);
    gw_statement_text(statement, link->hash);
    gw_statement_text(statement, gw_seat_to_string(seat));
    gw_statement_text(statement, owner);
    gw_statement_int(statement, link->expires_ms);
    gw_store_run(self->store, statement, NULL, NULL);
    return code;
}

const char *
gw_links_peek(GwLinks *self, const char *code, GwSeat seat, int64_t now_ms)
{
    g_autofree char *hash = gw_secret_hash(code);
    const Link *link = g_hash_table_lookup(self->by_hash, hash);

    return link != NULL && link->seat == seat && link->used_ms == 0 && now_ms < link->expires_ms ? link->owner : NULL;
}

GwLinkState
gw_links_use(GwLinks *self, const char *code, int64_t now_ms, GwSeat *ret_seat, char **ret_owner)
{
    g_autofree char *hash = gw_secret_hash(code);
    Link *link = g_hash_table_lookup(self->by_hash, hash);

    if (link == NULL)
        return GW_LINK_UNKNOWN;
    if (link->used_ms != 0)
        return GW_LINK_USED;
    if (now_ms >= link->expires_ms)
        return GW_LINK_EXPIRED;
    link->used_ms = now_ms;

    GwStatement *statement = gw_statement_new("UPDATE link SET used_ms = ?2 WHERE hash = ?1");
    gw_statement_text(statement, hash);
    gw_statement_int(statement, now_ms);
    gw_store_run(self->store, statement, NULL, NULL);
    *ret_seat = link->seat;
    *ret_owner = g_strdup(link->owner);
    return GW_LINK_FINE;
}

void
gw_links_revoke_owner(GwLinks *self, GwSeat seat, const char *owner)
{
    g_autoptr(GPtrArray) open = find_open(self, seat, owner, NULL);

    for (unsigned i = 0; i < open->len; i++)
        forget(self, open->pdata[i]);
}

void
gw_links_sweep(GwLinks *self, int64_t now_ms)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_hash);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Link *link = value;

        if (now_ms >= link->expires_ms + GW_LINK_REMEMBER_MS)
            g_ptr_array_add(found, value);
    }
    for (unsigned i = 0; i < found->len; i++)
        forget(self, found->pdata[i]);
}
