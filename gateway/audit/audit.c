#define G_LOG_DOMAIN "gateway.audit"

#include "gateway/audit/audit.h"

#define RETRY_S 5

struct GwAudit {
    GwStore *store;
    GwEvidence *evidence; /* borrowed; NULL: none */
    GQueue kept;          /* Entry, oldest first */
    unsigned retry_source;
    uint64_t given_up;
};

typedef struct {
    GwAudit *audit;
    int64_t at_ms;
    char *who, *action, *object, *detail, *address;
} Entry;

static void
entry_free(void *data)
{
    Entry *entry = data;

    g_free(entry->who);
    g_free(entry->action);
    g_free(entry->object);
    g_free(entry->detail);
    g_free(entry->address);
    g_free(entry);
}

static gboolean
on_retry(void *data)
{
    GwAudit *self = data;

    self->retry_source = 0;
    gw_audit_retry(self);
    return G_SOURCE_REMOVE;
}

static void
keep(GwAudit *self, Entry *entry)
{
    g_queue_push_tail(&self->kept, entry);
    if (self->kept.length > GW_AUDIT_MAX_KEPT) {
        entry_free(g_queue_pop_head(&self->kept));
        self->given_up++;
        g_warning("%" G_GUINT64_FORMAT " audit entries were given up: the store has been failing for too long",
                  self->given_up);
    }
    if (self->retry_source == 0)
        self->retry_source = g_timeout_add_seconds(RETRY_S, on_retry, self);
}

static void
on_written(GwRows *rows, const GError *error, void *user_data)
{
    Entry *entry = user_data;
    (void)rows;

    if (error == NULL) {
        entry_free(entry);
        return;
    }
    if (entry->audit->kept.length == 0)
        g_message("audit entries wait for the store: %s", error->message);
    keep(entry->audit, entry);
}

static void
write_entry(GwAudit *self, Entry *entry)
{
    GwStatement *statement = gw_statement_new("INSERT INTO audit (at_ms, who, action, object, detail, address)"
                                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    gw_statement_int(statement, entry->at_ms);
    gw_statement_text(statement, entry->who);
    gw_statement_text(statement, entry->action);
    gw_statement_text(statement, entry->object);
    gw_statement_text(statement, entry->detail);
    gw_statement_text(statement, entry->address);
    gw_store_run(self->store, statement, on_written, entry);
}

GwAudit *
gw_audit_new(GwStore *store)
{
    GwAudit *self = g_new0(GwAudit, 1);

    self->store = store;
    g_queue_init(&self->kept);
    return self;
}

void
gw_audit_free(GwAudit *self)
{
    if (self == NULL)
        return;
    if (self->kept.length > 0)
        g_warning("%u audit entries could not be written before the end", self->kept.length);
    g_queue_clear_full(&self->kept, entry_free);
    g_clear_handle_id(&self->retry_source, g_source_remove);
    g_free(self);
}

void
gw_audit_set_evidence(GwAudit *self, GwEvidence *evidence)
{
    self->evidence = evidence;
}

bool
gw_audit_has_log(const GwAudit *self)
{
    return self->evidence != NULL;
}

static void
set_text(JsonObject *fields, const char *name, const char *value)
{
    if (value != NULL)
        json_object_set_string_member(fields, name, value);
}

typedef struct {
    GwAuditDone done;
    void *user_data;
} Waiting;

static void
on_logged(uint64_t index, const GError *error, void *user_data)
{
    Waiting *waiting = user_data;

    (void)index;
    if (waiting != NULL)
        waiting->done(error, waiting->user_data);
    g_free(waiting);
}

/* The leaf; the row of the table is made of it. */
static void
add_to_log(GwAudit *self, const GwAuditEntry *entry, JsonObject *detail, Waiting *waiting)
{
    const GwEvidenceEntry leaf = { .type = "audit", .session = entry->session, .must = waiting != NULL };
    JsonObject *fields = json_object_new();

    json_object_set_string_member(fields, "who", entry->who);
    json_object_set_string_member(fields, "action", entry->action);
    set_text(fields, "object", entry->object);
    set_text(fields, "address", entry->address);
    if (detail != NULL)
        json_object_set_object_member(fields, "detail", detail);
    gw_evidence_append(self->evidence, &leaf, fields, on_logged, waiting);
}

static void
on_stored(GwRows *rows, const GError *error, void *user_data)
{
    (void)rows;
    on_logged(0, error, user_data);
}

typedef struct {
    GwStore *store;
    Waiting *waiting;
} Settling;

/* The store runs in order: what was changed before has been committed when this is answered. */
static void
on_log_settled(uint64_t index, const GError *error, void *user_data)
{
    g_autofree Settling *settling = user_data;

    if (error != NULL)
        on_logged(index, error, settling->waiting);
    else
        gw_store_run(settling->store, gw_statement_new("SELECT 1"), on_stored, settling->waiting);
}

void
gw_audit_settle(GwAudit *self, GwAuditDone done, void *user_data)
{
    Settling *settling = g_new(Settling, 1);

    *settling = (Settling){ self->store, g_new(Waiting, 1) };
    *settling->waiting = (Waiting){ done, user_data };
    gw_evidence_settle(self->evidence, on_log_settled, settling);
}

void
gw_audit_add_then(GwAudit *self, const GwAuditEntry *entry, JsonObject *detail, GwAuditDone done, void *user_data)
{
    Waiting *waiting = g_new(Waiting, 1);

    *waiting = (Waiting){ done, user_data };
    if (self->evidence != NULL) {
        add_to_log(self, entry, detail, waiting);
        return;
    }
    gw_audit_add(self, entry, detail);
    gw_store_run(self->store, gw_statement_new("SELECT 1"), on_stored, waiting);
}

void
gw_audit_add(GwAudit *self, const GwAuditEntry *entry, JsonObject *detail)
{
    if (self->evidence != NULL) {
        add_to_log(self, entry, detail, NULL);
        return;
    }

    Entry *added = g_new0(Entry, 1);

    added->audit = self;
    added->at_ms = g_get_real_time() / 1000;
    added->who = g_strdup(entry->who);
    added->action = g_strdup(entry->action);
    added->object = g_strdup(entry->object);
    added->address = g_strdup(entry->address);
    if (detail != NULL) {
        g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), detail);
        json_object_unref(detail);
        added->detail = json_to_string(node, FALSE);
    }
    write_entry(self, added);
}

void
gw_audit_list(GwAudit *self, int64_t before, unsigned limit, GwStoreDone done, void *user_data)
{
    GwStatement *statement = gw_statement_new(
        "SELECT id, at_ms, who, action, object, detail, address, recording.unit, recording.began_ms FROM audit"
        " LEFT JOIN recording ON object LIKE 'session:%' AND recording.session = substr(object, 9)"
        " WHERE id < ?1 ORDER BY id DESC LIMIT ?2");

    gw_statement_int(statement, before > 0 ? before : INT64_MAX);
    gw_statement_int(statement, limit);
    gw_store_run(self->store, statement, done, user_data);
}

unsigned
gw_audit_get_n_kept(const GwAudit *self)
{
    return self->kept.length;
}

void
gw_audit_retry(GwAudit *self)
{
    GQueue again = self->kept;

    g_queue_init(&self->kept);
    for (Entry *entry = g_queue_pop_head(&again); entry != NULL; entry = g_queue_pop_head(&again))
        write_entry(self, entry);
}
