#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/derivatives.h"
#include "gateway/archive/search.h"

enum { MAX_TEXT = 200, MAX_NOTE = 2000, MAX_AT_MS = 86400000 };

/* archive.list */

static void
on_count(GwAsk *ask, const GwRows *rows)
{
    json_object_set_int_member(ask->result, "total", gw_rows_int(rows, 0, 0));
    gw_ask_reply(ask);
}

static GwSearch
make_search(const GwAsk *ask)
{
    /* "": somebody without a unit sees nothing. */
    return (GwSearch){
        .asker_unit = ask->asker.is_owner       ? NULL
                      : ask->asker.unit != NULL ? ask->asker.unit
                                                : "",
        .filters = ask->params,
    };
}

static void
on_list(GwAsk *ask, const GwRows *rows)
{
    GwSearch search = make_search(ask);
    JsonArray *recordings = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_autoptr(GwEntry) stored = gw_entry_from_row(rows, i);
        const GwEntry *known = gw_archive_find(ask->archive, stored->session);
        json_array_add_object_element(recordings, gw_entry_to_json(known != NULL ? known : stored));
    }
    json_object_set_array_member(ask->result, "recordings", recordings);
    gw_ask_query(ask, gw_search_to_count(&search), on_count);
}

static void
list(GwAsk *ask)
{
    GwSearch search = make_search(ask);

    gw_ask_query(ask, gw_search_to_rows(&search), on_list);
}

/* archive.get: the entry, then recording.json or the events of the store, the notes, and what became of it. */

static void
show_chain(GwAsk *ask)
{
    gw_chain_show(ask, gw_ask_reply);
}

static void
show_derivatives(GwAsk *ask)
{
    gw_derivatives_show(ask, show_chain);
}

static void
show_exports(GwAsk *ask)
{
    gw_exports_show(ask, show_derivatives);
}

static void
show_snapshots(GwAsk *ask)
{
    gw_snapshots_show(ask, show_exports);
}

static void
show_remarks(GwAsk *ask)
{
    gw_remarks_show(ask, show_snapshots);
}

static void
show_reviews(GwAsk *ask)
{
    gw_reviews_show(ask, show_remarks);
}

static void
show_requests(GwAsk *ask)
{
    gw_requests_show(ask, show_reviews);
}

static void
show_holds(GwAsk *ask)
{
    gw_holds_show(ask, show_requests);
}

static void
show_retention(GwAsk *ask)
{
    gw_retention_show(ask, show_holds);
}

static void
on_notes(GwAsk *ask, const GwRows *rows)
{
    JsonArray *notes = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *note = json_object_new();
        json_object_set_int_member(note, "id", gw_rows_int(rows, i, 0));
        json_object_set_int_member(note, "at_ms", gw_rows_int(rows, i, 1) - ask->entry->began_ms);
        json_object_set_string_member(note, "by", gw_rows_text(rows, i, 2));
        json_object_set_string_member(note, "text", gw_rows_text(rows, i, 3));
        json_array_add_object_element(notes, note);
    }
    json_object_set_array_member(ask->result, "notes", notes);
    gw_views_show(ask, show_retention);
}

static void
read_notes(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("SELECT id, at_ms, display, text FROM note WHERE session = ?1 ORDER BY at_ms, id");

    gw_statement_text(statement, ask->entry->session);
    gw_ask_query(ask, statement, on_notes);
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
    gw_object_set_text(object, "by", json_object_get_string_member_with_default(members, "by", NULL));
    json_object_remove_member(members, "by");
    if (json_object_get_size(members) > 0)
        json_object_set_object_member(object, "detail", json_object_ref(members));
    return object;
}

