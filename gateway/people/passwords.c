#include "gateway/people/passwords.h"

#include <argon2.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

enum {
    SALT_BYTES = 16,
    HASH_BYTES = 32,
};

/* Verified against when there is nothing to verify against, so that the time does not tell. Nobody's password. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$bm90aGluZ29mYW55Ym9keQ$"
                             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/* Freed when main has let go and no answer is under way. */
typedef struct {
    GMainContext *context;
    GAsyncQueue *answers; /* Job */
    bool closed;          /* main only */
    atomic_uint finished; /* jobs whose thread has let go of this: see published below */
} Outbox;

struct GwPasswords {
    GThreadPool *pool;
    Outbox *outbox;
    unsigned n_waiting; /* main only */
};

typedef struct {
    GwPasswords *owner;
    char *password, *encoded; /* encoded NULL: hash */
    GwPasswordDone done;
    void *user_data;
    char *result;
    bool right;
    /* ThreadSanitizer cannot see GLib's queues; a release before each hand-over and an acquire after it shows them. */
    atomic_bool published;
} Job;

static void
wipe(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    g_free(text);
}

static void
job_free(void *data)
{
    Job *job = data;

    wipe(job->password);
    g_free(job->encoded);
    g_free(job->result);
    g_free(job);
}

static void
outbox_clear(void *data)
{
    Outbox *outbox = data;

    g_async_queue_unref(outbox->answers);
    g_main_context_unref(outbox->context);
}

static void
outbox_unref(void *data)
{
    g_atomic_rc_box_release_full(data, outbox_clear);
}

static gboolean
on_answers(void *data)
{
    Outbox *outbox = data;

    for (Job *job = g_async_queue_try_pop(outbox->answers); job != NULL; job = g_async_queue_try_pop(outbox->answers)) {
        g_assert(atomic_load_explicit(&job->published, memory_order_acquire));
        if (!outbox->closed) {
            job->owner->n_waiting--;
            job->done(job->result, job->right, job->user_data);
        }
        job_free(job);
    }
    return G_SOURCE_REMOVE;
}

static char *
hash(const char *password)
{
    uint8_t salt[SALT_BYTES];
    char encoded[160] = "";

    if (getrandom(salt, sizeof(salt), 0) != sizeof(salt))
        return NULL;
    if (argon2id_hash_encoded(GW_PASSWORD_PASSES, GW_PASSWORD_MEMORY_KIB, 1, password, strlen(password), salt,
                              sizeof(salt), HASH_BYTES, encoded, sizeof(encoded)) != ARGON2_OK)
        return NULL;
    return g_strdup(encoded);
}

static void
on_thread(void *data, void *user_data)
{
    Job *job = data;
    Outbox *outbox = user_data;
    g_autoptr(GSource) source = g_idle_source_new();

    g_assert(atomic_load_explicit(&job->published, memory_order_acquire));
    if (job->encoded == NULL)
        job->result = hash(job->password);
    else
        job->right = argon2id_verify(job->encoded, job->password, strlen(job->password)) == ARGON2_OK;

    atomic_store_explicit(&job->published, true, memory_order_release);
    g_async_queue_push(outbox->answers, job);
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_static_name(source, "passwords");
    g_source_set_callback(source, on_answers, g_atomic_rc_box_acquire(outbox), outbox_unref);
    g_source_attach(source, outbox->context);
    atomic_fetch_add_explicit(&outbox->finished, 1, memory_order_release);
}

GwPasswords *
gw_passwords_new(void)
{
    GwPasswords *self = g_new0(GwPasswords, 1);

    self->outbox = g_atomic_rc_box_new0(Outbox);
    self->outbox->context = g_main_context_ref_thread_default();
    self->outbox->answers = g_async_queue_new_full(job_free);
    self->pool = g_thread_pool_new(on_thread, self->outbox, GW_PASSWORDS_THREADS, FALSE, NULL);
    return self;
}

void
gw_passwords_free(GwPasswords *self)
{
    if (self == NULL)
        return;
    g_thread_pool_free(self->pool, FALSE, TRUE);
    g_debug("%u passwords were looked at", atomic_load_explicit(&self->outbox->finished, memory_order_acquire));
    self->outbox->closed = true;
    outbox_unref(self->outbox);
    g_free(self);
}

static bool
submit(GwPasswords *self, Job *job)
{
    if (self->n_waiting == GW_PASSWORDS_MAX_WAITING) {
        job_free(job);
        return false;
    }
    self->n_waiting++;
    job->owner = self;
    atomic_store_explicit(&job->published, true, memory_order_release);
    g_thread_pool_push(self->pool, job, NULL);
    return true;
}

static Job *
job_new(const char *password, GwPasswordDone done, void *user_data)
{
    Job *job = g_new0(Job, 1);

    /* The same letters typed on different keyboards are the same password. */
    job->password = g_utf8_normalize(password, -1, G_NORMALIZE_NFC);
    if (job->password == NULL)
        job->password = g_strdup(password);
    job->done = done;
    job->user_data = user_data;
    return job;
}

bool
gw_passwords_hash(GwPasswords *self, const char *password, GwPasswordDone done, void *user_data)
{
    return submit(self, job_new(password, done, user_data));
}

bool
gw_passwords_verify(GwPasswords *self, const char *encoded, const char *password, GwPasswordDone done, void *user_data)
{
    Job *job = job_new(password, done, user_data);

    job->encoded = g_strdup(encoded != NULL ? encoded : nobody);
    return submit(self, job);
}
