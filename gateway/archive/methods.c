#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive-priv.h"

enum { MAX_ID = 64, MAX_TEXT = 200, MAX_NOTE = 2000, DEFAULT_LIMIT = 50, MAX_LIMIT = 500 };

/* A request that waits for the store and the disk. */
typedef struct {
    GwArchive *archive;
    SigRequest *request;
    GwAsker asker;
    GwEntry *entry; /* owned, once found */
    JsonObject *result;
    int64_t at_ms; /* archive.note */
    char *text;
} Pending;

static Pending *
pending_new(GwArchive *self, SigRequest *request)
{
    Pending *pending = g_new0(Pending, 1);
    SigClient *client = sig_request_get_client(request);

    pending->archive = self;
    pending->request = request;
    pending->result = json_object_new();
    if (client != NULL)
        pending->asker = gw_asker_copy(gw_identity_of_client(client), sig_client_get_address(client));
    return pending;
}

static void
pending_free(void *data)
{
    Pending *pending = data;

    gw_asker_clear(&pending->asker);
    g_clear_pointer(&pending->entry, gw_entry_free);
    json_object_unref(pending->result);
    g_free(pending->text);
    g_free(pending);
}

static void
pending_reply(Pending *pending)
{
    sig_request_reply_object(pending->request, json_object_ref(pending->result));
    pending_free(pending);
}

static void
pending_fail(Pending *pending, SigError code, const char *message)
{
    sig_request_fail(pending->request, code, "%s", message);
    pending_free(pending);
}

static const char busy[] = "The index cannot be read now: try again.";
static const char unknown[] = "There is no such recording.";

/* Finds the entry of an answer and checks the asker's right; false: the request has failed. */
static bool
take_entry(Pending *pending, const GwRows *rows, const GError *error)
{
    if (error != NULL) {
        pending_fail(pending, SIG_ERROR_UNAVAILABLE, busy);
        return false;
    }
    if (gw_rows_get_count(rows) > 0)
        pending->entry = gw_entry_from_row(rows, 0);
    if (pending->entry == NULL || !gw_archive_covers(pending->archive, &pending->asker, pending->entry->unit)) {
        pending_fail(pending, SIG_ERROR_NOT_FOUND, unknown);
        return false;
    }
    return true;
}

/* archive.list */

static void
on_list(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;

    if (error != NULL) {
        pending_fail(pending, SIG_ERROR_UNAVAILABLE, busy);
        return;
    }
    json_object_unref(pending->result);
    pending->result = gw_archive_rows_to_json(pending->archive, rows);
    pending_reply(pending);
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwArchive *self = user_data;
    Pending *pending = pending_new(self, request);
    GwArchiveQuery query = {
        /* "": somebody without a unit sees nothing. */
        .unit = pending->asker.unit != NULL ? pending->asker.unit : "",
        .text = json_object_get_string_member_with_default(params, "text", NULL),
        .from_ms = json_object_get_int_member_with_default(params, "from_ms", 0),
        .to_ms = json_object_get_int_member_with_default(params, "to_ms", 0),
        .limit = json_object_get_int_member_with_default(params, "limit", DEFAULT_LIMIT),
        .offset = json_object_get_int_member_with_default(params, "offset", 0),
    };

    gw_store_run(self->gateway->store, gw_archive_query_to_statement(&query), on_list, pending);
}

/* archive.get: the entry, then recording.json or the events of the store, then the notes. */

static void
on_notes(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;
    JsonArray *notes = NULL;

    if (error != NULL) {
        pending_fail(pending, SIG_ERROR_UNAVAILABLE, busy);
        return;
    }
    notes = json_array_new();
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *note = json_object_new();
        json_object_set_int_member(note, "id", gw_rows_int(rows, i, 0));
        json_object_set_int_member(note, "at_ms", gw_rows_int(rows, i, 1) - pending->entry->began_ms);
        json_object_set_string_member(note, "by", gw_rows_text(rows, i, 2));
        json_object_set_string_member(note, "text", gw_rows_text(rows, i, 3));
        json_array_add_object_element(notes, note);
    }
    json_object_set_array_member(pending->result, "notes", notes);
    pending_reply(pending);
}

static void
read_notes(Pending *pending)
{
    GwStatement *statement =
        gw_statement_new("SELECT id, at_ms, display, text FROM note WHERE session = ?1 ORDER BY at_ms, id");

    gw_statement_text(statement, pending->entry->session);
    gw_store_run(pending->archive->gateway->store, statement, on_notes, pending);
}

static JsonObject *
event_to_json(const RecEvent *event)
{
    JsonObject *object = json_object_new();
    g_autoptr(JsonNode) detail = event->detail != NULL ? json_from_string(event->detail, NULL) : NULL;

    json_object_set_int_member(object, "at_ms", event->at_us / 1000);
    json_object_set_string_member(object, "type", event->type);
    if (detail == NULL || !JSON_NODE_HOLDS_OBJECT(detail))
        return object;
    JsonObject *members = json_node_get_object(detail);
    const char *by = json_object_get_string_member_with_default(members, "by", NULL);
    if (by != NULL)
        json_object_set_string_member(object, "by", by);
    json_object_remove_member(members, "by");
    if (json_object_get_size(members) > 0)
        json_object_set_object_member(object, "detail", json_object_ref(members));
    return object;
}

