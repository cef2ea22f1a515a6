#include "gateway/admin/exposition.h"
#include "gateway/admin/media-metrics.h"

/* A strict reader of Prometheus' text: each metric has HELP, then TYPE, then its samples, once, all in one place. */
typedef struct {
    GHashTable *types;   /* name -> type */
    GHashTable *samples; /* name with labels -> number as text */
    char *open;          /* the metric whose samples may come */
} Reader;

static void
reader_clear(Reader *self)
{
    g_hash_table_unref(self->types);
    g_hash_table_unref(self->samples);
    g_free(self->open);
}

static bool
belongs(const Reader *self, const char *name)
{
    static const char *const parts[] = { "_bucket", "_sum", "_count" };

    if (g_strcmp0(g_hash_table_lookup(self->types, self->open), "histogram") != 0)
        return g_strcmp0(name, self->open) == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *part = g_strconcat(self->open, parts[i], NULL);
        if (g_strcmp0(name, part) == 0)
            return true;
    }
    return false;
}

static void
read_comment(Reader *self, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 4);

    g_assert_cmpuint(g_strv_length(words), ==, 4);
    g_assert_true(g_regex_match_simple("^yuanjian_[a-z][a-z0-9_]*$", words[2], 0, 0));
    if (g_str_equal(words[1], "HELP")) {
        g_assert_false(g_hash_table_contains(self->types, words[2]));
        g_assert_cmpuint(strlen(words[3]), >, 5);
        g_free(self->open);
        self->open = g_strdup(words[2]);
        return;
    }
    g_assert_cmpstr(words[1], ==, "TYPE");
    g_assert_cmpstr(words[2], ==, self->open);
    g_assert_true(g_regex_match_simple("^(counter|gauge|histogram)$", words[3], 0, 0));
    g_assert_cmpint(g_str_equal(words[3], "counter"), ==, g_str_has_suffix(words[2], "_total"));
    g_assert_true(g_hash_table_insert(self->types, g_strdup(words[2]), g_strdup(words[3])));
}

static void
read_sample(Reader *self, const char *line)
{
    static const char pattern[] = "^([a-z0-9_]+)(\\{[a-z_]+=\"(?:[^\"\\\\\n]|\\\\[\\\\n\"])*\""
                                  "(?:,[a-z_]+=\"(?:[^\"\\\\\n]|\\\\[\\\\n\"])*\")*\\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)$";
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    g_assert_nonnull(regex);
    if (!g_regex_match(regex, line, 0, &match))
        g_error("not a sample: %s", line);
    g_autofree char *name = g_match_info_fetch(match, 1), *labels = g_match_info_fetch(match, 2);
    g_assert_nonnull(self->open);
    g_assert_true(belongs(self, name));
    g_assert_true(g_hash_table_insert(self->samples, g_strconcat(name, labels, NULL), g_match_info_fetch(match, 3)));
}

static void
reader_init(Reader *self, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    unsigned n = g_strv_length(lines);

    self->types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->samples = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->open = NULL;
    g_assert_cmpstr(lines[n - 1], ==, ""); /* ends in a line end */
    for (unsigned i = 0; i + 1 < n; i++) {
        if (lines[i][0] == '#')
            read_comment(self, lines[i]);
        else
            read_sample(self, lines[i]);
    }
}

static double
get(const Reader *self, const char *sample)
{
    const char *value = g_hash_table_lookup(self->samples, sample);

    if (value == NULL)
        g_error("no sample %s", sample);
    return g_ascii_strtod(value, NULL);
}

