#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/derivatives.h"
#include "recorder/composer.h"
#include "recorder/order.h"

/* From a row that waits to a file that is on record:
 *
 *     the recording is looked up, its manifest hashed: the parent
 *     the composer makes the file, when its turn comes
 *     what was made is in the log, with its hash and its parent's
 *     ID.json beside it says the same; then the row is "ready"
 *
 * ask->id: the derivative's; ask->detail: its row as JSON, later with what was made. */

static const int64_t TELL_US = G_USEC_PER_SEC; /* how often progress is told */

typedef struct {
    GwDerivatives *owner;
    GwAsk *ask;
    char *id, *session; /* session NULL: not looked up yet */
    char *person, *export;
    char *kind;
    double progress;
    int64_t told_us;
    bool is_composing; /* the composer has it, and the question waits */
    bool is_cancelled; /* ends at its next step */
} Making;

struct GwDerivatives {
    GwArchive *archive; /* borrowed */
    RecComposer *composer;
    GHashTable *making; /* id -> Making, owned */
};

static void
making_free(void *data)
{
    Making *self = data;

    g_free(self->id);
    g_free(self->session);
    g_free(self->person);
    g_free(self->export);
    g_free(self->kind);
    g_free(self);
}

static Making *
find(GwDerivatives *self, const char *id)
{
    return g_hash_table_lookup(self->making, id);
}

/* Whether the question goes on; if not, it is gone. */
static Making *
go_on(GwAsk *ask)
{
    GwDerivatives *self = ask->archive->jobs.derivatives;
    Making *making = find(self, ask->id);

    if (making != NULL && !making->is_cancelled)
        return making;
    g_hash_table_remove(self->making, ask->id);
    gw_ask_drop(ask);
    return NULL;
}

static const char *
get(const GwAsk *ask, const char *name)
{
    return json_object_get_string_member_with_default(ask->detail, name, NULL);
}

/* Takes result. */
static void
tell(Making *making, const char *state, JsonObject *result, const char *message)
{
    JsonObject *params = gw_object_with_text("job", making->id);

    json_object_set_string_member(params, "session", making->session != NULL ? making->session : "");
    json_object_set_string_member(params, "what", making->kind != NULL ? making->kind : "composite");
    json_object_set_string_member(params, "state", state);
    json_object_set_double_member(params, "progress", strcmp(state, "done") == 0 ? 1 : making->progress);
    if (result != NULL)
        json_object_set_object_member(params, "result", result);
    gw_object_set_text(params, "message", message);
    gw_archive_tell_person(making->owner->archive, making->person, "archive.job", params);
}

/* The end, where it was not made. */

static void
write_failed(GwArchive *archive, const Making *making, const char *message)
{
    GwStatement *statement = gw_statement_new("UPDATE derivative SET state = 'failed', message = ?2 WHERE id = ?1 AND"
                                              " state IN ('waiting', 'making')");
    g_autofree char *object = g_strconcat("session:", making->session != NULL ? making->session : "", NULL);
    const GwAuditEntry entry = { .who = "system", .action = "archive.derivative-failed", .object = object };
    JsonObject *detail = gw_object_with_text("derivative", making->id);

    gw_object_set_text(detail, "why", message);
    gw_statement_text(statement, making->id);
    gw_statement_text(statement, message);
    gw_store_run(archive->gateway->store, statement, NULL, NULL);
    gw_audit_add(archive->gateway->audit, &entry, detail);
}

static void
on_done(JsonObject *result, const GError *error, void *user_data)
{
    Making *making = user_data;
    GwDerivatives *self = making->owner;

    (void)result;
    if (error != NULL && !making->is_cancelled) {
        g_warning("derivative %s: %s", making->id, error->message);
        write_failed(self->archive, making, error->message);
        tell(making, "failed", NULL, error->message);
    }
    if (making->export != NULL && !making->is_cancelled)
        gw_exports_on_composite(self->archive, making->export, making->id, error);
    g_hash_table_remove(self->making, making->id);
}

/* What was made. */

