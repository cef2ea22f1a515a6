#include "signaling/path.h"

/* On one line, whatever it holds. */
static void
say(const char *text)
{
    g_autofree char *escaped = g_strescape(text, NULL);

    g_test_message("%.200s", escaped);
}

typedef struct {
    const char *path, *segments; /* joined by '|'; NULL: refused */
} SplitCase;

static const SplitCase split_cases[] = {
    { "/", "" },
    { "/a", "a" },
    { "/a/", "a|" },
    { "/visit/A%20B", "visit|A B" },
    { "/%E8%BF%9C", "\xe8\xbf\x9c" },
    { "/a.b/..c/d..", "a.b|..c|d.." },
    { "/100%25", "100%" },
    { "", NULL },
    { "a", NULL },
    { "//", NULL },
    { "/a//b", NULL },
    { "/..", NULL },
    { "/../etc/passwd", NULL },
    { "/a/../b", NULL },
    { "/a/./b", NULL },
    { "/%2e%2e/b", NULL },
    { "/.%2e/b", NULL },
    { "/%252e%252e/b", NULL },
    { "/a%2fb", NULL },
    { "/a%2Fb", NULL },
    { "/a%5cb", NULL },
    { "/a\\b", NULL },
    { "/a%00b", NULL },
    { "/a%0ab", NULL },
    { "/a%0db", NULL },
    { "/a%7f", NULL },
    { "/%c0%af", NULL },
    { "/%ff", NULL },
    { "/%", NULL },
    { "/%4", NULL },
    { "/%zz", NULL },
};

static void
test_split(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(split_cases); i++) {
        g_auto(GStrv) segments = sig_path_split(split_cases[i].path);
        g_autofree char *joined = segments != NULL ? g_strjoinv("|", segments) : NULL;

        say(split_cases[i].path);
        g_assert_cmpstr(joined, ==, split_cases[i].segments);
    }
}

static void
test_limits(void)
{
    g_autoptr(GString) path = g_string_new(NULL);
    g_auto(GStrv) fits = NULL, many = NULL, lengthy = NULL;
    g_autofree char *long_path = g_strnfill(SIG_PATH_MAX_LENGTH + 1, 'x');

    for (unsigned i = 0; i < SIG_PATH_MAX_SEGMENTS; i++)
        g_string_append(path, "/a");
    fits = sig_path_split(path->str);
    g_assert_cmpuint(g_strv_length(fits), ==, SIG_PATH_MAX_SEGMENTS);
    g_string_append(path, "/a");
    many = sig_path_split(path->str);
    g_assert_null(many);
    long_path[0] = '/';
    lengthy = sig_path_split(long_path);
    g_assert_null(lengthy);
}

typedef struct {
    const char *pattern, *path;
    bool matches;
    const char *a;
} MatchCase;

static const MatchCase match_cases[] = {
    { "/", "/", true, NULL },
    { "/api/v1/{a}", "/api/v1/x", true, "x" },
    { "/api/v1/{a}", "/api/v1/x%20y", true, "x y" },
    { "/api/{b}/{a}", "/api/v1/x", true, "x" },
    { "/api/{a}/end", "/api/v1/end", true, "v1" },
    { "/api/v1/{a}", "/api/v1", false, NULL },
    { "/api/v1/{a}", "/api/v1/", false, NULL },
    { "/api/v1/{a}", "/api/v1/x/", false, NULL },
    { "/api/v1/{a}", "/api/v1/x/y", false, NULL },
    { "/api/v1/{a}", "/api/v11/x", false, NULL },
    { "/api/v1/{a}", "/api/v/x", false, NULL },
    { "/metrics", "/metrics", true, NULL },
    { "/metrics", "/metrics/", false, NULL },
    { "/metrics", "/Metrics", false, NULL },
};

static void
test_match(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(match_cases); i++) {
        const MatchCase *c = &match_cases[i];
        g_auto(GStrv) segments = sig_path_split(c->path);
        g_autoptr(SigPairs) params = sig_pairs_new();

        g_test_message("%s %s", c->pattern, c->path);
        g_assert_cmpint(sig_path_match(c->pattern, (const char *const *)segments, params), ==, c->matches);
        if (c->matches)
            g_assert_cmpstr(sig_pairs_get(params, "a"), ==, c->a);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signaling/path/traversal", test_split);
    g_test_add_func("/signaling/path/limits", test_limits);
    g_test_add_func("/signaling/path/patterns", test_match);
    return g_test_run();
}
