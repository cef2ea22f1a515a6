#include "recorder/seal/cast.h"

#include <math.h>
#include <string.h>

static const int64_t STALE_US = 3 * G_USEC_PER_SEC;   /* an older picture would be a frozen one */
static const int64_t LINGER_US = G_USEC_PER_SEC / 2;  /* of the last picture of a file */
static const int64_t MARGIN_US = G_USEC_PER_SEC / 25; /* around what is muted: sound rings on in a codec */
static const double LOUD = 300;                       /* of 32768: less is nobody speaking */
enum { TURN_BLOCKS = 12 };                            /* so long somebody else must be louder */

typedef struct {
    const RecFile *file; /* borrowed */
    SealSource *source;  /* owned; while it is needed */
    bool is_done;        /* over, or there is no way to it */
} Part;

typedef struct {
    const char *party; /* borrowed */
    const char *name;
    const RecParty *gaps;     /* borrowed; NULL: not counted */
    GArray *pictures, *sound; /* Part */
    double level;
} Actor;

struct SealCast {
    SealCastConfig config;
    Actor actors[SEAL_CAST_MAX];
    unsigned n;
    unsigned shown[SEAL_CAST_MAX]; /* indices */
    unsigned n_shown;
    int speaker;
    unsigned n_louder; /* blocks in which another was louder */
};

static void
part_clear(void *data)
{
    Part *self = data;

    g_clear_pointer(&self->source, seal_source_free);
}

static GArray *
parts_new(void)
{
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(Part));

    g_array_set_clear_func(parts, part_clear);
    return parts;
}

static Actor *
ensure_actor(SealCast *self, const char *party, const char *label)
{
    for (unsigned i = 0; i < self->n; i++) {
        if (g_strcmp0(self->actors[i].party, party) == 0)
            return &self->actors[i];
    }
    if (self->n == SEAL_CAST_MAX)
        return NULL;
    const char *name = g_hash_table_lookup(self->config.order->names, party);
    Actor *actor = &self->actors[self->n++];
    *actor = (Actor){ .party = party, .pictures = parts_new(), .sound = parts_new() };
    actor->name = name ? name : label && *label ? label : party;
    for (unsigned i = 0; i < self->config.recording->parties->len; i++) {
        const RecParty *counted = self->config.recording->parties->pdata[i];
        if (g_strcmp0(counted->party, party) == 0)
            actor->gaps = counted;
    }
    return actor;
}

SealCast *
seal_cast_new(const SealCastConfig *config)
{
    SealCast *self = g_new0(SealCast, 1);

    self->config = *config;
    self->speaker = -1;
    for (unsigned i = 0; i < config->recording->files->len; i++) {
        const RecFile *file = config->recording->files->pdata[i];
        Actor *actor = ensure_actor(self, file->party, file->label);
        const Part part = { .file = file };
        if (actor)
            g_array_append_val(file->kind == MEDIA_KIND_AUDIO ? actor->sound : actor->pictures, part);
    }
    for (unsigned i = 0; i < self->n; i++) {
        if (self->actors[i].pictures->len > 0)
            self->shown[self->n_shown++] = i;
    }
    while (self->n_shown == 0 && self->n > 0) {
        for (unsigned i = 0; i < self->n; i++)
            self->shown[self->n_shown++] = i;
    }
    return self;
}

void
seal_cast_free(SealCast *self)
{
    if (!self)
        return;
    for (unsigned i = 0; i < self->n; i++) {
        g_array_unref(self->actors[i].pictures);
        g_array_unref(self->actors[i].sound);
    }
    g_free(self);
}

unsigned
seal_cast_count_shown(const SealCast *self)
{
    return self->n_shown;
}

void
seal_cast_set_size(SealCast *self, uint16_t max_width, uint16_t max_height)
{
    self->config.max_width = max_width;
    self->config.max_height = max_height;
}

const char *
seal_cast_get_name(const SealCast *self, unsigned i)
{
    return self->actors[self->shown[i]].name;
}

const char *
seal_cast_get_party(const SealCast *self, unsigned i)
{
    return self->actors[self->shown[i]].party;
}

/* The file's decoder while its time is; NULL: it is not, or cannot be had. */
static SealSource *
get_source(SealCast *self, Part *part, int64_t from_us, int64_t to_us)
{
    const RecFile *file = part->file;
    g_autoptr(GError) error = NULL;

    if (part->is_done || to_us <= file->start_us)
        return NULL;
    if (from_us > file->start_us + file->duration_us + LINGER_US) {
        g_clear_pointer(&part->source, seal_source_free);
        part->is_done = true;
        return NULL;
    }
    if (part->source)
        return part->source;
    SealSourceConfig config = {
        .codec = file->codec,
        .vault = rec_vault_open(self->config.folder, file->file, self->config.key, &error),
        .max_width = self->config.max_width,
        .max_height = self->config.max_height,
    };
    if (config.vault)
        part->source = seal_source_new(&config, &error);
    part->is_done = part->source == NULL;
    if (part->is_done)
        g_debug("%s: %s", file->file, error->message);
    return part->source;
}

/* Sound. */

