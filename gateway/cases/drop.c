#define G_LOG_DOMAIN "gateway.drop"

#include "gateway/cases/drop.h"

#include "gateway/cases/drop-intake.h"
#include "gateway/task.h"

enum {
    MAX_BUSY = 2,    /* folders at a time: a disk that hangs must not take every thread */
    MAX_SHOWN = 120, /* bytes of a name */
};

/* A file that is there. */
typedef struct {
    GwDropFile *file;
    int64_t since_ms; /* it has been as it is */
    bool unended;     /* its last line has no end: more may come */
} Seen;

typedef struct {
    char *name, *message; /* NULL: none was taken yet; all was well */
    int64_t at_ms, taken, known, refused;
} Last;

typedef struct {
    GwDrops *drops; /* borrowed */
    char *platform, *path;
    GPtrArray *seen; /* Seen, owned, the oldest file first */
    Seen *current;   /* whose rows are being taken */
    Last last;
    char *problem; /* with the folder, or the disk; NULL: none */
    bool there, more, busy;
    int64_t next_ms;
} Folder;

struct GwDrops {
    GwCases *cases;      /* borrowed */
    GHashTable *folders; /* platform id -> Folder, owned */
    unsigned n_busy;
};

static void
seen_free(void *data)
{
    Seen *seen = data;

    gw_drop_file_free(seen->file);
    g_free(seen);
}

static void
folder_free(void *data)
{
    Folder *folder = data;

    g_ptr_array_unref(folder->seen);
    g_free(folder->platform);
    g_free(folder->path);
    g_free(folder->last.name);
    g_free(folder->last.message);
    g_free(folder->problem);
    g_free(folder);
}

static Folder *
get_folder(GwDrops *self, const char *platform)
{
    const char *root = self->cases->gateway->config->cases.drop_folder;
    Folder *folder = g_hash_table_lookup(self->folders, platform);

    if (folder != NULL)
        return folder;
    folder = g_new0(Folder, 1);
    folder->drops = self;
    folder->platform = g_strdup(platform);
    folder->path = g_build_filename(root, platform, NULL);
    folder->seen = g_ptr_array_new_with_free_func(seen_free);
    g_hash_table_insert(self->folders, folder->platform, folder);
    return folder;
}

static void
set_text(char **place, const char *value)
{
    g_free(*place);
    *place = g_strdup(value);
}

static void
set_problem(Folder *folder, const char *problem)
{
    if (problem != NULL && g_strcmp0(problem, folder->problem) != 0)
        g_warning("files of platform %s: %s", folder->platform, problem);
    set_text(&folder->problem, problem);
}

static bool
may_drop(const GwDrops *self, const GwPlatform *platform)
{
    return self->cases->gateway->config->cases.drop_folder != NULL && platform != NULL && platform->revoked_ms == 0 &&
           (platform->may & GW_ACCESS_PLATFORM) != 0;
}

static void
set_idle(Folder *folder, int64_t wait_ms)
{
    folder->busy = false;
    folder->drops->n_busy--;
    folder->next_ms = gw_cases_now_ms(folder->drops->cases) + wait_ms;
}

/* The last file, for administrators; also after a restart. */

static void
write_last(const Folder *folder)
{
    GwStatement *statement = gw_statement_new(
        "INSERT INTO platform_file (platform, name, at_ms, taken, known, refused, message) VALUES (?1, ?2, ?3, ?4, ?5,"
        " ?6, ?7) ON CONFLICT (platform) DO UPDATE SET name = excluded.name, at_ms = excluded.at_ms,"
        " taken = excluded.taken, known = excluded.known, refused = excluded.refused, message = excluded.message");

    gw_statement_text(statement, folder->platform);
    gw_statement_text(statement, folder->last.name);
    gw_statement_int(statement, folder->last.at_ms);
    gw_statement_int(statement, folder->last.taken);
    gw_statement_int(statement, folder->last.known);
    gw_statement_int(statement, folder->last.refused);
    gw_statement_text(statement, folder->last.message);
    gw_store_run(folder->drops->cases->gateway->store, statement, NULL, NULL);
}

