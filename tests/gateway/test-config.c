#include "gateway/config.h"

#include <glib/gstdio.h>

static GwConfig *
load(const char *text, GError **error)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("config-XXXXXX.conf", &path, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    GwConfig *config = gw_config_load(path, error);
    g_unlink(path);
    g_close(fd, NULL);
    return config;
}

static char *
read_documented(void)
{
    g_autofree char *path = g_build_filename(g_getenv("MESON_SOURCE_ROOT"), "conf", "yuanjian.conf", NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void
test_defaults(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GwConfig) config = gw_config_load(NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(config->listen_address, ==, "127.0.0.1");
    g_assert_cmpuint(config->listen_port, ==, 8080);
    g_assert_cmpuint(config->media.port, ==, 40000);
    g_assert_cmpuint(config->visit.grace_s, ==, 120);
    g_assert_true(gw_config_check(config, &error));
}

static void
test_documented_file_says_the_defaults(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = read_documented();
    g_autoptr(GRegex) comment = g_regex_new("^#([a-z-]+ =)", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *opened = g_regex_replace(comment, text, -1, 0, "\\1", 0, NULL);
    g_autoptr(GwConfig) config = load(opened, &error);
    g_autoptr(GwConfig) defaults = gw_config_load(NULL, NULL);

    g_assert_no_error(error);
    g_assert_cmpuint(config->listen_port, ==, defaults->listen_port);
    g_assert_cmpuint(config->media.port, ==, defaults->media.port);
    g_assert_cmpstr(config->media.bind, ==, defaults->media.bind);
    g_assert_cmpuint(config->recorder.journal_file_bytes, ==, defaults->recorder.journal_file_bytes);
    g_assert_cmpuint(config->visit.open_before_min, ==, defaults->visit.open_before_min);
    g_assert_cmpuint(config->visit.grace_s, ==, defaults->visit.grace_s);
    g_assert_cmpuint(config->visit.longest_min, ==, defaults->visit.longest_min);
    g_assert_true(gw_config_check(config, &error));
}

static void
test_every_key_is_documented(void)
{
    g_autofree char *text = read_documented();
    g_auto(GStrv) names = gw_config_list_keys();

    g_assert_cmpuint(g_strv_length(names), >, 15);
    for (char **name = names; *name != NULL; name++) {
        g_auto(GStrv) parts = g_strsplit(*name, ".", 2);
        g_autofree char *group = g_strdup_printf("\n[%s]\n", parts[0]);
        g_autofree char *key = g_strdup_printf("\n#%s =", parts[1]);
        const char *at = strstr(text, group);

        g_assert_nonnull(at);
        at = strstr(at, key);
        if (at == NULL)
            g_error("conf/yuanjian.conf does not describe [%s] %s", parts[0], parts[1]);
    }
}

static void
test_file_without_changes(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = read_documented();
    g_autoptr(GwConfig) config = load(text, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(config->data_dir, ==, "data");
}

static void
test_reads_values(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GwConfig) config = load("[server]\nlisten = [::1]:0\norigins = https://a.example  https://b.example\n"
                                      "[media]\nport=1234\nworkers = 2\n[recorder]\njournal-file-mb = 8\n",
                                      &error);

    g_assert_no_error(error);
    g_assert_cmpstr(config->listen_address, ==, "::1");
    g_assert_cmpuint(config->listen_port, ==, 0);
    g_assert_cmpuint(g_strv_length(config->origins), ==, 2);
    g_assert_cmpstr(config->origins[1], ==, "https://b.example");
    g_assert_cmpuint(config->media.port, ==, 1234);
    g_assert_cmpuint(config->media.workers, ==, 2);
    g_assert_cmpuint(config->recorder.journal_file_bytes, ==, 8 << 20);
}

static void
test_refuses(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "[server]\nlissen = 1\n", "[server] lissen" },
        { "[sever]\nlisten = 127.0.0.1:1\n", "[sever] listen" },
        { "[server]\nlisten = 8080\n", "[server] listen" },
        { "[server]\nlisten = 127.0.0.1:65536\n", "[server] listen" },
        { "[server]\nlisten = ::1:8080\n", "[server] listen" },
        { "[server]\nlisten = somewhere.example:80\n", "[server] listen" },
        { "[server]\nlisten = [127.0.0.1]:80\n", "[server] listen" },
        { "[media]\nport = -1\n", "[media] port" },
        { "[media]\nport = 40000x\n", "[media] port" },
        { "[media]\nworkers = 257\n", "[media] workers" },
        { "[visit]\ngrace = 0\n", "from 1 to 3600" },
        { "[visit]\nlongest = \n", "[visit] longest" },
        { "listen = 127.0.0.1:80\n", "group" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GwConfig) config = load(cases[i].text, &error);

        g_assert_null(config);
        g_assert_nonnull(error);
        if (strstr(error->message, cases[i].message) == NULL)
            g_error("case %zu: '%s' does not name '%s'", i, error->message, cases[i].message);
    }
}

static void
test_check(void)
{
    static const struct {
        const char *text;
        bool fine;
    } cases[] = {
        { "[server]\nlisten = 127.0.0.1:80\n", true },
        { "[server]\nlisten = 127.8.8.8:80\n", true },
        { "[server]\nlisten = localhost:80\n", true },
        { "[server]\nlisten = [::1]:80\n", true },
        { "[server]\nlisten = 0.0.0.0:80\n", false },
        { "[server]\nlisten = [::]:80\n", false },
        { "[server]\nlisten = 192.0.2.1:80\n", false },
        { "[server]\nlisten = 192.0.2.1:80\ncertificate = a.pem\n", false },
        { "[server]\nlisten = 192.0.2.1:80\ncertificate = a.pem\nkey = b.pem\n", true },
        { "[server]\nkey = b.pem\n", false },
        { "[server]\ndata = \n", false },
        { "[server]\npublic-url = https://visits.example/\n", false },
        { "[server]\npublic-url = https://visits.example\n", true },
        { "[media]\nbind = all\n", false },
        { "[server]\norigins = https://a.example http://b.example:8080\n", true },
        { "[server]\norigins = a.example\n", false },
        { "[server]\norigins = https://a.example/\n", false },
        { "[media]\naddresses = 192.0.2.1 2001:db8::1\n", true },
        { "[media]\naddresses = 192.0.2.1 gateway.example\n", false },
        { "[ice]\nstun = stun:192.0.2.1:3478\nturn = turns:turn.example:443?transport=tcp\nturn-secret = s\n", true },
        { "[ice]\nturn = turn:turn.example\n", false }, /* no secret */
        { "[ice]\nturn = stun:turn.example\nturn-secret = s\n", false },
        { "[ice]\nturn = turn:a\">\nturn-secret = s\n", false },
        { "[server]\ntrusted-proxies = 10.0.0.0/8 192.0.2.7 fd00::/8\n", true },
        { "[server]\ntrusted-proxies = 10.0.0.0/33\n", false },
        { "[server]\ntrusted-proxies = proxy.example\n", false },
        { "[ice]\nstun = turn.example\n", false },
        { "[archive]\ncipher = sm4-ctr-hmac-sm3\n", true },
        { "[archive]\ncipher = sm4-gcm\n", false }, /* OpenSSL 3.0 has none */
        { "[archive]\ncipher = \n", false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GwConfig) config = load(cases[i].text, &error);

        g_assert_no_error(error);
        if (gw_config_check(config, &error) != cases[i].fine)
            g_error("case %zu: %s", i, cases[i].text);
        g_assert_true((error == NULL) == cases[i].fine);
    }
}

static void
test_missing_file(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(gw_config_load("/nonexistent/yuanjian.conf", &error));
    g_assert_nonnull(strstr(error->message, "/nonexistent/yuanjian.conf"));
}

static void
test_zeros(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("config-XXXXXX.conf", &path, NULL);

    g_assert_true(g_file_set_contents(path, "\0\0\0[media]\nport = 1\n", 18, NULL));
    g_assert_null(gw_config_load(path, &error));
    g_assert_nonnull(strstr(error->message, "not text"));
    g_unlink(path);
    g_close(fd, NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/config/defaults", test_defaults);
    g_test_add_func("/gateway/config/documented-file-says-the-defaults", test_documented_file_says_the_defaults);
    g_test_add_func("/gateway/config/every-key-is-documented", test_every_key_is_documented);
    g_test_add_func("/gateway/config/file-without-changes", test_file_without_changes);
    g_test_add_func("/gateway/config/reads-values", test_reads_values);
    g_test_add_func("/gateway/config/refuses", test_refuses);
    g_test_add_func("/gateway/config/check", test_check);
    g_test_add_func("/gateway/config/missing-file", test_missing_file);
    g_test_add_func("/gateway/config/zeros-are-not-defaults", test_zeros);
    return g_test_run();
}
