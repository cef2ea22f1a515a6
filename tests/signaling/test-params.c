#include "signaling/params.h"

#include <string.h>

#include "signaling/json.h"

static const char *const kinds[] = { "meeting", "visit", NULL };
static const SigParam rows[] = {
    { "name", SIG_TYPE_STRING, .optional = true, .min = 2, .max = 8 },
    { "note", SIG_TYPE_STRING, .optional = true, .max = 2000 },
    { "sdp", SIG_TYPE_STRING, .optional = true, .max = 65536 },
    { "kind", SIG_TYPE_STRING, .optional = true, .values = kinds },
    { "level", SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = 10 },
    { "any", SIG_TYPE_INTEGER, .optional = true },
    { "gain", SIG_TYPE_NUMBER, .optional = true },
    { "on", SIG_TYPE_BOOLEAN, .optional = true },
    { "what", SIG_TYPE_OBJECT, .optional = true },
    { "list", SIG_TYPE_ARRAY, .optional = true, .min = 1, .max = 2 },
    { NULL },
};
static const SigParam needed[] = { { "id", SIG_TYPE_STRING }, { NULL } };

typedef struct {
    const char *params;
    const char *names; /* what the message must name; NULL: fine */
} Case;

static const Case cases[] = {
    { "{}", NULL },
    { "{\"name\":\"ab\"}", NULL },
    { "{\"name\":\"a\"}", "'name'" },
    { "{\"name\":\"123456789\"}", "'name'" },
    { "{\"name\":\"\xe8\xbf\x9c\xe8\xa7\x81\xe8\xbf\x9c\"}", "'name'" },
    { "{\"name\":\"a\\nb\"}", "'name'" },
    { "{\"name\":\"a\\rb\"}", "'name'" },
    { "{\"name\":\"a\\u001b[1m\"}", "'name'" },
    { "{\"name\":\"a\\u009b\"}", "'name'" },
    { "{\"name\":\"a\\u007f\"}", "'name'" },
    { "{\"name\":7}", "'name'" },
    { "{\"name\":null}", "'name'" },
    { "{\"name\":[\"ab\"]}", "'name'" },
    { "{\"note\":\"a\\n\\tb\"}", NULL },
    { "{\"note\":\"a\\r\\nb\"}", "'note'" },
    { "{\"sdp\":\"v=0\\r\\n\"}", NULL },
    { "{\"sdp\":\"v=0\\u0007\"}", "'sdp'" },
    { "{\"kind\":\"visit\"}", NULL },
    { "{\"kind\":\"party\"}", "meeting, visit" },
    { "{\"level\":10}", NULL },
    { "{\"level\":11}", "'level'" },
    { "{\"level\":-1}", "'level'" },
    { "{\"level\":1.0}", "'level'" },
    { "{\"level\":\"1\"}", "'level'" },
    { "{\"any\":-9223372036854775808}", NULL },
    { "{\"any\":9223372036854775808}", "'any'" },
    { "{\"gain\":1}", NULL },
    { "{\"gain\":0.5}", NULL },
    { "{\"gain\":true}", "'gain'" },
    { "{\"on\":true}", NULL },
    { "{\"on\":1}", "'on'" },
    { "{\"what\":{}}", NULL },
    { "{\"what\":[]}", "'what'" },
    { "{\"list\":[1]}", NULL },
    { "{\"list\":[]}", "'list'" },
    { "{\"list\":[1,2,3]}", "'list'" },
    { "{\"other\":1}", "'other'" },
};

static void
check(const SigParam *table, const char *text, const char *names)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = sig_json_parse(text, strlen(text), &error);
    bool fine;

    g_test_message("%s", text);
    g_assert_no_error(error);
    fine = sig_params_check(table, json_node_get_object(node), &error);
    g_assert_cmpint(fine, ==, names == NULL);
    if (names == NULL) {
        g_assert_no_error(error);
        return;
    }
    g_assert_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS);
    g_assert_nonnull(strstr(error->message, names));
}

static void
test_table(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        check(rows, cases[i].params, cases[i].names);
}

static void
test_missing(void)
{
    check(needed, "{}", "'id' is missing");
    check(needed, "{\"id\":\"x\"}", NULL);
}

static void
test_none(void)
{
    check(NULL, "{}", NULL);
    check(NULL, "{\"x\":1}", "'x'");
}

static void
test_default_length(void)
{
    g_autofree char *name = g_strnfill(SIG_PARAMS_LINE + 1, 'x');
    g_autofree char *over = g_strdup_printf("{\"id\":\"%s\"}", name), *fits = NULL;

    check(needed, over, "'id'");
    name[SIG_PARAMS_LINE] = '\0';
    fits = g_strdup_printf("{\"id\":\"%s\"}", name);
    check(needed, fits, NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signaling/params/table", test_table);
    g_test_add_func("/signaling/params/what-is-needed-may-not-be-missing", test_missing);
    g_test_add_func("/signaling/params/no-rows-take-no-parameters", test_none);
    g_test_add_func("/signaling/params/a-text-has-a-limit-by-default", test_default_length);
    return g_test_run();
}
