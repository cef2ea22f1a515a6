#include <curl/curl.h>

#include "recorder/evidence/timestamp.h"

enum { MAX_REDIRECTS = 0, CONNECT_TIMEOUT_S = 10 };

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

static size_t
on_body(char *data, size_t size, size_t n, void *user_data)
{
    GByteArray *body = user_data;

    if (body->len + size * n > REC_TIMESTAMP_MAX_BYTES)
        return 0;
    g_byte_array_append(body, (const uint8_t *)data, (guint)(size * n));
    return size * n;
}

static void
set_options(CURL *curl, const char *url, GBytes *request, unsigned timeout_s)
{
    gsize size = 0;
    const void *bytes = g_bytes_get_data(request, &size);

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)timeout_s);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, bytes);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)size);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
}

/* libcurl: it speaks TLS, proxies and chunked answers, none of which we want to write for one request an hour. */
GBytes *
rec_timestamp_fetch(const char *url, GBytes *request, unsigned timeout_s, GError **error)
{
    g_autoptr(GByteArray) body = g_byte_array_new();
    g_autoptr(HeaderList) headers = curl_slist_append(NULL, "Content-Type: application/timestamp-query");
    g_autoptr(CURL) curl = NULL;
    long status = 0;

    init_once();
    curl = curl_easy_init();
    if (curl == NULL) {
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_UNAVAILABLE, "libcurl cannot start");
        return NULL;
    }
    set_options(curl, url, request, timeout_s);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status != 200) {
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_UNAVAILABLE, "%s: %s (HTTP %ld)", url,
                    code != CURLE_OK ? curl_easy_strerror(code) : "it refuses", status);
        return NULL;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&body));
}
