#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive-priv.h"

/* What must be on record before anything follows from it. */

typedef struct {
    GwArchiveLogged done;
    void *user_data;
} Logging;

static void
on_written(GwRows *rows, const GError *error, void *user_data)
{
    Logging *logging = user_data;

    (void)rows;
    logging->done(-1, error, logging->user_data);
    g_free(logging);
}

void
gw_archive_log(GwArchive *self, const GwAuditEntry *entry, JsonObject *detail, GwArchiveLogged done, void *user_data)
{
    Logging *logging = g_new(Logging, 1);
    GwStatement *statement = gw_statement_new("INSERT INTO audit (at_ms, who, action, object, detail, address)"
                                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id");
    g_autofree char *text = NULL;

    *logging = (Logging){ done, user_data };
    if (detail != NULL) {
        g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), detail);
        json_object_unref(detail);
        text = json_to_string(node, FALSE);
    }
    gw_statement_int(statement, g_get_real_time() / 1000);
    gw_statement_text(statement, entry->who);
    gw_statement_text(statement, entry->action);
    gw_statement_text(statement, entry->object);
    gw_statement_text(statement, text);
    gw_statement_text(statement, entry->address);
    gw_store_run(self->gateway->store, statement, on_written, logging);
}

/* Guessing. */

enum { MAX_MISSES = 30 }; /* between two ticks */

void
gw_archive_count_miss(GwArchive *self, const GwAsker *asker)
{
    unsigned n = GPOINTER_TO_UINT(g_hash_table_lookup(self->misses, asker->audit));

    g_hash_table_replace(self->misses, g_strdup(asker->audit), GUINT_TO_POINTER(n + 1));
}

bool
gw_archive_may_guess(GwArchive *self, const GwAsker *asker)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(self->misses, asker->audit)) < MAX_MISSES;
}

typedef struct {
    const char *person, *event;
    JsonObject *params;
} Telling;

static void
tell_client(SigClient *client, const GwIdentity *identity, void *user_data)
{
    const Telling *telling = user_data;

    if (identity->seat == GW_SEAT_CONSOLE && g_strcmp0(identity->id, telling->person) == 0)
        sig_client_notify(client, telling->event, json_object_ref(telling->params));
}

void
gw_archive_tell_person(GwArchive *self, const char *person, const char *event, JsonObject *params)
{
    Telling telling = { person, event, params };

    if (person != NULL)
        gw_people_foreach_client(self->gateway->people, tell_client, &telling);
    json_object_unref(params);
}
