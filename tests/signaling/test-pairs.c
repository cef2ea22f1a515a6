#include "signaling/pairs.h"

typedef struct {
    const char *text, *pairs; /* "name=value;..." as read */
} Case;

static const Case queries[] = {
    { NULL, "" },
    { "", "" },
    { "a=1&b=2", "a=1;b=2;" },
    { "a=x%20y+z", "a=x y z;" },
    { "a", "a=;" },
    { "a=b=c", "a=b=c;" },
    { "a=%26%3D", "a=&=;" },
    { "&&a=1&", "a=1;" },
    { "=1&a=2", "a=2;" },
    { "a=%0d%0aSet-Cookie", "" },
    { "a=%00", "" },
    { "a=%ff", "" },
    { "a=%zz&b=1", "b=1;" },
    { "a=1&a=2", "a=1;a=2;" },
    { "n=%E8%BF%9C", "n=\xe8\xbf\x9c;" },
};

static const Case cookies[] = {
    { NULL, "" },
    { "", "" },
    { "a=1; b=2", "a=1;b=2;" },
    { "a=1;b=2", "a=1;b=2;" },
    { "a=\"x y\"", "a=x y;" },
    { "a=b=c", "a=b=c;" },
    { "a=", "a=;" },
    { "novalue; a=1", "a=1;" },
    { "=x; a=1", "a=1;" },
    { ";;;", "" },
    { "a=%41", "a=%41;" },
    { "a=\"", "a=\";" },
};

static void
check(SigPairs *taken, const Case *c)
{
    g_autoptr(SigPairs) pairs = taken;
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned i = 0; i < sig_pairs_get_length(pairs); i++)
        g_string_append_printf(text, "%s=%s;", sig_pairs_get_name(pairs, i), sig_pairs_get_value(pairs, i));
    g_assert_cmpstr(text->str, ==, c->pairs);
}

static void
test_queries(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(queries); i++)
        check(sig_pairs_new_from_query(queries[i].text), &queries[i]);
}

static void
test_cookies(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cookies); i++)
        check(sig_pairs_new_from_cookies(cookies[i].text), &cookies[i]);
}

static void
test_limit(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(SigPairs) query = NULL, jar = NULL;

    for (unsigned i = 0; i < 2 * SIG_PAIRS_MAX; i++)
        g_string_append_printf(text, "a%u=1&", i);
    query = sig_pairs_new_from_query(text->str);
    g_assert_cmpuint(sig_pairs_get_length(query), ==, SIG_PAIRS_MAX);
    g_string_replace(text, "&", ";", 0);
    jar = sig_pairs_new_from_cookies(text->str);
    g_assert_cmpuint(sig_pairs_get_length(jar), ==, SIG_PAIRS_MAX);
}

static void
test_first_counts(void)
{
    g_autoptr(SigPairs) jar = sig_pairs_new_from_cookies("s=first; s=second");

    g_assert_cmpstr(sig_pairs_get(jar, "s"), ==, "first");
    g_assert_null(sig_pairs_get(jar, "S"));
    g_assert_null(sig_pairs_get(NULL, "s"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signaling/pairs/queries", test_queries);
    g_test_add_func("/signaling/pairs/cookies", test_cookies);
    g_test_add_func("/signaling/pairs/more-than-the-limit-is-left-out", test_limit);
    g_test_add_func("/signaling/pairs/the-first-of-a-name-counts", test_first_counts);
    return g_test_run();
}
