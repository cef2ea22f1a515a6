#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/archive-priv.h"

/* Who has seen what. A page says every few seconds which part it has shown; what is next to each other becomes one view,
 * which is written, into the table and the audit log, when it stops, jumps, or has gone on for a while. */

enum {
    MAX_SEEING = 10000,
    JOIN_MS = 2000,
    WRITE_AFTER_MS = 60000,
    MAX_AT_MS = 86400000,
    MAX_SPEED = 4,    /* nobody sees more than this many seconds in one */
    FIRST_MS = 15000, /* a page tells every 10 s: what its first call may have taken */
    MAX_OPENED = 10000,
    OPEN_MS = 3600000, /* a page that lies open longer is written down again */
};

typedef struct {
    GwArchive *archive;
    GwAsker asker;
    char *session;
    int64_t from_ms, to_ms; /* of the recording */
    int64_t since_ms, last_ms;
} GwSeeing;

static void
seeing_free(void *data)
{
    GwSeeing *seeing = data;

    gw_asker_clear(&seeing->asker);
    g_free(seeing->session);
    g_free(seeing);
}

/* What was not written yet; goes on from there. */
static void
write_view(GwSeeing *seeing)
{
    GwArchive *self = seeing->archive;

    if (seeing->from_ms >= seeing->to_ms)
        return;
    g_autofree char *object = g_strconcat("session:", seeing->session, NULL);
    JsonObject *detail = json_object_new();
    const GwAuditEntry entry = {
        .who = seeing->asker.audit,
        .action = "archive.view",
        .object = object,
        .address = seeing->asker.address,
    };
    GwStatement *statement = gw_statement_new("INSERT INTO viewed (session, who, display, at_ms, from_ms, to_ms)"
                                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    json_object_set_int_member(detail, "from_ms", seeing->from_ms);
    json_object_set_int_member(detail, "to_ms", seeing->to_ms);
    gw_audit_add(self->gateway->audit, &entry, detail);
    gw_statement_text(statement, seeing->session);
    gw_statement_text(statement, seeing->asker.audit);
    gw_statement_text(statement, seeing->asker.display);
    gw_statement_int(statement, seeing->since_ms);
    gw_statement_int(statement, seeing->from_ms);
    gw_statement_int(statement, seeing->to_ms);
    gw_store_run(self->gateway->store, statement, NULL, NULL);
    seeing->from_ms = seeing->to_ms;
    seeing->since_ms = seeing->last_ms;
}

static gboolean
write_old(void *key, void *value, void *user_data)
{
    GwSeeing *seeing = value;
    const int64_t *now_ms = user_data;
    bool silent = *now_ms - seeing->last_ms >= WRITE_AFTER_MS;

    (void)key;
    if (silent || *now_ms - seeing->since_ms >= WRITE_AFTER_MS)
        write_view(seeing);
    return silent;
}

static gboolean
is_old(void *key, void *value, void *user_data)
{
    (void)key;
    return *(const int64_t *)user_data - *(const int64_t *)value >= OPEN_MS;
}

void
gw_views_tick(GwArchive *self)
{
    int64_t now_ms = gw_sessions_now_ms(self->sessions);

    g_hash_table_foreach_remove(self->looks.opened, is_old, &now_ms);
    g_hash_table_foreach_remove(self->looks.seeing, write_old, &now_ms);
}

static gboolean
write_any(void *key, void *value, void *user_data)
{
    (void)key;
    (void)user_data;
    write_view(value);
    return TRUE;
}

void
gw_views_flush(GwArchive *self)
{
    g_hash_table_foreach_remove(self->looks.seeing, write_any, NULL);
}

static void
write_session(void *key, void *value, void *user_data)
{
    (void)key;
    if (strcmp(((const GwSeeing *)value)->session, user_data) == 0)
        write_view(value);
}

void
gw_views_flush_session(GwArchive *self, const char *session)
{
    g_hash_table_foreach(self->looks.seeing, write_session, (void *)session);
}

void
gw_views_add_live(GwArchive *self, const char *who, const char *session, GArray *spans)
{
    g_autofree char *key = g_strconcat(who != NULL ? who : "", " ", session, NULL);
    const GwSeeing *seeing = g_hash_table_lookup(self->looks.seeing, key);

    if (seeing != NULL)
        gw_spans_add(spans, seeing->from_ms, seeing->to_ms);
}

void
gw_looks_init(GwLooks *self)
{
    self->seeing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, seeing_free);
    self->opened = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void
gw_looks_clear(GwLooks *self)
{
    g_hash_table_unref(self->seeing);
    g_hash_table_unref(self->opened);
}

/* archive.get. A page asks again by itself whenever something was done with the recording; it says so, and is believed only
 * if the log has that this person opened this recording from there within the last hour. */

void
gw_views_note_open(GwAsk *ask)
{
    GHashTable *opened = ask->archive->looks.opened;
    g_autofree char *key = g_strdup_printf("%s %s %s", ask->asker.audit, ask->entry->session,
                                           ask->asker.address != NULL ? ask->asker.address : "");
    int64_t now_ms = gw_ask_now_ms(ask), *at_ms = g_hash_table_lookup(opened, key);

    if (gw_ask_get_bool(ask, "refresh") && at_ms != NULL && now_ms >= *at_ms && now_ms - *at_ms < OPEN_MS)
        return;
    gw_ask_note(ask, "archive.open", NULL, NULL);
    if (g_hash_table_size(opened) >= MAX_OPENED)
        g_hash_table_remove_all(opened); /* each is written once more */
    g_hash_table_replace(opened, g_steal_pointer(&key), g_memdup2(&now_ms, sizeof now_ms));
}

/* archive.viewed */

static GwSeeing *
ensure_seeing(GwAsk *ask)
{
    GwArchive *self = ask->archive;
    g_autofree char *key = g_strconcat(ask->asker.audit, " ", ask->entry->session, NULL);
    GwSeeing *seeing = g_hash_table_lookup(self->looks.seeing, key);

    if (seeing != NULL)
        return seeing;
    if (g_hash_table_size(self->looks.seeing) >= MAX_SEEING)
        gw_views_flush(self);
    seeing = g_new0(GwSeeing, 1);
    seeing->archive = self;
    seeing->session = g_strdup(ask->entry->session);
    seeing->since_ms = gw_ask_now_ms(ask);
    seeing->last_ms = seeing->since_ms - FIRST_MS;
    gw_asker_set(&seeing->asker, &ask->asker);
    g_hash_table_replace(self->looks.seeing, g_steal_pointer(&key), seeing);
    return seeing;
}

static void
see(GwAsk *ask, int64_t from_ms, int64_t to_ms)
{
    GwSeeing *seeing = ensure_seeing(ask);
    int64_t now_ms = gw_ask_now_ms(ask);

    to_ms = MIN(to_ms, from_ms + (now_ms - seeing->last_ms) * MAX_SPEED);
    seeing->last_ms = now_ms;
    if (from_ms > seeing->to_ms + JOIN_MS || to_ms < seeing->from_ms - JOIN_MS || seeing->from_ms == seeing->to_ms) {
        write_view(seeing);
        seeing->from_ms = from_ms;
        seeing->to_ms = MAX(from_ms, to_ms);
        return;
    }
    seeing->from_ms = MIN(seeing->from_ms, from_ms);
    seeing->to_ms = MAX(seeing->to_ms, to_ms);
}

static void
viewed_found(GwAsk *ask)
{
    int64_t from_ms = gw_ask_get_int(ask, "from_ms");
    int64_t to_ms = MIN(gw_ask_get_int(ask, "to_ms"), ask->entry->duration_ms);

    if (ask->entry->state != GW_ENTRY_SEALED || from_ms >= to_ms) {
        gw_ask_fail(ask, SIG_ERROR_BAD_PARAMS, "Nothing of this recording is between these times.");
        return;
    }
    see(ask, from_ms, to_ms);
    gw_ask_reply(ask);
}

static void
viewed(GwAsk *ask)
{
    gw_ask_find(ask, gw_ask_get(ask, "session"), viewed_found);
}

/* archive.views */

static void
on_views(GwAsk *ask, const GwRows *rows)
{
    JsonArray *views = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *view = json_object_new();
        gw_object_set_row_text(view, "person", rows, i, 0);
        gw_object_set_row_text(view, "by", rows, i, 1);
        gw_object_set_row_int(view, "at_ms", rows, i, 2);
        gw_object_set_row_int(view, "from_ms", rows, i, 3);
        gw_object_set_row_int(view, "to_ms", rows, i, 4);
        json_array_add_object_element(views, view);
    }
    json_object_set_array_member(ask->result, "views", views);
    ask->next(ask);
}

