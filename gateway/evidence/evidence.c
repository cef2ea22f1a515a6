#define G_LOG_DOMAIN "gateway.evidence"

#include "gateway/evidence/evidence.h"

#include "gateway/evidence/index.h"
#include "gateway/evidence/leaf.h"
#include "recorder/evidence/checkpoint.h"

enum {
    CLOCK_CHECK_S = 1,
    CLOCK_STEP_US = 500 * 1000, /* the wall clock was set by more than this */
    EXPIRY_CHECK_S = 3600,
};

struct GwEvidence {
    GwStore *store; /* borrowed */
    GwLogThread *log;
    uint64_t published;
    int64_t published_ms;
    GwEvidencePublished on_published;
    void *published_data;
    unsigned clock_source, expiry_source;
    int64_t clock_offset_us; /* wall clock less monotonic */
    bool keys_expired;
};

static void
on_failed(const GError *error, void *user_data)
{
    GwEvidence *self = user_data;

    (void)self;
    g_critical("the log cannot be written: %s; sessions go on, exports, deletions and grants are refused",
               error->message);
}

static void
on_recovered(void *user_data)
{
    (void)user_data;
    g_message("the log is written again");
}

static void
on_published(uint64_t size, const char *note, void *user_data)
{
    GwEvidence *self = user_data;

    self->published = size;
    self->published_ms = g_get_real_time() / 1000;
    if (self->on_published != NULL)
        self->on_published(size, note, self->published_data);
}

static void
on_appended(uint64_t index, GBytes *entry, void *user_data)
{
    GwEvidence *self = user_data;

    gw_index_add(self->store, index, entry);
}

static const GwLogThreadEvents log_events = {
    .failed = on_failed,
    .recovered = on_recovered,
    .published = on_published,
    .appended = on_appended,
};

static void
add(GwEvidence *self, const char *type, JsonObject *fields)
{
    gw_evidence_append(self, &(GwEvidenceEntry){ .type = type }, fields, NULL, NULL);
}

static int64_t
get_clock_offset_us(void)
{
    return g_get_real_time() - g_get_monotonic_time();
}

