#include "signaling/client.h"

#include "signaling/server-private.h"

void
sig_client_free(SigClient *self)
{
    sig_upgrade_free(self->upgrade);
    g_free(self);
}

const char *
sig_client_get_cookie(SigClient *self, const char *name)
{
    return sig_pairs_get(self->upgrade->cookies, name);
}

const char *
sig_client_get_query(SigClient *self, const char *name)
{
    return sig_pairs_get(self->upgrade->query, name);
}

const char *
sig_client_get_address(SigClient *self)
{
    return self->upgrade->address;
}

uint64_t
sig_client_get_id(SigClient *self)
{
    return self->upgrade->id;
}

void
sig_client_set_access(SigClient *self, uint32_t access)
{
    self->access = access;
}

uint32_t
sig_client_get_access(SigClient *self)
{
    return self->access;
}

void
sig_client_set_data(SigClient *self, void *data)
{
    self->data = data;
}

void *
sig_client_get_data(SigClient *self)
{
    return self->data;
}

void
sig_client_notify(SigClient *self, const char *event, JsonObject *params)
{
    if (self->closing || self->server->listener == NULL) {
        g_clear_pointer(&params, json_object_unref);
        return;
    }
    sig_listener_send(self->server->listener, self->upgrade->id, sig_rpc_event_text(event, params));
}

void
sig_client_close(SigClient *self, uint16_t code, const char *reason)
{
    if (self->closing || self->server->listener == NULL)
        return;
    self->closing = true;
    sig_listener_close(self->server->listener, self->upgrade->id, code, reason);
}
