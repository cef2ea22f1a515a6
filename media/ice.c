#include "media/ice.h"

#include <openssl/rand.h>
#include <string.h>

enum { UFRAG_CHARS = 8, PWD_CHARS = 24 };

static void
fill_random(char *text, size_t n_chars)
{
    /* ice-char, RFC 8839 section 5.4: 64 of them, 6 bits each */
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t bytes[PWD_CHARS];

    g_assert(n_chars <= sizeof(bytes));
    if (RAND_bytes(bytes, (int)n_chars) != 1)
        g_error("no random numbers"); /* nothing can be secret any more */
    for (size_t i = 0; i < n_chars; i++)
        text[i] = alphabet[bytes[i] % 64];
    text[n_chars] = '\0';
}

void
media_ice_credentials_generate(MediaIceCredentials *ret_credentials)
{
    memset(ret_credentials, 0, sizeof(*ret_credentials));
    fill_random(ret_credentials->ufrag, UFRAG_CHARS);
    fill_random(ret_credentials->pwd, PWD_CHARS);
}

static void
generation_set(MediaIceGeneration *generation, const MediaIceCredentials *local)
{
    generation->ufrag = g_strdup(local->ufrag);
    generation->pwd = g_strdup(local->pwd);
    generation->remote_ufrag = NULL;
}

static void
generation_clear(MediaIceGeneration *generation)
{
    g_clear_pointer(&generation->ufrag, g_free);
    g_clear_pointer(&generation->pwd, g_free);
    g_clear_pointer(&generation->remote_ufrag, g_free);
}

void
media_ice_init(MediaIce *self, const MediaIceCredentials *local)
{
    memset(self, 0, sizeof(*self));
    self->selected = -1;
    generation_set(&self->current, local);
}

void
media_ice_clear(MediaIce *self)
{
    generation_clear(&self->current);
    generation_clear(&self->previous);
}

void
media_ice_restart(MediaIce *self, const MediaIceCredentials *local, char **ret_forgotten)
{
    *ret_forgotten = g_steal_pointer(&self->previous.ufrag);
    generation_clear(&self->previous);
    self->previous = self->current;
    generation_set(&self->current, local);
}

void
media_ice_set_remote(MediaIce *self, const char *ufrag)
{
    g_free(self->current.remote_ufrag);
    self->current.remote_ufrag = ufrag[0] != '\0' ? g_strdup(ufrag) : NULL;
}

static bool
text_equal(const char *text, const char *bytes, size_t size)
{
    return text != NULL && strlen(text) == size && memcmp(text, bytes, size) == 0;
}

const char *
media_ice_get_password(const MediaIce *self, const MediaStunCheck *check)
{
    if (text_equal(self->current.ufrag, check->local, check->local_size)) {
        if (self->current.remote_ufrag != NULL &&
            !text_equal(self->current.remote_ufrag, check->remote, check->remote_size))
            return NULL;
        return self->current.pwd;
    }
    if (text_equal(self->previous.ufrag, check->local, check->local_size))
        return self->previous.pwd;
    return NULL;
}

static int
find_path(const MediaIce *self, const MediaPath *path)
{
    for (unsigned i = 0; i < self->n_paths; i++)
        if (media_path_equal(&self->paths[i].path, path))
            return (int)i;
    return -1;
}

/* A place for a new path: the end, or that of the one not heard of for longest (never the selected one). */
static int
make_room(MediaIce *self, MediaIceOutcome *outcome)
{
    int oldest = -1;

    if (self->n_paths < MEDIA_ICE_MAX_PATHS)
        return (int)self->n_paths++;
    for (int i = 0; i < MEDIA_ICE_MAX_PATHS; i++)
        if (i != self->selected && (oldest < 0 || self->paths[i].seen_us < self->paths[oldest].seen_us))
            oldest = i;
    outcome->evicted = true;
    outcome->evicted_path = self->paths[oldest].path;
    return oldest;
}

/* The controlling side nominates (section 8.1.1). A peer whose NAT has given it a new address does not know that it has
 * one, and goes on checking without nominating: then the old path has fallen silent. */
static bool
should_select(const MediaIce *self, int i, bool use_candidate, int64_t now_us)
{
    if (self->selected == i)
        return false;
    if (self->selected < 0 || use_candidate)
        return true;
    return now_us - self->paths[self->selected].seen_us >= MEDIA_ICE_SILENT_US;
}

void
media_ice_on_valid(MediaIce *self, const MediaStunCheck *check, const MediaPath *path, int64_t now_us,
                   MediaIceOutcome *ret_outcome)
{
    int i = find_path(self, path);

    memset(ret_outcome, 0, sizeof(*ret_outcome));
    if (self->previous.ufrag != NULL && text_equal(self->current.ufrag, check->local, check->local_size)) {
        ret_outcome->retired_ufrag = g_steal_pointer(&self->previous.ufrag);
        generation_clear(&self->previous);
    }
    if (i < 0) {
        ret_outcome->added = true;
        i = make_room(self, ret_outcome);
    }
    ret_outcome->selected = should_select(self, i, check->use_candidate, now_us);
    self->paths[i].path = *path; /* the local address may be another one */
    self->paths[i].seen_us = now_us;
    if (ret_outcome->selected)
        self->selected = i;
}

bool
media_ice_has_path(const MediaIce *self, const MediaPath *path)
{
    return find_path(self, path) >= 0;
}

const MediaPath *
media_ice_get_selected(const MediaIce *self)
{
    return self->selected >= 0 ? &self->paths[self->selected].path : NULL;
}

void
media_ice_touch(MediaIce *self, const MediaPath *path, int64_t now_us)
{
    int i = self->selected;

    if (i < 0 || !media_path_equal(&self->paths[i].path, path))
        i = find_path(self, path);
    if (i >= 0)
        self->paths[i].seen_us = now_us;
}

bool
media_ice_remove_path(MediaIce *self, const MediaPath *path)
{
    int i = find_path(self, path);
    bool was_selected = i >= 0 && i == self->selected;
    int last = (int)self->n_paths - 1;

    if (i < 0)
        return false;
    self->paths[i] = self->paths[last];
    self->n_paths--;
    if (self->selected == last)
        self->selected = i;
    if (!was_selected)
        return false;
    self->selected = -1;
    for (int k = 0; k < last; k++)
        if (self->selected < 0 || self->paths[k].seen_us > self->paths[self->selected].seen_us)
            self->selected = k;
    return true;
}