static void
on_recording(const RecRecording *recording, const GError *error, void *user_data)
{
    GwAsk *ask = user_data;
    JsonArray *files = NULL, *events = NULL;

    if (recording == NULL) {
        g_warning("archive: %s: %s", ask->entry->session, error->message);
        gw_ask_fail(ask, SIG_ERROR_UNAVAILABLE, "The recording cannot be read from the archive.");
        return;
    }
    files = json_array_new();
    events = json_array_new();
    for (guint i = 0; i < recording->files->len; i++)
        json_array_add_object_element(files, gw_entry_file_to_json(ask->entry->session, recording->files->pdata[i]));
    for (guint i = 0; i < recording->events->len; i++) {
        const RecEvent *event = recording->events->pdata[i];
        if (!g_str_equal(event->type, GW_EVENT_SESSION)) /* the entry has said that */
            json_array_add_object_element(events, event_to_json(event));
    }
    json_object_set_array_member(ask->result, "files", files);
    json_object_set_array_member(ask->result, "events", events);
    gw_completeness_show(ask, recording);
    read_notes(ask);
}

static void
on_events(GwAsk *ask, const GwRows *rows)
{
    json_object_set_array_member(ask->result, "files", json_array_new());
    json_object_set_array_member(ask->result, "events", gw_session_events_to_json(rows, ask->entry->began_ms));
    read_notes(ask);
}

static void
get_found(GwAsk *ask)
{
    GwArchive *self = ask->archive;
    const GwEntry *known = gw_archive_find(self, ask->entry->session);

    json_object_set_object_member(ask->result, "recording", gw_entry_to_json(known != NULL ? known : ask->entry));
    gw_views_note_open(ask);
    if (ask->entry->state == GW_ENTRY_SEALED) {
        gw_archive_load(self, ask->entry->session, on_recording, ask, NULL);
        return;
    }
    GwStatement *statement =
        gw_statement_new("SELECT at_ms, type, display, detail FROM session_event WHERE session = ?1 ORDER BY id");
    gw_statement_text(statement, ask->entry->session);
    gw_ask_query(ask, statement, on_events);
}

static void
get(GwAsk *ask)
{
    gw_ask_find(ask, gw_ask_get(ask, "session"), get_found);
}

/* archive.note */

static void
on_note_written(GwRows *rows, const GError *error, void *user_data)
{
    GwAsk *ask = user_data;

    if (error != NULL || gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_UNAVAILABLE, "The note could not be written: try again.");
        return;
    }
    JsonObject *note = json_object_new();
    json_object_set_int_member(note, "id", gw_rows_int(rows, 0, 0));
    json_object_set_int_member(note, "at_ms", gw_ask_get_int(ask, "at_ms"));
    json_object_set_string_member(note, "by", ask->asker.display);
    json_object_set_string_member(note, "text", gw_ask_get(ask, "text"));
    json_object_set_object_member(ask->result, "note", note);
    gw_ask_reply(ask);
}

static void
note_found(GwAsk *ask)
{
    GwNoteInput note = {
        .session = ask->entry->session,
        .at_ms = ask->entry->began_ms + gw_ask_get_int(ask, "at_ms"),
        .text = gw_ask_get(ask, "text"),
    };
    GwActor actor = { ask->asker.audit, ask->asker.display, ask->asker.address };

    gw_ask_note(ask, "archive.note", NULL, NULL);
    gw_sessions_add_note(ask->archive->sessions, &note, &actor, on_note_written, ask);
}

static void
note(GwAsk *ask)
{
    gw_ask_find(ask, gw_ask_get(ask, "session"), note_found);
}

static const char *const sorts[] = { "began", "duration", "missing", "bytes", "until", NULL };
static const char *const orders[] = { "down", "up", NULL };

