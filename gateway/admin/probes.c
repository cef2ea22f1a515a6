#include "gateway/admin/probes.h"

#include <gio/gio.h>

static void
on_health(SigHttp *http, void *user_data)
{
    (void)user_data;

    sig_http_add_header(http, "Cache-Control", "no-store");
    sig_http_reply_text(http, 200, "text/plain; charset=utf-8", "ok\n");
}

static void
on_ready(SigHttp *http, void *user_data)
{
    const GwProbes *probes = user_data;
    GwStoreStats stats;

    gw_store_get_stats(probes->gateway->store, &stats);
    sig_http_add_header(http, "Cache-Control", "no-store");
    if (stats.healthy)
        sig_http_reply_text(http, 200, "text/plain; charset=utf-8", "ready\n");
    else
        sig_http_reply_text(http, 503, "text/plain; charset=utf-8", "the index cannot be written: look at the disk\n");
}

static bool
is_this_machine(SigHttp *http)
{
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(sig_http_get_address(http));

    return address != NULL && g_inet_address_get_is_loopback(address);
}

static void
on_metrics(SigHttp *http, void *user_data)
{
    const GwIdentity *identity = gw_identity_of_http(http);

    if (!is_this_machine(http) && (identity == NULL || (identity->access & GW_ACCESS_ADMINISTRATOR) == 0)) {
        sig_http_fail(http, SIG_ERROR_FORBIDDEN, "figures are for this machine or an administrator");
        return;
    }
    g_autofree char *text = gw_metrics_format(user_data);
    sig_http_reply_text(http, 200, "text/plain; version=0.0.4; charset=utf-8", text);
}

static const SigRoute routes[] = {
    { "GET", "/healthz", 0, 0, "Is it alive", on_health },
    { "GET", "/readyz", 0, 0, "Can it work", on_ready },
    { "GET", "/metrics", 0, 0, "Figures, as Prometheus text", on_metrics },
    { NULL },
};

void
gw_probes_add_routes(const GwProbes *probes)
{
    sig_server_add_routes(probes->gateway->server, routes, (void *)probes);
}
