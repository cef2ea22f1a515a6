#include "media/layer-choice.h"

#include <glib.h>

enum { TOLERANCE = 10 }; /* 1/10: what is measured swings by that much by itself */

static bool
fits(const MediaLayerOption *option, uint64_t budget)
{
    return budget == UINT32_MAX || option->bitrate <= budget;
}

static size_t
find_best(const MediaLayerOption *options, size_t n_options, uint64_t budget)
{
    size_t cheapest = 0;

    for (size_t i = n_options; i-- > 0;) {
        if (fits(&options[i], budget))
            return i;
        if (options[i].bitrate <= options[cheapest].bitrate)
            cheapest = i;
    }
    return cheapest;
}

/* n_options: it does not flow any more. */
static size_t
find_chosen(const MediaLayerChoice *self, const MediaLayerOption *options, size_t n_options)
{
    size_t i = self->chosen ? 0 : n_options;

    while (i < n_options && (options[i].encoding != self->encoding || options[i].temporal != self->temporal))
        i++;
    return i;
}

static size_t
take(MediaLayerChoice *self, const MediaLayerOption *options, size_t i)
{
    self->chosen = true;
    self->encoding = options[i].encoding;
    self->temporal = options[i].temporal;
    self->fits_since_us = 0;
    return i;
}

static void
note_down(MediaLayerChoice *self, int64_t now_us)
{
    bool failed = self->up_us != 0 && now_us - self->up_us < MEDIA_LAYER_TRIAL_US;

    self->hold_us = failed ? MIN(2 * self->hold_us, MEDIA_LAYER_MAX_HOLD_US) : MEDIA_LAYER_HOLD_US;
    self->up_us = 0;
}

size_t
media_layer_choice_pick(MediaLayerChoice *self, const MediaLayerOption *options, size_t n_options, uint32_t budget,
                        int64_t now_us)
{
    size_t now = find_chosen(self, options, n_options);
    uint64_t limit = budget;

    self->hold_us = MAX(self->hold_us, MEDIA_LAYER_HOLD_US);
    if (now == n_options)
        return take(self, options, find_best(options, n_options, limit));
    if (budget != UINT32_MAX && !fits(&options[now], limit + limit / TOLERANCE)) {
        size_t best = find_best(options, n_options, limit);
        if (best != now)
            note_down(self, now_us);
        return take(self, options, best);
    }

    size_t best = find_best(options, n_options, budget == UINT32_MAX ? limit : limit - limit / TOLERANCE);
    if (best <= now) {
        self->fits_since_us = 0;
        return now;
    }
    if (self->fits_since_us == 0)
        self->fits_since_us = now_us;
    if (now_us - self->fits_since_us < self->hold_us)
        return now;
    self->up_us = now_us;
    return take(self, options, best);
}
