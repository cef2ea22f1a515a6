#include "signaling/crossing.h"

#include <pthread.h>
#include <stdbool.h>

typedef struct Post Post;
struct Post {
    Post *next;
    SigCrossingFunc func;
    void *data;
    GDestroyNotify release;
};

/* A pthread mutex and not GLib's, so that ThreadSanitizer sees the hand-over. */
struct SigCrossing {
    SigCrossingFunc wake; /* constant */
    void *wake_data;      /* constant */
    pthread_mutex_t mutex;
    Post *first, **last; /* under mutex */
};

SigCrossing *
sig_crossing_new(SigCrossingFunc wake, void *wake_data)
{
    SigCrossing *self = g_new0(SigCrossing, 1);

    self->wake = wake;
    self->wake_data = wake_data;
    self->last = &self->first;
    pthread_mutex_init(&self->mutex, NULL);
    return self;
}

static void
post_free(Post *post)
{
    if (post->release != NULL)
        post->release(post->data);
    g_free(post);
}

static Post *
take_all(SigCrossing *self)
{
    Post *first;

    pthread_mutex_lock(&self->mutex);
    first = g_steal_pointer(&self->first);
    self->last = &self->first;
    pthread_mutex_unlock(&self->mutex);
    return first;
}

void
sig_crossing_free(SigCrossing *self)
{
    for (Post *post = take_all(self), *next; post != NULL; post = next) {
        next = post->next;
        post_free(post);
    }
    pthread_mutex_destroy(&self->mutex);
    g_free(self);
}

void
sig_crossing_post(SigCrossing *self, SigCrossingFunc func, void *data, GDestroyNotify release)
{
    Post *post = g_new0(Post, 1);
    bool was_empty;

    post->func = func;
    post->data = data;
    post->release = release;
    pthread_mutex_lock(&self->mutex);
    was_empty = self->first == NULL;
    *self->last = post;
    self->last = &post->next;
    pthread_mutex_unlock(&self->mutex);
    if (was_empty)
        self->wake(self->wake_data);
}

void
sig_crossing_run(SigCrossing *self)
{
    for (Post *post = take_all(self), *next; post != NULL; post = next) {
        next = post->next;
        post->func(post->data);
        post_free(post);
    }
}
