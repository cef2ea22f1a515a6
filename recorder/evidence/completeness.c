#include "recorder/evidence/completeness.h"

typedef struct {
    int64_t from_us, to_us;
} Span;

static int64_t
get_number(JsonObject *object, const char *name)
{
    return json_object_get_int_member_with_default(object, name, 0);
}

static int
compare(const void *a, const void *b)
{
    const Span *left = a, *right = b;

    return left->from_us < right->from_us ? -1 : left->from_us > right->from_us;
}

static int64_t
get_union_us(GArray *spans)
{
    int64_t sum = 0, end = 0;

    g_array_sort(spans, compare);
    for (guint i = 0; i < spans->len; i++) {
        const Span *span = &g_array_index(spans, Span, i);
        int64_t from = MAX(span->from_us, end);
        sum += MAX(span->to_us - from, 0);
        end = MAX(end, span->to_us);
    }
    return sum;
}

static void
add_gap(JsonArray *gaps, const char *track, const Span *span, const char *cause)
{
    JsonObject *gap = json_object_new();

    json_object_set_string_member(gap, "track", track);
    json_object_set_int_member(gap, "from_us", span->from_us);
    json_object_set_int_member(gap, "to_us", span->to_us);
    json_object_set_string_member(gap, "cause", cause);
    json_array_add_object_element(gaps, gap);
}

/* of: a file, or a party whose gaps name their tracks. */
static void
add_gaps(JsonObject *of, int64_t duration_us, GArray *spans, JsonArray *gaps)
{
    JsonArray *own = json_object_has_member(of, "gaps") ? json_object_get_array_member(of, "gaps") : NULL;
    const char *track = json_object_get_string_member_with_default(of, "track", "");

    for (guint i = 0; own != NULL && i < json_array_get_length(own); i++) {
        JsonObject *gap = json_array_get_object_element(own, i);
        Span span = { CLAMP(get_number(gap, "from_us"), 0, duration_us),
                      CLAMP(get_number(gap, "to_us"), 0, duration_us) };
        if (span.to_us <= span.from_us)
            continue;
        g_array_append_val(spans, span);
        add_gap(gaps, json_object_get_string_member_with_default(gap, "track", track), &span,
                json_object_get_string_member_with_default(gap, "cause", "network"));
    }
}

/* NULL: the sealer did not count (before it knew how to), or knows nobody of that name. */
static JsonObject *
find_counted(JsonObject *recording, const char *party)
{
    JsonArray *parties =
        json_object_has_member(recording, "parties") ? json_object_get_array_member(recording, "parties") : NULL;

    for (guint i = 0; parties != NULL && i < json_array_get_length(parties); i++) {
        JsonObject *counted = json_array_get_object_element(parties, i);
        if (g_strcmp0(json_object_get_string_member_with_default(counted, "party", NULL), party) == 0)
            return counted;
    }
    return NULL;
}

/* Of what the files say: whoever came was expected until the end. */
static int64_t
add_gaps_of_files(JsonObject *recording, const char *party, GArray *spans, JsonArray *gaps)
{
    JsonArray *files = json_object_get_array_member(recording, "files");
    int64_t duration_us = get_number(recording, "duration_us"), began_us = duration_us;

    for (guint i = 0; i < json_array_get_length(files); i++) {
        JsonObject *file = json_array_get_object_element(files, i);
        if (g_strcmp0(json_object_get_string_member_with_default(file, "party", NULL), party) != 0)
            continue;
        began_us = MIN(began_us, MAX(get_number(file, "start_us"), 0));
        add_gaps(file, duration_us, spans, gaps);
    }
    return duration_us - began_us;
}

JsonObject *
rec_completeness_of(JsonObject *recording, const char *party)
{
    g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(Span));
    JsonObject *completeness = json_object_new(), *counted = find_counted(recording, party);
    JsonArray *gaps = json_array_new();
    int64_t expected_us;

    if (counted != NULL) {
        expected_us = get_number(counted, "expected_us");
        add_gaps(counted, get_number(recording, "duration_us"), spans, gaps);
    } else {
        expected_us = add_gaps_of_files(recording, party, spans, gaps);
    }
    int64_t missing_us = get_union_us(spans);
    json_object_set_int_member(completeness, "expected_us", MAX(expected_us, missing_us));
    json_object_set_int_member(completeness, "missing_us", missing_us);
    json_object_set_array_member(completeness, "gaps", gaps);
    return completeness;
}