static bool
load_last(GwDrops *self, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        self->cases->gateway->store,
        gw_statement_new("SELECT platform, name, at_ms, taken, known, refused, message FROM platform_file"), error);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++) {
        get_folder(self, gw_rows_text(rows, i, 0))->last = (Last){
            .name = g_strdup(gw_rows_text(rows, i, 1)),
            .at_ms = gw_rows_int(rows, i, 2),
            .taken = gw_rows_int(rows, i, 3),
            .known = gw_rows_int(rows, i, 4),
            .refused = gw_rows_int(rows, i, 5),
            .message = g_strdup(gw_rows_text(rows, i, 6)),
        };
    }
    return rows != NULL;
}

/* Names are whatever a platform's account wrote: what is no text is not repeated. */
static char *
make_shown_name(const char *name)
{
    g_autofree char *begin = g_strndup(name, MAX_SHOWN);

    return g_utf8_make_valid(begin, -1);
}

static void
note(const Folder *folder, const GwPlatform *platform, const GwDropOutcome *outcome)
{
    g_autofree char *who = g_strconcat("platform:", folder->platform, NULL);
    JsonObject *detail = gw_object_with_text("file", folder->last.name);
    const GwActor actor = { .audit = who };

    json_object_set_string_member(detail, "unit", platform->unit);
    gw_object_set_text(detail, "sha256", outcome->sha256);
    json_object_set_int_member(detail, "taken", outcome->taken);
    json_object_set_int_member(detail, "known", outcome->known);
    json_object_set_int_member(detail, "refused", outcome->refused);
    gw_object_set_text(detail, "message", outcome->message);
    gw_cases_note(folder->drops->cases, &actor, "platform.file", who, detail);
}

static void
keep_last(Folder *folder, const GwDropOutcome *outcome)
{
    GwCases *cases = folder->drops->cases;
    GwPlatform *platform = g_hash_table_lookup(cases->platforms, folder->platform);

    g_free(folder->last.name);
    folder->last.name = make_shown_name(folder->current->file->name);
    set_text(&folder->last.message, outcome->message);
    folder->last.at_ms = gw_cases_now_ms(cases);
    folder->last.taken = outcome->taken;
    folder->last.known = outcome->known;
    folder->last.refused = outcome->refused;
    write_last(folder);
    gw_platforms_hear(cases, platform);
    note(folder, platform, outcome);
}

/* One file. */

static void
on_file_done(const GwDropOutcome *outcome, void *user_data)
{
    Folder *folder = user_data;
    Seen *seen = folder->current;

    if (outcome->done) {
        keep_last(folder, outcome);
        g_ptr_array_remove(folder->seen, seen);
    } else
        seen->unended = outcome->unended;
    folder->current = NULL;
    set_problem(folder, outcome->done ? NULL : outcome->message);
    set_idle(folder, folder->problem != NULL ? GW_DROP_RETRY_MS : outcome->done ? 0 : GW_DROP_LOOK_MS);
}

static bool
is_whole(const Seen *seen, int64_t now_ms)
{
    int64_t wait_ms = seen->unended ? GW_DROP_UNENDED_MS : GW_DROP_SETTLE_MS;

    return now_ms - seen->since_ms >= wait_ms;
}

/* False: there is none that is whole. */
static bool
take_next(Folder *folder)
{
    GwCases *cases = folder->drops->cases;
    int64_t now_ms = gw_cases_now_ms(cases);

    for (guint i = 0; i < folder->seen->len; i++) {
        Seen *seen = folder->seen->pdata[i];
        const GwDropWish wish = { folder->path, seen->file, seen->unended };
        if (!is_whole(seen, now_ms))
            continue;
        folder->current = seen;
        gw_drop_intake_begin(cases, g_hash_table_lookup(cases->platforms, folder->platform), &wish, on_file_done,
                             folder);
        return true;
    }
    return false;
}

/* What is in the folder. */

typedef struct {
    Folder *folder; /* not after GwCases.gone */
    char *path;
    GPtrArray *files; /* NULL: failed */
    bool more, missing;
    char *problem;
} Look;

static void
look_free(Look *look)
{
    g_clear_pointer(&look->files, g_ptr_array_unref);
    g_free(look->path);
    g_free(look->problem);
    g_free(look);
}

static void
run_look(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    Look *look = task_data;
    g_autoptr(GError) error = NULL;

    (void)source;
    (void)cancellable;
    look->files = gw_drop_folder_list(look->path, &look->more, &error);
    look->missing = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    if (error != NULL && !look->missing)
        look->problem = g_strdup(error->message);
    gw_task_return_true(task);
}

