#include "signaling/origin.h"

#include "signaling/address.h"

static const char *const more[] = { "https://console.example", NULL };

typedef struct {
    const char *host, *origin;
    bool tls, allowed;
} Case;

static const Case cases[] = {
    { "gateway.example:8443", "https://gateway.example:8443", true, true },
    { "gateway.example", "https://gateway.example", true, true },
    { "gateway.example", "https://GATEWAY.example", true, true },
    { "gateway.example:443", "https://gateway.example", true, true },
    { "gateway.example", "https://gateway.example:443", true, true },
    { "[::1]:8443", "https://[::1]:8443", true, true },
    { "gateway.example", "https://console.example", true, true },
    { "localhost:8080", "http://localhost:8080", false, true },
    { "localhost", "http://localhost:80", false, true },
    { "gateway.example", "https://gateway.example", false, true },
    { "gateway.example", "http://gateway.example", true, false },
    { "gateway.example", "http://console.example", true, false },
    { "gateway.example", "https://evil.example", true, false },
    { "gateway.example", "https://gateway.example.evil.example", true, false },
    { "gateway.example", "https://evil.example/gateway.example", true, false },
    { "gateway.example", "https://gateway.example:8443", true, false },
    { "gateway.example:8443", "https://gateway.example:443", true, false },
    { "gateway.example", "null", true, false },
    { "gateway.example", "", true, false },
    { "gateway.example", "file://", true, false },
    { "gateway.example", "gateway.example", true, false },
    { "", "https://", true, false },
    { NULL, "https://gateway.example", true, false },
};

static void
test_table(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        SigOrigins origins = { cases[i].host, cases[i].tls, more };

        g_test_message("%s at %s", cases[i].origin, cases[i].host != NULL ? cases[i].host : "no host");
        g_assert_cmpint(sig_origin_is_allowed(&origins, cases[i].origin), ==, cases[i].allowed);
    }
}

static void
test_upgrade(void)
{
    SigOrigins origins = { "a.example", true, NULL };

    g_assert_true(sig_origin_may_upgrade(&origins, "https://a.example", true));
    g_assert_true(sig_origin_may_upgrade(&origins, "https://a.example", false));
    g_assert_true(sig_origin_may_upgrade(&origins, NULL, false));
    g_assert_false(sig_origin_may_upgrade(&origins, NULL, true));
    g_assert_false(sig_origin_may_upgrade(&origins, "https://b.example", false));
}

static void
test_change(void)
{
    SigOrigins origins = { "a.example", true, NULL };

    g_assert_true(sig_origin_may_change(&origins, "https://a.example", true));
    g_assert_true(sig_origin_may_change(&origins, NULL, true));
    g_assert_true(sig_origin_may_change(&origins, "https://b.example", false));
    g_assert_false(sig_origin_may_change(&origins, "https://b.example", true));
    g_assert_false(sig_origin_may_change(&origins, "null", true));
}

typedef struct {
    const char *address, *network;
    bool in;
} NetworkCase;

static const NetworkCase network_cases[] = {
    { "10.1.2.3", "10.1.0.0/16", true },
    { "10.100.2.3", "10.1.0.0/16", false },
    { "10.1.2.3", "10.1", false },
    { "10.1.2.3", "10.1.2.3", true },
    { "10.1.2.30", "10.1.2.3", false },
    { "::1", "::1", true },
    { "2001:db8::7", "2001:db8::/32", true },
    { "10.1.2.3", "::/0", false },
    { "nonsense", "0.0.0.0/0", false },
};

static void
test_networks(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(network_cases); i++) {
        const char *const networks[] = { network_cases[i].network, NULL };

        g_test_message("%s in %s", network_cases[i].address, network_cases[i].network);
        g_assert_cmpint(sig_address_is_in(network_cases[i].address, networks), ==, network_cases[i].in);
    }
    g_assert_false(sig_network_is_valid("10.1"));
    g_assert_false(sig_network_is_valid("proxy.example"));
    g_assert_true(sig_network_is_valid("10.1.0.0/16"));
}

typedef struct {
    const char *peer, *forwarded, *client;
} ForwardedCase;

static const ForwardedCase forwarded_cases[] = {
    { "192.0.2.1", NULL, "192.0.2.1" },
    { "192.0.2.1", "198.51.100.9", "192.0.2.1" }, /* not a proxy of ours: what it says means nothing */
    { "10.0.0.1", "198.51.100.9", "198.51.100.9" },
    { "10.0.0.1", "1.1.1.1, 198.51.100.9", "198.51.100.9" }, /* what the client itself wrote further left */
    { "10.0.0.1", "198.51.100.9, 10.0.0.2", "198.51.100.9" },
    { "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3" },
    { "10.0.0.1", "nonsense", "10.0.0.1" },
    { "10.0.0.1", "", "10.0.0.1" },
    { "10.0.0.1", "198.51.100.9, ", "10.0.0.1" },
};

static void
test_forwarded(void)
{
    const char *const trusted[] = { "10.0.0.0/24", NULL };

    for (unsigned i = 0; i < G_N_ELEMENTS(forwarded_cases); i++) {
        g_autofree char *client =
            sig_address_from_forwarded(forwarded_cases[i].peer, forwarded_cases[i].forwarded, trusted);

        g_assert_cmpstr(client, ==, forwarded_cases[i].client);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signaling/origin/table", test_table);
    g_test_add_func("/signaling/origin/cookies-without-origin-do-not-upgrade", test_upgrade);
    g_test_add_func("/signaling/origin/a-foreign-page-cannot-use-cookies", test_change);
    g_test_add_func("/signaling/address/networks-are-exact", test_networks);
    g_test_add_func("/signaling/address/only-proxies-are-believed", test_forwarded);
    return g_test_run();
}
