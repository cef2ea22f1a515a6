#include "gateway/config.h"

#include <gio/gio.h>
#include <string.h>

#include "gateway/people/directory.h"
#include "recorder/cipher.h"
#include "signaling/address.h"

#define DEFAULT_JOURNAL_FILE_MB 256
#define DEFAULT_RESERVE_MB      512
#define DEFAULT_SCRUB_MB        20

typedef enum {
    TYPE_TEXT,
    TYPE_LIST,
    TYPE_LISTEN,
    TYPE_PORT,      /* uint16_t */
    TYPE_NUMBER,    /* unsigned */
    TYPE_MEGABYTES, /* uint64_t, in bytes */
} KeyType;

typedef struct {
    const char *group, *key;
    KeyType type;
    size_t offset;
    unsigned min, max;
} Key;

/* conf/yuanjian.conf says what each is for. */
static const Key keys[] = {
    { "server", "data", TYPE_TEXT, offsetof(GwConfig, data_dir) },
    { "server", "listen", TYPE_LISTEN, 0 },
    { "server", "certificate", TYPE_TEXT, offsetof(GwConfig, certificate) },
    { "server", "key", TYPE_TEXT, offsetof(GwConfig, key) },
    { "server", "origins", TYPE_LIST, offsetof(GwConfig, origins) },
    { "server", "trusted-proxies", TYPE_LIST, offsetof(GwConfig, trusted_proxies) },
    { "server", "public-url", TYPE_TEXT, offsetof(GwConfig, public_url) },
    { "server", "web-root", TYPE_TEXT, offsetof(GwConfig, web_root) },
    { "media", "port", TYPE_PORT, offsetof(GwConfig, media.port), 0, G_MAXUINT16 },
    { "media", "workers", TYPE_NUMBER, offsetof(GwConfig, media.workers), 0, 256 },
    { "media", "bind", TYPE_TEXT, offsetof(GwConfig, media.bind) },
    { "media", "addresses", TYPE_LIST, offsetof(GwConfig, media.addresses) },
    { "ice", "stun", TYPE_LIST, offsetof(GwConfig, ice.stun) },
    { "ice", "turn", TYPE_LIST, offsetof(GwConfig, ice.turn) },
    { "ice", "turn-secret", TYPE_TEXT, offsetof(GwConfig, ice.turn_secret) },
    { "ice", "turn-ttl", TYPE_NUMBER, offsetof(GwConfig, ice.turn_ttl_min), 5, 10080 },
    { "evidence", "name", TYPE_TEXT, offsetof(GwConfig, evidence.name) },
    { "evidence", "tsa", TYPE_LIST, offsetof(GwConfig, evidence.tsa) },
    { "evidence", "tsa-ca", TYPE_TEXT, offsetof(GwConfig, evidence.tsa_ca) },
    { "evidence", "tsa-policy", TYPE_TEXT, offsetof(GwConfig, evidence.tsa_policy) },
    { "recorder", "sealer", TYPE_TEXT, offsetof(GwConfig, recorder.sealer_program) },
    { "recorder", "journal-file-mb", TYPE_MEGABYTES, offsetof(GwConfig, recorder.journal_file_bytes), 1, 65536 },
    { "recorder", "reserve-mb", TYPE_MEGABYTES, offsetof(GwConfig, recorder.reserve_bytes), 0, 1 << 30 },
    { "recorder", "behind-limit", TYPE_NUMBER, offsetof(GwConfig, recorder.behind_limit_s), 2, 3600 },
    { "recorder", "behind", TYPE_TEXT, offsetof(GwConfig, recorder.behind_policy) },
    { "archive", "cipher", TYPE_TEXT, offsetof(GwConfig, archive.cipher) },
    { "archive", "keep", TYPE_LIST, offsetof(GwConfig, archive.keep) },
    { "archive", "review", TYPE_LIST, offsetof(GwConfig, archive.review) },
    { "archive", "observe", TYPE_LIST, offsetof(GwConfig, archive.observe) },
    { "archive", "undo-days", TYPE_NUMBER, offsetof(GwConfig, archive.undo_days), 7, 30 },
    { "archive", "purge-percent", TYPE_NUMBER, offsetof(GwConfig, archive.purge_percent), 1, 20 },
    { "archive", "exports-a-day", TYPE_NUMBER, offsetof(GwConfig, archive.exports_a_day), 0, 1000 },
    { "archive", "approver-wait", TYPE_NUMBER, offsetof(GwConfig, archive.approver_wait_h), 0, 720 },
    { "archive", "remark-days", TYPE_NUMBER, offsetof(GwConfig, archive.remark_days), 1, 365 },
    { "archive", "scrub-days", TYPE_NUMBER, offsetof(GwConfig, archive.scrub_days), 0, 3650 },
    { "archive", "scrub-mb", TYPE_MEGABYTES, offsetof(GwConfig, archive.scrub_bytes), 1, 10000 },
    { "archive", "watch-percent", TYPE_NUMBER, offsetof(GwConfig, archive.watch_percent), 0, 100 },
    { "tickets", "climb-hours", TYPE_NUMBER, offsetof(GwConfig, tickets.climb_hours), 1, 8760 },
    { "supervision", "picture-days", TYPE_NUMBER, offsetof(GwConfig, supervision.picture_days), 0, 36500 },
    { "supervision", "photo-days", TYPE_NUMBER, offsetof(GwConfig, supervision.photo_days), 0, 36500 },
    { "cameras", "program", TYPE_TEXT, offsetof(GwConfig, camera_program) },
    { "cases", "speaker", TYPE_TEXT, offsetof(GwConfig, cases.speaker) },
    { "cases", "drop-folder", TYPE_TEXT, offsetof(GwConfig, cases.drop_folder) },
    { "cases", "callback-hosts", TYPE_LIST, offsetof(GwConfig, cases.callback_hosts) },
    { "people", "second-factor", TYPE_LIST, offsetof(GwConfig, second_factor) },
    { "visit", "open-before", TYPE_NUMBER, offsetof(GwConfig, visit.open_before_min), 0, 240 },
    { "visit", "grace", TYPE_NUMBER, offsetof(GwConfig, visit.grace_s), 1, 3600 },
    { "visit", "longest", TYPE_NUMBER, offsetof(GwConfig, visit.longest_min), 1, 240 },
    { "visit", "voices", TYPE_TEXT, offsetof(GwConfig, visit.voices_dir) },
};