static void
on_ready(GwAsk *ask, const GwRows *rows)
{
    Making *making = go_on(ask);
    JsonObject *result = NULL;

    if (making == NULL)
        return;
    if (gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "It is not wanted any more.");
        return;
    }
    result = json_object_new();
    json_object_set_object_member(result, "derivative", gw_derivative_to_json(ask, rows, 0));
    tell(making, "done", result, NULL);
    gw_archive_tell_changed(ask->archive, making->session);
    gw_ask_reply(ask);
}

static void
write_ready(GwAsk *ask)
{
    static const char *const numbers[] = { "made_ms", "duration_ms", "width", "height", "bytes" };
    GwStatement *statement = gw_statement_new(
        "UPDATE derivative SET state = 'ready', parent = ?2, sha256 = ?3, sm3 = ?4, made_ms = ?5, duration_ms = ?6,"
        " width = ?7, height = ?8, bytes = ?9 WHERE id = ?1 AND state IN ('waiting', 'making') "
        "RETURNING " GW_DERIVATIVE_COLUMNS);

    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, get(ask, "parent"));
    gw_statement_text(statement, get(ask, "sha256"));
    gw_statement_text(statement, get(ask, "sm3"));
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
        gw_statement_int(statement, json_object_get_int_member(ask->detail, numbers[i]));
    gw_ask_query(ask, statement, on_ready);
}

static void
on_recorded(GwAsk *ask, void *data, const GError *error)
{
    (void)data;
    if (go_on(ask) == NULL)
        return;
    if (error != NULL)
        gw_ask_fail_error(ask, error);
    else
        write_ready(ask);
}

/* ID.json: what this is, for who finds it without the table. */
static GBytes *
make_record(GwAsk *ask)
{
    static const char *const texts[] = { "id", "session",     "kind",      "layout", "reason",
                                         "by", "approved_by", "watermark", "export" };
    static const char *const of_file[] = { "duration_ms", "width", "height", "bytes" };
    g_autoptr(JsonObject) record = gw_object_with_text("format", "yuanjian-derivative/1");
    g_autoptr(JsonNode) node = NULL;
    g_autofree char *name = gw_derivative_get_file(ask->id);
    JsonObject *parent = json_object_new(), *file = gw_object_with_text("name", name);
    char *text = NULL;

    json_object_set_boolean_member(record, "original", false);
    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        gw_object_set_text(record, texts[i], get(ask, texts[i]));
    gw_object_set_text(parent, "manifest_sha256", get(ask, "parent"));
    json_object_set_object_member(record, "parent", parent);
    if (json_object_has_member(ask->detail, "edits"))
        json_object_set_member(record, "edits", json_node_copy(json_object_get_member(ask->detail, "edits")));
    json_object_set_int_member(record, "at_ms", json_object_get_int_member(ask->detail, "at_ms"));
    json_object_set_int_member(record, "made_ms", json_object_get_int_member(ask->detail, "made_ms"));
    json_object_set_int_member(record, "log", ask->leaf);
    for (unsigned i = 0; i < G_N_ELEMENTS(of_file); i++)
        json_object_set_int_member(file, of_file[i], json_object_get_int_member(ask->detail, of_file[i]));
    gw_object_set_text(file, "sha256", get(ask, "sha256"));
    gw_object_set_text(file, "sm3", get(ask, "sm3"));
    json_object_set_string_member(file, "content_type", GW_DERIVATIVE_CONTENT_TYPE);
    json_object_set_object_member(record, "file", file);
    node = json_node_init_object(json_node_alloc(), record);
    text = json_to_string(node, FALSE);
    return g_bytes_new_take(text, strlen(text));
}

static void
write_record(GwAsk *ask)
{
    GwFolder *folder = NULL;

    if (go_on(ask) == NULL)
        return;
    folder = gw_folder_new(ask->archive, ask->entry->session);
    folder->dir = g_strdup(GW_DERIVATIVES_DIR);
    folder->name = g_strconcat(ask->id, ".json", NULL);
    folder->bytes = make_record(ask);
    gw_work_run(ask, gw_folder_add_plain_file, folder, gw_folder_free, on_recorded);
}

