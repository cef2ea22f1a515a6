#include "gateway/people/people-priv.h"

static void
on_openrpc(SigHttp *http, void *user_data)
{
    GwPeople *self = user_data;

    if (self->openrpc == NULL) {
        g_autoptr(JsonNode) document = sig_server_get_openrpc(self->server, "yuanjian", YUANJIAN_VERSION);
        self->openrpc = json_to_string(document, TRUE);
    }
    sig_http_reply_text(http, 200, "application/json", self->openrpc);
}

const SigRoute gw_routes_documents[] = {
    { "GET", "/api/v1/openrpc.json", 0, 0, "The methods and events, as an OpenRPC document", on_openrpc },
    { NULL },
};
