#include "recorder/seal/curve.h"

#include <stdlib.h>

enum {
    MAX_DRIFT_PPM = 300,
};
static const int64_t WINDOW_US = 60 * G_USEC_PER_SEC;
static const int64_t JUMP_US = 1 * G_USEC_PER_SEC;

typedef struct {
    int64_t x_us, y_us;
} Point;

struct SealCurve {
    GArray *points;      /* Point, by x; the least of each window */
    GHashTable *windows; /* number -> Point *, owned; until finished */
};

SealCurve *
seal_curve_new(void)
{
    SealCurve *self = g_new0(SealCurve, 1);

    self->points = g_array_new(FALSE, FALSE, sizeof(Point));
    self->windows = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    return self;
}

void
seal_curve_free(SealCurve *self)
{
    if (!self)
        return;
    g_array_unref(self->points);
    g_hash_table_unref(self->windows);
    g_free(self);
}

static int64_t
get_window(int64_t x_us)
{
    return x_us >= 0 ? x_us / WINDOW_US : -((-x_us + WINDOW_US - 1) / WINDOW_US);
}

void
seal_curve_add(SealCurve *self, int64_t x_us, int64_t y_us)
{
    int64_t window = get_window(x_us);
    Point *point = g_hash_table_lookup(self->windows, &window);

    if (!point) {
        point = g_new(Point, 1);
        *point = (Point){ x_us, y_us };
        g_hash_table_insert(self->windows, g_memdup2(&window, sizeof window), point);
    } else if (y_us < point->y_us) {
        *point = (Point){ x_us, y_us };
    }
}

static int
compare_points(gconstpointer a, gconstpointer b)
{
    const Point *left = a, *right = b;

    return left->x_us < right->x_us ? -1 : left->x_us > right->x_us;
}

/* A point that is higher than drift from its neighbour explains had no undelayed sample. */
static void
lower(Point *point, const Point *neighbour)
{
    int64_t reach_us = llabs(point->x_us - neighbour->x_us) * MAX_DRIFT_PPM / 1000000;

    if (point->y_us - neighbour->y_us < JUMP_US)
        point->y_us = MIN(point->y_us, neighbour->y_us + reach_us);
}

void
seal_curve_finish(SealCurve *self)
{
    GHashTableIter iter;
    void *value;

    g_hash_table_iter_init(&iter, self->windows);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_array_append_val(self->points, *(Point *)value);
    g_hash_table_remove_all(self->windows);
    g_array_sort(self->points, compare_points);

    Point *points = (Point *)self->points->data;
    for (unsigned i = 1; i < self->points->len; i++)
        lower(&points[i], &points[i - 1]);
    for (unsigned i = self->points->len; i-- > 1;)
        lower(&points[i - 1], &points[i]);
}

unsigned
seal_curve_get_size(const SealCurve *self)
{
    return self->points->len;
}

int64_t
seal_curve_get(const SealCurve *self, int64_t x_us)
{
    const Point *points = (const Point *)self->points->data;
    unsigned low = 0, high = self->points->len;

    g_assert(high > 0);
    while (high - low > 1) { /* the last point at or before x_us, or the first of all */
        unsigned middle = (low + high) / 2;
        if (points[middle].x_us <= x_us)
            low = middle;
        else
            high = middle;
    }
    const Point *left = &points[low], *right = left + 1;
    if (x_us <= left->x_us || low + 1 == self->points->len || llabs(right->y_us - left->y_us) >= JUMP_US)
        return left->y_us;
    double part = (double)(x_us - left->x_us) / (double)(right->x_us - left->x_us);
    return left->y_us + (int64_t)((double)(right->y_us - left->y_us) * part);
}