/* Where files lie: beside an installed program, or in the tree that it was built from. An installed program does not
 * look into the tree while it has files of its own. */
static char *
find_file(const char *installed, const char *in_tree)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = g_path_get_dirname(program != NULL ? program : ".");
    g_autofree char *up = g_path_get_dirname(dir);
    g_autofree char *beside = g_build_filename(up, installed, NULL);
    g_autofree char *built = g_canonicalize_filename(in_tree, dir);

    if (g_file_test(beside, G_FILE_TEST_EXISTS) || !g_file_test(built, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&beside);
    return g_steal_pointer(&built);
}

static bool
is_installed(void)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = g_path_get_dirname(program != NULL ? program : ".");
    g_autofree char *last = g_path_get_basename(dir);

    return g_str_equal(last, "bin") || g_str_equal(last, "sbin");
}

static GwConfig *
defaults_new(void)
{
    GwConfig *self = g_new0(GwConfig, 1);

    self->data_dir = g_strdup(is_installed() ? "/var/lib/yuanjian" : "data");
    self->listen_address = g_strdup("127.0.0.1");
    self->listen_port = 8080;
    self->web_root = find_file("share/yuanjian/web", YUANJIAN_SOURCE_ROOT "/web-client/dist");
    self->media.port = 40000;
    self->media.bind = g_strdup("::");
    self->ice.turn_ttl_min = 720;
    self->recorder.sealer_program = find_file("libexec/yuanjian/yuanjian-seal", "../recorder/yuanjian-seal");
    self->camera_program = find_file("libexec/yuanjian/yuanjian-camera", "../camera/yuanjian-camera");
    self->cases.speaker = find_file("libexec/yuanjian/speak", YUANJIAN_SOURCE_ROOT "/tools/speak");
    self->recorder.verifier_program = find_file("bin/yuanjian-verify", "../recorder/verify/yuanjian-verify");
    self->recorder.journal_file_bytes = (uint64_t)DEFAULT_JOURNAL_FILE_MB << 20;
    self->recorder.reserve_bytes = (uint64_t)DEFAULT_RESERVE_MB << 20;
    self->recorder.behind_limit_s = 10;
    self->recorder.behind_policy = g_strdup("warn");
    self->archive = (GwArchiveConfig){
        .cipher = g_strdup("aes-256-gcm"),
        .scrub_days = 30,
        .scrub_bytes = (uint64_t)DEFAULT_SCRUB_MB << 20,
        .keep = g_strsplit("visit:1095 meeting:365 *:1095 incident:3650 case:7300", " ", -1),
        .review = g_strsplit("visit:5 *:0", " ", -1),
        .observe = g_strsplit("visit:1 *:0", " ", -1),
        .undo_days = 7,
        .purge_percent = 1,
        .exports_a_day = 20,
        .approver_wait_h = 72,
        .remark_days = 15,
        .watch_percent = 50,
    };
    self->tickets.climb_hours = 48;
    self->supervision.picture_days = 180;
    self->supervision.photo_days = 180;
    self->visit.open_before_min = 15;
    self->visit.grace_s = 120;
    self->visit.longest_min = 30;
    self->visit.voices_dir = find_file("share/yuanjian/voices", "voices");
    return self;
}

