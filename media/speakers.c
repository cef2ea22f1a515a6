#include "media/speakers.h"

/* All levels in decibels above -127 dBov. Speech at an arm's length is at 95 ... 110, a quiet room below 60. */
enum {
    SILENCE_MAX = 77,   /* nothing below this is speech */
    UNKNOWN_LEVEL = 80, /* of who does not say: below real speech, above silence */
    ABOVE_NOISE = 10,
    FIRST_NOISE_MAX = 60,
    NOISE_MAX = 95,
    QUIETER_BY = 6, /* than what began it: has finished */
    LOUDER_BY = 6,  /* than somebody who speaks too: takes their place */
    LOUD_DECISIONS = 2,
};

static const float rise = 0.7F, fall = 0.15F; /* of the way, per decision */
static const float noise_rise = 0.08F;        /* per decision: 2 dB a second; it falls at once */

void
media_speaker_init(MediaSpeaker *self)
{
    *self = (MediaSpeaker){ .noise = -1 };
}

void
media_speaker_hear(MediaSpeaker *self, int8_t level, int64_t now_us)
{
    uint8_t loudness = level < 0 ? UNKNOWN_LEVEL : (uint8_t)(127 - level);

    self->unknown = level < 0;
    self->peak = MAX(self->peak, loudness);
    self->heard = true;
    self->heard_us = now_us;
}

/* By what came since the last decision: one loud packet is a click. */
static void
smooth(MediaSpeaker *self, float threshold, int64_t now_us)
{
    float peak = self->peak;

    if (!self->heard && now_us - self->heard_us < MEDIA_SPEAKERS_FORGET_US)
        return;
    self->level += (peak - self->level) * (peak > self->level ? rise : fall);
    if (self->heard)
        self->noise =
            self->noise < 0 ? MIN(peak, FIRST_NOISE_MAX) : MIN(peak, MIN(self->noise + noise_rise, NOISE_MAX));
    self->unknown &= self->heard;
    self->n_loud = peak >= threshold && !self->unknown ? MIN(self->n_loud + 1, LOUD_DECISIONS) : 0;
    self->peak = 0;
    self->heard = false;
}

static bool
judge(MediaSpeaker *self, int64_t now_us)
{
    float threshold = MAX((float)SILENCE_MAX, self->noise + ABOVE_NOISE);

    smooth(self, threshold, now_us);
    if (self->level >= threshold - QUIETER_BY)
        self->spoke_us = now_us;
    if (!self->speaking && self->n_loud == LOUD_DECISIONS) {
        self->speaking = true;
        return true;
    }
    if (self->speaking && (self->unknown || now_us - self->spoke_us >= MEDIA_SPEAKERS_HOLD_US)) {
        self->speaking = false;
        return true;
    }
    return false;
}

/* Worth a place that somebody silent has. */
static bool
is_heard(const MediaSpeaker *self)
{
    return self->speaking || self->unknown;
}

/* Whether a should lose its place before b. */
static bool
is_lesser(const MediaSpeaker *a, const MediaSpeaker *b)
{
    if (is_heard(a) != is_heard(b))
        return is_heard(b);
    return is_heard(a) ? a->level < b->level : a->spoke_us < b->spoke_us;
}

typedef struct {
    MediaSpeaker *of[MEDIA_SPEAKERS_LOUDEST];
    size_t n;
} Places;

static size_t
find_least(const Places *places)
{
    size_t least = 0;

    for (size_t i = 1; i < places->n; i++) {
        if (is_lesser(places->of[i], places->of[least]))
            least = i;
    }
    return least;
}

/* May somebody who has no place take the least place? */
static bool
may_replace(const MediaSpeaker *candidate, const MediaSpeaker *least)
{
    if (!is_heard(candidate))
        return false;
    return !is_heard(least) || candidate->level > least->level + LOUDER_BY;
}

static bool
is_idle(const MediaSpeaker *self, int64_t now_us)
{
    return self->heard_us == 0 || now_us - self->heard_us >= MEDIA_SPEAKERS_IDLE_US;
}

static void
choose(Places *places, MediaSpeaker *const *speakers, size_t n_speakers, int64_t now_us)
{
    for (size_t i = 0; i < n_speakers && places->n < MEDIA_SPEAKERS_LOUDEST; i++) {
        if (speakers[i]->forwarded && !speakers[i]->has_floor && !is_idle(speakers[i], now_us))
            places->of[places->n++] = speakers[i];
    }
    for (size_t i = 0; i < n_speakers; i++) {
        MediaSpeaker *candidate = speakers[i];
        size_t least;

        if (candidate->has_floor || is_idle(candidate, now_us))
            continue;
        for (least = 0; least < places->n && places->of[least] != candidate; least++)
            ;
        if (least < places->n)
            continue; /* has a place */
        if (places->n < MEDIA_SPEAKERS_LOUDEST) {
            places->of[places->n++] = candidate;
            continue;
        }
        least = find_least(places);
        if (may_replace(candidate, places->of[least]))
            places->of[least] = candidate;
    }
}

static bool
forward(MediaSpeaker *const *speakers, size_t n_speakers, int64_t now_us)
{
    Places places = { .n = 0 };
    size_t n_sending = 0;
    bool changed = false;

    for (size_t i = 0; i < n_speakers; i++)
        n_sending += !is_idle(speakers[i], now_us);
    bool all = n_sending <= MEDIA_SPEAKERS_ALL;
    if (!all)
        choose(&places, speakers, n_speakers, now_us);
    for (size_t i = 0; i < n_speakers; i++) {
        bool forwarded = all || speakers[i]->has_floor;

        for (size_t k = 0; k < places.n; k++)
            forwarded |= places.of[k] == speakers[i];
        changed |= forwarded != speakers[i]->forwarded;
        speakers[i]->forwarded = forwarded;
    }
    return changed;
}

unsigned
media_speakers_decide(MediaSpeaker *const *speakers, size_t n_speakers, int64_t now_us)
{
    unsigned changed = 0;

    for (size_t i = 0; i < n_speakers; i++)
        changed |= judge(speakers[i], now_us) ? MEDIA_SPEAKERS_SPEAKING : 0;
    changed |= forward(speakers, n_speakers, now_us) ? MEDIA_SPEAKERS_FORWARDED : 0;
    return changed;
}