static gboolean
on_clock_check(void *data)
{
    GwEvidence *self = data;
    int64_t offset_us = get_clock_offset_us(), step_us = offset_us - self->clock_offset_us;

    self->clock_offset_us = offset_us;
    if (ABS(step_us) < CLOCK_STEP_US)
        return G_SOURCE_CONTINUE;
    JsonObject *fields = json_object_new();
    json_object_set_int_member(fields, "step_us", step_us);
    add(self, "clock", fields);
    g_message("the clock was set by %.1f s", (double)step_us / G_USEC_PER_SEC);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_expiry_check(void *data)
{
    GwEvidence *self = data;
    bool expired = !rec_keys_are_valid_at(gw_log_thread_get_keys(self->log), g_get_real_time() / G_USEC_PER_SEC);

    if (expired && !self->keys_expired)
        g_critical("the certificates of the signing keys are not good at this time: what is signed is marked so; check "
                   "the clock, then run: yuanjian keys rotate");
    self->keys_expired = expired;
    return G_SOURCE_CONTINUE;
}

static JsonObject *
describe_start(GwEvidence *self, const GwEvidenceConfig *config)
{
    JsonObject *fields = json_object_new();

    json_object_set_string_member(fields, "software", "yuanjian " YUANJIAN_VERSION);
    if (config->config_sha256 != NULL)
        json_object_set_string_member(fields, "config_sha256", config->config_sha256);
    if (gw_log_thread_get_cut(self->log) > 0)
        json_object_set_int_member(fields, "cut_bytes", (gint64)gw_log_thread_get_cut(self->log));
    return fields;
}

/* Whether the log's last "key" entry names the keys that sign now. */
static bool
keys_are_named(GwEvidence *self)
{
    g_autoptr(GwRows) rows = gw_store_query(
        self->store, gw_statement_new("SELECT idx FROM evidence_leaf WHERE type = 'key' ORDER BY idx DESC LIMIT 1"),
        NULL);
    const RecCertificate *ed25519 = rec_keys_get_current(gw_log_thread_get_keys(self->log), REC_KEY_ED25519);
    const RecCertificate *sm2 = rec_keys_get_current(gw_log_thread_get_keys(self->log), REC_KEY_SM2);

    if (rows == NULL || gw_rows_get_count(rows) == 0)
        return false;
    g_autoptr(RecLogReader) reader = rec_log_reader_new(gw_log_thread_get_dir(self->log), NULL);
    g_autoptr(GBytes) entry =
        reader != NULL ? rec_log_reader_get_entry(reader, (uint64_t)gw_rows_int(rows, 0, 0), NULL) : NULL;
    g_autoptr(JsonObject) leaf = entry != NULL ? gw_leaf_parse(entry) : NULL;
    return leaf != NULL && g_strcmp0(gw_leaf_get(leaf, "ed25519"), ed25519->sha256) == 0 &&
           g_strcmp0(gw_leaf_get(leaf, "sm2"), sm2->sha256) == 0;
}

static void
name_keys(GwEvidence *self)
{
    const RecKeys *keys = gw_log_thread_get_keys(self->log);
    const RecCertificate *ed25519 = rec_keys_get_current(keys, REC_KEY_ED25519);

    if (keys_are_named(self))
        return;
    GBytes *entry = gw_leaf_new_key(g_get_real_time(), ed25519->generation, ed25519->sha256,
                                    rec_keys_get_current(keys, REC_KEY_SM2)->sha256);
    gw_log_thread_append(self->log, entry, false, NULL, NULL);
}

/* What was signed before, or while it was opened. */
static void
read_published(GwEvidence *self, const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "checkpoint", NULL), *note = NULL;
    g_auto(RecCheckpoint) checkpoint = { 0 };
    size_t size = 0;

    if (!g_file_get_contents(path, &note, &size, NULL) || !rec_checkpoint_parse(note, size, &checkpoint, NULL))
        return;
    self->published = checkpoint.size;
    self->published_ms = checkpoint.at_ms;
}

static bool
open_log(GwEvidence *self, const GwEvidenceConfig *config, GError **error)
{
    g_autofree char *dir = g_build_filename(config->data_dir, "log", NULL);
    g_autofree char *keys_dir = g_build_filename(config->data_dir, "keys", NULL);
    g_autofree char *origin = config->node != NULL ? g_strconcat("yuanjian/", config->node, NULL) : NULL;
    const GwLogThreadConfig log = { .dir = dir, .keys_dir = keys_dir, .name = config->node, .origin = origin };
    uint64_t added = 0;

    self->log = gw_log_thread_new(&log, &log_events, self, error);
    if (self->log == NULL || !gw_index_catch_up(self->store, dir, &added, error))
        return false;
    read_published(self, dir);
    if (added > 0)
        g_message("%" G_GUINT64_FORMAT " entries of the log were put into the index", added);
    return true;
}

GwEvidence *
gw_evidence_new(const GwEvidenceConfig *config, GError **error)
{
    g_autoptr(GwEvidence) self = g_new0(GwEvidence, 1);

    self->store = config->store;
    if (!open_log(self, config, error)) {
        g_clear_pointer(&self->log, gw_log_thread_free);
        return NULL;
    }
    self->clock_offset_us = get_clock_offset_us();
    self->clock_source = g_timeout_add_seconds(CLOCK_CHECK_S, on_clock_check, self);
    self->expiry_source = g_timeout_add_seconds(EXPIRY_CHECK_S, on_expiry_check, self);
    add(self, "start", describe_start(self, config));
    name_keys(self);
    on_expiry_check(self);
    return g_steal_pointer(&self);
}