const SigParam gw_archive_list_params[] = {
    { .name = "text", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_TEXT, .summary = "anywhere in it" },
    { .name = "person",
      .type = SIG_TYPE_STRING,
      .optional = true,
      .max = MAX_TEXT,
      .summary = "beginning of a name, or an id" },
    { .name = "officer", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_TEXT, .summary = "likewise" },
    { .name = "note", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_TEXT, .summary = "anywhere in its notes" },
    { .name = "unit", .type = SIG_TYPE_STRING, .optional = true, .max = GW_ARCHIVE_MAX_ID, .summary = "and below" },
    { .name = "kind", .type = SIG_TYPE_STRING, .optional = true, .max = 32 },
    { .name = "from_ms", .type = SIG_TYPE_INTEGER, .optional = true },
    { .name = "to_ms", .type = SIG_TYPE_INTEGER, .optional = true },
    { .name = "cause", .type = SIG_TYPE_STRING, .optional = true, .max = 32, .summary = "why it ended" },
    { .name = "min_missing_s", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = 86400 },
    { .name = "held", .type = SIG_TYPE_BOOLEAN, .optional = true },
    { .name = "review", .type = SIG_TYPE_STRING, .optional = true, .max = 32 },
    { .name = "state", .type = SIG_TYPE_STRING, .optional = true, .max = 32 },
    { .name = "until_before_ms", .type = SIG_TYPE_INTEGER, .optional = true, .summary = "kept until before" },
    { .name = "sort", .type = SIG_TYPE_STRING, .optional = true, .values = sorts },
    { .name = "order", .type = SIG_TYPE_STRING, .optional = true, .values = orders },
    { .name = "limit", .type = SIG_TYPE_INTEGER, .optional = true, .min = 1, .max = GW_SEARCH_MAX_ROWS },
    { .name = "offset", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = 10000000 },
    { NULL },
};

const GwArchiveMethod gw_archive_methods[] = {
    { { .name = "archive.list",
        .access = GW_ACCESS_WATCH,
        .params = gw_archive_list_params,
        .summary = "Recordings of the asker's unit and below, newest first.",
        .result = "{recordings, total}",
        .handle = gw_ask_on_request },
      list },
    { { .name = "archive.get",
        .access = GW_ACCESS_WATCH,
        .params = (const SigParam[]){ GW_PARAM_ID("session"),
                                      { .name = "refresh",
                                        .type = SIG_TYPE_BOOLEAN,
                                        .optional = true,
                                        .summary = "it lies open before who asks" },
                                      { NULL } },
        .summary = "One recording: its files, events and notes, and all that was done with it.",
        .result = "{recording, files, events, notes, completeness?, chain, retention, holds, requests, reviews, "
                  "remarks, exports, derivatives, snapshots, views}",
        .handle = gw_ask_on_request },
      get },
    { { .name = "archive.note",
        .access = GW_ACCESS_OFFICER,
        .params = (const SigParam[]){ GW_PARAM_ID("session"),
                                      { .name = "at_ms", .type = SIG_TYPE_INTEGER, .min = 0, .max = MAX_AT_MS },
                                      { .name = "text", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_NOTE },
                                      { NULL } },
        .summary = "Writes a note at a moment of the recording.",
        .result = "{note}",
        .handle = gw_ask_on_request },
      note },
    { { NULL }, NULL },
};

const SigEvent gw_archive_events[] = {
    { "archive.changed", (const SigParam[]){ { .name = "recording", .type = SIG_TYPE_OBJECT }, { NULL } },
      "A recording began, is being sealed, can be played, or was changed." },
    { "archive.waiting", NULL,
      "Something waits for a second person, or was decided or done: ask archive.requests and archive.purges." },
    { "archive.health", NULL, "Damage was found or is gone, or the log fails or works again: ask archive.health." },
    { "archive.job",
      (const SigParam[]){ { .name = "job", .type = SIG_TYPE_STRING },
                          { .name = "session", .type = SIG_TYPE_STRING },
                          { .name = "what", .type = SIG_TYPE_STRING },
                          { .name = "state", .type = SIG_TYPE_STRING },
                          { .name = "progress", .type = SIG_TYPE_NUMBER },
                          { .name = "result", .type = SIG_TYPE_OBJECT, .optional = true },
                          { .name = "message", .type = SIG_TYPE_STRING, .optional = true },
                          { NULL } },
      "How long work goes on that this person asked for." },
    { NULL },
};