static void
test_media(void)
{
    g_autoptr(GError) error = NULL;
    MediaNodeConfig config = { .n_workers = 2, .bind_address = "127.0.0.1" };
    g_autoptr(MediaNode) node = media_node_new(&config, &error);
    g_autoptr(GString) text = g_string_new(NULL);
    Reader reader;

    g_assert_no_error(error);
    MediaRoom *room = media_room_new(node);
    gw_media_metrics_add(text, node);
    reader_init(&reader, text->str);
    g_assert_cmpfloat(get(&reader, "yuanjian_media_workers"), ==, 2);
    g_assert_cmpfloat(get(&reader, "yuanjian_media_rooms"), ==, 1);
    g_assert_cmpfloat(get(&reader, "yuanjian_media_worker_users{worker=\"0\"}"), ==, 1);
    g_assert_cmpfloat(get(&reader, "yuanjian_media_worker_users{worker=\"1\"}"), ==, 0);
    g_assert_cmpfloat(get(&reader, "yuanjian_media_worker_busy_ratio{worker=\"1\"}"), <=, 1);
    g_assert_cmpfloat(get(&reader, "yuanjian_media_packets_total{direction=\"in\"}"), ==, 0);
    reader_clear(&reader);
    media_room_free(room);
}

/* What a peer has counted goes in once, and what goes away takes only what it is with it. */
static void
test_totals(void)
{
    MediaTotals *totals = media_totals_new();
    MediaTotalsView view = { 0 };
    int64_t counted[MEDIA_N_TOTALS] = { 0 }, now[MEDIA_N_TOTALS] = { 0 };
    const int64_t nothing[MEDIA_N_TOTALS] = { 0 };

    now[MEDIA_TOTAL_PACKETS_IN] = 100;
    now[MEDIA_TOTAL_PEERS] = 1;
    media_totals_account(totals, counted, now);
    now[MEDIA_TOTAL_PACKETS_IN] = 150;
    media_totals_account(totals, counted, now);
    media_totals_rebase(totals, counted, nothing);
    now[MEDIA_TOTAL_PACKETS_IN] = 7;
    media_totals_account(totals, counted, now);
    media_totals_read(totals, &view);
    g_assert_cmpint(view.values[MEDIA_TOTAL_PACKETS_IN], ==, 157);
    g_assert_cmpint(view.values[MEDIA_TOTAL_PEERS], ==, 1);
    media_totals_free(totals);
}

static void
test_joins(void)
{
    MediaTotals *totals = media_totals_new();
    MediaTotalsView view = { 0 };
    uint64_t n = 0;

    media_totals_add_join(totals, MEDIA_JOIN_WATCH, -5);
    media_totals_add_join(totals, MEDIA_JOIN_WATCH, 5000);
    media_totals_add_join(totals, MEDIA_JOIN_WATCH, 5001);
    media_totals_add_join(totals, MEDIA_JOIN_WATCH, INT64_C(3600) * G_USEC_PER_SEC);
    media_totals_read(totals, &view);
    g_assert_cmpuint(view.joins[MEDIA_JOIN_WATCH].n[0], ==, 2);
    g_assert_cmpuint(view.joins[MEDIA_JOIN_WATCH].n[1], ==, 1);
    g_assert_cmpuint(view.joins[MEDIA_JOIN_WATCH].n[MEDIA_N_JOIN_BUCKETS - 1], ==, 1);
    for (unsigned i = 0; i < MEDIA_N_JOIN_BUCKETS; i++)
        n += view.joins[MEDIA_JOIN_PUBLISH].n[i];
    g_assert_cmpuint(n, ==, 0);
    media_totals_free(totals);
}

static void
test_escaped(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Reader reader;

    gw_exposition_open(text, "strange", GW_METRIC_GAUGE, "A label with everything.");
    gw_exposition_add(text, "strange", "name", "a\"b\\c\nd", -1.5e-7);
    reader_init(&reader, text->str);
    g_assert_cmpfloat(get(&reader, "yuanjian_strange{name=\"a\\\"b\\\\c\\nd\"}"), ==, -1.5e-7);
    reader_clear(&reader);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/admin/metrics/media-figures-are-strict-prometheus", test_media);
    g_test_add_func("/admin/metrics/totals-keep-what-has-gone", test_totals);
    g_test_add_func("/admin/metrics/joins-by-their-bounds", test_joins);
    g_test_add_func("/admin/metrics/labels-are-escaped", test_escaped);
    return g_test_run();
}
