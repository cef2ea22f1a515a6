#include "gateway/ice.h"

#include <string.h>

static const char colon_in_user[] = "_"; /* the name has one colon, after the time */

char *
gw_ice_make_credential(const char *secret, const char *name)
{
    g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA1, (const guchar *)secret, strlen(secret));
    guint8 digest[20];
    gsize size = sizeof digest;

    g_hmac_update(hmac, (const guchar *)name, (gssize)strlen(name));
    g_hmac_get_digest(hmac, digest, &size);
    return g_base64_encode(digest, size);
}

static char *
make_name(const GwIceConfig *config, const char *user, int64_t now_s)
{
    g_autofree char *plain = g_strdelimit(g_strdup(user), ":\"\\\r\n", colon_in_user[0]);

    return g_strdup_printf("%" G_GINT64_FORMAT ":%s", now_s + (int64_t)config->turn_ttl_min * 60, plain);
}

static bool
is_any(char **urls)
{
    return urls != NULL && urls[0] != NULL;
}

static JsonObject *
make_server(char **urls)
{
    JsonObject *server = json_object_new();
    JsonArray *list = json_array_new();

    for (char **url = urls; *url != NULL; url++)
        json_array_add_string_element(list, *url);
    json_object_set_array_member(server, "urls", list);
    return server;
}

JsonArray *
gw_ice_to_json(const GwIceConfig *config, const char *user, int64_t now_s)
{
    JsonArray *servers = json_array_new();

    if (is_any(config->stun))
        json_array_add_object_element(servers, make_server(config->stun));
    if (is_any(config->turn)) {
        JsonObject *server = make_server(config->turn);
        g_autofree char *name = make_name(config, user, now_s);
        g_autofree char *credential = gw_ice_make_credential(config->turn_secret, name);

        json_object_set_string_member(server, "username", name);
        json_object_set_string_member(server, "credential", credential);
        json_array_add_object_element(servers, server);
    }
    return servers;
}

char **
gw_ice_list_links(const GwIceConfig *config, const char *user, int64_t now_s)
{
    g_autoptr(GStrvBuilder) links = g_strv_builder_new();

    for (char **url = config->stun; url != NULL && *url != NULL; url++) {
        g_autofree char *link = g_strdup_printf("<%s>; rel=\"ice-server\"", *url);
        g_strv_builder_add(links, link);
    }
    if (!is_any(config->turn))
        return g_strv_builder_end(links);
    g_autofree char *name = make_name(config, user, now_s);
    g_autofree char *credential = gw_ice_make_credential(config->turn_secret, name);
    for (char **url = config->turn; *url != NULL; url++) {
        g_autofree char *link = g_strdup_printf("<%s>; rel=\"ice-server\"; username=\"%s\"; credential=\"%s\"; "
                                                "credential-type=\"password\"",
                                                *url, name, credential);
        g_strv_builder_add(links, link);
    }
    return g_strv_builder_end(links);
}