void
gw_config_free(GwConfig *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (keys[i].type == TYPE_TEXT)
            g_free(G_STRUCT_MEMBER(char *, self, keys[i].offset));
        else if (keys[i].type == TYPE_LIST)
            g_strfreev(G_STRUCT_MEMBER(char **, self, keys[i].offset));
    }
    g_free(self->listen_address);
    g_free(self->recorder.verifier_program);
    g_free(self);
}

char **
gw_config_list_keys(void)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *name = g_strconcat(keys[i].group, ".", keys[i].key, NULL);
        g_strv_builder_add(builder, name);
    }
    return g_strv_builder_end(builder);
}

static bool
read_number(const char *text, unsigned min, unsigned max, uint64_t *ret_number, GError **error)
{
    g_autoptr(GError) local = NULL;

    if (g_ascii_string_to_unsigned(text, 10, min, max, ret_number, &local))
        return true;
    g_set_error(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "'%s' is not a whole number from %u to %u",
                text, min, max);
    return false;
}

bool
gw_config_set_listen(GwConfig *self, const char *text, GError **error)
{
    const char *colon = strrchr(text, ':');
    uint64_t port = 0;

    if (colon == NULL || colon == text) {
        g_set_error(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                    "'%s' is not ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080", text);
        return false;
    }

    bool bracketed = text[0] == '[' && colon[-1] == ']';
    g_autofree char *address =
        bracketed ? g_strndup(text + 1, (size_t)(colon - text) - 2) : g_strndup(text, (size_t)(colon - text));
    if (!read_number(colon + 1, 0, G_MAXUINT16, &port, error))
        return false;
    if ((strchr(address, ':') != NULL) != bracketed ||
        (!g_hostname_is_ip_address(address) && !g_str_equal(address, "localhost"))) {
        g_set_error(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                    "'%s' is not a numeric address (IPv6 in brackets) or localhost", text);
        return false;
    }
    g_free(self->listen_address);
    self->listen_address = g_steal_pointer(&address);
    self->listen_port = (uint16_t)port;
    return true;
}

