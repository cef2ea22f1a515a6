#define G_LOG_DOMAIN "gateway.log"

#include "gateway/evidence/log-thread.h"

#include <stdatomic.h>

#include "gateway/evidence/kept.h"
#include "gateway/evidence/leaf.h"
#include "gateway/evidence/log-item.h"
#include "recorder/evidence/checkpoint.h"

#define RETRY_US G_USEC_PER_SEC
#define KEEP_MS  (INT64_C(3600) * 1000) /* between two looks whether a checkpoint is to be kept */

/* Answers on their way to main; outlives the thread when an idle source still holds it. */
typedef struct {
    GAsyncQueue *items;
    GwLogThread *thread; /* main only; NULL: it has gone */
} Outbox;

struct GwLogThread {
    /* constant after new */
    GMainContext *context;
    GAsyncQueue *inbox, *marks;
    Outbox *outbox;
    GThread *thread;
    struct {
        char *dir, *keys_dir, *name, *origin;
    } names;
    uint64_t cut;
    GwLogThreadEvents events;
    void *user_data;
    /* main */
    RecKeys *keys;
    uint64_t size;
    bool failed;
    /* the log's thread */
    RecLog *log;
    RecKeys *signing;
    GQueue spool; /* GwLogItem: entries that wait for the disk, oldest first */
    bool told_failed;
    int64_t kept_ms;
    int64_t tried_us, unpublished_us; /* monotonic; 0: there is nothing */
    /* atomic */
    atomic_uint n_spooled;
};

/* Main. */

static void
outbox_clear(void *data)
{
    g_async_queue_unref(((Outbox *)data)->items);
}

static void
outbox_unref(void *data)
{
    g_atomic_rc_box_release_full(data, outbox_clear);
}

static void
answer(GwLogThread *self, GwLogItem *item)
{
    switch (item->kind) {
    case GW_LOG_ITEM_FAILED:
        self->failed = true;
        self->events.failed(item->error, self->user_data);
        return;
    case GW_LOG_ITEM_RECOVERED:
        self->failed = false;
        self->events.recovered(self->user_data);
        return;
    case GW_LOG_ITEM_PUBLISHED:
        self->events.published(item->index, item->note, self->user_data);
        return;
    case GW_LOG_ITEM_ROTATE:
        if (item->keys != NULL) {
            rec_keys_unref(self->keys);
            self->keys = g_steal_pointer(&item->keys);
        }
        break;
    case GW_LOG_ITEM_APPEND:
    case GW_LOG_ITEM_PUBLISH:
    case GW_LOG_ITEM_SETTLE:
    case GW_LOG_ITEM_MARK:
    case GW_LOG_ITEM_END:
        break;
    }
    if (item->entry != NULL && item->error == NULL) {
        self->size = item->index + 1;
        self->events.appended(item->index, item->entry, self->user_data);
    }
    if (item->done != NULL)
        item->done(item->index, item->error, item->user_data);
}

static gboolean
on_answers(void *data)
{
    Outbox *outbox = data;

    for (GwLogItem *item = gw_log_item_take(g_async_queue_try_pop(outbox->items)); item != NULL;
         item = gw_log_item_take(g_async_queue_try_pop(outbox->items))) {
        if (outbox->thread != NULL)
            answer(outbox->thread, item);
        gw_log_item_free(item);
    }
    return G_SOURCE_REMOVE;
}

/* The log's thread. */

static void
wake_main(GwLogThread *self)
{
    g_autoptr(GSource) source = g_idle_source_new();

    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_static_name(source, "log answers");
    g_source_set_callback(source, on_answers, g_atomic_rc_box_acquire(self->outbox), outbox_unref);
    g_source_attach(source, self->context);
}

static void
send_back(GwLogThread *self, GwLogItem *item)
{
    gw_log_item_hand_over(self->outbox->items, item);
}

static void
tell_failed(GwLogThread *self, const GError *error)
{
    if (self->told_failed)
        return;
    self->told_failed = true;
    GwLogItem *item = gw_log_item_new(GW_LOG_ITEM_FAILED);
    item->error = g_error_copy(error);
    send_back(self, item);
}

static void
tell_works(GwLogThread *self)
{
    if (!self->told_failed || self->spool.length > 0)
        return;
    self->told_failed = false;
    send_back(self, gw_log_item_new(GW_LOG_ITEM_RECOVERED));
}

static void
give_back(GwLogThread *self, GwLogItem *item, const GError *error)
{
    item->error = g_error_copy(error);
    send_back(self, item);
}