void
gw_evidence_free(GwEvidence *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id(&self->clock_source, g_source_remove);
    g_clear_handle_id(&self->expiry_source, g_source_remove);
    if (self->log != NULL)
        add(self, "stop", NULL);
    gw_evidence_flush(self);
    g_clear_pointer(&self->log, gw_log_thread_free);
    g_free(self);
}

void
gw_evidence_flush(GwEvidence *self)
{
    if (self->log != NULL)
        gw_log_thread_flush(self->log);
}

void
gw_evidence_append(GwEvidence *self, const GwEvidenceEntry *entry, JsonObject *fields, GwEvidenceDone done,
                   void *user_data)
{
    const GwLeafHead head = { .type = entry->type, .session = entry->session, .at_us = g_get_real_time() };
    g_autoptr(JsonObject) taken = fields;

    if (self == NULL) {
        if (done != NULL)
            done(0, NULL, user_data);
        return;
    }
    gw_log_thread_append(self->log, gw_leaf_new(&head, taken), entry->must, done, user_data);
}

static void
set_text(JsonObject *fields, const char *name, const char *value)
{
    if (value != NULL)
        json_object_set_string_member(fields, name, value);
}

void
gw_evidence_announce(GwEvidence *self, const GwAnnouncement *announcement, GwEvidenceDone done, void *user_data)
{
    bool recorded = g_str_equal(announcement->recording_class, "recorded");
    const GwEvidenceEntry entry = {
        .type = recorded ? "session.open" : "session.not-recorded",
        .session = announcement->session,
        .must = true,
    };
    JsonObject *fields = json_object_new();

    json_object_set_string_member(fields, "kind", announcement->kind);
    set_text(fields, "name", announcement->name);
    set_text(fields, "unit", announcement->unit);
    json_object_set_string_member(fields, "class", announcement->recording_class);
    set_text(fields, recorded ? "authority" : "by", announcement->authority);
    set_text(fields, "reason", announcement->reason);
    if (announcement->parties != NULL) {
        JsonArray *parties = json_array_new();
        for (const char *const *party = announcement->parties; *party != NULL; party++)
            json_array_add_string_element(parties, *party);
        json_object_set_array_member(fields, "parties", parties);
    }
    json_object_set_string_member(fields, "software", "yuanjian " YUANJIAN_VERSION);
    gw_evidence_append(self, &entry, fields, done, user_data);
}

void
gw_evidence_settle(GwEvidence *self, GwEvidenceDone done, void *user_data)
{
    if (self != NULL)
        gw_log_thread_settle(self->log, done, user_data);
    else
        done(0, NULL, user_data);
}

void
gw_evidence_publish(GwEvidence *self, GwEvidenceDone done, void *user_data)
{
    if (self != NULL)
        gw_log_thread_publish(self->log, done, user_data);
    else if (done != NULL)
        done(0, NULL, user_data);
}

void
gw_evidence_get_status(const GwEvidence *self, GwEvidenceStatus *ret_status)
{
    *ret_status = (GwEvidenceStatus){
        .size = gw_log_thread_get_size(self->log),
        .published = self->published,
        .published_ms = self->published_ms,
        .spooled = gw_log_thread_get_n_spooled(self->log),
        .failed = gw_log_thread_has_failed(self->log),
        .keys_expired = self->keys_expired,
    };
}

const char *
gw_evidence_get_log_dir(const GwEvidence *self)
{
    return gw_log_thread_get_dir(self->log);
}

const char *
gw_evidence_get_origin(const GwEvidence *self)
{
    return gw_log_thread_get_origin(self->log);
}

RecKeys *
gw_evidence_get_keys(const GwEvidence *self)
{
    return rec_keys_ref(gw_log_thread_get_keys(self->log));
}

void
gw_evidence_rotate_keys(GwEvidence *self, GwEvidenceDone done, void *user_data)
{
    gw_log_thread_rotate(self->log, done, user_data);
}

void
gw_evidence_set_published_func(GwEvidence *self, GwEvidencePublished func, void *user_data)
{
    self->on_published = func;
    self->published_data = user_data;
}
