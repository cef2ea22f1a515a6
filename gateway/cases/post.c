#include "gateway/cases/post.h"

#include <curl/curl.h>
#include <gio/gio.h>
#include <string.h>

enum { CONNECT_TIMEOUT_S = 10, FIRST_GOOD = 200, LAST_GOOD = 299 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURL, curl_easy_cleanup)
typedef struct curl_slist HeaderList;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HeaderList, curl_slist_free_all)

static void
init_once(void)
{
    static gsize ready;

    if (g_once_init_enter(&ready)) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        g_once_init_leave(&ready, 1);
    }
}

/* What it answers is of no use to us; too much of it is an error. */
static size_t
on_body(char *data, size_t size, size_t n, void *user_data)
{
    size_t *total = user_data;

    (void)data;
    *total += size * n;
    return *total > GW_POST_MAX_ANSWER ? 0 : size * n;
}

static void
set_options(CURL *curl, const char *url, const char *body)
{
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)GW_POST_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
}

bool
gw_post_json(const char *url, const char *body, const char *signature, GError **error)
{
    g_autofree char *line = signature != NULL ? g_strconcat("X-Yuanjian-Signature: sha256=", signature, NULL) : NULL;
    g_autoptr(HeaderList) headers = curl_slist_append(NULL, "Content-Type: application/json");
    g_autoptr(CURL) curl = NULL;
    long status = 0;
    size_t total = 0;

    init_once();
    curl = curl_easy_init();
    if (curl == NULL) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, "libcurl cannot start");
        return false;
    }
    if (line != NULL)
        headers = curl_slist_append(g_steal_pointer(&headers), line);
    set_options(curl, url, body);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &total);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK && status >= FIRST_GOOD && status <= LAST_GOOD)
        return true;
    if (code != CURLE_OK)
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, curl_easy_strerror(code));
    else
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "HTTP %ld", status);
    return false;
}

char *
gw_post_get_host(const char *url)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_PARSE_RELAXED, NULL);
    const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;

    if (host == NULL || *host == '\0' || g_uri_get_user(uri) != NULL || strpbrk(url, " \r\n\t\\") != NULL ||
        (strcmp(g_uri_get_scheme(uri), "http") != 0 && strcmp(g_uri_get_scheme(uri), "https") != 0))
        return NULL;
    return g_uri_get_port(uri) > 0 ? g_strdup_printf("%s:%d", host, g_uri_get_port(uri)) : g_strdup(host);
}
