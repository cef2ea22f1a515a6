#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/health.h"

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "recorder/scrub.h"

enum {
    MAX_KEPT = 100,       /* parts of one recording in the index; the audit record has all */
    MAX_RECORDINGS = 100, /* of an answer */
    MAX_PARTS = 20,       /* of each */
    MAX_ROWS = MAX_KEPT * MAX_RECORDINGS * 10,
};

/* Those who restore, and those who must know. */
#define MAY_KNOW                                                                                                       \
    (GW_ACCESS_OFFICER | GW_ACCESS_INSPECTOR | GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR)

static void
tell_client(SigClient *client, const GwIdentity *identity, void *user_data)
{
    (void)user_data;
    if (identity->seat == GW_SEAT_CONSOLE && (identity->access & MAY_KNOW) != 0)
        sig_client_notify(client, "archive.health", json_object_new());
}

static void
tell(GwArchive *self)
{
    gw_people_foreach_client(self->gateway->people, tell_client, NULL);
}

/* What the log is doing; what is told when it changes. */
static unsigned
get_log_alarms(const GwArchive *self)
{
    GwEvidenceStatus status = { 0 };

    if (self->gateway->evidence != NULL)
        gw_evidence_get_status(self->gateway->evidence, &status);
    return (status.failed ? 1 : 0) | (status.spooled > 0 ? 2 : 0) | (status.keys_expired ? 4 : 0);
}

void
gw_health_tick(GwArchive *self)
{
    unsigned alarms = get_log_alarms(self);

    if (alarms != self->health.log_alarms)
        tell(self);
    self->health.log_alarms = alarms;
}

/* Damage. */

static GwStatement *
make_statement(const char *sql, const char *session)
{
    GwStatement *statement = gw_statement_new(sql);

    gw_statement_text(statement, session);
    return statement;
}

static GwStatement *
make_row(const char *session, const RecDamage *damage, int64_t now_ms)
{
    GwStatement *statement =
        make_statement("INSERT INTO damage (session, file, chunk, from_ms, to_ms, what, found_ms, seen_ms)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT (session, file, chunk) DO UPDATE SET"
                       " what = excluded.what, seen_ms = excluded.seen_ms",
                       session);

    gw_statement_text(statement, damage->file);
    gw_statement_int(statement, damage->chunk);
    gw_statement_int(statement, damage->from_us / 1000);
    gw_statement_int(statement, damage->to_us / 1000);
    gw_statement_text(statement, damage->what);
    gw_statement_int(statement, now_ms);
    return statement;
}

static void
on_written(GwRows *rows, const GError *error, void *user_data)
{
    (void)rows;
    if (error != NULL)
        g_warning("damage is not in the index: %s", error->message);
    tell(user_data);
}

void
gw_health_on_read(const char *session, const GPtrArray *damages, void *archive)
{
    GwArchive *self = archive;
    int64_t now_ms = gw_sessions_now_ms(self->sessions);
    GPtrArray *statements = NULL;

    if (damages->len == 0) {
        if (g_hash_table_contains(self->health.damaged, session))
            gw_health_forget(self, session);
        return;
    }
    statements = g_ptr_array_new();
    for (guint i = 0; i < damages->len && i < MAX_KEPT; i++)
        g_ptr_array_add(statements, make_row(session, damages->pdata[i], now_ms));
    GwStatement *rest = make_statement("DELETE FROM damage WHERE session = ?1 AND seen_ms <> ?2", session);
    gw_statement_int(rest, now_ms);
    g_ptr_array_add(statements, rest);
    g_hash_table_add(self->health.damaged, g_strdup(session));
    gw_store_run_all(self->gateway->store, statements, on_written, self);
}

void
gw_health_forget(GwArchive *self, const char *session)
{
    GwStatement *statement = make_statement("DELETE FROM damage WHERE session = ?1", session);

    g_hash_table_remove(self->health.damaged, session);
    gw_store_run(self->gateway->store, statement, on_written, self);
}

void
gw_health_open(GwArchive *self)
{
    g_autoptr(GwRows) rows =
        gw_store_query(self->gateway->store, gw_statement_new("SELECT DISTINCT session FROM damage"), NULL);

    self->health.damaged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++)
        g_hash_table_add(self->health.damaged, g_strdup(gw_rows_text(rows, i, 0)));
    self->health.log_alarms = get_log_alarms(self);
}

void
gw_health_close(GwArchive *self)
{
    g_hash_table_unref(self->health.damaged);
}

void
gw_archive_set_scrub(GwArchive *self, const GwScrub *scrub)
{
    self->health.scrub = scrub;
}

unsigned
gw_archive_get_n_damaged(const GwArchive *self)
{
    return g_hash_table_size(self->health.damaged);
}

const GwTimeStamps *
gw_archive_get_time_stamps(const GwArchive *self)
{
    return self->stamps;
}

/* archive.health */

enum { SESSION, UNIT, KIND, BEGAN, FOUND, FILE_NAME, WHAT, CHUNK, FROM, TO };