static bool
is_muted(const SealCast *self, const Actor *actor, int64_t from_us, int64_t to_us)
{
    const GPtrArray *edits = self->config.order->edits;

    for (unsigned i = 0; i < edits->len; i++) {
        const RecEdit *edit = edits->pdata[i];
        if (edit->is_mute && rec_edit_covers(edit, actor->party, from_us - MARGIN_US, to_us + MARGIN_US))
            return true;
    }
    return false;
}

static void
hear(SealCast *self, Actor *actor, int64_t at_us, int32_t *sum, unsigned n)
{
    g_autofree int32_t *own = g_new0(int32_t, n);
    int64_t to_us = at_us + (int64_t)n * G_USEC_PER_SEC / SEAL_SOURCE_RATE;
    double energy = 0;

    for (unsigned i = 0; i < actor->sound->len; i++) {
        Part *part = &g_array_index(actor->sound, Part, i);
        SealSource *source = get_source(self, part, at_us, to_us);
        if (source)
            seal_source_mix(source, (at_us - part->file->start_us) * SEAL_SOURCE_RATE / G_USEC_PER_SEC, own, n);
    }
    if (is_muted(self, actor, at_us, to_us))
        memset(own, 0, n * sizeof *own);
    for (unsigned i = 0; i < n; i++) {
        energy += (double)own[i] * own[i];
        sum[i] += own[i];
    }
    actor->level = actor->level * 0.8 + sqrt(energy / n) * 0.2;
}

/* The large picture does not jump at each cough. */
static void
choose_speaker(SealCast *self)
{
    int loudest = -1;

    for (unsigned i = 0; i < self->n_shown; i++) {
        double level = self->actors[self->shown[i]].level;
        if (level > LOUD && (loudest < 0 || level > self->actors[self->shown[loudest]].level))
            loudest = (int)i;
    }
    if (loudest < 0 || loudest == self->speaker) {
        self->n_louder = 0;
        return;
    }
    if (self->speaker < 0 || ++self->n_louder >= TURN_BLOCKS) {
        self->speaker = loudest;
        self->n_louder = 0;
    }
}

void
seal_cast_listen(SealCast *self, int64_t at_us, int16_t *samples, unsigned n)
{
    g_autofree int32_t *sum = g_new0(int32_t, n);

    for (unsigned i = 0; i < self->n; i++)
        hear(self, &self->actors[i], at_us, sum, n);
    for (unsigned i = 0; i < n; i++)
        samples[i] = (int16_t)CLAMP(sum[i], INT16_MIN, INT16_MAX);
    choose_speaker(self);
}

int
seal_cast_get_speaker(const SealCast *self)
{
    return self->speaker;
}

/* Pictures. */

static const RecGap *
find_gap(const GArray *gaps, const char *track, int64_t at_us)
{
    for (unsigned i = 0; gaps && i < gaps->len; i++) {
        const RecGap *gap = &g_array_index(gaps, RecGap, i);
        if (at_us >= gap->from_us && at_us < gap->to_us && (!track || !gap->track || strcmp(gap->track, track) == 0))
            return gap;
    }
    return NULL;
}

static bool
is_sound(const Actor *actor, const char *track)
{
    for (unsigned i = 0; i < actor->sound->len; i++) {
        if (g_strcmp0(g_array_index(actor->sound, Part, i).file->track, track) == 0)
            return true;
    }
    return false;
}

/* Why there is no picture while none of its files has one. */
static const char *
find_cause(const Actor *actor, int64_t at_us)
{
    const GArray *gaps = actor->gaps ? actor->gaps->gaps : NULL;

    for (unsigned i = 0; gaps && i < gaps->len; i++) {
        const RecGap *gap = &g_array_index(gaps, RecGap, i);
        if (at_us >= gap->from_us && at_us < gap->to_us && !(gap->track && is_sound(actor, gap->track)))
            return gap->cause ? gap->cause : "network";
    }
    return NULL;
}

bool
seal_cast_look(SealCast *self, unsigned i, int64_t at_us, SealPicture *ret_picture, const char **ret_cause)
{
    Actor *actor = &self->actors[self->shown[i]];

    *ret_cause = find_cause(actor, at_us);
    for (unsigned k = 0; k < actor->pictures->len; k++) {
        Part *part = &g_array_index(actor->pictures, Part, k);
        const RecFile *file = part->file;
        bool is_due = at_us >= file->start_us && at_us < file->start_us + file->duration_us + LINGER_US;
        SealSource *source = get_source(self, part, at_us, at_us + 1);
        SealPicture picture;
        const RecGap *gap = is_due ? find_gap(file->gaps, NULL, at_us) : NULL;
        if (!gap && is_due && actor->gaps)
            gap = find_gap(actor->gaps->gaps, file->track, at_us);
        if (is_due && !source)
            *ret_cause = "codec";
        if (!source || !seal_source_show(source, at_us - file->start_us, &picture))
            continue;
        picture.time_us += file->start_us;
        if (gap) {
            *ret_cause = gap->cause ? gap->cause : "network";
            continue;
        }
        if (at_us - picture.time_us > STALE_US)
            continue;
        *ret_picture = picture;
        return true;
    }
    return false;
}
