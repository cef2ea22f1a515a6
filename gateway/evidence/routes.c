#define G_LOG_DOMAIN "gateway.evidence"

#include <string.h>

#include "gateway/evidence/commands.h"

/* The log as C2SP tlog-tiles has it. Certificates and checkpoints are for everybody of the console: who keeps a copy can show
 * later what this node once signed. What is in the log is for audit administrators. */

enum { MAX_SEGMENTS = 4 };

static void
on_keys(SigHttp *http, void *user_data)
{
    const Gateway *gateway = user_data;
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);

    json_node_take_object(node, gw_evidence_keys_to_json(gateway->evidence));
    g_autofree char *text = json_to_string(node, TRUE);
    sig_http_add_header(http, "Cache-Control", "no-store");
    sig_http_reply_text(http, 200, "application/json", text);
}

static void
reply(SigHttp *http, const Gateway *gateway, const char *name, const char *content_type)
{
    g_autofree char *path = g_build_filename(gw_evidence_get_log_dir(gateway->evidence), name, NULL);

    sig_http_reply_file(http, path, content_type);
}

static void
on_checkpoint(SigHttp *http, void *user_data)
{
    sig_http_add_header(http, "Cache-Control", "no-store");
    reply(http, user_data, "checkpoint", "text/plain; charset=utf-8");
}

static bool
is_number(const char *text, size_t length)
{
    return strlen(text) == length && strspn(text, "0123456789") == length;
}

/* "x001" or "067" or "067.p", and after that a width alone. */
static bool
is_part(const char *part, const char *before)
{
    if (before != NULL && g_str_has_suffix(before, ".p"))
        return strlen(part) <= 3 && *part != '\0' && is_number(part, strlen(part));
    if (part[0] == 'x')
        return is_number(part + 1, 3);
    return strlen(part) >= 3 && strspn(part, "0123456789") == 3 && (part[3] == '\0' || g_str_equal(part + 3, ".p"));
}

static void
on_tile(SigHttp *http, void *user_data)
{
    static const char *const names[MAX_SEGMENTS] = { "a", "b", "c", "d" };
    const char *level = sig_http_get_param(http, "level"), *before = NULL;
    g_autoptr(GString) path = g_string_new("tile/");

    g_string_append(path, level);
    bool good = g_str_equal(level, "entries") || is_number(level, 1);
    for (unsigned i = 0; i < MAX_SEGMENTS && good; i++) {
        const char *part = sig_http_get_param(http, names[i]);
        if (part == NULL)
            break;
        good = is_part(part, before);
        g_string_append_printf(path, "/%s", part);
        before = part;
    }
    if (!good || before == NULL || g_str_has_suffix(before, ".p")) {
        sig_http_fail(http, SIG_ERROR_NOT_FOUND, "there is no such tile");
        return;
    }
    reply(http, user_data, path->str, "application/octet-stream");
}

static const SigRoute routes[] = {
    { "GET", "/api/v1/keys", GW_ACCESS_CONSOLE, 0, "Certificates of what log and manifests are signed with", on_keys },
    { "GET", "/api/v1/log/checkpoint", GW_ACCESS_CONSOLE, 0, "The log's last checkpoint", on_checkpoint },
    { "GET", "/api/v1/log/tile/{level}/{a}", GW_ACCESS_AUDITOR, 0, "A tile of the log", on_tile },
    { "GET", "/api/v1/log/tile/{level}/{a}/{b}", GW_ACCESS_AUDITOR, 0, "A tile of the log", on_tile },
    { "GET", "/api/v1/log/tile/{level}/{a}/{b}/{c}", GW_ACCESS_AUDITOR, 0, "A tile of the log", on_tile },
    { "GET", "/api/v1/log/tile/{level}/{a}/{b}/{c}/{d}", GW_ACCESS_AUDITOR, 0, "A tile of the log", on_tile },
    { NULL },
};

void
gw_evidence_add_routes(const Gateway *gateway)
{
    sig_server_add_routes(gateway->server, routes, (void *)gateway);
}