/* In one sync; all or none. */
static bool
append_group(GwLogThread *self, GPtrArray *group, GError **error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new();
    uint64_t first = 0;

    for (guint i = 0; i < group->len; i++)
        g_ptr_array_add(entries, ((GwLogItem *)group->pdata[i])->entry);
    if (!rec_log_append(self->log, (GBytes *const *)entries->pdata, entries->len, &first, error))
        return false;
    for (guint i = 0; i < group->len; i++) {
        GwLogItem *item = group->pdata[i];
        item->index = first + i;
        send_back(self, item);
    }
    if (self->unpublished_us == 0)
        self->unpublished_us = g_get_monotonic_time();
    return true;
}

static bool
drain_spool(GwLogThread *self, GError **error)
{
    while (self->spool.length > 0) {
        g_autoptr(GPtrArray) group = g_ptr_array_new();

        for (GList *item = self->spool.head; item != NULL && group->len < REC_LOG_MAX_GROUP; item = item->next)
            g_ptr_array_add(group, item->data);
        if (!append_group(self, group, error))
            return false;
        for (guint i = 0; i < group->len; i++)
            g_queue_pop_head(&self->spool);
        atomic_store(&self->n_spooled, self->spool.length);
    }
    return true;
}

static void
keep(GwLogThread *self, GwLogItem *item)
{
    if (self->spool.length >= GW_LOG_MAX_SPOOL) {
        g_autoptr(GError) error = g_error_new(REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_UNAVAILABLE,
                                              "%d entries wait for the log: no more are kept", GW_LOG_MAX_SPOOL);
        give_back(self, item, error);
        return;
    }
    g_queue_push_tail(&self->spool, item);
    atomic_store(&self->n_spooled, self->spool.length);
}

/* What was kept comes before what is new. A broken disk is tried again once a second, or when somebody waits. */
static void
append_all(GwLogThread *self, GPtrArray *group)
{
    g_autoptr(GError) error = NULL;
    bool waited_for = !self->told_failed;

    for (guint i = 0; i < group->len; i++)
        waited_for = waited_for || ((GwLogItem *)group->pdata[i])->must;
    if (waited_for) {
        self->tried_us = g_get_monotonic_time();
        if (drain_spool(self, &error) && append_group(self, group, &error)) {
            tell_works(self);
            return;
        }
        tell_failed(self, error);
    }
    for (guint i = 0; i < group->len; i++) {
        GwLogItem *item = group->pdata[i];
        if (item->must)
            give_back(self, item, error);
        else
            keep(self, item);
    }
}

static void
retry(GwLogThread *self, bool at_once)
{
    g_autoptr(GError) error = NULL;
    int64_t now_us = g_get_monotonic_time();

    if (self->spool.length == 0 || (!at_once && now_us - self->tried_us < RETRY_US))
        return;
    self->tried_us = now_us;
    if (drain_spool(self, &error))
        tell_works(self);
}

static void
settle(GwLogThread *self, GwLogItem *item)
{
    self->tried_us = g_get_monotonic_time();
    if (drain_spool(self, &item->error))
        tell_works(self);
    send_back(self, item);
}

static void
keep_checkpoint(GwLogThread *self, const char *note, int64_t now_ms)
{
    g_autoptr(GError) error = NULL;

    if (ABS(now_ms - self->kept_ms) < KEEP_MS)
        return;
    self->kept_ms = now_ms;
    if (!gw_kept_add(self->names.dir, note, now_ms, &error))
        g_warning("a checkpoint is not kept: %s", error->message);
}

static bool
publish(GwLogThread *self, GError **error)
{
    const RecLogSigning signing = { self->signing, self->names.origin, g_get_real_time() / 1000 };
    g_autofree char *note = NULL;

    if (!rec_log_publish(self->log, &signing, &note, error))
        return false;
    self->unpublished_us = 0;
    keep_checkpoint(self, note, signing.at_ms);
    GwLogItem *item = gw_log_item_new(GW_LOG_ITEM_PUBLISHED);
    item->index = rec_log_get_size(self->log);
    item->note = g_steal_pointer(&note);
    send_back(self, item);
    tell_works(self);
    return true;
}

static void
publish_if_due(GwLogThread *self, bool at_once)
{
    g_autoptr(GError) error = NULL;
    int64_t now_us = g_get_monotonic_time();

    if (self->unpublished_us == 0 || (!at_once && now_us - self->unpublished_us < GW_LOG_CHECKPOINT_US))
        return;
    if (publish(self, &error))
        return;
    self->unpublished_us = now_us - GW_LOG_CHECKPOINT_US + RETRY_US;
    tell_failed(self, error);
}

static void
publish_for(GwLogThread *self, GwLogItem *item)
{
    if (self->unpublished_us == 0 && rec_log_get_published(self->log) == rec_log_get_size(self->log))
        item->index = rec_log_get_size(self->log);
    else if (publish(self, &item->error))
        item->index = rec_log_get_size(self->log);
    send_back(self, item);
}