static bool
read_key(GwConfig *self, const Key *key, const char *text, GError **error)
{
    uint64_t number = 0;

    switch (key->type) {
    case TYPE_TEXT:
        g_free(G_STRUCT_MEMBER(char *, self, key->offset));
        G_STRUCT_MEMBER(char *, self, key->offset) = *text != '\0' ? g_strdup(text) : NULL;
        return true;
    case TYPE_LIST: {
        g_auto(GStrv) parts = g_strsplit_set(text, " ;,", -1);
        g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
        for (char **part = parts; *part != NULL; part++) {
            if (**part != '\0')
                g_strv_builder_add(builder, *part);
        }
        g_strfreev(G_STRUCT_MEMBER(char **, self, key->offset));
        G_STRUCT_MEMBER(char **, self, key->offset) = g_strv_builder_end(builder);
        return true;
    }
    case TYPE_LISTEN:
        return gw_config_set_listen(self, text, error);
    case TYPE_PORT:
    case TYPE_NUMBER:
    case TYPE_MEGABYTES:
        if (!read_number(text, key->min, key->max, &number, error))
            return false;
        if (key->type == TYPE_PORT)
            G_STRUCT_MEMBER(uint16_t, self, key->offset) = (uint16_t)number;
        else if (key->type == TYPE_NUMBER)
            G_STRUCT_MEMBER(unsigned, self, key->offset) = (unsigned)number;
        else
            G_STRUCT_MEMBER(uint64_t, self, key->offset) = number << 20;
        return true;
    }
    g_assert_not_reached();
}

static const Key *
find_key(const char *group, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_equal(keys[i].group, group) && g_str_equal(keys[i].key, name))
            return &keys[i];
    }
    return NULL;
}

static bool
read_group(GwConfig *self, GKeyFile *file, const char *group, GError **error)
{
    g_auto(GStrv) names = g_key_file_get_keys(file, group, NULL, error);

    if (names == NULL)
        return false;
    for (char **name = names; *name != NULL; name++) {
        const Key *key = find_key(group, *name);
        g_autofree char *text = g_key_file_get_string(file, group, *name, error);

        if (text == NULL)
            return false;
        if (key == NULL) {
            g_set_error(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND, "[%s] %s: there is no such key", group,
                        *name);
            return false;
        }
        if (!read_key(self, key, g_strstrip(text), error)) {
            g_prefix_error(error, "[%s] %s: ", group, *name);
            return false;
        }
    }
    return true;
}

/* GLib ends at the first NUL: what a crash left as zeros would be all defaults. */
static bool
load_file(GKeyFile *file, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize size = 0;

    if (!g_file_get_contents(path, &text, &size, error))
        return false;
    if (strlen(text) == size)
        return g_key_file_load_from_data(file, text, size, G_KEY_FILE_NONE, error);
    g_set_error_literal(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE, "this is not text");
    return false;
}

GwConfig *
gw_config_load(const char *path, GError **error)
{
    g_autoptr(GwConfig) self = defaults_new();
    g_autoptr(GKeyFile) file = g_key_file_new();

    if (path == NULL)
        return g_steal_pointer(&self);
    if (!load_file(file, path, error)) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }

    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
    for (char **group = groups; *group != NULL; group++) {
        if (!read_group(self, file, *group, error)) {
            g_prefix_error(error, "%s: ", path);
            return NULL;
        }
    }
    return g_steal_pointer(&self);
}