static void
log_made(GwAsk *ask)
{
    static const char *const texts[] = { "kind", "layout", "parent", "sha256", "sm3", "by", "approved_by", "export" };
    JsonObject *detail = gw_object_with_text("derivative", ask->id);

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        gw_object_set_text(detail, texts[i], get(ask, texts[i]));
    json_object_set_int_member(detail, "bytes", json_object_get_int_member(ask->detail, "bytes"));
    gw_ask_log(ask, "archive.derivative-made", NULL, detail, write_record);
}

/* What the composer says. */

static void
on_progress(const char *id, double fraction, void *user_data)
{
    Making *making = find(user_data, id);
    bool begins = making != NULL && making->told_us == 0;
    int64_t now_us = g_get_monotonic_time();

    if (making == NULL)
        return;
    making->progress = fraction;
    if (begins) {
        GwStatement *statement =
            gw_statement_new("UPDATE derivative SET state = 'making' WHERE id = ?1 AND state = 'waiting'");
        gw_statement_text(statement, id);
        gw_store_run(making->owner->archive->gateway->store, statement, NULL, NULL);
    }
    if (!begins && now_us - making->told_us < TELL_US)
        return;
    making->told_us = now_us;
    tell(making, "running", NULL, NULL);
}

static void
on_made(const char *id, const RecComposed *composed, void *user_data)
{
    Making *making = find(user_data, id);
    JsonObject *detail = NULL;

    if (making == NULL)
        return;
    making->is_composing = false;
    detail = making->ask->detail;
    json_object_set_string_member(detail, "sha256", composed->sha256);
    json_object_set_string_member(detail, "sm3", composed->sm3);
    json_object_set_int_member(detail, "bytes", (int64_t)composed->bytes);
    json_object_set_int_member(detail, "duration_ms", composed->duration_us / 1000);
    json_object_set_int_member(detail, "width", composed->width);
    json_object_set_int_member(detail, "height", composed->height);
    json_object_set_int_member(detail, "made_ms", gw_ask_now_ms(making->ask));
    log_made(making->ask);
}

static void
on_failed(const char *id, const GError *error, void *user_data)
{
    Making *making = find(user_data, id);

    if (making == NULL)
        return;
    making->is_composing = false;
    gw_ask_fail(making->ask, SIG_ERROR_UNAVAILABLE, "%s", error->message);
}

static const RecComposerEvents composer_events = { on_progress, on_made, on_failed };

/* The order. */

static void
add_name(RecOrder *order, const char *party, const char *name)
{
    if (name != NULL && *name != '\0')
        g_hash_table_replace(order->names, g_strdup(party),
                             g_utf8_substring(name, 0, MIN(g_utf8_strlen(name, -1), 60)));
}

/* Of visits the card says who they are; everybody else is called as the recording calls him. */
static void
add_names(RecOrder *order, JsonObject *card)
{
    JsonNode *subject = card != NULL ? json_object_get_member(card, "subject") : NULL;
    JsonNode *visitors = card != NULL ? json_object_get_member(card, "visitors") : NULL;
    g_autoptr(GString) family = g_string_new(NULL);

    if (subject != NULL && JSON_NODE_HOLDS_OBJECT(subject))
        add_name(order, "terminal",
                 json_object_get_string_member_with_default(json_node_get_object(subject), "name", NULL));
    for (guint i = 0; visitors != NULL && JSON_NODE_HOLDS_ARRAY(visitors) &&
                      i < json_array_get_length(json_node_get_array(visitors));
         i++) {
        JsonNode *visitor = json_array_get_element(json_node_get_array(visitors), i);
        const char *name = JSON_NODE_HOLDS_OBJECT(visitor)
                               ? json_object_get_string_member_with_default(json_node_get_object(visitor), "name", "")
                               : "";
        g_string_append_printf(family, "%s%s", family->len > 0 ? ", " : "", name);
    }
    add_name(order, "family", family->str);
}