static GBytes *
make_key_leaf(const RecKeys *keys)
{
    const RecCertificate *ed25519 = rec_keys_get_current(keys, REC_KEY_ED25519);

    return gw_leaf_new_key(g_get_real_time(), ed25519->generation, ed25519->sha256,
                           rec_keys_get_current(keys, REC_KEY_SM2)->sha256);
}

static bool
rotate(GwLogThread *self, GwLogItem *item)
{
    g_autoptr(RecKeys) keys = NULL;

    if (!rec_keys_rotate(self->names.keys_dir, self->names.name, &item->error))
        return false;
    keys = rec_keys_open(self->names.keys_dir, self->names.name, false, &item->error);
    if (keys == NULL)
        return false;
    g_autoptr(GBytes) entry = make_key_leaf(keys);
    GBytes *const entries[] = { entry };
    if (!drain_spool(self, &item->error) || !rec_log_append(self->log, entries, 1, &item->index, &item->error) ||
        !publish(self, &item->error))
        return false;
    item->entry = g_steal_pointer(&entry);
    item->keys = rec_keys_ref(keys);
    rec_keys_unref(self->signing);
    self->signing = g_steal_pointer(&keys);
    return true;
}

static void
work(GwLogThread *self, GwLogItem *item, GPtrArray *group)
{
    switch (item->kind) {
    case GW_LOG_ITEM_APPEND:
        g_ptr_array_add(group, item);
        return;
    case GW_LOG_ITEM_PUBLISH:
        publish_for(self, item);
        return;
    case GW_LOG_ITEM_SETTLE:
        settle(self, item);
        return;
    case GW_LOG_ITEM_ROTATE:
        rotate(self, item);
        send_back(self, item);
        return;
    case GW_LOG_ITEM_MARK:
        gw_log_item_hand_over(self->marks, item);
        return;
    case GW_LOG_ITEM_END:
    case GW_LOG_ITEM_FAILED:
    case GW_LOG_ITEM_RECOVERED:
    case GW_LOG_ITEM_PUBLISHED:
        break;
    }
    gw_log_item_free(item);
}

static uint64_t
get_wait_us(const GwLogThread *self)
{
    int64_t now_us = g_get_monotonic_time(), wait_us = G_MAXINT32;

    if (self->unpublished_us != 0)
        wait_us = MIN(wait_us, self->unpublished_us + GW_LOG_CHECKPOINT_US - now_us);
    if (self->spool.length > 0)
        wait_us = MIN(wait_us, self->tried_us + RETRY_US - now_us);
    return (uint64_t)MAX(wait_us, 1000);
}

/* Entries that wait together become one group; anything else is done in its turn. */
static bool
run_once(GwLogThread *self)
{
    g_autoptr(GPtrArray) group = g_ptr_array_new();
    GwLogItem *item = gw_log_item_take(g_async_queue_timeout_pop(self->inbox, get_wait_us(self)));
    bool ending = false;

    while (item != NULL && !ending) {
        ending = item->kind == GW_LOG_ITEM_END;
        if (item->kind != GW_LOG_ITEM_APPEND && group->len > 0) {
            append_all(self, group);
            g_ptr_array_set_size(group, 0);
        }
        work(self, item, group);
        item = !ending && group->len < REC_LOG_MAX_GROUP ? gw_log_item_take(g_async_queue_try_pop(self->inbox)) : NULL;
    }
    if (group->len > 0)
        append_all(self, group);
    retry(self, ending);
    publish_if_due(self, ending);
    wake_main(self);
    return !ending;
}

static void *
log_main(void *data)
{
    GwLogThread *self = data;

    while (run_once(self)) {
    }
    if (self->spool.length > 0)
        g_warning("%u entries of the log could not be written before the end", self->spool.length);
    g_queue_clear_full(&self->spool, gw_log_item_free);
    return NULL;
}

/* Main again. */

static char *
make_origin(const RecKeys *keys)
{
    GBytes *spki = rec_keys_get(keys, 0)->spki;
    RecHashes hashes;

    rec_hash_bytes(g_bytes_get_data(spki, NULL), g_bytes_get_size(spki), &hashes);
    g_autofree char *hex = rec_hash_to_hex(hashes.sha256);
    return g_strdup_printf("yuanjian/%.16s", hex);
}

static bool
open_log(GwLogThread *self, const GwLogThreadConfig *config, GError **error)
{
    g_autofree char *checkpoint = g_build_filename(config->dir, "checkpoint", NULL);
    bool has_begun = g_file_test(checkpoint, G_FILE_TEST_EXISTS);

    self->names.name = g_strdup(config->name != NULL ? config->name : "yuanjian");
    self->keys = rec_keys_open(config->keys_dir, self->names.name, !has_begun, error);
    if (self->keys == NULL)
        return false;
    self->names.origin = config->origin != NULL ? g_strdup(config->origin) : make_origin(self->keys);
    self->log = rec_log_open(config->dir, error);
    if (self->log == NULL)
        return false;
    self->signing = rec_keys_ref(self->keys);
    self->size = rec_log_get_size(self->log);
    self->cut = rec_log_get_cut(self->log);
    return true;
}