static void
add_value(GString *text, const GwConfig *self, const Key *key)
{
    switch (key->type) {
    case TYPE_TEXT:
        if (G_STRUCT_MEMBER(char *, self, key->offset) != NULL)
            g_string_append(text, G_STRUCT_MEMBER(char *, self, key->offset));
        return;
    case TYPE_LIST:
        for (char **item = G_STRUCT_MEMBER(char **, self, key->offset); item != NULL && *item != NULL; item++)
            g_string_append_printf(text, "%s ", *item);
        return;
    case TYPE_LISTEN:
        g_string_append_printf(text, "%s:%u", self->listen_address, self->listen_port);
        return;
    case TYPE_PORT:
        g_string_append_printf(text, "%u", G_STRUCT_MEMBER(uint16_t, self, key->offset));
        return;
    case TYPE_NUMBER:
        g_string_append_printf(text, "%u", G_STRUCT_MEMBER(unsigned, self, key->offset));
        return;
    case TYPE_MEGABYTES:
        g_string_append_printf(text, "%" G_GUINT64_FORMAT, G_STRUCT_MEMBER(uint64_t, self, key->offset));
        return;
    }
}

char *
gw_config_hash(const GwConfig *self)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_has_suffix(keys[i].key, "secret"))
            continue;
        g_string_append_printf(text, "%s.%s=", keys[i].group, keys[i].key);
        add_value(text, self, &keys[i]);
        g_string_append_c(text, '\n');
    }
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, (gssize)text->len);
}

static bool
is_loopback(const char *address)
{
    g_autoptr(GInetAddress) parsed = g_inet_address_new_from_string(address);

    return g_str_equal(address, "localhost") || (parsed != NULL && g_inet_address_get_is_loopback(parsed));
}

static bool
is_origin(const char *text)
{
    const char *host = strstr(text, "://");

    return host != NULL && host[3] != '\0' && strchr(host + 3, '/') == NULL &&
           (g_str_has_prefix(text, "http://") || g_str_has_prefix(text, "https://"));
}

static bool
is_role(const char *text)
{
    return gw_role_from_string(text) != 0;
}

/* RFC 7064, RFC 7065. It goes into headers and JSON as it is: no quotes, no angle brackets. */
static bool
is_ice_url(const char *text, const char *scheme)
{
    const char *rest = g_str_has_prefix(text, scheme) ? text + strlen(scheme) : "";

    if (*rest == 's')
        rest++;
    return rest[0] == ':' && rest[1] != '\0' && rest[1] != '/' &&
           strspn(rest + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]?=_") ==
               strlen(rest + 1);
}

static bool
is_stun_url(const char *text)
{
    return is_ice_url(text, "stun");
}

static bool
is_turn_url(const char *text)
{
    return is_ice_url(text, "turn");
}

static bool
is_address(const char *text)
{
    return g_hostname_is_ip_address(text);
}

/* NAME:NUMBER */
static bool
is_rule(const char *text)
{
    const char *colon = strchr(text, ':');
    uint64_t number = 0;

    return colon != NULL && colon != text &&
           (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == (size_t)(colon - text) ||
            (text[0] == '*' && colon == text + 1)) &&
           read_number(colon + 1, 0, 36500, &number, NULL);
}

static bool
is_behind_policy(const char *text)
{
    static const char *const words[] = { "warn", "pause", "end", NULL };

    return text != NULL && g_strv_contains(words, text);
}

static bool
is_node_name(const char *text)
{
    size_t length = strlen(text);

    return length >= 1 && length <= 64 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == length;
}

static bool
is_http_url(const char *text)
{
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);

    return uri != NULL && g_uri_get_host(uri) != NULL && *g_uri_get_host(uri) != '\0' &&
           (g_str_equal(g_uri_get_scheme(uri), "http") || g_str_equal(g_uri_get_scheme(uri), "https"));
}

static bool
is_oid(const char *text)
{
    return strspn(text, "0123456789.") == strlen(text) && strlen(text) <= 128 && strchr(text, '.') != NULL;
}

