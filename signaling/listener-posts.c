/* What crosses between main and the sockets: both directions in one place. */
#include "signaling/listener.h"

#include "signaling/connection.h"
#include "signaling/exchange.h"
#include "signaling/socket.h"

/* To main: at most one of the three is set; none says that id has closed. */
typedef struct {
    const SigListenerEvents *events; /* not the listener: news may be read after it has gone */
    void *user_data;
    uint64_t id;
    SigUpgrade *upgrade;
    SigCall *call;
    SigHttp *http;
} News;

/* From main: a text, a reply, or, with neither, the end. */
typedef struct {
    SigListener *listener;
    uint64_t id;
    char *text;
    SigReply *reply;
    uint16_t code;
    char *reason;
} Order;

void
sig_upgrade_free(SigUpgrade *self)
{
    g_clear_pointer(&self->query, sig_pairs_free);
    g_clear_pointer(&self->cookies, sig_pairs_free);
    g_free(self->address);
    g_free(self);
}

static void
news_run(void *data)
{
    News *news = data;
    const SigListenerEvents *events = news->events;
    void *user_data = news->user_data;

    if (news->upgrade != NULL)
        events->on_upgrade(g_steal_pointer(&news->upgrade), user_data);
    else if (news->call != NULL)
        events->on_call(news->id, g_steal_pointer(&news->call), user_data);
    else if (news->http != NULL)
        events->on_http(g_steal_pointer(&news->http), user_data);
    else
        events->on_closed(news->id, user_data);
}

static void
news_free(void *data)
{
    News *news = data;

    g_clear_pointer(&news->upgrade, sig_upgrade_free);
    g_clear_pointer(&news->call, sig_call_free);
    g_clear_pointer(&news->http, sig_http_free);
    g_free(news);
}

static void
tell_main(SigListener *self, News news)
{
    news.events = self->events;
    news.user_data = self->user_data;
    sig_crossing_post(self->to_main, news_run, g_memdup2(&news, sizeof news), news_free);
}

void
sig_listener_post_upgrade(SigListener *self, SigUpgrade *upgrade)
{
    tell_main(self, (News){ .id = upgrade->id, .upgrade = upgrade });
}

void
sig_listener_post_call(SigListener *self, uint64_t id, SigCall *call)
{
    tell_main(self, (News){ .id = id, .call = call });
}

void
sig_listener_post_closed(SigListener *self, uint64_t id)
{
    tell_main(self, (News){ .id = id });
}

void
sig_listener_post_http(SigListener *self, SigHttp *http)
{
    tell_main(self, (News){ .id = http->connection_id, .http = http });
}

static void
order_run(void *data)
{
    Order *order = data;
    SigConnection *connection = g_hash_table_lookup(order->listener->connections, &order->id);

    if (connection == NULL)
        return;
    if (order->reply != NULL)
        sig_exchange_answer(connection, g_steal_pointer(&order->reply));
    else if (order->text != NULL)
        sig_socket_send(connection, order->text);
    else if (connection->socket != NULL)
        sig_socket_close(connection, order->code, order->reason);
}

static void
order_free(void *data)
{
    Order *order = data;

    g_clear_pointer(&order->reply, sig_reply_free);
    g_free(order->text);
    g_free(order->reason);
    g_free(order);
}

static void
tell_sockets(Order order)
{
    sig_crossing_post(order.listener->from_main, order_run, g_memdup2(&order, sizeof order), order_free);
}

void
sig_listener_send(SigListener *self, uint64_t id, char *text)
{
    tell_sockets((Order){ .listener = self, .id = id, .text = text });
}

void
sig_listener_close(SigListener *self, uint64_t id, uint16_t code, const char *reason)
{
    tell_sockets((Order){ .listener = self, .id = id, .code = code, .reason = g_strdup(reason) });
}

void
sig_listener_reply(SigListener *self, uint64_t id, SigReply *reply)
{
    tell_sockets((Order){ .listener = self, .id = id, .reply = reply });
}