/* Takes what files holds. */
static void
compare_seen(Folder *folder, GPtrArray *files)
{
    g_autoptr(GPtrArray) before = g_steal_pointer(&folder->seen);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    int64_t now_ms = gw_cases_now_ms(folder->drops->cases);

    for (guint i = 0; i < before->len; i++) {
        Seen *seen = before->pdata[i];
        g_hash_table_insert(by_name, seen->file->name, seen);
    }
    folder->seen = g_ptr_array_new_with_free_func(seen_free);
    g_ptr_array_set_free_func(files, NULL);
    for (guint i = 0; i < files->len; i++) {
        Seen *seen = g_new0(Seen, 1);
        seen->file = files->pdata[i];
        const Seen *same = g_hash_table_lookup(by_name, seen->file->name);
        bool as_before = same != NULL && gw_drop_file_is_same(same->file, seen->file);
        seen->since_ms = as_before ? MIN(same->since_ms, now_ms) : now_ms;
        seen->unended = as_before && same->unended;
        g_ptr_array_add(folder->seen, seen);
    }
}

static void
on_looked(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    Look *look = data;
    Folder *folder = look->folder;

    (void)source;
    if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result)))) {
        look_free(look);
        return;
    }
    folder->there = !look->missing;
    folder->more = look->more;
    set_problem(folder, look->problem);
    if (look->files != NULL)
        compare_seen(folder, look->files);
    else
        g_ptr_array_set_size(folder->seen, 0);
    look_free(look);
    if (!take_next(folder))
        set_idle(folder, GW_DROP_LOOK_MS);
}

static void
begin_look(Folder *folder)
{
    g_autoptr(GTask) task = NULL;
    Look *look = g_new0(Look, 1);

    folder->busy = true;
    folder->drops->n_busy++;
    look->folder = folder;
    look->path = g_strdup(folder->path);
    task = g_task_new(NULL, folder->drops->cases->gone, on_looked, look);
    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, look, NULL);
    gw_task_run(task, run_look);
}

void
gw_drops_tick(GwDrops *self)
{
    int64_t now_ms = gw_cases_now_ms(self->cases);
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->cases->platforms);
    while (self->n_busy < MAX_BUSY && g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwPlatform *platform = value;
        if (!may_drop(self, platform))
            continue;
        Folder *folder = get_folder(self, platform->id);
        bool due = now_ms >= folder->next_ms || folder->next_ms - now_ms > GW_DROP_RETRY_MS;
        if (!folder->busy && due)
            begin_look(folder);
    }
}

bool
gw_drops_is_busy(const GwDrops *self)
{
    return self->n_busy > 0;
}

/* Building, and showing. */

GwDrops *
gw_drops_new(GwCases *cases, GError **error)
{
    g_autoptr(GwDrops) self = g_new0(GwDrops, 1);

    self->cases = cases;
    self->folders = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, folder_free);
    if (cases->gateway->config->cases.drop_folder != NULL && !load_last(self, error))
        return NULL;
    return g_steal_pointer(&self);
}

void
gw_drops_free(GwDrops *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->folders);
    g_free(self);
}

static JsonObject *
last_to_json(const Last *last)
{
    JsonObject *object = gw_object_with_text("name", last->name);

    json_object_set_int_member(object, "at_ms", last->at_ms);
    json_object_set_int_member(object, "taken", last->taken);
    json_object_set_int_member(object, "known", last->known);
    json_object_set_int_member(object, "refused", last->refused);
    gw_object_set_text(object, "message", last->message);
    return object;
}

JsonObject *
gw_drops_to_json(GwDrops *self, const GwPlatform *platform)
{
    const Folder *folder = may_drop(self, platform) ? get_folder(self, platform->id) : NULL;
    JsonObject *object = NULL;

    if (folder == NULL)
        return NULL;
    object = gw_object_with_text("folder", folder->platform);
    json_object_set_boolean_member(object, "there", folder->there);
    json_object_set_boolean_member(object, "more", folder->more);
    json_object_set_int_member(object, "waiting", folder->seen->len);
    gw_object_set_text(object, "problem", folder->problem);
    if (folder->last.name != NULL)
        json_object_set_object_member(object, "last", last_to_json(&folder->last));
    return object;
}