static const char *
check_evidence(const GwEvidenceSettings *evidence)
{
    bool has_tsa = evidence->tsa != NULL && evidence->tsa[0] != NULL;

    if (evidence->name != NULL && !is_node_name(evidence->name))
        return "[evidence] name: 1 to 64 letters, digits, dots, hyphens and underscores";
    if (has_tsa && evidence->tsa_ca == NULL)
        return "[evidence] tsa-ca: a PEM file with the time-stamp servers' authorities is required with tsa";
    if (evidence->tsa_policy != NULL && !is_oid(evidence->tsa_policy))
        return "[evidence] tsa-policy: an object identifier, as 1.2.3.4";
    for (char **url = evidence->tsa; url != NULL && *url != NULL; url++) {
        if (!is_http_url(*url))
            return "[evidence] tsa: each as http://host/path or https://host/path";
    }
    return NULL;
}

static bool
all_are(char **list, bool (*test)(const char *text))
{
    for (char **item = list; item != NULL && *item != NULL; item++) {
        if (!test(*item))
            return false;
    }
    return true;
}

bool
gw_config_check(const GwConfig *self, GError **error)
{
    const char *problem = NULL;

    if (self->data_dir == NULL)
        problem = "[server] data: a directory is required";
    else if ((self->certificate == NULL) != (self->key == NULL))
        problem = "[server] certificate and key: both or none";
    else if (self->certificate == NULL && !is_loopback(self->listen_address))
        problem = "[server] listen: an address that is not loopback needs a certificate and key";
    else if (self->media.bind == NULL || !g_hostname_is_ip_address(self->media.bind))
        problem = "[media] bind: a numeric address, as :: or 0.0.0.0";
    else if (self->public_url != NULL &&
             (!g_uri_is_valid(self->public_url, G_URI_FLAGS_NONE, NULL) ||
              !g_str_has_prefix(self->public_url, "http") || g_str_has_suffix(self->public_url, "/")))
        problem = "[server] public-url: an http or https address without a slash at the end";
    else if (!all_are(self->second_factor, is_role))
        problem = "[people] second-factor: roles, as administrator security auditor";
    else if (self->cases.drop_folder != NULL && !g_path_is_absolute(self->cases.drop_folder))
        problem = "[cases] drop-folder: a path that begins with /";
    else if (!is_behind_policy(self->recorder.behind_policy))
        problem = "[recorder] behind: warn, pause or end";
    else if (!all_are(self->origins, is_origin))
        problem = "[server] origins: each as https://host or https://host:port";
    else if (!all_are(self->media.addresses, is_address))
        problem = "[media] addresses: numeric addresses";
    else if (!all_are(self->trusted_proxies, sig_network_is_valid))
        problem = "[server] trusted-proxies: each an address or a block, as 10.0.0.0/8";
    else if (!all_are(self->ice.stun, is_stun_url))
        problem = "[ice] stun: each as stun:host:port";
    else if (!all_are(self->ice.turn, is_turn_url))
        problem = "[ice] turn: each as turn:host:port or turns:host:port?transport=tcp";
    else if (self->ice.turn != NULL && self->ice.turn[0] != NULL && self->ice.turn_secret == NULL)
        problem = "[ice] turn-secret: the TURN server's static-auth-secret is required with turn";
    else if (self->archive.cipher == NULL || rec_cipher_kind_from_string(self->archive.cipher) == 0)
        problem = "[archive] cipher: aes-256-gcm or sm4-ctr-hmac-sm3";
    else if (!all_are(self->archive.keep, is_rule))
        problem = "[archive] keep: each as CLASS:DAYS, as visit:1095";
    else if (!all_are(self->archive.review, is_rule))
        problem = "[archive] review: each as KIND:PERCENT, as visit:5";
    else if (!all_are(self->archive.observe, is_rule))
        problem = "[archive] observe: each as KIND:PERCENT, as visit:1";
    else
        problem = check_evidence(&self->evidence);
    if (problem == NULL)
        return true;
    g_set_error_literal(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, problem);
    return false;
}
