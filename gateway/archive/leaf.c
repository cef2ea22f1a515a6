#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/archive-priv.h"

/* What must be on record before anything follows from it. */

typedef struct {
    GwArchive *archive;
    GwAuditEntry entry; /* owned strings */
    JsonObject *detail; /* owned; of a tombstone */
    GwArchiveLogged done;
    void *user_data;
} Logging;

static void
finish(Logging *logging, int64_t leaf, const GError *error)
{
    logging->done(leaf, error, logging->user_data);
    g_clear_pointer(&logging->detail, json_object_unref);
    g_free((char *)logging->entry.who);
    g_free((char *)logging->entry.action);
    g_free((char *)logging->entry.object);
    g_free((char *)logging->entry.address);
    g_free(logging);
}

static void
on_audited(const GError *error, void *user_data)
{
    finish(user_data, -1, error);
}

static void
on_appended(uint64_t index, const GError *error, void *user_data)
{
    Logging *logging = user_data;

    /* The table of what people did has a tombstone, too. */
    if (error == NULL && logging->detail != NULL)
        gw_audit_add(logging->archive->gateway->audit, &logging->entry, json_object_ref(logging->detail));
    finish(logging, error == NULL ? (int64_t)index : -1, error);
}

static JsonObject *
make_fields(const GwAuditEntry *entry, JsonObject *detail)
{
    JsonObject *fields = gw_object_with_text("who", entry->who);

    gw_object_set_text(fields, "action", entry->action);
    gw_object_set_text(fields, "object", entry->object);
    gw_object_set_text(fields, "address", entry->address);
    if (detail != NULL)
        json_object_set_object_member(fields, "detail", detail);
    return fields;
}

/* {manifest_sha256, rule, approvers, purge}: what the contract of a tombstone names. */
static JsonObject *
make_tombstone(JsonObject *detail)
{
    static const char *const copied[] = { "manifest_sha256", "rule", "purge" };
    static const char *const persons[] = { "planned_by", "approved_by" };
    JsonObject *fields = json_object_new();
    JsonArray *approvers = json_array_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(copied); i++)
        gw_object_set_text(fields, copied[i], json_object_get_string_member_with_default(detail, copied[i], NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(persons); i++)
        json_array_add_string_element(approvers, json_object_get_string_member_with_default(detail, persons[i], ""));
    json_object_set_array_member(fields, "approvers", approvers);
    return fields;
}

void
gw_archive_log(GwArchive *self, const GwAuditEntry *entry, JsonObject *detail, GwArchiveLogged done, void *user_data)
{
    bool is_tombstone = strcmp(entry->action, GW_ARCHIVE_TOMBSTONE) == 0;
    const char *session =
        entry->object != NULL && g_str_has_prefix(entry->object, "session:") ? entry->object + 8 : NULL;
    const GwEvidenceEntry leaf = { is_tombstone ? "tombstone" : "audit", session, true };
    Logging *logging = g_new0(Logging, 1);

    logging->archive = self;
    logging->done = done;
    logging->user_data = user_data;
    logging->entry = (GwAuditEntry){ g_strdup(entry->who), g_strdup(entry->action), g_strdup(entry->object),
                                     g_strdup(entry->address), NULL };
    if (self->gateway->evidence == NULL) {
        gw_audit_add_then(self->gateway->audit, entry, detail, on_audited, logging);
        return;
    }
    if (is_tombstone)
        logging->detail = json_object_ref(detail);
    gw_evidence_append(self->gateway->evidence, &leaf,
                       is_tombstone ? make_tombstone(detail) : make_fields(entry, detail), on_appended, logging);
    if (is_tombstone)
        json_object_unref(detail);
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