static JsonObject *
part_to_json(const GwRows *rows, unsigned row)
{
    JsonObject *part = json_object_new();

    gw_object_set_row_text(part, "file", rows, row, FILE_NAME);
    gw_object_set_row_text(part, "what", rows, row, WHAT);
    if (gw_rows_int(rows, row, CHUNK) < 0)
        return part;
    gw_object_set_row_int(part, "chunk", rows, row, CHUNK);
    gw_object_set_row_int(part, "from_ms", rows, row, FROM);
    gw_object_set_row_int(part, "to_ms", rows, row, TO);
    return part;
}

/* Of the rows from *at on; goes behind those of the same session. */
static JsonObject *
recording_to_json(const GwAsk *ask, const GwRows *rows, unsigned *at)
{
    const char *session = gw_rows_text(rows, *at, SESSION);
    JsonObject *recording = gw_object_with_text("session", session);
    JsonArray *parts = json_array_new();

    if (!gw_rows_is_null(rows, *at, UNIT))
        json_object_set_object_member(
            recording, "unit", gw_people_unit_to_json(ask->archive->gateway->people, gw_rows_text(rows, *at, UNIT)));
    gw_object_set_row_text(recording, "kind", rows, *at, KIND);
    gw_object_set_row_int(recording, "began_ms", rows, *at, BEGAN);
    gw_object_set_row_int(recording, "found_ms", rows, *at, FOUND);
    while (*at < gw_rows_get_count(rows) && strcmp(gw_rows_text(rows, *at, SESSION), session) == 0) {
        if (json_array_get_length(parts) < MAX_PARTS)
            json_array_add_object_element(parts, part_to_json(rows, *at));
        *at += 1;
    }
    json_object_set_array_member(recording, "parts", parts);
    return recording;
}

static JsonObject *
scrub_to_json(const GwScrub *scrub)
{
    JsonObject *object = json_object_new();
    GwScrubStatus status = { 0 };

    if (scrub != NULL)
        gw_scrub_get_status(scrub, &status);
    json_object_set_boolean_member(object, "running", status.running);
    json_object_set_int_member(object, "done", status.done);
    json_object_set_int_member(object, "total", status.total);
    return object;
}

static JsonObject *
log_to_json(const GwArchive *self)
{
    JsonObject *object = json_object_new();
    GwEvidenceStatus status = { 0 };

    if (self->gateway->evidence != NULL)
        gw_evidence_get_status(self->gateway->evidence, &status);
    json_object_set_int_member(object, "entries", (int64_t)status.size);
    json_object_set_int_member(object, "unpublished", (int64_t)(status.size - MIN(status.published, status.size)));
    if (status.published_ms != 0)
        json_object_set_int_member(object, "published_ms", status.published_ms);
    json_object_set_int_member(object, "waiting", status.spooled);
    json_object_set_boolean_member(object, "failed", status.failed);
    json_object_set_boolean_member(object, "keys_expired", status.keys_expired);
    return object;
}

static JsonObject *
stamps_to_json(const GwArchive *self)
{
    char **servers = self->gateway->config->evidence.tsa;
    JsonObject *object = json_object_new();
    int64_t since_ms = gw_time_stamps_get_since_ms(self->stamps);

    json_object_set_int_member(object, "servers", servers != NULL ? g_strv_length(servers) : 0);
    json_object_set_int_member(object, "pending", gw_time_stamps_get_n_pending(self->stamps));
    if (since_ms != 0)
        json_object_set_int_member(object, "oldest_ms", since_ms);
    return object;
}

static void
on_damage(GwAsk *ask, const GwRows *rows)
{
    GwPeople *people = ask->archive->gateway->people;
    JsonArray *damaged = json_array_new();
    unsigned at = 0;

    while (at < gw_rows_get_count(rows) && json_array_get_length(damaged) < MAX_RECORDINGS) {
        if (gw_asker_covers(&ask->asker, people, gw_rows_text(rows, at, UNIT)))
            json_array_add_object_element(damaged, recording_to_json(ask, rows, &at));
        else
            at++;
    }
    bool alarm = json_array_get_length(damaged) > 0 || get_log_alarms(ask->archive) != 0;
    json_object_set_string_member(ask->result, "state", alarm ? "alarm" : "good");
    json_object_set_array_member(ask->result, "damaged", damaged);
    json_object_set_object_member(ask->result, "scrub", scrub_to_json(ask->archive->health.scrub));
    json_object_set_object_member(ask->result, "log", log_to_json(ask->archive));
    json_object_set_object_member(ask->result, "stamps", stamps_to_json(ask->archive));
    gw_ask_reply(ask);
}

static void
health(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new(
        "SELECT d.session, r.unit, r.kind, r.began_ms, f.found_ms, d.file, d.what, d.chunk, d.from_ms, d.to_ms FROM "
        "damage d"
        " JOIN recording r USING (session) JOIN (SELECT session, max(found_ms) AS found_ms FROM damage GROUP BY "
        "session) f"
        " USING (session) WHERE r.state <> 'destroyed' ORDER BY f.found_ms DESC, d.session, d.file, d.chunk LIMIT ?1");

    gw_statement_int(statement, MAX_ROWS);
    gw_ask_query(ask, statement, on_damage);
}

const GwArchiveMethod gw_health_methods[] = {
    { { .name = "archive.health",
        .access = MAY_KNOW,
        .summary = "What is damaged of the archive, and how the log and the time stamps are.",
        .result = "{state, damaged, scrub, log, stamps}",
        .handle = gw_ask_on_request },
      health },
    { { NULL }, NULL },
};