void
gw_views_show(GwAsk *ask, GwAskFunc next)
{
    GwStatement *statement = gw_statement_new("SELECT who, display, at_ms, from_ms, to_ms FROM viewed"
                                              " WHERE session = ?1 ORDER BY id DESC LIMIT ?2");

    gw_views_flush_session(ask->archive, ask->entry->session);
    gw_statement_text(statement, ask->entry->session);
    gw_statement_int(statement, GW_ARCHIVE_MAX_ROWS);
    ask->next = next;
    gw_ask_query(ask, statement, on_views);
}

static void
views_found(GwAsk *ask)
{
    gw_views_show(ask, gw_ask_reply);
}

static void
views(GwAsk *ask)
{
    gw_ask_find(ask, gw_ask_get(ask, "session"), views_found);
}

const GwArchiveMethod gw_views_methods[] = {
    { { .name = "archive.viewed",
        .access = GW_ACCESS_WATCH,
        .params = (const SigParam[]){ GW_PARAM_ID("session"),
                                      { .name = "from_ms", .type = SIG_TYPE_INTEGER, .min = 0, .max = MAX_AT_MS },
                                      { .name = "to_ms", .type = SIG_TYPE_INTEGER, .min = 0, .max = MAX_AT_MS },
                                      { NULL } },
        .summary = "Says which part of a recording was shown to whoever asks.",
        .result = "{}",
        .handle = gw_ask_on_request },
      viewed },
    { { .name = "archive.views",
        .access = GW_ACCESS_WATCH | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR,
        .params = (const SigParam[]){ GW_PARAM_ID("session"), { NULL } },
        .summary = "Who has seen which part of a recording.",
        .result = "{views}",
        .handle = gw_ask_on_request },
      views },
    { { NULL }, NULL },
};
