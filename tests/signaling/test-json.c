#include "signaling/json.h"

#include <math.h>
#include <string.h>

#include "signaling/error.h"

/* On one line, whatever it holds. */
static void
say(const char *text)
{
    g_autofree char *escaped = g_strescape(text, NULL);

    g_test_message("%.200s", escaped);
}

typedef struct {
    const char *text, *written; /* NULL: refused */
} Case;

static const Case cases[] = {
    { "{}", "{}" },
    { " [1, -2, 3.5, 1e2, true, false, null, \"a\"] ", "[1,-2,3.5,100.0,true,false,null,\"a\"]" },
    { "{\"a\":{\"b\":[{}]}}", "{\"a\":{\"b\":[{}]}}" },
    { "9223372036854775807", "9223372036854775807" },
    { "[1e20,-1e-300,9223372036854775808]", "[1e+20,-1e-300,9.2233720368547758e+18]" },
    { "\"\\u00e9\\ud83d\\ude00\\n\"", "\"\xc3\xa9\xf0\x9f\x98\x80\\u000a\"" },
    { "", NULL },
    { "  ", NULL },
    { "{", NULL },
    { "[1,]", NULL },
    { "{\"a\":1,}", NULL },
    { "{\"a\" 1}", NULL },
    { "{a:1}", NULL },
    { "{'a':1}", NULL },
    { "[1] x", NULL },
    { "{}{}", NULL },
    { "// c\n{}", NULL },
    { "\xef\xbb\xbf{}", NULL },
    { "{\"a\":1,\"a\":2}", NULL },
    { "{\"a\":1,\"\\u0061\":2}", NULL },
    { "1e999", NULL },
    { "-1e999", NULL },
    { "01", NULL },
    { "+1", NULL },
    { "1.", NULL },
    { ".5", NULL },
    { "NaN", NULL },
    { "Infinity", NULL },
    { "0x10", NULL },
    { "tru", NULL },
    { "\"\\ud800\"", NULL },
    { "\"\\udc00\"", NULL },
    { "\"\\ud800\\u0041\"", NULL },
    { "\"\\u0000\"", NULL },
    { "\"\\x41\"", NULL },
    { "\"a\nb\"", NULL },
    { "\"a", NULL },
    { "\"\xff\"", NULL },
    { "\"\xc0\xaf\"", NULL },
    { "\"\xed\xa0\x80\"", NULL },
};

static void
test_table(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(JsonNode) node = sig_json_parse(cases[i].text, strlen(cases[i].text), &error);

        say(cases[i].text);
        if (cases[i].written == NULL) {
            g_assert_null(node);
            g_assert_error(error, SIG_ERROR, SIG_ERROR_PARSE);
        } else {
            g_autofree char *written = NULL;

            g_assert_no_error(error);
            written = sig_json_to_text(node);
            g_assert_cmpstr(written, ==, cases[i].written);
        }
    }
}

static JsonNode *
parse_repeated(const char *open, const char *middle, const char *close, unsigned n, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned i = 0; i < n; i++)
        g_string_append(text, open);
    g_string_append(text, middle);
    for (unsigned i = 0; i < n; i++)
        g_string_append(text, close);
    return sig_json_parse(text->str, text->len, error);
}

static void
test_depth(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) fits = parse_repeated("[", "", "]", SIG_JSON_MAX_DEPTH, &error);
    JsonNode *deep;

    g_assert_no_error(error);
    g_assert_nonnull(fits);
    deep = parse_repeated("{\"a\":", "1", "}", SIG_JSON_MAX_DEPTH + 1, &error);
    g_assert_null(deep);
    g_assert_error(error, SIG_ERROR, SIG_ERROR_PARSE);
    g_clear_error(&error);
    deep = parse_repeated("[", "", "", 100000, &error);
    g_assert_null(deep);
    g_assert_error(error, SIG_ERROR, SIG_ERROR_PARSE);
}

static void
test_values(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) many = NULL;
    g_autoptr(GString) text = g_string_new("[1");

    for (unsigned i = 0; i < SIG_JSON_MAX_NODES - 2; i++)
        g_string_append(text, ",1");
    g_string_append_c(text, ']');
    many = sig_json_parse(text->str, text->len, &error);
    g_assert_no_error(error);
    g_clear_pointer(&many, json_node_unref);
    g_string_truncate(text, text->len - 1);
    g_string_append(text, ",1]");
    many = sig_json_parse(text->str, text->len, &error);
    g_assert_error(error, SIG_ERROR, SIG_ERROR_PARSE);
}

static void
test_size(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strnfill(SIG_JSON_MAX_SIZE + 1, ' ');
    g_autoptr(JsonNode) node = NULL;

    text[0] = '1';
    node = sig_json_parse(text, SIG_JSON_MAX_SIZE, &error);
    g_assert_no_error(error);
    g_clear_pointer(&node, json_node_unref);
    node = sig_json_parse(text, SIG_JSON_MAX_SIZE + 1, &error);
    g_assert_error(error, SIG_ERROR, SIG_ERROR_TOO_LARGE);
}

static void
test_nul_inside(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = sig_json_parse("{}\0{}", 5, &error);

    g_assert_null(node);
    g_assert_error(error, SIG_ERROR, SIG_ERROR_PARSE);
}

static void
test_not_finite(void)
{
    g_autoptr(JsonNode) node = json_node_init_double(json_node_alloc(), INFINITY);
    g_autofree char *text = sig_json_to_text(node);

    g_assert_cmpstr(text, ==, "null");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signaling/json/table", test_table);
    g_test_add_func("/signaling/json/deeper-than-the-limit-is-refused", test_depth);
    g_test_add_func("/signaling/json/more-values-than-the-limit-are-refused", test_values);
    g_test_add_func("/signaling/json/larger-than-the-limit-is-refused", test_size);
    g_test_add_func("/signaling/json/a-nul-byte-is-refused", test_nul_inside);
    g_test_add_func("/signaling/json/what-is-not-finite-is-written-as-null", test_not_finite);
    return g_test_run();
}