static void
on_recording(const RecRecording *recording, const GError *error, void *user_data)
{
    Pending *pending = user_data;
    JsonArray *files = NULL, *events = NULL;

    if (recording == NULL) {
        g_warning("archive: %s: %s", pending->entry->session, error->message);
        pending_fail(pending, SIG_ERROR_UNAVAILABLE, "The recording cannot be read from the archive.");
        return;
    }
    files = json_array_new();
    events = json_array_new();
    for (guint i = 0; i < recording->files->len; i++)
        json_array_add_object_element(files,
                                      gw_entry_file_to_json(pending->entry->session, recording->files->pdata[i]));
    for (guint i = 0; i < recording->events->len; i++)
        json_array_add_object_element(events, event_to_json(recording->events->pdata[i]));
    json_object_set_array_member(pending->result, "files", files);
    json_object_set_array_member(pending->result, "events", events);
    read_notes(pending);
}

static void
on_events(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;

    if (error != NULL) {
        pending_fail(pending, SIG_ERROR_UNAVAILABLE, busy);
        return;
    }
    json_object_set_array_member(pending->result, "files", json_array_new());
    json_object_set_array_member(pending->result, "events", gw_session_events_to_json(rows, pending->entry->began_ms));
    read_notes(pending);
}

static void
audit(const Pending *pending, const char *action)
{
    g_autofree char *object = g_strconcat("session:", pending->entry->session, NULL);
    GwAuditEntry entry = {
        .who = pending->asker.audit,
        .action = action,
        .object = object,
        .address = pending->asker.address,
    };

    gw_audit_add(pending->archive->gateway->audit, &entry, NULL);
}

static void
on_get(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;

    if (!take_entry(pending, rows, error))
        return;
    GwArchive *self = pending->archive;
    const GwEntry *known = gw_archive_find(self, pending->entry->session);
    json_object_set_object_member(pending->result, "recording",
                                  gw_entry_to_json(known != NULL ? known : pending->entry));
    audit(pending, "archive.open");
    if (pending->entry->state == GW_ENTRY_SEALED)
        gw_archive_load(self, pending->entry->session, on_recording, pending, NULL);
    else
        gw_sessions_read_events(self->sessions, pending->entry->session, on_events, pending);
}

static void
handle_get(SigRequest *request, JsonObject *params, void *user_data)
{
    GwArchive *self = user_data;

    gw_store_run(self->gateway->store, gw_archive_find_statement(json_object_get_string_member(params, "session")),
                 on_get, pending_new(self, request));
}

/* archive.note */

static void
on_note_written(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;

    if (error != NULL || gw_rows_get_count(rows) == 0) {
        pending_fail(pending, SIG_ERROR_UNAVAILABLE, "The note could not be written: try again.");
        return;
    }
    JsonObject *note = json_object_new();
    json_object_set_int_member(note, "id", gw_rows_int(rows, 0, 0));
    json_object_set_int_member(note, "at_ms", pending->at_ms);
    json_object_set_string_member(note, "by", pending->asker.display);
    json_object_set_string_member(note, "text", pending->text);
    json_object_set_object_member(pending->result, "note", note);
    pending_reply(pending);
}

static void
on_note(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;

    if (!take_entry(pending, rows, error))
        return;
    GwNoteInput note = {
        .session = pending->entry->session,
        .at_ms = pending->entry->began_ms + pending->at_ms,
        .text = pending->text,
    };
    GwActor actor = { pending->asker.audit, pending->asker.display, pending->asker.address };
    audit(pending, "archive.note");
    gw_sessions_add_note(pending->archive->sessions, &note, &actor, on_note_written, pending);
}

static void
handle_note(SigRequest *request, JsonObject *params, void *user_data)
{
    GwArchive *self = user_data;
    Pending *pending = pending_new(self, request);

    pending->at_ms = json_object_get_int_member(params, "at_ms");
    pending->text = g_strdup(json_object_get_string_member(params, "text"));
    gw_store_run(self->gateway->store, gw_archive_find_statement(json_object_get_string_member(params, "session")),
                 on_note, pending);
}

#define SESSION                                                                                                        \
    {                                                                                                                  \
        .name = "session", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID                                            \
    }

static const SigMethod list = {
    .name = "archive.list",
    .access = GW_ACCESS_OFFICER,
    .params =
        (const SigParam[]){ { .name = "text", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_TEXT },
                            { .name = "from_ms", .type = SIG_TYPE_INTEGER, .optional = true },
                            { .name = "to_ms", .type = SIG_TYPE_INTEGER, .optional = true },
                            { .name = "limit", .type = SIG_TYPE_INTEGER, .optional = true, .min = 1, .max = MAX_LIMIT },
                            { .name = "offset", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = 10000000 },
                            { NULL } },
    .summary = "Recordings of the officer's unit and below, newest first.",
    .result = "{recordings, total}",
    .handle = handle_list,
};

static const SigMethod get = {
    .name = "archive.get",
    .access = GW_ACCESS_OFFICER,
    .params = (const SigParam[]){ SESSION, { NULL } },
    .summary = "One recording: its files, events and notes.",
    .result = "{recording, files, events, notes}",
    .handle = handle_get,
};

static const SigMethod note_row = {
    .name = "archive.note",
    .access = GW_ACCESS_OFFICER,
    .params = (const SigParam[]){ SESSION,
                                  { .name = "at_ms", .type = SIG_TYPE_INTEGER, .min = 0, .max = 86400000 },
                                  { .name = "text", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_NOTE },
                                  { NULL } },
    .summary = "Writes a note at a moment of the recording.",
    .result = "{note}",
    .handle = handle_note,
};

const SigMethod *const gw_archive_methods[] = { &list, &get, &note_row, NULL };

const SigEvent gw_archive_events[] = {
    { "archive.changed", (const SigParam[]){ { .name = "recording", .type = SIG_TYPE_OBJECT }, { NULL } },
      "A recording began, is being sealed, or can be played." },
    { NULL },
};
