#include "gateway/ice.h"

#include <string.h>

/* HMAC-SHA1 of RFC 2202's test case 2, and a name as coturn's own documents form it. */
static void
test_known_answers(void)
{
    g_autofree char *rfc = gw_ice_make_credential("Jefe", "what do ya want for nothing?");
    g_autofree char *rest = gw_ice_make_credential("north", "1433895918:ninefingers");

    g_assert_cmpstr(rfc, ==, "7/zfauXrL6LSdBbV8YTfnCWafHk=");
    g_assert_cmpstr(rest, ==, "jy8hTxmOO7UtEKXqSkSlvakPVYA=");
}

static void
test_servers(void)
{
    const char *stun[] = { "stun:192.0.2.1:3478", NULL };
    const char *turn[] = { "turn:192.0.2.1:3478", "turns:turn.example:443?transport=tcp", NULL };
    GwIceConfig config = { .stun = (char **)stun, .turn = (char **)turn, .turn_secret = "north", .turn_ttl_min = 10 };
    g_autoptr(JsonArray) servers = gw_ice_to_json(&config, "a:b\"c", 1000);

    g_assert_cmpuint(json_array_get_length(servers), ==, 2);
    JsonObject *first = json_array_get_object_element(servers, 0), *second = json_array_get_object_element(servers, 1);
    g_assert_false(json_object_has_member(first, "username"));
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(second, "urls")), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(second, "username"), ==, "1600:a_b_c");
    g_autofree char *credential = gw_ice_make_credential("north", "1600:a_b_c");
    g_assert_cmpstr(json_object_get_string_member(second, "credential"), ==, credential);

    g_auto(GStrv) links = gw_ice_list_links(&config, "someone", 1000);
    g_assert_cmpuint(g_strv_length(links), ==, 3);
    g_assert_cmpstr(links[0], ==, "<stun:192.0.2.1:3478>; rel=\"ice-server\"");
    g_assert_true(g_str_has_prefix(links[1], "<turn:192.0.2.1:3478>; rel=\"ice-server\"; username=\"1600:someone\"; "
                                             "credential=\""));
    g_assert_true(g_str_has_suffix(links[1], "\"; credential-type=\"password\""));
    for (unsigned i = 0; i < 3; i++)
        g_assert_null(strstr(links[i], "north"));
}

static void
test_none(void)
{
    GwIceConfig config = { .turn_ttl_min = 10 };
    g_autoptr(JsonArray) servers = gw_ice_to_json(&config, "x", 0);
    g_auto(GStrv) links = gw_ice_list_links(&config, "x", 0);

    g_assert_cmpuint(json_array_get_length(servers), ==, 0);
    g_assert_cmpuint(g_strv_length(links), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ice/credentials-of-known-answers", test_known_answers);
    g_test_add_func("/ice/servers-with-credentials", test_servers);
    g_test_add_func("/ice/none", test_none);
    return g_test_run();
}