static char *
make_order(const GwAsk *ask)
{
    g_autoptr(RecOrder) order = rec_order_new();
    const GwUnit *unit =
        ask->entry->unit != NULL ? gw_people_get_unit(ask->archive->gateway->people, ask->entry->unit) : NULL;
    const char *parent = get(ask, "parent");
    bool is_redaction = g_strcmp0(get(ask, "kind"), "redaction") == 0;

    if (!rec_layout_from_string(get(ask, "layout"), &order->layout))
        order->layout = REC_LAYOUT_SIDE_BY_SIDE;
    order->title = g_strdup_printf("%.150s  %s", unit != NULL ? unit->name : "", ask->entry->session);
    order->note = g_strdup_printf("%s  %.16s",
                                  is_redaction ? "遮盖件，不是原件  Redacted copy, not the original"
                                               : "合成件，不是原件  Composite, not the original",
                                  parent != NULL ? parent : "");
    order->watermark = g_strdup(get(ask, "watermark"));
    add_names(order, ask->entry->card);
    /* the database was written by us; what cannot be read is no order, and nothing is made */
    if (json_object_has_member(ask->detail, "edits") &&
        !rec_order_add_edits(order, json_object_get_array_member(ask->detail, "edits"), NULL))
        return NULL;
    return is_redaction && order->edits->len == 0 ? NULL : rec_order_to_json(order);
}

static void
compose(GwAsk *ask, Making *making)
{
    g_autofree char *folder = gw_archive_get_folder(ask->archive, ask->entry->session);
    g_autofree char *dir = g_build_filename(folder, GW_DERIVATIVES_DIR, NULL);
    g_autofree char *name = gw_derivative_get_file(ask->id);
    g_autofree char *order = make_order(ask);
    const RecComposerJob job = {
        .id = ask->id, .session = ask->entry->session, .folder = folder, .dir = dir, .name = name, .order = order
    };

    if (order == NULL) {
        gw_ask_fail(ask, SIG_ERROR_INTERNAL, "What is to be taken out cannot be read.");
        return;
    }
    making->is_composing = true;
    rec_composer_add(making->owner->composer, &job);
}

static void
on_hashed(GwAsk *ask, void *data, const GError *error)
{
    const GwFolder *folder = data;
    Making *making = go_on(ask);

    if (making == NULL)
        return;
    if (error != NULL) {
        gw_ask_fail_error(ask, error);
        return;
    }
    gw_object_set_text(ask->detail, "parent", folder->manifest_sha256);
    compose(ask, making);
}

static void
found(GwAsk *ask)
{
    Making *making = go_on(ask);

    if (making == NULL)
        return;
    if (ask->entry->state != GW_ENTRY_SEALED) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "The recording is not there any more.");
        return;
    }
    making->session = g_strdup(ask->entry->session);
    tell(making, "waiting", NULL, NULL);
    gw_work_run(ask, gw_folder_hash_manifest, gw_folder_new(ask->archive, ask->entry->session), gw_folder_free,
                on_hashed);
}

/* From here on everything is in the name of who asked for it. */
static void
become(GwAsk *ask, Making *making, const char *who, const char *display)
{
    const char *person = g_str_has_prefix(who, "person:") ? who + 7 : who;
    const GwPerson *known = gw_people_get_person(ask->archive->gateway->people, person);

    making->person = g_strdup(person);
    gw_asker_clear(&ask->asker);
    ask->asker = (GwAsker){ .audit = g_strdup(who),
                            .display = g_strdup(display),
                            .id = g_strdup(person),
                            .access = known != NULL ? known->access : 0,
                            .is_owner = true };
}

static void
on_row(GwAsk *ask, const GwRows *rows)
{
    Making *making = go_on(ask);
    g_autofree char *session = NULL;

    if (making == NULL)
        return;
    if (gw_rows_get_count(rows) == 0 || strcmp(gw_rows_text(rows, 0, GW_DERIVATIVE_STATE), "waiting") != 0) {
        making->is_cancelled = true;
        gw_ask_reply(ask);
        return;
    }
    become(ask, making, gw_rows_text(rows, 0, GW_DERIVATIVE_WHO), gw_rows_text(rows, 0, GW_DERIVATIVE_DISPLAY));
    making->kind = g_strdup(gw_rows_text(rows, 0, GW_DERIVATIVE_KIND));
    making->export = g_strdup(gw_rows_text(rows, 0, GW_DERIVATIVE_EXPORT));
    ask->detail = gw_derivative_to_json(ask, rows, 0);
    session = g_strdup(gw_rows_text(rows, 0, GW_DERIVATIVE_SESSION));
    gw_ask_find(ask, session, found);
}

