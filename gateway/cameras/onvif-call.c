#include "gateway/cameras/onvif-call.h"

#include <curl/curl.h>
#include <openssl/rand.h>
#include <string.h>

#include "signaling/error.h"

enum {
    CONNECT_MS = 2500,
    ANSWER_MS = 5000,
    NONCE_BYTES = 16,
    MAX_PICTURE = 8 * 1024 * 1024,
};

static const char security[] =
    "<s:Header><Security s:mustUnderstand=\"1\" xmlns=\"http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-wssecurity-secext-1.0.xsd\"><UsernameToken><Username>%s</Username>"
    "<Password Type=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-"
    "profile-1.0#PasswordDigest\">%s</Password><Nonce EncodingType=\"http://docs.oasis-open.org/"
    "wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary\">%s</Nonce>"
    "<Created xmlns=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-"
    "utility-1.0.xsd\">%s</Created></UsernameToken></Security></s:Header>";

/* Base64(SHA-1(nonce + created + password)): Web Services Security UsernameToken Profile 1.0, section 3.1. */
static char *
make_security(const GwOnvifLogin *login, const uint8_t *nonce, int64_t now_s)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(now_s + login->ahead_s);
    g_autofree char *created = time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("");
    g_autofree char *nonce_text = g_base64_encode(nonce, NONCE_BYTES);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    uint8_t digest[20];
    gsize size = sizeof digest;

    g_checksum_update(sum, nonce, NONCE_BYTES);
    g_checksum_update(sum, (const guchar *)created, -1);
    g_checksum_update(sum, (const guchar *)(login->password != NULL ? login->password : ""), -1);
    g_checksum_get_digest(sum, digest, &size);
    g_autofree char *digest_text = g_base64_encode(digest, size);
    return g_markup_printf_escaped(security, login->user, digest_text, nonce_text, created);
}

char *
gw_onvif_make_request(const GwOnvifLogin *login, const char *body, const uint8_t *nonce, int64_t now_s)
{
    bool named = login != NULL && login->user != NULL && login->user[0] != '\0';
    g_autofree char *header = named ? make_security(login, nonce, now_s) : g_strdup("");

    return g_strconcat("<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope "
                       "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\">",
                       header, "<s:Body>", body, "</s:Body></s:Envelope>", NULL);
}

typedef struct {
    GByteArray *bytes;
    size_t limit;
} Received;

static size_t
on_bytes(char *data, size_t one, size_t n, void *user_data)
{
    Received *self = user_data;

    if (self->bytes->len + one * n > self->limit)
        return 0; /* it ends here */
    g_byte_array_append(self->bytes, (const guint8 *)data, (guint)(one * n));
    return one * n;
}

static bool
has_user(const GwOnvifLogin *login)
{
    return login->user != NULL && login->user[0] != '\0';
}

static CURL *
open_curl(const GwOnvifLogin *login, const char *address, Received *received)
{
    CURL *curl = curl_easy_init();

    if (curl == NULL)
        g_error("no memory");
    curl_easy_setopt(curl, CURLOPT_URL, address);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, received);
    if (has_user(login)) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_DIGEST);
        curl_easy_setopt(curl, CURLOPT_USERNAME, login->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, login->password != NULL ? login->password : "");
    }
    return curl;
}

static bool
fail(GError **error, SigError code, const char *message)
{
    g_set_error_literal(error, SIG_ERROR, (int)code, message);
    return false;
}

static bool
refuse(GError **error)
{
    return fail(error, SIG_ERROR_STATE, "The camera refuses user or password: set them again.");
}

/* ret_status: of HTTP. */
static bool
perform(CURL *curl, long *ret_status, GError **error)
{
    CURLcode code = curl_easy_perform(curl);

    if (code == CURLE_WRITE_ERROR)
        return fail(error, SIG_ERROR_UNAVAILABLE, "The camera answers with more than can be meant.");
    if (code != CURLE_OK) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE,
                    "The camera does not answer (%s): look at its power, its network and its ONVIF address.",
                    curl_easy_strerror(code));
        return false;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    return true;
}

static bool
judge(const GwOnvifReply *reply, bool readable, long status, GError **error)
{
    if (status == 401 || (readable && reply->refused))
        return refuse(error);
    if (!readable) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE,
                    "What answers there (HTTP %ld) does not speak ONVIF: look at the address, and whether ONVIF is on.",
                    status);
        return false;
    }
    if (status < 300 && reply->fault[0] == '\0')
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "The camera refuses: %s",
                reply->fault[0] != '\0' ? reply->fault : "it does not say why");
    return false;
}

/* http: the login for HTTP digest, for which libcurl first sends an empty question: only where that is asked for. */
static bool
post(const GwOnvifLogin *http, const char *address, const char *text, Received *received, long *ret_status,
     GError **error)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/soap+xml; charset=utf-8");
    CURL *curl = open_curl(http, address, received);

    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
    bool performed = perform(curl, ret_status, error);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return performed;
}

bool
gw_onvif_call(const GwOnvifLogin *login, const char *address, const char *body, GwOnvifReply *ret_reply, GError **error)
{
    static const GwOnvifLogin nobody = { 0 };
    uint8_t nonce[NONCE_BYTES];
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    Received received = { bytes, GW_ONVIF_MAX_XML };
    g_autofree GwOnvifReply *reply = g_new0(GwOnvifReply, 1);
    long status = 0;

    if (RAND_bytes(nonce, sizeof nonce) != 1)
        g_error("there are no random numbers");
    g_autofree char *text = gw_onvif_make_request(login, body, nonce, g_get_real_time() / G_USEC_PER_SEC);
    if (!post(&nobody, address, text, &received, &status, error))
        return false;
    if (status == 401 && has_user(login)) {
        g_byte_array_set_size(bytes, 0);
        if (!post(login, address, text, &received, &status, error))
            return false;
    }
    bool readable = gw_onvif_reply_read((const char *)bytes->data, bytes->len, reply);
    if (!judge(reply, readable, status, error))
        return false;
    *ret_reply = *reply;
    return true;
}

GBytes *
gw_onvif_fetch(const GwOnvifLogin *login, const char *address, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    Received received = { bytes, MAX_PICTURE };
    CURL *curl = open_curl(login, address, &received);
    long status = 0;
    bool performed = perform(curl, &status, error);

    curl_easy_cleanup(curl);
    if (!performed)
        return NULL;
    if (status == 401) {
        refuse(error);
        return NULL;
    }
    if (status != 200) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE, "The camera gives no picture (HTTP %ld).", status);
        return NULL;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}