/* Readers see what is under a checkpoint: what a crash left beyond it is signed before anybody asks. */
static void
publish_rest(GwLogThread *self)
{
    const RecLogSigning signing = { self->signing, self->names.origin, g_get_real_time() / 1000 };
    g_autoptr(GError) error = NULL;

    if (self->size == rec_log_get_published(self->log))
        return;
    self->unpublished_us = g_get_monotonic_time();
    if (rec_log_publish(self->log, &signing, NULL, &error))
        self->unpublished_us = 0;
    else
        g_warning("no checkpoint yet: %s", error->message);
}

GwLogThread *
gw_log_thread_new(const GwLogThreadConfig *config, const GwLogThreadEvents *events, void *user_data, GError **error)
{
    g_autoptr(GwLogThread) self = g_new0(GwLogThread, 1);

    self->names.dir = g_strdup(config->dir);
    self->names.keys_dir = g_strdup(config->keys_dir);
    self->events = *events;
    self->user_data = user_data;
    if (!open_log(self, config, error))
        return NULL;
    publish_rest(self);
    self->context = g_main_context_ref_thread_default();
    self->inbox = g_async_queue_new();
    self->marks = g_async_queue_new();
    self->outbox = g_atomic_rc_box_new0(Outbox);
    self->outbox->items = g_async_queue_new_full(gw_log_item_free);
    self->outbox->thread = self;
    self->thread = g_thread_new("log", log_main, self);
    return g_steal_pointer(&self);
}

void
gw_log_thread_free(GwLogThread *self)
{
    if (self == NULL)
        return;
    if (self->thread != NULL) {
        gw_log_item_hand_over(self->inbox, gw_log_item_new(GW_LOG_ITEM_END));
        g_thread_join(self->thread);
        self->outbox->thread = NULL;
        outbox_unref(self->outbox);
        g_async_queue_unref(self->inbox);
        g_async_queue_unref(self->marks);
        g_main_context_unref(self->context);
    }
    g_clear_pointer(&self->log, rec_log_free);
    rec_keys_unref(self->keys);
    rec_keys_unref(self->signing);
    g_free(self->names.dir);
    g_free(self->names.keys_dir);
    g_free(self->names.name);
    g_free(self->names.origin);
    g_free(self);
}

const char *
gw_log_thread_get_origin(const GwLogThread *self)
{
    return self->names.origin;
}

const char *
gw_log_thread_get_dir(const GwLogThread *self)
{
    return self->names.dir;
}

RecKeys *
gw_log_thread_get_keys(const GwLogThread *self)
{
    return self->keys;
}

uint64_t
gw_log_thread_get_cut(const GwLogThread *self)
{
    return self->cut;
}

uint64_t
gw_log_thread_get_size(const GwLogThread *self)
{
    return self->size;
}

unsigned
gw_log_thread_get_n_spooled(const GwLogThread *self)
{
    return atomic_load(&self->n_spooled);
}

bool
gw_log_thread_has_failed(const GwLogThread *self)
{
    return self->failed;
}

static void
ask(GwLogThread *self, GwLogItem *item, GwLogDone done, void *user_data)
{
    item->done = done;
    item->user_data = user_data;
    gw_log_item_hand_over(self->inbox, item);
}

void
gw_log_thread_append(GwLogThread *self, GBytes *entry, bool must, GwLogDone done, void *user_data)
{
    GwLogItem *item = gw_log_item_new(GW_LOG_ITEM_APPEND);

    item->entry = entry;
    item->must = must;
    ask(self, item, done, user_data);
}

void
gw_log_thread_settle(GwLogThread *self, GwLogDone done, void *user_data)
{
    ask(self, gw_log_item_new(GW_LOG_ITEM_SETTLE), done, user_data);
}

void
gw_log_thread_publish(GwLogThread *self, GwLogDone done, void *user_data)
{
    ask(self, gw_log_item_new(GW_LOG_ITEM_PUBLISH), done, user_data);
}

void
gw_log_thread_rotate(GwLogThread *self, GwLogDone done, void *user_data)
{
    ask(self, gw_log_item_new(GW_LOG_ITEM_ROTATE), done, user_data);
}

void
gw_log_thread_flush(GwLogThread *self)
{
    gw_log_item_hand_over(self->inbox, gw_log_item_new(GW_LOG_ITEM_MARK));
    gw_log_item_free(gw_log_item_take(g_async_queue_pop(self->marks)));
    on_answers(self->outbox);
}