static void
begin(GwAsk *ask)
{
    Making *making = ask->data;

    making->ask = ask;
    ask->id = g_strdup(making->id);
    gw_ask_query(ask, gw_derivative_find_statement(ask->id), on_row);
}

void
gw_derivatives_add(GwDerivatives *self, const char *id)
{
    static const GwAsker nobody = { .audit = (char *)"system", .display = (char *)"system", .is_owner = true };
    Making *making = NULL;

    if (find(self, id) != NULL)
        return;
    making = g_new0(Making, 1);
    making->owner = self;
    making->id = g_strdup(id);
    g_hash_table_replace(self->making, making->id, making);
    const GwAskRow row = { .archive = self->archive, .run = begin, .data = making };
    gw_ask_run(&row, &nobody, NULL, on_done, making);
}

double
gw_derivatives_get_progress(const GwDerivatives *self, const char *id)
{
    const Making *making = g_hash_table_lookup(self->making, id);

    return making != NULL ? making->progress : -1;
}

static void
give_up(GwDerivatives *self, Making *making)
{
    making->is_cancelled = true;
    tell(making, "cancelled", NULL, NULL);
    if (!making->is_composing)
        return; /* it ends at its next step */
    rec_composer_cancel(self->composer, making->id);
    gw_ask_drop(making->ask);
    g_hash_table_remove(self->making, making->id);
}

bool
gw_derivatives_cancel(GwDerivatives *self, const char *id)
{
    Making *making = find(self, id);

    if (making == NULL || making->is_cancelled)
        return false;
    give_up(self, making);
    return true;
}

void
gw_derivatives_cancel_session(GwDerivatives *self, const char *session)
{
    g_autoptr(GList) all = g_hash_table_get_values(self->making);

    for (GList *item = all; item != NULL; item = item->next) {
        Making *making = item->data;
        if (g_strcmp0(making->session, session) == 0 && !making->is_cancelled)
            give_up(self, making);
    }
}

/* At start. */

static void
on_waiting(GwRows *rows, const GError *error, void *user_data)
{
    GwDerivatives *self = user_data;

    for (unsigned i = 0; error == NULL && i < gw_rows_get_count(rows); i++)
        gw_derivatives_add(self, gw_rows_text(rows, i, 0));
}

void
gw_derivatives_recover(GwDerivatives *self)
{
    GwStore *store = self->archive->gateway->store;

    gw_store_run(
        store,
        gw_statement_new("UPDATE derivative SET state = CASE WHEN export IS NULL THEN 'waiting' ELSE 'cancelled'"
                         " END WHERE state IN ('waiting', 'making')"),
        NULL, NULL);
    gw_store_run(store, gw_statement_new("SELECT id FROM derivative WHERE state = 'waiting' ORDER BY at_ms, id"),
                 on_waiting, self);
}

GwDerivatives *
gw_derivatives_new(GwArchive *archive, const RecSealerConfig *sealer)
{
    GwDerivatives *self = g_new0(GwDerivatives, 1);

    self->archive = archive;
    self->composer = rec_composer_new(sealer->program, sealer->keyring, &composer_events, self);
    self->making = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, making_free);
    return self;
}

void
gw_derivatives_free(GwDerivatives *self)
{
    GHashTableIter iter;
    void *value = NULL;

    if (self == NULL)
        return;
    rec_composer_free(self->composer);
    g_hash_table_iter_init(&iter, self->making);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Making *making = value;
        if (making->is_composing)
            gw_ask_drop(making->ask);
    }
    g_hash_table_unref(self->making);
    g_free(self);
}
